//! What plays the sound: something that asks for a block at a steady pace.
//!
//! A device calls its [`BlockCallback`] on a thread of its own, once a period, with what came in and room for what goes
//! out. It knows nothing of graphs, songs or clients. The virtual device is the only one in this version.

use std::time::Instant;

mod virtual_device;

pub use virtual_device::VirtualDevice;

/// Channels of every device of this version, in and out.
pub const CHANNELS: usize = 2;

/// Longest block a device may ask for, in frames.
pub const LARGEST_BLOCK_FRAMES: u32 = 8192;

/// What a device runs at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceFormat {
    /// In hertz.
    pub sample_rate: u32,
    /// Frames of a block, 16 to [`LARGEST_BLOCK_FRAMES`].
    pub block_frames: u32,
}

/// One block: what the device heard, and what it is to play.
pub struct Block<'a> {
    /// Planar samples, `block_frames` each.
    pub input: [&'a [f32]; CHANNELS],
    /// Planar samples, `block_frames` each, silent at the call.
    pub output: [&'a mut [f32]; CHANNELS],
    /// When the block's period began.
    pub start: Instant,
    /// When it ends: a callback that returns later is late.
    pub end: Instant,
    /// Callbacks that returned late since the device started.
    pub late_blocks: u64,
    /// Times that the device could not keep its pace and lost time since it started.
    pub xruns: u64,
}

/// What is called for each block. `[audio]`: neither allocates nor locks.
pub trait BlockCallback: Send {
    /// Fills the block's output.
    fn process(&mut self, block: &mut Block<'_>);
}

/// A device that plays until it is dropped. `[control]`
pub trait Device: Send {
    /// What it is called.
    fn name(&self) -> &str;
    /// What it runs at.
    fn format(&self) -> DeviceFormat;
    /// What to do to get real-time priority; `None` if its thread has it.
    fn realtime_remedy(&self) -> Option<&str>;
}
