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
    /// Sandboxes only.
    pub sandbox: Option<SandboxDetail>,
}

/// What a sandbox is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SandboxRole {
    /// Its plugins are heard.
    Active,
    /// Loads, to be heard.
    Loading,
    /// Has its plugins loaded and waits for the death of an active one.
    Standby,
    /// Has no plugin yet.
    Warm,
}

/// What is known of a sandbox beside what is known of each process.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct SandboxDetail {
    pub role: SandboxRole,
    /// Names what several chains share; empty: it is its chain's own.
    pub process: String,
    /// Of the round trip, what was not the plugins' own processing.
    pub overhead_us: f32,
    /// Blocks that came too late.
    pub late_blocks: u64,
    /// Blocks that were thrown away.
    pub bad_blocks: u64,
    pub plugins: Vec<SandboxPlugin>,
}

/// A plugin in a sandbox.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct SandboxPlugin {
    /// The Device entity.
    pub device: u64,
    pub name: String,
    /// Of its own processing of the last block.
    pub block_us: f32,
    /// In samples.
    pub latency: u32,
    /// Since Signal started.
    pub incidents: u32,
}
