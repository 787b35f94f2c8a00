//! Where a track's notes are sent: set, refused, undone, and kept with what later versions say of it.

use crate::script::{check, song};
use expect_test::expect;
use pulse_model::{Command, Entity, Id, MidiOutput, SetTrack, plan};

const SONG: &str = r#"
    {"add_track": {"id": 10, "kind": "audio", "name": "Kick"}}
    {"add_track": {"id": 12, "kind": "instrument", "name": "Keys"}}
"#;

#[test]
fn notes_of_an_instrument_track_are_sent_to_a_port_by_its_name() {
    check(
        SONG,
        r#"{"set_track": {"id": 12, "midi_output": {"port": "Prophet: in", "channel": 3}}}"#,
        expect![[r#"
        Send notes of Keys to Prophet: in
        - track 12 Instrument Keys color 1 order 2 fader 0 pan 0
        + track 12 Instrument Keys color 1 order 2 fader 0 pan 0 midi Prophet: in channel 3
    "#]],
    );
    check(
        &format!(r#"{SONG}{{"set_track": {{"id": 12, "midi_output": {{"port": "Prophet"}}}}}}"#),
        r#"{"set_track": {"id": 12, "midi_output": {"port": ""}}}"#,
        expect![[r#"
        Send Keys to no MIDI port
        - track 12 Instrument Keys color 1 order 2 fader 0 pan 0 midi Prophet channel 0
        + track 12 Instrument Keys color 1 order 2 fader 0 pan 0
    "#]],
    );
}

#[test]
fn what_has_no_notes_and_channels_that_do_not_exist_are_refused() {
    check(
        SONG,
        r#"{"set_track": {"id": 10, "midi_output": {"port": "Prophet"}}}"#,
        expect![[r#"
        refused: command 1 (set_track): track Kick (10): only instrument tracks have notes to send to a MIDI port
    "#]],
    );
    check(
        SONG,
        r#"{"set_track": {"id": 12, "midi_output": {"port": "Prophet", "channel": 17}}}"#,
        expect![[r#"
        refused: command 1 (set_track): track Keys (12): MIDI channel must be 1 to 16, or 0 for each message's own, not 17
    "#]],
    );
}

#[test]
fn what_a_later_version_says_of_an_output_survives_another_choice() {
    let line = r#"{"track":{"id":12,"kind":"instrument","name":"Keys","color":1,"order":2.0,"fader_db":0.0,"pan":0.0,"mute":false,"solo":false,"midi_output":{"port":"Prophet","channel":3,"delay_ms":4}}}"#;
    let entity: Entity = serde_json::from_str(line).unwrap();
    assert_eq!(serde_json::to_string(&entity).unwrap(), line);

    let mut project = song(SONG).project;
    let Entity::Track(track) = entity else { panic!("a track") };
    let later = track.midi_output.unwrap();
    let set = |output: &MidiOutput| {
        Command::SetTrack(SetTrack { id: Id(12), midi_output: Some(output.clone()), ..SetTrack::default() })
    };
    for output in [&later, &MidiOutput { port: "Juno".into(), ..MidiOutput::default() }] {
        let planned = plan(&mut project, &[set(output)]).unwrap();
        project.apply(&planned.updates).unwrap();
    }
    let output = project.track(Id(12)).unwrap().midi_output.clone().unwrap();
    assert_eq!((output.port.as_str(), output.channel), ("Juno", 0));
    assert_eq!(output.extra, later.extra);
}
