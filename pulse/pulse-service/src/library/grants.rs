//! What plugins may reach beside their own folders: granted by the user, for this machine, in all its songs.
//!
//! Grants are kept in `$XDG_CONFIG_HOME/loophole/grants.json`, by plugin id. They are no part of a song: a song that comes from
//! somebody else grants nothing. Nothing is opened here but what is granted, to see where it leads; whoever derives a graph
//! asks [`GrantBook::of`].

mod limits;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use pulse_derive::{GrantedPlace, Grants};
use pulse_model::ClapPlugin;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use limits::{Limits, PlaceRefused};

use super::shared_file::{self, SharedFile, Unwritten};
use crate::store::durable;

/// Plugins that something is granted to.
const MAX_PLUGINS: usize = 500;
/// Places of one plugin.
pub const MAX_PLACES: usize = 16;
/// Between two looks at the file, which another Loophole may have written.
const PERIOD: Duration = Duration::from_secs(2);

/// Why something is not granted.
#[derive(Debug, thiserror::Error)]
pub enum GrantRefused {
    /// A place that no plugin gets.
    #[error(transparent)]
    Place(#[from] PlaceRefused),
    /// No song can have such a plugin.
    #[error("“{0}” is no id of a plugin")]
    NoPlugin(String),
    /// More than anybody keeps an eye on.
    #[error("a plugin can be granted {MAX_PLACES} places at most")]
    TooManyPlaces,
    /// The same.
    #[error("{MAX_PLUGINS} plugins were granted something already: revoke what is not needed")]
    TooManyPlugins,
    /// It would not be known after a restart.
    #[error("what is granted can't be written down: {}", durable::reason(.0))]
    Unwritten(#[source] io::Error),
}

/// As they are in the file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Written {
    places: Vec<WrittenPlace>,
    network: bool,
    display: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct WrittenPlace {
    path: String,
    /// Empty in a wish.
    #[serde(default)]
    leads_to: String,
    #[serde(default)]
    writable: bool,
}

type Book = BTreeMap<String, Written>;

/// The grants of this machine's user.
pub struct GrantBook {
    file: SharedFile<Book>,
    limits: Limits,
    known: watch::Sender<BTreeMap<String, Grants>>,
}

impl GrantBook {
    /// Those of a file, which need not be there yet; [`config_file`] is this user's. New ones keep to `limits`.
    #[must_use]
    pub fn new(file: Option<PathBuf>, limits: Limits) -> Self {
        let book = Self { file: SharedFile::new(file), limits, known: watch::Sender::default() };
        book.refresh();
        book
    }

    /// What a plugin may reach. Asks the memory alone.
    #[must_use]
    pub fn of(&self, plugin: &ClapPlugin) -> Grants {
        self.known.borrow().get(&plugin.plugin_id).cloned().unwrap_or_default()
    }

    /// By plugin id. Looks at the disk.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, Grants> {
        self.refresh();
        self.known.borrow().clone()
    }

    /// Told when something is granted or revoked.
    #[must_use]
    pub fn known(&self) -> watch::Receiver<BTreeMap<String, Grants>> {
        self.known.subscribe()
    }

    /// Grants a plugin these things and no others; where places lead is found out here. Writes to the disk.
    ///
    /// # Errors
    /// See [`GrantRefused`]; nothing is changed then.
    pub fn set(&self, plugin_id: &str, wanted: Grants) -> Result<Grants, GrantRefused> {
        if plugin_id.is_empty() || plugin_id.len() > pulse_model::MAX_NAME_BYTES {
            return Err(GrantRefused::NoPlugin(plugin_id.chars().take(80).collect()));
        }
        if wanted.places.len() > MAX_PLACES {
            return Err(GrantRefused::TooManyPlaces);
        }
        let before = self.all();
        let own = before.get(plugin_id).cloned().unwrap_or_default();
        if own.is_empty() && before.len() >= MAX_PLUGINS {
            return Err(GrantRefused::TooManyPlugins);
        }
        let mut grants = Grants { places: Vec::new(), ..wanted };
        for place in wanted.places {
            // What was granted before stays, though it may not be there just now: a drive that is not plugged in.
            let kept = own.places.iter().find(|it| it.path == place.path && it.writable == place.writable);
            let place = match kept {
                Some(kept) => kept.clone(),
                None => self.limits.place(&place.path, place.writable)?,
            };
            grants.places.retain(|it| it.path != place.path);
            grants.places.push(place);
        }
        let written = Written::from(&grants);
        let change = |book: &mut Book| {
            book.remove(plugin_id);
            if !grants.is_empty() {
                book.insert(plugin_id.to_owned(), written);
            }
        };
        let changed = self.file.change(Unwritten::IsDropped, change, |book| self.tell(book));
        changed.map_err(GrantRefused::Unwritten)?;
        Ok(grants)
    }

    /// The same, from JSON, as the command line has it.
    ///
    /// # Errors
    /// It is no such JSON, or see [`GrantRefused`].
    pub fn set_from_json(&self, plugin_id: &str, wished: &str) -> anyhow::Result<Grants> {
        let wished: Written = serde_json::from_str(wished)?;
        Ok(self.set(plugin_id, wished.into_wish())?)
    }

    /// All of them, by plugin id, as they are written.
    ///
    /// # Errors
    /// None that is known.
    pub fn to_json(&self) -> serde_json::Result<String> {
        self.file.look(serde_json::to_string)
    }

    /// Looks at the file again and again, for what another Loophole or the command line grants and revokes.
    pub async fn watch_file(self: std::sync::Arc<Self>) {
        loop {
            tokio::time::sleep(PERIOD).await;
            let book = self.clone();
            // It fails only when the runtime ends, and this with it.
            let _ = tokio::task::spawn_blocking(move || book.refresh()).await;
        }
    }

    fn refresh(&self) {
        self.file.look(|book| self.tell(book));
    }

    fn tell(&self, book: &Book) {
        self.known.send_if_modified(|known| {
            let now = book.iter().map(|(plugin, written)| (plugin.clone(), written.into())).collect();
            let changed = *known != now;
            *known = now;
            changed
        });
    }
}

impl Written {
    /// Where places lead is yet to be found out.
    fn into_wish(self) -> Grants {
        let place = |WrittenPlace { path, leads_to, writable }| GrantedPlace { path, leads_to, writable };
        let places = self.places.into_iter().map(place).collect();
        Grants { places, network: self.network, display: self.display }
    }
}

impl From<&Written> for Grants {
    fn from(it: &Written) -> Self {
        let place = |it: &WrittenPlace| {
            let WrittenPlace { path, leads_to, writable } = it.clone();
            // Somebody may have written the file by hand.
            let is_absolute = Path::new(&path).is_absolute() && Path::new(&leads_to).is_absolute();
            is_absolute.then_some(GrantedPlace { path, leads_to, writable })
        };
        let places = it.places.iter().filter_map(place).take(MAX_PLACES).collect();
        Self { places, network: it.network, display: it.display }
    }
}

impl From<&Grants> for Written {
    fn from(it: &Grants) -> Self {
        let place = |it: &GrantedPlace| {
            let GrantedPlace { path, leads_to, writable } = it.clone();
            WrittenPlace { path, leads_to, writable }
        };
        Self { places: it.places.iter().map(place).collect(), network: it.network, display: it.display }
    }
}

/// `$XDG_CONFIG_HOME/loophole/grants.json`; `None` without a home.
#[must_use]
pub fn config_file() -> Option<PathBuf> {
    shared_file::path("XDG_CONFIG_HOME", ".config", "grants.json")
}

#[cfg(test)]
mod tests;
