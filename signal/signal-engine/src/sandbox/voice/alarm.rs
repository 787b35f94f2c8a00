//! A timer of the kernel's that nobody waits for. It is there so that timers set after it, for later, need not be told to
//! the hardware.

use std::{io, os::fd::OwnedFd, time::Duration};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use shm::Deadline;

/// Before what it is set for, so that it is the earlier of the two.
const LEAD: Duration = Duration::from_micros(1);

/// One timer of its own.
#[derive(Debug)]
pub struct Alarm(OwnedFd);

impl Alarm {
    /// `[control]` Not set.
    ///
    /// # Errors
    /// There is no descriptor left.
    pub fn new() -> io::Result<Self> {
        Ok(Self(timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?))
    }

    /// `[audio]` Sets it to a moment before `deadline`, in place of what it was set to. One system call, which neither
    /// allocates nor waits.
    pub fn set(&self, deadline: Deadline) {
        let once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let when = Itimerspec { it_interval: once, it_value: deadline.earlier(LEAD).timespec() };
        // It refuses only moments that are none, and only time is lost then.
        let _ = timerfd_settime(&self.0, TimerfdTimerFlags::ABSTIME, &when);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rings_before_its_deadline_and_can_be_set_anew() {
        let alarm = Alarm::new().unwrap();
        alarm.set(Deadline::after(Duration::from_secs(3600)));
        alarm.set(Deadline::after(Duration::from_millis(1)));
        let mut rung = [0_u8; 8];
        // Reading waits until it has rung.
        assert_eq!(rustix::io::read(&alarm.0, &mut rung), Ok(8));
        assert_eq!(u64::from_ne_bytes(rung), 1);
    }
}
