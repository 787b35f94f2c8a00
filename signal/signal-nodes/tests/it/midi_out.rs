//! What leaves the graph for a MIDI port: the song's notes, whatever their ids, and a keyboard's once.

use std::sync::Arc;

use signal_graph::{
    Block, Deadline, EventBuffer, Events, Io, Node, NoteRegion, NoteSpan, Stereo, StereoMut, Timeline,
};
use signal_nodes::live::{LiveNote, LiveNotes};
use signal_nodes::midi_out::{LineMessage, MidiLine, MidiOut};
use signal_nodes::notes::{NoteContent, NotePlayer};

const FRAMES: usize = 64;

fn block(timeline: &Timeline) -> Block<'_> {
    Block {
        frames: FRAMES,
        position: 0,
        steady: 0,
        playing: true,
        jumped: false,
        offline: false,
        deadline: Deadline::NONE,
        timeline,
    }
}

fn process(node: &mut dyn Node, events: Events<'_>, events_out: &mut EventBuffer) {
    let (timeline, silence) = (Timeline::constant(48_000), [0.0; FRAMES]);
    let input = Stereo { left: &silence, right: &silence };
    let output = StereoMut { left: &mut [], right: &mut [] };
    node.process(&block(&timeline), &mut Io { input, events, output, events_out });
}

/// What a track of these notes sends in its first block, while `keys` are played on a keyboard.
fn sent(ids: &[u64], keys: &[LiveNote]) -> Vec<LineMessage> {
    let live = Arc::new(LiveNotes::default());
    live.begin();
    for key in keys {
        assert!(live.push(*key));
    }
    let note = |(at, id): (usize, &u64)| NoteSpan {
        id: *id,
        start: at as i64,
        end: 32 + at as i64,
        pitch: 60 + at as u8,
        velocity: 1.0,
        release_velocity: 0.0,
        channel: 0,
    };
    let notes = ids.iter().enumerate().map(note).collect();
    let mut player = NotePlayer::listening(live.clone());
    let region = NoteRegion { id: 1, node: 1, append: false, notes, midi: Vec::new() };
    player.swap_content(&mut NoteContent::new(&[&region]));
    let line = Arc::new(MidiLine::default());
    line.begin();
    let mut played = EventBuffer::new();
    process(&mut player, Events::NONE, &mut played);
    process(&mut MidiOut::new(line.clone(), live), played.as_slice().into(), &mut EventBuffer::new());
    let mut sent = Vec::new();
    line.each(|message| sent.push(message));
    sent
}

#[test]
fn notes_of_a_song_leave_whatever_their_ids() {
    let ids = [1, (1 << 32) - 1, 1 << 52, (1 << 53) - 1];
    let sent = sent(&ids, &[]);
    let message = |offset, data| LineMessage { offset, live: false, data };
    let ons = (0..4).map(|at| message(u32::from(at), [0x90, 60 + at, 127]));
    let offs = (0..4).map(|at| message(32 + u32::from(at), [0x80, 60 + at, 0]));
    assert_eq!(sent, ons.chain(offs).collect::<Vec<_>>());
}

#[test]
fn a_key_leaves_once_though_the_player_plays_it_too() {
    let keys =
        [[0x90, 72, 100], [0x80, 72, 64]].map(|data| LiveNote { offset: u32::from(data[0] == 0x80), data });
    let sent = sent(&[], &keys);
    assert_eq!(sent, keys.map(|LiveNote { offset, data }| LineMessage { offset, live: true, data }));
}
