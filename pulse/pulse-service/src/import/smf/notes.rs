//! Pairs note-ons with note-offs.
//!
//! A note-off ends the note of its key and channel that has sounded longest; a note-on at velocity 0 is one.

use std::collections::VecDeque;

use midly::MidiMessage;

use crate::import::smf::MidiNote;

/// The notes of one track, open and closed.
#[derive(Default)]
pub struct NoteCollector {
    closed: Vec<MidiNote>,
    /// By channel × 128 + key.
    open: Vec<VecDeque<(i64, u8)>>,
    strays: usize,
    without_length: usize,
}

const KEYS: usize = 128;
const CHANNELS: usize = 16;

impl NoteCollector {
    /// Takes a message if it begins or ends a note.
    pub fn take(&mut self, position: i64, channel: u8, message: MidiMessage, shortest: i64) -> bool {
        match message {
            MidiMessage::NoteOn { key, vel } if vel.as_int() > 0 => {
                self.open.resize_with(KEYS * CHANNELS, VecDeque::new);
                self.open[slot(channel, key.as_int())].push_back((position, vel.as_int()));
            }
            MidiMessage::NoteOn { key, .. } => self.close(position, channel, key.as_int(), 0, shortest),
            MidiMessage::NoteOff { key, vel } => {
                self.close(position, channel, key.as_int(), vel.as_int(), shortest);
            }
            _ => return false,
        }
        true
    }

    fn close(&mut self, position: i64, channel: u8, key: u8, release_velocity: u8, shortest: i64) {
        let Some((start, velocity)) = self.open.get_mut(slot(channel, key)).and_then(VecDeque::pop_front)
        else {
            self.strays += 1;
            return;
        };
        self.without_length += usize::from(position <= start);
        let length = (position - start).max(if position <= start { shortest } else { 1 });
        self.closed.push(MidiNote { start, length, key, velocity, release_velocity, channel });
    }

    /// All notes; those still open end with the track.
    pub fn finish(
        mut self,
        end: i64,
        shortest: i64,
        track: &str,
        warnings: &mut Vec<String>,
    ) -> Vec<MidiNote> {
        let (strays, without_length) = (self.strays, self.without_length);
        let mut hanging = 0;
        for index in 0..self.open.len() {
            while !self.open[index].is_empty() {
                hanging += 1;
                self.close(end, (index / KEYS) as u8, (index % KEYS) as u8, 0, shortest);
            }
        }
        for (count, what) in [
            (hanging, "notes never end: they are closed at the track's end"),
            (strays, "note-offs without a note are left out"),
            (without_length, "notes without a length get the shortest there is"),
        ] {
            if count > 0 {
                warnings.push(format!("{track}: {count} {what}"));
            }
        }
        self.closed
    }
}

fn slot(channel: u8, key: u8) -> usize {
    usize::from(channel) * KEYS + usize::from(key)
}
