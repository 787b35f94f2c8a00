//! The control loop: threads that do nothing but wake in each block, one on every core, above the priority of audio
//! threads. A late block of Signal's counts against Loophole only where all of these were on time.
//!
//! One a core, since the machine stands still on one core at a time, and a thread on the other one knows nothing of it.
//! Four times a block, since what begins between two wakes and ends before the second goes unseen. Above audio threads, so
//! that none of those can delay it and so be excused by it
//! (chorus/decisions/0010-judge-late-blocks-by-a-loop-on-every-core.md).

use std::{
    collections::BTreeSet,
    process::Command,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rustix::thread::{CpuSet, gettid, sched_getaffinity, sched_setaffinity};

/// Wakes in a block: whatever stands still for three quarters of one is seen.
const WAKES: u64 = 4;
/// Above jackd's own thread, which tests run at 85, and all that it wakes.
const PRIORITY: &str = "90";

/// Runs until it is dropped.
pub struct ControlLoop {
    grid: Grid,
    late: Arc<Mutex<BTreeSet<u64>>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// When blocks begin.
#[derive(Clone, Copy)]
struct Grid {
    zero: Instant,
    period: Duration,
}

impl Grid {
    /// When to wake, counted from the start.
    fn due(&self, wake: u64) -> Instant {
        self.zero + Duration::from_nanos(self.period.as_nanos() as u64 * wake / WAKES)
    }

    /// The block that a moment lies in.
    fn block(&self, moment: Instant) -> u64 {
        (moment.saturating_duration_since(self.zero).as_nanos() / self.period.as_nanos().max(1)) as u64
    }
}

impl ControlLoop {
    /// Wakes in each block of `frames` at `rate` hertz. Late is a block in which one wakes over half a block after its time.
    ///
    /// # Errors
    /// The system does not say which cores there are, or lets no thread stay on one.
    pub fn start(rate: u32, frames: u32) -> anyhow::Result<Self> {
        let period = Duration::from_nanos(u64::from(frames) * 1_000_000_000 / u64::from(rate));
        let grid = Grid { zero: Instant::now(), period };
        let (late, stop) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let mut control = Self { grid, late, stop, threads: Vec::new() };
        let cores = sched_getaffinity(None)?;
        for core in (0..CpuSet::MAX_CPU).filter(|core| cores.is_set(*core)) {
            let (late, stop) = (Arc::clone(&control.late), Arc::clone(&control.stop));
            control.threads.push(std::thread::spawn(move || {
                stay_on(core);
                wake_for_each(grid, &late, &stop);
            }));
        }
        Ok(control)
    }

    /// Blocks for which it was late on any core, between two moments.
    #[must_use]
    pub fn late_between(&self, from: Instant, to: Instant) -> u64 {
        let blocks = self.grid.block(from)..self.grid.block(to);
        self.late.lock().unwrap_or_else(PoisonError::into_inner).range(blocks).count() as u64
    }

    /// Blocks for which it was late on any core, since it started.
    #[must_use]
    pub fn late_blocks(&self) -> u64 {
        self.late_between(self.grid.zero, Instant::now())
    }
}

fn wake_for_each(grid: Grid, late: &Mutex<BTreeSet<u64>>, stop: &AtomicBool) {
    let mut wake = 1;
    while !stop.load(Ordering::Relaxed) {
        let due = grid.due(wake);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let now = Instant::now();
        if now > due + grid.period / 2 {
            let reached = grid.block(now);
            late.lock().unwrap_or_else(PoisonError::into_inner).extend(grid.block(due)..=reached);
            wake = reached * WAKES;
        }
        wake += 1;
    }
}

/// Keeps the calling thread on a core, above audio threads. Where that is not allowed, they have no priority either.
fn stay_on(core: usize) {
    let mut only = CpuSet::new();
    only.set(core);
    if let Err(error) = sched_setaffinity(None, &only) {
        eprintln!("the control loop does not stay on core {core}: {error}");
    }
    let thread = gettid().as_raw_nonzero().to_string();
    let _ = Command::new("chrt").args(["--fifo", "--pid", PRIORITY, &thread]).status();
}

impl Drop for ControlLoop {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
