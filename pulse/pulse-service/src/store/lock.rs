//! One Pulse at a time writes a song: a file lock that ends with the process, whatever ends it.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::FileExt as _,
    path::Path,
    thread,
    time::Duration,
};

use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

use crate::store::durable;

/// Whoever looks whether a song is open holds its lock for a moment: tries, and the pause between two.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(10);

/// What the lock file says about its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockOwner {
    /// Of the process.
    pub pid: u32,
    /// Path of the socket where it can be asked.
    pub address: String,
}

/// Why a song could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("the song is open already, by process {} at {}", .0.pid, .0.address)]
    Held(LockOwner),
    /// Another process holds it and has not said who it is yet.
    #[error("the song is open already, by another process")]
    HeldByUnknown,
    /// The lock file can't be used.
    #[error("the song's lock file: {0}")]
    Io(#[from] io::Error),
}

/// A song held by this process.
#[derive(Debug)]
pub struct SongLock {
    file: File,
}

impl SongLock {
    /// Takes the lock and writes who has it.
    ///
    /// # Errors
    /// If another process has it.
    pub fn take(path: &Path, owner: &LockOwner) -> Result<Self, LockError> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        if !lock(&file) {
            const LONGEST_LOCK_FILE: u64 = 8192;
            let mut text = String::new();
            (&file).take(LONGEST_LOCK_FILE).read_to_string(&mut text)?;
            return Err(serde_json::from_str(&text).map_or(LockError::HeldByUnknown, LockError::Held));
        }
        let text = serde_json::to_string(owner).map_err(io::Error::from)?;
        // Over what the last owner wrote, which takes no room of a full disk. Without its line the lock holds all the same.
        match file.write_all_at(text.as_bytes(), 0).and_then(|()| file.set_len(text.len() as u64)) {
            Err(error) if durable::is_full(&error) => tracing::warn!("the song's lock file: {error}"),
            written => written?,
        }
        Ok(Self { file })
    }
}

fn lock(file: &File) -> bool {
    (0..TRIES).any(|attempt| {
        if attempt > 0 {
            thread::sleep(PAUSE);
        }
        rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive).is_ok()
    })
}

impl Drop for SongLock {
    fn drop(&mut self) {
        // An empty file is what a reader finds between two owners; the lock itself ends with the descriptor.
        let _ = self.file.set_len(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_owner_is_told_who_has_the_song() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let owner = LockOwner { pid: 7, address: "/run/pulse.sock".to_owned() };
        let lock = SongLock::take(&path, &owner).expect("free");
        assert!(matches!(SongLock::take(&path, &owner), Err(LockError::Held(held)) if held == owner));
        drop(lock);
        SongLock::take(&path, &owner).expect("free again");
    }
}
