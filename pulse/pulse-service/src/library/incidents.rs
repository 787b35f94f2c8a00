//! What went wrong with plugins on this machine, and which of them run alone since.
//!
//! The last 500 incidents are kept in `$XDG_STATE_HOME/loophole/incidents.json`, which every song of a user shares. No process
//! is started or ended here; whoever derives a graph asks [`Incidents::runs_alone`].

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::shared_file::{self, SharedFile, Unwritten};

/// Incidents that are remembered; the oldest are forgotten first.
pub const MAX_INCIDENTS: usize = 500;
/// Plugins that can run alone: as many as a machine has bundles.
const MAX_ALONE: usize = 2_000;
/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "named and described as in incident.proto")]
pub enum IncidentKind {
    Crash,
    Hang,
    CrashOnLoad,
    HangOnLoad,
    BadSound,
    BadMessage,
    Flood,
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

/// What was done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "named and described as in incident.proto")]
pub enum Remedy {
    Nothing,
    Restarted,
    Alone,
    LeftOut,
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

/// Something that went wrong with a plugin; its texts are as short as `wire` lets in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// What.
    pub kind: IncidentKind,
    /// No other plugin of its process can have done it.
    pub certain: bool,
    /// For people.
    pub reason: String,
    /// Of the operating system; 0: none.
    pub signal: i32,
    /// What was done.
    pub remedy: Remedy,
    /// One frame a line; may be empty.
    pub backtrace: String,
    /// Its id in its bundle.
    pub plugin_id: String,
    /// For people, as the next two.
    pub name: String,
    /// See `name`.
    pub vendor: String,
    /// See `name`.
    pub version: String,
    /// The Device entity of the song.
    pub device: u64,
    /// Hex BLAKE3 of its last state; empty: none.
    pub state: String,
    /// Where the song was, in samples at `sample_rate`.
    pub position: i64,
    /// In Hz.
    pub sample_rate: u32,
    /// Milliseconds since 1970.
    pub unix_ms: i64,
}

impl Incident {
    /// Whether the plugin gets a process of its own for it.
    fn isolates(&self) -> bool {
        use IncidentKind::{Crash, CrashOnLoad, Hang, HangOnLoad};
        self.certain && matches!(self.kind, Crash | Hang | CrashOnLoad | HangOnLoad)
    }
}

/// An incident and the song it happened in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// Later ones are higher.
    pub id: u64,
    /// Its name, for people.
    pub song: String,
    /// What happened.
    #[serde(flatten)]
    pub incident: Incident,
}

/// What is remembered of one plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PluginRecord {
    /// It has a process of its own until it is forgiven.
    pub runs_alone: bool,
    /// Its incidents.
    pub incidents: u32,
}

/// As it is in the file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Ledger {
    last_id: u64,
    /// By plugin id.
    alone: BTreeSet<String>,
    /// Oldest first.
    incidents: VecDeque<Remembered>,
}

/// The incidents of this machine's user.
pub struct Incidents {
    ledger: SharedFile<Ledger>,
    alone: watch::Sender<BTreeSet<String>>,
}

impl Incidents {
    /// Those of a file, which need not be there yet; [`state_file`] is this user's.
    #[must_use]
    pub fn new(file: Option<PathBuf>) -> Self {
        let incidents = Self { ledger: SharedFile::new(file), alone: watch::Sender::default() };
        incidents.look(|_| ());
        incidents
    }

    /// Remembers one. Writes to the disk.
    pub fn remember(&self, song: String, incident: Incident) {
        self.change(|ledger| {
            if incident.isolates() && ledger.alone.len() < MAX_ALONE {
                ledger.alone.insert(incident.plugin_id.clone());
            }
            ledger.last_id += 1;
            ledger.incidents.push_back(Remembered { id: ledger.last_id, song, incident });
            let surplus = ledger.incidents.len().saturating_sub(MAX_INCIDENTS);
            ledger.incidents.drain(..surplus);
        });
    }

    /// Lets a plugin run as its songs say; whether it ran alone. Writes to the disk.
    pub fn forgive(&self, plugin_id: &str) -> bool {
        let mut forgiven = self.runs_alone(plugin_id);
        self.change(|ledger| forgiven |= ledger.alone.remove(plugin_id));
        forgiven
    }

    /// Whether a plugin has a process of its own whatever its song says. Asks the memory alone.
    #[must_use]
    pub fn runs_alone(&self, plugin_id: &str) -> bool {
        self.alone.borrow().contains(plugin_id)
    }

    /// Told when a plugin begins to run alone or is forgiven.
    #[must_use]
    pub fn alone(&self) -> watch::Receiver<BTreeSet<String>> {
        self.alone.subscribe()
    }

    /// Newest first. Looks at the disk.
    #[must_use]
    pub fn all(&self) -> Vec<Remembered> {
        self.look(|ledger| ledger.incidents.iter().rev().cloned().collect())
    }

    /// What is remembered of each plugin, by its id. Looks at the disk.
    #[must_use]
    pub fn records(&self) -> BTreeMap<String, PluginRecord> {
        let mut records: BTreeMap<String, PluginRecord> = BTreeMap::new();
        self.look(|ledger| {
            for remembered in &ledger.incidents {
                records.entry(remembered.incident.plugin_id.clone()).or_default().incidents += 1;
            }
            for plugin in &ledger.alone {
                records.entry(plugin.clone()).or_default().runs_alone = true;
            }
        });
        records
    }

    /// What can't be written is remembered until Loophole ends, and the log says so.
    fn change(&self, make: impl FnOnce(&mut Ledger)) {
        let _ = self.ledger.change(Unwritten::Holds, make, |ledger| self.tell(ledger));
    }

    fn look<R>(&self, show: impl FnOnce(&Ledger) -> R) -> R {
        self.ledger.look(|ledger| {
            self.tell(ledger);
            show(ledger)
        })
    }

    fn tell(&self, ledger: &Ledger) {
        self.alone.send_if_modified(|alone| {
            let changed = *alone != ledger.alone;
            if changed {
                alone.clone_from(&ledger.alone);
            }
            changed
        });
    }
}

/// `$XDG_STATE_HOME/loophole/incidents.json`; `None` without a home.
#[must_use]
pub fn state_file() -> Option<PathBuf> {
    shared_file::path("XDG_STATE_HOME", ".local/state", "incidents.json")
}

#[cfg(test)]
mod tests;
