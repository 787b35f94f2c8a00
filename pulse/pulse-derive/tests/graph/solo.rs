//! Who is heard while solo buttons are down.

use crate::fixture::{edit, graph};
use pulse_derive::{GraphSpec, Node};
use std::collections::BTreeSet;

/// Two tracks in a group and one beside it; two of them send to a reverb.
const BAND: &str = r#"
    {"add_track": {"id": 10, "kind": "audio", "name": "Kick"}}
    {"add_track": {"id": 11, "kind": "audio", "name": "Snare"}}
    {"add_track": {"id": 12, "kind": "audio", "name": "Voice"}}
    {"add_track": {"id": 13, "kind": "bus", "name": "Drums"}}
    {"add_track": {"id": 14, "kind": "bus", "name": "Reverb"}}
    {"set_track": {"id": 10, "output": 13}}
    {"set_track": {"id": 11, "output": 13}}
    {"add_send": {"id": 20, "track": 11, "target": 14}}
    {"add_send": {"id": 21, "track": 12, "target": 14}}
"#;

/// The ways from audio players to the output that are open: the tracks and sends on each.
fn heard(solo: &str) -> BTreeSet<Vec<u64>> {
    let script: String = solo.split_whitespace().fold(BAND.to_owned(), |script, change| {
        let (button, id) = change.split_at(4);
        let button = if button == "safe" { "solo_safe" } else { button };
        format!("{script}\n{{\"set_track\": {{\"id\": {id}, \"{button}\": true}}}}")
    });
    let spec = graph(&script);
    let players = spec.nodes.iter().filter(|(_, node)| matches!(node, Node::AudioPlayer)).map(|(id, _)| *id);
    let mut ways = BTreeSet::new();
    for player in players {
        follow(&spec, player, vec![], &mut ways);
    }
    ways
}

fn follow(spec: &GraphSpec, node: u64, mut way: Vec<u64>, ways: &mut BTreeSet<Vec<u64>>) {
    match spec.nodes[&node] {
        Node::Output => {
            ways.insert(way);
            return;
        }
        Node::Strip { mute: true, .. } => return,
        Node::SendLevel(0.0) => return,
        Node::Strip { .. } | Node::SendLevel(_) => way.push(node),
        _ => {}
    }
    for edge in spec.edges.iter().filter(|edge| edge.from == node) {
        follow(spec, edge.to, way.clone(), ways);
    }
}

fn ways<const N: usize>(ways: [&[u64]; N]) -> BTreeSet<Vec<u64>> {
    ways.into_iter().map(<[u64]>::to_vec).collect()
}

#[test]
fn without_solo_everything_is_heard() {
    let all: [&[u64]; 5] = [&[10, 13, 2], &[11, 13, 2], &[11, 20, 14, 2], &[12, 2], &[12, 21, 14, 2]];
    assert_eq!(heard(""), ways(all));
}

#[test]
fn soloed_track_is_heard_through_its_group_and_its_sends() {
    assert_eq!(heard("solo11"), ways([&[11, 13, 2], &[11, 20, 14, 2]]));
}

#[test]
fn soloed_group_is_heard_with_its_tracks() {
    assert_eq!(heard("solo13"), ways([&[10, 13, 2], &[11, 13, 2]]));
}

#[test]
fn soloed_reverb_is_heard_without_the_dry_tracks() {
    assert_eq!(heard("solo14"), ways([&[11, 20, 14, 2], &[12, 21, 14, 2]]));
}

#[test]
fn two_solos_are_heard_together() {
    assert_eq!(heard("solo10 solo12"), ways([&[10, 13, 2], &[12, 2], &[12, 21, 14, 2]]));
}

#[test]
fn mute_wins_over_solo() {
    assert_eq!(heard("solo11 mute11"), ways([]));
}

#[test]
fn solo_of_the_master_means_nothing() {
    assert_eq!(heard("solo2"), heard(""));
}

#[test]
fn solo_safe_tracks_are_heard_whatever_is_soloed_but_not_what_feeds_them() {
    assert_eq!(heard("solo10 safe12"), ways([&[10, 13, 2], &[12, 2], &[12, 21, 14, 2]]));
    assert_eq!(heard("solo10 safe14"), heard("solo10"));
    assert_eq!(heard("solo10 safe13"), heard("solo10"));
    assert_eq!(heard("safe12"), heard(""));
}

#[test]
fn group_and_its_members_are_soloed_together() {
    let groups = r#"
        {"add_track": {"id": 30, "kind": "group", "name": "All"}}
        {"add_track": {"id": 31, "kind": "group", "name": "Part", "group": 30}}
        {"add_track": {"id": 32, "kind": "audio", "name": "In", "group": 31}}
        {"add_track": {"id": 33, "kind": "audio", "name": "Beside", "group": 30}}
    "#;
    let solo = |id: u64| {
        let script = format!("{groups}\n{{\"set_track\": {{\"id\": {id}, \"solo\": true}}}}");
        let spec = graph(&script);
        let mut ways = BTreeSet::new();
        for player in [1 << 56 | 32, 1 << 56 | 33] {
            follow(&spec, player, vec![], &mut ways);
        }
        ways
    };
    let (member, beside): (&[u64], &[u64]) = (&[32, 31, 30, 2], &[33, 30, 2]);
    assert_eq!(solo(32), ways([member]));
    assert_eq!(solo(31), ways([member]));
    assert_eq!(solo(30), ways([member, beside]));
}

#[test]
fn solo_of_a_track_changes_values_alone() {
    let difference = edit(BAND, r#"{"set_track": {"id": 10, "solo": true}}"#);
    let changed: Vec<u64> = difference.parameters.iter().map(|it| it.node).collect();
    assert_eq!(changed, [11, 12, 14, 20, 21]);
    assert!(
        difference.nodes.is_empty() && difference.edges.is_empty() && difference.removed_edges.is_empty()
    );
}
