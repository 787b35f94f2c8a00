//! What can be put into a song: plugins of this machine, sound and MIDI files, and files that a client sends.
//!
//! 1. `bundles` finds plugin files, `scan` has each described by a process of its own, and `catalogue` remembers what they
//!    said, so that only what is new is looked at.
//! 2. `incidents` remembers what went wrong with them, and which run alone since.
//! 3. `grants` remembers what they may reach beside their own folders. Both are kept in files that all songs share
//!    (`shared_file`).
//! 4. `places` says which folders may be shown, `listing` shows and searches them.
//! 5. `uploads` takes files in parts and gives them to the import.
//!
//! Nothing here changes a song.

pub mod bundles;
pub mod catalogue;
pub mod command;
pub mod grants;
pub mod incidents;
pub mod listing;
pub mod places;
pub mod scan;
pub mod shared_file;
pub mod uploads;

use std::{path::PathBuf, sync::Arc};

use catalogue::{Catalogue, Contents};
use grants::GrantBook;
use incidents::Incidents;
use uploads::Uploads;

/// What calls share.
#[derive(Clone)]
pub struct Library {
    /// The plugins of this machine.
    pub catalogue: Arc<Catalogue>,
    /// What went wrong with them.
    pub incidents: Arc<Incidents>,
    /// What they may reach.
    pub grants: Arc<GrantBook>,
    /// Files that come in parts.
    pub uploads: Arc<Uploads>,
}

impl Library {
    /// Has plugins described by the program `sandbox`, and keeps files under way in `folder`.
    #[must_use]
    pub fn new(sandbox: PathBuf, folder: PathBuf, incidents: Arc<Incidents>, grants: Arc<GrantBook>) -> Self {
        Self {
            catalogue: Arc::new(Catalogue::new(sandbox)),
            incidents,
            grants,
            uploads: Arc::new(Uploads::new(folder)),
        }
    }

    /// The plugins, and what is remembered of each. Must be called within a tokio runtime; reads files.
    #[must_use]
    pub fn plugins(&self, rescan: bool) -> Contents {
        plugins(&self.catalogue, &self.incidents, rescan)
    }
}

/// See [`Library::plugins`].
fn plugins(catalogue: &Arc<Catalogue>, incidents: &Incidents, rescan: bool) -> Contents {
    let mut contents = catalogue.contents(rescan);
    let records = incidents.records();
    for plugin in &mut contents.plugins {
        plugin.record = records.get(&plugin.facts.plugin_id).copied().unwrap_or_default();
    }
    contents
}
