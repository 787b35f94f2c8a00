//! What can be put into a song: plugins of this machine, sound and MIDI files, and files that a client sends.
//!
//! 1. `bundles` finds plugin files, `scan` has each described by a process of its own, and `catalogue` remembers what they
//!    said, so that only what is new is looked at.
//! 2. `places` says which folders may be shown, `listing` shows and searches them.
//! 3. `uploads` takes files in parts and gives them to the import.
//!
//! Nothing here changes a song.

pub mod bundles;
pub mod catalogue;
pub mod command;
pub mod listing;
pub mod places;
pub mod scan;
pub mod uploads;

use std::{path::PathBuf, sync::Arc};

use catalogue::Catalogue;
use uploads::Uploads;

/// What calls share.
#[derive(Clone)]
pub struct Library {
    /// The plugins of this machine.
    pub catalogue: Arc<Catalogue>,
    /// Files that come in parts.
    pub uploads: Arc<Uploads>,
}

impl Library {
    /// Has plugins described by the program `sandbox`, and keeps files under way in `folder`.
    #[must_use]
    pub fn new(sandbox: PathBuf, folder: PathBuf) -> Self {
        Self { catalogue: Arc::new(Catalogue::new(sandbox)), uploads: Arc::new(Uploads::new(folder)) }
    }
}
