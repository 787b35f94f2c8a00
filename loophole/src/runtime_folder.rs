//! The folder of sockets that one running `loophole` owns: `$XDG_RUNTIME_DIR/loophole/PID`.
//!
//! It is locked as long as its process lives, so that the next start can tell what a SIGKILL left behind. Removed on
//! drop.

use std::{
    fs::{self, DirBuilder, File},
    io::ErrorKind,
    os::unix::{
        fs::{DirBuilderExt as _, MetadataExt as _},
        net::UnixListener,
    },
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use rustix::fs::{FlockOperation, flock};

use crate::places;

/// Longest path of a Unix socket, with its end (`sun_path` of unix(7)).
const MAX_SOCKET_PATH_BYTES: usize = 107;

/// In each folder; held with flock by its owner.
const LOCK_FILE: &str = "lock";
/// The supervisor's own socket, by which commands find it.
pub(crate) const SUPERVISOR_SOCKET: &str = "supervisor.sock";
/// Leads to the socket of the Pulse whose song is open.
pub(crate) const PULSE_SOCKET: &str = "pulse.sock";
/// Signal's socket.
pub(crate) const SIGNAL_SOCKET: &str = "signal.sock";

/// This process's folder.
pub(crate) struct RuntimeFolder {
    path: PathBuf,
    _lock: File,
}

impl RuntimeFolder {
    /// Makes it, and removes those of dead processes.
    pub fn create() -> anyhow::Result<Self> {
        let base = places::runtime_base();
        make_private(&base)?;
        // Held while folders appear and vanish, so that none is seen between its making and its locking.
        let guard = File::open(&base)?;
        flock(&guard, FlockOperation::LockExclusive)?;
        remove_stale(&base)?;
        let path = base.join(std::process::id().to_string());
        make_private(&path)?;
        let lock = File::create(path.join(LOCK_FILE))?;
        flock(&lock, FlockOperation::LockExclusive)?;
        Ok(Self { path, _lock: lock })
    }

    /// The path of a socket in it.
    pub fn socket(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Has a name in it lead to another, in one step, whatever it led to before.
    pub fn point(&self, name: &str, to: &Path) -> anyhow::Result<()> {
        let new = self.path.join(format!("{name}.new"));
        let _ = fs::remove_file(&new);
        std::os::unix::fs::symlink(to, &new)
            .and_then(|()| fs::rename(&new, self.path.join(name)))
            .with_context(|| format!("cannot make {}", self.path.join(name).display()))
    }

    /// Listens on a socket in it.
    pub fn listen(&self, name: &str) -> anyhow::Result<UnixListener> {
        let path = self.socket(name);
        ensure!(
            path.as_os_str().len() <= MAX_SOCKET_PATH_BYTES,
            "{} is too long for a socket: set XDG_RUNTIME_DIR to a shorter path",
            path.display()
        );
        UnixListener::bind(&path).with_context(|| format!("cannot listen on {}", path.display()))
    }
}

impl Drop for RuntimeFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Folders of the processes that live, ascending by pid.
pub(crate) fn running() -> anyhow::Result<Vec<(u32, PathBuf)>> {
    let base = places::runtime_base();
    if !base.exists() {
        return Ok(Vec::new());
    }
    check_private(&base)?;
    let mut found = owned_folders(&base)?;
    found.retain(|(_, folder)| is_alive(folder) && folder.join(SUPERVISOR_SOCKET).exists());
    found.sort();
    Ok(found)
}

fn owned_folders(base: &Path) -> anyhow::Result<Vec<(u32, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(base)? {
        let path = entry?.path();
        let pid = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        found.extend(pid.map(|pid| (pid, path)));
    }
    Ok(found)
}

fn remove_stale(base: &Path) -> anyhow::Result<()> {
    for (_, folder) in owned_folders(base)? {
        if !is_alive(&folder) {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot remove {}, left by a dead process", folder.display()))?;
        }
    }
    Ok(())
}

fn is_alive(folder: &Path) -> bool {
    // Whoever can lock it is its only owner: the kernel drops a dead process's locks.
    File::open(folder.join(LOCK_FILE))
        .is_ok_and(|lock| flock(&lock, FlockOperation::NonBlockingLockShared).is_err())
}

fn make_private(folder: &Path) -> anyhow::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot make {}", folder.display()))
        }
        _ => check_private(folder),
    }
}

/// Refuses a folder that somebody else made or may look into: what lies there could be anybody's.
fn check_private(folder: &Path) -> anyhow::Result<()> {
    let metadata = fs::symlink_metadata(folder)?;
    let ours = metadata.is_dir() && metadata.uid() == rustix::process::geteuid().as_raw();
    ensure!(ours, "{} is not a folder of this user: remove it, or set XDG_RUNTIME_DIR", folder.display());
    ensure!(
        metadata.mode() & 0o077 == 0,
        "{} is open to other users: chmod 700 it, or set XDG_RUNTIME_DIR",
        folder.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn folder_open_to_others_is_refused() {
        let home = tempfile::tempdir().expect("folder");
        let open = home.path().join("open");
        fs::create_dir(&open).expect("folder");
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).expect("mode");
        let error = make_private(&open).expect_err("open to others");
        assert!(error.to_string().contains("chmod 700"), "{error}");
    }

    #[test]
    fn link_in_place_of_the_folder_is_refused() {
        let home = tempfile::tempdir().expect("folder");
        let link = home.path().join("link");
        std::os::unix::fs::symlink(home.path(), &link).expect("link");
        assert!(make_private(&link).is_err());
    }

    #[test]
    fn folder_of_the_dead_is_removed_and_of_the_living_kept() {
        let base = tempfile::tempdir().expect("folder");
        for pid in ["11", "12", "13"] {
            fs::create_dir(base.path().join(pid)).expect("folder");
        }
        File::create(base.path().join("11/lock")).expect("lock");
        let held = File::create(base.path().join("12/lock")).expect("lock");
        flock(&held, FlockOperation::LockExclusive).expect("lock");
        remove_stale(base.path()).expect("removal");
        let left: Vec<u32> =
            owned_folders(base.path()).expect("list").into_iter().map(|(pid, _)| pid).collect();
        assert_eq!(left, [12]);
    }
}
