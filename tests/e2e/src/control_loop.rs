//! The control loop: threads that do nothing but wake in each block, one on every core, above the priority of audio
//! threads. A late block of Signal's counts against Loophole only where all of these were on time.
//!
//! One a core, since the machine stands still on one core at a time, and a thread on the other one knows nothing of it.
//! Eight times a block, since what begins between two wakes and ends before the second goes unseen. Each wakes another once
//! a block, as a sound server that was woken by its timer wakes its client: twice a third of a block makes that one late.
//! Above audio threads, so that none of those can delay it and so be excused by it
//! (chorus/decisions/0010-judge-late-blocks-by-a-loop-on-every-core.md).

use std::{
    collections::BTreeSet,
    process::Command,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{JoinHandle, Thread},
    time::{Duration, Instant},
};

use rustix::thread::{CpuSet, gettid, sched_getaffinity, sched_setaffinity};

/// Wakes in a block: whatever stands still for five eighths of one is seen.
const WAKES: u64 = 8;
/// Above jackd's own thread, which tests run at 85, and all that it wakes.
const PRIORITY: &str = "90";

/// Runs until it is dropped.
pub struct ControlLoop {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What all threads know.
struct Shared {
    grid: Grid,
    /// Blocks for which any of them was late.
    late: Mutex<BTreeSet<u64>>,
    stop: AtomicBool,
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
        let shared = Arc::new(Shared { grid, late: Mutex::default(), stop: AtomicBool::new(false) });
        let mut control = Self { shared: Arc::clone(&shared), threads: Vec::new() };
        let allowed = sched_getaffinity(None)?;
        let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
        for (&core, &next) in cores.iter().zip(cores.iter().cycle().skip(1)) {
            let (theirs, due) = (Arc::clone(&shared), Arc::new(AtomicU64::new(0)));
            let told = Arc::clone(&due);
            let client = std::thread::spawn(move || {
                stay_on(next);
                theirs.wake_when_told(&told);
            });
            let (theirs, woken) = (Arc::clone(&shared), client.thread().clone());
            control.threads.push(client);
            control.threads.push(std::thread::spawn(move || {
                stay_on(core);
                theirs.wake_by_the_clock(&woken, &due);
            }));
        }
        Ok(control)
    }

    /// Blocks for which any of its threads was late, between two moments.
    #[must_use]
    pub fn late_between(&self, from: Instant, to: Instant) -> u64 {
        let Shared { grid, late, .. } = &*self.shared;
        let blocks = grid.block(from)..grid.block(to);
        late.lock().unwrap_or_else(PoisonError::into_inner).range(blocks).count() as u64
    }

    /// Blocks for which any of its threads was late, since it started.
    #[must_use]
    pub fn late_blocks(&self) -> u64 {
        self.late_between(self.shared.grid.zero, Instant::now())
    }
}

impl Shared {
    fn ends(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// To be called by who wakes for a wake. The block that it woke in, if that is too late.
    fn woke(&self, wake: u64) -> Option<u64> {
        let (due, now) = (self.grid.due(wake), Instant::now());
        if now <= due + self.grid.period / 2 {
            return None;
        }
        let reached = self.grid.block(now);
        let blocks = self.grid.block(due)..=reached;
        self.late.lock().unwrap_or_else(PoisonError::into_inner).extend(blocks);
        Some(reached)
    }

    /// The server's part: once a block it tells `client` which wake is `told`.
    fn wake_by_the_clock(&self, client: &Thread, told: &AtomicU64) {
        let mut wake = 1;
        while !self.ends() {
            std::thread::sleep(self.grid.due(wake).saturating_duration_since(Instant::now()));
            if wake % WAKES == 0 {
                told.store(wake, Ordering::Release);
                client.unpark();
            }
            if let Some(reached) = self.woke(wake) {
                wake = reached * WAKES;
            }
            wake += 1;
        }
        client.unpark();
    }

    /// The client's part.
    fn wake_when_told(&self, told: &AtomicU64) {
        let mut last = 0;
        while !self.ends() {
            std::thread::park();
            let wake = told.load(Ordering::Acquire);
            if wake != last {
                self.woke(wake);
                last = wake;
            }
        }
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
        self.shared.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
