//! One edit is one small change of the graph. `edit` checks each against the graphs derived as a whole.

use crate::fixture::{Files, RATE, changes, edit, song};
use expect_test::expect;
use pulse_derive::{Derivation, GraphDifference, GraphSpec, derive};
use std::collections::{BTreeMap, BTreeSet};

const SONG: &str = r#"
    {"add_track": {"id": 10, "kind": "audio", "name": "Drums"}}
    {"add_track": {"id": 11, "kind": "instrument", "name": "Bass"}}
    {"add_track": {"id": 12, "kind": "bus", "name": "Reverb"}}
    {"add_device": {"id": 15, "track": 11, "builtin": "tide"}}
    {"add_device": {"id": 16, "track": 11, "clap": {"plugin_id": "eq", "bundle": "eq.clap"}}}
    {"add_send": {"id": 17, "track": 11, "target": 12}}
    {"add_media": {"id": 20, "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "name": "loop.wav", "path": "media/loop.wav", "sample_rate": 48000, "channels": 2, "frames": 48000}}
    {"add_audio_clip": {"id": 30, "track": 10, "start": 0, "media": 20}}
    {"add_note_clip": {"id": 31, "track": 11, "start": "4q", "length": "4q", "notes": [{"id": 40, "start": 0, "length": "1q", "pitch": 60}]}}
"#;

#[test]
fn fader_pan_and_mute_are_one_value_each() {
    expect![[r#"
        10 parameter 1 = 0.5012
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"set_track": {"id": 10, "fader_db": -6}}"#)));
    expect![[r#"
        10 parameter 2 = 0.5000
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"set_track": {"id": 10, "pan": 0.5}}"#)));
    expect![[r#"
        10 parameter 3 = 1.0000
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"set_track": {"id": 10, "mute": true}}"#)));
}

#[test]
fn level_of_a_send_is_one_value() {
    expect![[r#"
        17 parameter 1 = 0.0000
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"set_send": {"id": 17, "level_db": -150}}"#)));
}

#[test]
fn parameter_of_a_device_is_one_value() {
    expect![[r#"
        15 parameter 3 = 0.5000
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"set_parameter": {"device": 15, "parameter": 3, "value": 0.5}}"#)));
    expect![[r#"
        16 parameter 3 = 0.5000
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"set_parameter": {"device": 16, "parameter": 3, "value": 0.5}}"#)));
}

#[test]
fn bypass_replaces_one_node() {
    expect![[r#"
        + 15 tide bypassed
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"set_device": {"id": 15, "bypass": true}}"#)));
}

#[test]
fn moved_clip_is_one_region() {
    expect![[r#"
        region 30 audio-of-10 24000+48000 cache/loop.wav from 0 × 1
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"move_clip": {"id": 30, "start": "1q"}}"#)));
}

#[test]
fn last_clip_also_moves_the_end() {
    expect![[r#"
        region 31 notes-of-11
          note 40 120000..144000 key 60 vel 0.8
        timeline 48000 Hz loop off 0..0 end 216000
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"move_clip": {"id": 31, "start": "5q"}}"#)));
}

#[test]
fn changed_note_is_one_region() {
    expect![[r#"
        region 31 notes-of-11
          note 40 96000..120000 key 61 vel 0.8
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"set_note": {"id": 40, "pitch": 61}}"#)));
}

#[test]
fn removed_clip_is_one_region_less() {
    expect![[r#"
        - region 30
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"remove": {"ids": [30]}}"#)));
    expect![[r#"
        - region 30
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"set_clip": {"id": 30, "mute": true}}"#)));
}

#[test]
fn removed_track_takes_edges_and_regions_along_unsaid() {
    expect![[r#"
        - 11
        - 15
        - 17
        - notes-of-11
        - plugins-0-of-11
        timeline 48000 Hz loop off 0..0 end 48000
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"remove": {"ids": [11]}}"#)));
}

#[test]
fn added_track_is_its_nodes_and_edges() {
    expect![[r#"
        + 50 strip × 1.0000 pan 0
        + audio-of-50
        + 2 ← 50
        + 50 ← audio-of-50
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"add_track": {"id": 50, "kind": "audio", "name": "New"}}"#)));
}

#[test]
fn names_colors_and_order_change_nothing_that_sounds() {
    for script in [
        r#"{"set_track": {"id": 10, "name": "Beat", "color": 5}}"#,
        r#"{"move_track": {"id": 11, "before": 10}}"#,
        r#"{"set_clip": {"id": 30, "name": "Beat"}}"#,
        r#"{"set_device": {"id": 16, "name": "Tone"}}"#,
        r#"{"set_song": {"name": "Sea"}}"#,
        r#"{"add_marker": {"position": 0, "name": "A"}}"#,
    ] {
        let mut difference = edit(SONG, script);
        // Takes bear their track's name.
        difference.recording = None;
        assert!(difference.is_empty(), "{script}");
    }
}

#[test]
fn tempo_moves_every_region_behind_it() {
    expect![[r#"
        region 31 notes-of-11
          note 40 96000..144000 key 60 vel 0.8
        timeline 48000 Hz loop off 0..0 end 288000
          0 120.000 bpm 0q 4/4 bar 0 from 0q
          96000 60.000 bpm 4q 4/4 bar 1 from 4q
    "#]]
    .assert_eq(&changes(&edit(SONG, r#"{"set_tempo": {"position": "4q", "bpm": 60}}"#)));
}

#[test]
fn whole_graph_is_a_difference_from_nothing() {
    let spec = derive(&song(SONG), RATE, &Files);
    let mut built = GraphSpec {
        nodes: BTreeMap::new(),
        edges: BTreeSet::new(),
        audio_regions: BTreeMap::new(),
        note_regions: BTreeMap::new(),
        timeline: Derivation::new(&song(""), RATE, &Files).spec().timeline.clone(),
        recording: pulse_derive::Recording::default(),
    };
    built.apply(&GraphDifference::whole(&spec));
    assert_eq!(built, spec);
}

#[test]
fn choosing_muting_and_leaving_a_midi_port_touch_one_node() {
    let chosen = r#"{"set_track": {"id": 11, "midi_output": {"port": "Prophet"}}}"#;
    expect![[r#"
        + midi-of-11 sends to Prophet on 0
        + midi-of-11 ♪ notes-of-11
    "#]]
    .assert_eq(&changes(&edit(SONG, chosen)));
    let before = format!("{SONG}{chosen}\n");
    expect![[r#"
        + midi-of-11 sends to Prophet on 0 mute
        11 parameter 3 = 1.0000
    "#]]
    .assert_eq(&changes(&edit(&before, r#"{"set_track": {"id": 11, "mute": true}}"#)));
    expect![[r#"
        - midi-of-11
    "#]]
    .assert_eq(&changes(&edit(&before, r#"{"set_track": {"id": 11, "midi_output": {"port": ""}}}"#)));
}
