//! The roles of threads and the priorities that go with them (E9).
//!
//! It asks the kernel once and reports what came of it; it never retries, and nothing depends on a yes.

mod sys;

use std::io;

/// What a thread is for. Priorities descend in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Demotes and stops sandboxes that overrun.
    Watchdog,
    /// Computes blocks for a device.
    Device,
    /// Helps the device thread.
    LiveWorker,
    /// Computes blocks of a sandbox for the device thread.
    LiveSandbox,
    /// Everything else: normal scheduling.
    Ahead,
}

impl Role {
    /// SCHED_FIFO priority, 1 to 99; none: normal scheduling. Below the kernel's own threads at 90 and above.
    #[must_use]
    pub fn priority(self) -> Option<i32> {
        match self {
            Self::Watchdog => Some(85),
            Self::Device => Some(80),
            Self::LiveWorker => Some(78),
            Self::LiveSandbox => Some(75),
            Self::Ahead => None,
        }
    }
}

/// What a thread got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// It has the priority of its role.
    pub realtime: bool,
    /// If not: what to do about it, for people.
    pub remedy: Option<String>,
}

/// [control] Gives the calling thread the priority of its role; children it forks do not inherit it.
pub fn enter(role: Role) -> Entered {
    let Some(priority) = role.priority() else {
        return Entered { realtime: false, remedy: None };
    };
    match sys::set_fifo(priority) {
        Ok(()) => Entered { realtime: true, remedy: None },
        Err(error) => Entered { realtime: false, remedy: Some(remedy(&error)) },
    }
}

fn remedy(error: &io::Error) -> String {
    format!(
        "no real-time priority ({error}): allow it with a line `@audio - rtprio 95` in \
         /etc/security/limits.d/audio.conf, add yourself to the group audio and log in again"
    )
}

#[cfg(test)]
mod tests {
    use super::{Role, enter};

    #[test]
    fn a_thread_without_rights_is_told_the_remedy() {
        std::thread::spawn(|| {
            let entered = enter(Role::LiveWorker);
            assert_eq!(entered.realtime, entered.remedy.is_none());
        })
        .join()
        .expect("the thread runs either way");
    }

    #[test]
    fn work_ahead_runs_at_normal_priority() {
        let entered = enter(Role::Ahead);
        assert!(!entered.realtime && entered.remedy.is_none());
    }
}
