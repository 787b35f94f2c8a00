//! What keeper and watchers read of a voice, on any thread. Decides nothing.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};

use shm::sandbox_block::MAX_SLOTS;

use crate::sandbox::accusation::Accusation;

/// Why an offline chain gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Failure {
    /// Its process died.
    Died = 1,
    /// A block took longer than a render waits.
    Hung = 2,
    /// It gave NaN, infinity or garbage.
    BadOutput = 3,
}

/// Of a whole chain.
#[derive(Debug, Default)]
pub struct VoiceFacts {
    /// `CLOCK_MONOTONIC` nanoseconds when the last block passed through the voice.
    pub last_block: AtomicU64,
    /// Where the song was then, in samples.
    pub position: AtomicI64,
    /// A [`Failure`]; 0: none.
    pub failure: AtomicU32,
    /// Samples of delay; written by the keeper.
    pub latency: AtomicU32,
    /// Blocks without an answer in time.
    pub late_blocks: AtomicU64,
    /// Blocks whose answer was thrown away.
    pub bad_blocks: AtomicU64,
}

impl VoiceFacts {
    /// Why the chain gave up, if it did.
    pub fn failure(&self) -> Option<Failure> {
        match self.failure.load(Ordering::Acquire) {
            1 => Some(Failure::Died),
            2 => Some(Failure::Hung),
            3 => Some(Failure::BadOutput),
            _ => None,
        }
    }
}

/// Of a part of a chain in one process.
#[derive(Debug)]
pub struct LinkFacts {
    /// `CLOCK_MONOTONIC` nanoseconds since which a request is open; 0: none.
    pub open_since: AtomicU64,
    /// Of the last answered request, nanoseconds.
    pub round_trip: AtomicU64,
    /// What the sandbox says that it spent on that, nanoseconds.
    pub spent: AtomicU64,
    /// And each slot.
    pub slots: [AtomicU32; MAX_SLOTS],
    /// Blocks without an answer in time.
    pub late_blocks: AtomicU64,
    /// Blocks whose answer was thrown away.
    pub bad_blocks: AtomicU64,
    /// Who spoilt the last of them, if the sandbox knows.
    pub accusation: Accusation,
    /// Whether the process lives; written by the keeper.
    pub alive: AtomicBool,
}

impl Default for LinkFacts {
    fn default() -> Self {
        Self {
            open_since: AtomicU64::new(0),
            round_trip: AtomicU64::new(0),
            spent: AtomicU64::new(0),
            slots: [const { AtomicU32::new(0) }; MAX_SLOTS],
            late_blocks: AtomicU64::new(0),
            bad_blocks: AtomicU64::new(0),
            accusation: Accusation::default(),
            alive: AtomicBool::new(true),
        }
    }
}
