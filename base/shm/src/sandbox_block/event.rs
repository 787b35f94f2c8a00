//! Events of a stretch of audio and their four words in shared memory.
//!
//! | word | low 32 bits | high 32 bits |
//! |---|---|---|
//! | 0 | offset in frames | kind |
//! | 1 | of a note: channel + 256 × key; 2^32-1: every note | the note's id |
//! | 2 | slot; MIDI: its bytes, first lowest; expression: which | the parameter's id |
//! | 3 | (all 64 bits) velocity, value or amount f64; bypass: 1 or 0 | |
//!
//! Kinds: 1 note on, 2 note off, 3 MIDI, 4 parameter, 5 bypass, 6 all notes off, 7 note choke, 8 note expression,
//! 9 modulation. What a kind has no use for is 0.

use std::sync::atomic::Ordering;

use super::{EventWords, MAX_SLOTS};

/// Something that happens at a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A note starts. Its velocity is 0 to 1.
    NoteOn {
        /// 0 to 15.
        channel: u8,
        /// 0 to 127.
        key: u8,
        /// Tells notes of one key apart; below 2^31.
        note_id: u32,
        /// 0 to 1.
        velocity: f64,
    },
    /// A note ends.
    NoteOff {
        /// 0 to 15.
        channel: u8,
        /// 0 to 127.
        key: u8,
        /// As at its start.
        note_id: u32,
        /// Release velocity, 0 to 1.
        velocity: f64,
    },
    /// A channel message of one to three bytes, the rest zero.
    Midi([u8; 3]),
    /// A parameter has this value from here on, in the plugin's own range.
    Parameter {
        /// Position of the plugin in the chain.
        slot: u32,
        /// The plugin's id for it.
        id: u32,
        /// Finite.
        value: f64,
    },
    /// A plugin is taken out of the chain, or back in.
    Bypass {
        /// Position of the plugin in the chain.
        slot: u32,
        /// Taken out.
        on: bool,
    },
    /// Every note ends: after some of their ends were lost.
    AllNotesOff,
    /// A note is cut off at once.
    Choke(Note),
    /// How a note sounds, from here on.
    Expression {
        /// Which.
        note: Note,
        /// What of it.
        kind: Expression,
        /// Within [`Expression::range`].
        value: f64,
    },
    /// A parameter is moved away from its value by this much, from here on.
    Modulation {
        /// Position of the plugin in the chain.
        slot: u32,
        /// The plugin's id for it.
        id: u32,
        /// For this note alone; none: for all.
        note: Option<Note>,
        /// Finite, in the parameter's own unit.
        amount: f64,
    },
}

impl Event {
    /// Whether it is for one plugin of the chain rather than for all that take notes.
    #[must_use]
    pub fn slot(&self) -> Option<u32> {
        match *self {
            Self::Parameter { slot, .. } | Self::Bypass { slot, .. } | Self::Modulation { slot, .. } => {
                Some(slot)
            }
            _ => None,
        }
    }
}

/// A note that sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// 0 to 15.
    pub channel: u8,
    /// 0 to 127.
    pub key: u8,
    /// As at its start, below 2^31.
    pub note_id: u32,
}

/// What of a note's sound changes, numbered as in CLAP's `events.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Expression {
    /// A linear factor above 0, up to 4 (+12 dB).
    Volume = 0,
    /// 0 left, 0.5 centre, 1 right.
    Pan = 1,
    /// Semitones, -120 to 120.
    Tuning = 2,
    /// 0 to 1.
    Vibrato = 3,
    /// 0 to 1.
    Expression = 4,
    /// 0 to 1.
    Brightness = 5,
    /// 0 to 1.
    Pressure = 6,
}

impl Expression {
    /// All, by number.
    pub const ALL: [Self; 7] = [
        Self::Volume,
        Self::Pan,
        Self::Tuning,
        Self::Vibrato,
        Self::Expression,
        Self::Brightness,
        Self::Pressure,
    ];

    /// The values that mean something.
    #[must_use]
    pub fn range(self) -> std::ops::RangeInclusive<f64> {
        match self {
            Self::Volume => f64::MIN_POSITIVE..=4.0,
            Self::Tuning => -120.0..=120.0,
            _ => 0.0..=1.0,
        }
    }
}

/// An [`Event`] and the frame it happens at, counted from the request's first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimedEvent {
    /// Below the request's frames.
    pub offset: u32,
    /// What happens.
    pub event: Event,
}

const NOTE_ON: u32 = 1;
const NOTE_OFF: u32 = 2;
const MIDI: u32 = 3;
const PARAMETER: u32 = 4;
const BYPASS: u32 = 5;
const ALL_NOTES_OFF: u32 = 6;
const CHOKE: u32 = 7;
const EXPRESSION: u32 = 8;
const MODULATION: u32 = 9;

/// In the place of channel and key: all of them.
const EVERY_NOTE: u32 = u32::MAX;

/// The words of an event but its offset: kind, place of the note, its id, slot, parameter, value.
#[derive(Clone, Copy, Default)]
struct Fields {
    kind: u32,
    place: u32,
    note_id: u32,
    slot: u32,
    parameter: u32,
    value: u64,
}

pub(super) fn store(event: &TimedEvent, words: &EventWords) {
    let fields = fields(&event.event);
    let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    words[0].store(pair(event.offset, fields.kind), Ordering::Relaxed);
    words[1].store(pair(fields.place, fields.note_id), Ordering::Relaxed);
    words[2].store(pair(fields.slot, fields.parameter), Ordering::Relaxed);
    words[3].store(fields.value, Ordering::Relaxed);
}

fn fields(event: &Event) -> Fields {
    let of_note = |kind: u32, note: Note, value: f64| Fields {
        kind,
        place: u32::from(note.channel) | u32::from(note.key) << 8,
        note_id: note.note_id,
        value: value.to_bits(),
        ..Fields::default()
    };
    match *event {
        Event::NoteOn { channel, key, note_id, velocity } => {
            of_note(NOTE_ON, Note { channel, key, note_id }, velocity)
        }
        Event::NoteOff { channel, key, note_id, velocity } => {
            of_note(NOTE_OFF, Note { channel, key, note_id }, velocity)
        }
        Event::Midi([first, second, third]) => {
            let slot = u32::from_le_bytes([first, second, third, 0]);
            Fields { kind: MIDI, slot, ..Fields::default() }
        }
        Event::Parameter { slot, id, value } => {
            Fields { kind: PARAMETER, slot, parameter: id, value: value.to_bits(), ..Fields::default() }
        }
        Event::Bypass { slot, on } => {
            Fields { kind: BYPASS, slot, value: u64::from(on), ..Fields::default() }
        }
        Event::AllNotesOff => Fields { kind: ALL_NOTES_OFF, ..Fields::default() },
        Event::Choke(note) => of_note(CHOKE, note, 0.0),
        Event::Expression { note, kind, value } => {
            Fields { slot: kind as u32, ..of_note(EXPRESSION, note, value) }
        }
        Event::Modulation { slot, id, note, amount } => {
            let every = Fields { place: EVERY_NOTE, value: amount.to_bits(), ..Fields::default() };
            let of_note = note.map_or(every, |note| of_note(MODULATION, note, amount));
            Fields { kind: MODULATION, slot, parameter: id, ..of_note }
        }
    }
}

/// Copies an event out and checks the copy; `None` for what no correct peer writes.
pub(super) fn load(words: &EventWords, frames: u32) -> Option<TimedEvent> {
    let halves = |index: usize| {
        let word = words[index].load(Ordering::Relaxed);
        ((word & u64::from(u32::MAX)) as u32, (word >> 32) as u32)
    };
    let ((offset, kind), (place, note_id), (slot, parameter)) = (halves(0), halves(1), halves(2));
    let value = words[3].load(Ordering::Relaxed);
    let event = event(Fields { kind, place, note_id, slot, parameter, value })?;
    (offset < frames).then_some(TimedEvent { offset, event })
}

fn event(fields: Fields) -> Option<Event> {
    let Fields { slot, parameter: id, value, .. } = fields;
    let number = f64::from_bits(value);
    let addressed = (slot as usize) < MAX_SLOTS;
    match fields.kind {
        NOTE_ON | NOTE_OFF => {
            let Note { channel, key, note_id } = note(fields)?;
            (0.0..=1.0).contains(&number).then_some(if fields.kind == NOTE_ON {
                Event::NoteOn { channel, key, note_id, velocity: number }
            } else {
                Event::NoteOff { channel, key, note_id, velocity: number }
            })
        }
        MIDI => {
            let [first, second, third, _] = slot.to_le_bytes();
            let sound = (0x80..0xf0).contains(&first) && second < 0x80 && third < 0x80;
            sound.then_some(Event::Midi([first, second, third]))
        }
        PARAMETER => {
            (addressed && number.is_finite()).then_some(Event::Parameter { slot, id, value: number })
        }
        BYPASS => (addressed && value <= 1).then_some(Event::Bypass { slot, on: value == 1 }),
        ALL_NOTES_OFF => Some(Event::AllNotesOff),
        CHOKE => Some(Event::Choke(note(fields)?)),
        EXPRESSION => {
            let kind = *Expression::ALL.get(slot as usize)?;
            let note = note(fields)?;
            kind.range().contains(&number).then_some(Event::Expression { note, kind, value: number })
        }
        MODULATION => {
            let note = if fields.place == EVERY_NOTE { None } else { Some(note(fields)?) };
            let sound = addressed && number.is_finite();
            sound.then_some(Event::Modulation { slot, id, note, amount: number })
        }
        _ => None,
    }
}

fn note(fields: Fields) -> Option<Note> {
    let [channel, key, rest @ ..] = fields.place.to_le_bytes();
    let sound = channel < 16 && key < 128 && rest == [0, 0] && fields.note_id <= i32::MAX.cast_unsigned();
    sound.then_some(Note { channel, key, note_id: fields.note_id })
}
