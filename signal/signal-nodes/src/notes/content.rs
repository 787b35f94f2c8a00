//! The notes and messages of all regions of one track, put in order off the audio thread.

use signal_graph::{NoteRegion, NoteSpan, TimedMidi};

/// What a note player plays.
#[derive(Debug, Default)]
pub struct NoteContent {
    /// By start, then pitch, then id.
    pub(super) notes: Vec<NoteSpan>,
    /// By sample; messages at one sample keep their order.
    pub(super) midi: Vec<TimedMidi>,
    /// Note id and place in `notes`, by id.
    by_id: Vec<(u64, usize)>,
    /// Messages that set the same thing, by channel and what they set.
    lanes: Vec<Lane>,
}

/// What a message sets: its status byte, and the controller's number.
type LaneKey = (u8, u8);

#[derive(Debug)]
struct Lane {
    key: LaneKey,
    /// Ascending.
    messages: Vec<TimedMidi>,
}

impl NoteContent {
    /// [control] Of all regions of a player, in any order.
    #[must_use]
    pub fn new(regions: &[&NoteRegion]) -> Self {
        let mut notes: Vec<NoteSpan> = regions.iter().flat_map(|region| &region.notes).copied().collect();
        notes.sort_by_key(|note| (note.start, note.pitch, note.id));
        let mut midi: Vec<TimedMidi> = regions.iter().flat_map(|region| &region.midi).copied().collect();
        midi.sort_by_key(|midi| midi.sample);
        let mut by_id: Vec<(u64, usize)> = notes.iter().enumerate().map(|(at, note)| (note.id, at)).collect();
        by_id.sort_unstable();
        let lanes = lanes(&midi);
        Self { notes, midi, by_id, lanes }
    }

    /// [audio] The first note that begins at or after `position`.
    pub(super) fn note_at(&self, position: i64) -> usize {
        self.notes.partition_point(|note| note.start < position)
    }

    /// [audio] The first message at or after `position`.
    pub(super) fn midi_at(&self, position: i64) -> usize {
        self.midi.partition_point(|midi| midi.sample < position)
    }

    /// [audio] The note of this id.
    pub(super) fn find(&self, id: u64) -> Option<&NoteSpan> {
        let at = self.by_id.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.notes.get(self.by_id[at].1)
    }

    /// [audio] Gives the last message of each kind before `position`, or the value at rest where none came yet.
    pub(super) fn chase(&self, position: i64, mut send: impl FnMut([u8; 3])) {
        for lane in &self.lanes {
            let before = lane.messages.partition_point(|midi| midi.sample < position);
            let message = match before.checked_sub(1) {
                Some(last) => Some(lane.messages[last].data),
                None => at_rest(lane.key),
            };
            if let Some(message) = message {
                send(message);
            }
        }
    }
}

fn lanes(midi: &[TimedMidi]) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for message in midi {
        let Some(key) = lane_key(message.data) else { continue };
        match lanes.binary_search_by_key(&key, |lane| lane.key) {
            Ok(at) => lanes[at].messages.push(*message),
            Err(at) => lanes.insert(at, Lane { key, messages: vec![*message] }),
        }
    }
    lanes
}

/// Channel mode messages and poly pressure set nothing that lasts.
fn lane_key(data: [u8; 3]) -> Option<LaneKey> {
    match data[0] & 0xF0 {
        0xB0 if data[1] < 120 => Some((data[0], data[1])),
        0xC0..=0xE0 => Some((data[0], 0)),
        _ => None,
    }
}

/// What a controller is before anything set it (MIDI 1.0, RP-015 "Response to Reset All Controllers").
fn at_rest((status, controller): LaneKey) -> Option<[u8; 3]> {
    match (status & 0xF0, controller) {
        (0xB0, 1 | 64..=67) => Some([status, controller, 0]),
        (0xB0, 11) => Some([status, controller, 127]),
        (0xD0, _) => Some([status, 0, 0]),
        (0xE0, _) => Some([status, 0, 64]),
        _ => None,
    }
}
