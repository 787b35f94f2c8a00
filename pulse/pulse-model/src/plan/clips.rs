//! Commands on media, clips, notes and MIDI events.

use super::label::{Label, decibels};
use super::{Done, find};
use crate::command::{
    AddAudioClip, AddMedia, AddMidiEvents, AddNoteClip, AddNotes, MoveClip, NewNote, SetClip, SetNote,
    SplitClip,
};
use crate::draft::Draft;
use crate::entity::{AudioContent, Clip, ClipContent, Kind, Media, MidiEvent, Note, NoteContent};
use crate::extra::Extra;
use crate::id::Id;
use crate::project::Project;
use crate::rule::Rule;
use crate::validate::check_position;
use units::{SampleRate, Samples, Superclock, Ticks};

/// Velocity of a note that was given none.
const DEFAULT_VELOCITY: f64 = 0.8;

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
        extra: Extra::default(),
    });
    draft.put(Clip {
        id,
        track: it.track,
        start: it.start,
        length,
        name,
        mute: false,
        content,
        extra: Extra::default(),
    });
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
    draft.put(Clip {
        id,
        track: it.track,
        start: it.start,
        length: it.length,
        name,
        mute: false,
        content: ClipContent::Notes(NoteContent::default()),
        extra: Extra::default(),
    });
    put_notes(draft, id, &it.notes)?;
    Done::created(id, label)
}

fn put_notes(draft: &mut Draft, clip: Id, notes: &[NewNote]) -> Result<(), Rule> {
    for note in notes {
        let id = draft.claim(note.id)?;
        draft.put(Note {
            id,
            clip,
            start: note.start,
            length: note.length,
            pitch: note.pitch,
            velocity: note.velocity.unwrap_or(DEFAULT_VELOCITY),
            release_velocity: note.release_velocity,
            channel: note.channel,
            extra: Extra::default(),
        });
    }
    Ok(())
}

pub(super) fn set_clip(draft: &mut Draft, it: &SetClip) -> Result<Done, Rule> {
    let mut clip = find(draft, it.id, Kind::Clip, |project, id| project.clip(id))?.clone();
    let (text, verb) = label_of_set_clip(&clip.name, it);
    clip.name = it.name.clone().unwrap_or(clip.name);
    clip.length = it.length.unwrap_or(clip.length);
    clip.mute = it.mute.unwrap_or(clip.mute);
    if let Some(gain_db) = it.gain_db {
        match &mut clip.content {
            ClipContent::Audio(audio) => audio.gain_db = gain_db,
            ClipContent::Notes(_) => return Err(Rule::Refused("a note clip has no gain")),
        }
    }
    draft.put(clip);
    Done::changed(Label::new(text, verb, "clips"))
}

fn label_of_set_clip(name: &str, it: &SetClip) -> (String, &'static str) {
    match (&it.name, it.length, it.mute, it.gain_db) {
        (Some(new), None, None, None) => (format!("Rename “{name}” to “{new}”"), "Rename"),
        (None, Some(_), None, None) => (format!("Trim “{name}”"), "Trim"),
        (None, None, Some(true), None) => (format!("Mute “{name}”"), "Mute"),
        (None, None, Some(false), None) => (format!("Unmute “{name}”"), "Unmute"),
        (None, None, None, Some(db)) => (format!("Set gain of “{name}” to {}", decibels(db)), "Set gain of"),
        _ => (format!("Change “{name}”"), "Change"),
    }
}

pub(super) fn move_clip(draft: &mut Draft, it: &MoveClip) -> Result<Done, Rule> {
    let clip = find(draft, it.id, Kind::Clip, |project, id| project.clip(id))?.clone();
    let label = Label::new(format!("Move “{}”", clip.name), "Move", "clips");
    let track = it.track.unwrap_or(clip.track);
    draft.put(Clip { track, start: it.start, ..clip });
    Done::changed(label)
}

pub(super) fn split_clip(draft: &mut Draft, it: &SplitClip) -> Result<Done, Rule> {
    let left = find(draft, it.id, Kind::Clip, |project, id| project.clip(id))?.clone();
    if it.position <= left.start || it.position >= left.end() {
        return Err(Rule::Refused("the cut must lie inside the clip"));
    }
    let past = it.position - left.start;
    let right = draft.claim(it.right)?;
    let content = match &left.content {
        ClipContent::Audio(audio) => split_audio(draft.project(), &left, audio, it.position)?,
        ClipContent::Notes(notes) => {
            let cut = notes.offset + past;
            split_notes(draft, left.id, right, cut);
            ClipContent::Notes(NoteContent { offset: cut, ..notes.clone() })
        }
    };
    let label = Label::new(format!("Split “{}”", left.name), "Split", "clips");
    draft.put(Clip { id: right, start: it.position, length: left.length - past, content, ..left.clone() });
    draft.put(Clip { length: past, ..left });
    Done::created(right, label)
}

/// The right part goes on at the very frame the left one would have reached.
fn split_audio(
    project: &Project,
    left: &Clip,
    audio: &AudioContent,
    cut: Ticks,
) -> Result<ClipContent, Rule> {
    let media = project.media(audio.media).ok_or(Rule::Refused("the media is gone"))?;
    let rate = SampleRate::new(media.sample_rate).ok_or(Rule::Refused("the media has no sample rate"))?;
    let tempo = project.tempo_map();
    let frames = (tempo.samples(cut, rate) - tempo.samples(left.start, rate)).0;
    let offset_frames = audio.offset_frames + frames;
    if offset_frames >= media.frames {
        return Err(Rule::Refused("the media ends before the cut"));
    }
    Ok(ClipContent::Audio(AudioContent { offset_frames, ..audio.clone() }))
}

/// Moves what begins at or after the cut to the right clip, and ends at the cut what crosses it. Positions are in the
/// content, which the right clip looks into from the cut on.
fn split_notes(draft: &mut Draft, left: Id, right: Id, cut: Ticks) {
    let notes: Vec<Note> =
        draft.project().notes_of(left).filter(|it| it.start + it.length > cut).cloned().collect();
    for note in notes {
        if note.start >= cut {
            draft.put(Note { clip: right, ..note });
        } else {
            draft.put(Note { length: cut - note.start, ..note });
        }
    }
    let events: Vec<MidiEvent> =
        draft.project().midi_events_of(left).rev().take_while(|it| it.position >= cut).cloned().collect();
    for event in events {
        draft.put(MidiEvent { clip: right, ..event });
    }
}

pub(super) fn add_notes(draft: &mut Draft, it: &AddNotes) -> Result<Done, Rule> {
    let clip = find(draft, it.clip, Kind::Clip, |project, id| project.clip(id))?.name.clone();
    put_notes(draft, it.clip, &it.notes)?;
    Done::changed(Label::new(format!("Add note to “{clip}”"), "Add", "notes").counted(it.notes.len()))
}

pub(super) fn set_note(draft: &mut Draft, it: &SetNote) -> Result<Done, Rule> {
    let mut note = find(draft, it.id, Kind::Note, |project, id| project.note(id))?.clone();
    let clip = draft.project().clip(note.clip).map_or("", |clip| clip.name.as_str());
    let label = Label::new(format!("Change note of “{clip}”"), "Change", "notes");
    note.start = it.start.unwrap_or(note.start);
    note.length = it.length.unwrap_or(note.length);
    note.pitch = it.pitch.unwrap_or(note.pitch);
    note.velocity = it.velocity.unwrap_or(note.velocity);
    draft.put(note);
    Done::changed(label)
}

pub(super) fn add_midi_events(draft: &mut Draft, it: &AddMidiEvents) -> Result<Done, Rule> {
    let clip = find(draft, it.clip, Kind::Clip, |project, id| project.clip(id))?.name.clone();
    for event in &it.events {
        let id = draft.claim(event.id)?;
        let (position, data) = (event.position, event.data.clone());
        draft.put(MidiEvent { id, clip: it.clip, position, data, extra: Extra::default() });
    }
    Done::changed(
        Label::new(format!("Add MIDI event to “{clip}”"), "Add", "MIDI events").counted(it.events.len()),
    )
}
