//! Where things are in a song's folder. It reads and writes no song.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::store::durable;

/// What git is told to leave out: the journal is each replica's own, the cache can be made again.
const GIT_IGNORE: &str = "# Written by Loophole.\n/journal/\n/cache/\n/takes/\n/lock\n.writing-*\n";

/// The folder `Name.loophole` of a song.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SongFolder {
    root: PathBuf,
}

impl SongFolder {
    /// Names the folder, without looking.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Makes what is missing of the folder, synced.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn make(&self) -> io::Result<()> {
        for folder in [self.tracks(), self.journal(), self.media(), self.state(), self.cache(), self.takes()]
        {
            fs::create_dir_all(folder)?;
        }
        let git_ignore = self.root.join(".gitignore");
        if !git_ignore.exists() {
            durable::write(&git_ignore, GIT_IGNORE.as_bytes())?;
        }
        durable::sync_folder(&self.root)?;
        durable::sync_folder_of(&self.root)
    }

    /// Deletes what a crash left under way.
    pub fn sweep(&self) {
        for folder in [self.root.clone(), self.tracks(), self.media(), self.state(), self.cache()] {
            durable::sweep(&folder);
        }
    }

    /// True if there is a song, whole or not.
    #[must_use]
    pub fn holds_a_song(&self) -> bool {
        self.manifest().exists()
            || fs::read_dir(self.journal()).is_ok_and(|mut entries| entries.next().is_some())
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The text of the song but its tracks, and the list of their files.
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.root.join("song.json")
    }

    /// The text of the tracks.
    #[must_use]
    pub fn tracks(&self) -> PathBuf {
        self.root.join("tracks")
    }

    /// The text of one track.
    #[must_use]
    pub fn track(&self, id: u64) -> PathBuf {
        self.tracks().join(format!("{id}.json"))
    }

    /// The journal's segments.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    /// Sound files by content.
    #[must_use]
    pub fn media(&self) -> PathBuf {
        self.root.join("media")
    }

    /// Takes that Signal writes, until they are in the song.
    #[must_use]
    pub fn takes(&self) -> PathBuf {
        self.root.join("takes")
    }

    /// States of plugins by content.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// What can be deleted.
    #[must_use]
    pub fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// Decoded sound at a sample rate.
    #[must_use]
    pub fn pcm(&self, hash: &str, rate: u32) -> PathBuf {
        self.cache().join(format!("{hash}-{rate}.pcm"))
    }

    /// The outline of a sound.
    #[must_use]
    pub fn peaks(&self, hash: &str) -> PathBuf {
        self.cache().join(format!("{hash}.peaks"))
    }

    /// Who has the song open.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }
}
