//! What a refusal says: command, entity, rule. That nothing changed then is checked by `Song::plan`.

use crate::script::{check, commands, song};
use expect_test::expect;
use pulse_model::{Command, Id, MAX_COMMANDS, Remove};

const TRACK: &str = r#"{"add_track": {"id": 10, "kind": "instrument", "name": "Bass"}}"#;

#[test]
fn second_of_two_commands_is_named_and_the_first_is_not_done() {
    check(
        TRACK,
        r#"
        {"set_track": {"id": 10, "fader_db": -3}}
        {"set_track": {"id": 10, "fader_db": 7}}
        "#,
        expect![[r#"
            refused: command 2 (set_track): track Bass (10): fader must be -150 to +6 dB, not 7
        "#]],
    );
}

#[test]
fn refusal_carries_index_entity_and_rule() {
    let mut song = song(TRACK);
    let script = r#"
        {"set_track": {"id": 10, "pan": 1}}
        {"set_track": {"id": 10, "pan": -1.5}}
    "#;
    let error = song.plan(&commands(script)).unwrap_err();
    assert_eq!((error.index, error.command), (1, "set_track"));
    assert_eq!(error.violation.entity, Some(Id(10)));
    assert_eq!(error.violation.rule.to_string(), "pan must be -1 to +1, not -1.5");
}

#[test]
fn numbers_that_are_none_are_refused() {
    let mut song = song(TRACK);
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut commands = commands(
            r#"
            {"set_track": {"id": 10, "fader_db": 0}}
            {"set_track": {"id": 10, "pan": 0}}
            {"set_tempo": {"position": 0, "bpm": 0}}
            "#,
        );
        for command in &mut commands {
            match command {
                Command::SetTrack(it) if it.pan.is_some() => it.pan = Some(value),
                Command::SetTrack(it) => it.fader_db = Some(value),
                Command::SetTempo(it) => it.bpm = value,
                _ => {}
            }
        }
        for command in commands {
            assert!(song.plan(std::slice::from_ref(&command)).is_err(), "{command:?}");
        }
    }
}

#[test]
fn id_in_use_is_refused() {
    check(
        TRACK,
        r#"{"add_marker": {"id": 10, "position": 0, "name": "A"}}"#,
        expect![[r#"
        refused: command 1 (add_marker): id 10 is in use
    "#]],
    );
    check(
        TRACK,
        r#"{"add_marker": {"id": 1, "position": 0, "name": "A"}}"#,
        expect![[r#"
        refused: command 1 (add_marker): id 1 is in use
    "#]],
    );
}

#[test]
fn id_freed_in_the_same_transaction_is_refused() {
    check(
        TRACK,
        r#"
        {"remove": {"ids": [10]}}
        {"add_marker": {"id": 10, "position": 0, "name": "A"}}
        "#,
        expect![[r#"
            refused: command 2 (add_marker): id 10 is in use
        "#]],
    );
}

#[test]
fn id_that_a_page_cannot_hold_is_refused() {
    check(
        TRACK,
        r#"{"add_marker": {"id": 9007199254740992, "position": 0, "name": "A"}}"#,
        expect![[r#"
        refused: command 1 (add_marker): id 9007199254740992 is not between 1 and 2^53 - 1
    "#]],
    );
    check(
        TRACK,
        r#"{"add_marker": {"id": 0, "position": 0, "name": "A"}}"#,
        expect![[r#"
        refused: command 1 (add_marker): id 0 is not between 1 and 2^53 - 1
    "#]],
    );
}

#[test]
fn id_of_another_kind_is_refused() {
    check(
        TRACK,
        r#"{"set_clip": {"id": 10, "mute": true}}"#,
        expect![[r#"
        refused: command 1 (set_clip): track Bass (10): 10 is a track, not a clip
    "#]],
    );
    check(
        TRACK,
        r#"{"set_track": {"id": 3, "mute": true}}"#,
        expect![[r#"
        refused: command 1 (set_track): tempo 3: 3 is a tempo, not a track
    "#]],
    );
    check(
        TRACK,
        r#"{"set_track": {"id": 99, "mute": true}}"#,
        expect![[r#"
        refused: command 1 (set_track): there is no track 99
    "#]],
    );
}

#[test]
fn name_longer_than_is_kept_is_refused() {
    let name = "n".repeat(1025);
    check(
        TRACK,
        &format!(r#"{{"set_track": {{"id": 10, "name": "{name}"}}}}"#),
        expect![[r#"
        refused: command 1 (set_track): track nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn… (10): name is longer than 1024
    "#]],
    );
}

#[test]
fn more_commands_than_a_transaction_holds_are_refused() {
    let mut song = song(TRACK);
    let nothing = Command::Remove(Remove { ids: Vec::new() });
    let error = song.plan(&vec![nothing; MAX_COMMANDS + 1]).unwrap_err();
    assert_eq!(error.violation.rule.to_string(), "the list of commands is longer than 100000");
}

#[test]
fn highest_id_of_a_replica_does_not_stop_pulse_from_choosing_others() {
    let taken = (1_u64 << 33) - 1;
    let mut song = song(&format!(r#"{{"add_marker": {{"id": {taken}, "position": 0, "name": "A"}}}}"#));
    let next = song.run(r#"{"add_marker": {"position": 0, "name": "B"}}"#).created[0].unwrap();
    let other = song.run(r#"{"add_marker": {"position": 0, "name": "C"}}"#).created[0].unwrap();
    assert!(next != other && next.is_valid() && other.is_valid());
}
