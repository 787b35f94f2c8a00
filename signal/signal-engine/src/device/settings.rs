//! What the user chose: which device, at what rate and block, with how many channels. Kept in `loophole/audio.json` of the
//! user's configuration.
//!
//! It opens no device. A file that can't be read counts as none, and is told.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{DeviceFormat, LARGEST_BLOCK_FRAMES, MOST_CHANNELS};

/// The device that is sought: a sound server that runs, a card, or else the virtual one.
pub const AUTO: &str = "auto";
/// Rate where neither the user nor the device says one, in hertz.
pub const DEFAULT_RATE: u32 = 48_000;
/// Block where neither says one, in frames.
pub const DEFAULT_BLOCK: u32 = 256;
/// Rates that any device may have, in hertz.
pub const RATES: std::ops::RangeInclusive<u32> = 8_000..=384_000;
/// Longest name of a device, in bytes.
const LONGEST_NAME: usize = 256;
/// A file of settings is shorter.
const LONGEST_FILE: u64 = 64 * 1024;

/// What the user chose. What is left out is the device's or Loophole's to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AudioSettings {
    /// "auto", "virtual[:CHANNELS[:LOOPBACK]]", "jack[:SERVER]", "pipewire[:CARD]" or "alsa[:PCM]".
    pub device: String,
    /// In hertz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// In frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<u32>,
    /// Most channels that are heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<u32>,
    /// Most channels that are played.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<u32>,
}

impl Default for AudioSettings {
    fn default() -> Self {
        Self { device: AUTO.to_owned(), rate: None, block: None, inputs: None, outputs: None }
    }
}

impl AudioSettings {
    /// Checks what a client or a file says.
    ///
    /// # Errors
    /// Which value is out of range, for people.
    pub fn check(&self) -> Result<(), String> {
        let kind = self.device.split(':').next().unwrap_or_default();
        if self.device.len() > LONGEST_NAME || self.device.contains('\0') {
            return Err(format!("a device's name has at most {LONGEST_NAME} bytes"));
        }
        if !matches!(kind, AUTO | "virtual" | "jack" | "pipewire" | "alsa") {
            return Err(format!(
                "there is no device “{}”: give auto, virtual, jack[:SERVER], pipewire[:CARD] or alsa[:PCM]; see `loophole \
                 devices`",
                self.device
            ));
        }
        if self.rate.is_some_and(|rate| !RATES.contains(&rate)) {
            return Err(format!("the rate must be {} to {} Hz", RATES.start(), RATES.end()));
        }
        if self.block.is_some_and(|block| !(16..=LARGEST_BLOCK_FRAMES).contains(&block)) {
            return Err(format!("a block has 16 to {LARGEST_BLOCK_FRAMES} frames"));
        }
        let channels = [self.inputs, self.outputs];
        if channels.into_iter().flatten().any(|count| count == 0 || count as usize > MOST_CHANNELS) {
            return Err(format!("a device has 1 to {MOST_CHANNELS} channels each way"));
        }
        Ok(())
    }

    /// What a device runs at that leaves it to us.
    pub fn format(&self) -> DeviceFormat {
        DeviceFormat {
            sample_rate: self.rate.unwrap_or(DEFAULT_RATE),
            block_frames: self.block.unwrap_or(DEFAULT_BLOCK),
        }
    }

    /// Reads what was remembered; the defaults if there is nothing, or nothing that makes sense.
    pub fn load(path: &Path) -> Self {
        match Self::read(path) {
            Ok(settings) => settings,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => {
                tracing::warn!("{} is left alone, the device is sought anew: {error}", path.display());
                Self::default()
            }
        }
    }

    fn read(path: &Path) -> io::Result<Self> {
        if fs::metadata(path)?.len() > LONGEST_FILE {
            return Err(io::Error::other("it is too long for settings"));
        }
        let settings: Self = serde_json::from_slice(&fs::read(path)?)?;
        settings.check().map_err(io::Error::other)?;
        Ok(settings)
    }

    /// Remembers it: whole or not at all.
    ///
    /// # Errors
    /// The folder or the file can't be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = path.with_extension("json.new");
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        fs::write(&beside, text)?;
        fs::rename(&beside, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_as_they_were_saved() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("loophole/audio.json");
        let settings = AudioSettings {
            device: "jack:studio".into(),
            rate: None,
            block: Some(64),
            inputs: Some(8),
            outputs: None,
        };
        settings.save(&path).expect("saved");
        assert_eq!(AudioSettings::load(&path), settings);
    }

    #[test]
    fn senseless_files_count_as_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audio.json");
        for text in ["", "[]", "{\"block\":3}", "{\"device\":\"tape\"}", "{\"rate\":\"x\"}"] {
            fs::write(&path, text).expect("written");
            assert_eq!(AudioSettings::load(&path), AudioSettings::default(), "{text}");
        }
    }
}
