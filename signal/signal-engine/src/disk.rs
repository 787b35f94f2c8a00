//! The disk thread: keeps what is about to be played in memory, and the control thread's hold on it.
//!
//! 1. [`Disk::content`] opens the files of a player's regions. A file that can't be played is silence and a line in the log;
//!    [`Disk::reappeared`] says when one can.
//! 2. [`Disk::follow`] tells the thread what the graph plays now.
//! 3. [`Disk::prefetch`] tells it where play will start, and calls back once the sound there is in memory.
//!
//! The cache and its files are `signal_nodes::sound`'s; the thread shares no lock with anybody.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use signal_graph::{AudioRegion, NodeId, RegionId};
use signal_nodes::sound::{DiskLate, Library, PcmFile, ReadAhead, SoundContent};

/// How far ahead of the playhead sound is in memory: slow disks stall for half a second.
const AHEAD_SECONDS: f64 = 1.25;
/// What must be in memory where play starts.
const READY_SECONDS: f64 = 0.25;
/// Between two looks at the playhead; short beside what is ahead.
const INTERVAL: Duration = Duration::from_millis(20);
/// Between two lines about a disk that fails.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(5);
/// Orders under way: each is an edit or a locate by hand.
const ORDERS: usize = 1024;

/// Called on the disk thread once what was asked for is in memory, or can't be.
pub type Ready = Box<dyn FnOnce() + Send>;

enum Order {
    Follow { read_ahead: ReadAhead, loop_range: Option<(i64, i64)> },
    Prefetch { position: i64, ready: Ready },
}

/// The handle; dropping it ends the thread. `[control]`
pub struct Disk {
    orders: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<()>>,
    library: Library,
    sample_rate: u32,
    late: Arc<DiskLate>,
    /// Of `late`, what the log knows.
    reported: u64,
    /// Files that could not be opened, and the regions that wait for them.
    missing: BTreeMap<PathBuf, Vec<RegionId>>,
}

impl Disk {
    /// Starts the thread. It reads ahead of `playhead`, a song position; players count in `late` where it did not succeed.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn start(sample_rate: u32, playhead: Arc<AtomicI64>, late: Arc<DiskLate>) -> io::Result<Self> {
        let (orders, incoming) = std::sync::mpsc::sync_channel(ORDERS);
        let reader = Reader::new(sample_rate, playhead);
        let thread = std::thread::Builder::new().name("disk".into()).spawn(move || reader.run(&incoming))?;
        Ok(Self {
            orders: Some(orders),
            thread: Some(thread),
            library: Library::new(sample_rate),
            sample_rate,
            late,
            reported: 0,
            missing: BTreeMap::new(),
        })
    }

    /// What a player plays from now on. Regions whose file can't be opened are left out.
    pub fn content(&mut self, player: NodeId, regions: &[&AudioRegion]) -> SoundContent {
        for waiting in self.missing.values_mut() {
            waiting.retain(|id| !regions.iter().any(|region| region.id == *id));
        }
        let mut playable = regions.to_vec();
        let content = loop {
            match self.library.content(player, &playable) {
                Ok(content) => break content,
                Err((path, error)) => {
                    let (silent, rest): (Vec<_>, Vec<_>) =
                        playable.into_iter().partition(|region| region.path == path);
                    playable = rest;
                    if !self.missing.contains_key(&path) {
                        tracing::warn!("{}: {error}; silence is played in its place", path.display());
                    }
                    self.missing.entry(path).or_default().extend(silent.iter().map(|region| region.id));
                }
            }
        };
        self.missing.retain(|_, waiting| !waiting.is_empty());
        content
    }

    /// Regions whose file could not be opened and can now. To be asked now and then; each is told once.
    pub fn reappeared(&mut self) -> Vec<RegionId> {
        let rate = self.sample_rate;
        let found: Vec<PathBuf> =
            self.missing.keys().filter(|path| PcmFile::open(path, rate).is_ok()).cloned().collect();
        found.iter().filter_map(|path| self.missing.remove(path)).flatten().collect()
    }

    /// Says in the log when players had to be silent. To be called now and then.
    pub fn report_late(&mut self) {
        let late = self.late.count();
        if late > self.reported {
            tracing::warn!("the disk was too slow: players were silent in {} blocks", late - self.reported);
            self.reported = late;
        }
    }

    /// The graph has changed: its players are those that `is_there` knows, and its loop is `loop_range`.
    pub fn follow(&mut self, is_there: impl Fn(NodeId) -> bool, loop_range: Option<(i64, i64)>) {
        self.library.retain(is_there);
        self.send(Order::Follow { read_ahead: self.library.read_ahead(), loop_range });
    }

    /// Play is about to start at `position`: calls `ready` once the first quarter second is in memory, or can't be.
    pub fn prefetch(&self, position: i64, ready: Ready) {
        self.send(Order::Prefetch { position, ready });
    }

    fn send(&self, order: Order) {
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the thread knows.
struct Reader {
    playhead: Arc<AtomicI64>,
    read_ahead: ReadAhead,
    loop_range: Option<(i64, i64)>,
    /// Where play began last, or will.
    start: i64,
    /// In samples.
    ahead: i64,
    ready: i64,
    complained: Option<Instant>,
}

impl Reader {
    fn new(sample_rate: u32, playhead: Arc<AtomicI64>) -> Self {
        let samples = |seconds: f64| (seconds * f64::from(sample_rate)) as i64;
        Self {
            start: playhead.load(Ordering::Relaxed),
            playhead,
            read_ahead: ReadAhead::default(),
            loop_range: None,
            ahead: samples(AHEAD_SECONDS),
            ready: samples(READY_SECONDS),
            complained: None,
        }
    }

    fn run(mut self, orders: &Receiver<Order>) {
        loop {
            match orders.recv_timeout(INTERVAL) {
                Ok(Order::Follow { read_ahead, loop_range }) => {
                    self.read_ahead = read_ahead;
                    self.loop_range = loop_range;
                }
                Ok(Order::Prefetch { position, ready }) => {
                    self.start = position;
                    self.read(&[(position, position.saturating_add(self.ready))]);
                    ready();
                }
                Err(RecvTimeoutError::Timeout) => {
                    let playhead = self.playhead.load(Ordering::Relaxed);
                    self.read(&stretches(playhead, self.ahead, self.loop_range, &[self.start, 0]));
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn read(&mut self, stretches: &[(i64, i64)]) {
        let Err(error) = self.read_ahead.run(stretches) else { return };
        if self.complained.is_none_or(|before| before.elapsed() > COMPLAINT_INTERVAL) {
            self.complained = Some(Instant::now());
            tracing::warn!("sound can't be read from disk and is silent: {error}");
        }
    }
}

/// The stretches of the song that will be heard next, the most urgent first: from the playhead, around the loop if there is
/// one; then from the places where play may begin at any moment.
fn stretches(playhead: i64, ahead: i64, loop_range: Option<(i64, i64)>, starts: &[i64]) -> Vec<(i64, i64)> {
    let mut stretches = Vec::with_capacity(2 + starts.len());
    match loop_range {
        Some((start, end)) if playhead < end => {
            stretches.push((playhead, end.min(playhead.saturating_add(ahead))));
            stretches.push((start, end.min(start.saturating_add(ahead))));
        }
        _ => stretches.push((playhead, playhead.saturating_add(ahead))),
    }
    stretches.extend(starts.iter().map(|start| (*start, start.saturating_add(ahead))));
    stretches
}

#[cfg(test)]
mod tests;
