//! Commands that cut clips and put them together: split, join, choose a take.

use super::clips::copy_contents;
use super::label::Label;
use super::{Done, find};
use crate::command::{ChooseTake, JoinClips, SplitClip};
use crate::draft::Draft;
use crate::entity::{AudioContent, Clip, ClipContent, Kind, MidiEvent, Note, NoteContent};
use crate::id::Id;
use crate::project::Project;
use crate::rule::Rule;
use std::collections::HashSet;
use units::{SampleRate, Ticks};

/// What a refused cut says when nothing would sound to the right of it.
const MEDIA_ENDS: &str = "the media ends before the cut";

pub(super) fn split_clip(draft: &mut Draft, it: &SplitClip) -> Result<Done, Rule> {
    let left = find(draft, it.id, Kind::Clip, |project, id| project.clip(id))?;
    let label = Label::new(format!("Split “{}”", left.name), "Split", "clips");
    let right = cut(draft, it.id, it.position, it.right)?;
    Done::created(right, label)
}

/// Cuts a clip in two; gives the right part. The fade at each end stays with its part, as far as it fits.
fn cut(draft: &mut Draft, id: Id, position: Ticks, right: Option<Id>) -> Result<Id, Rule> {
    let left = find(draft, id, Kind::Clip, |project, id| project.clip(id))?.clone();
    if position <= left.start || position >= left.end() {
        return Err(Rule::Refused("the cut must lie inside the clip"));
    }
    let past = position - left.start;
    let rest = left.length - past;
    let right = draft.claim(right)?;
    let (content, loop_phase) = match &left.content {
        // Both parts look at the same turn of the loop.
        content if left.is_looped() => {
            (content.clone(), Ticks((left.loop_phase + past).0 % left.loop_length.0))
        }
        ClipContent::Audio(audio) => (split_audio(draft.project(), &left, audio, position)?, left.loop_phase),
        ClipContent::Notes(notes) => {
            let offset = notes.offset + past;
            (ClipContent::Notes(NoteContent { offset, ..notes.clone() }), left.loop_phase)
        }
    };
    let new = Clip {
        id: right,
        start: position,
        length: rest,
        fade_in: Ticks::ZERO,
        fade_out: left.fade_out.min(rest),
        loop_phase,
        content,
        ..left.clone()
    };
    let shared = left.is_looped();
    let offset = match &new.content {
        ClipContent::Notes(notes) => notes.offset,
        ClipContent::Audio(_) => Ticks::ZERO,
    };
    draft.put(new);
    match &left.content {
        ClipContent::Notes(_) if shared => copy_contents(draft, left.id, right)?,
        ClipContent::Notes(_) => split_notes(draft, left.id, right, offset),
        ClipContent::Audio(_) => {}
    }
    let fade_in = left.fade_in.min(past);
    draft.put(Clip { length: past, fade_in, fade_out: Ticks::ZERO, ..left });
    Ok(right)
}

/// The right part goes on at the very frame the left one would have reached.
fn split_audio(
    project: &Project,
    left: &Clip,
    audio: &AudioContent,
    cut: Ticks,
) -> Result<ClipContent, Rule> {
    let offset_frames = audio.offset_frames + frames_between(project, audio, left.start, cut)?;
    let media = project.media(audio.media).ok_or(Rule::Refused("the media is gone"))?;
    if offset_frames >= media.frames {
        return Err(Rule::Refused(MEDIA_ENDS));
    }
    Ok(ClipContent::Audio(AudioContent { offset_frames, ..audio.clone() }))
}

/// Frames of a clip's media that play between two positions of the song.
fn frames_between(project: &Project, audio: &AudioContent, from: Ticks, to: Ticks) -> Result<i64, Rule> {
    let media = project.media(audio.media).ok_or(Rule::Refused("the media is gone"))?;
    let rate = SampleRate::new(media.sample_rate).ok_or(Rule::Refused("the media has no sample rate"))?;
    let tempo = project.tempo_map();
    Ok((tempo.samples(to, rate) - tempo.samples(from, rate)).0)
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

pub(super) fn join_clips(draft: &mut Draft, it: &JoinClips) -> Result<Done, Rule> {
    let ids: HashSet<Id> = it.ids.iter().copied().collect();
    let mut parts: Vec<Clip> = Vec::with_capacity(ids.len());
    for id in ids {
        parts.push(find(draft, id, Kind::Clip, |project, id| project.clip(id))?.clone());
    }
    parts.sort_by_key(|clip| (clip.start, clip.id));
    let [first, .., last] = parts.as_slice() else {
        return Err(Rule::Refused("there must be two clips or more to join"));
    };
    if parts.iter().any(|clip| (clip.track, clip.lane) != (first.track, first.lane)) {
        return Err(Rule::Refused("clips to join must be on one track and lane"));
    }
    if parts.windows(2).any(|pair| pair[0].end() > pair[1].start) {
        return Err(Rule::Refused("clips to join must not overlap"));
    }
    let label = Label::new(format!("Join into “{}”", first.name), "Join", "clips");
    let id = match it.id {
        Some(id) if id != first.id => draft.claim(Some(id))?,
        _ => first.id,
    };
    let whole = Clip {
        id,
        length: last.end() - first.start,
        fade_out: last.fade_out,
        fade_out_curve: last.fade_out_curve,
        ..first.clone()
    };
    match &first.content {
        ClipContent::Audio(_) => join_audio(draft, &parts, whole)?,
        ClipContent::Notes(_) => join_notes(draft, &parts, whole)?,
    }
    for clip in parts.iter().filter(|clip| clip.id != id) {
        draft.delete(clip.id);
    }
    Done::created(id, label)
}

fn join_audio(draft: &mut Draft, parts: &[Clip], whole: Clip) -> Result<(), Rule> {
    for pair in parts.windows(2) {
        if !continues(draft.project(), &pair[0], &pair[1])? {
            return Err(Rule::Refused(
                "sounds can be joined only where each goes on as the one before would",
            ));
        }
    }
    draft.put(whole);
    Ok(())
}

/// Whether two clips sound like one that was split. A frame more or less is what an edit of the tempo leaves of one.
fn continues(project: &Project, left: &Clip, right: &Clip) -> Result<bool, Rule> {
    let (ClipContent::Audio(before), ClipContent::Audio(after)) = (&left.content, &right.content) else {
        return Ok(false);
    };
    let alike = left.end() == right.start
        && (left.mute, left.loop_length) == (right.mute, right.loop_length)
        && (before.media, before.reverse) == (after.media, after.reverse)
        && before.gain_db == after.gain_db;
    if !alike {
        return Ok(false);
    }
    if left.is_looped() {
        let phase = (left.loop_phase + left.length).0 % left.loop_length.0;
        return Ok(before.offset_frames == after.offset_frames && right.loop_phase.0 == phase);
    }
    let frames = frames_between(project, before, left.start, right.start)?;
    Ok((before.offset_frames + frames - after.offset_frames).abs() <= 1)
}

/// Writes what is heard of each clip into the whole, loops turn by turn. What was not heard is gone.
fn join_notes(draft: &mut Draft, parts: &[Clip], whole: Clip) -> Result<(), Rule> {
    let (id, start) = (whole.id, whole.start);
    let content = ClipContent::Notes(NoteContent::default());
    let (loop_length, loop_phase) = (Ticks::ZERO, Ticks::ZERO);
    draft.put(Clip { content, loop_length, loop_phase, ..whole });
    for clip in parts {
        let notes: Vec<Note> = draft.project().notes_of(clip.id).cloned().collect();
        let events: Vec<MidiEvent> = draft.project().midi_events_of(clip.id).cloned().collect();
        let mut kept = HashSet::new();
        for (from, to, shift) in heard(clip) {
            for note in notes.iter().filter(|note| (from..to).contains(&note.start)) {
                let new = if kept.insert(note.id) { note.id } else { draft.claim(None)? };
                let length = (note.start + note.length).min(to) - note.start;
                draft.put(Note {
                    id: new,
                    clip: id,
                    start: note.start + shift - start,
                    length,
                    ..note.clone()
                });
            }
            for event in events.iter().filter(|event| (from..to).contains(&event.position)) {
                let new = if kept.insert(event.id) { event.id } else { draft.claim(None)? };
                let position = event.position + shift - start;
                draft.put(MidiEvent { id: new, clip: id, position, ..event.clone() });
            }
        }
        let unheard = notes.iter().map(|it| it.id).chain(events.iter().map(|it| it.id));
        unheard.filter(|id| !kept.contains(id)).for_each(|id| draft.delete(id));
    }
    Ok(())
}

/// The stretches of a note clip's content that are heard, from and to, and what to add for their place in the song.
fn heard(clip: &Clip) -> Vec<(Ticks, Ticks, Ticks)> {
    let ClipContent::Notes(notes) = &clip.content else { return Vec::new() };
    let (offset, window) = (notes.offset, clip.window());
    let stretch = |turn: Ticks| {
        let shift = turn - offset;
        let from = turn.max(clip.start) - shift;
        let to = (turn + window).min(clip.end()) - shift;
        (from, to, shift)
    };
    clip.turns().map(stretch).collect()
}

pub(super) fn choose_take(draft: &mut Draft, it: &ChooseTake) -> Result<Done, Rule> {
    let take = find(draft, it.clip, Kind::Clip, |project, id| project.clip(id))?.clone();
    if take.lane == 0 {
        return Err(Rule::Refused("this take is heard already"));
    }
    let overlaps = |clip: &&Clip| clip.lane == 0 && clip.start < take.end() && clip.end() > take.start;
    let heard: Vec<Clip> = draft.project().clips_of(take.track).filter(overlaps).cloned().collect();
    for clip in heard {
        let mut inner = clip.id;
        if clip.start < take.start {
            match cut(draft, inner, take.start, None) {
                Ok(right) => inner = right,
                Err(Rule::Refused(MEDIA_ENDS)) => {
                    end_at(draft, inner, take.start)?;
                    continue;
                }
                Err(rule) => return Err(rule),
            }
        }
        if clip.end() > take.end() {
            match cut(draft, inner, take.end(), None) {
                Err(Rule::Refused(MEDIA_ENDS)) => end_at(draft, inner, take.end())?,
                done => {
                    done?;
                }
            }
        }
        let inner = find(draft, inner, Kind::Clip, |project, id| project.clip(id))?.clone();
        draft.put(Clip { lane: take.lane, ..inner });
    }
    let label = Label::new(format!("Choose take “{}”", take.name), "Choose", "takes");
    draft.put(Clip { lane: 0, ..take });
    Done::changed(label)
}

/// Ends a clip earlier, where nothing of it sounds any more.
fn end_at(draft: &mut Draft, id: Id, end: Ticks) -> Result<(), Rule> {
    let clip = find(draft, id, Kind::Clip, |project, id| project.clip(id))?.clone();
    let length = end - clip.start;
    let fade_in = clip.fade_in.min(length);
    draft.put(Clip { length, fade_in, fade_out: Ticks::ZERO, ..clip });
    Ok(())
}
