//! A decoded sound in the song's cache, read frame by frame as stereo.
//!
//! | bytes | what |
//! |---|---|
//! | 0–7 | `LOOPPCM1` |
//! | 8–11 | sample rate, u32 little endian |
//! | 12–15 | channels, u32 little endian, 1 to 8 |
//! | 16–23 | frames, u64 little endian |
//! | 24–63 | zero |
//! | 64– | interleaved f32 little endian |
//!
//! Mono plays on both sides; of more than two channels the first two are played. It reads with `pread`, never by mapping: a
//! file cut short under a mapping would end the process. It resamples nothing and caches nothing.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

const MAGIC: &[u8; 8] = b"LOOPPCM1";
const HEADER_BYTES: u64 = 64;
const MOST_CHANNELS: u32 = 8;
/// Bytes read at once, on the stack: 512 frames of the most channels.
const READ_BYTES: usize = 16 << 10;

/// Why a file can't be played.
#[derive(Debug, thiserror::Error)]
pub enum PcmError {
    /// It is not there or may not be read.
    #[error("can't be read: {0}")]
    Read(#[from] std::io::Error),
    /// It is no file of this format.
    #[error("is not a sound of the cache: {0}")]
    Format(&'static str),
    /// It was decoded for another rate.
    #[error("has {0} Hz where {1} Hz are played")]
    Rate(u32, u32),
    /// Its header says more frames than there are.
    #[error("is cut short: {present} of {stated} frames are there")]
    Truncated {
        /// Whole frames in the file.
        present: u64,
        /// Frames its header states.
        stated: u64,
    },
}

/// An open file. Reading needs no memory of its own and no exclusive access: several threads may.
#[derive(Debug)]
pub struct PcmFile {
    file: File,
    channels: usize,
    stated_frames: u64,
    present_frames: u64,
}

impl PcmFile {
    /// Opens and checks a file. One that is cut short opens: ask [`PcmFile::fault`].
    ///
    /// # Errors
    /// No file, no regular file, another format, or another rate than `sample_rate`.
    pub fn open(path: &Path, sample_rate: u32) -> Result<Self, PcmError> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(PcmError::Format("no regular file"));
        }
        let mut header = [0; HEADER_BYTES as usize];
        if metadata.len() < HEADER_BYTES {
            return Err(PcmError::Format("shorter than its header"));
        }
        file.read_exact_at(&mut header, 0)?;
        if &header[..8] != MAGIC {
            return Err(PcmError::Format("other first bytes"));
        }
        let rate = u32_at(&header, 8);
        if rate != sample_rate {
            return Err(PcmError::Rate(rate, sample_rate));
        }
        let channels = u32_at(&header, 12);
        if !(1..=MOST_CHANNELS).contains(&channels) {
            return Err(PcmError::Format("not 1 to 8 channels"));
        }
        let stated_frames = u64::from(u32_at(&header, 16)) | u64::from(u32_at(&header, 20)) << 32;
        let present_frames = ((metadata.len() - HEADER_BYTES) / (4 * u64::from(channels))).min(stated_frames);
        Ok(Self { file, channels: channels as usize, stated_frames, present_frames })
    }

    /// Frames that can be played.
    pub fn frames(&self) -> u64 {
        self.present_frames
    }

    /// What is wrong with the file although it plays.
    pub fn fault(&self) -> Option<PcmError> {
        (self.present_frames < self.stated_frames)
            .then_some(PcmError::Truncated { present: self.present_frames, stated: self.stated_frames })
    }

    /// Fills `left` and `right`, of equal length, from frame `start` on. What the file does not hold is silence, also where
    /// reading fails: the error is returned after the buffers are whole.
    ///
    /// # Errors
    /// The disk's.
    pub fn read(&self, start: i64, left: &mut [f32], right: &mut [f32]) -> Result<(), PcmError> {
        left.fill(0.0);
        right.fill(0.0);
        let skip = start.min(0).unsigned_abs().min(left.len() as u64) as usize;
        let mut frame = start.max(0) as u64;
        let mut done = skip;
        while done < left.len() && frame < self.present_frames {
            let wanted = (left.len() - done).min(READ_BYTES / (4 * self.channels)) as u64;
            let count = wanted.min(self.present_frames - frame) as usize;
            self.read_part(frame, &mut left[done..done + count], &mut right[done..done + count])?;
            frame += count as u64;
            done += count;
        }
        Ok(())
    }

    fn read_part(&self, frame: u64, left: &mut [f32], right: &mut [f32]) -> Result<(), PcmError> {
        let frame_bytes = 4 * self.channels;
        let mut bytes = [0; READ_BYTES];
        let bytes = &mut bytes[..left.len() * frame_bytes];
        self.file.read_exact_at(bytes, HEADER_BYTES + frame * frame_bytes as u64)?;
        let other = if self.channels > 1 { 4 } else { 0 };
        for (index, frame) in bytes.chunks_exact(frame_bytes).enumerate() {
            left[index] = f32_at(frame, 0);
            right[index] = f32_at(frame, other);
        }
        Ok(())
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// A sample; what is no finite number in a damaged file is silence, for one NaN would silence a whole bus.
fn f32_at(bytes: &[u8], at: usize) -> f32 {
    let sample = f32::from_bits(u32_at(bytes, at));
    if sample.is_finite() { sample } else { 0.0 }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A file of the format, as Pulse writes it.
    pub(crate) fn pcm_bytes(rate: u32, channels: u32, frames: u64, samples: &[f32]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(rate.to_le_bytes());
        bytes.extend(channels.to_le_bytes());
        bytes.extend(frames.to_le_bytes());
        bytes.resize(HEADER_BYTES as usize, 0);
        bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        bytes
    }

    fn file(folder: &Path, channels: u32, frames: u64, samples: &[f32]) -> PathBuf {
        let path = folder.join("sound.pcm");
        std::fs::write(&path, pcm_bytes(48_000, channels, frames, samples)).expect("written");
        path
    }

    fn read(path: &Path, start: i64, frames: usize) -> (Vec<f32>, Vec<f32>) {
        let (mut left, mut right) = (vec![9.0; frames], vec![9.0; frames]);
        PcmFile::open(path, 48_000).expect("opened").read(start, &mut left, &mut right).expect("read");
        (left, right)
    }

    #[test]
    fn frames_outside_the_file_are_silence() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), 2, 2, &[1.0, -1.0, 2.0, -2.0]);
        assert_eq!(read(&path, -1, 4), (vec![0.0, 1.0, 2.0, 0.0], vec![0.0, -1.0, -2.0, 0.0]));
        assert_eq!(read(&path, i64::MIN, 2).0, [0.0, 0.0]);
        assert_eq!(read(&path, i64::MAX, 2).0, [0.0, 0.0]);
    }

    #[test]
    fn mono_plays_on_both_sides_and_nan_is_silence() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), 1, 3, &[1.0, f32::NAN, 3.0]);
        assert_eq!(read(&path, 0, 3), (vec![1.0, 0.0, 3.0], vec![1.0, 0.0, 3.0]));
    }

    #[test]
    fn file_cut_short_plays_what_it_has_and_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), 2, u64::MAX, &[1.0, -1.0, 2.0]);
        let fault = PcmFile::open(&path, 48_000).expect("opened").fault();
        assert!(matches!(fault, Some(PcmError::Truncated { present: 1, .. })));
        assert_eq!(read(&path, 0, 2).0, [1.0, 0.0]);
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), 9, 1, &[]);
        assert!(matches!(PcmFile::open(&path, 48_000), Err(PcmError::Format(_))));
        let path = file(folder.path(), 2, 1, &[0.0, 0.0]);
        assert!(matches!(PcmFile::open(&path, 44_100), Err(PcmError::Rate(48_000, 44_100))));
        std::fs::write(&path, b"RIFF").expect("written");
        assert!(matches!(PcmFile::open(&path, 48_000), Err(PcmError::Format(_))));
        assert!(matches!(PcmFile::open(folder.path(), 48_000), Err(PcmError::Read(_) | PcmError::Format(_))));
    }
}
