//! Groups, what tracks record, phase and solo-safe.

use crate::script::{check, song};
use expect_test::expect;
use pulse_model::Id;

const SONG: &str = r#"
    {"add_track": {"id": 10, "kind": "audio", "name": "Kick"}}
    {"add_track": {"id": 11, "kind": "audio", "name": "Snare"}}
    {"add_track": {"id": 12, "kind": "instrument", "name": "Keys"}}
    {"add_track": {"id": 20, "kind": "group", "name": "Drums", "before": 10}}
    {"add_track": {"id": 21, "kind": "group", "name": "Band"}}
    {"add_track": {"id": 30, "kind": "bus", "name": "Echo"}}
"#;

fn order(script: &str) -> Vec<u64> {
    song(&format!("{SONG}{script}")).project.tracks().map(|track| track.id.0).collect()
}

#[test]
fn track_that_enters_a_group_plays_into_it_and_stands_at_its_end() {
    check(
        SONG,
        r#"{"move_track": {"id": 12, "group": 20}}"#,
        expect![[r#"
        Move track Keys
        - track 12 Instrument Keys color 2 order 3 fader 0 pan 0
        + track 12 Instrument Keys color 2 order 0.5 fader 0 pan 0 output 20 group 20
    "#]],
    );
    check(
        SONG,
        r#"{"set_track": {"id": 12, "group": 20}}"#,
        expect![[r#"
        Put Keys into Drums
        - track 12 Instrument Keys color 2 order 3 fader 0 pan 0
        + track 12 Instrument Keys color 2 order 3 fader 0 pan 0 output 20 group 20
    "#]],
    );
    check(
        SONG,
        r#"{"add_track": {"id": 40, "kind": "audio", "name": "Hat", "group": 20}}"#,
        expect![[r#"
        Add track Hat
        + track 40 Audio Hat color 6 order 0.5 fader 0 pan 0 output 20 group 20
    "#]],
    );
}

#[test]
fn group_takes_its_members_along_and_nests() {
    let members = r#"
        {"move_track": {"id": 10, "group": 20}}
        {"move_track": {"id": 11, "group": 20}}
    "#;
    let and = |before: &str, more: &str| format!("{before}\n{more}");
    assert_eq!(order(members), [20, 10, 11, 12, 21, 30, 2]);
    let down = and(members, r#"{"move_track": {"id": 20}}"#);
    assert_eq!(order(&down), [12, 21, 30, 20, 10, 11, 2]);
    let nested = and(members, r#"{"move_track": {"id": 20, "group": 21}}"#);
    assert_eq!(order(&nested), [12, 21, 20, 10, 11, 30, 2]);
    let last = and(&nested, r#"{"move_track": {"id": 12, "group": 21}}"#);
    assert_eq!(order(&last), [21, 20, 10, 11, 12, 30, 2]);
    let up = and(&last, r#"{"move_track": {"id": 12, "before": 11, "group": 20}}"#);
    assert_eq!(order(&up), [21, 20, 10, 12, 11, 30, 2]);
    let whole = and(&up, r#"{"move_track": {"id": 21, "before": 2}}"#);
    assert_eq!(order(&whole), [30, 21, 20, 10, 12, 11, 2]);
    let nothing = and(&whole, r#"{"move_track": {"id": 20, "before": 12}}"#);
    assert_eq!(order(&nothing), order(&whole), "a group is not moved into itself");
}

#[test]
fn track_that_leaves_a_group_plays_into_the_master_unless_it_played_elsewhere() {
    let member = format!(r#"{SONG}{{"move_track": {{"id": 10, "group": 20}}}}"#);
    check(
        &member,
        r#"{"set_track": {"id": 10, "group": 0}}"#,
        expect![[r#"
        Take Kick out of its group
        - track 10 Audio Kick color 0 order 1 fader 0 pan 0 output 20 group 20
        + track 10 Audio Kick color 0 order 1 fader 0 pan 0
    "#]],
    );
    check(
        &(member + "\n" + r#"{"set_track": {"id": 10, "output": 30}}"#),
        r#"{"move_track": {"id": 10, "group": 0}}"#,
        expect![[r#"
        Move track Kick
        - track 10 Audio Kick color 0 order 1 fader 0 pan 0 output 30 group 20
        + track 10 Audio Kick color 0 order 6 fader 0 pan 0 output 30
    "#]],
    );
}

#[test]
fn members_of_a_group_that_goes_join_the_group_around_it() {
    check(
        &format!(
            r#"{SONG}{{"move_track": {{"id": 20, "group": 21}}}}
            {{"set_track": {{"id": 10, "group": 20}}}}
            {{"set_track": {{"id": 11, "group": 20, "output": 30}}}}"#
        ),
        r#"{"remove": {"ids": [20]}}"#,
        expect![[r#"
            Delete group Drums
            - track 10 Audio Kick color 0 order 1 fader 0 pan 0 output 20 group 20
            - track 11 Audio Snare color 1 order 2 fader 0 pan 0 output 30 group 20
            - track 20 Group Drums color 3 order 4.5 fader 0 pan 0 output 21 group 21
            + track 10 Audio Kick color 0 order 1 fader 0 pan 0 output 21 group 21
            + track 11 Audio Snare color 1 order 2 fader 0 pan 0 output 30 group 21
        "#]],
    );
}

#[test]
fn groups_that_cannot_be_are_refused() {
    let nested = format!(r#"{SONG}{{"move_track": {{"id": 20, "group": 21}}}}"#);
    check(
        &nested,
        r#"{"set_track": {"id": 21, "group": 20}}"#,
        expect![[r#"
        refused: command 1 (set_track): track Band (21): a group cannot be inside itself
    "#]],
    );
    check(
        &nested,
        r#"{"move_track": {"id": 21, "group": 20}}"#,
        expect![[r#"
        refused: command 1 (move_track): track Band (21): a group cannot be inside itself
    "#]],
    );
    check(
        SONG,
        r#"{"set_track": {"id": 10, "group": 30}}"#,
        expect![[r#"
            refused: command 1 (set_track): track Kick (10): only a group has members, and Echo is a bus
        "#]],
    );
    check(
        SONG,
        r#"{"set_track": {"id": 10, "group": 11}}"#,
        expect![[r#"
            refused: command 1 (set_track): track Kick (10): only a group has members, and Snare is an audio track
        "#]],
    );
    check(
        SONG,
        r#"{"set_track": {"id": 2, "group": 20}}"#,
        expect![[r#"
        refused: command 1 (set_track): track Master (2): the master has no output and is in no group
    "#]],
    );
    check(
        &format!(r#"{SONG}{{"add_send": {{"id": 50, "track": 20, "target": 30}}}}"#),
        r#"{"set_track": {"id": 30, "group": 20}}"#,
        expect![[r#"
        refused: command 1 (set_track): track Echo (30): sound would feed back: Echo → Drums → Echo
    "#]],
    );
}

#[test]
fn track_is_set_up_to_record() {
    check(
        SONG,
        r#"{"set_track": {"id": 10, "armed": true, "monitor": "on", "input": {"audio_channels": [3]}}}"#,
        expect![[r#"
        Change track Kick
        - track 10 Audio Kick color 0 order 1 fader 0 pan 0
        + track 10 Audio Kick color 0 order 1 fader 0 pan 0 input [3] monitor On armed
    "#]],
    );
    check(
        SONG,
        r#"{"set_track": {"id": 12, "input": {"midi_port": "Keystation"}}}"#,
        expect![[r#"
        Set input of Keys
        - track 12 Instrument Keys color 2 order 3 fader 0 pan 0
        + track 12 Instrument Keys color 2 order 3 fader 0 pan 0 input []Keystation
    "#]],
    );
    check(
        SONG,
        r#"{"set_track": {"id": 20, "armed": true}}"#,
        expect![[r#"
        refused: command 1 (set_track): track Drums (20): only audio and instrument tracks record
    "#]],
    );
    check(
        SONG,
        r#"{"set_track": {"id": 12, "input": {"audio_channels": [1]}}}"#,
        expect![[r#"
        refused: command 1 (set_track): track Keys (12): an instrument track records no audio
    "#]],
    );
    check(
        SONG,
        r#"{"set_track": {"id": 10, "input": {"audio_channels": [1, 1]}}}"#,
        expect![[r#"
        refused: command 1 (set_track): track Kick (10): input channels must be different, not 1 twice
    "#]],
    );
    check(
        SONG,
        r#"{"set_track": {"id": 10, "input": {"audio_channels": [0]}}}"#,
        expect![[r#"
        refused: command 1 (set_track): track Kick (10): an input channel must be 1 to 1024, not 0
    "#]],
    );
}

#[test]
fn tracks_record_what_is_usual_until_something_is_chosen() {
    let project = song(SONG).project;
    let input = |id| project.track(Id(id)).unwrap().effective_input();
    assert_eq!(input(10).audio_channels, [1, 2]);
    assert_eq!(input(12).midi_port, "*");
    assert_eq!(input(20), pulse_model::TrackInput::default());
}

#[test]
fn phase_and_solo_safe_are_switches() {
    check(
        SONG,
        r#"{"set_track": {"id": 10, "phase_invert": true}}"#,
        expect![[r#"
        Invert phase of Kick
        - track 10 Audio Kick color 0 order 1 fader 0 pan 0
        + track 10 Audio Kick color 0 order 1 fader 0 pan 0 inverted
    "#]],
    );
    check(
        SONG,
        r#"{"set_track": {"id": 30, "solo_safe": true}}"#,
        expect![[r#"
        Make solo-safe: Echo
        - track 30 Bus Echo color 5 order 5 fader 0 pan 0
        + track 30 Bus Echo color 5 order 5 fader 0 pan 0 safe
    "#]],
    );
}
