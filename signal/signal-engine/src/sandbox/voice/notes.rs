//! Which notes the plugins hold, so that none hangs when the note's end falls into a lost block (E8).
//!
//! Beginnings of notes in lost blocks stay lost: starting them late would be worse.

use shm::sandbox_block::{Event, MAX_EVENTS, TimedEvent};
use signal_graph::EventBody;

use super::block_event::block_event;

/// Notes held at once: every key on four channels. One more is not followed, and ended by the next stop.
const MAX_HELD: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Held {
    note: u64,
    channel: u8,
    pitch: u8,
}

/// Notes held by the plugins, and ends owed to them.
#[derive(Debug)]
pub struct Notes {
    held: Vec<Held>,
    owed: Vec<Held>,
    owes_all: bool,
}

impl Notes {
    /// `[control]` None held.
    pub fn new() -> Self {
        Self { held: Vec::with_capacity(MAX_HELD), owed: Vec::with_capacity(MAX_HELD), owes_all: false }
    }

    /// `[audio]` Adds an event that goes out, as far as there is room; ends that find none are owed.
    pub fn follow(&mut self, event: &signal_graph::Event, out: &mut Vec<TimedEvent>) {
        let has_room = out.len() < MAX_EVENTS.min(out.capacity());
        if !has_room {
            self.lose(std::slice::from_ref(event));
            return;
        }
        match event.body {
            EventBody::NoteOn { note, channel, pitch, .. } if self.held.len() < MAX_HELD => {
                self.held.push(Held { note, channel, pitch });
            }
            EventBody::NoteOff { note, .. } => self.held.retain(|held| held.note != note),
            EventBody::AllNotesOff => self.held.clear(),
            _ => {}
        }
        out.push(block_event(event));
    }

    /// `[audio]` These events will not go out.
    pub fn lose(&mut self, events: &[signal_graph::Event]) {
        for event in events {
            match event.body {
                EventBody::NoteOff { note, .. } => {
                    while let Some(at) = self.held.iter().position(|held| held.note == note) {
                        let ended = self.held.swap_remove(at);
                        if self.owed.len() < MAX_HELD {
                            self.owed.push(ended);
                        } else {
                            self.owes_all = true;
                        }
                    }
                }
                EventBody::AllNotesOff => {
                    self.owes_all |= !self.held.is_empty() || !self.owed.is_empty();
                    self.held.clear();
                }
                _ => {}
            }
        }
    }

    /// `[audio]` Adds the ends that are owed, at the block's first frame.
    pub fn pay(&mut self, out: &mut Vec<TimedEvent>) {
        if std::mem::take(&mut self.owes_all) {
            self.owed.clear();
            out.push(TimedEvent { offset: 0, event: Event::AllNotesOff });
        }
        for held in self.owed.drain(..) {
            let body = EventBody::NoteOff {
                note: held.note,
                channel: held.channel,
                pitch: held.pitch,
                velocity: 0.0,
            };
            out.push(block_event(&signal_graph::Event { offset: 0, body }));
        }
    }

    /// `[audio]` Nobody holds anything any more.
    pub fn forget(&mut self) {
        self.held.clear();
        self.owed.clear();
        self.owes_all = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(note: u64) -> signal_graph::Event {
        let body = EventBody::NoteOn { note, channel: 2, pitch: 60, velocity: 1.0 };
        signal_graph::Event { offset: 9, body }
    }

    fn off(note: u64) -> signal_graph::Event {
        let body = EventBody::NoteOff { note, channel: 2, pitch: 60, velocity: 0.0 };
        signal_graph::Event { offset: 9, body }
    }

    fn out() -> Vec<TimedEvent> {
        Vec::with_capacity(MAX_EVENTS)
    }

    #[test]
    fn the_lost_end_of_a_held_note_is_paid_at_the_next_block() {
        let (mut notes, mut sent) = (Notes::new(), out());
        notes.follow(&on(7), &mut sent);
        notes.follow(&on(8), &mut sent);
        notes.lose(&[off(7), on(9), off(9)]);
        sent.clear();
        notes.pay(&mut sent);
        assert_eq!(sent, [TimedEvent { offset: 0, event: block_event(&off(7)).event }]);
        sent.clear();
        notes.pay(&mut sent);
        assert_eq!(sent, []);
    }

    #[test]
    fn a_lost_stop_ends_everything() {
        let (mut notes, mut sent) = (Notes::new(), out());
        notes.follow(&on(7), &mut sent);
        notes.lose(&[signal_graph::Event { offset: 0, body: EventBody::AllNotesOff }]);
        sent.clear();
        notes.pay(&mut sent);
        assert_eq!(sent, [TimedEvent { offset: 0, event: Event::AllNotesOff }]);
    }

    #[test]
    fn an_end_without_room_is_owed() {
        let mut notes = Notes::new();
        let mut sent = out();
        notes.follow(&on(7), &mut sent);
        sent.resize(MAX_EVENTS, TimedEvent { offset: 0, event: Event::AllNotesOff });
        notes.follow(&off(7), &mut sent);
        assert_eq!(sent.len(), MAX_EVENTS);
        sent.clear();
        notes.pay(&mut sent);
        assert_eq!(sent.len(), 1);
    }
}
