//! Brings a file of this machine into the song's `media/` folder, named by its content.
//!
//! It copies first and hashes the copy, so that a file that changes meanwhile can't lie about its content. It does not
//! look inside.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use crate::store::{durable, folder::SongFolder};

/// Sound files above this are refused: two days of stereo at 48 kHz, decoded to what a decoder may write.
pub const MAX_MEDIA_BYTES: u64 = 32 << 30;
/// Bytes of a readable name that are kept, well below the 255 of a file name.
const MAX_NAME_BYTES: usize = 80;

/// A file that is now in the song's folder, synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMedia {
    /// Hex BLAKE3 of its content.
    pub hash: String,
    /// The name it came with, without folder.
    pub name: String,
    /// Relative to the song's folder.
    pub path: String,
    /// Nothing with this content was stored before.
    pub is_new: bool,
}

/// Copies `source` into the song, sharing its blocks where the file system can.
///
/// # Errors
/// If it can't be read, is no plain file or too long, or the song's disk refuses it.
pub fn store(folder: &SongFolder, source: &Path) -> io::Result<StoredMedia> {
    store_with(folder, source, |_| Ok(()))
}

/// The same, with a change to the copy before it is hashed.
///
/// # Errors
/// As [`store`], or if the change fails.
pub fn store_with(
    folder: &SongFolder,
    source: &Path,
    change: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<StoredMedia> {
    let input = File::open(source)?;
    let metadata = input.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file"));
    }
    check_length(&metadata)?;
    let name = name_of(source);
    let media = folder.media();
    let copy = durable::TemporaryFile::create(&media)?;
    if rustix::fs::ioctl_ficlone(copy.file(), &input).is_err() {
        durable::require_room(&media, metadata.len())?;
        io::copy(&mut (&input).take(MAX_MEDIA_BYTES), &mut copy.file())?;
    }
    change(copy.file())?;
    let stored = named(folder, name, hash_file(copy.path())?);
    if stored.is_new {
        copy.persist(&folder.root().join(&stored.path))?;
    }
    Ok(stored)
}

/// Gives a file of the song's own folder, which nobody writes any more, a second name in `media/`: it takes no room. Where
/// the file system has no second names it is copied.
///
/// # Errors
/// As [`store`].
pub fn adopt(folder: &SongFolder, source: &Path) -> io::Result<StoredMedia> {
    let file = File::open(source)?;
    check_length(&file.metadata()?)?;
    file.sync_all()?;
    let stored = named(folder, name_of(source), hash_file(source)?);
    let place = folder.root().join(&stored.path);
    if stored.is_new && std::fs::hard_link(source, &place).is_err() {
        return store(folder, source);
    }
    durable::sync_folder_of(&place)?;
    Ok(stored)
}

fn check_length(metadata: &std::fs::Metadata) -> io::Result<()> {
    if metadata.len() > MAX_MEDIA_BYTES {
        let text = format!("it is longer than {} GiB", MAX_MEDIA_BYTES >> 30);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(())
}

fn name_of(source: &Path) -> String {
    source.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn named(folder: &SongFolder, name: String, hash: String) -> StoredMedia {
    let path = format!("media/{}-{}", &hash[..16], readable(&name));
    let is_new = !folder.root().join(&path).exists();
    StoredMedia { hash, name, path, is_new }
}

/// Hex BLAKE3 of a file.
///
/// # Errors
/// If it can't be read.
pub fn hash_file(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// A name that is safe in every file system and still says what it was.
fn readable(name: &str) -> String {
    let safe = name.chars().map(|letter| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => letter,
        _ => '_',
    });
    let safe: String = safe.collect();
    // The end is kept: it has the extension.
    safe[safe.len().saturating_sub(MAX_NAME_BYTES)..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_is_stored_once() {
        let temporary = tempfile::tempdir().expect("a folder");
        let folder = SongFolder::new(temporary.path().join("A.loophole"));
        folder.make().expect("makes");
        let source = temporary.path().join("Größe 1.wav");
        std::fs::write(&source, b"content").expect("writes");
        let first = store(&folder, &source).expect("stores");
        assert_eq!(first.name, "Größe 1.wav");
        assert!(first.path.ends_with("-Gr__e_1.wav"), "{}", first.path);
        assert_eq!(std::fs::read(folder.root().join(&first.path)).expect("reads"), b"content");
        let again = store(&folder, &source).expect("stores");
        assert_eq!(again, StoredMedia { is_new: false, ..first });
        assert_eq!(std::fs::read_dir(folder.media()).expect("lists").count(), 1);
    }
}
