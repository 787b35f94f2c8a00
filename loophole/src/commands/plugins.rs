//! `loophole plugins`: the CLAP plugins of this machine, as Pulse finds them. No song is opened.

use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::places;

/// What `loophole-pulse plugins` prints, as far as it is shown.
#[derive(Deserialize)]
struct Contents {
    plugins: Vec<Plugin>,
    failed: Vec<Failed>,
}

#[derive(Deserialize)]
struct Plugin {
    bundle: String,
    plugin_id: String,
    name: String,
    vendor: String,
    features: Vec<String>,
    parameters: u32,
    trouble: String,
}

#[derive(Deserialize)]
struct Failed {
    path: String,
    reason: String,
}

/// Scans what is new, and lists everything.
pub(super) async fn list(rescan: bool, json: bool) -> anyhow::Result<ExitCode> {
    let mut command = tokio::process::Command::new(places::program("loophole-pulse")?);
    command.arg("plugins").arg("--sandbox-binary").arg(places::program("loophole-sandbox")?);
    if rescan {
        command.arg("--rescan");
    }
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().await?;
    ensure!(output.status.success(), "the scan ended with {}", output.status);
    let text = String::from_utf8(output.stdout).context("the list of plugins is not Unicode")?;
    if json {
        print!("{text}");
        return Ok(ExitCode::SUCCESS);
    }
    let contents: Contents = serde_json::from_str(&text).context("the list of plugins can't be read")?;
    if contents.plugins.is_empty() && contents.failed.is_empty() {
        println!("There are no CLAP plugins in $CLAP_PATH, ~/.clap, /usr/local/lib/clap or /usr/lib/clap.");
    }
    for plugin in &contents.plugins {
        println!("{}", row(plugin));
    }
    for Failed { path, reason } in &contents.failed {
        println!("{path}: {reason}");
    }
    Ok(ExitCode::SUCCESS)
}

fn row(plugin: &Plugin) -> String {
    let Plugin { bundle, plugin_id, name, vendor, features, parameters, trouble } = plugin;
    let what = if trouble.is_empty() { features.join(", ") } else { format!("can't be used: {trouble}") };
    format!("{name:<22} {vendor:<20} {parameters:>4} parameters  {plugin_id} in {bundle}  {what}")
}
