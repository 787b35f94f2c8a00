//! A value in a JSON file that every song of a user shares: each change reads the file again under a lock, so that several
//! Pulses lose nothing of one another's. Knows nothing of what it holds.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use rustix::fs::FlockOperation;
use serde::{Serialize, de::DeserializeOwned};

use crate::store::durable;

/// A longer file is not ours: 500 incidents with the longest texts are 8 MiB.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// What holds when a change can't be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// It is as changed for as long as this process lives.
    Holds,
    /// It is as it was.
    IsDropped,
}

/// The value, as the file had it at the last look.
pub struct SharedFile<T> {
    /// `None` where there is no home: then it lasts as long as the process.
    file: Option<PathBuf>,
    state: Mutex<State<T>>,
}

struct State<T> {
    value: T,
    /// Of the file that `value` was read from or written to.
    stamp: Option<(SystemTime, u64)>,
}

impl<T: Clone + Default + Serialize + DeserializeOwned> SharedFile<T> {
    /// The one of this path, which need not be there yet. Reads nothing.
    #[must_use]
    pub fn new(file: Option<PathBuf>) -> Self {
        Self { file, state: Mutex::new(State { value: T::default(), stamp: None }) }
    }

    /// Looks at the disk, then shows the value.
    pub fn look<R>(&self, show: impl FnOnce(&T) -> R) -> R {
        let mut state = self.state();
        self.refresh(&mut state);
        show(&state.value)
    }

    /// Changes the value, writes it to the disk, and shows it.
    ///
    /// # Errors
    /// It can't be written; what holds then, `unwritten` says.
    pub fn change(
        &self,
        unwritten: Unwritten,
        make: impl FnOnce(&mut T),
        show: impl FnOnce(&T),
    ) -> io::Result<()> {
        let mut state = self.state();
        let held = self.file.as_deref().map(hold);
        self.refresh(&mut state);
        let mut changed = state.value.clone();
        make(&mut changed);
        let written = self.file.as_deref().map_or(Ok(()), |file| {
            let _held = held.unwrap_or(Err(io::ErrorKind::NotFound.into()))?;
            durable::write(file, &serde_json::to_vec(&changed)?)?;
            state.stamp = stamp(file);
            Ok(())
        });
        if written.is_ok() || unwritten == Unwritten::Holds {
            state.value = changed;
        }
        show(&state.value);
        written.inspect_err(|error| {
            let file = self.file.as_deref().unwrap_or(Path::new(""));
            tracing::warn!("{} can't be written: {}", file.display(), durable::reason(error));
        })
    }

    /// Reads the file if somebody wrote it since.
    fn refresh(&self, state: &mut State<T>) {
        let Some(file) = &self.file else { return };
        let on_disk = stamp(file);
        if on_disk.is_some() && on_disk != state.stamp {
            state.value = read(file).unwrap_or_default();
            state.stamp = on_disk;
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file of Loophole's below the folder that an XDG variable names, or else below `fallback` in the user's home; `None`
/// without either.
#[must_use]
pub fn path(variable: &str, fallback: &str, name: &str) -> Option<PathBuf> {
    let told = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = told.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(fallback)))?;
    Some(base.join("loophole").join(name))
}

/// Keeps other processes from changing the file until it is dropped. Waits for them: they take milliseconds.
fn hold(file: &Path) -> io::Result<File> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let lock =
        OpenOptions::new().write(true).create(true).truncate(false).open(file.with_extension("lock"))?;
    rustix::fs::flock(&lock, FlockOperation::LockExclusive)?;
    Ok(lock)
}

fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// A file that can't be read is put aside, so that it can be looked at.
fn read<T: DeserializeOwned>(file: &Path) -> Option<T> {
    if fs::metadata(file).ok()?.len() > MAX_FILE_BYTES {
        return None;
    }
    let bytes = fs::read(file).ok()?;
    serde_json::from_slice(&bytes)
        .inspect_err(|error| {
            let aside = file.with_extension("damaged");
            tracing::warn!("{} can't be read and is now {}: {error}", file.display(), aside.display());
            // If it can't be put aside it is written over: it held nothing.
            let _ = fs::rename(file, aside);
        })
        .ok()
}
