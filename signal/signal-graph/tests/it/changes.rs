//! Changes of the graph in mid-play.

use signal_graph::{BlockSizes, Command, GraphUpdate, ParameterChange};

use crate::parts::{OUTPUT, Part, audio, graph, part_node};
use crate::transport::Device;

#[test]
fn nodes_that_stay_keep_their_state_when_others_come_and_go() {
    let parts = [(5, Part::Sine(0.5)), (6, Part::Integrator), (2, Part::Sine(0.1))];
    let plain = || graph(&parts[..2], &[(5, 6), (6, OUTPUT)]);
    let (mut changed, mut control, mut workshop) = Device::with(plain());
    let (mut unchanged, ..) = Device::with(plain());
    workshop.0.insert("part 2".to_owned(), parts[2].1);
    for device in [&mut changed, &mut unchanged] {
        device.send(Command::Play);
        device.block(200);
    }
    let added = GraphUpdate { nodes: vec![part_node(2)], ..GraphUpdate::default() };
    let change = control.apply(&added, &mut workshop).expect("a node more");
    changed.send(Command::Change(Box::new(change)));
    changed.block(100);
    unchanged.block(100);
    let removed = GraphUpdate { removed_nodes: vec![2], ..GraphUpdate::default() };
    let change = control.apply(&removed, &mut workshop).expect("a node less");
    changed.send(Command::Change(Box::new(change)));
    changed.block(300);
    unchanged.block(300);
    assert_eq!(changed.heard, unchanged.heard);
    assert!(unchanged.heard.iter().any(|sample| sample.abs() > 1.0));
}

#[test]
fn a_value_reaches_its_node_in_the_next_block_and_a_foreign_one_nobody() {
    let (mut device, mut control, mut workshop) =
        Device::with(graph(&[(1, Part::Sine(0.0))], &[(1, OUTPUT)]));
    device.send(Command::Play);
    assert_eq!(device.block(10), [0.0; 10]);
    let value = |target, value| ParameterChange { target, parameter: 3, value };
    device.send(Command::Parameter(value(1, 0.25)));
    device.send(Command::Parameter(value(77, 0.5)));
    assert_eq!(device.block(10), [0.25; 10]);
    let update = GraphUpdate { parameters: vec![value(1, 0.75)], ..GraphUpdate::default() };
    let change = control.apply(&update, &mut workshop).expect("a value");
    device.send(Command::Change(Box::new(change)));
    assert_eq!(device.block(10), [0.75; 10]);
    assert_eq!(control.spec().parameter(1, 3), Some(0.75));
}

fn at(frame: u64, value: f64) -> Command {
    Command::ParameterAt { frame, change: ParameterChange { target: 1, parameter: 3, value } }
}

#[test]
fn values_with_frames_act_there_however_time_is_cut() {
    let heard = |cut: &mut dyn Iterator<Item = usize>| {
        let (mut device, ..) = Device::with(graph(&[(1, Part::Sine(0.0))], &[(1, OUTPUT)]));
        device.send(Command::Play);
        // Late ones act at once, those of one frame in their order, those beyond the end not at all.
        device.block(100);
        let values =
            [(3, 0.125), (105, 0.25), (700, 0.375), (700, 0.5), (701, 0.625), (1_099, 0.75), (1_100, 0.875)];
        values.iter().rev().for_each(|(frame, value)| device.send(at(*frame, *value)));
        device.send(at(700, 0.5));
        while device.heard.len() < 1_100 {
            let frames = cut.next().unwrap_or(1);
            device.block(frames.min(1_100 - device.heard.len()));
        }
        assert_eq!(device.ring.transport().frames(), 1_100);
        device.heard
    };
    let whole = heard(&mut std::iter::repeat(1_000));
    for (frames, value) in
        [(0..100, 0.0), (100..105, 0.125), (105..700, 0.25), (700..701, 0.5), (701..1_099, 0.625)]
    {
        assert!(whole[frames.clone()].iter().all(|sample| *sample == value), "{frames:?} is not {value}");
    }
    assert_eq!(whole[1_099], 0.75);
    assert_eq!(heard(&mut std::iter::repeat(1)), whole);
    assert_eq!(heard(&mut BlockSizes::Random { seed: 3, max: 64 }), whole);
}

#[test]
fn a_value_sent_later_without_a_frame_outranks_those_that_wait() {
    let (mut device, mut control, mut workshop) =
        Device::with(graph(&[(1, Part::Sine(0.0))], &[(1, OUTPUT)]));
    device.send(Command::Play);
    device.block(10);
    device.send(at(15, 0.5));
    device.send(Command::Parameter(ParameterChange { target: 1, parameter: 3, value: 0.25 }));
    assert_eq!(device.block(10), [0.25; 10]);
    device.send(at(35, 0.5));
    device.block(10);
    let change = ParameterChange { target: 1, parameter: 3, value: 0.75 };
    let update = GraphUpdate { parameters: vec![change], ..GraphUpdate::default() };
    let change = control.apply(&update, &mut workshop).expect("a value");
    device.send(Command::Change(Box::new(change)));
    assert_eq!(device.block(10), [0.75; 10], "the song's value is newer than the gesture's");
}

#[test]
fn a_remote_node_is_given_its_changes_with_the_block() {
    let parts = [(1, Part::Sine(1.0)), (3, Part::Remote { factor: 1.0, latency: 0 })];
    let (mut device, ..) = Device::with(graph(&parts, &[(1, 3), (3, OUTPUT)]));
    device.send(Command::Play);
    device.block(100);
    let change = ParameterChange { target: 3, parameter: 0, value: 0.0 };
    device.send(Command::ParameterAt { frame: 137, change });
    let heard = device.block(100);
    assert!(heard[..37].iter().skip(1).all(|sample| *sample != 0.0));
    assert_eq!(heard[37..], [0.0; 63]);
}

#[test]
fn an_edge_can_be_taken_away_and_a_new_latency_is_aligned() {
    let parts = [(1, Part::Sine(1.0)), (2, Part::Sine(-1.0)), (3, Part::Remote { factor: 1.0, latency: 0 })];
    let (mut device, mut control, mut workshop) =
        Device::with(graph(&parts, &[(1, 3), (3, OUTPUT), (2, OUTPUT)]));
    device.send(Command::Play);
    assert!(device.block(400).iter().all(|sample| *sample == 0.0));
    let update = GraphUpdate { removed_edges: vec![audio(2, OUTPUT)], ..GraphUpdate::default() };
    let change = control.apply(&update, &mut workshop).expect("an edge less");
    device.send(Command::Change(Box::new(change)));
    assert!(device.block(400).iter().any(|sample| sample.abs() > 0.9));
    assert!(control.set_latency(3, 0).is_none());
    assert!(control.set_latency(99, 5).is_none());
    let change = control.set_latency(3, 25).expect("another latency");
    assert_eq!(control.latency(), 25);
    device.send(Command::Change(Box::new(change)));
    device.block(10);
    assert_eq!(device.player.schedule().latency(), 25);
}

#[test]
fn sending_to_a_player_that_takes_nothing_gives_the_command_back() {
    let (player, mut ring) = signal_graph::player(48_000, 64);
    let refused = (0..5_000).filter(|_| ring.send(Command::Stop).is_err()).count();
    assert!((1..5_000).contains(&refused));
    drop(player);
}
