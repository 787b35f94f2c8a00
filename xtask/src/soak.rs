//! Runs the long tests at their full counts and writes `docs/soak.md`. What was done at this commit is not done again,
//! so an interrupted soak goes on where it stopped. Holds no test itself: they are the ones of `./x test`, which read
//! their counts from the environment.

use std::{
    fs,
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use anyhow::{Context as _, bail, ensure};

use crate::{report, repository::Repository};

/// Set to 1, it makes the tests named below run their full counts.
const SWITCH: &str = "LOOPHOLE_SOAK";
const REPORT: &str = "docs/soak.md";
const RESULTS: &str = "target/soak";

/// A long test: its name here, its package, and the test's name there.
struct Soak {
    name: &'static str,
    package: &'static str,
    test: &'static str,
}

const SOAKS: &[Soak] = &[];

/// Runs all, or the one that is named.
///
/// # Errors
/// There is none of that name, one failed, or the report can't be written.
pub fn run(repository: &Repository, only: Option<&str>) -> anyhow::Result<ExitCode> {
    let chosen: Vec<&Soak> = SOAKS.iter().filter(|soak| only.is_none_or(|name| name == soak.name)).collect();
    let names: Vec<&str> = SOAKS.iter().map(|soak| soak.name).collect();
    ensure!(!chosen.is_empty(), "no such soak; there are: {}", names.join(", "));
    fs::create_dir_all(repository.root.join(RESULTS))?;
    for soak in chosen {
        match fs::read_to_string(result_path(repository, soak)) {
            Ok(_) => eprintln!("── {}: done at this commit", soak.name),
            Err(_) => fs::write(result_path(repository, soak), run_one(repository, soak)?)?,
        }
    }
    write_report(repository)?;
    Ok(ExitCode::SUCCESS)
}

fn run_one(repository: &Repository, soak: &Soak) -> anyhow::Result<String> {
    eprintln!("── {}", soak.name);
    let started = Instant::now();
    let run = Command::new("cargo")
        .args([
            "test",
            "--quiet",
            "--package",
            soak.package,
            soak.test,
            "--",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(SWITCH, "1")
        .current_dir(&repository.root)
        .stderr(Stdio::inherit())
        .output()?;
    let printed = String::from_utf8_lossy(&run.stdout).into_owned();
    print!("{printed}");
    if !run.status.success() {
        bail!("{} ended with {}", soak.name, run.status);
    }
    let seconds = started.elapsed().as_secs();
    Ok(format!(
        "{}\n\nTook {seconds} s.\n\n```text\n{}\n```\n",
        report::origin(&repository.root),
        printed.trim()
    ))
}

/// One file a soak and commit, so that a change of the code asks for all of them again.
fn result_path(repository: &Repository, soak: &Soak) -> PathBuf {
    let commit = report::commit(&repository.root);
    repository.root.join(RESULTS).join(format!("{}-{commit}.md", soak.name))
}

fn write_report(repository: &Repository) -> anyhow::Result<()> {
    let mut text = String::from("# Soaks\n\nWritten by `./x soak`: the long tests at their full counts.\n");
    for soak in SOAKS {
        if let Ok(result) = fs::read_to_string(result_path(repository, soak)) {
            text.push_str(&format!("\n## {}\n\n{result}", soak.name));
        }
    }
    fs::create_dir_all(repository.root.join("docs"))?;
    fs::write(repository.root.join(REPORT), text).context(REPORT)?;
    eprintln!("wrote {REPORT}");
    Ok(())
}
