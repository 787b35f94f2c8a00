//! Who has a song open, as the lock in its folder says (chorus/data-model.md). Takes none.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};
use serde::Deserialize;

/// Longest lock file: a pid and a path.
const MAX_LOCK_BYTES: u64 = 8 << 10;

/// The process that has a song open.
#[derive(Deserialize)]
pub(crate) struct LockOwner {
    pub pid: u32,
    /// Socket of that Pulse.
    pub address: PathBuf,
}

/// Who has the song open; `None` if nobody has.
pub(crate) fn owner(song: &Path) -> Option<LockOwner> {
    let mut lock = File::open(song.join("lock")).ok()?;
    let mut text = String::new();
    (&mut lock).take(MAX_LOCK_BYTES).read_to_string(&mut text).ok()?;
    // Left empty by whoever ended in order: then the lock need not be touched, which somebody may just be taking.
    if text.is_empty() || flock(&lock, FlockOperation::NonBlockingLockShared).is_ok() {
        // Whoever wrote it is dead: the kernel drops a dead process's locks.
        return None;
    }
    serde_json::from_str(&text).ok()
}
