//! Absolute deadlines, and sleeping on a word of shared memory until another process changes it.
//!
//! The futex is the kernel's cross-process kind (not `FUTEX_PRIVATE`), the clock `CLOCK_MONOTONIC`, which all processes
//! of a machine share. Nothing here allocates or locks: `[any]` thread, the audio thread included.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    thread::futex,
    time::{ClockId, Timespec},
};

const NANOSECONDS: u64 = 1_000_000_000;

/// A point in time on `CLOCK_MONOTONIC`, in nanoseconds, the same for every process of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(u64);

impl Deadline {
    /// This moment.
    pub fn now() -> Self {
        let now = rustix::time::clock_gettime(ClockId::Monotonic);
        Self(now.tv_sec.unsigned_abs() * NANOSECONDS + now.tv_nsec.unsigned_abs())
    }

    /// `duration` from now.
    pub fn after(duration: Duration) -> Self {
        Self::now().later(duration)
    }

    /// `duration` after this one.
    pub fn later(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// `duration` before this one, at the clock's start at the earliest.
    pub fn earlier(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// The same moment as `instant`. One that has passed becomes now.
    pub fn from_instant(instant: Instant) -> Self {
        Self::after(instant.saturating_duration_since(Instant::now()))
    }

    /// The moment at which the clock reads `nanoseconds`.
    pub fn from_nanoseconds(nanoseconds: u64) -> Self {
        Self(nanoseconds)
    }

    /// Nanoseconds since the clock's start.
    pub fn nanoseconds(self) -> u64 {
        self.0
    }

    /// Time from `earlier` to this, zero if it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// As the kernel's calls take it.
    pub fn timespec(self) -> Timespec {
        // Both fit: seconds of a u64 of nanoseconds are below 2^35.
        Timespec { tv_sec: (self.0 / NANOSECONDS) as _, tv_nsec: (self.0 % NANOSECONDS) as _ }
    }
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// The word differs from what it was.
    Changed,
    /// The deadline passed first.
    TimedOut,
}

/// Sleeps while `word` is `seen`, until `deadline` at the latest; without one, for as long as it takes.
///
/// What the writer stored before changing the word is visible on [`Waited::Changed`]. A peer that wakes without
/// changing the word can not make this return early.
pub fn wait_while(word: &AtomicU32, seen: u32, deadline: Option<Deadline>) -> Waited {
    wait_while_calling(word, seen, deadline, || {})
}

/// The same; `before_sleep` is called each time before it sleeps, also after a wake-up without a change.
pub(crate) fn wait_while_calling(
    word: &AtomicU32,
    seen: u32,
    deadline: Option<Deadline>,
    mut before_sleep: impl FnMut(),
) -> Waited {
    let timeout = deadline.map(Deadline::timespec);
    loop {
        before_sleep();
        if word.load(Ordering::Acquire) != seen {
            return Waited::Changed;
        }
        let slept = futex::wait_bitset(word, futex::Flags::empty(), seen, timeout.as_ref(), NonZeroU32::MAX);
        if word.load(Ordering::Acquire) != seen {
            return Waited::Changed;
        }
        // A storm of wake-ups without a change must not outlast the deadline either.
        if slept == Err(Errno::TIMEDOUT) || deadline.is_some_and(|deadline| Deadline::now() >= deadline) {
            return Waited::TimedOut;
        }
    }
}

/// Looks at the word for each at the clock, while spinning: the clock takes longer.
const LOOKS_A_CLOCK: u32 = 8;

/// Stays awake until `is_so`, until `deadline` at the latest. Returns whether it is.
pub(crate) fn spin_until(deadline: Deadline, is_so: impl Fn() -> bool) -> bool {
    loop {
        for _ in 0..LOOKS_A_CLOCK {
            if is_so() {
                return true;
            }
            std::hint::spin_loop();
        }
        if Deadline::now() >= deadline {
            return is_so();
        }
    }
}

/// Wakes everybody who sleeps on `word`, in any process. Store the new value before, with release order.
pub fn wake(word: &AtomicU32) {
    // It fails only for an address outside of our memory, which a reference rules out.
    let _ = futex::wake(word, futex::Flags::empty(), i32::MAX as u32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passed_deadline_ends_the_wait_at_once() {
        let word = AtomicU32::new(3);
        assert_eq!(wait_while(&word, 3, Some(Deadline::now())), Waited::TimedOut);
        assert_eq!(wait_while(&word, 2, Some(Deadline::now())), Waited::Changed);
    }

    #[test]
    fn a_changed_word_ends_the_wait() {
        let word = AtomicU32::new(0);
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| wait_while(&word, 0, None));
            word.store(1, Ordering::Release);
            wake(&word);
            assert_eq!(waiter.join().unwrap(), Waited::Changed);
        });
    }

    #[test]
    fn wake_ups_without_a_change_do_not_end_the_wait_early() {
        let word = AtomicU32::new(0);
        let deadline = Deadline::after(Duration::from_millis(20));
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| (wait_while(&word, 0, Some(deadline)), Deadline::now() >= deadline));
            while !waiter.is_finished() {
                wake(&word);
            }
            assert_eq!(waiter.join().unwrap(), (Waited::TimedOut, true));
        });
    }

    #[test]
    fn an_instant_becomes_the_same_moment() {
        let before = Deadline::now();
        let converted = Deadline::from_instant(Instant::now() + Duration::from_secs(3600));
        assert!(converted >= before.later(Duration::from_secs(3600)));
        assert!(converted <= Deadline::after(Duration::from_secs(3600)));
    }
}
