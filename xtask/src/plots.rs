//! Draws the plots of the built-in devices and writes their tables of parameters, into `docs/devices/`. Measures nothing
//! itself: signal-nodes does, in its example `plots`.

use std::process::{Command, ExitCode};

use anyhow::bail;

use crate::repository::Repository;

const FOLDER: &str = "docs/devices";

/// Runs the example.
///
/// # Errors
/// It failed.
pub fn run(repository: &Repository) -> anyhow::Result<ExitCode> {
    let status = Command::new("cargo")
        .args(["run", "--quiet", "--package", "signal-nodes", "--example", "plots", "--", FOLDER])
        .current_dir(&repository.root)
        .status()?;
    if !status.success() {
        bail!("the plots of signal-nodes ended with {status}");
    }
    eprintln!("wrote {FOLDER}");
    Ok(ExitCode::SUCCESS)
}
