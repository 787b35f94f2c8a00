//! A decoded file: its header, and the chunks of it that are in memory.
//!
//! One thread at a time loads chunks; any audio thread reads them without waiting. A slot is a cell that is borrowed to read
//! and to write: the loader takes only slots that hold nothing wanted and that nobody reads, and a reader that finds its slot
//! taken or holding another chunk knows that it read nothing. Samples stay as they lie in the file, so that a load is one copy
//! by the kernel, and are told apart by channel while they are read. Slots take memory when they are first loaded.
//!
//! | bytes | header, little-endian |
//! |---|---|
//! | 0–7 | `LOOPPCM1` |
//! | 8–11 | sample rate, hertz |
//! | 12–15 | channels, 1 to 8 |
//! | 16–23 | frames |
//! | 24–27 | 0: samples are floats of 32 bits; 16: integers of 16 bits, to be divided by 32,768 |
//! | 28–63 | zero |
//! | 64– | samples, interleaved |

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use signal_rt::{BorrowCell, Unique};
use thiserror::Error;

use super::layout::Layout;

/// Frames loaded at once: 64 KiB of floats, 170 ms at 48 kHz.
pub const CHUNK_FRAMES: usize = 8192;

/// Chunks of one file in memory at most: 10 s at 48 kHz in 4 MiB, many times the read-ahead.
const MAX_SLOTS: usize = 64;

/// Chunks of one file that stay in memory when nobody wants them any more, unless others are loaded in their place: twice
/// the read-ahead, so that what plays stays when the song is about to go on elsewhere; short files stay whole.
const KEPT_SLOTS: usize = 16;

const HEADER_BYTES: u64 = 64;
const MAGIC: &[u8; 8] = b"LOOPPCM1";

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
    layout: Layout,
    frames: u64,
    /// For each chunk, the slot it was last loaded to, plus one.
    places: Box<[AtomicU32]>,
    slots: Box<[BorrowCell<Slot>]>,
    /// Slots that take memory before any is used again.
    kept: usize,
    /// Borrowed by whoever loads.
    register: BorrowCell<Register>,
}

/// What lies in which slot: the loader's own notes, so that it never takes a slot that plays just to look into it.
#[derive(Debug, Default)]
struct Register {
    /// For each slot that takes memory, the chunk it holds, plus one, and the count of loads at which it took it.
    slots: Vec<(usize, u64)>,
    loads: u64,
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
        let layout = Layout::new(word(24), channels).ok_or(PcmFileError::Header)?;
        let bytes = frames.checked_mul(layout.frame_bytes() as u64);
        let bytes = bytes.and_then(|bytes| bytes.checked_add(HEADER_BYTES));
        if !bytes.is_some_and(|bytes| file.metadata().is_ok_and(|metadata| metadata.len() >= bytes)) {
            return Err(PcmFileError::Header);
        }
        if rate != sample_rate {
            return Err(PcmFileError::Rate { file: rate, graph: sample_rate });
        }
        Ok(Self::with_slots(file, layout, frames))
    }

    fn with_slots(file: File, layout: Layout, frames: u64) -> Self {
        let chunks = frames.div_ceil(CHUNK_FRAMES as u64) as usize;
        Self {
            file,
            layout,
            frames,
            places: (0..chunks).map(|_| AtomicU32::new(0)).collect(),
            slots: (0..chunks.min(MAX_SLOTS)).map(|_| BorrowCell::default()).collect(),
            kept: KEPT_SLOTS,
            register: BorrowCell::default(),
        }
    }

    /// [control] Keeps nothing in memory but what is wanted: for a song that is gone through once.
    #[must_use]
    pub fn frugal(self) -> Self {
        Self { kept: 0, ..self }
    }

    /// [any] Length.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// [audio] Writes frames from `first` on, times `gain`; beyond either end there is silence. False: some were not in memory,
    /// and are silence too. Zero has no sign.
    pub fn read(&self, first: i64, gain: f32, left: &mut [f32], right: &mut [f32]) -> bool {
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
            if !self.read_chunk((chunk, within), gain, left, right) {
                left.fill(0.0);
                right.fill(0.0);
                complete = false;
            }
            done += length;
        }
        complete
    }

    fn read_chunk(
        &self,
        (chunk, within): (usize, usize),
        gain: f32,
        left: &mut [f32],
        right: &mut [f32],
    ) -> bool {
        let Some(slot) = self.slot_of(chunk).and_then(BorrowCell::try_borrow) else { return false };
        if slot.chunk != chunk + 1 {
            return false;
        }
        self.layout.read(&slot.bytes[within * self.layout.frame_bytes()..], gain, left, right);
        true
    }

    fn slot_of(&self, chunk: usize) -> Option<&BorrowCell<Slot>> {
        let place = self.places.get(chunk)?.load(Ordering::Acquire);
        self.slots.get((place as usize).checked_sub(1)?)
    }

    /// [disk] Loads those of `wanted`, the most urgent first, that are not in memory, in place of what is not wanted. Says how many
    /// it loaded; none while another thread loads.
    ///
    /// # Errors
    /// The system's.
    pub fn load(&self, wanted: &[usize]) -> io::Result<usize> {
        let wanted = &wanted[..wanted.len().min(self.slots.len())];
        let Some(mut register) = self.register.try_borrow_mut() else { return Ok(0) };
        let mut loaded = 0;
        for chunk in wanted.iter().filter(|chunk| **chunk < self.places.len()) {
            if register.slots.iter().any(|(held, _)| *held == chunk + 1) {
                continue;
            }
            let Some((place, mut slot)) = self.free_slot(&register, wanted) else { break };
            register.take(place);
            self.load_chunk(*chunk, &mut slot)?;
            drop(slot);
            register.slots[place].0 = chunk + 1;
            self.places[*chunk].store(place as u32 + 1, Ordering::Release);
            loaded += 1;
        }
        Ok(loaded)
    }

    /// A slot that nobody reads at this moment: one that takes memory for the first time as long as few do, else the one that
    /// was loaded longest ago of those that hold nothing wanted.
    fn free_slot(&self, register: &Register, wanted: &[usize]) -> Option<(usize, Unique<'_, Slot>)> {
        let new = || {
            let place = register.slots.len();
            Some((place, self.slots.get(place)?.try_borrow_mut()?))
        };
        if register.slots.len() < self.kept {
            return new().or_else(|| self.unwanted_slot(register, wanted));
        }
        self.unwanted_slot(register, wanted).or_else(new)
    }

    fn unwanted_slot(&self, register: &Register, wanted: &[usize]) -> Option<(usize, Unique<'_, Slot>)> {
        let is_unwanted = |held: usize| held == 0 || !wanted.contains(&(held - 1));
        let mut unwanted: Vec<(u64, usize)> = (register.slots.iter().enumerate())
            .filter(|(_, (held, _))| is_unwanted(*held))
            .map(|(place, (_, loaded))| (*loaded, place))
            .collect();
        unwanted.sort_unstable();
        unwanted.into_iter().find_map(|(_, place)| Some((place, self.slots[place].try_borrow_mut()?)))
    }

    fn load_chunk(&self, chunk: usize, slot: &mut Slot) -> io::Result<()> {
        let first = (chunk * CHUNK_FRAMES) as u64;
        let frames = (self.frames - first).min(CHUNK_FRAMES as u64) as usize;
        let frame_bytes = self.layout.frame_bytes();
        slot.chunk = 0;
        slot.bytes.resize(frames * frame_bytes, 0);
        self.file.read_exact_at(&mut slot.bytes, HEADER_BYTES + first * frame_bytes as u64)?;
        slot.chunk = chunk + 1;
        Ok(())
    }
}

impl Register {
    /// A slot is about to be loaded.
    fn take(&mut self, place: usize) {
        self.loads += 1;
        if place == self.slots.len() {
            self.slots.push((0, 0));
        }
        self.slots[place] = (0, self.loads);
    }
}
