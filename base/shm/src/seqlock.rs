//! A record of one writer and any number of readers in shared memory, never seen half-written.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 4 | sequence: number of records published, wrapping |
//! | 4 | 4 | zero |
//! | 8 | 8 × N | copy 0: record of even sequences |
//! | 8 + 8 × N | 8 × N | copy 1: record of odd sequences |
//!
//! There are two copies so that a writer killed in the middle of one leaves the other whole. It does not check what
//! the words mean.

use std::{
    hint::spin_loop,
    sync::atomic::{AtomicU32, AtomicU64, Ordering, fence},
};

/// How often a reader tries again. A writer publishes once a block, so that a second collision means that it is
/// broken or hostile, not that one should wait for it.
const ATTEMPTS: u32 = 64;

/// `N` words of 64 bits that change together.
#[derive(Debug)]
#[repr(C)]
pub struct Seqlock<const N: usize> {
    sequence: AtomicU32,
    padding: AtomicU32,
    copies: [[AtomicU64; N]; 2],
}

impl<const N: usize> Seqlock<N> {
    /// Publishes a record: `[any]` thread, but one at a time. Wait-free.
    pub fn store(&self, record: [u64; N]) {
        let next = self.sequence.load(Ordering::Relaxed).wrapping_add(1);
        // Whoever reads a word of this record also sees that the sequence had reached the previous one.
        fence(Ordering::Release);
        for (word, value) in self.copies[(next & 1) as usize].iter().zip(record) {
            word.store(value, Ordering::Relaxed);
        }
        self.sequence.store(next, Ordering::Release);
    }

    /// The latest record: `[any]` thread. `None` when the writer is faster than this can copy, which only a broken
    /// one is.
    pub fn load(&self) -> Option<[u64; N]> {
        for _ in 0..ATTEMPTS {
            let sequence = self.sequence.load(Ordering::Acquire);
            let mut record = [0; N];
            for (value, word) in record.iter_mut().zip(&self.copies[(sequence & 1) as usize]) {
                *value = word.load(Ordering::Relaxed);
            }
            fence(Ordering::Acquire);
            if self.sequence.load(Ordering::Relaxed) == sequence {
                return Some(record);
            }
            spin_loop();
        }
        None
    }

    /// How many records were published, wrapping: tells a reader whether there is a new one.
    pub fn sequence(&self) -> u32 {
        self.sequence.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    fn empty<const N: usize>() -> Seqlock<N> {
        Seqlock {
            sequence: AtomicU32::new(0),
            padding: AtomicU32::new(0),
            copies: [const { [const { AtomicU64::new(0) }; N] }; 2],
        }
    }

    #[test]
    fn readers_never_see_a_mixture_of_two_records() {
        let lock = empty::<16>();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut seen = 0;
                while !done.load(Ordering::Relaxed) {
                    if let Some(record) = lock.load() {
                        assert!(record.iter().all(|word| *word == record[0]), "torn: {record:?}");
                        assert!(record[0] >= seen, "went back");
                        seen = record[0];
                    }
                }
            });
            for value in 1..=200_000 {
                lock.store([value; 16]);
            }
            done.store(true, Ordering::Relaxed);
            reader.join().unwrap();
        });
        assert_eq!(lock.load(), Some([200_000; 16]));
    }

    #[test]
    fn a_writer_killed_in_the_middle_leaves_the_last_record() {
        let lock = empty::<2>();
        lock.store([1, 1]);
        lock.copies[0][0].store(2, Ordering::Relaxed);
        assert_eq!(lock.load(), Some([1, 1]));
        lock.store([3, 3]);
        assert_eq!(lock.load(), Some([3, 3]));
    }
}
