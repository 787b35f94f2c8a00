//! Tracks, their strips and sends.

use crate::script::{check, song};
use expect_test::expect;
use pulse_model::Id;

const BAND: &str = r#"
    {"add_track": {"id": 10, "kind": "audio", "name": "Drums"}}
    {"add_track": {"id": 11, "kind": "instrument", "name": "Bass"}}
    {"add_track": {"id": 12, "kind": "bus", "name": "Reverb"}}
    {"add_track": {"id": 13, "kind": "bus", "name": "Group"}}
"#;

#[test]
fn track_is_added_above_the_master() {
    check(
        BAND,
        r#"{"add_track": {"id": 20, "kind": "audio", "name": "Keys"}}"#,
        expect![[r#"
        Add track Keys
        + track 20 Audio Keys color 4 order 5 fader 0 pan 0
    "#]],
    );
}

#[test]
fn track_is_added_above_another() {
    check(
        BAND,
        r#"{"add_track": {"id": 20, "kind": "bus", "name": "Keys", "color": 7, "before": 11}}"#,
        expect![[r#"
            Add bus Keys
            + track 20 Bus Keys color 7 order 1.5 fader 0 pan 0
        "#]],
    );
}

#[test]
fn colors_go_round_the_palette() {
    let add = r#"{"add_track": {"kind": "audio", "name": "T"}}"#;
    let mut song = song(&[add; 9].join("\n"));
    let added = song.run(add);
    let track = song.project.track(added.created[0].unwrap()).unwrap();
    assert_eq!(track.color, 1);
    assert_eq!(added.label, "Add track T");
}

#[test]
fn ids_that_pulse_chooses_are_never_used_again() {
    let mut song = song(BAND);
    let first = song.run(r#"{"add_track": {"kind": "audio", "name": "A"}}"#).created[0].unwrap();
    song.run(&format!(r#"{{"remove": {{"ids": [{first}]}}}}"#));
    let second = song.run(r#"{"add_track": {"kind": "audio", "name": "B"}}"#).created[0].unwrap();
    assert!(second > first);
    assert_eq!(first.0 >> 32, 1, "the replica is in the upper bits");
    assert!(second <= Id::MAX);
}

#[test]
fn second_master_is_refused() {
    check(
        BAND,
        r#"{"add_track": {"kind": "master", "name": "M"}}"#,
        expect![[r#"
        refused: command 1 (add_track): there is exactly one master
    "#]],
    );
}

#[test]
fn mixer_values_are_set_one_by_one() {
    check(
        BAND,
        r#"{"set_track": {"id": 11, "fader_db": -3.2}}"#,
        expect![[r#"
        Set fader of Bass to −3.2 dB
        - track 11 Instrument Bass color 1 order 2 fader 0 pan 0
        + track 11 Instrument Bass color 1 order 2 fader -3.2 pan 0
    "#]],
    );
    check(
        BAND,
        r#"{"set_track": {"id": 11, "pan": -0.25}}"#,
        expect![[r#"
        Set pan of Bass to 25 % left
        - track 11 Instrument Bass color 1 order 2 fader 0 pan 0
        + track 11 Instrument Bass color 1 order 2 fader 0 pan -0.25
    "#]],
    );
    check(
        BAND,
        r#"{"set_track": {"id": 11, "mute": true}}"#,
        expect![[r#"
        Mute Bass
        - track 11 Instrument Bass color 1 order 2 fader 0 pan 0
        + track 11 Instrument Bass color 1 order 2 fader 0 pan 0 mute
    "#]],
    );
    check(
        BAND,
        r#"{"set_track": {"id": 11, "solo": true}}"#,
        expect![[r#"
        Solo Bass
        - track 11 Instrument Bass color 1 order 2 fader 0 pan 0
        + track 11 Instrument Bass color 1 order 2 fader 0 pan 0 solo
    "#]],
    );
    check(
        BAND,
        r#"{"set_track": {"id": 11, "output": 13}}"#,
        expect![[r#"
        Route Bass to Group
        - track 11 Instrument Bass color 1 order 2 fader 0 pan 0
        + track 11 Instrument Bass color 1 order 2 fader 0 pan 0 output 13
    "#]],
    );
    check(
        BAND,
        r#"{"set_track": {"id": 11, "name": "Low", "color": 3}}"#,
        expect![[r#"
        Change track Bass
        - track 11 Instrument Bass color 1 order 2 fader 0 pan 0
        + track 11 Instrument Low color 3 order 2 fader 0 pan 0
    "#]],
    );
    check(
        BAND,
        r#"{"set_track": {"id": 2, "fader_db": -150}}"#,
        expect![[r#"
        Set fader of Master to −∞ dB
        - track 2 Master Master color 0 order 1000000000 fader 0 pan 0
        + track 2 Master Master color 0 order 1000000000 fader -150 pan 0
    "#]],
    );
}

#[test]
fn value_that_is_already_set_is_nothing_to_do() {
    check(
        BAND,
        r#"{"set_track": {"id": 11, "pan": 0}}"#,
        expect![[r#"
        nothing to do
    "#]],
    );
    check(
        BAND,
        r#"{"set_track": {"id": 11, "output": 2}}"#,
        expect![[r#"
        nothing to do
    "#]],
    );
    check(
        BAND,
        r#"{"set_track": {"id": 11, "output": 0}}"#,
        expect![[r#"
        nothing to do
    "#]],
    );
}

#[test]
fn change_taken_back_in_the_same_transaction_is_nothing_to_do() {
    check(
        BAND,
        r#"
        {"set_track": {"id": 11, "pan": 1}}
        {"add_track": {"id": 30, "kind": "audio", "name": "Gone"}}
        {"set_track": {"id": 11, "pan": 0}}
        {"remove": {"ids": [30]}}
        "#,
        expect![[r#"
            nothing to do
        "#]],
    );
}

#[test]
fn many_alike_are_counted_in_the_label() {
    check(
        BAND,
        r#"
        {"set_track": {"id": 10, "fader_db": -1}}
        {"set_track": {"id": 11, "fader_db": -2}}
        {"add_marker": {"id": 40, "position": 0, "name": "A"}}
        "#,
        expect![[r#"
            Set fader of 2 tracks and 1 more change
            - track 10 Audio Drums color 0 order 1 fader 0 pan 0
            - track 11 Instrument Bass color 1 order 2 fader 0 pan 0
            + marker 40 at 0q “A”
            + track 10 Audio Drums color 0 order 1 fader -1 pan 0
            + track 11 Instrument Bass color 1 order 2 fader -2 pan 0
        "#]],
    );
}

#[test]
fn track_moves_above_another_and_to_the_end() {
    check(
        BAND,
        r#"{"move_track": {"id": 13, "before": 10}}"#,
        expect![[r#"
        Move track Group
        - track 13 Bus Group color 3 order 4 fader 0 pan 0
        + track 13 Bus Group color 3 order 0 fader 0 pan 0
    "#]],
    );
    check(
        BAND,
        r#"{"move_track": {"id": 10}}"#,
        expect![[r#"
        Move track Drums
        - track 10 Audio Drums color 0 order 1 fader 0 pan 0
        + track 10 Audio Drums color 0 order 5 fader 0 pan 0
    "#]],
    );
    check(
        BAND,
        r#"{"move_track": {"id": 10, "before": 12}}"#,
        expect![[r#"
        Move track Drums
        - track 10 Audio Drums color 0 order 1 fader 0 pan 0
        + track 10 Audio Drums color 0 order 2.5 fader 0 pan 0
    "#]],
    );
    check(
        BAND,
        r#"{"move_track": {"id": 10, "before": 11}}"#,
        expect![[r#"
        nothing to do
    "#]],
    );
    check(
        BAND,
        r#"{"move_track": {"id": 2, "before": 11}}"#,
        expect![[r#"
        refused: command 1 (move_track): track Master (2): the master is always last
    "#]],
    );
}

#[test]
fn tracks_make_room_after_moving_between_the_same_two_often() {
    let mut song = song(BAND);
    for _ in 0..60 {
        song.run(r#"{"move_track": {"id": 13, "before": 11}}"#);
        song.run(r#"{"move_track": {"id": 12, "before": 13}}"#);
        song.run(r#"{"move_track": {"id": 12, "before": 11}}"#);
    }
    let order: Vec<u64> = song.project.tracks().map(|track| track.id.0).collect();
    assert_eq!(order, [10, 13, 12, 11, 2]);
}

#[test]
fn sends_are_added_and_changed() {
    check(
        BAND,
        r#"{"add_send": {"id": 50, "track": 10, "target": 12, "level_db": -6, "pre_fader": true}}"#,
        expect![[r#"
            Send Drums to Reverb
            +   send 50 of 10 to 12 -6 dB pre
        "#]],
    );
    let sent = format!(r#"{BAND}{{"add_send": {{"id": 50, "track": 10, "target": 12}}}}"#);
    check(
        &sent,
        r#"{"set_send": {"id": 50, "level_db": -12.5}}"#,
        expect![[r#"
            Set send of Drums to Reverb at −12.5 dB
            -   send 50 of 10 to 12 0 dB post
            +   send 50 of 10 to 12 -12.5 dB post
        "#]],
    );
    check(
        &sent,
        r#"{"set_send": {"id": 50, "pre_fader": true}}"#,
        expect![[r#"
            Send Drums to Reverb before the fader
            -   send 50 of 10 to 12 0 dB post
            +   send 50 of 10 to 12 0 dB pre
        "#]],
    );
}

#[test]
fn send_goes_to_a_bus_only() {
    check(
        BAND,
        r#"{"add_send": {"track": 10, "target": 11}}"#,
        expect![[r#"
        refused: command 1 (add_send): send 4294967297: the target of a send must be a bus, and Bass is an instrument track
    "#]],
    );
    check(
        BAND,
        r#"{"add_send": {"track": 10, "target": 2}}"#,
        expect![[r#"
        refused: command 1 (add_send): send 4294967297: the target of a send must be a bus, and Master is the master
    "#]],
    );
    check(
        BAND,
        r#"{"add_send": {"track": 2, "target": 12}}"#,
        expect![[r#"
        refused: command 1 (add_send): send 4294967297: the master has no sends
    "#]],
    );
    check(
        BAND,
        r#"{"set_track": {"id": 10, "output": 11}}"#,
        expect![[r#"
        refused: command 1 (set_track): track Drums (10): an output must be a bus, and Bass is an instrument track
    "#]],
    );
}

#[test]
fn routing_that_feeds_back_is_refused_with_the_way_it_takes() {
    check(
        BAND,
        r#"{"set_track": {"id": 12, "output": 12}}"#,
        expect![[r#"
        refused: command 1 (set_track): track Reverb (12): sound would feed back: Reverb → Reverb
    "#]],
    );
    check(
        BAND,
        r#"
        {"set_track": {"id": 12, "output": 13}}
        {"add_send": {"track": 13, "target": 12}}
        "#,
        expect![[r#"
            refused: command 2 (add_send): send 4294967297: sound would feed back: Group → Reverb → Group
        "#]],
    );
}

#[test]
fn routing_may_turn_round_within_one_transaction() {
    let grouped = format!(r#"{BAND}{{"set_track": {{"id": 12, "output": 13}}}}"#);
    check(
        &grouped,
        r#"
        {"set_track": {"id": 13, "output": 12}}
        {"set_track": {"id": 12, "output": 0}}
        "#,
        expect![[r#"
            Route 2 tracks
            - track 12 Bus Reverb color 2 order 3 fader 0 pan 0 output 13
            - track 13 Bus Group color 3 order 4 fader 0 pan 0
            + track 12 Bus Reverb color 2 order 3 fader 0 pan 0
            + track 13 Bus Group color 3 order 4 fader 0 pan 0 output 12
        "#]],
    );
}
