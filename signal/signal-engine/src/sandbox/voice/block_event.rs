//! The graph's events as the shared block holds them. Knows no parameters: those are in `values`.

use shm::sandbox_block::{Event, Expression, Note, TimedEvent};
use signal_graph::{EventBody, NoteExpression};

/// `[audio]` The event as the block holds it.
pub fn block_event(event: &signal_graph::Event) -> TimedEvent {
    let body = match event.body {
        EventBody::NoteOn { note, channel, pitch, velocity } => {
            Event::NoteOn { channel, key: pitch, note_id: note_id(note), velocity: f64::from(velocity) }
        }
        EventBody::NoteOff { note, channel, pitch, velocity } => {
            Event::NoteOff { channel, key: pitch, note_id: note_id(note), velocity: f64::from(velocity) }
        }
        EventBody::Midi(message) => Event::Midi(message),
        EventBody::AllNotesOff => Event::AllNotesOff,
        EventBody::Expression { note, channel, pitch, kind, value } => Event::Expression {
            note: Note { channel, key: pitch, note_id: note_id(note) },
            kind: expression(kind),
            value: f64::from(value),
        },
    };
    TimedEvent { offset: event.offset, event: body }
}

/// Ids of the song are wider than CLAP's; the low bits tell notes of one key apart just as well.
fn note_id(note: u64) -> u32 {
    (note & u64::from(i32::MAX.cast_unsigned())) as u32
}

fn expression(kind: NoteExpression) -> Expression {
    match kind {
        NoteExpression::Volume => Expression::Volume,
        NoteExpression::Pan => Expression::Pan,
        NoteExpression::Tuning => Expression::Tuning,
        NoteExpression::Vibrato => Expression::Vibrato,
        NoteExpression::Expression => Expression::Expression,
        NoteExpression::Brightness => Expression::Brightness,
        NoteExpression::Pressure => Expression::Pressure,
    }
}
