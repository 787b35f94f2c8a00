//! `loophole ps`, `stop` and `kill`: what runs, and ending it.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use link::Hello;
use serde::Serialize;

use crate::{
    runtime_folder::{self, SIGNAL_SOCKET, SUPERVISOR_SOCKET},
    supervisor::{ProcessKind, ProcessState, ProcessStatus, SandboxDetail, SandboxPlugin, SandboxRole},
    wire::{OWN_NAME, signal::Signal, supervisor::Supervisor},
};

/// How long a running process may take to answer; it answers from memory.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// How long `stop` waits for the end, which takes 2 s at most.
const STOP_LIMIT: Duration = Duration::from_secs(10);
const STOP_PERIOD: Duration = Duration::from_millis(20);

/// One running Loophole.
#[derive(Serialize)]
struct Running {
    pid: u32,
    song_path: String,
    page: String,
    processes: Vec<ProcessStatus>,
}

pub(super) async fn reach(folder: &Path) -> anyhow::Result<Supervisor> {
    let socket = folder.join(SUPERVISOR_SOCKET);
    let connected = tokio::time::timeout(ANSWER_LIMIT, link::connect(&socket, Hello::new(OWN_NAME)));
    let connection = connected.await.map_err(|_| anyhow!("{} does not answer", socket.display()))??;
    Ok(Supervisor::new(&connection))
}

/// Lists the processes of every running Loophole.
pub(super) async fn list(json: bool) -> anyhow::Result<ExitCode> {
    let mut all = Vec::new();
    for (pid, folder) in runtime_folder::running()? {
        let mut supervisor = reach(&folder).await?;
        let (page, processes) = (supervisor.page().await?, supervisor.processes().await?);
        all.push(Running { pid, song_path: page.song_path, page: page.url, processes });
    }
    if json {
        println!("{}", serde_json::to_string(&all)?);
    } else if all.is_empty() {
        println!("Loophole is not running");
    }
    for running in all.iter().filter(|_| !json) {
        println!("{}", running.song_path);
        println!(
            "{:>9}  {:<28} {:<10} {:>6} {:>10} {:>8}",
            "PID", "PROCESS", "STATE", "CPU %", "MEMORY", "RESTARTS"
        );
        for process in &running.processes {
            println!("{}", row(process));
            process.sandbox.iter().flat_map(sandbox_rows).for_each(|row| println!("{row}"));
        }
        println!("{}", total(&running.processes));
    }
    Ok(ExitCode::SUCCESS)
}

/// What its plugins and their isolation cost, below a sandbox's own row.
fn sandbox_rows(detail: &SandboxDetail) -> Vec<String> {
    let plugins = detail.plugins.iter().map(|plugin| {
        let SandboxPlugin { name, block_us, latency, incidents, .. } = plugin;
        format!("{:17}{name:<28} {block_us:>6.1} µs  latency {latency}  incidents {incidents}", "")
    });
    let mut rows: Vec<String> = plugins.collect();
    if detail.role == SandboxRole::Active {
        let SandboxDetail { overhead_us, late_blocks, bad_blocks, .. } = detail;
        rows.push(format!(
            "{:17}{:<28} {overhead_us:>6.1} µs  late blocks {late_blocks}  bad blocks {bad_blocks}",
            "", "isolation"
        ));
    }
    rows
}

/// What all sandboxes need together.
fn total(processes: &[ProcessStatus]) -> String {
    let sandboxes = || processes.iter().filter(|process| process.kind == ProcessKind::Sandbox);
    let in_role =
        |role| sandboxes().filter(|it| it.sandbox.as_ref().is_some_and(|it| it.role == role)).count();
    let mebibytes = sandboxes().map(|it| it.memory_bytes).sum::<u64>() as f64 / f64::from(1 << 20);
    let (standby, warm) = (in_role(SandboxRole::Standby), in_role(SandboxRole::Warm));
    let all = sandboxes().count();
    format!("sandboxes: {all}, of which {standby} standby and {warm} warm, {mebibytes:.1} MiB together")
}

fn row(process: &ProcessStatus) -> String {
    let indent = match process.kind {
        ProcessKind::Supervisor => "",
        ProcessKind::Sandbox => "    ",
        _ => "  ",
    };
    let state = match process.state {
        ProcessState::Starting => "starting",
        ProcessState::Running => "running",
        ProcessState::Restarting => "restarting",
        ProcessState::Failed => "failed",
    };
    let role = match process.sandbox.as_ref().map(|sandbox| sandbox.role) {
        Some(SandboxRole::Standby) => " (standby)",
        Some(SandboxRole::Warm) => " (warm)",
        Some(SandboxRole::Loading) => " (loading)",
        Some(SandboxRole::Active) | None => "",
    };
    let name = format!("{indent}{}{role}", process.name);
    let mebibytes = process.memory_bytes as f64 / f64::from(1 << 20);
    let last =
        if process.last_exit.is_empty() { String::new() } else { format!("  last {}", process.last_exit) };
    let ProcessStatus { pid, cpu_percent, restarts, .. } = process;
    format!("{pid:>9}  {name:<28} {state:<10} {cpu_percent:>6.1} {mebibytes:>6.1} MiB {restarts:>8}{last}")
}

/// Pid and folder of the Loophole of this pid, or of the only one that runs.
pub(super) fn one_running(pid: Option<u32>) -> anyhow::Result<(u32, PathBuf)> {
    let mut running = runtime_folder::running()?;
    if let Some(pid) = pid {
        let found = running.into_iter().find(|(running, _)| *running == pid);
        return found.with_context(|| format!("{pid} is no running Loophole; see `loophole ps`"));
    }
    match running.len() {
        0 => bail!("Loophole is not running"),
        1 => Ok(running.remove(0)),
        several => {
            let pids: Vec<String> = running.iter().map(|(pid, _)| pid.to_string()).collect();
            bail!("{several} run: say which is meant, {}", pids.join(" or "))
        }
    }
}

/// Stops a running Loophole and waits until it has ended.
pub(super) async fn stop(pid: Option<u32>) -> anyhow::Result<ExitCode> {
    let (pid, folder) = one_running(pid)?;
    reach(&folder).await?.stop().await?;
    let ended = async {
        while runtime_folder::running()?.iter().any(|(running, _)| *running == pid) {
            tokio::time::sleep(STOP_PERIOD).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(STOP_LIMIT, ended).await.map_err(|_| anyhow!("{pid} has not ended yet"))??;
    Ok(ExitCode::SUCCESS)
}

/// All notes off, everywhere.
pub(super) async fn panic() -> anyhow::Result<ExitCode> {
    for (_, folder) in runtime_folder::running()? {
        let socket = folder.join(SIGNAL_SOCKET);
        let connected = tokio::time::timeout(ANSWER_LIMIT, link::connect(&socket, Hello::new(OWN_NAME)));
        let connection = connected.await.map_err(|_| anyhow!("{} does not answer", socket.display()))??;
        Signal::new(&connection).panic().await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Kills one process of a running Loophole.
pub(super) async fn kill(pid: u32) -> anyhow::Result<ExitCode> {
    for (_, folder) in runtime_folder::running()? {
        let mut supervisor = reach(&folder).await?;
        if supervisor.processes().await?.iter().any(|process| process.pid == pid) {
            supervisor.kill(pid).await?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    bail!("{pid} is none of Loophole's processes; see `loophole ps`")
}
