//! Where the metronome is heard: with the song, on other channels of the device, or not at all. The user's choice for this
//! machine, kept in `metronome.json` of the user's settings, for a song that is opened elsewhere finds other outputs there.
//!
//! A device without the chosen channels plays no click: what was led to headphones never comes out of the hall's speakers by
//! itself. A file that can't be read counts as none, and is replaced by the next choice.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::device::{CHANNELS, MOST_CHANNELS};

/// Bytes of the file: a few words.
const LARGEST_FILE: u64 = 4096;

/// Where the metronome is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClickOutput {
    /// With the song: the device's first two channels, or its only one.
    #[default]
    Main,
    /// Nowhere.
    Nowhere,
    /// One channel of the device, from 0.
    One(u32),
    /// This one and the next.
    Pair(u32),
}

impl ClickOutput {
    /// Whether a device can have these channels.
    pub fn is_possible(self) -> bool {
        match self {
            Self::Main | Self::Nowhere => true,
            Self::One(first) => (first as usize) < MOST_CHANNELS,
            Self::Pair(first) => (first as usize) < MOST_CHANNELS - 1,
        }
    }

    /// The channels of a device with `outputs` of them; none if it lacks one. `[audio]`
    pub fn channels(self, outputs: usize) -> Range<usize> {
        let channels = match self {
            Self::Main => 0..CHANNELS.min(outputs),
            Self::Nowhere => 0..0,
            Self::One(first) => first as usize..first as usize + 1,
            Self::Pair(first) => first as usize..first as usize + 2,
        };
        if channels.end <= outputs { channels } else { 0..0 }
    }
}

/// The choice, and the file it is kept in.
#[derive(Debug, Default)]
pub struct ClickChoice {
    file: Option<PathBuf>,
    output: ClickOutput,
}

impl ClickChoice {
    /// That in a folder of settings; without a folder it is not kept.
    pub fn load(settings: Option<&Path>) -> Self {
        let file = settings.map(|folder| folder.join("metronome.json"));
        let output = file.as_deref().and_then(read).unwrap_or_default();
        Self { file, output }
    }

    /// What was chosen.
    pub fn output(&self) -> ClickOutput {
        self.output
    }

    /// Chooses, also for the time after the end of the process.
    ///
    /// # Errors
    /// The settings can't be written; it counts as long as the process lives.
    pub fn set(&mut self, output: ClickOutput) -> io::Result<()> {
        self.output = output;
        let Some(file) = &self.file else { return Ok(()) };
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let new = file.with_extension(format!("{}.new", std::process::id()));
        fs::write(&new, serde_json::to_vec_pretty(&output)?)?;
        fs::rename(&new, file)
    }
}

fn read(file: &Path) -> Option<ClickOutput> {
    let is_small = fs::metadata(file).is_ok_and(|it| it.len() <= LARGEST_FILE);
    let text = is_small.then(|| fs::read(file).ok()).flatten()?;
    serde_json::from_slice::<ClickOutput>(&text).ok().filter(|output| output.is_possible())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_without_the_channels_plays_no_click() {
        assert_eq!(ClickOutput::Main.channels(8), 0..2);
        assert_eq!(ClickOutput::Main.channels(1), 0..1);
        assert_eq!(ClickOutput::Main.channels(0), 0..0);
        assert_eq!(ClickOutput::Pair(2).channels(4), 2..4);
        assert_eq!(ClickOutput::Pair(2).channels(3), 0..0);
        assert_eq!(ClickOutput::One(2).channels(3), 2..3);
        assert_eq!(ClickOutput::One(2).channels(2), 0..0);
        assert_eq!(ClickOutput::Nowhere.channels(8), 0..0);
    }

    #[test]
    fn the_choice_comes_back_and_senseless_files_count_as_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut choice = ClickChoice::load(Some(folder.path()));
        assert_eq!(choice.output(), ClickOutput::Main);
        choice.set(ClickOutput::Pair(2)).expect("kept");
        assert_eq!(ClickChoice::load(Some(folder.path())).output(), ClickOutput::Pair(2));
        let file = folder.path().join("metronome.json");
        for text in ["", "{}", "\"everywhere\"", "{\"pair\":63}", "{\"one\":-1}"] {
            fs::write(&file, text).expect("written");
            assert_eq!(ClickChoice::load(Some(folder.path())).output(), ClickOutput::Main, "{text}");
        }
    }
}
