//! Rules of clips and what is in them.

use super::{COLORS, check_name, check_position, in_range, missing, track, track_kind};
use crate::entity::{AudioContent, Clip, ClipContent, Kind, MidiEvent, Note, TrackKind};
use crate::id::Id;
use crate::project::Project;
use crate::rule::Rule;
use crate::validate::MAX_TICKS;
use units::Ticks;

/// Longest MIDI message, in bytes: more than any known system exclusive dump.
pub const MAX_MIDI_BYTES: usize = 1 << 20;

/// Highest lane of takes.
pub const MAX_LANE: u32 = 999;

/// Most turns of a clip's loop: an hour of semiquavers at 270 beats a minute.
pub const MAX_LOOP_TURNS: i64 = 65_536;

pub(super) fn check_clip(project: &Project, it: &Clip) -> Result<(), Rule> {
    check_name(&it.name)?;
    check_span("start", it.start, it.length)?;
    let track = track(project, it.track)?;
    let (what, needs, kind) = match &it.content {
        ClipContent::Audio(_) => ("an audio clip", "audio", TrackKind::Audio),
        ClipContent::Notes(_) => ("a note clip", "instrument", TrackKind::Instrument),
    };
    if track.kind != kind {
        return Err(Rule::TrackKind { what, needs, track: track.name.clone(), is: track_kind(track.kind) });
    }
    in_range(it.lane <= MAX_LANE, "lane", "0 to 999", || it.lane.to_string())?;
    if let Some(color) = it.color {
        in_range(color < COLORS, "color", "0 to 7", || color.to_string())?;
    }
    check_fades(it)?;
    check_loop(it)?;
    match &it.content {
        ClipContent::Audio(audio) => check_audio(project, audio),
        ClipContent::Notes(notes) => check_position("offset", notes.offset),
    }
}

fn check_fades(it: &Clip) -> Result<(), Rule> {
    let faded = it.fade_in != Ticks::ZERO || it.fade_out != Ticks::ZERO;
    if faded && matches!(it.content, ClipContent::Notes(_)) {
        return Err(Rule::Refused("a note clip has no fades"));
    }
    check_position("fade in", it.fade_in)?;
    check_position("fade out", it.fade_out)?;
    in_range(it.fade_in + it.fade_out <= it.length, "fades", "together at most as long as the clip", || {
        format!("{} + {}", it.fade_in, it.fade_out)
    })
}

fn check_loop(it: &Clip) -> Result<(), Rule> {
    check_position("loop length", it.loop_length)?;
    let fits = it.loop_phase == Ticks::ZERO || (Ticks::ZERO..it.loop_length).contains(&it.loop_phase);
    in_range(fits, "loop phase", "inside the loop", || it.loop_phase.to_string())?;
    let turns = if it.is_looped() { it.length.0 / it.loop_length.0 } else { 0 };
    in_range(turns < MAX_LOOP_TURNS, "loop length", "1/65,536 of the clip's length or more", || {
        it.loop_length.to_string()
    })
}

fn check_span(what: &'static str, start: Ticks, length: Ticks) -> Result<(), Rule> {
    check_position(what, start)?;
    in_range(length > Ticks::ZERO, "length", "above 0", || length.to_string())?;
    in_range(length <= MAX_TICKS - start, "end", "at most 2^53 - 1 ticks", || format!("{start} + {length}"))
}

fn check_audio(project: &Project, it: &AudioContent) -> Result<(), Rule> {
    let media = project.media(it.media).ok_or_else(|| missing(project, it.media, Kind::Media))?;
    let inside = (0..media.frames).contains(&it.offset_frames);
    in_range(inside, "offset", "inside the media", || {
        format!("{} of {} frames", it.offset_frames, media.frames)
    })?;
    in_range((-150.0..=24.0).contains(&it.gain_db), "gain", "-150 to +24 dB", || it.gain_db.to_string())
}

pub(super) fn check_note(project: &Project, it: &Note) -> Result<(), Rule> {
    check_note_clip(project, it.clip)?;
    check_span("start", it.start, it.length)?;
    in_range(it.pitch <= 127, "pitch", "0 to 127", || it.pitch.to_string())?;
    in_range(it.channel <= 15, "channel", "0 to 15", || it.channel.to_string())?;
    in_range((0.0..=1.0).contains(&it.velocity), "velocity", "0 to 1", || it.velocity.to_string())?;
    let release = it.release_velocity;
    in_range((0.0..=1.0).contains(&release), "release velocity", "0 to 1", || release.to_string())
}

pub(super) fn check_midi_event(project: &Project, it: &MidiEvent) -> Result<(), Rule> {
    check_note_clip(project, it.clip)?;
    check_position("position", it.position)?;
    if it.data.len() > MAX_MIDI_BYTES {
        return Err(Rule::TooLong { what: "a MIDI message", most: MAX_MIDI_BYTES });
    }
    let Some((status, data)) = it.data.split_first() else {
        return Err(Rule::Midi("a MIDI message is not empty"));
    };
    let length = match status {
        0x00..=0x7f => return Err(Rule::Midi("a MIDI message begins with a status byte")),
        0x80..=0x9f => return Err(Rule::Midi("note on and note off are notes, not MIDI events")),
        0xc0..=0xdf => 1,
        0xa0..=0xef => 2,
        0xf0..=0xff => return Ok(()),
    };
    if data.len() != length || data.iter().any(|byte| *byte > 0x7f) {
        return Err(Rule::Midi("a channel message has one or two data bytes below 128"));
    }
    Ok(())
}

fn check_note_clip(project: &Project, id: Id) -> Result<(), Rule> {
    let clip = project.clip(id).ok_or_else(|| missing(project, id, Kind::Clip))?;
    match clip.content {
        ClipContent::Notes(_) => Ok(()),
        ClipContent::Audio(_) => Err(Rule::Refused("an audio clip holds no notes")),
    }
}
