//! Plays note regions: events at exact samples, wherever the song is cut into blocks or goes next.
//!
//! A note under way when the song arrives at a place is not begun again; controllers, programs, bends and pressure have the
//! values they would have had. What a keyboard sends is played beside, wherever the song is.

mod content;
mod held;

pub use content::NoteContent;
pub(crate) use held::FIRST_ID as FIRST_LIVE_ID;

use std::any::Any;
use std::sync::Arc;

use self::held::HeldKeys;
use crate::live::{Cursor, LiveNote, LiveNotes};
use signal_graph::{Block, Event, EventBody, EventBuffer, Io, Node, NoteSpan, ParameterChange};

/// Notes that sound at once: more keys than ten people have.
const MAX_SOUNDING: usize = 256;

/// The player of one track's notes.
#[derive(Debug)]
pub struct NotePlayer {
    content: NoteContent,
    sounding: Vec<NoteSpan>,
    /// Cursors into the content; valid while `next` is the position of the next block.
    next_note: usize,
    next_midi: usize,
    next: Option<i64>,
    /// The content changed since the last block.
    changed: bool,
    live: Option<Arc<LiveNotes>>,
    cursor: Cursor,
    keys: HeldKeys,
}

impl Default for NotePlayer {
    fn default() -> Self {
        Self {
            content: NoteContent::default(),
            sounding: Vec::with_capacity(MAX_SOUNDING),
            next_note: 0,
            next_midi: 0,
            next: None,
            changed: false,
            live: None,
            cursor: Cursor::default(),
            keys: HeldKeys::default(),
        }
    }
}

impl NotePlayer {
    /// [control] A player that plays a keyboard's notes too.
    #[must_use]
    pub fn listening(live: Arc<LiveNotes>) -> Self {
        Self { live: Some(live), ..Self::default() }
    }

    fn play_live(&mut self, block: &Block<'_>, out: &mut EventBuffer) {
        let Some(live) = &self.live else { return };
        let frames = self.cursor.advance(live.block(), block.frames);
        let keys = &mut self.keys;
        live.each(frames, |offset, data| {
            if data == LiveNote::PANIC {
                keys.release_all(offset, out);
                out.merge(&[Event { offset, body: EventBody::AllNotesOff }]);
            } else {
                keys.play(offset, data, out);
            }
        });
    }

    /// Brings cursors and sounding notes to where the block begins.
    fn arrive(&mut self, block: &Block<'_>, out: &mut EventBuffer) {
        let follows = self.next == Some(block.position) && !block.jumped;
        if follows && !self.changed {
            return;
        }
        if follows {
            self.keep_what_still_sounds(block.position, out);
        } else {
            self.release_all(out);
            self.content.chase(block.position, |data| {
                out.push(Event { offset: 0, body: EventBody::Midi(data) });
            });
        }
        self.next_note = self.content.note_at(block.position);
        self.next_midi = self.content.midi_at(block.position);
        self.changed = false;
    }

    /// After an edit: notes that are gone end now, others at their new ends.
    fn keep_what_still_sounds(&mut self, position: i64, out: &mut EventBuffer) {
        let content = &self.content;
        self.sounding.retain_mut(|sounding| {
            let now = content.find(sounding.id).filter(|now| {
                (now.start..now.end).contains(&position)
                    && (now.pitch, now.channel) == (sounding.pitch, sounding.channel)
            });
            match now {
                Some(now) => *sounding = *now,
                None => out.push(note_off(sounding, 0)),
            }
            now.is_some()
        });
    }

    fn release_all(&mut self, out: &mut EventBuffer) {
        for note in self.sounding.drain(..) {
            out.push(note_off(&note, 0));
        }
    }

    /// All events from the block's first frame to its last, ends before messages before beginnings.
    fn play(&mut self, block: &Block<'_>, out: &mut EventBuffer) {
        let end = block.position + block.frames as i64;
        loop {
            let note_end = self.first_to_end();
            let ends = note_end.map_or(i64::MAX, |at| self.sounding[at].end);
            let message = self.content.midi.get(self.next_midi).map_or(i64::MAX, |midi| midi.sample);
            let begins = self.content.notes.get(self.next_note).map_or(i64::MAX, |note| note.start);
            let sample = ends.min(message).min(begins);
            if sample >= end {
                return;
            }
            let offset = (sample - block.position).max(0) as u32;
            if ends == sample {
                if let Some(at) = note_end {
                    out.push(note_off(&self.sounding.swap_remove(at), offset));
                }
            } else if message == sample {
                out.push(Event { offset, body: EventBody::Midi(self.content.midi[self.next_midi].data) });
                self.next_midi += 1;
            } else {
                let note = self.content.notes[self.next_note];
                self.next_note += 1;
                if self.sounding.len() < MAX_SOUNDING {
                    self.sounding.push(note);
                    out.push(note_on(&note, offset));
                }
            }
        }
    }

    fn first_to_end(&self) -> Option<usize> {
        (0..self.sounding.len()).min_by_key(|at| (self.sounding[*at].end, self.sounding[*at].id))
    }
}

fn note_on(note: &NoteSpan, offset: u32) -> Event {
    let NoteSpan { id, channel, pitch, velocity, .. } = *note;
    Event { offset, body: EventBody::NoteOn { note: id, channel, pitch, velocity } }
}

fn note_off(note: &NoteSpan, offset: u32) -> Event {
    let NoteSpan { id, channel, pitch, release_velocity: velocity, .. } = *note;
    Event { offset, body: EventBody::NoteOff { note: id, channel, pitch, velocity } }
}

impl Node for NotePlayer {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        if block.playing {
            self.arrive(block, io.events_out);
            self.play(block, io.events_out);
            self.next = Some(block.position + block.frames as i64);
        } else if self.next.take().is_some() {
            self.release_all(io.events_out);
            io.events_out.push(Event { offset: 0, body: EventBody::AllNotesOff });
        }
        self.play_live(block, io.events_out);
    }

    fn set_parameter(&mut self, _change: &ParameterChange) {}

    fn reset(&mut self, _position: i64) {
        self.sounding.clear();
        self.keys = HeldKeys::default();
        self.next = None;
    }

    fn swap_content(&mut self, content: &mut (dyn Any + Send)) {
        if let Some(content) = content.downcast_mut::<NoteContent>() {
            std::mem::swap(&mut self.content, content);
            self.changed = true;
        }
    }
}
