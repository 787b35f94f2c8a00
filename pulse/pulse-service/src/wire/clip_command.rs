//! Commands on clips and what is in them, on their way in.

use chorus::pulse::v1 as wire;
use pulse_model::{self as model, Command, FadeCurve, Id};
use units::Ticks;

use super::command::id;

/// A command on a clip, its notes or its MIDI events; `Err` if it is none.
pub(super) fn clip(kind: wire::command::Kind) -> Result<Command, &'static str> {
    use wire::command::Kind;
    Ok(match kind {
        Kind::AddAudioClip(it) => Command::AddAudioClip(model::AddAudioClip {
            id: id(it.id),
            track: Id(it.track),
            start: Ticks(it.start),
            length: it.length.map(Ticks),
            name: it.name,
            media: Id(it.media),
            offset_frames: it.offset_frames,
            gain_db: it.gain_db,
            lane: it.lane,
        }),
        Kind::AddNoteClip(it) => Command::AddNoteClip(model::AddNoteClip {
            id: id(it.id),
            track: Id(it.track),
            start: Ticks(it.start),
            length: Ticks(it.length),
            name: it.name,
            notes: it.notes.into_iter().map(new_note).collect(),
            lane: it.lane,
        }),
        Kind::SetClip(it) => return set_clip(it),
        Kind::MoveClip(it) => {
            Command::MoveClip(model::MoveClip { id: Id(it.id), track: id(it.track), start: Ticks(it.start) })
        }
        Kind::SplitClip(it) => Command::SplitClip(model::SplitClip {
            id: Id(it.id),
            position: Ticks(it.position),
            right: id(it.right),
        }),
        Kind::AddNotes(it) => Command::AddNotes(model::AddNotes {
            clip: Id(it.clip),
            notes: it.notes.into_iter().map(new_note).collect(),
        }),
        Kind::SetNote(it) => Command::SetNote(model::SetNote {
            id: Id(it.id),
            start: it.start.map(Ticks),
            length: it.length.map(Ticks),
            pitch: it.pitch,
            velocity: it.velocity,
        }),
        Kind::AddMidiEvents(it) => Command::AddMidiEvents(model::AddMidiEvents {
            clip: Id(it.clip),
            events: it.events.into_iter().map(new_event).collect(),
        }),
        Kind::DuplicateClip(it) => Command::DuplicateClip(model::DuplicateClip {
            id: Id(it.id),
            new_id: id(it.new_id),
            track: id(it.track),
            start: Ticks(it.start),
        }),
        Kind::JoinClips(it) => {
            Command::JoinClips(model::JoinClips { ids: it.ids.into_iter().map(Id).collect(), id: id(it.id) })
        }
        Kind::ChooseTake(it) => Command::ChooseTake(model::ChooseTake { clip: Id(it.clip) }),
        Kind::QuantiseNotes(it) => Command::QuantiseNotes(model::QuantiseNotes {
            ids: it.ids.into_iter().map(Id).collect(),
            grid: Ticks(it.grid),
            strength: it.strength,
            swing: it.swing,
        }),
        _ => return Err("it is no command of a clip"),
    })
}

fn set_clip(it: wire::SetClip) -> Result<Command, &'static str> {
    Ok(Command::SetClip(model::SetClip {
        id: Id(it.id),
        name: it.name,
        length: it.length.map(Ticks),
        mute: it.mute,
        gain_db: it.gain_db,
        lane: it.lane,
        fade_in: it.fade_in.map(Ticks),
        fade_out: it.fade_out.map(Ticks),
        fade_in_curve: it.fade_in_curve.map(curve).transpose()?,
        fade_out_curve: it.fade_out_curve.map(curve).transpose()?,
        loop_length: it.loop_length.map(Ticks),
        loop_phase: it.loop_phase.map(Ticks),
        color: it.color,
        reverse: it.reverse,
        offset_frames: it.offset_frames,
        offset: it.offset.map(Ticks),
    }))
}

fn curve(curve: i32) -> Result<FadeCurve, &'static str> {
    match wire::FadeCurve::try_from(curve) {
        Ok(wire::FadeCurve::Linear | wire::FadeCurve::Unspecified) => Ok(FadeCurve::Linear),
        Ok(wire::FadeCurve::EqualPower) => Ok(FadeCurve::EqualPower),
        Ok(wire::FadeCurve::SCurve) => Ok(FadeCurve::SCurve),
        Err(_) => Err("a fade is linear, of equal power or an S curve"),
    }
}

fn new_note(it: wire::NewNote) -> model::NewNote {
    model::NewNote {
        id: id(it.id),
        start: Ticks(it.start),
        length: Ticks(it.length),
        pitch: it.pitch,
        velocity: it.velocity,
        release_velocity: it.release_velocity,
        channel: it.channel,
    }
}

fn new_event(it: wire::NewMidiEvent) -> model::NewMidiEvent {
    model::NewMidiEvent { id: id(it.id), position: Ticks(it.position), data: it.data }
}
