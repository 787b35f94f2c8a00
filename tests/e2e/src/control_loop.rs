//! The control loop: a thread that does nothing but wake for each block, at the priority of an audio thread. A late block
//! of Signal's counts against Loophole only where this one was on time.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// What clients of the test's JACK server have, and Signal's own device.
const PRIORITY: &str = "80";

/// Runs until it is dropped.
pub struct ControlLoop {
    late: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl ControlLoop {
    /// Wakes for each block of `frames` at `rate` hertz. Late is what wakes over half a block after its time.
    #[must_use]
    pub fn start(rate: u32, frames: u32) -> Self {
        let (late, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let period = Duration::from_nanos(u64::from(frames) * 1_000_000_000 / u64::from(rate));
        let (counted, stopped) = (Arc::clone(&late), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            raise();
            let mut due = Instant::now() + period;
            while !stopped.load(Ordering::Relaxed) {
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let now = Instant::now();
                if now > due + period / 2 {
                    counted.fetch_add(1 + blocks(now - due, period), Ordering::Relaxed);
                    due = now;
                }
                due += period;
            }
        });
        Self { late, stop, thread: Some(thread) }
    }

    /// Blocks it was late for, since it started.
    #[must_use]
    pub fn late_blocks(&self) -> u64 {
        self.late.load(Ordering::Relaxed)
    }
}

/// Gives the calling thread the priority of audio threads. Where that is not allowed, they do not have it either.
fn raise() {
    let thread = rustix::thread::gettid().as_raw_nonzero().to_string();
    let _ = Command::new("chrt").args(["--fifo", "--pid", PRIORITY, &thread]).status();
}

/// Whole blocks that passed meanwhile.
fn blocks(passed: Duration, period: Duration) -> u64 {
    (passed.as_nanos() / period.as_nanos().max(1)) as u64
}

impl Drop for ControlLoop {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
