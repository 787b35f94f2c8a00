//! Notes and messages on their way out of the graph, to MIDI ports.
//!
//! 1. The node [`MidiOut`] writes what its track plays into its [`MidiLine`], as MIDI messages at frames of the device's block.
//! 2. The audio thread reads every line after the block is computed and sends what is in it where it belongs.
//!
//! What a keyboard plays passes as it came, marked as live, so that whoever reads the line can send it without the delay that
//! playback needs. A node that forgets its notes (a locate, panic) says so in the line: the reader knows what sounds there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use signal_graph::{Block, Event, EventBody, Io, MAX_EVENTS, Node, ParameterChange};
use signal_rt::BorrowCell;

use crate::live::{Cursor, LiveNote, LiveNotes};
use crate::notes::FIRST_LIVE_ID;

/// Room of a line: all that a player of notes may give in one block, and a whole keyboard beside.
const LINE_MESSAGES: usize = 2 * MAX_EVENTS;

/// A message that leaves the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineMessage {
    /// Frame of the device's block.
    pub offset: u32,
    /// A keyboard's: it is not delayed.
    pub live: bool,
    /// Status byte first; unused bytes are 0. All 0: everything that sounds is ended.
    pub data: [u8; 3],
}

impl LineMessage {
    /// Ends everything that sounds.
    pub const RELEASE: [u8; 3] = [0; 3];
}

/// What one node sends during the present block.
#[derive(Debug)]
pub struct MidiLine {
    messages: BorrowCell<Vec<LineMessage>>,
    block: AtomicU64,
}

impl Default for MidiLine {
    fn default() -> Self {
        Self { messages: BorrowCell::new(Vec::with_capacity(LINE_MESSAGES)), block: AtomicU64::new(0) }
    }
}

impl MidiLine {
    /// [audio] Begins a block without messages.
    pub fn begin(&self) {
        self.messages.borrow_mut().clear();
        self.block.fetch_add(1, Ordering::Relaxed);
    }

    /// [audio] Gives each message of the block, by ascending offset, and in the order in which they were written.
    pub fn each(&self, give: impl FnMut(LineMessage)) {
        self.messages.borrow().iter().copied().for_each(give);
    }

    fn block(&self) -> u64 {
        self.block.load(Ordering::Relaxed)
    }

    /// What finds no room takes the place of the last, as the end of everything, so that no note hangs for a lost note-off.
    fn push(&self, message: LineMessage) {
        let mut messages = self.messages.borrow_mut();
        if messages.len() < LINE_MESSAGES {
            let at = messages.partition_point(|other| other.offset <= message.offset);
            messages.insert(at, message);
        } else if let Some(last) = messages.last_mut() {
            *last = LineMessage { data: LineMessage::RELEASE, ..message };
        }
    }
}

/// The node.
#[derive(Debug, Default)]
pub struct MidiOut {
    /// None: offline, where nothing goes out.
    line: Option<Arc<MidiLine>>,
    /// What keyboards play on the same track.
    live: Option<Arc<LiveNotes>>,
    sent: Cursor,
    heard: Cursor,
    keys: KeysSent,
}

/// Keys of keyboards that were sent on, a bit each, for every channel. Ends of notes reach all tracks; only those of keys that
/// were begun here go out, or a port that leads back would send them round and round.
#[derive(Debug, Default)]
struct KeysSent([u128; 16]);

impl KeysSent {
    /// Whether a message goes out.
    fn passes(&mut self, data: [u8; 3]) -> bool {
        let (keys, key) = (&mut self.0[usize::from(data[0] & 0x0F)], 1_u128 << (data[1] & 0x7F));
        match data[0] & 0xF0 {
            0x90 if data[2] > 0 => *keys |= key,
            0x80 | 0x90 => {
                let was_sent = *keys & key != 0;
                *keys &= !key;
                return was_sent;
            }
            _ => {}
        }
        true
    }
}

impl MidiOut {
    /// [control] Writes into `line`; what `live` brings passes as it came.
    #[must_use]
    pub fn new(line: Arc<MidiLine>, live: Arc<LiveNotes>) -> Self {
        Self { line: Some(line), live: Some(live), ..Self::default() }
    }

    /// [control] Sends nothing: for rendering.
    #[must_use]
    pub fn to_nowhere() -> Self {
        Self::default()
    }
}

impl Node for MidiOut {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        let (Some(line), Some(live)) = (&self.line, &self.live) else { return };
        let from = self.sent.advance(line.block(), block.frames).start as u32;
        let heard = self.heard.advance(live.block(), block.frames);
        for Event { offset, body } in io.events.iter() {
            let data = match body {
                EventBody::NoteOn { note, .. } | EventBody::NoteOff { note, .. } if note >= FIRST_LIVE_ID => {
                    continue;
                }
                EventBody::NoteOn { channel, pitch, velocity, .. } => {
                    [0x90 | channel, pitch, seven_bits(velocity).max(1)]
                }
                EventBody::NoteOff { channel, pitch, velocity, .. } => {
                    [0x80 | channel, pitch, seven_bits(velocity)]
                }
                EventBody::Midi(data) if live.holds(&heard, offset, data) => continue,
                EventBody::Midi(data) => data,
                EventBody::AllNotesOff => LineMessage::RELEASE,
                // MIDI 1 has none for single notes.
                EventBody::Expression { .. } => continue,
            };
            line.push(LineMessage { offset: from + offset, live: false, data });
        }
        let keys = &mut self.keys;
        live.each(heard, |offset, data| {
            if data != LiveNote::PANIC && keys.passes(data) {
                line.push(LineMessage { offset: from + offset, live: true, data });
            }
        });
    }

    fn set_parameter(&mut self, _change: &ParameterChange) {}

    fn reset(&mut self, _position: i64) {
        self.keys = KeysSent::default();
        if let Some(line) = &self.line {
            let offset = self.sent.passed(line.block()) as u32;
            line.push(LineMessage { offset, live: false, data: LineMessage::RELEASE });
        }
    }
}

/// 0 to 1 as MIDI has it, to the nearest step.
fn seven_bits(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 127.0 + 0.5) as u8
}
