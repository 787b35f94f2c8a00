//! Writing files so that a power cut leaves the old or the new one, never half of either.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// How the names of files under way begin; what a crash left of them may be deleted.
pub const TEMPORARY_PREFIX: &str = ".writing-";
/// What people are told of a full disk.
pub const FULL: &str = "the disk is full: make room on it, then try again";
/// Room that copies and decoded sound leave for edits.
const SPARE_BYTES: u64 = 256 << 10;

/// Whether a disk refused because it, or what its user may take of it, is full.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Why a disk refused, for people.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    if is_full(error) { FULL.to_owned() } else { error.to_string() }
}

/// Refuses what a disk has no room for, before it is begun. Keeps [`SPARE_BYTES`] for the journal.
///
/// # Errors
/// If there is no room. Where the system does not say, there is.
pub fn require_room(folder: &Path, bytes: u64) -> io::Result<()> {
    let Ok(disk) = rustix::fs::statvfs(folder) else { return Ok(()) };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free >= bytes.saturating_add(SPARE_BYTES) { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
}

/// A file under way: it gets its name when it is complete, and vanishes if it never is.
#[derive(Debug)]
pub struct TemporaryFile {
    path: PathBuf,
    file: File,
    persisted: bool,
}

impl TemporaryFile {
    /// A new empty file in `folder`, open for reading and writing.
    ///
    /// # Errors
    /// If the folder can't be written.
    pub fn create(folder: &Path) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{TEMPORARY_PREFIX}{}-{number}", std::process::id()));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path)?;
        Ok(Self { path, file, persisted: false })
    }

    /// The open file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Where it is now.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Syncs it, gives it its name in the same folder, and syncs the folder.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn persist(self, path: &Path) -> io::Result<()> {
        self.rename(path)?;
        sync_folder_of(path)
    }

    /// Syncs it and gives it its name, which is durable once the folder is synced.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn rename(mut self, path: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, path)?;
        self.persisted = true;
        Ok(())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if !self.persisted {
            // Nothing depends on it: what can't be deleted now is deleted at the next opening.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Replaces or creates a file, whole and synced.
///
/// # Errors
/// If the disk refuses.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = TemporaryFile::create(folder)?;
    file.file().write_all(content)?;
    file.persist(path)
}

/// Makes names in the folder of `path` durable.
///
/// # Errors
/// If the disk refuses.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Makes names in a folder durable.
///
/// # Errors
/// If the disk refuses.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Deletes what a crash left under way in a folder.
pub fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX) {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let path = entry.path();
            let _ = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}
