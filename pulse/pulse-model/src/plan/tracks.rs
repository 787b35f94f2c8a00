//! Commands on tracks, their mixer strips and sends.

use super::label::{Label, decibels, pan};
use super::{Done, find, place};
use crate::command::{AddSend, AddTrack, MoveTrack, SetSend, SetTrack};
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
    let order = order_above(draft, it.before, id)?;
    draft.put(Track {
        id,
        kind: it.kind,
        name: it.name.clone(),
        color: it.color.unwrap_or(count % COLORS),
        order,
        fader_db: 0.0,
        pan: 0.0,
        mute: false,
        solo: false,
        output: None,
        extra: Extra::default(),
    });
    let what = if it.kind == TrackKind::Bus { "bus" } else { "track" };
    Done::created(id, Label::new(format!("Add {what} {}", it.name), "Add", "tracks"))
}

/// The order of a track above another or the master; moves the others aside where there is no room.
fn order_above(draft: &mut Draft, before: Option<Id>, moved: Id) -> Result<f64, Rule> {
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
    let fields = [
        it.name.as_ref().map(|new| (format!("Rename track {name} to {new}"), "Rename")),
        it.color.map(|_| (format!("Set color of {name}"), "Set color of")),
        it.fader_db.map(|db| (format!("Set fader of {name} to {}", decibels(db)), "Set fader of")),
        it.pan.map(|value| (format!("Set pan of {name} to {}", pan(value)), "Set pan of")),
        it.mute.map(|on| {
            (format!("{} {name}", if on { "Mute" } else { "Unmute" }), if on { "Mute" } else { "Unmute" })
        }),
        it.solo.map(|on| {
            (format!("{} {name}", if on { "Solo" } else { "Unsolo" }), if on { "Solo" } else { "Unsolo" })
        }),
        it.output.map(|output| {
            let target = draft.project().track(output).unwrap_or(draft.project().master());
            (format!("Route {name} to {}", target.name), "Route")
        }),
    ];
    let mut given = fields.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some((text, verb)), None) => Label::new(text, verb, "tracks"),
        _ => Label::new(format!("Change track {name}"), "Change", "tracks"),
    }
}

pub(super) fn move_track(draft: &mut Draft, it: &MoveTrack) -> Result<Done, Rule> {
    let track = find(draft, it.id, Kind::Track, |project, id| project.track(id))?.clone();
    if track.kind == TrackKind::Master {
        return Err(Rule::Essential("the master is always last"));
    }
    let label = Label::new(format!("Move track {}", track.name), "Move", "tracks");
    let before = it.before.unwrap_or(draft.project().master().id);
    let next = draft.project().tracks().skip_while(|other| other.id != it.id).nth(1).map(|next| next.id);
    if before == it.id || Some(before) == next {
        return Done::changed(label);
    }
    let order = order_above(draft, Some(before), it.id)?;
    draft.put(Track { order, ..track });
    Done::changed(label)
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
