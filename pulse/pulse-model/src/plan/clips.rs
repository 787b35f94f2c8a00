//! Commands on media and on whole clips.

use super::label::{Label, decibels};
use super::notes::put_notes;
use super::{Done, find};
use crate::command::{AddAudioClip, AddMedia, AddNoteClip, DuplicateClip, MoveClip, SetClip};
use crate::draft::Draft;
use crate::entity::{AudioContent, Clip, ClipContent, Kind, Media, MidiEvent, Note, NoteContent};
use crate::extra::Extra;
use crate::id::Id;
use crate::project::Project;
use crate::rule::Rule;
use crate::validate::{COLORS, check_position};
use units::{SampleRate, Samples, Superclock, Ticks};

pub(super) fn add_media(draft: &mut Draft, it: &AddMedia) -> Result<Done, Rule> {
    let id = draft.claim(it.id)?;
    draft.put(Media {
        id,
        hash: it.hash.clone(),
        name: it.name.clone(),
        path: it.path.clone(),
        sample_rate: it.sample_rate,
        channels: it.channels,
        frames: it.frames,
        extra: Extra::default(),
    });
    Done::created(id, Label::new(format!("Add {}", it.name), "Add", "sound files"))
}

pub(super) fn add_audio_clip(draft: &mut Draft, it: &AddAudioClip) -> Result<Done, Rule> {
    check_position("start", it.start)?;
    let media = find(draft, it.media, Kind::Media, |project, id| project.media(id))?.clone();
    let id = draft.claim(it.id)?;
    let stem = media.name.rsplit_once('.').map_or(media.name.as_str(), |(stem, _)| stem);
    let name = if it.name.is_empty() { stem.to_owned() } else { it.name.clone() };
    let label = Label::new(format!("Add “{name}”"), "Add", "clips");
    let length = match it.length {
        Some(length) => length,
        None => length_of_rest(draft.project(), it.start, &media, it.offset_frames)?,
    };
    let content = ClipContent::Audio(AudioContent {
        media: it.media,
        offset_frames: it.offset_frames,
        gain_db: it.gain_db,
        reverse: false,
        extra: Extra::default(),
    });
    let clip = Clip::new(id, it.track, (it.start, length), name, content);
    draft.put(Clip { lane: it.lane, ..clip });
    Done::created(id, label)
}

/// The shortest length of a clip that plays all frames of a media from `offset_frames` on.
fn length_of_rest(project: &Project, start: Ticks, media: &Media, offset_frames: i64) -> Result<Ticks, Rule> {
    let rate = SampleRate::new(media.sample_rate).ok_or(Rule::Refused("the media has no sample rate"))?;
    let tempo = project.tempo_map();
    let frames = Samples(media.frames.saturating_sub(offset_frames).clamp(1, media.frames.max(1)));
    let end_sample = tempo.samples(start, rate) + frames;
    let mut end = tempo.ticks(Superclock::from_samples(end_sample, rate)).max(start + Ticks(1));
    while tempo.samples(end, rate) < end_sample {
        end += Ticks(1);
    }
    Ok(end - start)
}

pub(super) fn add_note_clip(draft: &mut Draft, it: &AddNoteClip) -> Result<Done, Rule> {
    let track = find(draft, it.track, Kind::Track, |project, id| project.track(id))?.name.clone();
    let id = draft.claim(it.id)?;
    let name = if it.name.is_empty() { track } else { it.name.clone() };
    let label = Label::new(format!("Add “{name}”"), "Add", "clips");
    let content = ClipContent::Notes(NoteContent::default());
    let clip = Clip::new(id, it.track, (it.start, it.length), name, content);
    draft.put(Clip { lane: it.lane, ..clip });
    put_notes(draft, id, &it.notes)?;
    Done::created(id, label)
}

pub(super) fn set_clip(draft: &mut Draft, it: &SetClip) -> Result<Done, Rule> {
    let mut clip = find(draft, it.id, Kind::Clip, |project, id| project.clip(id))?.clone();
    let (text, verb) = label_of_set_clip(&clip.name, it);
    clip.name = it.name.clone().unwrap_or(clip.name);
    clip.length = it.length.unwrap_or(clip.length);
    clip.mute = it.mute.unwrap_or(clip.mute);
    clip.lane = it.lane.unwrap_or(clip.lane);
    clip.color = it.color.map_or(clip.color, |color| Some(color).filter(|color| *color != COLORS));
    clip.fade_in = it.fade_in.unwrap_or(clip.fade_in);
    clip.fade_out = it.fade_out.unwrap_or(clip.fade_out);
    clip.fade_in_curve = it.fade_in_curve.unwrap_or(clip.fade_in_curve);
    clip.fade_out_curve = it.fade_out_curve.unwrap_or(clip.fade_out_curve);
    if it.length.is_some() {
        fit_fades(&mut clip, it.fade_in.is_none(), it.fade_out.is_none());
    }
    clip.loop_length = it.loop_length.unwrap_or(clip.loop_length);
    clip.loop_phase = match it.loop_phase {
        Some(phase) => phase,
        None if clip.is_looped() => Ticks(clip.loop_phase.0 % clip.loop_length.0),
        None => Ticks::ZERO,
    };
    set_content(draft.project(), &mut clip, it)?;
    draft.put(clip);
    Done::changed(Label::new(text, verb, "clips"))
}

/// Shortens the fades that may be shortened until both fit, the one at the end first.
pub(super) fn fit_fades(clip: &mut Clip, fade_in: bool, fade_out: bool) {
    let room = |other: Ticks| Ticks((clip.length.0.saturating_sub(other.0)).max(0));
    let shorter_out = clip.fade_out.min(room(clip.fade_in));
    if fade_out && fade_in {
        clip.fade_in = clip.fade_in.min(room(Ticks::ZERO));
        clip.fade_out = clip.fade_out.min(Ticks((clip.length.0 - clip.fade_in.0).max(0)));
    } else if fade_out {
        clip.fade_out = shorter_out;
    } else if fade_in {
        clip.fade_in = clip.fade_in.min(room(clip.fade_out));
    }
}

fn set_content(project: &Project, clip: &mut Clip, it: &SetClip) -> Result<(), Rule> {
    let (start, window) = (clip.start, clip.window());
    match &mut clip.content {
        ClipContent::Audio(_) if it.offset.is_some() => {
            Err(Rule::Refused("an audio clip is slipped by frames: offset_frames"))
        }
        ClipContent::Audio(audio) => {
            audio.gain_db = it.gain_db.unwrap_or(audio.gain_db);
            if it.reverse.is_some_and(|reverse| reverse != audio.reverse) {
                turn_round(project, audio, start, window)?;
            }
            audio.offset_frames = it.offset_frames.unwrap_or(audio.offset_frames);
            Ok(())
        }
        ClipContent::Notes(_) if it.gain_db.is_some() => Err(Rule::Refused("a note clip has no gain")),
        ClipContent::Notes(_) if it.reverse.is_some() => {
            Err(Rule::Refused("a note clip cannot be played backwards"))
        }
        ClipContent::Notes(_) if it.offset_frames.is_some() => {
            Err(Rule::Refused("a note clip is slipped by ticks: offset"))
        }
        ClipContent::Notes(notes) => {
            notes.offset = it.offset.unwrap_or(notes.offset);
            Ok(())
        }
    }
}

/// Plays the same stretch of media in the other direction.
fn turn_round(project: &Project, audio: &mut AudioContent, start: Ticks, window: Ticks) -> Result<(), Rule> {
    let media = project.media(audio.media).ok_or(Rule::Refused("the media is gone"))?;
    let rate = SampleRate::new(media.sample_rate).ok_or(Rule::Refused("the media has no sample rate"))?;
    check_position("end", start)?;
    check_position("length", window)?;
    let tempo = project.tempo_map();
    let frames = (tempo.samples(start + window, rate) - tempo.samples(start, rate)).0;
    audio.offset_frames = (media.frames - audio.offset_frames).saturating_sub(frames).max(0);
    audio.reverse = !audio.reverse;
    Ok(())
}

fn label_of_set_clip(name: &str, it: &SetClip) -> (String, &'static str) {
    let fields = [
        it.name.as_ref().map(|new| (format!("Rename “{name}” to “{new}”"), "Rename")),
        it.length.map(|_| (format!("Trim “{name}”"), "Trim")),
        it.mute.map(|on| {
            if on {
                (format!("Mute “{name}”"), "Mute")
            } else {
                (format!("Unmute “{name}”"), "Unmute")
            }
        }),
        it.gain_db.map(|db| (format!("Set gain of “{name}” to {}", decibels(db)), "Set gain of")),
        it.lane.map(|_| (format!("Move “{name}” to another lane"), "Move to another lane")),
        it.color.map(|_| (format!("Set color of “{name}”"), "Set color of")),
        is_fade(it).then(|| (format!("Set fades of “{name}”"), "Set fades of")),
        (it.loop_length.or(it.loop_phase)).map(|_| (format!("Loop “{name}”"), "Loop")),
        it.reverse.map(|_| (format!("Reverse “{name}”"), "Reverse")),
        it.offset_frames.or(it.offset.map(|it| it.0)).map(|_| (format!("Slip “{name}”"), "Slip")),
    ];
    let mut given = fields.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(label), None) => label,
        // A clip trimmed at its start slips too.
        (Some(label), Some((_, "Slip"))) if it.length.is_some() && given.next().is_none() => label,
        _ => (format!("Change “{name}”"), "Change"),
    }
}

fn is_fade(it: &SetClip) -> bool {
    let curve = it.fade_in_curve.or(it.fade_out_curve);
    it.fade_in.or(it.fade_out).is_some() || curve.is_some()
}

pub(super) fn move_clip(draft: &mut Draft, it: &MoveClip) -> Result<Done, Rule> {
    let clip = find(draft, it.id, Kind::Clip, |project, id| project.clip(id))?.clone();
    let label = Label::new(format!("Move “{}”", clip.name), "Move", "clips");
    let track = it.track.unwrap_or(clip.track);
    draft.put(Clip { track, start: it.start, ..clip });
    Done::changed(label)
}

pub(super) fn duplicate_clip(draft: &mut Draft, it: &DuplicateClip) -> Result<Done, Rule> {
    let clip = find(draft, it.id, Kind::Clip, |project, id| project.clip(id))?.clone();
    let label = Label::new(format!("Duplicate “{}”", clip.name), "Duplicate", "clips");
    let id = draft.claim(it.new_id)?;
    let track = it.track.unwrap_or(clip.track);
    draft.put(Clip { id, track, start: it.start, ..clip });
    copy_contents(draft, it.id, id)?;
    Done::created(id, label)
}

/// Gives a clip copies of all notes and MIDI events of another.
pub(super) fn copy_contents(draft: &mut Draft, from: Id, to: Id) -> Result<(), Rule> {
    let notes: Vec<Note> = draft.project().notes_of(from).cloned().collect();
    for note in notes {
        let id = draft.claim(None)?;
        draft.put(Note { id, clip: to, ..note });
    }
    let events: Vec<MidiEvent> = draft.project().midi_events_of(from).cloned().collect();
    for event in events {
        let id = draft.claim(None)?;
        draft.put(MidiEvent { id, clip: to, ..event });
    }
    Ok(())
}
