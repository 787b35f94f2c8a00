//! Commands on notes and MIDI events.

use super::label::Label;
use super::{Done, find};
use crate::command::{AddMidiEvents, AddNotes, NewNote, QuantiseNotes, SetNote};
use crate::draft::Draft;
use crate::entity::{Clip, ClipContent, Kind, MidiEvent, Note};
use crate::extra::Extra;
use crate::id::Id;
use crate::project::Project;
use crate::rule::Rule;
use crate::validate::{MAX_TICKS, in_range, missing};
use std::collections::BTreeSet;
use units::Ticks;

/// Velocity of a note that was given none.
const DEFAULT_VELOCITY: f64 = 0.8;

pub(super) fn put_notes(draft: &mut Draft, clip: Id, notes: &[NewNote]) -> Result<(), Rule> {
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

pub(super) fn quantise(draft: &mut Draft, it: &QuantiseNotes) -> Result<Done, Rule> {
    let fits = it.grid > Ticks::ZERO && it.grid <= MAX_TICKS;
    in_range(fits, "grid", "1 to 2^53 - 1 ticks", || it.grid.to_string())?;
    in_range((0.0..=1.0).contains(&it.strength), "strength", "0 to 1", || it.strength.to_string())?;
    in_range((0.0..=1.0).contains(&it.swing), "swing", "0 to 1", || it.swing.to_string())?;
    let mut ids = BTreeSet::new();
    for id in &it.ids {
        match draft.project().kind(*id) {
            Some(Kind::Note) => {
                ids.insert(*id);
            }
            Some(Kind::Clip) => ids.extend(notes_in_window(draft.project(), *id)),
            _ => return Err(missing(draft.project(), *id, Kind::Note)),
        }
    }
    let mut name = String::new();
    for id in &ids {
        let note = find(draft, *id, Kind::Note, |project, id| project.note(id))?.clone();
        let clip = find(draft, note.clip, Kind::Clip, |project, id| project.clip(id))?;
        let start = quantised(draft.project(), clip, note.start, it);
        name.clone_from(&clip.name);
        draft.put(Note { start, ..note });
    }
    let label = Label::new(format!("Quantise a note of “{name}”"), "Quantise", "notes");
    Done::changed(label.counted(ids.len()))
}

/// The part of a clip's content that sounds: of a looped one, a turn of its loop.
fn window(clip: &Clip) -> std::ops::Range<Ticks> {
    let offset = match &clip.content {
        ClipContent::Notes(notes) => notes.offset,
        ClipContent::Audio(_) => Ticks::ZERO,
    };
    offset..Ticks(offset.0.saturating_add(clip.window().0))
}

fn notes_in_window(project: &Project, id: Id) -> Vec<Id> {
    let Some(window) = project.clip(id).map(window) else { return Vec::new() };
    project.notes_of(id).filter(|note| window.contains(&note.start)).map(|note| note.id).collect()
}

/// Where a note that starts at `start` in a clip's content is to start. One that is heard stays within what is heard.
fn quantised(project: &Project, clip: &Clip, start: Ticks, it: &QuantiseNotes) -> Ticks {
    let window = window(clip);
    let shift = clip.start - clip.loop_phase - window.start;
    let mut line = nearest_line(project, start + shift, it);
    if window.contains(&start) && line - shift >= window.end {
        line = nearest_line(project, line - it.grid, it);
    }
    let way = ((line - shift) - start).0 as f64 * it.strength;
    Ticks((start.0 + way.round() as i64).clamp(0, MAX_TICKS.0))
}

/// The line of the grid that is nearest to a position in the song; of two, the earlier. Each bar begins with a line.
fn nearest_line(project: &Project, position: Ticks, it: &QuantiseNotes) -> Ticks {
    let bars = project.signature_map();
    let bar = bars.bar_beat(position).bar;
    let (start, end) = (bars.bar_start(bar), bars.bar_start(bar + 1));
    let late = (it.grid.0 as f64 / 2.0 * it.swing).round() as i64;
    let line = |index: i64| Ticks(start.0 + index * it.grid.0 + late * (index & 1));
    let index = (position - start).0 / it.grid.0;
    let near = (index - 1).max(0)..=index.saturating_add(1);
    let lines = near.map(line).filter(|line| *line < end).chain([end]);
    lines.min_by_key(|line| (line.0 - position.0).abs()).unwrap_or(position)
}
