//! How the audio thread waits for an answer: awake while a core is left for whoever answers, else asleep.
//!
//! Waking a core that sleeps takes several microseconds, in virtual machines tens. In a row of chains, where one waits for
//! the other, an audio thread that stays awake saves one of the two wake-ups of each. It does so for [`AWAKE`] at most, only
//! while there are more cores than open requests, and a chain that took longer is slept for until it may be tried again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use shm::{Deadline, sandbox_block::SignalEnd};

/// Longer than a chain of small plugins on another core takes, wake-up included; a thirteenth of a block of 64 frames.
const AWAKE: Duration = Duration::from_micros(100);
/// Answers that are slept for after one that was waited for in vain.
const DOUBTS: u32 = 16;

/// Requests that no chain of this process has answered yet, and how many can be answered at once.
#[derive(Debug)]
pub struct OpenRequests {
    count: AtomicU32,
    cores: u32,
}

impl OpenRequests {
    /// `[control]` None.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { count: AtomicU32::new(0), cores: u32::try_from(cores).unwrap_or(u32::MAX) }
    }
}

/// The waiting for one chain.
#[derive(Debug)]
pub struct Waiting {
    open: Arc<OpenRequests>,
    asked: bool,
    /// Nobody else needs this core until the answer is there.
    is_free: bool,
    doubts: u32,
}

impl Waiting {
    /// `[control]` Nothing was asked.
    pub fn new(open: Arc<OpenRequests>) -> Self {
        Self { open, asked: false, is_free: false, doubts: 0 }
    }

    /// `[audio]` A request of this block waits for its reply.
    pub fn ask(&mut self) {
        if !std::mem::replace(&mut self.asked, true) {
            self.open.count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// `[audio]` It does not any more, or will be waited for now. Returns whether it did.
    pub fn take(&mut self) -> bool {
        let asked = std::mem::take(&mut self.asked);
        if asked {
            self.is_free = self.open.count.fetch_sub(1, Ordering::Relaxed) < self.open.cores;
        }
        asked
    }

    /// `[audio]` Waits for the answer to what was just taken, until the deadline. Returns whether it is there.
    pub fn wait(&mut self, end: &SignalEnd, deadline: Deadline) -> bool {
        if self.doubts > 0 {
            self.doubts -= 1;
        } else if self.is_free && !end.is_answered() {
            if end.spin(Deadline::after(AWAKE).min(deadline)) {
                return true;
            }
            self.doubts = DOUBTS;
        }
        end.wait(deadline)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(cores: u32) -> Arc<OpenRequests> {
        Arc::new(OpenRequests { count: AtomicU32::new(0), cores })
    }

    #[test]
    fn it_stays_awake_only_while_a_core_is_left_for_each_open_request() {
        let open = open(2);
        let (mut one, mut other) = (Waiting::new(open.clone()), Waiting::new(open));
        one.ask();
        other.ask();
        assert!(one.take() && !one.is_free);
        assert!(other.take() && other.is_free);
        assert!(!other.take());
    }

    #[test]
    fn what_is_asked_twice_or_forgotten_does_not_stay_open() {
        let open = open(1);
        let mut waiting = Waiting::new(open.clone());
        waiting.ask();
        waiting.ask();
        assert_eq!(open.count.load(Ordering::Relaxed), 1);
        drop(waiting);
        assert_eq!(open.count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_chain_that_took_long_is_slept_for_and_later_tried_again() {
        let memory = shm::sandbox_block::create().unwrap();
        let mut end = SignalEnd::open(&memory, 64).unwrap();
        let mut waiting = Waiting::new(open(2));
        end.submit(&shm::sandbox_block::Position::default(), &[], [&[0.0; 64], &[0.0; 64]]);
        let mut wait = |expected: u32| {
            waiting.ask();
            assert!(waiting.take());
            assert!(!waiting.wait(&end, Deadline::now()));
            assert_eq!(waiting.doubts, expected);
        };
        wait(DOUBTS);
        (0..DOUBTS).rev().for_each(&mut wait);
        wait(DOUBTS);
    }
}
