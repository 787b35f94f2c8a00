//! What can be recorded, and how: Pulse's word, checked at the edge.

use std::path::PathBuf;

/// Which ports a track of notes listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortChoice {
    /// None.
    Nothing,
    /// Every port and the page's keyboard.
    Any,
    /// One, by its name.
    Named(String),
}

/// When a track's input is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonitorChoice {
    /// Never.
    Off,
    /// While it is armed; sound not while the song plays unrecorded.
    Auto,
    /// Always.
    On,
}

/// A track that has an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordInput {
    /// The Track entity.
    pub track: u64,
    /// For people.
    pub name: String,
    /// Record goes there.
    pub armed: bool,
    /// When it is heard.
    pub monitor: MonitorChoice,
    /// Of the device, from 0. Empty for tracks of notes.
    pub channels: Vec<u32>,
    /// The node that plays the notes; 0 for tracks of sound.
    pub note_player: u64,
    /// For tracks of notes.
    pub port: PortChoice,
}

impl RecordInput {
    /// Whether Record has something to take from it.
    pub fn can_record(&self) -> bool {
        self.armed && (!self.channels.is_empty() || self.takes_notes())
    }

    /// Whether it is a track of notes that listens to something.
    pub fn takes_notes(&self) -> bool {
        self.note_player != 0 && self.port != PortChoice::Nothing
    }

    /// Whether live notes reach the instrument by themselves.
    pub fn hears_notes(&self) -> bool {
        match self.monitor {
            MonitorChoice::Off => false,
            MonitorChoice::Auto => self.armed,
            MonitorChoice::On => true,
        }
    }
}

/// What can be recorded, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordSetup {
    /// Where takes go; none: nothing can be recorded.
    pub folder: Option<PathBuf>,
    /// Tracks with inputs.
    pub inputs: Vec<RecordInput>,
    /// Half-open range of song positions.
    pub punch: Option<(i64, i64)>,
    /// Clicks during play.
    pub metronome: bool,
    /// Linear.
    pub metronome_gain: f32,
    /// Bars clicked before a recording begins to play.
    pub count_in_bars: u32,
    /// Bars played before the place where it begins.
    pub pre_roll_bars: u32,
}

impl RecordSetup {
    /// Device channels that some track takes, ascending, each once.
    pub fn channels(&self) -> Vec<u32> {
        let mut channels: Vec<u32> = self.inputs.iter().flat_map(|input| &input.channels).copied().collect();
        channels.sort_unstable();
        channels.dedup();
        channels
    }
}
