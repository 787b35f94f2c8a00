//! Runs every benchmark of the workspace and writes what they printed to `docs/bench.md`. Judges no figure.

use std::{
    fs,
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context as _, bail, ensure};
use cargo_metadata::TargetKind;

use crate::{report, repository::Repository};

const REPORT: &str = "docs/bench.md";

/// A benchmark: a program of a crate that prints Markdown, best a table of ratios taken in one run.
#[derive(Debug)]
struct Benchmark {
    package: String,
    name: String,
}

/// Runs them one after the other.
///
/// # Errors
/// There is none, one failed, or the report can't be written.
pub fn run(repository: &Repository) -> anyhow::Result<ExitCode> {
    let benchmarks = find(repository)?;
    ensure!(!benchmarks.is_empty(), "no crate has a benchmark");
    let mut text = format!("# Benchmarks\n\nWritten by `./x bench`. {}.\n", report::origin(&repository.root));
    for benchmark in &benchmarks {
        eprintln!("── {} of {}", benchmark.name, benchmark.package);
        let printed = measure(repository, benchmark)?;
        print!("{printed}");
        text.push_str(&format!(
            "\n## {} ({})\n\n{}\n",
            benchmark.name,
            benchmark.package,
            printed.trim_end()
        ));
    }
    fs::create_dir_all(repository.root.join("docs"))?;
    fs::write(repository.root.join(REPORT), text).context(REPORT)?;
    eprintln!("wrote {REPORT}");
    Ok(ExitCode::SUCCESS)
}

fn find(repository: &Repository) -> anyhow::Result<Vec<Benchmark>> {
    let metadata = repository.metadata()?;
    let mut found = Vec::new();
    for package in metadata.workspace_packages() {
        for target in package.targets.iter().filter(|target| target.kind.contains(&TargetKind::Bench)) {
            found.push(Benchmark { package: package.name.to_string(), name: target.name.clone() });
        }
    }
    Ok(found)
}

fn measure(repository: &Repository, benchmark: &Benchmark) -> anyhow::Result<String> {
    let Benchmark { package, name } = benchmark;
    let run = Command::new("cargo")
        // Of one package alone, cargo would build everything anew with that package's choice of features.
        .args(["bench", "--quiet", "--workspace", "--bench", name])
        .current_dir(&repository.root)
        .stderr(Stdio::inherit())
        .output()?;
    if !run.status.success() {
        bail!("{name} of {package} ended with {}", run.status);
    }
    Ok(String::from_utf8(run.stdout)?)
}
