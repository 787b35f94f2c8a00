//! Events of a stretch of audio and their three words in shared memory.
//!
//! | word | low 32 bits | high 32 bits |
//! |---|---|---|
//! | 0 | offset in frames | kind |
//! | 1 | note: channel + 256 × key; MIDI: its bytes, first lowest; parameter, bypass: slot | note: its id; parameter: its id |
//! | 2 | (all 64 bits) note: velocity f64; parameter: value f64; bypass: 1 or 0 | |
//!
//! Kinds: 1 note on, 2 note off, 3 MIDI, 4 parameter, 5 bypass, 6 all notes off.

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

pub(super) fn store(event: &TimedEvent, words: &EventWords) {
    let note = |channel: u8, key: u8| u32::from(channel) | u32::from(key) << 8;
    let (kind, low, high, value) = match event.event {
        Event::NoteOn { channel, key, note_id, velocity } => {
            (NOTE_ON, note(channel, key), note_id, velocity.to_bits())
        }
        Event::NoteOff { channel, key, note_id, velocity } => {
            (NOTE_OFF, note(channel, key), note_id, velocity.to_bits())
        }
        Event::Midi([first, second, third]) => (MIDI, u32::from_le_bytes([first, second, third, 0]), 0, 0),
        Event::Parameter { slot, id, value } => (PARAMETER, slot, id, value.to_bits()),
        Event::Bypass { slot, on } => (BYPASS, slot, 0, u64::from(on)),
        Event::AllNotesOff => (ALL_NOTES_OFF, 0, 0, 0),
    };
    let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    words[0].store(pair(event.offset, kind), Ordering::Relaxed);
    words[1].store(pair(low, high), Ordering::Relaxed);
    words[2].store(value, Ordering::Relaxed);
}

/// Copies an event out and checks the copy; `None` for what no correct peer writes.
pub(super) fn load(words: &EventWords, frames: u32) -> Option<TimedEvent> {
    let [first, second, value] = [0, 1, 2].map(|index: usize| words[index].load(Ordering::Relaxed));
    let halves = |word: u64| ((word & u64::from(u32::MAX)) as u32, (word >> 32) as u32);
    let ((offset, kind), (low, high)) = (halves(first), halves(second));
    let number = f64::from_bits(value);
    let event = match kind {
        NOTE_ON | NOTE_OFF => note(kind, low, high, number)?,
        MIDI => {
            let [first, second, third, _] = low.to_le_bytes();
            ((0x80..0xf0).contains(&first) && second < 0x80 && third < 0x80)
                .then_some(Event::Midi([first, second, third]))?
        }
        PARAMETER => (slot_exists(low) && number.is_finite()).then_some(Event::Parameter {
            slot: low,
            id: high,
            value: number,
        })?,
        BYPASS => (slot_exists(low) && value <= 1).then_some(Event::Bypass { slot: low, on: value == 1 })?,
        ALL_NOTES_OFF => Event::AllNotesOff,
        _ => return None,
    };
    (offset < frames).then_some(TimedEvent { offset, event })
}

fn slot_exists(slot: u32) -> bool {
    (slot as usize) < MAX_SLOTS
}

fn note(kind: u32, place: u32, note_id: u32, velocity: f64) -> Option<Event> {
    let [channel, key, rest @ ..] = place.to_le_bytes();
    let sound = channel < 16
        && key < 128
        && rest == [0, 0]
        && note_id <= i32::MAX as u32
        && (0.0..=1.0).contains(&velocity);
    sound.then_some(if kind == NOTE_ON {
        Event::NoteOn { channel, key, note_id, velocity }
    } else {
        Event::NoteOff { channel, key, note_id, velocity }
    })
}
