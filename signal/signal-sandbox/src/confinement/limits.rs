//! Limits of what a plugin may use. A limit that is lower already stays.
#![allow(unsafe_code)]

use std::fs;

use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    thread::{CapabilitySet, capabilities},
};
use signal_rt::Role;

use super::Hold;

/// Processor time at real-time priority without ever waiting: a block is 10 ms, nothing sound needs fifty.
const REALTIME_LIMIT_US: u64 = 500_000;
/// From here on the kernel does not ask but kill.
const REALTIME_KILL_US: u64 = 1_000_000;
/// Addresses. Large samplers reserve some tens of GiB, and nothing known more than a hundred.
const ADDRESS_BYTES: u64 = 256 << 30;
/// A sampler holds every file it streams open.
const DESCRIPTORS: u64 = 4096;
/// The largest file. Plugins write none but shared memory of their own.
const FILE_BYTES: u64 = 1 << 30;
/// How much sooner than others a process is ended when memory runs out: a plugin goes before Signal does.
const FIRST_WHEN_MEMORY_RUNS_OUT: &str = "500";

/// Lets audio threads ask for their priority later, when the right to ask may be gone: a limit is granted to who could
/// have done it anyway. Returns whether it was left to a capability that has to be kept for it.
pub fn allow_real_time() -> bool {
    let wanted = Role::LiveSandbox.priority().map(i32::cast_unsigned).map(u64::from);
    let before = getrlimit(Resource::Rtprio);
    if before.current.is_some_and(|current| Some(current) < wanted) {
        let maximum = before.maximum.max(wanted).filter(|_| before.maximum.is_some());
        // Root in a container may have the one right and not the other.
        return setrlimit(Resource::Rtprio, Rlimit { current: wanted, maximum }).is_err()
            && capabilities(None).is_ok_and(|own| own.effective.contains(CapabilitySet::SYS_NICE));
    }
    false
}

/// Lowers all of them.
pub fn lower() -> Hold {
    let memory = (rustix::param::page_size() as u64).saturating_mul(pages());
    for (resource, current, maximum) in [
        (Resource::Core, 0, 0),
        (Resource::Rttime, REALTIME_LIMIT_US, REALTIME_KILL_US),
        (Resource::As, ADDRESS_BYTES, ADDRESS_BYTES),
        (Resource::Data, memory, memory),
        (Resource::Nofile, DESCRIPTORS, DESCRIPTORS),
        (Resource::Fsize, FILE_BYTES, FILE_BYTES),
    ] {
        if let Err(error) = limit(resource, current, maximum) {
            return Hold::Not(format!("{resource:?}: {error}"));
        }
    }
    Hold::Whole
}

/// Lowers the processor time of this process, in seconds.
pub fn limit_processor_time(seconds: u64) {
    // Lowering one's own limits can not fail; if it did, the process would only be less limited.
    let _ = limit(Resource::Cpu, seconds, seconds);
}

/// Makes this process and its children the first to go when memory runs out.
pub fn go_first() {
    // Without /proc it dies in its turn.
    let _ = fs::write("/proc/self/oom_score_adj", FIRST_WHEN_MEMORY_RUNS_OUT);
}

fn limit(resource: Resource, current: u64, maximum: u64) -> rustix::io::Result<()> {
    let before = getrlimit(resource);
    let lower = |before: Option<u64>, wanted: u64| Some(before.map_or(wanted, |before| before.min(wanted)));
    let wanted = Rlimit { current: lower(before.current, current), maximum: lower(before.maximum, maximum) };
    setrlimit(resource, wanted)
}

/// Of the machine's memory.
fn pages() -> u64 {
    // SAFETY: it only asks.
    let pages = unsafe { libc::sysconf(libc::_SC_PHYS_PAGES) };
    u64::try_from(pages).unwrap_or(u64::MAX)
}
