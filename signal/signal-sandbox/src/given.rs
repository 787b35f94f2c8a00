//! What a plugin gives out beside its sound, while it processes: taken into bounded memory at once. Judges no values.

use clack_host::{
    events::{
        Pckn,
        event_types::MidiEvent,
        io::{OutputEventBuffer, TryPushError},
        spaces::CoreEventSpace,
    },
    prelude::*,
};
use shm::sandbox_block::{Event, Note, TimedEvent};

/// Events that a plugin may give out in one call: as many as a request brings. One more is refused, as CLAP allows.
pub const MAX_GIVEN: usize = shm::sandbox_block::MAX_EVENTS;

/// Values and notes of one call, by ascending offset within the request.
#[derive(Debug)]
pub struct GivenEvents {
    events: Vec<TimedEvent>,
    slot: u32,
    start: u32,
    frames: u32,
}

impl GivenEvents {
    /// Allocates its room.
    pub fn new() -> Self {
        Self { events: Vec::with_capacity(MAX_GIVEN), slot: 0, start: 0, frames: 1 }
    }

    /// `[audio]` Empty, for a call of the plugin `slot` over `frames` from frame `start` of the request on.
    pub fn begin(&mut self, slot: u32, start: usize, frames: usize) {
        self.events.clear();
        (self.slot, self.start, self.frames) = (slot, start as u32, frames as u32);
    }

    /// `[audio]` What was given.
    pub fn events(&self) -> &[TimedEvent] {
        &self.events
    }
}

impl OutputEventBuffer for GivenEvents {
    fn try_push(&mut self, event: &UnknownEvent) -> Result<(), TryPushError> {
        let time = event.header().time().min(self.frames - 1) + self.start;
        // What nobody here uses is taken and forgotten: gestures, ends of voices, other spaces.
        let Some(event) = event.as_core_event().and_then(|event| self.read(&event)) else { return Ok(()) };
        if self.events.len() == MAX_GIVEN {
            return Err(TryPushError::new());
        }
        // A plugin may only give them in order; one that does not is held to it.
        let offset = self.events.last().map_or(time, |last| last.offset.max(time));
        self.events.push(TimedEvent { offset, event });
        Ok(())
    }
}

impl GivenEvents {
    fn read(&self, event: &CoreEventSpace<'_>) -> Option<Event> {
        match event {
            CoreEventSpace::ParamValue(value) => {
                let id = value.param_id()?.get();
                Some(Event::Parameter { slot: self.slot, id, value: value.value() })
            }
            CoreEventSpace::NoteOn(on) => {
                let Note { channel, key, note_id } = note(on.pckn())?;
                Some(Event::NoteOn { channel, key, note_id, velocity: velocity(on.velocity())? })
            }
            CoreEventSpace::NoteOff(off) if off.pckn().key.is_all() => Some(Event::AllNotesOff),
            CoreEventSpace::NoteOff(off) => {
                let Note { channel, key, note_id } = note(off.pckn())?;
                Some(Event::NoteOff { channel, key, note_id, velocity: velocity(off.velocity())? })
            }
            CoreEventSpace::NoteChoke(choke) if choke.pckn().key.is_all() => Some(Event::AllNotesOff),
            CoreEventSpace::NoteChoke(choke) => note(choke.pckn()).map(Event::Choke),
            CoreEventSpace::NoteExpression(it) => expression(it),
            CoreEventSpace::Midi(midi) => midi_event(midi),
            _ => None,
        }
    }
}

fn expression(event: &clack_host::events::event_types::NoteExpressionEvent) -> Option<Event> {
    // `expression_type` of clack 0.2 knows all but this one.
    let kind = event.expression_type().map_or(shm::sandbox_block::Expression::Expression, |kind| {
        shm::sandbox_block::Expression::ALL[kind as usize]
    });
    let value = event.value();
    let note = note(event.pckn())?;
    kind.range().contains(&value).then_some(Event::Expression { note, kind, value })
}

/// Notes as notes, so that plugins which take no MIDI hear them too.
fn midi_event(event: &MidiEvent) -> Option<Event> {
    let [status, key, value] = event.data();
    if !(0x80..0xf0).contains(&status) || key > 127 || value > 127 {
        return None;
    }
    let channel = status & 0x0f;
    let note_id = id_of_key(channel, key);
    let velocity = f64::from(value) / 127.0;
    Some(match status & 0xf0 {
        0x90 if value > 0 => Event::NoteOn { channel, key, note_id, velocity },
        0x80 | 0x90 => Event::NoteOff { channel, key, note_id, velocity },
        _ => Event::Midi([status, key, value]),
    })
}

fn note(note: Pckn) -> Option<Note> {
    let channel = u8::try_from(note.channel.into_specific().unwrap_or(0)).ok().filter(|it| *it < 16)?;
    let key = u8::try_from(note.key.into_specific()?).ok().filter(|it| *it < 128)?;
    let note_id = note.note_id.into_specific().unwrap_or_else(|| id_of_key(channel, key));
    (note_id <= i32::MAX.cast_unsigned()).then_some(Note { channel, key, note_id })
}

/// For a note whose giver has no id for it.
fn id_of_key(channel: u8, key: u8) -> u32 {
    u32::from(channel) * 128 + u32::from(key)
}

fn velocity(velocity: f64) -> Option<f64> {
    velocity.is_finite().then(|| velocity.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use clack_host::events::event_types::{NoteOnEvent, ParamValueEvent};

    use super::*;

    #[test]
    fn a_flood_is_refused_and_times_never_leave_the_piece() {
        let mut given = GivenEvents::new();
        given.begin(3, 100, 10);
        for count in 0..2 * MAX_GIVEN {
            let event = ParamValueEvent::new(u32::MAX, ClapId::new(1), Pckn::match_all(), 0.5);
            assert_eq!(given.try_push(event.as_ref()).is_ok(), count < MAX_GIVEN);
        }
        assert_eq!(given.events().len(), MAX_GIVEN);
        assert!(given.events().iter().all(|event| event.offset == 109));
    }

    #[test]
    fn notes_that_are_none_are_left_out_and_late_order_is_mended() {
        let mut given = GivenEvents::new();
        given.begin(0, 0, 64);
        let on = |time, key: u16| NoteOnEvent::new(time, Pckn::new(0_u16, 0_u16, key, 5_u32), 2.0);
        given.try_push(on(9, 60).as_ref()).unwrap();
        given.try_push(on(3, 61).as_ref()).unwrap();
        given.try_push(on(10, 128).as_ref()).unwrap();
        let event = |key| Event::NoteOn { channel: 0, key, note_id: 5, velocity: 1.0 };
        let expected = [(9, event(60)), (9, event(61))].map(|(offset, event)| TimedEvent { offset, event });
        assert_eq!(given.events(), expected);
    }
}
