//! What a note player says, and when.

use signal_graph::EventBody::{AllNotesOff, Midi, NoteOff, NoteOn};
use signal_graph::{
    Block, Deadline, EventBody, EventBuffer, Events, Io, Node, NoteRegion, NoteSpan, Stereo, StereoMut,
    TimedMidi, Timeline,
};
use signal_nodes::notes::{NoteContent, NotePlayer};

fn note(id: u64, start: i64, end: i64) -> NoteSpan {
    NoteSpan { id, start, end, pitch: 60, velocity: 0.5, release_velocity: 0.0, channel: 0 }
}

fn content(notes: &[NoteSpan], midi: &[(i64, [u8; 3])]) -> NoteContent {
    let midi = midi.iter().map(|(sample, data)| TimedMidi { sample: *sample, data: *data }).collect();
    NoteContent::new(&[&NoteRegion { id: 1, node: 1, append: false, notes: notes.to_vec(), midi }])
}

struct Rig {
    player: NotePlayer,
}

impl Rig {
    fn new(mut content: NoteContent, position: i64) -> Self {
        let mut player = NotePlayer::default();
        player.swap_content(&mut content);
        player.reset(position);
        Self { player }
    }

    fn change(&mut self, mut content: NoteContent) {
        self.player.swap_content(&mut content);
    }

    fn block(&mut self, position: i64, frames: usize, playing: bool, jumped: bool) -> Vec<(i64, EventBody)> {
        let timeline = Timeline::constant(48_000);
        let mut events_out = EventBuffer::new();
        let silence = vec![0.0; frames];
        let block = Block {
            frames,
            position,
            steady: 0,
            playing,
            jumped,
            offline: false,
            deadline: Deadline::NONE,
            timeline: &timeline,
        };
        let mut io = Io {
            input: Stereo { left: &silence, right: &silence },
            events: Events::NONE,
            output: StereoMut { left: &mut [], right: &mut [] },
            events_out: &mut events_out,
        };
        self.player.process(&block, &mut io);
        let events = events_out.as_slice().iter();
        events.map(|event| (position + i64::from(event.offset), event.body)).collect()
    }

    fn play(&mut self, position: i64, frames: usize) -> Vec<(i64, EventBody)> {
        self.block(position, frames, true, false)
    }
}

fn on(id: u64) -> EventBody {
    NoteOn { note: id, channel: 0, pitch: 60, velocity: 0.5 }
}

fn off(id: u64) -> EventBody {
    NoteOff { note: id, channel: 0, pitch: 60, velocity: 0.0 }
}

#[test]
fn notes_sound_at_their_samples_and_ends_come_before_beginnings() {
    let mut rig = Rig::new(content(&[note(1, 10, 50), note(2, 50, 51), note(3, 127, 300)], &[]), 0);
    assert_eq!(rig.play(0, 128), [(10, on(1)), (50, off(1)), (50, on(2)), (51, off(2)), (127, on(3))]);
    assert_eq!(rig.play(128, 172), []);
    assert_eq!(rig.play(300, 1), [(300, off(3))]);
}

#[test]
fn notes_under_way_are_not_begun_again_but_controllers_are_chased() {
    let volume = |value| [0xB0, 7, value];
    let midi = [(0, volume(90)), (5, [0xC0, 12, 0]), (20, volume(70)), (40, [0xE0, 0, 96]), (60, volume(50))];
    let content = content(&[note(1, 10, 100), note(2, 55, 70)], &midi);
    let mut rig = Rig::new(content, 50);
    let program = (50, Midi([0xC0, 12, 0]));
    let chased = [(50, Midi(volume(70))), program, (50, Midi([0xE0, 0, 96]))];
    let played = rig.play(50, 64);
    assert_eq!(played[..3], chased);
    assert_eq!(played[3..], [(55, on(2)), (60, Midi(volume(50))), (70, off(2))]);
}

#[test]
fn a_loop_ends_what_sounds_and_sets_back_what_was_bent() {
    let mut rig = Rig::new(content(&[note(1, 90, 200)], &[(95, [0xE0, 0, 127])]), 80);
    assert_eq!(rig.play(80, 20)[1..], [(90, on(1)), (95, Midi([0xE0, 0, 127]))]);
    let back = rig.block(0, 20, true, true);
    assert_eq!(back, [(0, off(1)), (0, Midi([0xE0, 0, 64]))]);
}

#[test]
fn stopping_ends_every_note_once() {
    let mut rig = Rig::new(content(&[note(1, 0, 1_000), note(2, 0, 1_000)], &[]), 0);
    rig.play(0, 10);
    let mut stopped = rig.block(10, 10, false, false);
    assert_eq!(stopped.pop(), Some((10, AllNotesOff)));
    assert_eq!(stopped.len(), 2);
    assert_eq!(rig.block(10, 10, false, false), []);
}

#[test]
fn an_edit_of_sounding_notes_hangs_none() {
    let notes = [note(1, 0, 1_000), note(2, 0, 1_000), note(3, 0, 1_000), note(4, 0, 1_000)];
    let mut rig = Rig::new(content(&notes, &[]), 0);
    assert_eq!(rig.play(0, 100).len(), 4);
    // 1 is gone, 2 is shorter, 3 moved away, 4 stays; 5 would have begun before.
    rig.change(content(&[note(2, 0, 150), note(3, 400, 500), note(4, 0, 1_000), note(5, 50, 300)], &[]));
    assert_eq!(rig.play(100, 100), [(100, off(1)), (100, off(3)), (150, off(2))]);
    assert_eq!(rig.play(200, 1_000), [(400, on(3)), (500, off(3)), (1_000, off(4))]);
}
