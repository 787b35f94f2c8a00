//! Threads that share the steps of a stage: the caller works too, and returns when the last step is done.
//!
//! Workers look for a new job for a short while and then sleep; a crew without work costs nothing. Which thread takes which
//! index is open, so a job must give the same result in any order.
//!
//! One word holds the state, so that claiming an index also proves that the job it belongs to is still the current one:
//!
//! | bits | meaning |
//! |---|---|
//! | 32–63 | generation: grows by one with each job |
//! | 0–31 | steps of the job nobody has claimed yet |
#![allow(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};
use std::thread::{JoinHandle, Thread};

/// More threads than any machine this runs on has cores for.
pub const MAX_THREADS: usize = 64;

/// Looks at the state before a worker sleeps: some tens of microseconds, less than a sleep and a wake cost.
const SPINS: u32 = 4000;

/// Claims a thread makes of a job, about: fewer would leave others waiting for a long step, more would have the threads
/// fight for the word.
const CLAIMS_A_THREAD: u32 = 4;

struct Job<'a> {
    run: &'a (dyn Fn(usize) + Sync),
    count: u32,
}

#[derive(Debug)]
struct Board {
    state: AtomicU64,
    job: AtomicPtr<()>,
    done: AtomicU32,
    panicked: AtomicBool,
    quit: AtomicBool,
    asleep: Box<[AtomicBool]>,
}

/// Workers that help the thread which owns them.
#[derive(Debug)]
pub struct Crew {
    board: Arc<Board>,
    workers: Vec<JoinHandle<()>>,
    handles: Vec<Thread>,
}

impl Crew {
    /// [control] A crew of `threads` threads, the caller among them; 1 starts none. At most [`MAX_THREADS`].
    #[must_use]
    pub fn new(threads: usize) -> Self {
        let extra = threads.clamp(1, MAX_THREADS) - 1;
        let board = Arc::new(Board {
            state: AtomicU64::new(0),
            job: AtomicPtr::new(std::ptr::null_mut()),
            done: AtomicU32::new(0),
            panicked: AtomicBool::new(false),
            quit: AtomicBool::new(false),
            asleep: (0..extra).map(|_| AtomicBool::new(false)).collect(),
        });
        let workers: Vec<_> = (0..extra)
            .map(|index| {
                let board = Arc::clone(&board);
                std::thread::spawn(move || work(&board, index))
            })
            .collect();
        let handles = workers.iter().map(|worker| worker.thread().clone()).collect();
        Self { board, workers, handles }
    }

    /// [any] Whether the caller works alone.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.workers.is_empty()
    }

    /// [audio] Calls `run` once with each index below `count`, on any of the threads, and returns when all calls have.
    ///
    /// # Panics
    /// When a call panicked, after all the others returned.
    pub fn run(&mut self, count: usize, run: &(dyn Fn(usize) + Sync)) {
        if self.workers.is_empty() || count < 2 {
            (0..count).for_each(run);
            return;
        }
        let count = u32::try_from(count).expect("a stage has fewer steps than 2^32");
        let job = Job { run, count };
        let generation = self.publish(&job);
        while let Some(left) = claim(&self.board, generation) {
            call(&self.board, &job, left);
        }
        let mut spins = 0_u32;
        while self.board.done.load(Ordering::Acquire) < count {
            spins += 1;
            if spins < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        assert!(!self.board.panicked.load(Ordering::Relaxed), "a step panicked");
    }

    fn publish(&self, job: &Job<'_>) -> u32 {
        let board = &self.board;
        board.done.store(0, Ordering::Relaxed);
        board.job.store(std::ptr::from_ref(job).cast_mut().cast(), Ordering::Relaxed);
        let generation = ((board.state.load(Ordering::Relaxed) >> 32) as u32).wrapping_add(1);
        board.state.store(u64::from(generation) << 32 | u64::from(job.count), Ordering::SeqCst);
        let wanted = (job.count as usize - 1).min(self.handles.len());
        for (asleep, handle) in board.asleep.iter().zip(&self.handles).take(wanted) {
            if asleep.swap(false, Ordering::SeqCst) {
                handle.unpark();
            }
        }
        generation
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.board.quit.store(true, Ordering::SeqCst);
        for handle in &self.handles {
            handle.unpark();
        }
        for worker in self.workers.drain(..) {
            // A worker catches panics of steps, so joining cannot fail.
            let _ = worker.join();
        }
    }
}

/// How many steps were left before the claim, at least 1; [`share`] says how many of them it took.
fn claim(board: &Board, generation: u32) -> Option<u32> {
    let mut state = board.state.load(Ordering::Acquire);
    loop {
        let left = state as u32;
        if (state >> 32) as u32 != generation || left == 0 {
            return None;
        }
        let next = state - u64::from(share(board, left));
        match board.state.compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return Some(left),
            Err(now) => state = now,
        }
    }
}

/// Steps of one claim: a part of what is left, so that the last ones are small and all threads end together.
fn share(board: &Board, left: u32) -> u32 {
    let threads = board.asleep.len() as u32 + 1;
    (left / (CLAIMS_A_THREAD * threads)).max(1)
}

/// Calls the steps of one claim. One that panics leaves out none of the others.
fn call(board: &Board, job: &Job<'_>, left: u32) {
    let first = job.count - left;
    let share = share(board, left);
    for index in first..first + share {
        let step = || (job.run)(index as usize);
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(step)).is_err() {
            board.panicked.store(true, Ordering::Relaxed);
        }
    }
    board.done.fetch_add(share, Ordering::Release);
}

fn work(board: &Board, own: usize) {
    let mut seen = 0_u32;
    while let Some(generation) = wait_for_job(board, own, seen) {
        seen = generation;
        let pointer = board.job.load(Ordering::Relaxed);
        while let Some(left) = claim(board, generation) {
            // SAFETY: the claim succeeded for `generation`, so that job has an unfinished index and its owner is still
            // inside `run`, which keeps the job alive. The pointer is that job's: it was read after the generation was
            // seen, and a later job is written only after this claim's steps are done.
            let job = unsafe { &*pointer.cast::<Job<'_>>() };
            call(board, job, left);
        }
    }
}

fn wait_for_job(board: &Board, own: usize, seen: u32) -> Option<u32> {
    let mut spins = 0;
    loop {
        if board.quit.load(Ordering::Relaxed) {
            return None;
        }
        let generation = (board.state.load(Ordering::Acquire) >> 32) as u32;
        if generation != seen {
            return Some(generation);
        }
        spins += 1;
        if spins < SPINS {
            std::hint::spin_loop();
            continue;
        }
        board.asleep[own].store(true, Ordering::SeqCst);
        let unchanged = (board.state.load(Ordering::SeqCst) >> 32) as u32 == seen;
        if unchanged && !board.quit.load(Ordering::SeqCst) {
            std::thread::park();
        }
        board.asleep[own].store(false, Ordering::SeqCst);
        spins = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::Crew;

    #[test]
    fn every_index_is_run_exactly_once_whatever_the_number_of_threads() {
        for threads in [1, 2, 5] {
            let mut crew = Crew::new(threads);
            for count in [0, 1, 2, 7, 100] {
                for _ in 0..200 {
                    let hits: Vec<AtomicU32> = (0..count).map(|_| AtomicU32::new(0)).collect();
                    crew.run(count, &|index| {
                        hits[index].fetch_add(1, Ordering::Relaxed);
                    });
                    assert!(hits.iter().all(|hit| hit.load(Ordering::Relaxed) == 1));
                }
            }
        }
    }

    #[test]
    fn a_crew_that_slept_works_again() {
        let mut crew = Crew::new(3);
        for _ in 0..20 {
            let sum = AtomicU32::new(0);
            crew.run(10, &|index| {
                sum.fetch_add(index as u32, Ordering::Relaxed);
            });
            assert_eq!(sum.into_inner(), 45);
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    #[test]
    fn a_panicking_step_reaches_the_caller_and_stops_no_other() {
        let mut crew = Crew::new(2);
        let ran = AtomicU32::new(0);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            crew.run(8, &|index| {
                ran.fetch_add(1, Ordering::Relaxed);
                assert_ne!(index, 3);
            });
        }));
        assert!(outcome.is_err());
        assert_eq!(ran.into_inner(), 8);
    }
}
