//! What went wrong with plugins on this machine, and which of them run alone since.
//!
//! The last 500 incidents are kept in `$XDG_STATE_HOME/loophole/incidents.json`, which every song of a user shares: each
//! change reads the file again under a lock, so that several Pulses lose nothing of one another's. No process is started
//! or ended here; whoever derives a graph asks [`Incidents::runs_alone`].

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    env,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::store::durable;

/// Incidents that are remembered; the oldest are forgotten first.
pub const MAX_INCIDENTS: usize = 500;
/// Plugins that can run alone: as many as a machine has bundles.
const MAX_ALONE: usize = 2_000;
/// A longer file is not ours: 500 incidents with the longest texts are 8 MiB.
const MAX_FILE_BYTES: u64 = 16 << 20;

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

#[derive(Default)]
struct State {
    ledger: Ledger,
    /// Of the file that `ledger` was read from or written to.
    stamp: Option<(SystemTime, u64)>,
}

/// The incidents of this machine's user.
pub struct Incidents {
    /// `None` where there is no home: then they last as long as the process.
    file: Option<PathBuf>,
    state: Mutex<State>,
    alone: watch::Sender<BTreeSet<String>>,
}

impl Incidents {
    /// Those of a file, which need not be there yet; [`state_file`] is this user's.
    #[must_use]
    pub fn new(file: Option<PathBuf>) -> Self {
        let incidents = Self { file, state: Mutex::default(), alone: watch::Sender::default() };
        incidents.refresh(&mut incidents.state());
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
        let mut state = self.state();
        self.refresh(&mut state);
        state.ledger.incidents.iter().rev().cloned().collect()
    }

    /// What is remembered of each plugin, by its id. Looks at the disk.
    #[must_use]
    pub fn records(&self) -> BTreeMap<String, PluginRecord> {
        let mut state = self.state();
        self.refresh(&mut state);
        let mut records: BTreeMap<String, PluginRecord> = BTreeMap::new();
        for remembered in &state.ledger.incidents {
            records.entry(remembered.incident.plugin_id.clone()).or_default().incidents += 1;
        }
        for plugin in &state.ledger.alone {
            records.entry(plugin.clone()).or_default().runs_alone = true;
        }
        records
    }

    fn change(&self, make: impl FnOnce(&mut Ledger)) {
        let mut state = self.state();
        let held = self.file.as_deref().map(hold);
        self.refresh(&mut state);
        make(&mut state.ledger);
        if let Some(file) = &self.file {
            let written = held
                .unwrap_or(Err(io::ErrorKind::NotFound.into()))
                .and_then(|_held| durable::write(file, &serde_json::to_vec(&state.ledger)?));
            match written {
                Ok(()) => state.stamp = stamp(file),
                Err(error) => tracing::warn!(
                    "what went wrong with plugins is remembered until Loophole ends: {}: {}",
                    file.display(),
                    durable::reason(&error)
                ),
            }
        }
        self.tell(&state.ledger);
    }

    /// Reads the file if somebody wrote it since.
    fn refresh(&self, state: &mut State) {
        let Some(file) = &self.file else { return };
        let on_disk = stamp(file);
        if on_disk.is_some() && on_disk != state.stamp {
            state.ledger = read(file).unwrap_or_default();
            state.stamp = on_disk;
            self.tell(&state.ledger);
        }
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

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps other processes from changing the file until it is dropped. Waits for them: they take milliseconds.
fn hold(file: &Path) -> io::Result<File> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let lock =
        OpenOptions::new().write(true).create(true).truncate(false).open(file.with_extension("lock"))?;
    rustix::fs::flock(&lock, FlockOperation::LockExclusive)?;
    Ok(lock)
}

fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// A file that can't be read is put aside, so that it can be looked at.
fn read(file: &Path) -> Option<Ledger> {
    if fs::metadata(file).ok()?.len() > MAX_FILE_BYTES {
        return None;
    }
    let bytes = fs::read(file).ok()?;
    serde_json::from_slice(&bytes)
        .inspect_err(|error| {
            let aside = file.with_extension("damaged");
            tracing::warn!("{} can't be read and is now {}: {error}", file.display(), aside.display());
            // If it can't be put aside it is written over: it held nothing.
            let _ = fs::rename(file, aside);
        })
        .ok()
}

/// `$XDG_STATE_HOME/loophole/incidents.json`; `None` without a home.
#[must_use]
pub fn state_file() -> Option<PathBuf> {
    let told = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = told.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".local/state")))?;
    Some(base.join("loophole/incidents.json"))
}

#[cfg(test)]
mod tests;
