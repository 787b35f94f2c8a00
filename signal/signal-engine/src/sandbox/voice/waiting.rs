//! How the audio thread waits for an answer: awake while a core is left for whoever answers, else asleep.
//!
//! Waking a core that sleeps takes several microseconds, in virtual machines tens. In a row of chains, where one waits for
//! the other, an audio thread that stays awake saves one of the two wake-ups of each, and the other is hidden by calling the
//! next chain while this one runs. It stays awake for [`STAY_AWAKE`] at most, only while there are more cores than open
//! requests, and a chain that took longer is slept for until it may be tried again.
//!
//! With many chains side by side it sleeps for many of them, until the same deadline. A sleep whose end is the earliest thing
//! that a core's timer waits for makes the kernel set that timer; in a virtual machine that leaves the machine, and with 128
//! chains was a fifth of all processor time. An [`Alarm`] a moment before the deadline, set once a block, spares all of them.

use std::sync::{
    Arc,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

use shm::{
    Deadline,
    sandbox_block::{STAY_AWAKE, SignalEnd},
};

use super::alarm::Alarm;

/// Answers that are slept for after one that was waited for in vain.
const DOUBTS: u32 = 16;

/// Requests that no chain of this process has answered yet, and how many can be answered at once.
#[derive(Debug)]
pub struct OpenRequests {
    count: AtomicU32,
    cores: u32,
    alarm: Option<Alarm>,
    /// The deadline that it was set for, nanoseconds.
    alarm_for: AtomicU64,
}

impl OpenRequests {
    /// `[control]` None.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let cores = u32::try_from(cores).unwrap_or(u32::MAX);
        // It spares time; without it everything works.
        let alarm = Alarm::new().ok();
        Self { count: AtomicU32::new(0), cores, alarm, alarm_for: AtomicU64::new(0) }
    }

    /// Whether a core is left beside those that the open requests and this thread need.
    fn leave_a_core(&self) -> bool {
        self.count.load(Ordering::Relaxed) < self.cores
    }

    /// Several chains will be waited for until then.
    fn expect_waits(&self, deadline: Deadline) {
        let ends = deadline.nanoseconds();
        if let Some(alarm) = &self.alarm
            && self.alarm_for.swap(ends, Ordering::Relaxed) != ends
        {
            alarm.set(deadline);
        }
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

    /// `[audio]` A request of this block waits for its reply, until `deadline` if there is one.
    pub fn ask(&mut self, deadline: Option<Deadline>) {
        if !std::mem::replace(&mut self.asked, true)
            && self.open.count.fetch_add(1, Ordering::Relaxed) > 0
            && let Some(deadline) = deadline
        {
            self.open.expect_waits(deadline);
        }
    }

    /// `[audio]` Whether something was asked.
    pub fn is_open(&self) -> bool {
        self.asked
    }

    /// `[audio]` Whether the reply to what was asked will be there in a moment, and whoever is next may be called.
    pub fn is_short(&self) -> bool {
        self.asked && self.doubts == 0 && self.open.leave_a_core()
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
            let awake_until = Deadline::after(STAY_AWAKE);
            if end.spin(awake_until.min(deadline)) {
                return true;
            }
            // What the deadline cut short says nothing of this chain: in a row, those before it took the time. If that were held
            // against it, one late block would have the whole row slept for, which takes longer than a block.
            if awake_until < deadline {
                self.doubts = DOUBTS;
            }
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
    use std::time::Duration;

    use super::*;

    /// Longer than a busy machine keeps a thread waiting.
    const AMPLE: Duration = Duration::from_millis(200);

    fn open(cores: u32) -> Arc<OpenRequests> {
        Arc::new(OpenRequests { cores, ..OpenRequests::new() })
    }

    #[test]
    fn it_stays_awake_only_while_a_core_is_left_for_each_open_request() {
        let open = open(2);
        let (mut one, mut other) = (Waiting::new(open.clone()), Waiting::new(open));
        one.ask(None);
        other.ask(None);
        assert!(!one.is_short() && !other.is_short());
        assert!(one.take() && !one.is_free);
        assert!(other.is_short() && !one.is_short());
        assert!(other.take() && other.is_free);
        assert!(!other.take());
    }

    #[test]
    fn what_is_asked_twice_or_forgotten_does_not_stay_open() {
        let open = open(1);
        let mut waiting = Waiting::new(open.clone());
        waiting.ask(None);
        waiting.ask(None);
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
        let mut wait = |time: Duration, expected: u32| {
            waiting.ask(None);
            assert!(waiting.take());
            assert!(!waiting.wait(&end, Deadline::after(time)));
            assert_eq!(waiting.doubts, expected);
        };
        wait(AMPLE, DOUBTS);
        (0..DOUBTS).rev().for_each(|left| wait(Duration::ZERO, left));
        // Here nobody gave it the time.
        wait(STAY_AWAKE / 2, 0);
        wait(AMPLE, DOUBTS);
    }
}
