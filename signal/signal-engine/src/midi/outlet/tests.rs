//! What leaves at ports, and when: a player, its notes and the outlet, without a device.

use std::sync::Arc;

use signal_graph::{
    AudioRegion, Change, Command, CommandRing, Content, Deadline, Edge, EdgeKind, Graph, GraphUpdate,
    MidiOutputSpec, Node, NodeKind, NodeSpec, NoteRegion, NoteSpan, Order, Player, StereoMut, TimedMidi,
    Workshop, player,
};
use signal_nodes::live::{LiveNote, LiveNotes};
use signal_nodes::midi_out::{MidiLine, MidiOut};
use signal_nodes::notes::NotePlayer;
use signal_nodes::workshop;
use signal_rt::audio_scope;

use super::*;

const RATE: u32 = 48_000;
const LARGEST: usize = 512;
const PLAYER: NodeId = 2;
const SENDER: NodeId = 3;

/// The audio thread of one track whose notes go out, and what left so far: frame, port, message.
struct Rig {
    player: Player,
    commands: CommandRing,
    graph: Graph,
    made: Made,
    outlet: Outlet,
    rings: OutletRings,
    frame: u64,
    compensation: u32,
    left: Vec<(u64, u16, [u8; 3])>,
}

#[derive(Default)]
struct Made {
    line: Arc<MidiLine>,
    live: Arc<LiveNotes>,
}

impl Workshop for Made {
    fn make(&mut self, _: NodeId, kind: &NodeKind) -> Result<Box<dyn Node>, String> {
        Ok(match kind {
            NodeKind::NotePlayer => Box::new(NotePlayer::listening(self.live.clone())),
            _ => Box::new(MidiOut::new(self.line.clone(), self.live.clone())),
        })
    }

    fn audio_content(&mut self, _: NodeId, _: &[&AudioRegion]) -> Result<Content, String> {
        Err("there is no sound here".to_owned())
    }

    fn note_content(&mut self, _: NodeId, regions: &[&NoteRegion]) -> Result<Content, String> {
        Ok(workshop::note_content(regions))
    }
}

fn note(id: u64, start: i64, end: i64, pitch: u8) -> NoteSpan {
    NoteSpan { id, start, end, pitch, velocity: 100.0 / 127.0, release_velocity: 0.0, channel: 2 }
}

fn pedal(sample: i64, value: u8) -> TimedMidi {
    TimedMidi { sample, data: [0xB2, 64, value] }
}

fn route(port: u16) -> Route {
    Route { port, way: Way::Device, channel: None, latency: 0 }
}

impl Rig {
    /// A track that plays these, with its port open.
    fn new(notes: Vec<NoteSpan>, midi: Vec<TimedMidi>) -> Self {
        let (player, commands) = player(RATE, LARGEST);
        let (outlet, rings) = outlet();
        let mut rig = Self {
            player,
            commands,
            graph: Graph::new(RATE, LARGEST, Order::Sequential),
            made: Made::default(),
            outlet,
            rings,
            frame: 0,
            compensation: 0,
            left: Vec::new(),
        };
        let output = MidiOutputSpec { port: "Synth".into(), channel: None, mute: false, note_player: PLAYER };
        let kinds =
            [(1, NodeKind::Output), (PLAYER, NodeKind::NotePlayer), (SENDER, NodeKind::MidiOutput(output))];
        rig.apply(&GraphUpdate {
            whole: true,
            nodes: kinds.into_iter().map(|(id, kind)| NodeSpec { id, kind }).collect(),
            edges: vec![Edge { from: PLAYER, to: SENDER, kind: EdgeKind::Notes }],
            note_regions: vec![NoteRegion { id: 5, node: PLAYER, append: false, notes, midi }],
            ..GraphUpdate::default()
        });
        rig.send_to(Some(route(7)));
        rig
    }

    fn apply(&mut self, update: &GraphUpdate) {
        let change: Change = self.graph.apply(update, &mut self.made).expect("a graph");
        self.command(Command::Change(Box::new(change)));
    }

    fn command(&mut self, command: Command) {
        self.commands.send(command).expect("room");
    }

    fn order(&mut self, order: OutletOrder) {
        self.rings.orders.push(order).expect("room");
    }

    fn send_to(&mut self, route: Option<Route>) {
        let senders = vec![Sender::new(SENDER, self.made.line.clone(), route)];
        self.order(OutletOrder::Table(Box::new(Table { senders, opened: Vec::new() })));
    }

    fn block(&mut self, frames: usize, live: &[(u32, [u8; 3])]) {
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        let Self { player, outlet, made, frame, compensation, .. } = self;
        audio_scope(|| {
            made.live.begin();
            for (offset, data) in live {
                made.live.push(LiveNote { offset: *offset, data: *data });
            }
            outlet.before(*frame);
            player.process(StereoMut { left: &mut left, right: &mut right }, Deadline::NONE);
            outlet.after(&OutletBlock {
                frame: *frame,
                frames,
                compensation: *compensation,
                output_latency: 37,
                start_ns: 1_000_000_000,
                sample_rate: RATE,
            });
        });
        self.rings.done.collect();
        let leaving = self.outlet.leaving().iter();
        self.left.extend(leaving.map(|it| (self.frame + u64::from(it.frame), it.port, it.bytes)));
        self.frame += frames as u64;
    }

    /// Blocks of these lengths, over and over, until `frames` have passed.
    fn run(&mut self, blocks: &[usize], frames: u64) {
        let end = self.frame + frames;
        for length in blocks.iter().cycle() {
            if self.frame >= end {
                return;
            }
            self.block((*length).min((end - self.frame) as usize), &[]);
        }
    }

    fn taken(&mut self) -> Vec<(u64, u16, [u8; 3])> {
        std::mem::take(&mut self.left)
    }
}

fn random_blocks() -> Vec<usize> {
    let mut state = 12_345_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        1 + (state >> 16) as usize % LARGEST
    };
    (0..97).map(|_| next()).collect()
}

#[test]
fn each_message_leaves_at_its_very_frame_whatever_the_blocks() {
    let notes =
        vec![note(1, 0, 480, 60), note(2, 100, 101, 61), note(3, 101, 4799, 61), note(4, 4800, 9000, 0)];
    let expected = [
        // The pedal as it was before anything set it.
        (0, [0xB2, 64, 0]),
        (0, [0x92, 60, 100]),
        (100, [0x92, 61, 100]),
        (101, [0x82, 61, 0]),
        (101, [0x92, 61, 100]),
        (333, [0xB2, 64, 90]),
        (480, [0x82, 60, 0]),
        (4799, [0x82, 61, 0]),
        (4800, [0x92, 0, 100]),
        (9000, [0x82, 0, 0]),
    ];
    for blocks in [vec![16], vec![64], vec![480], random_blocks()] {
        let mut rig = Rig::new(notes.clone(), vec![pedal(333, 90)]);
        rig.compensation = 1000;
        rig.command(Command::Play);
        rig.run(&blocks, 12_000);
        // Later by the graph's delay and the device's way out.
        let expected = expected.map(|(frame, data)| (frame + 1037, 7, data));
        assert_eq!(rig.taken(), expected, "{} blocks from {}", blocks.len(), blocks[0]);
    }
}

#[test]
fn a_port_that_takes_time_itself_is_sent_to_so_much_sooner_and_channels_are_as_chosen() {
    let mut rig = Rig::new(vec![note(1, 10, 20, 60)], Vec::new());
    rig.send_to(Some(Route { channel: Some(15), latency: 30, ..route(7) }));
    rig.command(Command::Play);
    rig.run(&[64], 128);
    assert_eq!(rig.taken(), [(17, 7, [0x9F, 60, 100]), (27, 7, [0x8F, 60, 0])]);
}

/// Two notes and a pedal are down, then `end` happens.
fn after(end: impl FnOnce(&mut Rig)) -> Vec<(u64, u16, [u8; 3])> {
    let mut rig = Rig::new(vec![note(1, 0, 48_000, 60), note(2, 0, 48_000, 64)], vec![pedal(0, 127)]);
    rig.command(Command::Play);
    rig.run(&[64], 256);
    let begun: Vec<_> = rig.taken().into_iter().map(|(frame, _, data)| (frame, data)).collect();
    // First the pedal as it was before anything set it.
    let expected = [[0xB2, 64, 0], [0xB2, 64, 127], [0x92, 60, 100], [0x92, 64, 100]];
    assert_eq!(begun, expected.map(|data| (37, data)));
    end(&mut rig);
    rig.run(&[64], 256);
    rig.taken()
}

const LIFTED: [[u8; 3]; 3] = [[0x82, 60, 0], [0x82, 64, 0], [0xB2, 64, 0]];

fn lifts(left: &[(u64, u16, [u8; 3])], port: u16) -> bool {
    LIFTED.iter().all(|data| left.iter().filter(|it| (it.1, it.2) == (port, *data)).count() == 1)
}

#[test]
fn stop_ends_notes_and_pedals_and_says_all_notes_off() {
    let left = after(|rig| rig.command(Command::Stop));
    assert!(lifts(&left, 7), "{left:?}");
    assert_eq!(left.last(), Some(&(256 + 37, 7, [0xB2, 123, 0])));
}

#[test]
fn locate_ends_what_sounds_at_the_place_that_is_left() {
    let left = after(|rig| rig.command(Command::Locate(96_000)));
    assert!(lifts(&left, 7), "{left:?}");
    assert!(left.iter().all(|(frame, ..)| *frame == 256 + 37), "{left:?}");
}

#[test]
fn panic_silences_every_channel_at_once() {
    let left = after(|rig| {
        rig.order(OutletOrder::Silence);
        rig.command(Command::Silence);
    });
    assert_eq!(left[..3], LIFTED.map(|data| (256, 7, data)), "{left:?}");
    for channel in 0..16 {
        for controller in [64, 120, 123] {
            assert!(left.contains(&(256, 7, [0xB0 | channel, controller, 0])), "{left:?}");
        }
    }
}

#[test]
fn mute_and_a_missing_port_end_their_own_notes_alone() {
    let left = after(|rig| rig.send_to(None));
    assert!(lifts(&left, 7), "{left:?}");
    assert_eq!(left.len(), LIFTED.len(), "nothing else is touched: {left:?}");
}

#[test]
fn another_port_or_channel_ends_what_sounds_at_the_old_one() {
    let left = after(|rig| rig.send_to(Some(route(8))));
    assert!(lifts(&left, 7) && left.len() == LIFTED.len(), "{left:?}");
    let left = after(|rig| rig.send_to(Some(Route { channel: Some(5), ..route(7) })));
    assert!(lifts(&left, 7) && left.len() == LIFTED.len(), "{left:?}");
}

#[test]
fn a_track_that_is_removed_ends_its_notes() {
    let left = after(|rig| {
        rig.apply(&GraphUpdate { removed_nodes: vec![PLAYER, SENDER], ..GraphUpdate::default() });
        rig.order(OutletOrder::Table(Box::default()));
    });
    assert!(lifts(&left, 7) && left.len() == LIFTED.len(), "{left:?}");
}

#[test]
fn a_table_of_the_same_routes_touches_nothing() {
    assert_eq!(after(|rig| rig.send_to(Some(route(7)))), []);
}

#[test]
fn a_port_that_opens_is_silenced_before_anything_is_sent() {
    let mut rig = Rig::new(vec![note(1, 0, 10, 60)], Vec::new());
    let senders = vec![Sender::new(SENDER, rig.made.line.clone(), Some(route(7)))];
    rig.order(OutletOrder::Table(Box::new(Table { senders, opened: vec![(Way::Device, 7)] })));
    rig.command(Command::Play);
    rig.run(&[64], 64);
    let left = rig.taken();
    assert_eq!(left.len(), 16 * 3 + 2);
    assert!(left[..48].iter().all(|(frame, _, data)| *frame == 0 && data[0] & 0xF0 == 0xB0));
    assert_eq!(left[48..], [(37, 7, [0x92, 60, 100]), (47, 7, [0x82, 60, 0])]);
}

#[test]
fn what_a_keyboard_plays_leaves_at_once_and_byte_for_byte() {
    let mut rig = Rig::new(vec![note(1, 0, 100, 60)], Vec::new());
    rig.compensation = 500;
    rig.command(Command::Play);
    let played = [(3, [0x95, 70, 1]), (3, [0xB5, 1, 33]), (9, [0xE5, 1, 2]), (20, [0x85, 70, 77])];
    rig.block(64, &played);
    let expected: Vec<_> = played.iter().map(|(offset, data)| (u64::from(*offset), 7, *data)).collect();
    assert_eq!(rig.taken(), expected, "live messages are not delayed with playback");
    rig.run(&[64], 640);
    assert_eq!(rig.taken(), [(537, 7, [0x92, 60, 100]), (637, 7, [0x82, 60, 0])]);
}

#[test]
fn ends_of_keys_that_others_hold_do_not_go_out() {
    let mut rig = Rig::new(Vec::new(), Vec::new());
    rig.block(
        64,
        &[
            (0, [0x95, 70, 100]),
            (1, [0x85, 71, 0]),
            (2, [0x84, 70, 0]),
            (3, [0x95, 70, 0]),
            (4, [0x85, 70, 0]),
        ],
    );
    assert_eq!(rig.taken(), [(0, 7, [0x95, 70, 100]), (3, 7, [0x95, 70, 0])]);
}

#[test]
fn a_key_that_is_held_ends_with_its_track() {
    let mut rig = Rig::new(Vec::new(), Vec::new());
    rig.block(64, &[(3, [0x95, 70, 100])]);
    rig.taken();
    rig.send_to(None);
    rig.block(64, &[]);
    assert_eq!(rig.taken(), [(64, 7, [0x85, 70, 0])]);
}

#[test]
fn a_loop_ends_what_sounds_across_its_end_and_begins_anew() {
    let mut rig = Rig::new(vec![note(1, 50, 150, 60)], Vec::new());
    let mut timeline = signal_graph::Timeline::constant(RATE);
    timeline.loop_range = Some((0, 100));
    rig.apply(&GraphUpdate { timeline: Some(timeline), ..GraphUpdate::default() });
    rig.command(Command::Play);
    rig.run(&[64], 256);
    let on = |frame: u64| (frame + 37, 7, [0x92, 60, 100]);
    let off = |frame: u64| (frame + 37, 7, [0x82, 60, 0]);
    assert_eq!(rig.taken(), [on(50), off(100), on(150), off(200)]);
}

#[test]
fn the_sequencer_is_told_the_moment() {
    let mut rig = Rig::new(vec![note(1, 11, 30_000, 60)], Vec::new());
    rig.send_to(Some(Route { way: Way::Sequencer, ..route(7) }));
    rig.command(Command::Play);
    rig.run(&[480], 480);
    let mut sent = rig.rings.to_sequencer.take().expect("the ring");
    let message = TimedMessage { time_ns: 1_001_000_000, port: 7, data: [0x92, 60, 100] };
    assert_eq!((sent.pop().ok(), sent.pop().ok()), (Some(message), None));
    assert_eq!(rig.taken(), []);
}

#[test]
fn more_than_can_wait_loses_beginnings_and_no_ends() {
    let chord = |at: i64| (0..100).map(move |index| note(at as u64 * 100 + index, at, at + 1, index as u8));
    let notes: Vec<NoteSpan> = (1..200).flat_map(chord).collect();
    let mut rig = Rig::new(notes, Vec::new());
    rig.compensation = 100_000;
    rig.command(Command::Play);
    rig.run(&[16], 110_000);
    let mut held = Held::default();
    rig.taken().iter().for_each(|(_, _, data)| held.follow(*data));
    assert!(held.is_empty(), "no note hangs");
}
