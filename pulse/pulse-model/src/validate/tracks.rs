//! Rules of tracks, their groups and inputs, and sends.

use super::{COLORS, FADER_DB, MAX_NAME_BYTES, check_name, check_text, in_range, track, track_kind};
use crate::entity::{Kind, Monitor, Send, Track, TrackKind};
use crate::id::Id;
use crate::project::{MASTER_ORDER, Project};
use crate::rule::Rule;

/// Most channels a track records: what the largest interfaces have.
const MAX_INPUT_CHANNELS: usize = 64;

/// Highest channel of a device.
const MAX_DEVICE_CHANNEL: u32 = 1024;

pub(super) fn check_track(project: &Project, it: &Track) -> Result<(), Rule> {
    check_name(&it.name)?;
    in_range(it.color < COLORS, "color", "0 to 7", || it.color.to_string())?;
    in_range(FADER_DB.contains(&it.fader_db), "fader", "-150 to +6 dB", || it.fader_db.to_string())?;
    in_range((-1.0..=1.0).contains(&it.pan), "pan", "-1 to +1", || it.pan.to_string())?;
    if it.kind == TrackKind::Master {
        if project.tracks().filter(|other| other.kind == TrackKind::Master).count() > 1 {
            return Err(Rule::Essential("there is exactly one master"));
        }
        in_range(it.order == MASTER_ORDER, "order of the master", "1e9", || it.order.to_string())?;
        if it.output.is_some() || it.group.is_some() {
            return Err(Rule::Essential("the master has no output and is in no group"));
        }
        return check_recording(it);
    }
    let fits = it.order.is_finite() && it.order < MASTER_ORDER;
    in_range(fits, "order", "finite and below the master's", || it.order.to_string())?;
    check_group(project, it)?;
    it.output.map_or(Ok(()), |output| check_bus(project, "an output", output))?;
    check_recording(it)
}

fn check_bus(project: &Project, what: &'static str, id: Id) -> Result<(), Rule> {
    let track = track(project, id)?;
    if track.kind.sums() {
        return Ok(());
    }
    Err(Rule::NotABus { what, track: track.name.clone(), is: track_kind(track.kind) })
}

/// A group within itself would be shown nowhere.
fn check_group(project: &Project, it: &Track) -> Result<(), Rule> {
    let mut around = it.group;
    // A chain of groups is shorter than the list of tracks, unless it goes round.
    for _ in 0..project.count(Kind::Track) {
        let Some(id) = around else { return Ok(()) };
        let group = track(project, id)?;
        if group.kind != TrackKind::Group {
            return Err(Rule::NotAGroup { track: group.name.clone(), is: track_kind(group.kind) });
        }
        if id == it.id {
            break;
        }
        around = group.group;
    }
    if around.is_none() { Ok(()) } else { Err(Rule::Refused("a group cannot be inside itself")) }
}

fn check_midi_output(it: &Track) -> Result<(), Rule> {
    let Some(output) = &it.midi_output else { return Ok(()) };
    if it.kind != TrackKind::Instrument {
        return Err(Rule::Refused("only instrument tracks have notes to send to a MIDI port"));
    }
    check_text("MIDI port", &output.port, MAX_NAME_BYTES)?;
    in_range(output.channel <= 16, "MIDI channel", "1 to 16, or 0 for each message's own", || {
        output.channel.to_string()
    })
}

fn check_recording(it: &Track) -> Result<(), Rule> {
    check_midi_output(it)?;
    if !it.kind.records() && (it.armed || it.monitor != Monitor::Auto || it.input.is_some()) {
        return Err(Rule::Refused("only audio and instrument tracks record"));
    }
    let Some(input) = &it.input else { return Ok(()) };
    if it.kind == TrackKind::Audio && !input.midi_port.is_empty() {
        return Err(Rule::Refused("an audio track records no MIDI"));
    }
    if it.kind == TrackKind::Instrument && !input.audio_channels.is_empty() {
        return Err(Rule::Refused("an instrument track records no audio"));
    }
    check_text("MIDI port", &input.midi_port, MAX_NAME_BYTES)?;
    let channels = &input.audio_channels;
    if channels.len() > MAX_INPUT_CHANNELS {
        return Err(Rule::TooLong { what: "the list of input channels", most: MAX_INPUT_CHANNELS });
    }
    for (index, channel) in channels.iter().enumerate() {
        in_range((1..=MAX_DEVICE_CHANNEL).contains(channel), "an input channel", "1 to 1024", || {
            channel.to_string()
        })?;
        in_range(!channels[..index].contains(channel), "input channels", "different", || {
            format!("{channel} twice")
        })?;
    }
    Ok(())
}

pub(super) fn check_send(project: &Project, it: &Send) -> Result<(), Rule> {
    in_range(it.order.is_finite(), "order", "finite", || it.order.to_string())?;
    in_range(FADER_DB.contains(&it.level_db), "level", "-150 to +6 dB", || it.level_db.to_string())?;
    if track(project, it.track)?.kind == TrackKind::Master {
        return Err(Rule::Refused("the master has no sends"));
    }
    check_bus(project, "the target of a send", it.target)
}
