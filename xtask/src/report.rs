//! What a report of measurements begins with: commit, date, machine. Measures nothing.

use std::{fs, path::Path, process::Command};

/// The commit of `root`, marked where files differ from it; the date in UTC; processor, cores, memory and kernel.
#[must_use]
pub fn origin(root: &Path) -> String {
    let commit = commit(root);
    let date = output(root, "date", &["-u", "+%Y-%m-%d %H:%M UTC"]);
    let kernel = output(root, "uname", &["-sr"]);
    let rust = output(root, "rustc", &["--version"]);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("commit {commit} · {date} · {} · {cores} cores · {kernel} · {rust}", processor())
}

/// The commit of `root`, with "-dirty" where tracked files differ from it.
#[must_use]
pub fn commit(root: &Path) -> String {
    output(root, "git", &["-c", "safe.directory=*", "describe", "--always", "--dirty", "--abbrev=12"])
}

fn output(root: &Path, program: &str, arguments: &[&str]) -> String {
    let run = Command::new(program).args(arguments).current_dir(root).output();
    let text = run.map(|done| String::from_utf8_lossy(&done.stdout).trim().to_owned()).unwrap_or_default();
    if text.is_empty() { "unknown".to_owned() } else { text }
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        text.lines().find_map(|line| line.strip_prefix("model name")).and_then(|line| line.split(':').nth(1));
    model.map_or_else(|| "unknown processor".to_owned(), |name| name.trim().to_owned())
}
