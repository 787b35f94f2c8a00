//! A decoded file: its header, and the chunks of it that are in memory.
//!
//! One thread at a time loads chunks; any audio thread reads them without waiting. A slot is a cell that is borrowed to read
//! and to write: the loader takes only slots that nobody reads, and a reader that finds its slot taken or holding another
//! chunk knows that it read nothing. Samples stay as they lie in the file, so that a load is one copy by the kernel, and are
//! told apart by channel while they are read. Slots take memory when they are first loaded.
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
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use signal_rt::{BorrowCell, Unique};
use thiserror::Error;

/// Frames loaded at once: 64 KiB in memory, 170 ms at 48 kHz.
pub const CHUNK_FRAMES: usize = 8192;

/// Chunks of one file kept in memory at most: 10 s at 48 kHz in 4 MiB, many times the read-ahead; short files fit whole.
const MAX_SLOTS: usize = 64;

/// Bytes of a sample.
const SAMPLE_BYTES: usize = 4;

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
    slots: Box<[BorrowCell<Slot>]>,
    loading: AtomicBool,
}

#[derive(Debug, Default)]
struct Slot {
    /// The chunk it holds, plus one; 0: none.
    chunk: usize,
    /// Interleaved, as in the file. Empty until first loaded.
    bytes: Vec<u8>,
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
        Self {
            file,
            channels,
            frames,
            places: (0..chunks).map(|_| AtomicU32::new(0)).collect(),
            slots: (0..chunks.min(MAX_SLOTS)).map(|_| BorrowCell::default()).collect(),
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
        let Some(slot) = self.slot_of(chunk).and_then(BorrowCell::try_borrow) else { return false };
        if slot.chunk != chunk + 1 {
            return false;
        }
        let bytes = &slot.bytes[within * self.channels * SAMPLE_BYTES..];
        match self.channels {
            1 => {
                copy_one(bytes, left);
                right.copy_from_slice(left);
            }
            2 => copy_two(bytes, left, right),
            channels => copy_first_two(bytes, channels, left, right),
        }
        true
    }

    fn slot_of(&self, chunk: usize) -> Option<&BorrowCell<Slot>> {
        let place = self.places.get(chunk)?.load(Ordering::Acquire);
        self.slots.get((place as usize).checked_sub(1)?)
    }

    /// [disk] Whether a chunk is in memory.
    #[must_use]
    pub fn holds(&self, chunk: usize) -> bool {
        self.slot_of(chunk).and_then(BorrowCell::try_borrow).is_some_and(|slot| slot.chunk == chunk + 1)
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
        let mut loaded = 0;
        for chunk in wanted.iter().filter(|chunk| **chunk < self.places.len()) {
            if self.holds(*chunk) {
                continue;
            }
            let Some((place, mut slot)) = self.free_slot(wanted) else { break };
            self.load_chunk(*chunk, &mut slot)?;
            drop(slot);
            self.places[*chunk].store(place as u32 + 1, Ordering::Release);
            loaded += 1;
        }
        Ok(loaded)
    }

    /// A slot that nobody reads at this moment: an empty one, else one that holds nothing wanted.
    fn free_slot(&self, wanted: &[usize]) -> Option<(usize, Unique<'_, Slot>)> {
        let find = |fits: &dyn Fn(&Slot) -> bool| {
            self.slots.iter().enumerate().find_map(|(place, slot)| {
                let slot = slot.try_borrow_mut()?;
                fits(&slot).then_some((place, slot))
            })
        };
        find(&|slot| slot.chunk == 0)
            .or_else(|| find(&|slot| slot.chunk == 0 || !wanted.contains(&(slot.chunk - 1))))
    }

    fn load_chunk(&self, chunk: usize, slot: &mut Slot) -> io::Result<()> {
        let first = (chunk * CHUNK_FRAMES) as u64;
        let frames = (self.frames - first).min(CHUNK_FRAMES as u64) as usize;
        let frame_bytes = self.channels * SAMPLE_BYTES;
        slot.chunk = 0;
        slot.bytes.resize(frames * frame_bytes, 0);
        (&self.file).seek(SeekFrom::Start(HEADER_BYTES + first * frame_bytes as u64))?;
        (&self.file).read_exact(&mut slot.bytes)?;
        slot.chunk = chunk + 1;
        Ok(())
    }
}

/// Fills `to` with the samples at the start of `bytes`.
fn copy_one(bytes: &[u8], to: &mut [f32]) {
    let (samples, _) = bytes.as_chunks::<SAMPLE_BYTES>();
    for (to, sample) in to.iter_mut().zip(samples) {
        *to = f32::from_le_bytes(*sample);
    }
}

/// Tells pairs of samples apart, by whole lanes: this is where a mix of many tracks spends its time.
fn copy_two(bytes: &[u8], left: &mut [f32], right: &mut [f32]) {
    const LANES: usize = 8;
    let (frames, _) = bytes.as_chunks::<{ 2 * SAMPLE_BYTES }>();
    let frames = &frames[..left.len()];
    let (chunks, rest) = frames.as_chunks::<LANES>();
    let (left_chunks, left_rest) = left.as_chunks_mut::<LANES>();
    let (right_chunks, right_rest) = right.as_chunks_mut::<LANES>();
    for ((frames, left), right) in chunks.iter().zip(left_chunks).zip(right_chunks) {
        for lane in 0..LANES {
            (left[lane], right[lane]) = pair(&frames[lane]);
        }
    }
    for ((frame, left), right) in rest.iter().zip(left_rest).zip(right_rest) {
        (*left, *right) = pair(frame);
    }
}

fn pair([a, b, c, d, e, f, g, h]: &[u8; 8]) -> (f32, f32) {
    (f32::from_le_bytes([*a, *b, *c, *d]), f32::from_le_bytes([*e, *f, *g, *h]))
}

fn copy_first_two(bytes: &[u8], channels: usize, left: &mut [f32], right: &mut [f32]) {
    let frames = bytes.chunks_exact(channels * SAMPLE_BYTES);
    for ((left, right), frame) in left.iter_mut().zip(right).zip(frames) {
        let (samples, _) = frame.as_chunks::<SAMPLE_BYTES>();
        (*left, *right) = (f32::from_le_bytes(samples[0]), f32::from_le_bytes(samples[1]));
    }
}
