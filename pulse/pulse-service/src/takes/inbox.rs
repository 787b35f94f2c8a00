//! Finds recordings in the song's folder for takes that nobody writes any more, and deletes them in the end.
//!
//! A writer holds a lock on the log of its take for as long as it lives, so what can be locked is complete or orphaned. The
//! takes of one recording are found together or not at all.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rustix::fs::FlockOperation;

use crate::{
    store::durable,
    takes::log::{self, TakeLog},
};

/// Files that are looked at: a song with more has another trouble.
const MOST_FILES: usize = 65_536;

/// What is in the folder.
#[derive(Debug, Default)]
pub struct Found {
    /// Complete or orphaned.
    pub recordings: Vec<Recording>,
    /// Some are still written.
    pub under_way: bool,
}

/// The takes of one recording.
#[derive(Debug)]
pub struct Recording {
    /// Names it.
    pub session: String,
    /// By the names of their files.
    pub takes: Vec<FoundTake>,
}

/// A take, locked until it is dropped.
#[derive(Debug)]
pub struct FoundTake {
    /// What it is.
    pub log: TakeLog,
    /// Its sound, if it has one.
    pub sound: Option<PathBuf>,
    path: PathBuf,
    /// Holds the lock.
    _file: File,
}

/// Looks into the folder. What can't be read is said and left alone.
#[must_use]
pub fn look(folder: &Path) -> Found {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MOST_FILES);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "take"));
    paths.sort();
    let mut found: BTreeMap<String, Vec<FoundTake>> = BTreeMap::new();
    let mut busy = BTreeSet::new();
    for path in paths {
        match open(&path) {
            Ok(Opened::Free(take)) => found.entry(take.log.head.session.clone()).or_default().push(take),
            Ok(Opened::Busy(session)) => drop(busy.insert(session)),
            Err(error) => tracing::warn!("{}: {error}", path.display()),
        }
    }
    let under_way = !busy.is_empty();
    let recordings = found
        .into_iter()
        .filter(|(session, _)| !busy.contains(session))
        .map(|(session, takes)| Recording { session, takes })
        .collect();
    Found { recordings, under_way }
}

enum Opened {
    Free(FoundTake),
    /// Of this recording.
    Busy(String),
}

fn open(path: &Path) -> Result<Opened, log::LogError> {
    let file = File::open(path)?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => return Ok(Opened::Busy(log::read(&file)?.head.session)),
        Err(error) => return Err(io::Error::from(error).into()),
    }
    let log = log::read(&file)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let sound = log.head.sound.as_ref().map(|name| folder.join(name));
    Ok(Opened::Free(FoundTake { log, sound, path: path.to_owned(), _file: file }))
}

impl Recording {
    /// Deletes its files: logs first, for without one a sound is not taken in again.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn delete(&self) -> io::Result<()> {
        for take in &self.takes {
            fs::remove_file(&take.path)?;
            if let Some(sound) = take.sound.as_ref().filter(|sound| sound.exists()) {
                fs::remove_file(sound)?;
            }
        }
        self.takes.first().map_or(Ok(()), |take| durable::sync_folder_of(&take.path))
    }
}
