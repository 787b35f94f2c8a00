//! Memory shared with peers.
//!
//! | `Ball` offset | bytes | field |
//! |---|---|---|
//! | 0 | 4 | thrown: changed by who starts a round |
//! | 64 | 4 | returned: changed by the peer |
//!
//! | `Cycles` offset | bytes | field |
//! |---|---|---|
//! | 32 × (8192 × client + cycle mod 8192) | 8 | the cycle's number, from 1; 0: nothing yet |
//! | + 8 | 8 | `CLOCK_MONOTONIC` nanoseconds at which the cycle began, as the server says |
//! | + 16 | 8 | at which the client was called |
//! | + 24 | 8 | at which it was done |
#![allow(unsafe_code)]

use std::{
    os::fd::{BorrowedFd, RawFd},
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

use shm::{Layout, Mapping, OpenError};

/// Clients that are measured at once.
pub const CLIENTS: usize = 16;
/// Cycles that are kept of each: eleven seconds of 64 frames.
const KEPT: usize = 8192;

/// Memory that the parent made and handed on.
///
/// # Errors
/// It is not there, or something else.
pub fn inherited<T: Layout>(descriptor: RawFd) -> Result<Mapping<T>, OpenError> {
    // SAFETY: it is open as long as this process lives: it was inherited and nobody here closes it. If it is not, the
    // mapping is refused.
    Mapping::open(unsafe { BorrowedFd::borrow_raw(descriptor) })
}

/// A word with a cache line of its own.
#[repr(C, align(64))]
pub struct Line(pub AtomicU32);

/// Two words to wake each other by.
#[repr(C)]
pub struct Ball {
    /// Changed by who starts a round.
    pub thrown: Line,
    /// Changed by the peer.
    pub returned: Line,
}

// SAFETY: repr(C), atomics alone.
unsafe impl Layout for Ball {}

/// When a client had a cycle: nanoseconds of `CLOCK_MONOTONIC`.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    /// The cycle's beginning, as the server says.
    pub cycle_ns: u64,
    /// The client was called.
    pub called_ns: u64,
    /// The client was done.
    pub done_ns: u64,
}

#[repr(C)]
struct Cycle {
    number: AtomicU64,
    moments: [AtomicU64; 3],
}

/// When all clients had their cycles. Each client writes its own row.
#[repr(C)]
pub struct Cycles([[Cycle; KEPT]; CLIENTS]);

// SAFETY: repr(C), atomics alone.
unsafe impl Layout for Cycles {}

impl Cycles {
    /// `[audio]` Notes a cycle of a client.
    pub fn note(&self, client: usize, number: u64, moments: Moments) {
        let cycle = &self.0[client][number as usize % KEPT];
        let Moments { cycle_ns, called_ns, done_ns } = moments;
        for (word, moment) in cycle.moments.iter().zip([cycle_ns, called_ns, done_ns]) {
            word.store(moment, Ordering::Relaxed);
        }
        cycle.number.store(number, Ordering::Release);
    }

    /// The cycles that all clients had in a stretch of time: their beginning, the first call, the last end.
    pub fn between(&self, from_ns: u64, to_ns: u64) -> Vec<Moments> {
        let of_all = |at: usize| {
            let number = self.0[0][at].number.load(Ordering::Acquire);
            let mut all = Moments { cycle_ns: 0, called_ns: u64::MAX, done_ns: 0 };
            for cycle in self.0.iter().map(|row| &row[at]) {
                if number == 0 || cycle.number.load(Ordering::Acquire) != number {
                    return None;
                }
                let [cycle_ns, called_ns, done_ns] =
                    [0, 1, 2].map(|word| cycle.moments[word].load(Ordering::Relaxed));
                all.cycle_ns = cycle_ns;
                all.called_ns = all.called_ns.min(called_ns);
                all.done_ns = all.done_ns.max(done_ns);
            }
            (all.called_ns >= from_ns && all.done_ns <= to_ns).then_some(all)
        };
        (0..KEPT).filter_map(of_all).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_reaches_from_the_first_call_to_the_last_end_if_all_had_it() {
        let memory = shm::create_sealed::<Cycles>("cycles").unwrap();
        let cycles = shm::Mapping::<Cycles>::open(&memory).unwrap();
        for client in 0..CLIENTS {
            let at = client as u64;
            let moments = Moments { cycle_ns: 900, called_ns: 1_000 + at, done_ns: 2_000 + 10 * at };
            cycles.note(client, 7, moments);
            if client > 0 {
                cycles.note(client, 8, moments);
            }
        }
        let found: Vec<u64> = cycles.between(0, 5_000).iter().map(|it| it.done_ns - it.called_ns).collect();
        assert_eq!(found, [1_150]);
        assert!(cycles.between(1_001, 5_000).is_empty());
    }
}
