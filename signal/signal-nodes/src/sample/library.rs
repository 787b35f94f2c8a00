//! Loads decoded sounds whole, off the audio thread, and shares them among instruments.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use thiserror::Error;

use super::Sample;
use crate::sound::{CHUNK_FRAMES, PcmFile, PcmFileError};

/// The longest sound an instrument holds: nearly six minutes at 48 kHz, 256 MiB with its octaves.
pub const MAX_FRAMES: u64 = 1 << 24;

/// Why an instrument can't have a sound.
#[derive(Debug, Error)]
pub enum SampleError {
    /// It is missing, damaged, or decoded for another rate.
    #[error(transparent)]
    File(#[from] PcmFileError),
    /// It does not belong into memory.
    #[error(
        "it is too long for an instrument: {0} frames, at most {MAX_FRAMES}; put it on an audio track, or cut it"
    )]
    TooLong(u64),
}

impl From<io::Error> for SampleError {
    fn from(error: io::Error) -> Self {
        Self::File(PcmFileError::Io(error))
    }
}

/// The sounds of all instruments. [control]
#[derive(Debug, Default)]
pub struct SampleLibrary {
    samples: BTreeMap<PathBuf, Weak<Sample>>,
}

impl SampleLibrary {
    /// [control] A decoded file for a graph at `sample_rate`: what an instrument still plays is not read again.
    ///
    /// # Errors
    /// See [`SampleError`].
    pub fn load(&mut self, path: &Path, sample_rate: u32) -> Result<Arc<Sample>, SampleError> {
        self.samples.retain(|_, sample| sample.strong_count() > 0);
        if let Some(sample) = self.samples.get(path).and_then(Weak::upgrade) {
            return Ok(sample);
        }
        let sample = Arc::new(read(path, sample_rate)?);
        self.samples.insert(path.to_owned(), Arc::downgrade(&sample));
        Ok(sample)
    }
}

fn read(path: &Path, sample_rate: u32) -> Result<Sample, SampleError> {
    let file = PcmFile::open(path, sample_rate)?;
    if file.frames() > MAX_FRAMES {
        return Err(SampleError::TooLong(file.frames()));
    }
    let frames = file.frames() as usize;
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    let chunks = left.chunks_mut(CHUNK_FRAMES).zip(right.chunks_mut(CHUNK_FRAMES));
    for (chunk, (left, right)) in chunks.enumerate() {
        file.load(&[chunk])?;
        if !file.read((chunk * CHUNK_FRAMES) as i64, 1.0, left, right) {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
    Ok(Sample::new(left, right))
}
