//! What the kernel says of processes (processor time, priorities, memory), and on which cores threads stay. Starts nothing.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use rustix::thread::{CpuSet, Pid, sched_getaffinity, sched_setaffinity};

/// Cores this process may use.
///
/// # Errors
/// The kernel does not say.
pub fn cores() -> anyhow::Result<Vec<usize>> {
    let set = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect())
}

/// Lets a thread run on these cores alone; none: the calling thread.
///
/// # Errors
/// The kernel's.
pub fn stay_on(thread: Option<Pid>, cores: &[usize]) -> anyhow::Result<()> {
    let mut set = CpuSet::new();
    cores.iter().for_each(|core| set.set(*core));
    sched_setaffinity(thread, &set).with_context(|| format!("can't stay on the cores {cores:?}"))
}

/// Lets time pass without sleeping.
pub fn stay_awake(time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until {
        std::hint::spin_loop();
    }
}

/// Lets all threads of a process run on these cores alone.
///
/// # Errors
/// The kernel's, or it has ended.
pub fn process_stays_on(process: u32, cores: &[usize]) -> anyhow::Result<()> {
    for task in tasks(process)? {
        let thread = task.file_name().and_then(|name| name.to_str()?.parse().ok());
        stay_on(thread.and_then(Pid::from_raw), cores)?;
    }
    Ok(())
}

/// The highest real-time priority of a process's threads; none has any: `None`.
///
/// # Errors
/// It has ended.
pub fn realtime_priority(process: u32) -> anyhow::Result<Option<u32>> {
    // Field 40 of proc(5), the 38th behind the name, which may hold spaces.
    let priority = |stat: &str| stat.rsplit_once(") ")?.1.split(' ').nth(37)?.parse::<u32>().ok();
    let stats = tasks(process)?.into_iter().filter_map(|task| fs::read_to_string(task.join("stat")).ok());
    Ok(stats.filter_map(|stat| priority(&stat)).max().filter(|priority| *priority > 0))
}

/// Processor time that all threads of a process that live have used, in nanoseconds.
///
/// # Errors
/// It has ended, or this kernel does not count.
pub fn processor_time_ns(process: u32) -> anyhow::Result<u64> {
    let used = |task: PathBuf| {
        // A thread that has just ended counts nothing.
        let stat = fs::read_to_string(task.join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<u64>().ok()
    };
    Ok(tasks(process)?.into_iter().filter_map(used).sum())
}

fn tasks(process: u32) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(format!("/proc/{process}/task"))?.map(|entry| Ok(entry?.path())).collect()
}

/// Memory of a process, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// In place, shared or not.
    pub resident: u64,
    /// In place, what is shared divided by those who share it.
    pub proportional: u64,
    /// Its own alone.
    pub private: u64,
}

/// What a process uses now.
///
/// # Errors
/// It has ended, or this kernel does not sum up.
pub fn memory(process: u32) -> anyhow::Result<Memory> {
    let path = format!("/proc/{process}/smaps_rollup");
    let text = fs::read_to_string(Path::new(&path)).with_context(|| path.clone())?;
    let of = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(1024 * line.split_whitespace().nth(1)?.parse::<u64>().ok()?)
    };
    let field = |name: &str| of(name).with_context(|| format!("{path} has no {name}"));
    let private = field("Private_Clean:")? + field("Private_Dirty:")?;
    let memory = Memory { resident: field("Rss:")?, proportional: field("Pss:")?, private };
    ensure!(memory.private <= memory.resident, "{path} makes no sense");
    Ok(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_says_what_a_process_uses() {
        let this = std::process::id();
        let before = processor_time_ns(this).unwrap();
        let sum = (0..20_000_000_u64).fold(0_u64, |sum, it| std::hint::black_box(sum.wrapping_add(it)));
        assert!(sum > 0 && processor_time_ns(this).unwrap() > before);
        assert!(memory(this).unwrap().private > 4096);
        assert!(!cores().unwrap().is_empty());
    }

    #[test]
    fn a_thread_that_got_its_priority_shows_it() {
        let shown = std::thread::spawn(|| {
            let entered = signal_rt::enter(signal_rt::Role::Watchdog);
            entered.realtime.then(|| realtime_priority(std::process::id()).unwrap())
        });
        let wanted = signal_rt::Role::Watchdog.priority().map(|priority| priority as u32);
        assert!(shown.join().unwrap().is_none_or(|shown| shown == wanted));
    }
}
