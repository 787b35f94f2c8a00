//! What is known of each process. Plain data.

use serde::Serialize;

/// What a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProcessKind {
    Supervisor,
    Pulse,
    Signal,
    Aura,
    Sandbox,
}

impl ProcessKind {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supervisor => "loophole",
            Self::Pulse => "pulse",
            Self::Signal => "signal",
            Self::Aura => "aura",
            Self::Sandbox => "sandbox",
        }
    }
}

/// How a process fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProcessState {
    Starting,
    Running,
    /// Died; waits to be started again.
    Restarting,
    Failed,
}

/// One line of `loophole ps`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ProcessStatus {
    /// 0 while there is none.
    pub pid: u32,
    pub parent_pid: u32,
    pub kind: ProcessKind,
    pub name: String,
    pub state: ProcessState,
    /// Of one core, over the last second.
    pub cpu_percent: f32,
    /// Resident.
    pub memory_bytes: u64,
    pub restarts: u32,
    /// Why it last died; empty: it has not.
    pub last_exit: String,
    /// Sandboxes: of a block's round trip.
    pub round_trip_us: f32,
}
