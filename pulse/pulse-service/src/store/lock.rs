//! One Pulse at a time writes a song: a file lock that ends with the process, whatever ends it.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, Write as _},
    path::Path,
};

use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

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
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            const LONGEST_LOCK_FILE: u64 = 8192;
            let mut text = String::new();
            (&mut file).take(LONGEST_LOCK_FILE).read_to_string(&mut text)?;
            return Err(serde_json::from_str(&text).map_or(LockError::HeldByUnknown, LockError::Held));
        }
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(serde_json::to_string(owner).map_err(io::Error::from)?.as_bytes())?;
        Ok(Self { file })
    }
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
