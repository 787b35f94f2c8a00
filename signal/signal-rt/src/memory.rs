//! Holds the process's memory in place, so that an audio thread that touches new memory never waits for the kernel.
//!
//! It asks once and tells what came of it; nothing depends on a yes.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{Resource, getrlimit};
use rustix::thread::{CapabilitySet, capabilities};

/// [control] Holds all memory that the process has and will have. For a process that plays on a device: memory is made real
/// when it is asked for, on the thread that asks, and not when an audio thread first writes to it.
///
/// Where the process may hold a limited amount only, it holds none: allocations beyond the limit would fail from then on.
///
/// # Errors
/// What to do about it, for people.
pub fn hold_memory() -> Result<(), String> {
    if !may_hold_all() {
        return Err("memory is not held in place: allow it with a line `@audio - memlock unlimited` in \
                    /etc/security/limits.d/audio.conf, add yourself to the group audio and log in again"
            .to_owned());
    }
    mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE)
        .map_err(|error| format!("memory is not held in place: the system refuses it ({error})"))
}

fn may_hold_all() -> bool {
    getrlimit(Resource::Memlock).current.is_none()
        || capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::IPC_LOCK))
}

#[cfg(test)]
mod tests {
    use super::{hold_memory, may_hold_all};

    #[test]
    fn memory_is_held_or_the_remedy_told() {
        match hold_memory() {
            Ok(()) => assert!(may_hold_all()),
            Err(remedy) => assert!(remedy.contains("memory is not held in place"), "{remedy}"),
        }
    }
}
