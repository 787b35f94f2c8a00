//! Runs the long tests at their full counts and writes `docs/soak.md`. What was done at this commit is not done again,
//! so an interrupted soak goes on where it stopped. Holds no test itself: they are the ones of `./x test`, which read
//! their counts from the environment.

use std::{
    fs,
    io::{self, BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, ExitCode},
    time::Instant,
};

use anyhow::{Context as _, ensure};

use crate::{report, repository::Repository};

const REPORT: &str = "docs/soak.md";
const RESULTS: &str = "target/soak";

/// A long test of the workspace's integration tests.
struct Soak {
    name: &'static str,
    /// The test's name, which no other test's name contains.
    test: &'static str,
    /// The test binary that holds it.
    binary: &'static str,
    /// The variable that the test reads its count from, and the full count.
    count: (&'static str, &'static str),
}

const SOAKS: &[Soak] = &[
    Soak {
        name: "pulse-kills",
        test: "no_acknowledged_edit_is_lost_however_often_pulse_is_killed",
        binary: "it",
        count: ("LOOPHOLE_SOAK_KILLS", "200"),
    },
    Soak {
        name: "jack",
        test: "demo_on_jack_at_64_frames_is_late_only_where_the_machine_is",
        binary: "it",
        count: ("LOOPHOLE_SOAK_SECONDS", "600"),
    },
    Soak {
        name: "pipewire",
        test: "demo_on_pipewire_at_64_frames_is_late_only_where_the_machine_is",
        binary: "it",
        count: ("LOOPHOLE_SOAK_SECONDS", "600"),
    },
    Soak {
        name: "hostile",
        test: "tracks_beside_a_hostile_plugin_are_late_only_where_the_machine_is",
        binary: "it",
        count: ("LOOPHOLE_SOAK_SECONDS", "600"),
    },
    Soak {
        name: "plugin-kills",
        test: "killed_plugins_are_back_as_they_were_from_a_process_that_loads",
        binary: "sandbox",
        count: ("LOOPHOLE_SOAK_PLUGIN_KILLS", "1000"),
    },
    Soak {
        name: "plugin-kills-standby",
        test: "killed_plugins_are_back_as_they_were_from_a_standby",
        binary: "sandbox",
        count: ("LOOPHOLE_SOAK_PLUGIN_KILLS", "1000"),
    },
    Soak {
        name: "sandbox-leaks",
        test: "sandboxes_leave_neither_processes_nor_memory_behind",
        binary: "sandbox",
        count: ("LOOPHOLE_SOAK_SANDBOXES", "10000"),
    },
];

/// Runs all, or the one that is named.
///
/// # Errors
/// There is none of that name, one failed, or the report can't be written.
pub fn run(repository: &Repository, only: Option<&str>) -> anyhow::Result<ExitCode> {
    let chosen: Vec<&Soak> = SOAKS.iter().filter(|soak| only.is_none_or(|name| name == soak.name)).collect();
    let names: Vec<&str> = SOAKS.iter().map(|soak| soak.name).collect();
    ensure!(!chosen.is_empty(), "no such soak; there are: {}", names.join(", "));
    fs::create_dir_all(repository.root.join(RESULTS))?;
    // Asked once: files that are edited while it runs are not what it runs.
    let commit = report::commit(&repository.root);
    for soak in chosen {
        let result = result_path(repository, soak, &commit);
        match fs::read_to_string(&result) {
            Ok(_) => eprintln!("── {}: done at this commit", soak.name),
            Err(_) => fs::write(result, run_one(repository, soak)?)?,
        }
    }
    write_report(repository, &commit)?;
    Ok(ExitCode::SUCCESS)
}

fn run_one(repository: &Repository, soak: &Soak) -> anyhow::Result<String> {
    eprintln!("── {}", soak.name);
    let origin = report::origin(&repository.root);
    let started = Instant::now();
    let (reader, writer) = io::pipe()?;
    let mut command = Command::new("cargo");
    // What users run, since late blocks are a matter of speed; and the whole workspace, since a smaller selection would
    // build the dependencies again with other features.
    command
        .args([
            "test",
            "--release",
            "--quiet",
            "--workspace",
            "--test",
            soak.binary,
            soak.test,
            "--",
            "--nocapture",
        ])
        .env(soak.count.0, soak.count.1)
        .current_dir(&repository.root)
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command.spawn()?;
    // It holds the pipe's other end, which must be the child's alone.
    drop(command);
    let mut printed = String::new();
    for line in BufReader::new(reader).lines() {
        let line = line?;
        println!("{line}");
        printed.push_str(&line);
        printed.push('\n');
    }
    let status = child.wait()?;
    ensure!(status.success(), "{} ended with {status}", soak.name);
    ensure!(printed.contains("test result: ok. 1 passed"), "no test is called {}", soak.test);
    let (seconds, count) = (started.elapsed().as_secs(), soak.count.1);
    Ok(format!(
        "{origin}\n\n`{}`, {count} times, in {seconds} s.\n\n```text\n{}```\n",
        soak.test,
        essence(&printed)
    ))
}

/// What the test printed, without the lines of the tests that were filtered out.
fn essence(printed: &str) -> String {
    let is_noise = |line: &str| line.is_empty() || line == "running 0 tests" || line.contains("ok. 0 passed");
    printed.lines().filter(|line| !is_noise(line)).map(|line| format!("{line}\n")).collect()
}

/// One file a soak and commit, so that a change of the code asks for all of them again.
fn result_path(repository: &Repository, soak: &Soak, commit: &str) -> PathBuf {
    repository.root.join(RESULTS).join(format!("{}-{commit}.md", soak.name))
}

/// What was measured at this commit, and of the others what the report had: each section names its own commit.
fn write_report(repository: &Repository, commit: &str) -> anyhow::Result<()> {
    let before = fs::read_to_string(repository.root.join(REPORT)).unwrap_or_default();
    let mut text = String::from("# Soaks\n\nWritten by `./x soak`: the long tests at their full counts.\n");
    for soak in SOAKS {
        let renewed = fs::read_to_string(result_path(repository, soak, commit)).ok();
        if let Some(result) = renewed.as_deref().or_else(|| section(&before, soak.name)) {
            text.push_str(&format!("\n## {}\n\n{}\n", soak.name, result.trim()));
        }
    }
    fs::create_dir_all(repository.root.join("docs"))?;
    fs::write(repository.root.join(REPORT), text).context(REPORT)?;
    eprintln!("wrote {REPORT}");
    Ok(())
}

/// What a report says under the heading of this name.
fn section<'a>(report: &'a str, name: &str) -> Option<&'a str> {
    let heading = format!("\n## {name}\n");
    let (_, rest) = report.split_once(&heading)?;
    Some(rest.split("\n## ").next().unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let report = "# Soaks\n\n## one\n\n1\n\n## two\n\n2\n";
        assert_eq!(section(report, "one").map(str::trim), Some("1"));
        assert_eq!(section(report, "two").map(str::trim), Some("2"));
        assert_eq!(section(report, "three"), None);
    }
}
