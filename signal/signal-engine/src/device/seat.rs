//! Where the one callback sits while devices come and go.
//!
//! 1. [`Seat::new`] takes the callback.
//! 2. [`Seat::next`] gives a [`Turn`] for a device to call, and ends every turn before it: those play silence from then on.
//! 3. A device that still is in the middle of its last block keeps the callback until it is through; the next one plays
//!    silence meanwhile. So nobody waits, and nobody calls it twice at once.
//!
//! It neither starts nor ends devices.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use signal_rt::BorrowCell;

use super::{Block, BlockCallback};

/// The control thread's end. `[control]`
pub struct Seat {
    shared: Arc<Shared>,
}

struct Shared {
    callback: BorrowCell<Box<dyn BlockCallback>>,
    turn: AtomicU64,
}

/// A device's right to call, until the next one's begins. `[audio]`
pub struct Turn {
    shared: Arc<Shared>,
    number: u64,
}

impl Seat {
    /// A seat nobody has the turn for.
    pub fn new(callback: Box<dyn BlockCallback>) -> Self {
        Self { shared: Arc::new(Shared { callback: BorrowCell::new(callback), turn: AtomicU64::new(0) }) }
    }

    /// The next device's turn. It begins at once.
    pub fn next(&self) -> Turn {
        let number = self.shared.turn.fetch_add(1, Ordering::Relaxed) + 1;
        Turn { shared: Arc::clone(&self.shared), number }
    }
}

impl BlockCallback for Turn {
    fn process(&mut self, block: &mut Block<'_>) {
        if self.shared.turn.load(Ordering::Relaxed) != self.number {
            return;
        }
        if let Some(mut callback) = self.shared.callback.try_borrow_mut() {
            callback.process(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Latency;
    use std::time::Instant;

    struct Ones;

    impl BlockCallback for Ones {
        fn process(&mut self, block: &mut Block<'_>) {
            block.output[0].fill(1.0);
        }
    }

    fn played(turn: &mut Turn) -> [f32; 4] {
        let mut samples = [0.0; 4];
        let now = Instant::now();
        turn.process(&mut Block {
            frames: 4,
            position: 0,
            input: &[],
            output: &mut [&mut samples],
            midi: &[],
            latency: Latency::default(),
            start: now,
            end: now,
            xruns: 0,
        });
        samples
    }

    #[test]
    fn only_the_newest_turn_plays() {
        let seat = Seat::new(Box::new(Ones));
        let mut first = seat.next();
        assert_eq!(played(&mut first), [1.0; 4]);
        let mut second = seat.next();
        assert_eq!(played(&mut first), [0.0; 4]);
        assert_eq!(played(&mut second), [1.0; 4]);
    }

    #[test]
    fn callback_in_use_is_not_waited_for() {
        let seat = Seat::new(Box::new(Ones));
        let mut turn = seat.next();
        let held = seat.shared.callback.try_borrow_mut();
        assert_eq!(played(&mut turn), [0.0; 4]);
        drop(held);
        assert_eq!(played(&mut turn), [1.0; 4]);
    }
}
