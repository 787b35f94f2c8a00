//! Commands on the song itself, its tempo, signature and markers.

use super::label::{Label, decibels, number};
use super::{Done, find};
use crate::command::{AddMarker, SetMarker, SetSignature, SetSong, SetTempo};
use crate::draft::Draft;
use crate::entity::{Isolation, Kind, Marker, SignaturePoint, TempoPoint};
use crate::extra::Extra;
use crate::rule::Rule;
use crate::validate::{check_position, in_range};
use units::{MAX_BPM, MIN_BPM, Ticks};

pub(super) fn set_song(draft: &mut Draft, it: &SetSong) -> Result<Done, Rule> {
    let mut song = draft.project().song().clone();
    let text = label_of_set_song(it);
    song.name = it.name.clone().unwrap_or(song.name);
    song.loop_enabled = it.loop_enabled.unwrap_or(song.loop_enabled);
    song.loop_start = it.loop_start.unwrap_or(song.loop_start);
    song.loop_end = it.loop_end.unwrap_or(song.loop_end);
    song.punch_enabled = it.punch_enabled.unwrap_or(song.punch_enabled);
    song.punch_in = it.punch_in.unwrap_or(song.punch_in);
    song.punch_out = it.punch_out.unwrap_or(song.punch_out);
    song.metronome = it.metronome.unwrap_or(song.metronome);
    song.metronome_level_db = it.metronome_level_db.unwrap_or(song.metronome_level_db);
    song.count_in_bars = it.count_in_bars.unwrap_or(song.count_in_bars);
    song.pre_roll_bars = it.pre_roll_bars.unwrap_or(song.pre_roll_bars);
    song.isolation = it.isolation.unwrap_or(song.isolation);
    draft.put(song);
    Done::changed(Label::new(text, "Change song", "times"))
}

fn label_of_set_song(it: &SetSong) -> String {
    let on = |on: bool| if on { "on" } else { "off" };
    let loops = it.loop_start.is_some() || it.loop_end.is_some();
    let punches = it.punch_in.is_some() || it.punch_out.is_some();
    let lead = it.count_in_bars.is_some() || it.pre_roll_bars.is_some();
    match it {
        SetSong { name: Some(name), .. } => format!("Rename song to “{name}”"),
        _ if loops => "Set loop".into(),
        _ if punches => "Set punch range".into(),
        SetSong { loop_enabled: Some(state), .. } => format!("Turn loop {}", on(*state)),
        SetSong { punch_enabled: Some(state), .. } => format!("Turn punch {}", on(*state)),
        SetSong { metronome: Some(state), .. } => format!("Turn metronome {}", on(*state)),
        SetSong { metronome_level_db: Some(db), .. } => format!("Set metronome to {}", decibels(*db)),
        _ if lead => "Set count-in and pre-roll".into(),
        SetSong { isolation: Some(isolation), .. } => run_plugins(*isolation).into(),
        _ => "Change song".into(),
    }
}

fn run_plugins(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::Chain => "Run plugins with their chains",
        Isolation::Plugin => "Run each plugin alone",
        Isolation::Vendor => "Run plugins with their vendors'",
        Isolation::Shared => "Run all plugins in one process",
    }
}

/// A point moves when its id is given: the one at its new position, if any, gives way.
pub(super) fn set_tempo(draft: &mut Draft, it: &SetTempo) -> Result<Done, Rule> {
    check_position("position", it.position)?;
    in_range((MIN_BPM..=MAX_BPM).contains(&it.bpm), "tempo", "5 to 1000 beats a minute", || {
        it.bpm.to_string()
    })?;
    let text = match it.position {
        Ticks::ZERO => format!("Set tempo to {} bpm", number(it.bpm)),
        _ => format!("Set tempo at {} to {} bpm", bar_and_beat(draft, it.position), number(it.bpm)),
    };
    let label = Label::new(text, "Set", "tempos");
    let superclocks_per_quarter = units::TempoPoint::from_bpm(it.position, it.bpm).superclocks_per_quarter;
    let here = draft.project().tempo_point_at(it.position).cloned();
    let moved = it.id.and_then(|id| draft.project().tempo_point(id)).cloned();
    if let Some(moved) = moved.filter(|moved| moved.position != it.position) {
        if moved.position == Ticks::ZERO {
            return Err(Rule::Essential("the tempo at the start of the song stays"));
        }
        match here {
            Some(here) if it.position == Ticks::ZERO => {
                draft.delete(moved.id);
                draft.put(TempoPoint { superclocks_per_quarter, ..here });
            }
            here => {
                here.iter().for_each(|here| draft.delete(here.id));
                draft.put(TempoPoint { position: it.position, superclocks_per_quarter, ..moved });
            }
        }
        return Done::changed(label);
    }
    if let Some(point) = here {
        draft.put(TempoPoint { superclocks_per_quarter, ..point });
        return Done::changed(label);
    }
    let id = draft.claim(it.id)?;
    draft.put(TempoPoint { id, position: it.position, superclocks_per_quarter, extra: Extra::default() });
    Done::created(id, label)
}

pub(super) fn set_signature(draft: &mut Draft, it: &SetSignature) -> Result<Done, Rule> {
    check_position("position", it.position)?;
    let (numerator, denominator) = (it.numerator, it.denominator);
    let text = match it.position {
        Ticks::ZERO => format!("Set signature to {numerator}/{denominator}"),
        _ => {
            let bar = draft.project().signature_map().bar_beat(it.position).bar;
            format!("Set signature at bar {bar} to {numerator}/{denominator}")
        }
    };
    let label = Label::new(text, "Set", "signatures");
    let here = draft.project().signature_point_at(it.position).cloned();
    let moved = it.id.and_then(|id| draft.project().signature_point(id)).cloned();
    if let Some(moved) = moved.filter(|moved| moved.position != it.position) {
        if moved.position == Ticks::ZERO {
            return Err(Rule::Essential("the signature at the start of the song stays"));
        }
        match here {
            Some(here) if it.position == Ticks::ZERO => {
                draft.delete(moved.id);
                draft.put(SignaturePoint { numerator, denominator, ..here });
            }
            here => {
                here.iter().for_each(|here| draft.delete(here.id));
                draft.put(SignaturePoint { position: it.position, numerator, denominator, ..moved });
            }
        }
        return Done::changed(label);
    }
    if let Some(point) = here {
        draft.put(SignaturePoint { numerator, denominator, ..point });
        return Done::changed(label);
    }
    let id = draft.claim(it.id)?;
    draft.put(SignaturePoint { id, position: it.position, numerator, denominator, extra: Extra::default() });
    Done::created(id, label)
}

pub(super) fn add_marker(draft: &mut Draft, it: &AddMarker) -> Result<Done, Rule> {
    let id = draft.claim(it.id)?;
    draft.put(Marker { id, position: it.position, name: it.name.clone(), extra: Extra::default() });
    Done::created(id, Label::new(format!("Add marker “{}”", it.name), "Add", "markers"))
}

pub(super) fn set_marker(draft: &mut Draft, it: &SetMarker) -> Result<Done, Rule> {
    let mut marker = find(draft, it.id, Kind::Marker, |project, id| project.marker(id))?.clone();
    let (text, verb) = match (&it.name, it.position) {
        (Some(name), None) => (format!("Rename marker “{}” to “{name}”", marker.name), "Rename"),
        (None, Some(_)) => (format!("Move marker “{}”", marker.name), "Move"),
        _ => (format!("Change marker “{}”", marker.name), "Change"),
    };
    marker.position = it.position.unwrap_or(marker.position);
    marker.name = it.name.clone().unwrap_or(marker.name);
    draft.put(marker);
    Done::changed(Label::new(text, verb, "markers"))
}

fn bar_and_beat(draft: &Draft, position: Ticks) -> String {
    let at = draft.project().signature_map().bar_beat(position);
    format!("{}|{}", at.bar, at.beat)
}
