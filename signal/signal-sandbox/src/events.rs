//! Events as they come from the block, and as CLAP wants them. Keeps no state.

use clack_host::{
    events::{
        EventFlags, Match,
        event_types::{
            MidiEvent, NoteChokeEvent, NoteExpressionEvent, NoteExpressionType, NoteOffEvent, NoteOnEvent,
            ParamModEvent, ParamValueEvent, TransportEvent, TransportFlags,
        },
    },
    prelude::*,
    utils::{BeatTime, SecondsTime},
};
use shm::sandbox_block::{Event, Expression, Note, Position};

use crate::ports::{Dialect, PortLayout};

/// CC 123, all notes off.
const ALL_NOTES_OFF: u8 = 123;

/// `[audio]` Adds a note or MIDI event in the dialect of the plugin; others, and what it does not understand, are none
/// of its business.
pub fn push_note(buffer: &mut EventBuffer, time: u32, event: &Event, layout: &PortLayout) {
    let Some(dialect) = layout.notes else { return };
    match (event, dialect) {
        (&Event::NoteOn { channel, key, note_id, velocity }, Dialect::Clap) => {
            buffer.push(&NoteOnEvent::new(time, pckn(Note { channel, key, note_id }), velocity));
        }
        (&Event::NoteOff { channel, key, note_id, velocity }, Dialect::Clap) => {
            buffer.push(&NoteOffEvent::new(time, pckn(Note { channel, key, note_id }), velocity));
        }
        (Event::Choke(note), Dialect::Clap) => buffer.push(&NoteChokeEvent::new(time, pckn(*note))),
        (Event::Choke(note), Dialect::Midi) => {
            buffer.push(&MidiEvent::new(time, 0, [0x80 | note.channel, note.key, 0]));
        }
        (Event::Expression { note, kind, value }, Dialect::Clap) => {
            buffer.push(&NoteExpressionEvent::new(time, pckn(*note), expression(*kind), *value));
        }
        (Event::NoteOn { channel, key, velocity, .. }, Dialect::Midi) => {
            // Velocity 0 would be a note-off.
            let message = [0x90 | channel, *key, seven_bits(*velocity).max(1)];
            buffer.push(&MidiEvent::new(time, 0, message));
        }
        (Event::NoteOff { channel, key, velocity, .. }, Dialect::Midi) => {
            buffer.push(&MidiEvent::new(time, 0, [0x80 | channel, *key, seven_bits(*velocity)]));
        }
        (Event::Midi(message), _) if layout.midi => buffer.push(&MidiEvent::new(time, 0, *message)),
        (Event::AllNotesOff, Dialect::Clap) => {
            let every = Pckn::new(0_u16, Match::All, Match::All, Match::All);
            buffer.push(&NoteOffEvent::new(time, every, 0.0));
        }
        (Event::AllNotesOff, Dialect::Midi) => {
            for channel in 0..16 {
                buffer.push(&MidiEvent::new(time, 0, [0xb0 | channel, ALL_NOTES_OFF, 0]));
            }
        }
        _ => {}
    }
}

/// A new value of a parameter.
pub fn parameter(time: u32, id: ClapId, value: f64) -> ParamValueEvent {
    ParamValueEvent::new(time, id, Pckn::match_all(), value)
}

/// A new distance of a parameter from its value.
pub fn modulation(time: u32, id: ClapId, note: Option<Note>, amount: f64) -> ParamModEvent {
    ParamModEvent::new(time, id, note.map_or_else(Pckn::match_all, pckn), amount)
}

fn pckn(note: Note) -> Pckn {
    Pckn::new(0_u16, u16::from(note.channel), u16::from(note.key), note.note_id)
}

fn expression(kind: Expression) -> NoteExpressionType {
    match kind {
        Expression::Volume => NoteExpressionType::Volume,
        Expression::Pan => NoteExpressionType::Pan,
        Expression::Tuning => NoteExpressionType::Tuning,
        Expression::Vibrato => NoteExpressionType::Vibrato,
        Expression::Expression => NoteExpressionType::Expression,
        Expression::Brightness => NoteExpressionType::Brightness,
        Expression::Pressure => NoteExpressionType::Pressure,
    }
}

fn seven_bits(velocity: f64) -> u8 {
    (velocity * 127.0).round().clamp(0.0, 127.0) as u8
}

/// `[audio]` The transport as it is `offset` frames into the block.
pub fn transport(position: &Position, offset: usize, sample_rate: f64) -> TransportEvent {
    let moved = if position.playing { offset as f64 / sample_rate } else { 0.0 };
    let seconds = position.samples as f64 / sample_rate + moved;
    let quarters = position.quarters + moved * position.tempo / 60.0;
    let mut flags = TransportFlags::HAS_TEMPO
        | TransportFlags::HAS_BEATS_TIMELINE
        | TransportFlags::HAS_SECONDS_TIMELINE
        | TransportFlags::HAS_TIME_SIGNATURE;
    flags.set(TransportFlags::IS_PLAYING, position.playing);
    flags.set(TransportFlags::IS_LOOP_ACTIVE, position.looping);
    let seconds_of = |samples: i64| SecondsTime::from_float(samples as f64 / sample_rate);
    TransportEvent {
        header: EventHeader::new_core(0, EventFlags::empty()),
        flags,
        song_pos_beats: BeatTime::from_float(quarters),
        song_pos_seconds: SecondsTime::from_float(seconds),
        tempo: position.tempo,
        tempo_inc: 0.0,
        loop_start_beats: BeatTime::from_float(position.loop_start_quarters),
        loop_end_beats: BeatTime::from_float(position.loop_end_quarters),
        loop_start_seconds: seconds_of(position.loop_start_samples),
        loop_end_seconds: seconds_of(position.loop_end_samples),
        bar_start: BeatTime::from_float(position.bar_start_quarters),
        bar_number: position.bar,
        time_signature_numerator: position.numerator,
        time_signature_denominator: position.denominator,
    }
}
