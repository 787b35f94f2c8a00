//! The Linux side of `sys`, by safe system calls alone.

use std::time::Instant;

use rustix::thread::ClockId;
use rustix::time::Timespec;

const NS_PER_S: u64 = 1_000_000_000;

/// Sleeps until `instant`; returns at once if it has passed. `[device thread]`
///
/// The kernel is given an absolute time of CLOCK_MONOTONIC, the clock of `Instant`, so that being interrupted or late does
/// not add up.
pub fn sleep_until(instant: Instant) {
    let deadline_ns = shm::Deadline::from_instant(instant).nanoseconds();
    let request =
        Timespec { tv_sec: (deadline_ns / NS_PER_S) as i64, tv_nsec: (deadline_ns % NS_PER_S) as _ };
    while let Err(rustix::io::Errno::INTR) =
        rustix::thread::clock_nanosleep_absolute(ClockId::Monotonic, &request)
    {}
}
