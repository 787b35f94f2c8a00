//! `loophole logs`: the log of all processes, running or not.

use std::{io::Write as _, process::ExitCode, time::Duration};

use anyhow::Context as _;

use crate::{log_file::Follower, places};

/// How often `--follow` looks for new lines.
const PERIOD: Duration = Duration::from_millis(200);

/// Prints the last lines, and new ones as they come if asked to.
pub(super) async fn show(count: usize, follow: bool) -> anyhow::Result<ExitCode> {
    let path = places::log_file()?;
    let (mut lines, mut follower) =
        Follower::tail(&path, count).with_context(|| format!("cannot read {}", path.display()))?;
    let mut stdout = std::io::stdout();
    loop {
        for line in lines {
            // A closed pipe is how `loophole logs | head` ends.
            if writeln!(stdout, "{line}").is_err() {
                return Ok(ExitCode::SUCCESS);
            }
        }
        if !follow {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::time::sleep(PERIOD).await;
        lines = follower.new_lines()?;
    }
}
