//! Notes and channel messages at sample offsets within a block.
//!
//! Timing within the song is not known here: players turn positions into offsets. Changes of parameters are in `change`.

use std::ops::Range;

/// Events one node may put into one block: a chord of every key on every channel. A file that holds more in 5 ms is not
/// music, and a bounded buffer never allocates.
pub const MAX_EVENTS: usize = 2048;

/// Note-offs may fill the buffer, everything else leaves this much for them: a lost note-on is silence, a lost note-off
/// hangs.
const RESERVED_FOR_NOTE_OFFS: usize = 512;

/// Something that happens at one frame of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Frame within the block.
    pub offset: u32,
    /// What happens.
    pub body: EventBody,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EventBody {
    /// A note begins.
    NoteOn {
        /// Pairs with the note-off of the same note. Below 2^53: a song's; from there on: a keyboard's.
        note: u64,
        /// 0 to 15.
        channel: u8,
        /// MIDI key, 0 to 127.
        pitch: u8,
        /// Above 0, up to 1.
        velocity: f32,
    },
    /// A note ends.
    NoteOff {
        /// As in its note-on.
        note: u64,
        /// 0 to 15.
        channel: u8,
        /// MIDI key, 0 to 127.
        pitch: u8,
        /// 0 to 1.
        velocity: f32,
    },
    /// A channel message other than notes: controllers, program, bend, pressure. Unused bytes are 0.
    Midi([u8; 3]),
    /// Everything that sounds is released: the transport stopped or went elsewhere.
    AllNotesOff,
    /// How a note that sounds goes on. Plugins are told; built-ins have no notes of their own shape yet and ignore it.
    Expression {
        /// As in its note-on.
        note: u64,
        /// 0 to 15.
        channel: u8,
        /// MIDI key, 0 to 127.
        pitch: u8,
        /// What of it.
        kind: NoteExpression,
        /// In the unit of `kind`.
        value: f32,
    },
}

/// What of a single note's sound changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteExpression {
    /// A linear factor above 0, up to 4.
    Volume,
    /// 0 left, 0.5 centre, 1 right.
    Pan,
    /// Semitones, -120 to 120.
    Tuning,
    /// 0 to 1.
    Vibrato,
    /// 0 to 1.
    Expression,
    /// 0 to 1.
    Brightness,
    /// 0 to 1.
    Pressure,
}

/// Events to read, by ascending offset from the first frame of what is computed: of a block, or of a piece of one.
#[derive(Clone, Copy, Debug)]
pub struct Events<'a> {
    events: &'a [Event],
    /// The frame of the block that offsets are counted from.
    start: u32,
}

impl<'a> Events<'a> {
    /// Nothing happens.
    pub const NONE: Self = Self { events: &[], start: 0 };

    /// [any] One after the other.
    pub fn iter(self) -> impl Iterator<Item = Event> + 'a {
        self.events.iter().map(move |event| Event { offset: event.offset - self.start, body: event.body })
    }

    /// [audio] Those of a piece, given in frames from the same start.
    pub(crate) fn piece(self, frames: &Range<usize>) -> Self {
        let at = |frame: usize| {
            self.events.partition_point(|event| ((event.offset - self.start) as usize) < frame)
        };
        let events = &self.events[at(frames.start)..at(frames.end)];
        Self { events, start: self.start + frames.start as u32 }
    }
}

impl<'a> From<&'a [Event]> for Events<'a> {
    fn from(events: &'a [Event]) -> Self {
        Self { events, start: 0 }
    }
}

/// A bounded list of events by ascending offset, allocated once.
#[derive(Debug)]
pub struct EventBuffer {
    events: Vec<Event>,
    dropped: u64,
    /// What is added to offsets: the frame of the block that a piece begins at.
    start: u32,
}

impl Default for EventBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl EventBuffer {
    /// [control] Room for [`MAX_EVENTS`].
    #[must_use]
    pub fn new() -> Self {
        Self { events: Vec::with_capacity(MAX_EVENTS), dropped: 0, start: 0 }
    }

    /// [audio] Without room or memory: for a node whose notes nobody takes.
    pub(crate) fn closed() -> Self {
        Self { events: Vec::new(), dropped: 0, start: 0 }
    }

    /// [audio] Adds an event, or counts it as dropped when there is no room. Offsets must not descend.
    pub fn push(&mut self, event: Event) {
        let ends = matches!(event.body, EventBody::NoteOff { .. } | EventBody::AllNotesOff);
        let room = if ends { MAX_EVENTS } else { MAX_EVENTS - RESERVED_FOR_NOTE_OFFS };
        if self.events.len() < room.min(self.events.capacity()) {
            let event = Event { offset: self.start + event.offset, body: event.body };
            debug_assert!(self.events.last().is_none_or(|last| last.offset <= event.offset));
            self.events.push(event);
        } else {
            self.dropped += 1;
        }
    }

    /// [audio] Offsets of what is added from here on count from this frame of the block.
    pub(crate) fn begin_piece(&mut self, start: usize) {
        self.start = start as u32;
    }

    /// [audio] Empties it, keeping its memory.
    pub fn clear(&mut self) {
        self.events.clear();
    }

    /// [any] The events by ascending offset.
    #[must_use]
    pub fn as_slice(&self) -> &[Event] {
        &self.events
    }

    /// [audio] Adds `events`, keeping offsets ascending: after those already there at the same offset.
    pub fn merge(&mut self, events: &[Event]) {
        for event in events {
            self.insert(*event);
        }
    }

    fn insert(&mut self, event: Event) {
        if self.events.len() >= MAX_EVENTS.min(self.events.capacity()) {
            self.dropped += 1;
            return;
        }
        let event = Event { offset: self.start + event.offset, body: event.body };
        let at = self.events.partition_point(|other| other.offset <= event.offset);
        self.events.insert(at, event);
    }

    /// [any] Events that found no room since the buffer was made.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}
