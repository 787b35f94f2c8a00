//! Sounds that somebody listens to before they are in the song: decoded into the song's cache under a name of their own,
//! the newest few of them kept.
//!
//! Only the first minute is decoded, so that an hour of sound is heard as soon as a loop. It brings nothing into the song.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    media::{
        cache::{CacheError, MediaCache},
        pcm::PcmHeader,
    },
    store::folder::SongFolder,
};

/// Seconds that are decoded: what Signal plays at most.
pub const MAX_SECONDS: u32 = 60;
/// Auditioned sounds kept: a walk through a folder and back, 700 MB at their longest.
const KEPT: usize = 32;
/// How their files begin.
const PREFIX: &str = "audition-";

/// Decodes a sound for Signal at `sample_rate`, unless it is there.
///
/// # Errors
/// It is no sound, or can't be read.
pub async fn prepare(
    cache: &MediaCache,
    folder: &SongFolder,
    source: &Path,
    sample_rate: u32,
) -> Result<(PathBuf, PcmHeader), CacheError> {
    let key = key(source)?;
    if cache.pcm(&key, sample_rate).is_none() {
        cache.decode_beginning(&key, source, sample_rate, MAX_SECONDS).await?;
        prune(folder);
    }
    cache.pcm(&key, sample_rate).ok_or_else(|| CacheError::DecoderDied("what it wrote has gone".to_owned()))
}

/// The same for the same content, as far as the file's time tells.
fn key(source: &Path) -> io::Result<String> {
    let metadata = fs::metadata(source)?;
    let since = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    hasher.update(source.as_os_str().as_encoded_bytes());
    hasher.update(&metadata.len().to_le_bytes());
    hasher.update(&since.as_nanos().to_le_bytes());
    Ok(format!("{PREFIX}{}", &hasher.finalize().to_hex()[..32]))
}

/// Deletes the oldest. Signal holds what it plays in memory.
fn prune(folder: &SongFolder) {
    let entries = fs::read_dir(folder.cache()).into_iter().flatten().flatten();
    let mut files: Vec<(SystemTime, PathBuf)> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    // Each sound is two files: samples and outline.
    for (_, path) in files.iter().rev().skip(2 * KEPT) {
        let _ = fs::remove_file(path);
    }
}
