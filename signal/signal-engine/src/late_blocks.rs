//! Counts the blocks that came too late, each once, by its likely cause.

use std::time::{Duration, Instant};

use shm::telemetry;

/// Blocks within which a device tells of time it lost through a block of ours that was late.
const MEMORY: u32 = 16;

/// Since Signal started. `[audio]`
#[derive(Debug, Default)]
pub struct LateBlocks {
    counts: telemetry::LateBlocks,
    /// Late by our own clock, and not told of by the device yet.
    expected: u32,
    /// Blocks since the last of those.
    since: u32,
}

/// When a block was due, and when it was computed.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// When its period began.
    pub start: Instant,
    /// When it had to be done.
    pub end: Instant,
    /// When the device called.
    pub called: Instant,
    /// When it was done.
    pub done: Instant,
}

impl LateBlocks {
    /// All of them.
    pub fn counts(&self) -> telemetry::LateBlocks {
        self.counts
    }

    /// A block is done, and `xruns` times the device has lost time since the one before.
    pub fn count(&mut self, timing: Timing, xruns: u32) {
        let known = xruns.min(self.expected);
        self.expected -= known;
        self.counts.lost += u64::from(xruns - known);
        self.since += 1;
        if timing.done > timing.end {
            self.expected += 1;
            self.since = 0;
            let late_call = timing.called.saturating_duration_since(timing.start);
            if late_call > half(timing) { self.counts.called += 1 } else { self.counts.computed += 1 }
        } else if self.since > MEMORY {
            self.expected = 0;
        }
    }
}

fn half(timing: Timing) -> Duration {
    timing.end.saturating_duration_since(timing.start) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts of blocks of 1 ms, each called and done after so many µs, with so many xruns told.
    fn counted(blocks: &[(u64, u64, u32)]) -> (u64, u64, u64) {
        let mut late = LateBlocks::default();
        let start = Instant::now();
        let after = |micros| start + Duration::from_micros(micros);
        for (called, done, xruns) in blocks {
            let timing = Timing { start, end: after(1000), called: after(*called), done: after(*done) };
            late.count(timing, *xruns);
        }
        let telemetry::LateBlocks { called, computed, lost } = late.counts();
        (called, computed, lost)
    }

    #[test]
    fn a_late_block_has_the_cause_that_took_longer() {
        assert_eq!(counted(&[(10, 990, 0)]), (0, 0, 0));
        assert_eq!(counted(&[(700, 1100, 0)]), (1, 0, 0));
        assert_eq!(counted(&[(100, 1100, 0)]), (0, 1, 0));
        assert_eq!(counted(&[(10, 990, 2)]), (0, 0, 2));
    }

    #[test]
    fn a_block_that_both_sides_noticed_counts_once() {
        assert_eq!(counted(&[(10, 1100, 0), (10, 500, 0), (10, 500, 1)]), (0, 1, 0));
        assert_eq!(counted(&[(10, 1100, 0), (10, 500, 2)]), (0, 1, 1));
    }

    #[test]
    fn what_the_device_tells_much_later_is_another_block() {
        let mut blocks = vec![(10, 1100, 0)];
        blocks.extend([(10, 500, 0); MEMORY as usize + 1]);
        blocks.push((10, 500, 1));
        assert_eq!(counted(&blocks), (0, 1, 1));
    }
}
