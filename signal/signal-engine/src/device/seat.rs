//! Where the one callback sits while devices come and go.
//!
//! 1. [`Seat::new`] takes the callback.
//! 2. [`Seat::next`] gives a [`Turn`] for a device to call, and ends every turn before it: those play silence from then on.
//! 3. A turn that has ended lets go of every note that sounds at its MIDI ports.
//! 4. A device that still is in the middle of its last block keeps the callback until it is through; the next one plays
//!    silence meanwhile. So nobody waits, and nobody calls it twice at once.
//!
//! It neither starts nor ends devices.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use signal_rt::BorrowCell;

use super::{Block, BlockCallback, MidiMessage};
use crate::midi::held::HeldPorts;

/// Between two looks whether a block has been processed.
const LOOK: Duration = Duration::from_millis(1);

/// The control thread's end. `[control]`
pub struct Seat {
    shared: Arc<Shared>,
}

struct Shared {
    callback: BorrowCell<Box<dyn BlockCallback>>,
    turn: AtomicU64,
    /// Blocks that were processed.
    blocks: AtomicU64,
}

/// A device's right to call, until the next one's begins. `[audio]`
pub struct Turn {
    shared: Arc<Shared>,
    number: u64,
    held: HeldPorts,
}

impl Seat {
    /// A seat nobody has the turn for.
    pub fn new(callback: Box<dyn BlockCallback>) -> Self {
        let callback = BorrowCell::new(callback);
        Self { shared: Arc::new(Shared { callback, turn: AtomicU64::new(0), blocks: AtomicU64::new(0) }) }
    }

    /// Waits until a block that begins from now on has been processed, or for `limit`: what was asked of the callback before
    /// has then been carried out, and told in the telemetry.
    pub fn await_block(&self, limit: Duration) {
        let (begun, blocks) = (Instant::now(), &self.shared.blocks);
        let before = blocks.load(Ordering::Acquire);
        // One may be under way.
        while blocks.load(Ordering::Acquire) < before + 2 && begun.elapsed() < limit {
            std::thread::sleep(LOOK);
        }
    }

    /// The next device's turn. It begins at once.
    pub fn next(&self) -> Turn {
        let number = self.shared.turn.fetch_add(1, Ordering::Relaxed) + 1;
        Turn { shared: Arc::clone(&self.shared), number, held: HeldPorts::default() }
    }
}

impl BlockCallback for Turn {
    fn process(&mut self, block: &mut Block<'_>) {
        if self.shared.turn.load(Ordering::Relaxed) != self.number {
            return;
        }
        if let Some(mut callback) = self.shared.callback.try_borrow_mut() {
            callback.process(block);
            self.shared.blocks.fetch_add(1, Ordering::Release);
        }
    }

    fn midi_out(&mut self, give: &mut dyn FnMut(&MidiMessage)) {
        if self.shared.turn.load(Ordering::Relaxed) != self.number {
            self.held.let_go(give);
        } else if let Some(mut callback) = self.shared.callback.try_borrow_mut() {
            callback.midi_out(&mut |message| {
                self.held.follow(message);
                give(message);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Latency;

    /// Plays ones, and begins a note on port 3 in each block.
    struct Ones;

    impl BlockCallback for Ones {
        fn process(&mut self, block: &mut Block<'_>) {
            block.output[0].fill(1.0);
        }

        fn midi_out(&mut self, give: &mut dyn FnMut(&MidiMessage)) {
            give(&MidiMessage { port: 3, frame: 2, early: 0, length: 3, bytes: [0x94, 60, 100] });
        }
    }

    fn sent(turn: &mut Turn) -> Vec<(u16, u32, [u8; 3])> {
        let mut sent = Vec::new();
        turn.midi_out(&mut |message| sent.push((message.port, message.frame, message.bytes)));
        sent
    }

    #[test]
    fn a_turn_that_has_ended_lets_go_of_what_it_holds_once() {
        let seat = Seat::new(Box::new(Ones));
        let mut first = seat.next();
        assert_eq!(sent(&mut first), [(3, 2, [0x94, 60, 100])]);
        let _second = seat.next();
        assert_eq!(sent(&mut first), [(3, 0, [0x84, 60, 0]), (3, 0, [0xB4, 123, 0])]);
        assert_eq!(sent(&mut first), []);
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
