//! The disk thread and the control thread's hold on it.
//!
//! The thread works in passes: which slots are about to be played, which of them are empty, read the most urgent few. It
//! shares no lock with anybody; an order waits at most for a pass.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::cached_sound::{CHUNK_FRAMES, CachedSound, Chunk};
use super::pcm_file::PcmFile;
use super::window::{RegionSpan, slots, windows};

/// How far ahead of the playhead sound is in memory: slow disks stall for half a second.
const AHEAD_SECONDS: f64 = 1.5;
/// What must be in memory where play starts.
const READY_SECONDS: f64 = 0.25;
/// Pause between passes with nothing to read; short beside what is ahead.
const IDLE: Duration = Duration::from_millis(20);
/// Slots read before orders are looked at again: 1 MiB.
const READS_A_PASS: usize = 16;
/// Slots in memory beyond those that are wanted: 256 MiB.
const SLOTS_KEPT: usize = 4096;
/// Open files at once; the usual limit of a process is 1024.
const OPEN_FILES: usize = 128;
/// How often a file that can't be opened is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// Longest file, in frames: a day at 48 kHz. Its slots take 8 MiB.
const LONGEST_FRAMES: u64 = 1 << 32;
/// Orders under way: each is an edit or a locate by hand.
const ORDERS: usize = 1024;

/// Called on the disk thread once what was asked for is in memory.
pub type Ready = Box<dyn FnOnce() + Send>;

enum Order {
    Regions { regions: Vec<RegionSpan>, loop_range: Option<(i64, i64)> },
    Prefetch { position: i64, ready: Ready },
}

/// The disk thread's handle; dropping it ends the thread. `[control]`
pub struct Disk {
    orders: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<()>>,
    sounds: BTreeMap<PathBuf, Weak<CachedSound>>,
}

impl Disk {
    /// Starts the thread. It reads ahead of `playhead`, a song position.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn start(sample_rate: u32, playhead: Arc<AtomicI64>) -> io::Result<Self> {
        let (orders, incoming) = std::sync::mpsc::sync_channel(ORDERS);
        let reader = Reader::new(sample_rate, playhead);
        let thread = std::thread::Builder::new().name("disk".into()).spawn(move || reader.run(&incoming))?;
        Ok(Self { orders: Some(orders), thread: Some(thread), sounds: BTreeMap::new() })
    }

    /// The sound of a file; the same one for every region that plays it.
    pub fn sound(&mut self, path: &Path) -> Arc<CachedSound> {
        if let Some(sound) = self.sounds.get(path).and_then(Weak::upgrade) {
            return sound;
        }
        let sound = Arc::new(CachedSound::new(path.into()));
        self.sounds.insert(path.into(), Arc::downgrade(&sound));
        sound
    }

    /// Says what the song plays where, all of it.
    pub fn set_regions(&mut self, regions: Vec<RegionSpan>, loop_range: Option<(i64, i64)>) {
        self.sounds.retain(|_, sound| sound.strong_count() > 0);
        self.send(Order::Regions { regions, loop_range });
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
    sample_rate: u32,
    playhead: Arc<AtomicI64>,
    regions: Vec<RegionSpan>,
    loop_range: Option<(i64, i64)>,
    /// Where play began last, and where it will.
    last_start: i64,
    waiting: Option<Ready>,
    files: BTreeMap<PathBuf, PcmFile>,
    /// When files that could not be opened are tried again.
    retries: BTreeMap<PathBuf, Instant>,
    /// Filled slots, and the pass that wanted them last.
    filled: BTreeMap<Slot, (Weak<CachedSound>, u64)>,
    spare: Vec<Chunk>,
    pass: u64,
}

/// A slot by its sound's address and its number.
type Slot = (usize, usize);

fn slot_of(sound: &Arc<CachedSound>, slot: usize) -> Slot {
    (Arc::as_ptr(sound) as usize, slot)
}

impl Reader {
    fn new(sample_rate: u32, playhead: Arc<AtomicI64>) -> Self {
        Self {
            sample_rate,
            last_start: playhead.load(Ordering::Relaxed),
            playhead,
            regions: Vec::new(),
            loop_range: None,
            waiting: None,
            files: BTreeMap::new(),
            retries: BTreeMap::new(),
            filled: BTreeMap::new(),
            spare: Vec::new(),
            pass: 0,
        }
    }

    fn run(mut self, orders: &Receiver<Order>) {
        let mut idle = true;
        loop {
            match orders.recv_timeout(if idle { IDLE } else { Duration::ZERO }) {
                Ok(order) => {
                    self.obey(order);
                    idle = false;
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            idle = self.pass();
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Regions { regions, loop_range } => {
                self.report_missed();
                self.regions = regions;
                self.loop_range = loop_range;
                self.filled.retain(|_, (sound, _)| sound.strong_count() > 0);
                let used: std::collections::BTreeSet<&Path> =
                    self.regions.iter().map(|region| region.sound.path()).collect();
                self.files.retain(|path, _| used.contains(path.as_path()));
                self.retries.retain(|path, _| used.contains(path.as_path()));
            }
            Order::Prefetch { position, ready } => {
                self.last_start = position;
                // Who waited for another place does not wait any longer.
                if let Some(ready) = self.waiting.replace(ready) {
                    ready();
                }
            }
        }
    }

    fn seconds(&self, seconds: f64) -> i64 {
        (seconds * f64::from(self.sample_rate)) as i64
    }

    /// Reads what is most urgent. True: nothing is left to read.
    fn pass(&mut self) -> bool {
        self.pass += 1;
        let ready = self.seconds(READY_SECONDS);
        if self.waiting.is_some() {
            let first = windows(self.last_start, ready, self.loop_range, &[]);
            if !self.read(&first) {
                return false;
            }
            if let Some(ready) = self.waiting.take() {
                ready();
            }
        }
        let playhead = self.playhead.load(Ordering::Relaxed);
        let ahead = self.seconds(AHEAD_SECONDS);
        let done = self.read(&windows(playhead, ahead, self.loop_range, &[self.last_start, 0]));
        self.free();
        self.report_missed();
        done
    }

    /// Fills empty slots of these windows, in their order. True: none is left.
    fn read(&mut self, windows: &[std::ops::Range<i64>]) -> bool {
        let mut reads = 0;
        let regions = std::mem::take(&mut self.regions);
        let plays = windows.iter().flat_map(|window| regions.iter().map(move |region| (region, window)));
        let mut done = true;
        'reading: for (region, window) in plays {
            let wanted = slots(region, window);
            if wanted.is_empty() || !self.find(&region.sound) {
                continue;
            }
            let end = region.sound.frames().unwrap_or(0).div_ceil(CHUNK_FRAMES as u64) as usize;
            for slot in wanted.start..wanted.end.min(end) {
                if self.want(&region.sound, slot) {
                    continue;
                }
                if reads == READS_A_PASS {
                    done = false;
                    break 'reading;
                }
                self.fill(&region.sound, slot);
                reads += 1;
            }
        }
        self.regions = regions;
        done
    }

    /// Notes that a slot is wanted. True: it is filled already.
    fn want(&mut self, sound: &Arc<CachedSound>, slot: usize) -> bool {
        match self.filled.get_mut(&slot_of(sound, slot)) {
            Some((filled, pass)) if filled.ptr_eq(&Arc::downgrade(sound)) => {
                *pass = self.pass;
                true
            }
            _ => false,
        }
    }

    /// Finds a sound's file and its length, once. False: it can't be played for now.
    fn find(&mut self, sound: &Arc<CachedSound>) -> bool {
        let path = sound.path();
        if sound.frames().is_some() {
            return true;
        }
        if self.retries.get(path).is_some_and(|again| Instant::now() < *again) {
            return false;
        }
        let told = self.retries.insert(path.into(), Instant::now() + RETRY).is_some();
        match PcmFile::open(path, self.sample_rate) {
            Ok(file) if file.frames() <= LONGEST_FRAMES => {
                if let Some(fault) = file.fault() {
                    tracing::warn!("{} {fault}: the rest is silence", path.display());
                }
                sound.set_frames(file.frames());
                self.retries.remove(path);
                self.keep_open(path, file);
                true
            }
            Ok(_) => {
                tracing::warn!("{} is longer than a day: it is not played", path.display());
                sound.set_frames(0);
                true
            }
            Err(error) => {
                if !told {
                    tracing::warn!("{} {error}: silence is played in its place", path.display());
                }
                false
            }
        }
    }

    fn keep_open(&mut self, path: &Path, file: PcmFile) {
        if self.files.len() >= OPEN_FILES {
            self.files.pop_first();
        }
        self.files.insert(path.into(), file);
    }

    /// Reads a slot. One that can't be read is filled with silence: trying again for each block would stop all others.
    fn fill(&mut self, sound: &Arc<CachedSound>, slot: usize) {
        let mut chunk = self.spare.pop().unwrap_or_else(Chunk::new);
        let path = sound.path();
        if !self.files.contains_key(path)
            && let Ok(file) = PcmFile::open(path, self.sample_rate)
        {
            self.keep_open(path, file);
        }
        let start = (slot * CHUNK_FRAMES) as i64;
        let read = match self.files.get(path) {
            Some(file) => {
                file.read(start, &mut chunk.left, &mut chunk.right).map_err(|error| error.to_string())
            }
            None => {
                chunk.left.fill(0.0);
                chunk.right.fill(0.0);
                Err("is gone".to_owned())
            }
        };
        if let Err(error) = read {
            tracing::warn!("{} {error}: silence from frame {start} on", path.display());
        }
        match sound.put(slot, Some(chunk)) {
            None => drop(self.filled.insert(slot_of(sound, slot), (Arc::downgrade(sound), self.pass))),
            // The empty slot is being read this moment: the next pass fills it.
            Some(chunk) => self.spare.push(chunk),
        }
    }

    /// Empties the slots that were not wanted for longest, beyond those that may stay.
    fn free(&mut self) {
        let excess = self.filled.len().saturating_sub(SLOTS_KEPT);
        if excess == 0 {
            return;
        }
        let unwanted = self.filled.iter().filter(|(_, (_, pass))| *pass < self.pass);
        let mut unwanted: Vec<(u64, Slot)> = unwanted.map(|(slot, (_, pass))| (*pass, *slot)).collect();
        unwanted.sort_unstable();
        for (_, slot) in unwanted.into_iter().take(excess) {
            let Some(sound) = self.filled.get(&slot).and_then(|(sound, _)| sound.upgrade()) else { continue };
            // One that is being read stays for another pass.
            if let Some(chunk) = sound.put(slot.1, None) {
                self.filled.remove(&slot);
                self.spare.push(chunk);
            }
        }
        self.spare.truncate(READS_A_PASS);
    }

    fn report_missed(&self) {
        for region in &self.regions {
            let missed = region.sound.take_missed_frames();
            if missed > 0 {
                tracing::warn!(
                    "{}: the disk was too slow for {missed} frames, which were silent",
                    region.sound.path().display()
                );
            }
        }
    }
}

#[cfg(test)]
mod tests;
