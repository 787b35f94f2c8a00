//! `loophole plugins`: the CLAP plugins of this machine and what went wrong with them, as Pulse knows them. No song is
//! opened.

use std::{
    process::{ExitCode, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, bail, ensure};
use link::Hello;
use serde::{Deserialize, de::DeserializeOwned};

use super::processes::ANSWER_LIMIT;
use crate::{
    places,
    runtime_folder::{self, PULSE_SOCKET},
    wire::{OWN_NAME, pulse::Pulse},
};

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
    runs_alone: bool,
    incidents: u32,
}

#[derive(Deserialize)]
struct Failed {
    path: String,
    reason: String,
}

/// What `loophole-pulse plugins --incidents` prints, as far as it is shown.
#[derive(Deserialize)]
struct Incident {
    song: String,
    kind: String,
    certain: bool,
    reason: String,
    remedy: String,
    plugin_id: String,
    name: String,
    version: String,
    position: i64,
    sample_rate: u32,
    unix_ms: i64,
}

/// Scans what is new, and lists everything.
pub(super) async fn list(rescan: bool, json: bool) -> anyhow::Result<ExitCode> {
    let text = ask_pulse(rescan.then_some("--rescan").as_slice()).await?;
    if json {
        print!("{text}");
        return Ok(ExitCode::SUCCESS);
    }
    let contents: Contents = read(&text)?;
    if contents.plugins.is_empty() && contents.failed.is_empty() {
        println!("There are no CLAP plugins in $CLAP_PATH, ~/.clap, /usr/local/lib/clap or /usr/lib/clap.");
    }
    for plugin in &contents.plugins {
        println!("{}", plugin_row(plugin));
    }
    for Failed { path, reason } in &contents.failed {
        println!("{path}: {reason}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Lists what went wrong, newest first.
pub(super) async fn incidents(json: bool) -> anyhow::Result<ExitCode> {
    let text = ask_pulse(&["--incidents"]).await?;
    if json {
        print!("{text}");
        return Ok(ExitCode::SUCCESS);
    }
    let incidents: Vec<Incident> = read(&text)?;
    if incidents.is_empty() {
        println!("Nothing went wrong with a plugin yet.");
    }
    incidents.iter().for_each(|incident| println!("{}", incident_row(incident)));
    Ok(ExitCode::SUCCESS)
}

/// Forgives at every Loophole that runs, so that it hears of it at once; else where they will find it.
pub(super) async fn forgive(plugin: &str) -> anyhow::Result<ExitCode> {
    let mut forgiven = false;
    for (_, folder) in runtime_folder::running()? {
        let socket = folder.join(PULSE_SOCKET);
        let connected = tokio::time::timeout(ANSWER_LIMIT, link::connect(&socket, Hello::new(OWN_NAME)));
        if let Ok(Ok(connection)) = connected.await {
            // Whoever doesn't know the plugin has nothing to forgive.
            forgiven |= Pulse::new(&connection).forgive_plugin(plugin.to_owned()).await.is_ok();
        }
    }
    if !forgiven {
        ask_pulse(&["--forgive", plugin]).await.context("see `loophole plugins` for those that run alone")?;
    }
    println!("{plugin} runs as its songs say again");
    Ok(ExitCode::SUCCESS)
}

/// What a Pulse without a song says of plugins.
pub(super) async fn ask_pulse(arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = tokio::process::Command::new(places::program("loophole-pulse")?);
    command.arg("plugins").arg("--sandbox-binary").arg(places::program("loophole-sandbox")?).args(arguments);
    let output = command.stdin(Stdio::null()).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        ensure!(said.trim().is_empty(), "{}", said.trim());
        bail!("`loophole-pulse plugins` ended with {}", output.status);
    }
    eprint!("{said}");
    String::from_utf8(output.stdout).context("what it says of plugins is not Unicode")
}

pub(super) fn read<T: DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    serde_json::from_str(text).context("what Pulse says of plugins can't be read")
}

fn plugin_row(plugin: &Plugin) -> String {
    let Plugin { bundle, plugin_id, name, vendor, features, parameters, .. } = plugin;
    let what = match plugin.trouble.as_str() {
        "" => features.join(", "),
        trouble => format!("can't be used: {trouble}"),
    };
    let trouble = match (plugin.runs_alone, plugin.incidents) {
        (true, count) => format!("  runs alone: it crashed, {}", incidents_in_words(count)),
        (false, 0) => String::new(),
        (false, count) => format!("  {}", incidents_in_words(count)),
    };
    format!("{name:<22} {vendor:<20} {parameters:>4} parameters  {plugin_id} in {bundle}  {what}{trouble}")
}

fn incidents_in_words(count: u32) -> String {
    if count == 1 { "1 incident".to_owned() } else { format!("{count} incidents") }
}

fn incident_row(it: &Incident) -> String {
    let seconds = it.position as f64 / f64::from(it.sample_rate.max(1));
    let place = format!("{}:{:06.3}", (seconds / 60.0) as u64, seconds % 60.0);
    let what = what_happened(&it.kind);
    let doubt = if it.certain { "" } else { " (or a plugin beside it)" };
    let remedy = what_was_done(&it.remedy);
    let Incident { song, reason, plugin_id, name, version, .. } = it;
    let when = when(it.unix_ms);
    format!(
        "{when:<12}  {name} {version} ({plugin_id}) {what}{doubt} at {place} of “{song}”: {reason}; {remedy}"
    )
}

/// How long ago something was.
fn when(unix_ms: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let minutes = (now.as_millis() as i64 - unix_ms).max(0) / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

fn what_happened(kind: &str) -> &'static str {
    match kind {
        "crash" => "crashed",
        "hang" => "hung",
        "crash_on_load" => "crashed while it was loaded",
        "hang_on_load" => "was not loaded in time",
        "bad_sound" => "gave sound that is none",
        "bad_message" => "forged messages",
        "flood" => "gave too many events",
        _ => "went wrong",
    }
}

fn what_was_done(remedy: &str) -> &'static str {
    match remedy {
        "nothing" => "what was wrong was left out",
        "restarted" => "it was started again",
        "alone" => "it was started again, alone",
        "left_out" => "it was left out",
        _ => "nothing is known to have been done",
    }
}
