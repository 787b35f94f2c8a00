//! What a plugin changes by itself, and whose undo takes it back.

use crate::script::{CLIENT, Song, song};
use pulse_model::{Id, NOBODY};

const PLUGIN: Id = Id(20);
const SONG: &str = r#"
    {"add_track": {"id": 10, "kind": "instrument", "name": "Bass"}}
    {"add_device": {"id": 20, "track": 10, "clap": {"plugin_id": "a.b", "bundle": "b.clap"}}}
"#;

fn state(digit: char) -> String {
    let hash: String = std::iter::repeat_n(digit, 64).collect();
    format!(r#"{{"set_device_state": {{"device": 20, "state": "{hash}"}}}}"#)
}

fn value(value: f64) -> String {
    format!(r#"{{"set_parameter": {{"device": 20, "parameter": 1, "value": {value}}}}}"#)
}

fn now(song: &Song) -> (char, Option<f64>) {
    let device = song.project.device(PLUGIN).unwrap();
    (device.state.chars().next().unwrap_or('-'), device.parameters.first().map(|it| it.value))
}

/// Has a state saved as Pulse does it.
fn save(song: &mut Song, digit: char, present: &[&str]) {
    let client =
        if song.history.state_follows(PLUGIN) { NOBODY } else { song.history.owner(PLUGIN, present) };
    song.run_as(client, &state(digit));
}

#[test]
fn state_that_follows_a_change_goes_back_with_it() {
    let mut song = song(SONG);
    save(&mut song, 'a', &[CLIENT]);
    song.run(&value(0.5));
    save(&mut song, 'b', &[CLIENT]);
    assert_eq!(song.undo().unwrap(), "Set parameter 1 of b to 0.5");
    assert_eq!(now(&song), ('a', None));
    save(&mut song, 'c', &[CLIENT]);
    assert_eq!(song.redo().unwrap(), "Set parameter 1 of b to 0.5", "a state that follows undo ends no redo");
}

#[test]
fn state_that_the_plugin_changed_by_itself_is_a_step_of_its_own() {
    let mut song = song(SONG);
    save(&mut song, 'a', &[CLIENT]);
    save(&mut song, 'b', &[CLIENT]);
    save(&mut song, 'c', &[CLIENT]);
    song.run(r#"{"set_device": {"id": 20, "bypass": true}}"#);
    save(&mut song, 'd', &[CLIENT]);
    for former in ['c', 'c', 'b', 'a'] {
        song.undo().unwrap();
        assert_eq!(now(&song).0, former);
    }
    for later in ['b', 'c', 'c', 'd'] {
        song.redo().unwrap();
        assert_eq!(now(&song).0, later);
    }
}

#[test]
fn value_that_the_plugin_moved_is_a_step_and_the_state_after_it_is_none() {
    let mut song = song(SONG);
    save(&mut song, 'a', &[CLIENT]);
    let owner = song.history.owner(PLUGIN, &[CLIENT]);
    song.run_as(owner, &value(0.5));
    save(&mut song, 'b', &[CLIENT]);
    song.undo().unwrap();
    assert_eq!(now(&song), ('a', None));
    assert!(song.project.device(PLUGIN).is_some(), "the plugin itself stays");
}

#[test]
fn it_belongs_to_who_touched_the_plugin_last_of_those_who_are_here() {
    let mut song = song(SONG);
    let owner = |song: &Song, present: &[&'static str]| song.history.owner(PLUGIN, present);
    song.run_as("anna", &value(0.5));
    song.run_as("ben", r#"{"set_song": {"name": "Sea"}}"#);
    assert_eq!(owner(&song, &["ben", "anna"]), "anna");
    assert_eq!(owner(&song, &["ben", "carl"]), "ben", "none of them touched it: who did anything last");
    assert_eq!(
        owner(&song, &["carl", "dora"]),
        "carl",
        "none of them did anything: who has been here longest"
    );
    assert_eq!(owner(&song, &[]), NOBODY);
}

#[test]
fn undo_goes_on_when_another_one_left_the_plugin_as_it_was_and_its_state_followed() {
    let mut song = song(SONG);
    song.run(&value(0.5));
    save(&mut song, 'a', &[CLIENT, "anna"]);
    song.run_as("anna", r#"{"set_device": {"id": 20, "bypass": true}}"#);
    song.run_as("anna", r#"{"set_device": {"id": 20, "bypass": false}}"#);
    song.undo().unwrap();
    assert_eq!(now(&song), ('-', None));
}

#[test]
fn undo_does_not_throw_away_what_another_ones_plugin_did_since() {
    let mut song = song(SONG);
    save(&mut song, 'a', &[]);
    song.run(&value(0.5));
    song.run_as("anna", r#"{"set_device": {"id": 20, "bypass": true}}"#);
    song.run_as("anna", r#"{"set_device": {"id": 20, "bypass": false}}"#);
    save(&mut song, 'b', &[CLIENT, "anna"]);
    save(&mut song, 'c', &[CLIENT, "anna"]);
    assert_eq!(
        song.undo(),
        Err("device b (20) has been changed since, by anna: Keep state of b".into()),
        "the state is anna's"
    );
    let undo = song.history.undo(&mut song.project, "anna").unwrap();
    song.commit("anna", &undo.label, undo.updates, Some(undo.inverts));
    assert_eq!(now(&song), ('b', Some(0.5)));
}
