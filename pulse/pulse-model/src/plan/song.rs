//! Commands on the song itself, its tempo, signature and markers.

use super::label::{Label, number};
use super::{Done, find};
use crate::command::{AddMarker, SetSignature, SetSong, SetTempo};
use crate::draft::Draft;
use crate::entity::{Kind, Marker, SignaturePoint, TempoPoint};
use crate::extra::Extra;
use crate::rule::Rule;
use crate::validate::{check_position, in_range};
use units::{MAX_BPM, MIN_BPM, Ticks};

pub(super) fn set_song(draft: &mut Draft, it: &SetSong) -> Result<Done, Rule> {
    let mut song = draft.project().song().clone();
    let text = match it {
        SetSong { name: Some(name), .. } => format!("Rename song to “{name}”"),
        SetSong { loop_start: None, loop_end: None, loop_enabled: Some(true), .. } => "Turn loop on".into(),
        SetSong { loop_start: None, loop_end: None, loop_enabled: Some(false), .. } => "Turn loop off".into(),
        _ => "Set loop".into(),
    };
    song.name = it.name.clone().unwrap_or(song.name);
    song.loop_enabled = it.loop_enabled.unwrap_or(song.loop_enabled);
    song.loop_start = it.loop_start.unwrap_or(song.loop_start);
    song.loop_end = it.loop_end.unwrap_or(song.loop_end);
    draft.put(song);
    Done::changed(Label::new(text, "Change song", "times"))
}

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
    if let Some(point) = draft.project().tempo_point_at(it.position) {
        draft.put(TempoPoint { superclocks_per_quarter, ..point.clone() });
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
    if let Some(point) = draft.project().signature_point_at(it.position) {
        draft.put(SignaturePoint { numerator, denominator, ..point.clone() });
        return Done::changed(label);
    }
    let id = draft.claim(it.id)?;
    draft.put(SignaturePoint { id, position: it.position, numerator, denominator, extra: Extra::default() });
    Done::created(id, label)
}

pub(super) fn add_marker(draft: &mut Draft, it: &AddMarker) -> Result<Done, Rule> {
    let id = draft.claim(it.id)?;
    draft.put(Marker { id, position: it.position, name: it.name.clone(), extra: Extra::default() });
    let marker = find(draft, id, Kind::Marker, |project, id| project.marker(id))?;
    Done::created(id, Label::new(format!("Add marker “{}”", marker.name), "Add", "markers"))
}

fn bar_and_beat(draft: &Draft, position: Ticks) -> String {
    let at = draft.project().signature_map().bar_beat(position);
    format!("{}|{}", at.bar, at.beat)
}
