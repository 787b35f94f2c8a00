//! CPU time and memory of processes, from `/proc`.

use std::{collections::HashMap, fs, time::Instant};

/// Measures the CPU share of processes between calls.
#[derive(Default)]
pub(crate) struct Usage {
    before: HashMap<u32, Sample>,
    shares: HashMap<u32, f32>,
}

#[derive(Clone, Copy)]
struct Sample {
    /// User and system, in clock ticks.
    cpu_ticks: u64,
    at: Instant,
}

/// What `/proc/PID/stat` says.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    cpu_ticks: u64,
    resident_pages: u64,
}

impl Usage {
    /// Takes a new sample of each, and forgets the others.
    pub fn sample(&mut self, pids: &[u32]) {
        let (before, shares) = (std::mem::take(&mut self.before), std::mem::take(&mut self.shares));
        let ticks_a_second = rustix::param::clock_ticks_per_second() as f32;
        for &pid in pids {
            let Some(stat) = read(pid) else { continue };
            let now = Sample { cpu_ticks: stat.cpu_ticks, at: Instant::now() };
            let share = before.get(&pid).map_or(0.0, |before| {
                let ticks = now.cpu_ticks.saturating_sub(before.cpu_ticks) as f32;
                let seconds = (now.at - before.at).as_secs_f32();
                if seconds > 0.0 {
                    ticks / ticks_a_second / seconds * 100.0
                } else {
                    shares.get(&pid).copied().unwrap_or(0.0)
                }
            });
            self.before.insert(pid, now);
            self.shares.insert(pid, share);
        }
    }

    /// Share of one core over the last period, in percent; 0 if not known yet.
    pub fn cpu_percent(&self, pid: u32) -> f32 {
        self.shares.get(&pid).copied().unwrap_or(0.0)
    }
}

/// Resident memory; 0 if there is no such process.
pub(crate) fn memory_bytes(pid: u32) -> u64 {
    read(pid).map_or(0, |stat| stat.resident_pages * rustix::param::page_size() as u64)
}

/// Whether `pid` is a child of a child of `elder` now, as the hosts of plugins are of Signal.
pub(crate) fn is_grandchild(pid: u32, elder: u32) -> bool {
    let parent = |pid: u32| read(pid).map_or(0, |stat| stat.parent);
    elder != 0 && parent(parent(pid)) == elder
}

fn read(pid: u32) -> Option<Stat> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The name, in parentheses, may hold anything: fields are counted from its last parenthesis (proc(5)).
fn parse(stat: &str) -> Option<Stat> {
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_ascii_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        parent: u32::try_from(number(1)?).ok()?,
        cpu_ticks: number(11)? + number(12)?,
        resident_pages: number(21)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_with_parentheses_and_spaces_shifts_no_field() {
        let stat = "77 (a) b (c) S 5 77 77 0 -1 4194560 1 2 3 4 100 20 0 0 20 0 9 0 321 1000 456 1844";
        assert_eq!(parse(stat), Some(Stat { parent: 5, cpu_ticks: 120, resident_pages: 456 }));
        assert_eq!(parse("77 (a"), None);
    }

    #[test]
    fn own_process_has_memory_and_a_grandparent() {
        let own = std::process::id();
        assert!(memory_bytes(own) > 0);
        let parent = read(std::os::unix::process::parent_id()).expect("it runs");
        assert!(is_grandchild(own, parent.parent));
        assert!(!is_grandchild(own, own));
    }

    #[test]
    fn busy_process_has_a_cpu_share() {
        let own = std::process::id();
        let mut usage = Usage::default();
        usage.sample(&[own]);
        let mut sum = 0_u64;
        while usage.cpu_percent(own) == 0.0 {
            sum = (0..1_000_000).fold(sum, |sum, number| std::hint::black_box(sum ^ number));
            usage.sample(&[own]);
        }
        usage.sample(&[]);
        assert_eq!(usage.cpu_percent(own), 0.0);
    }
}
