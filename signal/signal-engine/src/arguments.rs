//! The command line of `loophole-signal`.

use std::path::PathBuf;

use clap::Parser;

use crate::device::DeviceFormat;

/// Plays a song's graph, or renders one.
#[derive(Clone, Debug, Parser)]
#[command(name = "loophole-signal", version)]
pub struct Arguments {
    /// Inherited listening Unix socket.
    #[arg(long)]
    pub listen_fd: i32,
    /// Inherited telemetry block.
    #[arg(long, required_unless_present = "offline")]
    pub telemetry_fd: Option<i32>,
    /// The program that hosts plugins.
    #[arg(long)]
    pub sandbox_binary: PathBuf,
    /// Sample rate of the virtual device, in hertz.
    #[arg(long, default_value_t = 48_000)]
    pub rate: u32,
    /// Frames of a block of the virtual device.
    #[arg(long, default_value_t = 256)]
    pub block: u32,
    /// Render only, without a device.
    #[arg(long)]
    pub offline: bool,
}

impl Arguments {
    /// What the virtual device is to run at.
    pub fn format(&self) -> DeviceFormat {
        DeviceFormat { sample_rate: self.rate, block_frames: self.block }
    }
}
