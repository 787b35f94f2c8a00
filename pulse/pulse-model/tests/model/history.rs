//! Undo and redo of several clients, and across a restart.

use crate::script::{CLIENT, bytes, song};
use pulse_model::{History, NOBODY, UndoError};

const TRACK: &str = r#"{"add_track": {"id": 10, "kind": "instrument", "name": "Bass"}}"#;

#[test]
fn everything_is_undone_and_redone_step_by_step() {
    let mut song = song(TRACK);
    let mut states = vec![bytes(&song.project)];
    for step in 1..=20 {
        song.run(&format!(r#"{{"set_track": {{"id": 10, "fader_db": -{step}}}}}"#));
        states.push(bytes(&song.project));
    }
    for state in states.iter().rev().skip(1) {
        song.undo().unwrap();
        assert_eq!(bytes(&song.project), *state);
    }
    for state in &states[1..] {
        song.redo().unwrap();
        assert_eq!(bytes(&song.project), *state);
    }
    assert_eq!(song.redo(), Err("there is nothing to redo".into()));
}

#[test]
fn labels_say_what_undo_and_redo_would_do() {
    let mut song = song(TRACK);
    assert_eq!(song.history.undo_label(CLIENT), Some("Add track Bass"));
    assert_eq!(song.history.redo_label(CLIENT), None);
    song.run(r#"{"set_track": {"id": 10, "mute": true}}"#);
    assert_eq!(song.undo().unwrap(), "Mute Bass");
    assert_eq!(song.history.undo_label(CLIENT), Some("Add track Bass"));
    assert_eq!(song.history.redo_label(CLIENT), Some("Mute Bass"));
    assert_eq!(song.history.transactions().last().unwrap().label, "Undo: Mute Bass");
    song.redo().unwrap();
    assert_eq!(song.history.transactions().last().unwrap().label, "Redo: Mute Bass");
    assert_eq!(song.history.undo_label("somebody else"), None);
}

#[test]
fn doing_something_new_ends_redo() {
    let mut song = song(TRACK);
    song.undo().unwrap();
    song.run(r#"{"set_song": {"name": "Sea"}}"#);
    assert_eq!(song.history.redo_label(CLIENT), None);
}

#[test]
fn undo_takes_back_my_transaction_and_leaves_others_alone() {
    let mut song = song(TRACK);
    song.run(r#"{"set_track": {"id": 10, "mute": true}}"#);
    song.run_as("other", r#"{"set_song": {"name": "Sea"}}"#);
    assert_eq!(song.undo().unwrap(), "Mute Bass");
    assert_eq!(song.project.song().name, "Sea");
    assert!(!song.project.track(pulse_model::Id(10)).unwrap().mute);
}

#[test]
fn undo_is_refused_when_somebody_changed_the_same_since() {
    let mut song = song(TRACK);
    song.run(r#"{"set_track": {"id": 10, "mute": true}}"#);
    song.run_as("other", r#"{"set_track": {"id": 10, "fader_db": -3.2}}"#);
    let before = bytes(&song.project);
    assert_eq!(
        song.undo(),
        Err("track Bass (10) has been changed since, by other: Set fader of Bass to −3.2 dB".into())
    );
    assert_eq!(bytes(&song.project), before);
}

#[test]
fn undo_is_refused_when_somebody_built_on_it() {
    let mut song = song(TRACK);
    song.run_as("other", r#"{"add_note_clip": {"id": 30, "track": 10, "start": 0, "length": "4q"}}"#);
    assert_eq!(song.undo(), Err("track Bass (10): clip “Bass” still needs it".into()));
}

#[test]
fn undo_goes_on_when_the_other_took_the_change_back() {
    let mut song = song(TRACK);
    song.run(r#"{"set_track": {"id": 10, "mute": true}}"#);
    song.run_as("other", r#"{"set_track": {"id": 10, "pan": 1}}"#);
    song.run_as("other", r#"{"set_track": {"id": 10, "pan": 0}}"#);
    assert_eq!(song.undo().unwrap(), "Mute Bass");
}

#[test]
fn captured_state_of_a_plugin_does_not_stand_in_the_way_of_undo() {
    let hash = "0123".repeat(16);
    let state = format!(r#"{{"set_device_state": {{"device": 20, "state": "{hash}"}}}}"#);
    let add = r#"{"add_device": {"id": 20, "track": 10, "clap": {"plugin_id": "a.b", "bundle": "b.clap"}}}"#;
    let mut song = song(&format!("{TRACK}\n{add}"));
    let device = |song: &crate::script::Song| song.project.device(pulse_model::Id(20)).unwrap().clone();

    song.run(r#"{"set_parameter": {"device": 20, "parameter": 1, "value": 0.5}}"#);
    song.run_as(NOBODY, &state);
    song.undo().unwrap();
    assert_eq!(
        (device(&song).parameters, device(&song).state),
        (vec![], String::new()),
        "value and state go back"
    );

    song.run(r#"{"set_device": {"id": 20, "bypass": true}}"#);
    song.run_as(NOBODY, &state);
    song.undo().unwrap();
    assert_eq!(
        (device(&song).bypass, device(&song).state),
        (false, hash),
        "the state stays, it was not touched"
    );
}

#[test]
fn plugin_that_comes_back_by_undo_gets_none_of_the_state_of_the_one_that_had_replaced_it() {
    let add = r#"{"add_device": {"id": 20, "track": 10, "clap": {"plugin_id": "a.b", "bundle": "b.clap"}}}"#;
    let mut song = song(&format!("{TRACK}\n{add}"));
    let former = bytes(&song.project);
    song.run(r#"{"replace_device": {"id": 20, "clap": {"plugin_id": "c.d", "bundle": "d.clap"}}}"#);
    let hash = "0123".repeat(16);
    song.run_as(NOBODY, &format!(r#"{{"set_device_state": {{"device": 20, "state": "{hash}"}}}}"#));
    song.undo().unwrap();
    assert_eq!(bytes(&song.project), former);
}

#[test]
fn nothing_to_undo_is_said() {
    let mut song = song("");
    song.undo().unwrap();
    assert_eq!(song.history.undo(&mut song.project, CLIENT), Err(UndoError::NothingToUndo));
}

#[test]
fn history_is_rebuilt_from_its_transactions() {
    let mut song = song(TRACK);
    for name in ["A", "B", "C"] {
        song.run(&format!(r#"{{"set_song": {{"name": "{name}"}}}}"#));
    }
    song.undo().unwrap();
    song.undo().unwrap();
    song.redo().unwrap();
    song.run_as("other", r#"{"set_track": {"id": 10, "pan": 1}}"#);
    song.undo().unwrap();

    let mut rebuilt = History::new();
    for transaction in song.history.transactions() {
        rebuilt.record(transaction.clone());
    }
    for client in [CLIENT, "other"] {
        assert_eq!(rebuilt.undo_label(client), song.history.undo_label(client));
        assert_eq!(rebuilt.redo_label(client), song.history.redo_label(client));
        assert_eq!(rebuilt.undo(&mut song.project, client), song.history.undo(&mut song.project, client));
        assert_eq!(rebuilt.redo(&mut song.project, client), song.history.redo(&mut song.project, client));
    }
}

#[test]
fn what_is_forgotten_has_never_happened() {
    let mut song = song(TRACK);
    song.run(r#"{"set_song": {"name": "A"}}"#);
    song.undo().unwrap();
    let (before, history) = (song.project.clone(), song.history.clone());
    song.redo().unwrap();
    song.run_as("other", r#"{"set_track": {"id": 10, "pan": 1}}"#);
    song.run(r#"{"set_song": {"name": "B"}}"#);
    let kept = before_sequence(&history);
    let mut project = song.project.clone();
    for transaction in song.history.forget_after(kept) {
        project.apply(&pulse_model::invert(&transaction.updates)).unwrap();
    }
    assert_eq!(bytes(&project), bytes(&before));
    for client in [CLIENT, "other"] {
        assert_eq!(song.history.undo_label(client), history.undo_label(client));
        assert_eq!(song.history.redo_label(client), history.redo_label(client));
    }
    assert_eq!(song.history.transactions().len(), history.transactions().len());
    assert!(song.history.forget_after(kept).is_empty(), "there is nothing more");
}

fn before_sequence(history: &History) -> u64 {
    history.transactions().last().map_or(0, |last| last.sequence)
}

#[test]
fn transactions_since_a_sequence_are_given_if_they_join() {
    let mut song = song(TRACK);
    song.run(r#"{"set_song": {"name": "Sea"}}"#);
    let sequences =
        |since| song.history.since(since).map(|it| it.iter().map(|it| it.sequence).collect::<Vec<_>>());
    assert_eq!(sequences(0), Some(vec![1, 2]));
    assert_eq!(sequences(1), Some(vec![2]));
    assert_eq!(sequences(2), Some(vec![]));
    assert_eq!(sequences(3), None, "a sequence that was never given");
}
