//! A sound of which some stretches are in memory.
//!
//! | who | does what | waits |
//! |---|---|---|
//! | audio threads | copy frames out of the slots that are filled | never |
//! | disk thread | fills and empties slots | never: a slot being read is left for later |
//!
//! Each slot is a cell of its own, so that the two meet only where the disk thread frees what is being played, which the
//! windows of `reader` rule out but for a locate. It opens no file.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use signal_graph::StereoMut;
use signal_nodes::SoundSource;
use signal_rt::BorrowCell;

/// Frames of a slot: 170 ms at 48 kHz, 64 KiB. Small beside the read-ahead, large beside the cost of a read.
pub const CHUNK_FRAMES: usize = 8192;

/// A stretch of sound in memory.
#[derive(Debug)]
pub struct Chunk {
    /// `CHUNK_FRAMES` samples.
    pub left: Box<[f32]>,
    /// `CHUNK_FRAMES` samples.
    pub right: Box<[f32]>,
}

impl Chunk {
    /// Silence.
    pub fn new() -> Self {
        let channel = || vec![0.0; CHUNK_FRAMES].into_boxed_slice();
        Self { left: channel(), right: channel() }
    }
}

/// A sound shared by the regions that play it.
#[derive(Debug)]
pub struct CachedSound {
    path: PathBuf,
    /// Set once the file was found.
    table: OnceLock<Table>,
    missed_frames: AtomicU64,
}

#[derive(Debug)]
struct Table {
    frames: u64,
    slots: Box<[BorrowCell<Option<Chunk>>]>,
}

impl CachedSound {
    /// A sound that is silent until its file is found.
    pub fn new(path: PathBuf) -> Self {
        Self { path, table: OnceLock::new(), missed_frames: AtomicU64::new(0) }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file was found: makes room for its slots. `[disk]`
    pub fn set_frames(&self, frames: u64) {
        let count = usize::try_from(frames.div_ceil(CHUNK_FRAMES as u64)).unwrap_or(0);
        let slots = (0..count).map(|_| BorrowCell::new(None)).collect();
        let _ = self.table.set(Table { frames, slots });
    }

    /// Frames of the file; `None` until it was found.
    pub fn frames(&self) -> Option<u64> {
        Some(self.table.get()?.frames)
    }

    /// Whether a slot is filled. `[disk]`
    pub fn holds(&self, slot: usize) -> bool {
        let cell = self.table.get().and_then(|table| table.slots.get(slot));
        cell.and_then(BorrowCell::try_borrow).is_some_and(|chunk| chunk.is_some())
    }

    /// Fills a slot, or empties it. Gives back what does not stay: what was there, or, while the slot is being read, the
    /// chunk itself. `[disk]`
    pub fn put(&self, slot: usize, chunk: Option<Chunk>) -> Option<Chunk> {
        let cell = self.table.get().and_then(|table| table.slots.get(slot));
        match cell.and_then(BorrowCell::try_borrow_mut) {
            Some(mut place) => std::mem::replace(&mut place, chunk),
            None => chunk,
        }
    }

    /// Frames that were to be played and not in memory since the last call. `[disk]`
    pub fn take_missed_frames(&self) -> u64 {
        self.missed_frames.swap(0, Ordering::Relaxed)
    }
}

impl SoundSource for CachedSound {
    fn read(&self, start: i64, output: StereoMut<'_>) {
        let StereoMut { left, right } = output;
        let Some(table) = self.table.get() else {
            left.fill(0.0);
            right.fill(0.0);
            return;
        };
        let skip = start.min(0).unsigned_abs().min(left.len() as u64) as usize;
        left[..skip].fill(0.0);
        right[..skip].fill(0.0);
        let mut done = skip;
        let mut frame = start.max(0) as u64;
        while done < left.len() {
            if frame >= table.frames {
                left[done..].fill(0.0);
                right[done..].fill(0.0);
                return;
            }
            let within = (frame % CHUNK_FRAMES as u64) as usize;
            let until_end = usize::try_from(table.frames - frame).unwrap_or(usize::MAX);
            let count = (left.len() - done).min(CHUNK_FRAMES - within).min(until_end);
            let (left, right) = (&mut left[done..done + count], &mut right[done..done + count]);
            let slot = table.slots[(frame / CHUNK_FRAMES as u64) as usize].try_borrow();
            if let Some(chunk) = slot.as_ref().and_then(|slot| slot.as_ref()) {
                left.copy_from_slice(&chunk.left[within..within + count]);
                right.copy_from_slice(&chunk.right[within..within + count]);
            } else {
                left.fill(0.0);
                right.fill(0.0);
                self.missed_frames.fetch_add(count as u64, Ordering::Relaxed);
            }
            done += count;
            frame += count as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(from: usize) -> Chunk {
        let mut chunk = Chunk::new();
        for (index, (left, right)) in chunk.left.iter_mut().zip(&mut chunk.right).enumerate() {
            (*left, *right) = ((from + index) as f32, -((from + index) as f32));
        }
        chunk
    }

    fn read(sound: &CachedSound, start: i64, frames: usize) -> Vec<f32> {
        let (mut left, mut right) = (vec![9.0; frames], vec![9.0; frames]);
        sound.read(start, StereoMut { left: &mut left, right: &mut right });
        assert!(left.iter().zip(&right).all(|(left, right)| *left == -right));
        left
    }

    #[test]
    fn frames_come_from_the_slots_and_what_is_not_there_is_counted() {
        let sound = CachedSound::new("/a.pcm".into());
        assert_eq!(read(&sound, 0, 2), [0.0, 0.0]);
        assert_eq!(sound.take_missed_frames(), 0, "a file that is not found is another fault");
        sound.set_frames(CHUNK_FRAMES as u64 + 2);
        assert!(sound.put(0, Some(ramp(0))).is_none());
        let edge = CHUNK_FRAMES as i64 - 1;
        assert_eq!(read(&sound, edge, 4), [edge as f32, 0.0, 0.0, 0.0]);
        assert_eq!(sound.take_missed_frames(), 2, "past the end nothing is missing");
        assert!(sound.put(1, Some(ramp(CHUNK_FRAMES))).is_none());
        let edge_sample = edge as f32;
        assert_eq!(read(&sound, edge, 4), [edge_sample, edge_sample + 1.0, edge_sample + 2.0, 0.0]);
        assert_eq!(read(&sound, -1, 3), [0.0, 0.0, 1.0]);
        assert_eq!(read(&sound, i64::MIN, 2), [0.0, 0.0]);
        assert_eq!(read(&sound, i64::MAX, 2), [0.0, 0.0]);
        assert_eq!(sound.take_missed_frames(), 0);
    }

    #[test]
    fn slots_outside_the_sound_take_nothing() {
        let sound = CachedSound::new("/a.pcm".into());
        assert!(sound.put(0, Some(Chunk::new())).is_some());
        sound.set_frames(1);
        assert!(sound.put(1, Some(Chunk::new())).is_some());
        assert!(sound.put(0, Some(Chunk::new())).is_none());
        assert!(sound.holds(0));
        assert!(sound.put(0, None).is_some());
        assert!(!sound.holds(0));
    }
}
