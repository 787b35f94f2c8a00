//! Changes of the graph in mid-play.

use signal_graph::{Command, GraphUpdate, ParameterChange};

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
