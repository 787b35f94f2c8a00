//! Removing entities with what belongs to them.

use super::Done;
use super::label::Label;
use crate::command::Remove;
use crate::draft::Draft;
use crate::entity::{Entity, Kind, Track, TrackKind};
use crate::id::Id;
use crate::rule::Rule;
use std::collections::HashSet;
use units::Ticks;

pub(super) fn remove(draft: &mut Draft, it: &Remove) -> Result<Done, Rule> {
    let mut gone = HashSet::new();
    let mut first: Option<Entity> = None;
    let mut alike = true;
    let mut count = 0;
    for id in &it.ids {
        if gone.contains(id) {
            continue;
        }
        let entity = draft.project().get(*id).ok_or(Rule::NotFound { expected: "entity", id: *id })?;
        check_may_go(&entity)?;
        take_along(draft, &entity, &mut gone);
        let kind = entity.kind();
        alike &= first.get_or_insert(entity).kind() == kind;
        count += 1;
    }
    let (text, things) = first.as_ref().map_or(("Delete nothing".into(), "things"), named);
    let things = if alike { things } else { "things" };
    Done::changed(Label::new(text, "Delete", things).counted(count.max(1)))
}

fn check_may_go(entity: &Entity) -> Result<(), Rule> {
    match entity {
        Entity::Song(_) => Err(Rule::Essential("the song stays")),
        Entity::Track(it) if it.kind == TrackKind::Master => Err(Rule::Essential("the master stays")),
        Entity::TempoPoint(it) if it.position == Ticks::ZERO => {
            Err(Rule::Essential("the tempo at the start of the song stays"))
        }
        Entity::SignaturePoint(it) if it.position == Ticks::ZERO => {
            Err(Rule::Essential("the signature at the start of the song stays"))
        }
        _ => Ok(()),
    }
}

/// Deletes an entity and those under it; tracks that played into it play into the master, and the
/// members of a group join the group around it.
fn take_along(draft: &mut Draft, entity: &Entity, gone: &mut HashSet<Id>) {
    let id = entity.id();
    let mut doomed = Vec::new();
    match entity.kind() {
        Kind::Track => {
            let project = draft.project();
            let clips: Vec<Id> = project.clips_of(id).map(|it| it.id).collect();
            doomed.extend(clips.iter().flat_map(|clip| contents(draft, *clip)));
            doomed.extend(clips);
            doomed.extend(project.devices_of(id).map(|it| it.id));
            doomed.extend(project.sends_of(id).chain(project.sends_to(id)).map(|it| it.id));
            let around = project.track(id).and_then(|track| track.group);
            let orphans: Vec<Track> =
                project.tracks_into(id).chain(project.members_of(id)).cloned().collect();
            for mut track in orphans {
                let is_member = track.group == Some(id);
                if track.output == Some(id) {
                    track.output = around.filter(|_| is_member);
                }
                if is_member {
                    track.group = around;
                }
                draft.put(track);
            }
        }
        Kind::Clip => doomed.extend(contents(draft, id)),
        _ => {}
    }
    doomed.push(id);
    for id in doomed {
        draft.delete(id);
        gone.insert(id);
    }
}

fn contents(draft: &Draft, clip: Id) -> Vec<Id> {
    let project = draft.project();
    project.notes_of(clip).map(|it| it.id).chain(project.midi_events_of(clip).map(|it| it.id)).collect()
}

fn named(entity: &Entity) -> (String, &'static str) {
    match entity {
        Entity::Track(it) if it.kind == TrackKind::Bus => (format!("Delete bus {}", it.name), "tracks"),
        Entity::Track(it) if it.kind == TrackKind::Group => (format!("Delete group {}", it.name), "tracks"),
        Entity::Track(it) => (format!("Delete track {}", it.name), "tracks"),
        Entity::Clip(it) => (format!("Delete “{}”", it.name), "clips"),
        Entity::Device(it) => (format!("Delete {}", it.name), "devices"),
        Entity::Media(it) => (format!("Delete {}", it.name), "sound files"),
        Entity::Marker(it) => (format!("Delete marker “{}”", it.name), "markers"),
        Entity::Note(_) => ("Delete note".into(), "notes"),
        Entity::MidiEvent(_) => ("Delete MIDI event".into(), "MIDI events"),
        Entity::Send(_) => ("Delete send".into(), "sends"),
        Entity::TempoPoint(_) => ("Delete tempo change".into(), "tempo changes"),
        Entity::SignaturePoint(_) => ("Delete signature change".into(), "signature changes"),
        Entity::Song(_) => ("Delete song".into(), "songs"),
    }
}
