//! The control loop: a process of the device thread's priority that only wakes for each block and counts when it was late.
//!
//! What it suffers, the machine did; only what goes beyond is Loophole's (T3).

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

/// What tells this program that it is the loop.
pub const ARGUMENT: &str = "--control-loop";
/// Of the virtual device.
const BLOCK: Duration = Duration::from_nanos(256 * 1_000_000_000 / 48_000);
/// Signal's device thread runs at it.
const PRIORITY: &str = "80";

/// A loop that runs.
pub struct Control(Child);

impl Control {
    /// Starts it, for `seconds`.
    ///
    /// # Errors
    /// This program can't be started once more, or has no right to its priority.
    pub fn start(seconds: u64) -> anyhow::Result<Self> {
        let own = std::env::current_exe()?;
        let child = Command::new("chrt")
            .args(["-f", PRIORITY])
            .arg(own)
            .args([ARGUMENT, &seconds.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .context("chrt can't be started")?;
        Ok(Self(child))
    }

    /// How often it was late by more than a block.
    ///
    /// # Errors
    /// It failed.
    pub fn late(self) -> anyhow::Result<u64> {
        let output = self.0.wait_with_output()?;
        ensure!(output.status.success(), "the control loop ended with {}", output.status);
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    }
}

/// Is the loop: prints how often it was late.
///
/// # Errors
/// No number of seconds is given.
pub fn run() -> anyhow::Result<()> {
    let seconds = std::env::args().next_back().context("seconds")?.parse()?;
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut next, mut late) = (Instant::now() + BLOCK, 0_u64);
    while next < end {
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        let behind = next.elapsed();
        next += BLOCK;
        if behind > BLOCK {
            late += 1;
            next = Instant::now() + BLOCK;
        }
    }
    println!("{late}");
    Ok(())
}
