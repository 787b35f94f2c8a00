//! What Loophole uses of the kernel beside confinement, each tried by a call: a list of features says less than one that works.

use std::{os::fd::AsFd as _, thread, time::Duration};

use anyhow::Context as _;
use shm::{
    Deadline,
    sandbox_block::{self, Position, SandboxEnd, SignalEnd},
};

use super::{Finding, good, problem, warning};

/// Frames of the block that is passed on to try it.
const FRAMES: usize = 64;
/// How long a thread may take to fall asleep, and to be woken.
const FALLS_ASLEEP: Duration = Duration::from_millis(20);
const WAKES: Duration = Duration::from_secs(2);

/// A song that rests, at its start.
const RESTS: Position = Position {
    playing: false,
    looping: false,
    jumped: false,
    reset: false,
    samples: 0,
    steady_samples: 0,
    tempo: 120.0,
    quarters: 0.0,
    bar_start_quarters: 0.0,
    bar: 0,
    numerator: 4,
    denominator: 4,
    loop_start_quarters: 0.0,
    loop_end_quarters: 0.0,
    loop_start_samples: 0,
    loop_end_samples: 0,
};

const NEWER: &str = "run a kernel of 5.13 or newer, as Debian 12 has";

/// All of them.
pub(super) fn look() -> Vec<Finding> {
    vec![memory(), futex(), process()]
}

fn memory() -> Finding {
    match shm::telemetry::create() {
        Ok(_) => good("sealed memory", "memfd_create with seals works"),
        Err(error) => problem("sealed memory", error.to_string(), NEWER),
    }
}

fn futex() -> Finding {
    match wakes_across_mappings() {
        Ok(true) => good("shared futex", "wakes who waits on another mapping of the same memory"),
        Ok(false) => {
            problem("shared futex", "nobody was woken across two mappings: no plugin can play", NEWER)
        }
        Err(error) => problem("shared futex", format!("{error:#}"), NEWER),
    }
}

/// As Signal and a sandbox do it: one waits on its own mapping, the other changes the word through another and wakes it.
fn wakes_across_mappings() -> anyhow::Result<bool> {
    let memory = sandbox_block::create()?;
    let mut signal = SignalEnd::open(memory.as_fd(), FRAMES)?;
    let mut sandbox = SandboxEnd::open(memory.as_fd(), FRAMES)?;
    let waiter = thread::spawn(move || sandbox.wait(Some(Deadline::after(WAKES))));
    thread::sleep(FALLS_ASLEEP);
    let silence = [0.0; FRAMES];
    signal.submit(&RESTS, &[], [&silence, &silence]);
    let frames = waiter.join().ok().context("the thread that waits died")?;
    Ok(frames == Some(FRAMES))
}

fn process() -> Finding {
    match rustix::process::pidfd_open(rustix::process::getpid(), rustix::process::PidfdFlags::empty()) {
        Ok(_) => good("pidfd", "works"),
        Err(error) => warning("pidfd", error.to_string(), NEWER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_on_another_mapping_is_woken() {
        assert!(wakes_across_mappings().expect("tried"));
    }
}
