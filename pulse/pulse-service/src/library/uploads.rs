//! Files that come in parts from a client, until they are whole and can be imported.
//!
//! Each is a file in a folder of its own in the song's cache, under the name it came with. What is given up or forgotten is
//! deleted. It does not look inside.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::store::durable::{self, TEMPORARY_PREFIX};

/// Longest file; what is longer is imported by its path.
pub const MAX_UPLOAD_BYTES: u64 = 2 << 30;
/// Bytes of one part, well below a message.
pub const MAX_PART_BYTES: usize = 512 << 10;
/// Bytes of a name: what file systems take.
const MAX_NAME_BYTES: usize = 200;
/// Files under way at a time, of all clients: a drop of a folder sends them one after the other.
const MAX_UPLOADS: usize = 32;
/// A client that sends nothing for this long has gone.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadRefused {
    /// It has no usable name.
    #[error("“{0}” is no name of a file")]
    Name(String),
    /// It is too long.
    #[error("it is longer than {} MiB: import it by its path", MAX_UPLOAD_BYTES >> 20)]
    TooLong,
    /// Too many are under way.
    #[error("{MAX_UPLOADS} files are under way already")]
    TooMany,
    /// Nobody began it, or it was given up.
    #[error("there is no such file under way; it is given up a minute after its last part")]
    Unknown,
    /// A part is missing, repeated or too long.
    #[error("a part of {bytes} bytes at {offset}, where {received} of {total} are there")]
    Part {
        /// Of the part.
        bytes: usize,
        /// Of the part.
        offset: u64,
        /// So far.
        received: u64,
        /// As announced.
        total: u64,
    },
    /// The disk refuses it.
    #[error("it can't be stored: {}", durable::reason(.0))]
    Disk(#[from] io::Error),
}

struct Upload {
    client: String,
    whole: WholeFile,
    file: File,
    received: u64,
    total: u64,
    touched: Instant,
}

/// A file that is on this machine's disk until this is dropped.
#[derive(Debug)]
pub struct WholeFile {
    folder: PathBuf,
    path: PathBuf,
}

impl WholeFile {
    /// Where it is, under the name it came with.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // What can't be deleted now is deleted when the song is opened again.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// All that are under way.
pub struct Uploads {
    folder: PathBuf,
    next: AtomicU64,
    under_way: Mutex<HashMap<u64, Upload>>,
}

impl Uploads {
    /// Keeps them in `folder`.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, next: AtomicU64::new(1), under_way: Mutex::default() }
    }

    /// Begins one; gives its number.
    ///
    /// # Errors
    /// See [`UploadRefused`].
    pub fn begin(&self, client: &str, name: &str, total: u64) -> Result<u64, UploadRefused> {
        let is_name = !name.is_empty()
            && name.len() <= MAX_NAME_BYTES
            && !name.starts_with('.')
            && !name.contains(['/', '\\', '\0']);
        if !is_name {
            return Err(UploadRefused::Name(name.chars().take(80).collect()));
        }
        if total > MAX_UPLOAD_BYTES {
            return Err(UploadRefused::TooLong);
        }
        let mut under_way = self.under_way();
        under_way.retain(|_, upload| upload.touched.elapsed() < FORGOTTEN_AFTER);
        if under_way.len() >= MAX_UPLOADS {
            return Err(UploadRefused::TooMany);
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(format!("{TEMPORARY_PREFIX}upload-{}-{number}", std::process::id()));
        fs::create_dir(&folder)?;
        let whole = WholeFile { path: folder.join(name), folder };
        let file = File::create_new(&whole.path)?;
        let client = client.to_owned();
        let upload = Upload { client, whole, file, received: 0, total, touched: Instant::now() };
        under_way.insert(number, upload);
        Ok(number)
    }

    /// Adds a part; gives how much is there.
    ///
    /// # Errors
    /// See [`UploadRefused`]. One that the disk refused is given up.
    pub fn add(&self, client: &str, number: u64, offset: u64, data: &[u8]) -> Result<u64, UploadRefused> {
        let mut under_way = self.under_way();
        let upload = under_way.get_mut(&number).filter(|upload| upload.client == client);
        let upload = upload.ok_or(UploadRefused::Unknown)?;
        let (bytes, received, total) = (data.len(), upload.received, upload.total);
        if bytes > MAX_PART_BYTES || offset != received || received + bytes as u64 > total {
            return Err(UploadRefused::Part { bytes, offset, received, total });
        }
        if let Err(error) = upload.file.write_all(data) {
            under_way.remove(&number);
            return Err(error.into());
        }
        upload.received += bytes as u64;
        upload.touched = Instant::now();
        Ok(upload.received)
    }

    /// The file, once all of it is there.
    ///
    /// # Errors
    /// See [`UploadRefused`].
    pub fn finish(&self, client: &str, number: u64) -> Result<WholeFile, UploadRefused> {
        let mut under_way = self.under_way();
        let upload = under_way.get(&number).filter(|upload| upload.client == client);
        let &Upload { received, total, .. } = upload.ok_or(UploadRefused::Unknown)?;
        if received < total {
            return Err(UploadRefused::Part { bytes: 0, offset: received, received, total });
        }
        under_way.remove(&number).map(|upload| upload.whole).ok_or(UploadRefused::Unknown)
    }

    /// Gives one up.
    pub fn cancel(&self, client: &str, number: u64) {
        let mut under_way = self.under_way();
        if under_way.get(&number).is_some_and(|upload| upload.client == client) {
            under_way.remove(&number);
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<u64, Upload>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_in_parts_and_is_gone_after_its_use() {
        let folder = tempfile::tempdir().expect("a folder");
        let uploads = Uploads::new(folder.path().to_owned());
        let number = uploads.begin("page", "Größe 1.wav", 7).expect("begun");
        assert_eq!(uploads.add("page", number, 0, b"abcd").expect("taken"), 4);
        assert!(matches!(uploads.finish("page", number), Err(UploadRefused::Part { .. })));
        assert!(matches!(uploads.add("page", number, 0, b"abcd"), Err(UploadRefused::Part { .. })));
        assert!(matches!(uploads.add("page", number, 4, b"efgh"), Err(UploadRefused::Part { .. })));
        assert!(matches!(uploads.add("other", number, 4, b"efg"), Err(UploadRefused::Unknown)));
        assert_eq!(uploads.add("page", number, 4, b"efg").expect("taken"), 7);
        let whole = uploads.finish("page", number).expect("whole");
        assert_eq!(fs::read(whole.path()).expect("read"), b"abcdefg");
        assert!(whole.path().ends_with("Größe 1.wav"));
        drop(whole);
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 0);
    }

    #[test]
    fn what_is_given_up_is_deleted_and_names_lead_nowhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let uploads = Uploads::new(folder.path().to_owned());
        let number = uploads.begin("page", "a.wav", 7).expect("begun");
        uploads.cancel("other", number);
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1);
        uploads.cancel("page", number);
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 0);
        for name in ["", ".", "..", "../a.wav", "a/b.wav", "a\\b.wav", "a\0", ".hidden", &"a".repeat(300)] {
            assert!(matches!(uploads.begin("page", name, 1), Err(UploadRefused::Name(_))), "{name}");
        }
        assert!(matches!(uploads.begin("page", "a.wav", u64::MAX), Err(UploadRefused::TooLong)));
        for _ in 0..MAX_UPLOADS {
            uploads.begin("page", "a.wav", 1).expect("begun");
        }
        assert!(matches!(uploads.begin("page", "a.wav", 1), Err(UploadRefused::TooMany)));
    }
}
