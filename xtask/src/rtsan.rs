//! Runs Signal's tests with its audio callbacks under RealtimeSanitizer, which aborts at a call that may wait, allocate or
//! take a lock. The sanitizer's library comes with the toolchain.

use std::{
    io::BufReader,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context as _, ensure};
use cargo_metadata::{Artifact, Message};

use crate::repository::Repository;

/// Whose integration tests are run, and the feature that has them watched.
const PACKAGE: &str = "signal-engine";
const FEATURE: &str = "signal-engine/rtsan";
const TESTS: &str = "it";

/// Builds and runs them. The programs that other tests start are as before afterwards.
///
/// # Errors
/// The toolchain has no such library, or something is not built.
pub fn run(repository: &Repository) -> anyhow::Result<ExitCode> {
    let tests = build(&repository.root)?;
    // The whole workspace has the feature now. Plugins run in processes of their own, outside what is watched: the plain
    // sandbox comes back to where the tests look for it. With all targets, as it was built before: without them the programs
    // have other features, and everything is built again.
    let restored = Command::new("cargo")
        .args(["build", "--quiet", "--workspace", "--all-targets"])
        .current_dir(&repository.root)
        .status()?;
    ensure!(restored.success(), "the plain programs: cargo ended with {restored}");
    let status = Command::new(tests).current_dir(repository.root.join("signal").join(PACKAGE)).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The executable of the tests. The whole workspace is asked for, since a smaller selection would build the dependencies
/// again, with other features.
fn build(root: &Path) -> anyhow::Result<PathBuf> {
    let library = library()?;
    let mut child = Command::new("cargo")
        .args(["test", "--no-run", "--quiet", "--workspace", "--features", FEATURE, "--test", TESTS])
        .arg("--message-format=json-render-diagnostics")
        .env("RTSAN_ENABLE", "1")
        .env("RTSAN_LIB_PATH", library)
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take().context("its output")?;
    let mut found = None;
    for message in Message::parse_stream(BufReader::new(output)) {
        if let Message::CompilerArtifact(artifact) = message?
            && is_ours(&artifact)
        {
            found = artifact.executable;
        }
    }
    let status = child.wait()?;
    ensure!(status.success(), "building for RealtimeSanitizer: cargo ended with {status}");
    Ok(found.with_context(|| format!("{PACKAGE} has no tests “{TESTS}”"))?.into_std_path_buf())
}

fn is_ours(artifact: &Artifact) -> bool {
    let package = artifact.package_id.repr.contains(&format!("/{PACKAGE}#"));
    package && artifact.target.name == TESTS && artifact.profile.test
}

fn library() -> anyhow::Result<PathBuf> {
    let (sysroot, tuple) = (rustc("sysroot")?, rustc("host-tuple")?);
    let path = Path::new(&sysroot).join("lib/rustlib").join(tuple).join("lib/librustc-stable_rt.rtsan.a");
    ensure!(path.is_file(), "this Rust has no RealtimeSanitizer ({})", path.display());
    Ok(path)
}

fn rustc(what: &str) -> anyhow::Result<String> {
    let output = Command::new("rustc").args(["--print", what]).output().context("rustc")?;
    ensure!(output.status.success(), "rustc --print {what}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
