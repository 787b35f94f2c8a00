//! The entities of a song, in the shape of `chorus/proto/loophole/pulse/v1/song.proto` and of the song's JSON.
//!
//! Plain data: what makes a set of them a valid song is in `validate`, how they hang together in `project`.
//! As JSON an entity is an object with one member, its kind: `{"note":{"id":7,"clip":3,"start":0,…}}`. Members this
//! version doesn't know end up in `extra` and are written back.

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
    /// The bus it plays into; `None` is the master.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Id>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One device of a track's chain, in ascending order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct Device {
    pub id: Id,
    pub track: Id,
    pub order: f64,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vendor: String,
    #[serde(default)]
    pub bypass: bool,
    /// Written as a member `builtin` or `clap` of the device.
    #[serde(flatten)]
    pub kind: DeviceKind,
    /// Values that differ from the device's own, by ascending id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterValue>,
    /// Hex BLAKE3 of the plugin's own state in `state/`, empty if it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a device is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// One of ours: see [`BUILTINS`](crate::BUILTINS).
    Builtin(String),
    /// A CLAP plugin.
    Clap(ClapPlugin),
}

/// Which CLAP plugin a device is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClapPlugin {
    /// Its id in its bundle, for example `com.zamaudio.ZamComp`.
    pub plugin_id: String,
    /// File name of the bundle, searched in the CLAP folders; or an absolute path.
    pub bundle: String,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One parameter of a device in the parameter's own range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct ParameterValue {
    pub id: u32,
    pub value: f64,
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

/// A stretch of a track that plays media (audio tracks) or notes (instrument tracks).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct Clip {
    pub id: Id,
    pub track: Id,
    pub start: Ticks,
    /// Above 0.
    pub length: Ticks,
    pub name: String,
    #[serde(default)]
    pub mute: bool,
    /// Written as a member `audio` or `notes` of the clip.
    #[serde(flatten)]
    pub content: ClipContent,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a clip plays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant is named after the struct it holds, which is documented")]
pub enum ClipContent {
    Audio(AudioContent),
    Notes(NoteContent),
}

/// The sound of an audio clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudioContent {
    /// A [`Media`] entity.
    pub media: Id,
    /// Where in the media the clip starts, in frames at the media's own rate.
    pub offset_frames: i64,
    /// -150 (silence) to +24.
    pub gain_db: f64,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Where a note clip's window on its notes begins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NoteContent {
    /// Position in the clip's content that sounds at the clip's start. Notes before it, or past offset + length, are kept
    /// and silent.
    pub offset: Ticks,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A note of a clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct Note {
    pub id: Id,
    pub clip: Id,
    /// From the start of the clip's content.
    pub start: Ticks,
    /// Above 0.
    pub length: Ticks,
    /// MIDI key 0 to 127, 60 is middle C.
    pub pitch: u32,
    /// 0 to 1.
    pub velocity: f64,
    /// 0 to 1.
    pub release_velocity: f64,
    /// 0 to 15.
    pub channel: u32,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Any MIDI message but note on and off, kept as it came: controllers, bend, pressure, program, system exclusive, meta.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "fields say all")]
pub struct MidiEvent {
    pub id: Id,
    pub clip: Id,
    /// From the start of the clip's content.
    pub position: Ticks,
    /// Status byte first; meta events as FF, type, data. Written as hex.
    #[serde(with = "crate::hex")]
    pub data: Vec<u8>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Clip {
    /// The first position after it.
    pub fn end(&self) -> Ticks {
        self.start + self.length
    }
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
