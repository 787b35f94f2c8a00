//! Whether a device keeps time, and how much of it was lost.
//!
//! It reads no clock: what time it is, is told.

use std::time::{Duration, Instant};

/// How much faster than its rate a card may be: a hundred times what the worst quartz does.
const TOLERANCE: f64 = 1.05;
/// Time that a card may be ahead at most beyond its buffer, in seconds: it may come in bursts.
const BURST: f64 = 0.1;

/// Watches that no more is transferred than time has passed for. `[audio]`
#[derive(Debug)]
pub struct Pace {
    rate: f64,
    /// Frames beyond what passed, never below 0.
    ahead: f64,
    /// Frames from which on it has no clock.
    limit: f64,
    last: Instant,
}

impl Pace {
    /// From now on. `buffer` frames may come at once.
    pub fn new(rate: u32, buffer: usize, now: Instant) -> Self {
        let rate = f64::from(rate.max(1));
        Self { rate, ahead: 0.0, limit: buffer as f64 + BURST * rate, last: now }
    }

    /// So many frames were transferred. False: whatever transfers them has no clock.
    pub fn count(&mut self, frames: usize, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.last).as_secs_f64() * self.rate * TOLERANCE;
        self.last = now;
        self.ahead = (self.ahead - passed).max(0.0) + frames as f64;
        self.ahead <= self.limit
    }
}

/// How long so many frames take.
pub fn lasting(frames: usize, rate: u32) -> Duration {
    Duration::from_nanos((frames as u64).saturating_mul(1_000_000_000) / u64::from(rate.max(1)))
}

/// Frames between when a block was due and when the next one that came began: those that were lost. `[audio]`
pub fn lost(due: Instant, start: Instant, rate: u32) -> u64 {
    (start.saturating_duration_since(due).as_secs_f64() * f64::from(rate)).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of 64 frames until the pace is broken; at most 100,000, each so many µs after the last.
    fn blocks_until_broken(micros: u64) -> Option<usize> {
        let mut now = Instant::now();
        let mut pace = Pace::new(48_000, 512, now);
        (0..100_000).find(|_| {
            now += Duration::from_micros(micros);
            !pace.count(64, now)
        })
    }

    #[test]
    fn what_is_132_times_too_fast_has_no_clock() {
        let broken = blocks_until_broken(10);
        assert!(broken.is_some_and(|blocks| blocks * 64 < 6000), "{broken:?}");
    }

    #[test]
    fn a_quartz_that_is_a_little_too_fast_is_one_for_ever() {
        assert_eq!(blocks_until_broken(1332), None);
    }

    #[test]
    fn a_burst_after_a_pause_is_no_missing_clock() {
        let mut now = Instant::now();
        let mut pace = Pace::new(48_000, 4096, now);
        for _ in 0..100 {
            now += Duration::from_millis(80);
            assert!((0..60).all(|_| pace.count(64, now)));
        }
    }

    #[test]
    fn lost_frames_are_those_between_what_was_due_and_what_came() {
        let due = Instant::now();
        assert_eq!(lost(due, due + Duration::from_millis(25), 48_000), 1200);
        assert_eq!(lost(due + Duration::from_millis(1), due, 48_000), 0);
        assert_eq!(lasting(64, 48_000), Duration::from_nanos(1_333_333));
    }
}
