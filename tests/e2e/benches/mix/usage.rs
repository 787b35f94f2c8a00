//! What a command costs with everything it starts: time, processor time, memory. Linux alone.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

/// Between two looks at a program's memory.
const LOOK: Duration = Duration::from_millis(10);

/// What it cost.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// From its start to its end.
    pub seconds: f64,
    /// Of its processes, in user and kernel mode.
    pub cpu_seconds: f64,
    /// The most its processes held at one time.
    pub memory_bytes: u64,
}

impl Usage {
    /// The smaller of each time, and the larger memory.
    pub fn least(self, other: Self) -> Self {
        Self {
            seconds: self.seconds.min(other.seconds),
            cpu_seconds: self.cpu_seconds.min(other.cpu_seconds),
            memory_bytes: self.memory_bytes.max(other.memory_bytes),
        }
    }
}

/// Runs a command to its end.
///
/// # Errors
/// It can't be started, fails, or `/proc` can't be read.
pub fn of(command: &mut Command) -> anyhow::Result<Usage> {
    let before = children_cpu_seconds()?;
    let start = Instant::now();
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{name} can't be started: ./x setup installs it"))?;
    let mut memory_bytes = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        memory_bytes = memory_bytes.max(memory_of_tree(child.id()));
        std::thread::sleep(LOOK);
    };
    let seconds = start.elapsed().as_secs_f64();
    ensure!(status.success(), "{name} ended with {status}");
    Ok(Usage { seconds, cpu_seconds: children_cpu_seconds()? - before, memory_bytes })
}

/// Processor time of all processes that this one, and those it waited for, have waited for.
fn children_cpu_seconds() -> anyhow::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = fields_after_name(&stat);
    // cutime and cstime, fields 16 and 17 of proc(5).
    let ticks: u64 = fields.get(13).context("cutime")?.parse::<u64>()?
        + fields.get(14).context("cstime")?.parse::<u64>()?;
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// Fields from the state on: the name before may hold spaces.
fn fields_after_name(stat: &str) -> Vec<&str> {
    stat.rsplit_once(") ").map_or_else(Vec::new, |(_, rest)| rest.split(' ').collect())
}

/// Resident bytes of a process and all below it. What ends meanwhile counts nothing.
fn memory_of_tree(root: u32) -> u64 {
    let mut parents = BTreeMap::new();
    let Ok(entries) = fs::read_dir("/proc") else { return 0 };
    for entry in entries.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let fields = fields_after_name(&stat);
        let parent = fields.get(1).and_then(|field| field.parse::<u32>().ok()).unwrap_or(0);
        let pages = fields.get(21).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        parents.insert(pid, (parent, pages));
    }
    let below = |mut pid: u32| loop {
        if pid == root {
            return true;
        }
        match parents.get(&pid) {
            Some((parent, _)) if *parent != 0 => pid = *parent,
            _ => return false,
        }
    };
    let pages: u64 = parents.iter().filter(|(pid, _)| below(**pid)).map(|(_, (_, pages))| pages).sum();
    pages * rustix::param::page_size() as u64
}
