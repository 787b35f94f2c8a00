//! Clips and what is in them.

use super::is_default;
use crate::extra::Extra;
use crate::id::Id;
use serde::{Deserialize, Serialize};
use units::Ticks;

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
    /// 0 is heard; from 1 on are takes, which are not.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lane: u32,
    /// From the start. With `fade_out` at most `length`. Audio clips only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fade_in: Ticks,
    /// Up to the end.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fade_out: Ticks,
    #[serde(default, skip_serializing_if = "is_default")]
    pub fade_in_curve: FadeCurve,
    #[serde(default, skip_serializing_if = "is_default")]
    pub fade_out_curve: FadeCurve,
    /// 0: not looped. Else the content repeats, this much of it from its offset on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub loop_length: Ticks,
    /// How far into the first turn of its loop it begins; below `loop_length`, or 0.
    #[serde(default, skip_serializing_if = "is_default")]
    pub loop_phase: Ticks,
    /// Index into the palette; `None`: the track's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<u32>,
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
    /// Where in the media the clip starts, in frames at the media's own rate; with `reverse`, how many frames before its
    /// end.
    pub offset_frames: i64,
    /// -150 (silence) to +24.
    pub gain_db: f64,
    /// Plays the media backwards.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reverse: bool,
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

/// How a fade gets from silence to the whole; t runs from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FadeCurve {
    /// t
    #[default]
    Linear,
    /// sin(π/2 t)
    EqualPower,
    /// t² (3 - 2t)
    SCurve,
}

impl Clip {
    /// A clip as it comes: heard, without fades or loop.
    pub fn new(
        id: Id,
        track: Id,
        (start, length): (Ticks, Ticks),
        name: impl Into<String>,
        content: ClipContent,
    ) -> Self {
        Self {
            id,
            track,
            start,
            length,
            name: name.into(),
            mute: false,
            lane: 0,
            fade_in: Ticks::ZERO,
            fade_out: Ticks::ZERO,
            fade_in_curve: FadeCurve::Linear,
            fade_out_curve: FadeCurve::Linear,
            loop_length: Ticks::ZERO,
            loop_phase: Ticks::ZERO,
            color: None,
            content,
            extra: Extra::default(),
        }
    }

    /// The first position after it.
    pub fn end(&self) -> Ticks {
        self.start + self.length
    }

    /// Whether its content repeats.
    pub fn is_looped(&self) -> bool {
        self.loop_length > Ticks::ZERO
    }

    /// How much of its content it goes through: of a looped one, a turn of the loop.
    pub fn window(&self) -> Ticks {
        if self.is_looped() { self.loop_length } else { self.length }
    }

    /// The turns of its loop that lie in it, the first and last perhaps in part: where each would begin in the song. One
    /// that is not looped has one turn, at its start.
    pub fn turns(&self) -> impl Iterator<Item = Ticks> + use<> {
        let (first, end, step) = (self.start - self.loop_phase, self.end(), self.loop_length);
        let next = move |turn: &Ticks| Some(*turn + step).filter(|turn| step > Ticks::ZERO && *turn < end);
        std::iter::successors(Some(first), next)
    }
}
