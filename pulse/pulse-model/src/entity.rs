//! The entities of a song, in the shape of `chorus/proto/loophole/pulse/v1/song.proto` and of the song's JSON.
//!
//! Plain data: what makes a set of them a valid song is in `validate`, how they hang together in `project`.
//! As JSON an entity is an object with one member, its kind: `{"note":{"id":7,"clip":3,"start":0,…}}`. Members this
//! version doesn't know end up in `extra` and are written back.

mod clip;
mod device;
mod track;

pub use clip::{AudioContent, Clip, ClipContent, FadeCurve, MidiEvent, Note, NoteContent};
pub use device::{ClapPlugin, Device, DeviceKind, DeviceMedia, Isolation, ParameterValue};
pub use track::{MidiOutput, Monitor, Send, Track, TrackInput, TrackKind};

use crate::extra::Extra;
use crate::id::Id;
use serde::{Deserialize, Serialize};
use units::Ticks;

/// Anything a song is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant is named after the struct it holds, which is documented")]
pub enum Entity {
    Song(Song),
    TempoPoint(TempoPoint),
    SignaturePoint(SignaturePoint),
    Marker(Marker),
    Track(Track),
    Device(Device),
    Send(Send),
    Media(Media),
    Clip(Clip),
    Note(Note),
    MidiEvent(MidiEvent),
}

/// Fields that came later are left out of the text while they hold their default, so that older songs stay as they are.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The song itself: exactly one, with [`Id::SONG`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct Song {
    pub id: Id,
    pub name: String,
    #[serde(default)]
    pub loop_enabled: bool,
    /// The loop is half open: `loop_start..loop_end`. Both 0 if none was ever set.
    #[serde(default)]
    pub loop_start: Ticks,
    /// See `loop_start`.
    #[serde(default)]
    pub loop_end: Ticks,
    #[serde(default, skip_serializing_if = "is_default")]
    pub punch_enabled: bool,
    /// Recording happens within `punch_in..punch_out`. Both 0 if it was never set.
    #[serde(default, skip_serializing_if = "is_default")]
    pub punch_in: Ticks,
    /// See `punch_in`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub punch_out: Ticks,
    #[serde(default, skip_serializing_if = "is_default")]
    pub metronome: bool,
    /// -150 (silence) to +6.
    #[serde(default, skip_serializing_if = "is_default")]
    pub metronome_level_db: f64,
    /// Bars of clicks before a recording, 0 to 16.
    #[serde(default, skip_serializing_if = "is_default")]
    pub count_in_bars: u32,
    /// Bars of the song played before a recording, 0 to 16.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pre_roll_bars: u32,
    /// Of plugins that do not say otherwise.
    #[serde(default, skip_serializing_if = "is_default")]
    pub isolation: Isolation,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// From `position` on, a quarter note lasts `superclocks_per_quarter`. There is always one at 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct TempoPoint {
    pub id: Id,
    pub position: Ticks,
    pub superclocks_per_quarter: u64,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// From `position` on, bars have this signature. There is always one at 0; each starts a bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct SignaturePoint {
    pub id: Id,
    pub position: Ticks,
    /// 1 to 64.
    pub numerator: u32,
    /// 1, 2, 4, 8, 16 or 32.
    pub denominator: u32,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A named position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct Marker {
    pub id: Id,
    pub position: Ticks,
    pub name: String,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A sound file the song uses, stored under `media/` by content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct Media {
    pub id: Id,
    /// Hex BLAKE3 of the file as imported.
    pub hash: String,
    /// For people: the name it came with, without folder.
    pub name: String,
    /// Relative to the song's folder.
    pub path: String,
    /// In Hz.
    pub sample_rate: u32,
    pub channels: u32,
    /// At its own sample rate.
    pub frames: i64,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The kinds of entities, in the order in which a song is written and loaded: what is referred to comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "named after the variants of `Entity`")]
pub enum Kind {
    Song,
    TempoPoint,
    SignaturePoint,
    Marker,
    Track,
    Device,
    Send,
    Media,
    Clip,
    Note,
    MidiEvent,
}

impl Kind {
    /// All of them, in order.
    pub const ALL: [Self; 11] = [
        Self::Song,
        Self::TempoPoint,
        Self::SignaturePoint,
        Self::Marker,
        Self::Track,
        Self::Device,
        Self::Send,
        Self::Media,
        Self::Clip,
        Self::Note,
        Self::MidiEvent,
    ];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Song => "song",
            Self::TempoPoint => "tempo",
            Self::SignaturePoint => "signature",
            Self::Marker => "marker",
            Self::Track => "track",
            Self::Device => "device",
            Self::Send => "send",
            Self::Media => "media",
            Self::Clip => "clip",
            Self::Note => "note",
            Self::MidiEvent => "MIDI event",
        }
    }
}

macro_rules! kinds {
    ($($kind:ident),*) => {
        impl Entity {
            /// Its id.
            pub fn id(&self) -> Id {
                match self {
                    $(Self::$kind(it) => it.id,)*
                }
            }

            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Self::$kind(_) => Kind::$kind,)*
                }
            }
        }
        $(
            impl From<$kind> for Entity {
                fn from(it: $kind) -> Self {
                    Self::$kind(it)
                }
            }
        )*
    };
}
kinds!(Song, TempoPoint, SignaturePoint, Marker, Track, Device, Send, Media, Clip, Note, MidiEvent);
