//! Deferred drop: an audio thread hands over what it is done with, and another thread frees it.
//!
//! Handing over never blocks, allocates or frees. When the ring is full the thing is given back: its owner keeps it and tries
//! again a block later.

use rtrb::{Consumer, Producer, PushError, RingBuffer};

/// The audio thread's end.
#[derive(Debug)]
pub struct Discard<T>(Producer<T>);

/// The end of whoever frees. Dropping it leaves what is still in the ring to be freed by the last end dropped.
#[derive(Debug)]
pub struct Collector<T>(Consumer<T>);

/// [control] A ring for `capacity` things waiting to be freed.
#[must_use]
pub fn discard_ring<T>(capacity: usize) -> (Discard<T>, Collector<T>) {
    let (producer, consumer) = RingBuffer::new(capacity);
    (Discard(producer), Collector(consumer))
}

impl<T> Discard<T> {
    /// [audio] Whether one more thing can be handed over.
    #[must_use]
    pub fn has_room(&self) -> bool {
        !self.0.is_full()
    }

    /// [audio] Hands `thing` over.
    ///
    /// # Errors
    /// Gives it back when the ring is full.
    pub fn push(&mut self, thing: T) -> Result<(), T> {
        self.0.push(thing).map_err(|PushError::Full(thing)| thing)
    }
}

impl<T> Collector<T> {
    /// [control] Frees everything handed over so far; says how much that was.
    pub fn collect(&mut self) -> usize {
        let mut freed = 0;
        while self.0.pop().is_ok() {
            freed += 1;
        }
        freed
    }
}
