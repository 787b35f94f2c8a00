//! Tracks with their mixer strips and inputs, and sends.

use super::is_default;
use crate::extra::Extra;
use crate::id::Id;
use serde::{Deserialize, Serialize};

/// What a track plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    /// Clips of sound.
    Audio,
    /// Clips of notes, through an instrument in its chain.
    Instrument,
    /// What other tracks send or play into it.
    Bus,
    /// A bus that sums its members.
    Group,
    /// Exactly one a song, always last; every track without another output goes there.
    Master,
}

/// A track with its mixer strip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct Track {
    pub id: Id,
    pub kind: TrackKind,
    pub name: String,
    /// Index into the palette, 0 to 7.
    pub color: u32,
    /// Tracks are shown by ascending order; the master's is the highest.
    pub order: f64,
    /// -150 (silence) to +6.
    pub fader_db: f64,
    /// -1 (left) to +1 (right).
    pub pan: f64,
    pub mute: bool,
    pub solo: bool,
    /// The bus or group it plays into; `None` is the master.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Id>,
    /// The group it is a member of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Id>,
    /// Turns the signal's sign round, ahead of the fader.
    #[serde(default, skip_serializing_if = "is_default")]
    pub phase_invert: bool,
    /// Other tracks' solo never silences it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub solo_safe: bool,
    /// Records when recording starts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub armed: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub monitor: Monitor,
    /// `None`: what is usual for its kind, see [`Track::effective_input`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<TrackInput>,
    /// Where its notes are also sent. Instrument tracks only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub midi_output: Option<MidiOutput>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// When a track lets its input through to its output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monitor {
    /// Never.
    Off,
    /// While the track is armed, except where it plays a clip.
    #[default]
    Auto,
    /// Always.
    On,
}

/// What a track records and monitors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrackInput {
    /// Channels of the audio device, from 1. Audio tracks only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audio_channels: Vec<u32>,
    /// Empty: none; [`TrackInput::EVERY_PORT`]; or a port's name. Instrument tracks only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub midi_port: String,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A MIDI port that a track's notes are sent to, by name: it may be missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MidiOutput {
    /// The port's name.
    pub port: String,
    /// 0: each message keeps its own; 1 to 16: all are sent on this one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub channel: u32,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

impl TrackInput {
    /// Every MIDI port and the page's keyboard.
    pub const EVERY_PORT: &str = "*";
}

impl Track {
    /// A track as it comes: at unity, in the middle, into the master.
    pub fn new(id: Id, kind: TrackKind, name: impl Into<String>, order: f64) -> Self {
        Self {
            id,
            kind,
            name: name.into(),
            color: 0,
            order,
            fader_db: 0.0,
            pan: 0.0,
            mute: false,
            solo: false,
            output: None,
            group: None,
            phase_invert: false,
            solo_safe: false,
            armed: false,
            monitor: Monitor::Auto,
            input: None,
            midi_output: None,
            extra: Extra::default(),
        }
    }

    /// What it records: as chosen, else the first two channels of the audio device for an audio track, every port for an
    /// instrument track, nothing for others.
    pub fn effective_input(&self) -> TrackInput {
        let usual = match self.kind {
            TrackKind::Audio => TrackInput { audio_channels: vec![1, 2], ..TrackInput::default() },
            TrackKind::Instrument => {
                TrackInput { midi_port: TrackInput::EVERY_PORT.into(), ..TrackInput::default() }
            }
            TrackKind::Bus | TrackKind::Group | TrackKind::Master => TrackInput::default(),
        };
        self.input.clone().unwrap_or(usual)
    }
}

impl TrackKind {
    /// Whether other tracks can play and send into it.
    pub fn sums(self) -> bool {
        matches!(self, Self::Bus | Self::Group)
    }

    /// Whether it can record.
    pub fn records(self) -> bool {
        matches!(self, Self::Audio | Self::Instrument)
    }
}

/// A tap of a track that also plays into a bus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct Send {
    pub id: Id,
    pub track: Id,
    /// A bus.
    pub target: Id,
    pub order: f64,
    /// -150 (silence) to +6.
    pub level_db: f64,
    #[serde(default)]
    pub pre_fader: bool,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}
