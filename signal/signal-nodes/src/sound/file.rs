//! A decoded file: its header, and the chunks of it that are in memory.
//!
//! One thread at a time loads chunks; any audio thread reads them without waiting. A slot is guarded by the number of the chunk it holds:
//! a reader that finds another number before or after copying knows that it read nothing.
//!
//! | bytes | header, little-endian |
//! |---|---|
//! | 0–7 | `LOOPPCM1` |
//! | 8–11 | sample rate, hertz |
//! | 12–15 | channels, 1 to 8 |
//! | 16–23 | frames |
//! | 24–63 | zero |
//! | 64– | interleaved 32-bit floats |

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};

use thiserror::Error;

/// Frames loaded at once: 64 KiB in memory, 170 ms at 48 kHz.
pub const CHUNK_FRAMES: usize = 8192;

/// Chunks of one file kept in memory: 5 s at 48 kHz in 2 MiB, many times the read-ahead; short files fit whole.
const MAX_SLOTS: usize = 32;

const HEADER_BYTES: u64 = 64;
const MAGIC: &[u8; 8] = b"LOOPPCM1";
const MAX_CHANNELS: u32 = 8;

/// Why a file cannot be played.
#[derive(Debug, Error)]
pub enum PcmFileError {
    /// The system says no.
    #[error("cannot read decoded sound: {0}")]
    Io(#[from] io::Error),
    /// It is something else, or of another version.
    #[error("not a file of decoded sound")]
    Magic,
    /// The header states impossible figures, or more frames than the file holds.
    #[error("the header of the decoded sound does not fit the file")]
    Header,
    /// It would play at the wrong speed.
    #[error("decoded for {file} Hz, but the graph runs at {graph} Hz")]
    Rate {
        /// Of the file.
        file: u32,
        /// Of the graph.
        graph: u32,
    },
}

/// A file of decoded sound at the graph's rate. More than two channels: the first two are heard.
#[derive(Debug)]
pub struct PcmFile {
    file: File,
    channels: usize,
    frames: u64,
    /// For each chunk, the slot it was last loaded to, plus one.
    places: Box<[AtomicU32]>,
    slots: Box<[Slot]>,
    loading: AtomicBool,
}

#[derive(Debug)]
struct Slot {
    /// The chunk it holds, plus one; 0 while it is written.
    chunk: AtomicU64,
    /// Bits of stereo frames.
    samples: Box<[AtomicU32]>,
}

impl PcmFile {
    /// [control] Opens a file to be played at `sample_rate`. Nothing but the header is read.
    ///
    /// # Errors
    /// See [`PcmFileError`].
    pub fn open(path: &Path, sample_rate: u32) -> Result<Self, PcmFileError> {
        let mut file = File::open(path)?;
        let mut header = [0; HEADER_BYTES as usize];
        file.read_exact(&mut header)?;
        if &header[..8] != MAGIC {
            return Err(PcmFileError::Magic);
        }
        let word =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (rate, channels) = (word(8), word(12));
        let frames = u64::from(word(16)) | u64::from(word(20)) << 32;
        let bytes =
            frames.checked_mul(u64::from(channels) * 4).and_then(|bytes| bytes.checked_add(HEADER_BYTES));
        let fits = bytes.is_some_and(|bytes| file.metadata().is_ok_and(|metadata| metadata.len() >= bytes));
        if !(1..=MAX_CHANNELS).contains(&channels) || !fits {
            return Err(PcmFileError::Header);
        }
        if rate != sample_rate {
            return Err(PcmFileError::Rate { file: rate, graph: sample_rate });
        }
        Ok(Self::with_slots(file, channels as usize, frames))
    }

    fn with_slots(file: File, channels: usize, frames: u64) -> Self {
        let chunks = frames.div_ceil(CHUNK_FRAMES as u64) as usize;
        let slot = |_| Slot {
            chunk: AtomicU64::new(0),
            samples: (0..CHUNK_FRAMES * 2).map(|_| AtomicU32::new(0)).collect(),
        };
        Self {
            file,
            channels,
            frames,
            places: (0..chunks).map(|_| AtomicU32::new(0)).collect(),
            slots: (0..chunks.min(MAX_SLOTS)).map(slot).collect(),
            loading: AtomicBool::new(false),
        }
    }

    /// [any] Length.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// [audio] Copies frames from `first` on; beyond either end there is silence. False: some were not in memory, and are
    /// silence too.
    pub fn read(&self, first: i64, left: &mut [f32], right: &mut [f32]) -> bool {
        let (mut done, mut complete) = (0, true);
        while done < left.len() {
            let frame = first + done as i64;
            let rest = left.len() - done;
            if frame < 0 || frame >= self.frames as i64 {
                let silent = if frame < 0 { rest.min(frame.unsigned_abs() as usize) } else { rest };
                left[done..done + silent].fill(0.0);
                right[done..done + silent].fill(0.0);
                done += silent;
                continue;
            }
            let (chunk, within) = (frame as usize / CHUNK_FRAMES, frame as usize % CHUNK_FRAMES);
            let until_end = (self.frames as i64 - frame) as usize;
            let length = rest.min(CHUNK_FRAMES - within).min(until_end);
            let (left, right) = (&mut left[done..done + length], &mut right[done..done + length]);
            if !self.read_chunk(chunk, within, left, right) {
                left.fill(0.0);
                right.fill(0.0);
                complete = false;
            }
            done += length;
        }
        complete
    }

    fn read_chunk(&self, chunk: usize, within: usize, left: &mut [f32], right: &mut [f32]) -> bool {
        let Some(slot) = self.slot_of(chunk) else { return false };
        let number = chunk as u64 + 1;
        if slot.chunk.load(Ordering::Acquire) != number {
            return false;
        }
        let frames = slot.samples[within * 2..].chunks_exact(2);
        for ((left, right), frame) in left.iter_mut().zip(right).zip(frames) {
            *left = f32::from_bits(frame[0].load(Ordering::Relaxed));
            *right = f32::from_bits(frame[1].load(Ordering::Relaxed));
        }
        fence(Ordering::Acquire);
        slot.chunk.load(Ordering::Relaxed) == number
    }

    fn slot_of(&self, chunk: usize) -> Option<&Slot> {
        let place = self.places.get(chunk)?.load(Ordering::Acquire);
        self.slots.get((place as usize).checked_sub(1)?)
    }

    /// [any] Whether a chunk is in memory.
    #[must_use]
    pub fn holds(&self, chunk: usize) -> bool {
        self.slot_of(chunk).is_some_and(|slot| slot.chunk.load(Ordering::Acquire) == chunk as u64 + 1)
    }

    /// [disk] Loads those of `wanted`, the most urgent first, that are not in memory, in place of what is not wanted. Says how many
    /// it loaded; none while another thread loads.
    ///
    /// # Errors
    /// The system's.
    pub fn load(&self, wanted: &[usize]) -> io::Result<usize> {
        let wanted = &wanted[..wanted.len().min(self.slots.len())];
        if wanted.iter().all(|chunk| self.holds(*chunk)) || self.loading.swap(true, Ordering::Acquire) {
            return Ok(0);
        }
        let loaded = self.load_missing(wanted);
        self.loading.store(false, Ordering::Release);
        loaded
    }

    fn load_missing(&self, wanted: &[usize]) -> io::Result<usize> {
        let mut bytes = vec![0; CHUNK_FRAMES * self.channels * 4];
        let mut loaded = 0;
        for chunk in wanted.iter().filter(|chunk| **chunk < self.places.len()) {
            if self.holds(*chunk) {
                continue;
            }
            let unwanted = |slot: &&Slot| {
                let held = slot.chunk.load(Ordering::Relaxed);
                held == 0 || !wanted.contains(&(held as usize - 1))
            };
            let Some(place) = self.slots.iter().position(|slot| unwanted(&slot)) else { break };
            self.load_chunk(*chunk, place, &mut bytes)?;
            loaded += 1;
        }
        Ok(loaded)
    }

    fn load_chunk(&self, chunk: usize, place: usize, bytes: &mut [u8]) -> io::Result<()> {
        let first = (chunk * CHUNK_FRAMES) as u64;
        let frames = (self.frames - first).min(CHUNK_FRAMES as u64) as usize;
        let frame_bytes = self.channels * 4;
        let bytes = &mut bytes[..frames * frame_bytes];
        (&self.file).seek(SeekFrom::Start(HEADER_BYTES + first * frame_bytes as u64))?;
        (&self.file).read_exact(bytes)?;
        let slot = &self.slots[place];
        slot.chunk.store(0, Ordering::Relaxed);
        fence(Ordering::Release);
        let second = if self.channels == 1 { 0 } else { 4 };
        for (frame, stored) in bytes.chunks_exact(frame_bytes).zip(slot.samples.chunks_exact(2)) {
            let bits =
                |at: usize| u32::from_le_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
            stored[0].store(bits(0), Ordering::Relaxed);
            stored[1].store(bits(second), Ordering::Relaxed);
        }
        slot.chunk.store(chunk as u64 + 1, Ordering::Release);
        self.places[chunk].store(place as u32 + 1, Ordering::Release);
        Ok(())
    }
}
