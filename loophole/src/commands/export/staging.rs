//! Where an export grows: a hidden folder beside its place, gone when it is dropped. What a killed export left of its own is
//! removed by the next one.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

/// How the names of such folders begin; the process id follows.
const PREFIX: &str = ".loophole-export-";
/// How often a folder is begun; each one that is taken away was met by another export in the same instant.
const ATTEMPTS: u32 = 100;

/// A process that was killed may still write for a moment: how often removing is tried, and the pause between.
const REMOVALS: u32 = 20;
const REMOVAL_PAUSE: Duration = Duration::from_millis(10);

/// An export that is not at its place yet.
pub(super) struct Staging {
    folder: PathBuf,
    /// Locked for as long as this process lives.
    _lock: File,
    /// The folder that the files go to.
    destination: PathBuf,
}

impl Staging {
    /// For the file `output`, or, where there are `several`, the folder `output`.
    pub(super) fn beside(output: &Path, several: bool) -> anyhow::Result<Self> {
        let parent = output.parent().unwrap_or(Path::new("/"));
        let name = output.file_name().context("the output has no name")?;
        ensure!(parent.is_dir(), "there is no folder {}", parent.display());
        if several {
            let usable = !output.exists() || output.is_dir();
            ensure!(usable, "{} is a file; stems go to a folder", output.display());
        } else {
            ensure!(!output.is_dir(), "{} is a folder", output.display());
        }
        ensure!(name.to_str().is_some(), "the output's path is not UTF-8");
        sweep(parent);
        let made = make(parent).with_context(|| format!("cannot write in {}", parent.display()));
        let (folder, lock) = made?;
        let destination = if several { output.to_owned() } else { parent.to_owned() };
        Ok(Self { folder, _lock: lock, destination })
    }

    /// Where a file grows.
    pub(super) fn path(&self, name: &str) -> anyhow::Result<String> {
        let path = self.folder.join(name);
        path.to_str().map(str::to_owned).context("the output's path is not UTF-8")
    }

    /// Moves all files to their place, replacing those of the same name.
    pub(super) fn place(self, names: &[String]) -> anyhow::Result<Vec<PathBuf>> {
        fs::create_dir_all(&self.destination)
            .with_context(|| format!("cannot make {}", self.destination.display()))?;
        let place = |name: &String| {
            let place = self.destination.join(name);
            fs::rename(self.folder.join(name), &place)
                .with_context(|| format!("cannot write {}", place.display()))?;
            Ok(place)
        };
        names.iter().map(place).collect()
    }
}

/// A new folder, and what locks it. One that another export takes for a dead one's, before it is locked, is given up.
fn make(parent: &Path) -> io::Result<(PathBuf, File)> {
    for number in 0..ATTEMPTS {
        let folder = parent.join(format!("{PREFIX}{}-{number}", std::process::id()));
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            made => made?,
        }
        let lock = match File::open(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => {}
            Ok(()) if !is_at(&lock, &folder) => {}
            // Where nothing can be locked, nothing is swept either.
            Ok(()) | Err(_) => return Ok((folder, lock)),
        }
    }
    Err(io::Error::other("other exports remove what is begun there"))
}

/// Whether an open folder is the one that has this path.
fn is_at(open: &File, path: &Path) -> bool {
    let there = fs::metadata(path).map(|there| there.ino());
    there.is_ok_and(|there| open.metadata().is_ok_and(|own| own.ino() == there))
}

/// Removes what exports into this folder left that are no more.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_one = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.file_type().is_ok_and(|kind| kind.is_dir());
        let Some(left) = is_one.then(|| File::open(entry.path()).ok()).flatten() else { continue };
        let is_free = flock(&left, FlockOperation::NonBlockingLockExclusive).is_ok();
        if is_free && is_at(&left, &entry.path()) {
            // What can't be removed harms nobody but for the room it takes.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        for _ in 0..REMOVALS {
            if fs::remove_dir_all(&self.folder).is_ok() || !self.folder.exists() {
                return;
            }
            std::thread::sleep(REMOVAL_PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_export_left_is_removed_and_what_another_makes_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let (dead, living) =
            (folder.path().join(".loophole-export-1"), folder.path().join(".loophole-export-2"));
        for path in [&dead, &living] {
            fs::create_dir(path).expect("made");
            fs::write(path.join("part.wav"), b"sound").expect("written");
        }
        let owner = File::open(&living).expect("opened");
        flock(&owner, FlockOperation::NonBlockingLockExclusive).expect("locked");
        let staging = Staging::beside(&folder.path().join("a.wav"), false).expect("begun");
        assert!(!dead.exists() && living.exists() && staging.folder.exists());
        sweep(folder.path());
        assert!(staging.folder.exists(), "its own is locked");
        // As many at once as there may ever be take nothing from each other.
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        sweep(folder.path());
                        let (made, lock) = make(folder.path()).expect("made");
                        std::thread::yield_now();
                        assert!(made.is_dir(), "it was taken away");
                        fs::remove_dir(&made).expect("removed");
                        drop(lock);
                    }
                });
            }
        });
        drop(staging);
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1);
    }
}
