//! Ways from output to input that were measured, one for each device, rate and block, kept in the user's settings.
//!
//! A file that can't be read counts as empty, and is replaced by the next measurement.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{fs, io};

use crate::device::keeper::DeviceDescription;

/// Longest way that makes sense, in frames: over a second at 48 kHz.
const LONGEST: u32 = 65_536;
/// Bytes of the file: thousands of devices.
const LARGEST_FILE: u64 = 1 << 20;

/// All of them.
#[derive(Debug, Default)]
pub struct Measured {
    file: Option<PathBuf>,
    frames: BTreeMap<String, u32>,
}

/// What a device is known by: its delays depend on rate and block.
pub fn key(device: &DeviceDescription) -> String {
    let format = device.format;
    format!("{} {} Hz {} frames", device.name, format.sample_rate, format.block_frames)
}

impl Measured {
    /// Those in a folder of settings, `latency.json`; without a folder none are kept.
    pub fn load(settings: Option<PathBuf>) -> Self {
        let file = settings.map(|folder| folder.join("latency.json"));
        let frames =
            file.as_deref().filter(|file| fs::metadata(file).is_ok_and(|it| it.len() <= LARGEST_FILE));
        let frames: BTreeMap<String, u32> = frames
            .and_then(|file| fs::read(file).ok())
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        let frames = frames.into_iter().filter(|(_, frames)| *frames <= LONGEST).collect();
        Self { file, frames }
    }

    /// Of a device, if it was measured.
    pub fn get(&self, device: &str) -> Option<u32> {
        self.frames.get(device).copied()
    }

    /// Remembers a measurement, also after the end of the process.
    ///
    /// # Errors
    /// The settings can't be written; it counts as long as the process lives.
    pub fn set(&mut self, device: &str, frames: u32) -> io::Result<()> {
        self.frames.insert(device.to_owned(), frames);
        let Some(file) = &self.file else { return Ok(()) };
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let new = file.with_extension(format!("{}.new", std::process::id()));
        fs::write(&new, serde_json::to_vec_pretty(&self.frames)?)?;
        fs::rename(&new, file)
    }
}
