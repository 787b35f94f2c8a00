//! What comes in while a block is computed: the device's input, and notes of keyboards.
//!
//! The audio thread fills these before it computes a block, nodes read them while it does. A player may cut the block into
//! pieces: each reader counts for itself how far it has come. Nothing is kept beyond the block.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use signal_rt::BorrowCell;

/// Messages that reach one player in one block: all keys of a keyboard at once, and controllers beside.
pub const MAX_LIVE_NOTES: usize = 512;

/// The input of the device's present block.
#[derive(Debug)]
pub struct LiveInput {
    channels: Box<[Box<[AtomicU32]>]>,
    frames: AtomicUsize,
    block: AtomicU64,
    recording: AtomicBool,
    loops_back: AtomicBool,
}

impl LiveInput {
    /// [control] For blocks of up to `max_frames`.
    #[must_use]
    pub fn new(channels: usize, max_frames: usize) -> Self {
        let channel = |_| (0..max_frames).map(|_| AtomicU32::new(0)).collect();
        Self {
            channels: (0..channels).map(channel).collect(),
            frames: AtomicUsize::new(0),
            block: AtomicU64::new(0),
            recording: AtomicBool::new(false),
            loops_back: AtomicBool::new(false),
        }
    }

    /// [control] Whether the input is what was played, so that hearing it would go round and round; then only what is
    /// switched on for good is heard.
    pub fn set_loops_back(&self, loops_back: bool) {
        self.loops_back.store(loops_back, Ordering::Relaxed);
    }

    /// [audio] Begins a block with what came in. `recording`: it is being recorded.
    pub fn fill<'a>(&self, channels: impl Iterator<Item = &'a [f32]>, frames: usize, recording: bool) {
        for (kept, input) in self.channels.iter().zip(channels) {
            for (kept, sample) in kept.iter().zip(input) {
                kept.store(sample.to_bits(), Ordering::Relaxed);
            }
        }
        self.frames.store(frames, Ordering::Relaxed);
        self.recording.store(recording, Ordering::Relaxed);
        self.block.fetch_add(1, Ordering::Relaxed);
    }

    /// [audio] Whether a track that is heard automatically is heard now (a tape machine's "auto input").
    pub(crate) fn is_heard(&self, playing: bool) -> bool {
        !self.loops_back.load(Ordering::Relaxed) && (!playing || self.recording.load(Ordering::Relaxed))
    }

    /// [audio] Number of the present block.
    pub(crate) fn block(&self) -> u64 {
        self.block.load(Ordering::Relaxed)
    }

    /// [audio] Writes a channel, counted from 0, from frame `from` of the block on; silence where there is none.
    pub(crate) fn read(&self, channel: usize, from: usize, out: &mut [f32]) {
        out.fill(0.0);
        let Some(channel) = self.channels.get(channel) else { return };
        let end = self.frames.load(Ordering::Relaxed).min(channel.len());
        let Some(input) = channel.get(from..end) else { return };
        for (out, sample) in out.iter_mut().zip(input) {
            *out = f32::from_bits(sample.load(Ordering::Relaxed));
        }
    }
}

/// A message of a keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveNote {
    /// Frame of the device's block.
    pub offset: u32,
    /// Status byte first; unused bytes are 0. All 0: everything held is let go.
    pub data: [u8; 3],
}

impl LiveNote {
    /// Lets go of everything held.
    pub const PANIC: [u8; 3] = [0; 3];
}

/// The messages that one player of notes gets in the present block.
#[derive(Debug)]
pub struct LiveNotes {
    notes: BorrowCell<Vec<LiveNote>>,
    block: AtomicU64,
}

impl Default for LiveNotes {
    fn default() -> Self {
        Self { notes: BorrowCell::new(Vec::with_capacity(MAX_LIVE_NOTES)), block: AtomicU64::new(0) }
    }
}

impl LiveNotes {
    /// [audio] Begins a block without messages.
    pub fn begin(&self) {
        self.notes.borrow_mut().clear();
        self.block.fetch_add(1, Ordering::Relaxed);
    }

    /// [audio] Adds a message, by ascending offset. False: there is no room.
    pub fn push(&self, note: LiveNote) -> bool {
        let mut notes = self.notes.borrow_mut();
        let has_room = notes.len() < MAX_LIVE_NOTES;
        if has_room {
            notes.push(note);
        }
        has_room
    }

    /// [audio] Number of the present block.
    pub(crate) fn block(&self) -> u64 {
        self.block.load(Ordering::Relaxed)
    }

    /// [audio] Whether this message came at this place: a frame counted from the start of `frames`.
    pub(crate) fn holds(&self, frames: &std::ops::Range<usize>, offset: u32, data: [u8; 3]) -> bool {
        let offset = offset + frames.start as u32;
        self.notes.borrow().iter().any(|note| note.offset == offset && note.data == data)
    }

    /// [audio] Gives each message within `frames` of the block, with its offset from their start.
    pub(crate) fn each(&self, frames: std::ops::Range<usize>, mut give: impl FnMut(u32, [u8; 3])) {
        for note in self.notes.borrow().iter() {
            let offset = note.offset as usize;
            if frames.contains(&offset) {
                give((offset - frames.start) as u32, note.data);
            }
        }
    }
}

/// How far a reader has come in the present block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cursor {
    block: u64,
    frame: usize,
}

impl Cursor {
    /// [audio] Frames of block number `block` that lie behind.
    pub(crate) fn passed(&self, block: u64) -> usize {
        if self.block == block { self.frame } else { 0 }
    }

    /// [audio] The next `frames` of block number `block`.
    pub(crate) fn advance(&mut self, block: u64, frames: usize) -> std::ops::Range<usize> {
        if self.block != block {
            *self = Self { block, frame: 0 };
        }
        let from = self.frame;
        self.frame += frames;
        from..self.frame
    }
}
