//! When a chain's process hangs or dies: the reason, and when the next one starts. Notices no death itself.

use std::{
    process::ExitStatus,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use shm::Deadline;

use super::{Chain, Saving};
use crate::sandbox::{
    SandboxEvent, Setup,
    process::{Process, SocketError},
};

/// A sandbox that answers no block for this long hangs.
const HANG_LIMIT: Duration = Duration::from_secs(2);
/// Blocks come more often than this while anything plays.
const BLOCKS_FLOW: Duration = Duration::from_millis(500);
/// Waits before the first, second … restart after failures close to each other.
const BACK_OFF: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];
/// Failures are close to each other within this time; as many as there are waits, and the chain is left out.
const FAILURE_WINDOW: Duration = Duration::from_secs(60);

impl Chain {
    pub(super) fn reason_of_death(&mut self, process: &mut Process, error: &SocketError) -> String {
        // A socket that ended belongs to a process that ends: a moment later there is a status to tell.
        process.kill();
        let known = std::mem::take(&mut self.reason);
        if !known.is_empty() {
            return known;
        }
        match (error, wait_a_moment(process)) {
            (SocketError::Os(_), Some(status)) => format!("its process ended: {status}"),
            _ => error.to_string(),
        }
    }

    pub(super) fn fail(&mut self, reason: String, now: Instant, setup: &Setup, out: &mut Vec<SandboxEvent>) {
        tracing::warn!(node = self.node, reason, "a sandbox failed");
        self.failures.push_back(now);
        self.failures.retain(|at| now.duration_since(*at) < FAILURE_WINDOW);
        self.saving = Saving::default();
        self.reason = reason;
        if let Some(opener) = self.opener.take() {
            let _ = opener.send(Err(self.reason.clone()));
        }
        self.is_failed = setup.offline || self.failures.len() >= BACK_OFF.len();
        let wait = BACK_OFF.get(self.failures.len().saturating_sub(1)).copied().unwrap_or_default();
        self.retry_at = (!self.is_failed).then(|| now + wait);
        self.report(out);
    }

    pub(super) fn hangs(&self) -> bool {
        let facts = &self.ends.facts;
        let time = |nanoseconds: &AtomicU64| Deadline::from_nanoseconds(nanoseconds.load(Ordering::Relaxed));
        let (now, open_since) = (Deadline::now(), time(&facts.open_since));
        open_since.nanoseconds() != 0
            && now.since(open_since) > HANG_LIMIT
            && now.since(time(&facts.last_block)) < BLOCKS_FLOW
    }
}

fn wait_a_moment(process: &mut Process) -> Option<ExitStatus> {
    const TRIES: u32 = 50;
    (0..TRIES).find_map(|_| {
        let status = process.ended();
        if status.is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        status
    })
}
