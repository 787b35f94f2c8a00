//! Plugin states by content, in `state/<hash>`. What is in them only their plugin knows.

use std::{fs, io, path::PathBuf};

use crate::store::{durable, folder::SongFolder};

/// A state is at most this long, as graph.proto says.
pub const MAX_STATE_BYTES: u64 = 256 << 20;

/// Why a state can't be had.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The name is no hash, so it names no state.
    #[error("“{0}” names no plugin state")]
    BadHash(String),
    /// The file does not have the content its name says.
    #[error("the plugin state {0} is damaged")]
    Damaged(String),
    /// The disk refused.
    #[error("the plugin state {0}: {1}")]
    Io(String, io::Error),
}

/// Stores a state, synced, and returns its hash.
///
/// # Errors
/// If the disk refuses.
pub fn store(folder: &SongFolder, state: &[u8]) -> io::Result<String> {
    let hash = blake3::hash(state).to_hex().to_string();
    let path = folder.state().join(&hash);
    if !fs::metadata(&path).is_ok_and(|metadata| metadata.len() == state.len() as u64) {
        durable::write(&path, state)?;
    }
    Ok(hash)
}

/// Reads a state and checks it.
///
/// # Errors
/// If it is not there or not whole.
pub fn load(folder: &SongFolder, hash: &str) -> Result<Vec<u8>, StateError> {
    let path = path(folder, hash)?;
    let state = fs::read(path).map_err(|error| StateError::Io(hash.to_owned(), error))?;
    if blake3::hash(&state).to_hex().as_str() != hash {
        return Err(StateError::Damaged(hash.to_owned()));
    }
    Ok(state)
}

fn path(folder: &SongFolder, hash: &str) -> Result<PathBuf, StateError> {
    blake3::Hash::from_hex(hash).map_err(|_| StateError::BadHash(hash.to_owned()))?;
    Ok(folder.state().join(hash))
}
