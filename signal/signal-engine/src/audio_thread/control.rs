//! The control thread's end: commands, gestures, captures on their way to and from the audio thread.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use signal_graph::{Command, CommandRing, ParameterChange, TransportView};
use signal_rt::rtrb::{Consumer, Producer};

use super::{MOVES, Shared, TapOrder};
use crate::audition::AuditionRing;
use crate::capture::CaptureTap;
use crate::device::DeviceFormat;
use crate::meters::MeterSlots;

/// Commands kept while the ring is full. More means that the device's thread hangs.
const MOST_UNSENT: usize = 65_536;

/// The device thread hangs: nothing has been taken out of the ring for very long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the device has stopped asking for sound")]
pub struct DeviceHangs;

/// The control thread's end. `[control]`
pub struct AudioControl {
    pub(super) ring: CommandRing,
    pub(super) player: TransportView,
    pub(super) format: DeviceFormat,
    pub(super) unsent: VecDeque<Command>,
    pub(super) taps: Producer<TapOrder>,
    pub(super) returned: Consumer<CaptureTap>,
    pub(super) meters: MeterSlots,
    pub(super) audition: AuditionRing,
    pub(super) shared: Arc<Shared>,
}

impl AudioControl {
    /// Sends a command; it takes effect before one of the next blocks, after those sent before.
    ///
    /// # Errors
    /// The device's thread hangs.
    pub fn send(&mut self, command: Command) -> Result<(), DeviceHangs> {
        self.unsent.push_back(command);
        self.flush()
    }

    /// Sends a value of a gesture that was made now. It is heard a block later at that place of the block, so that values
    /// keep the distances they were made with, however long blocks are.
    ///
    /// # Errors
    /// The device's thread hangs.
    pub fn preview(&mut self, change: ParameterChange) -> Result<(), DeviceHangs> {
        let origin = self.shared.origin.load(Ordering::Relaxed);
        if origin == 0 {
            return self.send(Command::Parameter(change));
        }
        let age = shm::Deadline::now().nanoseconds().saturating_sub(origin);
        let frame = stamp(age, self.player.frames(), self.format);
        self.send(Command::ParameterAt { frame, change })
    }

    /// Sends what did not fit before and frees what the audio thread is done with. To be called now and then.
    ///
    /// # Errors
    /// The device's thread hangs.
    pub fn flush(&mut self) -> Result<(), DeviceHangs> {
        self.ring.collect();
        while let Some(command) = self.unsent.pop_front() {
            if let Err(command) = self.ring.send(command) {
                self.unsent.push_front(command);
                break;
            }
        }
        if self.unsent.len() > MOST_UNSENT { Err(DeviceHangs) } else { Ok(()) }
    }

    /// Where the playhead is, for the disk thread.
    pub fn playhead(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.shared.playhead)
    }

    /// Song position of the next block.
    pub fn position(&self) -> i64 {
        self.shared.playhead.load(Ordering::Relaxed)
    }

    /// Where the song rests, as the telemetry tells it since the last block; none while it plays.
    pub fn rests_at(&self) -> Option<i64> {
        let position = self.shared.rests_at.load(Ordering::Acquire);
        (position != MOVES).then_some(position)
    }

    /// Has [`AudioControl::rests_at`] tell only of blocks that end from now on.
    pub fn forget_rest(&self) {
        self.shared.rests_at.store(MOVES, Ordering::Release);
    }

    /// Says in the telemetry that the song plays, also while it still waits for the disk.
    pub fn set_intent(&self, plays: bool) {
        self.shared.intent.store(plays, Ordering::Relaxed);
    }

    /// The meters that are shown.
    pub fn meters(&mut self) -> &mut MeterSlots {
        &mut self.meters
    }

    /// What is auditioned.
    pub fn audition(&mut self) -> &mut AuditionRing {
        &mut self.audition
    }

    /// Hands a capture over. False: one is on its way already.
    pub fn begin_capture(&mut self, tap: CaptureTap) -> bool {
        self.taps.push(TapOrder::Begin(tap)).is_ok()
    }

    /// Asks for the capture back; see [`AudioControl::returned_capture`].
    pub fn end_capture(&mut self) {
        let _ = self.taps.push(TapOrder::End);
    }

    /// The capture that was asked back, once the audio thread has let go of it.
    pub fn returned_capture(&mut self) -> Option<CaptureTap> {
        self.returned.pop().ok()
    }
}

/// The frame at which something is heard that was done `age` nanoseconds after frame 0 was to begin, when the next block
/// begins with frame `next`: a block later. A device that stalls makes nothing wait beyond the block after the next.
fn stamp(age: u64, next: u64, format: DeviceFormat) -> u64 {
    let block = u64::from(format.block_frames);
    let frame = u128::from(age) * u128::from(format.sample_rate) / 1_000_000_000;
    u64::try_from(frame).unwrap_or(u64::MAX).saturating_add(block).min(next + 2 * block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_gesture_keep_their_distances_a_block_later() {
        let format = DeviceFormat { sample_rate: 48_000, block_frames: 480 };
        // The block of frames 4800 to 5279 sounds between 100 and 110 ms.
        let stamps = [100, 103, 109].map(|ms| stamp(ms * 1_000_000, 5_280, format));
        assert_eq!(stamps, [5_280, 5_424, 5_712]);
        assert_eq!(stamp(10_000_000_000, 5_280, format), 5_280 + 960, "the device stalls");
    }
}
