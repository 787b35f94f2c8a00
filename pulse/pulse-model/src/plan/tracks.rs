//! Commands on tracks, their mixer strips and sends.

use super::label::{Label, decibels, pan};
use super::{Done, find, groups, place};
use crate::command::{AddSend, AddTrack, SetSend, SetTrack};
use crate::draft::Draft;
use crate::entity::{Kind, Send, Track, TrackKind};
use crate::extra::Extra;
use crate::id::Id;
use crate::project::MASTER_ORDER;
use crate::rule::Rule;
use crate::validate::{COLORS, missing};

pub(super) fn add_track(draft: &mut Draft, it: &AddTrack) -> Result<Done, Rule> {
    if it.kind == TrackKind::Master {
        return Err(Rule::Essential("there is exactly one master"));
    }
    let id = draft.claim(it.id)?;
    let count = draft.project().count(Kind::Track) as u32 - 1;
    let before = it.before.or_else(|| groups::next_after(draft.project(), it.group?, &[]));
    let order = order_above(draft, before, id)?;
    let mut track = Track::new(id, it.kind, it.name.as_str(), order);
    track.color = it.color.unwrap_or(count % COLORS);
    if let Some(group) = it.group {
        groups::enter(&mut track, group);
    }
    draft.put(track);
    let what = match it.kind {
        TrackKind::Bus => "bus",
        TrackKind::Group => "group",
        _ => "track",
    };
    Done::created(id, Label::new(format!("Add {what} {}", it.name), "Add", "tracks"))
}

/// The order of a track above another or the master; moves the others aside where there is no room.
pub(super) fn order_above(draft: &mut Draft, before: Option<Id>, moved: Id) -> Result<f64, Rule> {
    let project = draft.project();
    let master = project.master().id;
    let tracks = project.tracks().filter(|it| it.id != moved && it.kind != TrackKind::Master);
    let siblings: Vec<_> = tracks.map(|it| (it.id, it.order)).collect();
    let before = before.filter(|id| *id != master);
    let (order, shifted) = place(&siblings, before, MASTER_ORDER)
        .ok_or_else(|| missing(project, before.unwrap_or_default(), Kind::Track))?;
    for (id, order) in shifted {
        let track = find(draft, id, Kind::Track, |project, id| project.track(id))?.clone();
        draft.put(Track { order, ..track });
    }
    Ok(order)
}

pub(super) fn set_track(draft: &mut Draft, it: &SetTrack) -> Result<Done, Rule> {
    let mut track = find(draft, it.id, Kind::Track, |project, id| project.track(id))?.clone();
    let label = label_of_set_track(draft, &track, it);
    track.name = it.name.clone().unwrap_or(track.name);
    track.color = it.color.unwrap_or(track.color);
    track.fader_db = it.fader_db.unwrap_or(track.fader_db);
    track.pan = it.pan.unwrap_or(track.pan);
    track.mute = it.mute.unwrap_or(track.mute);
    track.solo = it.solo.unwrap_or(track.solo);
    track.phase_invert = it.phase_invert.unwrap_or(track.phase_invert);
    track.solo_safe = it.solo_safe.unwrap_or(track.solo_safe);
    track.armed = it.armed.unwrap_or(track.armed);
    track.monitor = it.monitor.unwrap_or(track.monitor);
    track.input = it.input.clone().or(track.input);
    if let Some(output) = &it.midi_output {
        let mut chosen = output.clone();
        if let Some(before) = track.midi_output.take().filter(|_| chosen.extra == Extra::default()) {
            chosen.extra = before.extra;
        }
        track.midi_output = Some(chosen).filter(|output| !output.port.is_empty());
    }
    if let Some(group) = it.group {
        groups::enter(&mut track, group);
    }
    if let Some(output) = it.output {
        if track.kind == TrackKind::Master {
            return Err(Rule::Essential("the master has no output"));
        }
        let is_master = output == Id(0) || output == draft.project().master().id;
        track.output = if is_master { None } else { Some(output) };
    }
    draft.put(track);
    Done::changed(label)
}

fn label_of_set_track(draft: &Draft, track: &Track, it: &SetTrack) -> Label {
    let name = &track.name;
    let switch = |on: bool, verbs: [&'static str; 2]| {
        let verb = verbs[usize::from(!on)];
        (format!("{verb} {name}"), verb)
    };
    let named = |id: Id| draft.project().track(id).unwrap_or(draft.project().master()).name.as_str();
    let fields = [
        it.name.as_ref().map(|new| (format!("Rename track {name} to {new}"), "Rename")),
        it.color.map(|_| (format!("Set color of {name}"), "Set color of")),
        it.fader_db.map(|db| (format!("Set fader of {name} to {}", decibels(db)), "Set fader of")),
        it.pan.map(|value| (format!("Set pan of {name} to {}", pan(value)), "Set pan of")),
        it.mute.map(|on| switch(on, ["Mute", "Unmute"])),
        it.solo.map(|on| switch(on, ["Solo", "Unsolo"])),
        it.output.map(|output| (format!("Route {name} to {}", named(output)), "Route")),
        it.group.map(|group| match group {
            Id(0) => (format!("Take {name} out of its group"), "Ungroup"),
            group => (format!("Put {name} into {}", named(group)), "Group"),
        }),
        it.phase_invert.map(|on| switch(on, ["Invert phase of", "Restore phase of"])),
        it.solo_safe.map(|on| switch(on, ["Make solo-safe:", "Make no longer solo-safe:"])),
        it.armed.map(|on| switch(on, ["Arm", "Disarm"])),
        it.monitor.map(|_| (format!("Set monitoring of {name}"), "Set monitoring of")),
        it.input.as_ref().map(|_| (format!("Set input of {name}"), "Set input of")),
        it.midi_output.as_ref().map(|output| match output.port.as_str() {
            "" => (format!("Send {name} to no MIDI port"), "Set MIDI output of"),
            port => (format!("Send notes of {name} to {port}"), "Set MIDI output of"),
        }),
    ];
    let mut given = fields.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some((text, verb)), None) => Label::new(text, verb, "tracks"),
        _ => Label::new(format!("Change track {name}"), "Change", "tracks"),
    }
}

pub(super) fn add_send(draft: &mut Draft, it: &AddSend) -> Result<Done, Rule> {
    let track = find(draft, it.track, Kind::Track, |project, id| project.track(id))?.name.clone();
    let target = find(draft, it.target, Kind::Track, |project, id| project.track(id))?.name.clone();
    let id = draft.claim(it.id)?;
    let order = draft.project().sends_of(it.track).next_back().map_or(1.0, |last| last.order.floor() + 1.0);
    draft.put(Send {
        id,
        track: it.track,
        target: it.target,
        order,
        level_db: it.level_db,
        pre_fader: it.pre_fader,
        extra: Extra::default(),
    });
    Done::created(id, Label::new(format!("Send {track} to {target}"), "Add", "sends"))
}

pub(super) fn set_send(draft: &mut Draft, it: &SetSend) -> Result<Done, Rule> {
    let mut send = find(draft, it.id, Kind::Send, |project, id| project.send(id))?.clone();
    let name = |id| draft.project().track(id).map_or("", |track| track.name.as_str());
    let way = format!("{} to {}", name(send.track), name(send.target));
    let text = match (it.level_db, it.pre_fader) {
        (Some(db), None) => format!("Set send of {way} at {}", decibels(db)),
        (None, Some(true)) => format!("Send {way} before the fader"),
        (None, Some(false)) => format!("Send {way} after the fader"),
        _ => format!("Change send of {way}"),
    };
    send.level_db = it.level_db.unwrap_or(send.level_db);
    send.pre_fader = it.pre_fader.unwrap_or(send.pre_fader);
    draft.put(send);
    Done::changed(Label::new(text, "Change", "sends"))
}
