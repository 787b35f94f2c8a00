//! The Linux side of `sys`, by safe system calls alone.

use std::io;
use std::time::Instant;

use rustix::process::{Pid, PidfdFlags, Signal};
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

/// Kills the process `pid` if it is a child of this one. `[control]`
///
/// The descriptor is opened first and the parent compared afterwards: a number that has been given to another process in
/// between can't hit that one.
///
/// # Errors
/// No such process, or not a child of this one.
pub fn kill_child(pid: u32) -> io::Result<()> {
    let raw = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let raw = raw.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let process = rustix::process::pidfd_open(raw, PidfdFlags::empty())?;
    if parent_of(pid)? != std::process::id() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "not a process of this Signal"));
    }
    Ok(rustix::process::pidfd_send_signal(process, Signal::KILL)?)
}

/// The parent of a process: the fourth field of its `stat`, after a name that may hold anything but ends with the last `)`.
fn parent_of(pid: u32) -> io::Result<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let parent = after_name.split_whitespace().nth(1).and_then(|field| field.parse().ok());
    parent.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
}
