//! The command line of `loophole-signal`.

use std::path::PathBuf;

use clap::Parser;

use crate::device::settings::AudioSettings;

/// Plays a song's graph, or renders one.
#[derive(Clone, Debug, Parser)]
#[command(name = "loophole-signal", version)]
pub struct Arguments {
    /// Inherited listening Unix socket.
    #[arg(long, required_unless_present = "list_devices")]
    pub listen_fd: Option<i32>,
    /// Inherited telemetry block.
    #[arg(long, required_unless_present_any = ["offline", "list_devices"])]
    pub telemetry_fd: Option<i32>,
    /// The program that hosts plugins.
    #[arg(long, default_value = "loophole-sandbox")]
    pub sandbox_binary: PathBuf,
    /// Where the choice of the audio device is remembered.
    #[arg(long)]
    pub audio_settings: Option<PathBuf>,
    /// The audio device, instead of the remembered one.
    #[arg(long)]
    pub device: Option<String>,
    /// Sample rate in hertz, where the device leaves it open.
    #[arg(long)]
    pub rate: Option<u32>,
    /// Frames of a block.
    #[arg(long)]
    pub block: Option<u32>,
    /// Print the audio devices there are, as JSON, and end.
    #[arg(long)]
    pub list_devices: bool,
    /// Render only, without a device.
    #[arg(long)]
    pub offline: bool,
}

impl Arguments {
    /// What was remembered, with what is asked for here.
    pub fn settings(&self) -> AudioSettings {
        let mut settings = self.audio_settings.as_deref().map(AudioSettings::load).unwrap_or_default();
        if let Some(device) = &self.device {
            settings.device.clone_from(device);
        }
        settings.rate = self.rate.or(settings.rate);
        settings.block = self.block.or(settings.block);
        settings
    }
}
