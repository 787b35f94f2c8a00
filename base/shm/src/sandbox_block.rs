//! The block that Signal shares with one sandbox: a request and a reply for each stretch of audio.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 8 | magic: `LOOPSBX1` as bytes |
//! | 8 | 4 | version: 4 |
//! | 64 | 4 | requested: number of requests made, wrapping (low 31 bits), and whether the sandbox's audio thread is to look up (high bit); it sleeps on this |
//! | 68 | 4 | awaited: 1 while Signal sleeps on completed, or is about to; else nobody need be woken |
//! | 72 | 4 | called: number of a request that is about to be made; the sandbox stays awake for it for a moment |
//! | 128 | 4 | completed: number of the last request that was answered; Signal sleeps on it |
//! | 132 | 4 | state: 0 starting, 1 its audio thread answers |
//! | 192 | 64 | witness: who runs; see [`Witness`] |
//! | 256 | 196,736 | request; written by Signal |
//! | 196,992 | 74,048 | reply; written by the sandbox |
//!
//! | offset | bytes | request |
//! |---|---|---|
//! | 0 | 4 | its number |
//! | 4 | 4 | frames, 1 to 8192 |
//! | 8 | 4 | flags: 1 playing, 2 looping, 4 the position does not follow the previous request's, 8 forget all sound first, 16 the side-chain is fed |
//! | 12 | 4 | events, at most 2048 |
//! | 16 | 8 | song position of the first frame in samples, i64 |
//! | 24 | 8 | samples processed since the sandbox was loaded, u64 |
//! | 32 | 8 | tempo in quarter notes a minute, f64 |
//! | 40 | 8 | song position in quarter notes, f64 |
//! | 48 | 8 | start of its bar in quarter notes, f64 |
//! | 56 | 4 | number of its bar from 0, i32 |
//! | 60 | 4 | time signature: numerator (low 16 bits), denominator (high 16 bits) |
//! | 64 | 8 + 8 | loop start and end in quarter notes, f64 |
//! | 80 | 8 + 8 | loop start and end in samples, i64 |
//! | 128 | 4 × 4 × 8192 | left, then right input, f32; then the same of the side-chain, if it is fed: see below |
//! | 131,200 | 32 × 2048 | events by ascending offset: see [`Event`] |
//!
//! | offset | bytes | reply |
//! |---|---|---|
//! | 0 | 4 | number of the request |
//! | 4 | 4 | frames, as requested |
//! | 8 | 4 | status: 0 processed, else the number of the slot that failed, from 1 (low 16 bits), and its [`Fault`] (high 16 bits) |
//! | 12 | 4 | events, at most 256: parameters that plugins changed themselves |
//! | 16 | 8 | nanoseconds spent on it |
//! | 64 | 4 × 64 | nanoseconds that each slot spent, u32 |
//! | 320 | 2 × 4 × 8192 | left, then right output, f32: see below |
//! | 65,856 | 32 × 256 | events |
//!
//! 1. Signal writes request n, stores n in `requested`, wakes. It never makes a request before the last was answered.
//! 2. The sandbox processes it, writes reply n, stores n in `completed`, and wakes if it is `awaited` then.
//! 3. In a row of sandboxes, where one waits for the other, Signal may call the next one while it waits for this: it stores
//!    the number of the request to come in `called`, and wakes. So the next is awake when its turn comes. A hint: nothing
//!    is lost without.
//! 4. Signal waits until its deadline, copies what it needs, checks the copy, and uses the copy. Which request is
//!    open it knows from its own memory, never from the block.
//!
//! 5. Another thread of the sandbox that wants something of its audio thread sets the high bit of `requested` and wakes; the
//!    audio thread takes the bit away and does what is wanted, after the request that may have come with it. A request made
//!    meanwhile takes the bit away too: the audio thread is awake then. So it sleeps without a limit: a timer for each block
//!    was a twentieth of what isolation costs.
//!
//! Channels lie one behind the other, each begins at a multiple of 16 frames: at frame 0, s, 2 s and 3 s, where s is the
//! block's frames rounded up to 16. So a small block lies in two pages with all that belongs to it, and a hundred sandboxes
//! do not push each other out of the caches that know where pages are.
//!
//! Replies are apart from requests so that a sandbox that is late writes where Signal is not reading. Loading, states
//! and texts go over a socket instead (`loophole/sandbox/v1/sandbox.proto`).

mod event;
mod interrupt;
mod sandbox_end;
mod signal_end;
mod witness;

use std::{
    os::fd::{AsFd, OwnedFd},
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
    time::Duration,
};

pub use event::{Event, Expression, Note, TimedEvent};
pub use interrupt::Interrupt;
pub use sandbox_end::SandboxEnd;
pub use signal_end::{BadReply, ReplyHead, SignalEnd};
pub use witness::{Runner, Suspect, Witness};

use crate::{Layout, Mapping, OpenError, create_sealed};

/// The largest stretch of audio a request holds.
pub const MAX_FRAMES: usize = 8192;
/// Events a request holds: eight for each of the 256 frames of a usual block; what does not fit waits for the next.
pub const MAX_EVENTS: usize = 2048;
/// Edits a reply holds: a hand moves one control at a time, automation recorded by a plugin a few dozen.
pub const MAX_EDITS: usize = 256;
/// The highest level of a sample that is sound: +60 dBFS. No chain of gains that a musician means comes near it (a fader
/// ends at +6 dB), what runs away passes it within milliseconds, and meters show none beyond it either.
pub const MAX_LEVEL: f32 = 1000.0;
/// Plugins of one chain.
pub const MAX_SLOTS: usize = 64;

/// How long an end stays awake for the other: longer than a chain of small plugins on another core takes, wake-up
/// included; a thirteenth of a block of 64 frames.
pub const STAY_AWAKE: Duration = Duration::from_micros(100);

const MAGIC: u64 = u64::from_le_bytes(*b"LOOPSBX1");
const VERSION: u32 = 4;
/// Samples of a cache line, to which channels are aligned.
const LINE_FRAMES: usize = 16;
/// `state` once the sandbox's audio thread waits for requests.
const ANSWERS: u32 = 1;

/// In `requested`: the sandbox's audio thread is to look up.
const INTERRUPT: u32 = 1 << 31;
/// In `requested`: the number.
const NUMBER: u32 = !INTERRUPT;

const FLAG_PLAYING: u32 = 1;
const FLAG_LOOPING: u32 = 2;
const FLAG_JUMPED: u32 = 4;
const FLAG_RESET: u32 = 8;
const FLAG_SIDE_CHAIN: u32 = 16;

/// A field with a cache line of its own, so that the two sides do not slow each other down.
#[derive(Debug)]
#[repr(C, align(64))]
struct Line<T>(T);

#[derive(Debug)]
#[repr(C)]
struct Requested {
    number: AtomicU32,
    awaited: AtomicU32,
    called: AtomicU32,
}

#[derive(Debug)]
#[repr(C)]
struct Answered {
    number: AtomicU32,
    state: AtomicU32,
}

#[derive(Debug)]
#[repr(C)]
struct Block {
    magic: AtomicU64,
    version: AtomicU32,
    requested: Line<Requested>,
    completed: Line<Answered>,
    witness: Line<witness::Words>,
    request: Request,
    reply: Reply,
}

#[derive(Debug)]
#[repr(C, align(64))]
struct Request {
    number: AtomicU32,
    frames: AtomicU32,
    flags: AtomicU32,
    event_count: AtomicU32,
    words: [AtomicU64; 10],
    /// Left and right, then those of the side-chain; two samples a word.
    audio: Line<[AtomicU64; 4 * MAX_FRAMES / 2]>,
    events: Line<[EventWords; MAX_EVENTS]>,
}

#[derive(Debug)]
#[repr(C, align(64))]
struct Reply {
    number: AtomicU32,
    frames: AtomicU32,
    status: AtomicU32,
    event_count: AtomicU32,
    nanoseconds: AtomicU64,
    slot_nanoseconds: Line<[AtomicU32; MAX_SLOTS]>,
    audio: Line<[AtomicU64; 2 * MAX_FRAMES / 2]>,
    events: Line<[EventWords; MAX_EDITS]>,
}

type EventWords = [AtomicU64; 4];

// SAFETY: repr(C), atomics alone.
unsafe impl Layout for Block {}

/// Where a stretch of audio lies in the song.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Whether the song moves.
    pub playing: bool,
    /// Whether it will wrap at the loop's end.
    pub looping: bool,
    /// It does not follow the position of the request before: after a locate, a loop's wrap, or lost blocks.
    pub jumped: bool,
    /// Plugins forget all sound and all notes before it.
    pub reset: bool,
    /// Of the first frame, in samples.
    pub samples: i64,
    /// Samples processed so far, never decreasing.
    pub steady_samples: u64,
    /// Quarter notes a minute.
    pub tempo: f64,
    /// Of the first frame, in quarter notes.
    pub quarters: f64,
    /// Start of the bar that holds it, in quarter notes.
    pub bar_start_quarters: f64,
    /// That bar's number from 0.
    pub bar: i32,
    /// Upper number of the time signature.
    pub numerator: u16,
    /// Lower number of the time signature.
    pub denominator: u16,
    /// In quarter notes.
    pub loop_start_quarters: f64,
    /// In quarter notes.
    pub loop_end_quarters: f64,
    /// In samples.
    pub loop_start_samples: i64,
    /// In samples.
    pub loop_end_samples: i64,
}

/// What was wrong with a plugin's answer, numbered as in the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Fault {
    /// It said that it could not process.
    Refused = 0,
    /// It gave NaN or infinity.
    NotFinite = 1,
    /// It gave a sample beyond [`MAX_LEVEL`].
    TooLoud = 2,
}

impl Default for Position {
    fn default() -> Self {
        Self {
            playing: false,
            looping: false,
            jumped: false,
            reset: false,
            samples: 0,
            steady_samples: 0,
            tempo: 120.0,
            quarters: 0.0,
            bar_start_quarters: 0.0,
            bar: 0,
            numerator: 4,
            denominator: 4,
            loop_start_quarters: 0.0,
            loop_end_quarters: 0.0,
            loop_start_samples: 0,
            loop_end_samples: 0,
        }
    }
}

/// Creates the block for one sandbox, sealed. The descriptor is closed on exec.
pub fn create() -> Result<OwnedFd, OpenError> {
    let memory = create_sealed::<Block>("loophole-sandbox")?;
    let block = Mapping::<Block>::open(&memory)?;
    block.version.store(VERSION, Ordering::Relaxed);
    block.magic.store(MAGIC, Ordering::Release);
    Ok(memory)
}

fn open(memory: impl AsFd) -> Result<Mapping<Block>, OpenError> {
    let block = Mapping::<Block>::open(memory)?;
    let known =
        block.magic.load(Ordering::Acquire) == MAGIC && block.version.load(Ordering::Relaxed) == VERSION;
    if known { Ok(block) } else { Err(OpenError::WrongLayout) }
}

/// The number of the request after this one.
fn next(number: u32) -> u32 {
    number.wrapping_add(1) & NUMBER
}

/// A channel of a block of so many frames, up to [`MAX_FRAMES`]: 0 left, 1 right, then those of the side-chain. Two samples a
/// word.
fn channel(audio: &[AtomicU64], index: usize, frames: usize) -> &[AtomicU64] {
    let start = index * frames.next_multiple_of(LINE_FRAMES) / 2;
    &audio[start..start + frames.div_ceil(2)]
}

/// Makes the kernel map the pages that blocks of up to `frames` touch, so that no audio thread faults on them later.
fn touch(block: &Block, frames: usize) {
    const WORDS_PER_PAGE: usize = 4096 / 8;
    let frames = frames.clamp(1, MAX_FRAMES).next_multiple_of(LINE_FRAMES);
    let touch_word = |word: &AtomicU64| {
        word.fetch_or(0, Ordering::Relaxed);
    };
    let Block { request, reply, .. } = block;
    for used in [&request.audio.0[..4 * frames / 2], &reply.audio.0[..2 * frames / 2]] {
        used.iter().step_by(WORDS_PER_PAGE).chain(used.last()).for_each(touch_word);
    }
    for word in request.events.0.iter().chain(&reply.events.0).step_by(WORDS_PER_PAGE / 4) {
        touch_word(&word[0]);
    }
    for number in [&request.number, &reply.number] {
        number.fetch_or(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
