//! Groups and the order of tracks: the members of a group follow it, however they are moved.

use super::label::Label;
use super::tracks::order_above;
use super::{Done, find};
use crate::command::MoveTrack;
use crate::draft::Draft;
use crate::entity::{Kind, Track, TrackKind};
use crate::id::Id;
use crate::project::Project;
use crate::rule::Rule;

/// Makes a track a member of a group that it plays into, or of none if the id is 0. Whether it may is judged later.
pub(super) fn enter(track: &mut Track, group: Id) {
    let group = Some(group).filter(|id| *id != Id(0));
    if group != track.group {
        if group.is_some() || track.output == track.group {
            track.output = group;
        }
        track.group = group;
    }
}

/// The track after the last one of a group; `None` if it is the last of all but the master. `apart` are not counted.
pub(super) fn next_after(project: &Project, group: Id, apart: &[Id]) -> Option<Id> {
    let block = block(project, group);
    let rest = project.tracks().map(|track| track.id).filter(|id| !apart.contains(id));
    let tail: Vec<Id> = rest.collect();
    let last = tail.iter().rposition(|id| block.contains(id))?;
    tail.get(last + 1).copied()
}

/// A track and all that are in it, as they are shown.
fn block(project: &Project, id: Id) -> Vec<Id> {
    let is_inside = |track: &&Track| {
        let mut around = Some(track.id);
        // As long as a step of the way up is wrong, the way may go round.
        for _ in 0..project.count(Kind::Track) {
            if around.is_none() || around == Some(id) {
                break;
            }
            around = around.and_then(|id| project.track(id)).and_then(|track| track.group);
        }
        around == Some(id)
    };
    project.tracks().filter(is_inside).map(|track| track.id).collect()
}

pub(super) fn move_track(draft: &mut Draft, it: &MoveTrack) -> Result<Done, Rule> {
    let mut track = find(draft, it.id, Kind::Track, |project, id| project.track(id))?.clone();
    if track.kind == TrackKind::Master {
        return Err(Rule::Essential("the master is always last"));
    }
    let label = Label::new(format!("Move track {}", track.name), "Move", "tracks");
    let block = block(draft.project(), it.id);
    if let Some(group) = it.group {
        if block.contains(&group) {
            return Err(Rule::Refused("a group cannot be inside itself"));
        }
        enter(&mut track, group);
    }
    let group = track.group;
    draft.put(track);
    let master = draft.project().master().id;
    let at_end = || group.and_then(|group| next_after(draft.project(), group, &block));
    let before = it.before.or_else(at_end).unwrap_or(master);
    if block.contains(&before) || is_in_place(draft.project(), &block, before) {
        return Done::changed(label);
    }
    for id in block {
        let order = order_above(draft, Some(before), id)?;
        let track = find(draft, id, Kind::Track, |project, id| project.track(id))?.clone();
        draft.put(Track { order, ..track });
    }
    Done::changed(label)
}

/// Whether the tracks of a block already stand together and above `before`.
fn is_in_place(project: &Project, block: &[Id], before: Id) -> bool {
    let order: Vec<Id> = project.tracks().map(|track| track.id).collect();
    let end = order.iter().position(|id| *id == before);
    end.and_then(|end| Some(order[end.checked_sub(block.len())?..end] == *block)).unwrap_or(false)
}
