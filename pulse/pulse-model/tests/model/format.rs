//! The JSON of the journal and of the song's text.

use expect_test::expect;
use pulse_model::Entity;

const LINES: &str = r#"{"song":{"id":1,"name":"Sea","loop_enabled":false,"loop_start":0,"loop_end":0,"groove":{"swing":0.1}}}
{"tempo_point":{"id":3,"position":0,"superclocks_per_quarter":141120000,"ramp":true}}
{"signature_point":{"id":4,"position":0,"numerator":4,"denominator":4,"x":null}}
{"marker":{"id":5,"position":0,"name":"A","color":1}}
{"track":{"id":10,"kind":"instrument","name":"Bass","color":0,"order":1.5,"fader_db":-0.1,"pan":0.0,"mute":false,"solo":false,"output":11,"phase":[1,2]}}
{"device":{"id":20,"track":10,"order":1.0,"name":"Comp","vendor":"Zam","bypass":false,"clap":{"plugin_id":"a.b","bundle":"b.clap","isolation":"plugin"},"parameters":[{"id":1,"value":0.30000000000000004}],"state":"00","fresh":1e+300}}
{"device":{"id":21,"track":10,"order":2.0,"name":"Tide","bypass":true,"builtin":"tide"}}
{"send":{"id":22,"track":10,"target":11,"order":1.0,"level_db":-6.0,"pre_fader":true,"pan":0.5}}
{"media":{"id":23,"hash":"00","name":"a.wav","path":"media/a.wav","sample_rate":48000,"channels":2,"frames":7,"tags":["x"]}}
{"clip":{"id":30,"track":10,"start":0,"length":4,"name":"A","mute":false,"audio":{"media":23,"offset_frames":0,"gain_db":0.0,"stretch":2},"warp":3}}
{"clip":{"id":31,"track":10,"start":0,"length":4,"name":"B","mute":true,"notes":{"offset":0,"loop":9},"launch":"top"}}
{"note":{"id":40,"clip":31,"start":0,"length":1,"pitch":60,"velocity":0.8,"release_velocity":0.0,"channel":0,"tuning":-13.7}}
{"midi_event":{"id":41,"clip":31,"position":0,"data":"b00740","selected":true}}
"#;

#[test]
fn entities_with_fields_of_later_versions_are_written_back_to_the_byte() {
    for line in LINES.lines() {
        let entity: Entity = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(serde_json::to_string(&entity).unwrap(), line);
    }
}

#[test]
fn every_kind_of_entity_is_in_the_lines_above() {
    let kinds: std::collections::BTreeSet<_> =
        LINES.lines().map(|line| serde_json::from_str::<Entity>(line).unwrap().kind()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), pulse_model::Kind::ALL);
}

#[test]
fn what_is_no_entity_is_refused_with_a_reason() {
    let refusal = |text| serde_json::from_str::<Entity>(text).unwrap_err().to_string();
    expect!["unknown variant `groove`, expected one of `song`, `tempo_point`, `signature_point`, `marker`, `track`, `device`, `send`, `media`, `clip`, `note`, `midi_event` at line 1 column 9"].assert_eq(&refusal(r#"{"groove":{"id":1}}"#));
    expect!["expected an even number of hexadecimal digits at line 1 column 57"]
        .assert_eq(&refusal(r#"{"midi_event":{"id":1,"clip":2,"position":0,"data":"0é"}}"#));
    expect!["no variant of enum ClipContent found in flattened data at line 1 column 60"]
        .assert_eq(&refusal(r#"{"clip":{"id":30,"track":10,"start":0,"length":4,"name":"A"}}"#));
}
