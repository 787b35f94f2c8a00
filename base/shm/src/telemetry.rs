//! The transport and meter block: created by `loophole`, written by Signal, read by Aura and by a restarted Signal.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 8 | magic: `LOOPTEL1` as bytes |
//! | 8 | 4 | version: 3 |
//! | 12 | 4 | zero |
//! | 16 | 8 + 2 × 64 | transport: a [`Seqlock`] of 8 words, see below |
//! | 152 | 24 × 1024 | meter slots: node id u64 (0: free), left peak f32, right peak f32, 8 bytes zero |
//! | 24728 | 8 + 2 × 48 | loudness of the output: a [`Seqlock`] of 6 words, see [`Loudness`] |
//!
//! | word | transport |
//! |---|---|
//! | 0 | position of the next block in samples, i64 |
//! | 1 | 1 while playing, else 0 |
//! | 2 | sample rate (low 32 bits), frames a block (high 32 bits) |
//! | 3 | load: f32 bits; time used of a block's time, 1 is all |
//! | 4 | blocks that were late though Signal was called in time, since it started |
//! | 5 | `CLOCK_MONOTONIC` nanoseconds at which the position was true, 0 unknown |
//! | 6 | blocks that Signal was called for too late, since it started |
//! | 7 | times that the device lost time by itself, since Signal started |
//!
//! Peaks are linear and decay in the writer, so that any number of readers see the same. The block holds no song and
//! no levels but those; it commands nothing.

use std::{
    os::fd::{AsFd, OwnedFd},
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

use crate::{Layout, Mapping, OpenError, Seqlock, create_sealed};

mod loudness;

pub use loudness::{Loudness, LoudnessWriter, UNMEASURED};

/// Meters a block has room for; more nodes than these play without a meter.
pub const METER_SLOTS: usize = 1024;

const MAGIC: u64 = u64::from_le_bytes(*b"LOOPTEL1");
const VERSION: u32 = 3;
/// No song is longer: about 6,000 years of 48 kHz.
const MAX_POSITION: i64 = 1 << 53;
/// The highest rate of any device, doubled.
const MAX_SAMPLE_RATE: u32 = 768_000;
/// The largest block that Signal processes.
const MAX_BLOCK_FRAMES: u32 = 8192;
/// +60 dB: nothing that reads higher is a level.
const MAX_PEAK: f32 = 1000.0;
/// A thousand blocks' time in one block: beyond it is no measurement.
const MAX_LOAD: f32 = 1000.0;

#[derive(Debug)]
#[repr(C)]
struct Block {
    magic: AtomicU64,
    version: AtomicU32,
    padding: AtomicU32,
    transport: Seqlock<8>,
    meters: [MeterSlot; METER_SLOTS],
    loudness: Seqlock<{ loudness::WORDS }>,
}

#[derive(Debug)]
#[repr(C)]
struct MeterSlot {
    node: AtomicU64,
    left: AtomicU32,
    right: AtomicU32,
    padding: AtomicU64,
}

// SAFETY: repr(C), atomics alone.
unsafe impl Layout for Block {}

/// Where the playhead is and how Signal fares.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Transport {
    /// Song position of the next block, in samples; negative before the song's start.
    pub position_samples: i64,
    /// Whether the position moves.
    pub playing: bool,
    /// In hertz; 0 until Signal has a device.
    pub sample_rate: u32,
    /// Frames the device takes at a time.
    pub block_frames: u32,
    /// Time spent on a block by the time a block lasts; 1 is all there is.
    pub load: f32,
    /// Blocks that came too late since Signal started.
    pub late_blocks: LateBlocks,
    /// `CLOCK_MONOTONIC` nanoseconds at which the position was true, to extrapolate from; 0 if unknown.
    pub updated_ns: u64,
}

/// Blocks that came too late, by likely cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LateBlocks {
    /// Signal was called when half of the block's time had passed: the machine or the sound server was late.
    pub called: u64,
    /// Signal was called in time and was not done in time: too much to compute or to wait for.
    pub computed: u64,
    /// The device lost time by itself, while Signal was in time.
    pub lost: u64,
}

impl LateBlocks {
    /// All together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.called.saturating_add(self.computed).saturating_add(self.lost)
    }
}

/// Peaks of one node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Meter {
    /// The node's id in the graph, never 0.
    pub node: u64,
    /// Linear, 0 and up, finite.
    pub left: f32,
    /// Linear, 0 and up, finite.
    pub right: f32,
}

/// Creates the block, sealed, with its magic written. The descriptor is closed on exec.
pub fn create() -> Result<OwnedFd, OpenError> {
    let memory = create_sealed::<Block>("loophole-telemetry")?;
    let block = Mapping::<Block>::open(&memory)?;
    block.loudness.store(loudness::encode(&Loudness::default()));
    block.version.store(VERSION, Ordering::Relaxed);
    block.magic.store(MAGIC, Ordering::Release);
    Ok(memory)
}

fn check(block: Mapping<Block>) -> Result<Mapping<Block>, OpenError> {
    let known =
        block.magic.load(Ordering::Acquire) == MAGIC && block.version.load(Ordering::Relaxed) == VERSION;
    if known { Ok(block) } else { Err(OpenError::WrongLayout) }
}

/// Signal's side. One exists at a time; its methods are wait-free, for the audio thread.
#[derive(Debug)]
pub struct Writer {
    block: Mapping<Block>,
}

impl Writer {
    /// Maps the block for writing. Keeps what a previous Signal left; see [`Writer::transport`].
    pub fn open(memory: impl AsFd) -> Result<Self, OpenError> {
        Ok(Self { block: check(Mapping::open(memory)?)? })
    }

    /// What was published last: where a restarted Signal goes on. `None` if it makes no sense.
    pub fn transport(&self) -> Option<Transport> {
        self.block.transport.load().and_then(decode)
    }

    /// `[audio]` Publishes the transport, all fields at once.
    pub fn publish(&mut self, transport: &Transport) {
        self.block.transport.store(encode(transport));
    }

    /// `[audio]` Gives a slot to a node, silent at first; node 0 frees it. Slots from [`METER_SLOTS`] on are ignored.
    pub fn assign_meter(&mut self, slot: usize, node: u64) {
        if let Some(meter) = self.block.meters.get(slot) {
            meter.node.store(0, Ordering::Release);
            meter.left.store(0, Ordering::Release);
            meter.right.store(0, Ordering::Release);
            meter.node.store(node, Ordering::Release);
        }
    }

    /// `[audio]` Writes a slot's peaks, linear, already decaying. Slots from [`METER_SLOTS`] on are ignored.
    pub fn set_peaks(&mut self, slot: usize, left: f32, right: f32) {
        if let Some(meter) = self.block.meters.get(slot) {
            meter.left.store(left.to_bits(), Ordering::Relaxed);
            meter.right.store(right.to_bits(), Ordering::Relaxed);
        }
    }
}

/// The side of whoever shows it; maps the block for reading only.
#[derive(Debug)]
pub struct Reader {
    block: Mapping<Block>,
}

impl Reader {
    /// Maps the block for reading.
    pub fn open(memory: impl AsFd) -> Result<Self, OpenError> {
        Ok(Self { block: check(Mapping::open_read_only(memory)?)? })
    }

    /// The latest transport; `None` if it makes no sense.
    pub fn transport(&self) -> Option<Transport> {
        self.block.transport.load().and_then(decode)
    }

    /// The latest loudness; `None` if it makes no sense.
    pub fn loudness(&self) -> Option<Loudness> {
        self.block.loudness.load().and_then(loudness::decode)
    }

    /// The meters in use, in slot order. A peak that is no level reads as 0.
    pub fn meters(&self) -> impl Iterator<Item = Meter> + '_ {
        self.block.meters.iter().filter_map(|slot| {
            let node = slot.node.load(Ordering::Acquire);
            let (left, right) = (peak(&slot.left), peak(&slot.right));
            // The slot may have gone to another node in between.
            (node != 0 && slot.node.load(Ordering::Acquire) == node).then_some(Meter { node, left, right })
        })
    }
}

fn peak(word: &AtomicU32) -> f32 {
    let value = f32::from_bits(word.load(Ordering::Acquire));
    if (0.0..=MAX_PEAK).contains(&value) { value } else { 0.0 }
}

fn encode(transport: &Transport) -> [u64; 8] {
    [
        transport.position_samples.cast_unsigned(),
        u64::from(transport.playing),
        u64::from(transport.sample_rate) | u64::from(transport.block_frames) << 32,
        u64::from(transport.load.to_bits()),
        transport.late_blocks.computed,
        transport.updated_ns,
        transport.late_blocks.called,
        transport.late_blocks.lost,
    ]
}

fn decode(words: [u64; 8]) -> Option<Transport> {
    let transport = Transport {
        position_samples: words[0].cast_signed(),
        playing: words[1] == 1,
        sample_rate: (words[2] & u64::from(u32::MAX)) as u32,
        block_frames: (words[2] >> 32) as u32,
        load: f32::from_bits((words[3] & u64::from(u32::MAX)) as u32),
        late_blocks: LateBlocks { called: words[6], computed: words[4], lost: words[7] },
        updated_ns: words[5],
    };
    let sound = (-MAX_POSITION..=MAX_POSITION).contains(&transport.position_samples)
        && words[1] <= 1
        && transport.sample_rate <= MAX_SAMPLE_RATE
        && transport.block_frames <= MAX_BLOCK_FRAMES
        && (0.0..=MAX_LOAD).contains(&transport.load);
    sound.then_some(transport)
}

#[cfg(test)]
mod tests;
