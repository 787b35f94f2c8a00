//! Tracks, devices, sends and buses as nodes and edges.

use crate::fixture::{graph, text};
use expect_test::expect;

#[test]
fn empty_song_is_a_master_into_the_output() {
    expect![[r#"
        2 strip × 1.0000 pan 0
        output
          ← 2
        timeline 48000 Hz loop off 0..0 end 0
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&text(&graph("")));
}

#[test]
fn audio_track_plays_through_its_chain_into_the_master() {
    let script = r#"
        {"add_track": {"id": 10, "kind": "audio", "name": "Drums"}}
        {"add_device": {"id": 20, "track": 10, "builtin": "trim", "parameters": [{"id": 1, "value": 6}]}}
        {"add_device": {"id": 21, "track": 10, "clap": {"plugin_id": "eq", "bundle": "eq.clap"}}}
        {"add_device": {"id": 22, "track": 10, "clap": {"plugin_id": "comp", "bundle": "lost.clap"}}}
        {"add_device": {"id": 23, "track": 10, "builtin": "trim"}}
        {"add_device": {"id": 24, "track": 10, "clap": {"plugin_id": "eq", "bundle": "eq.clap"}}}
        {"set_device": {"id": 23, "bypass": true}}
        {"set_track": {"id": 10, "fader_db": -6, "pan": -0.5}}
    "#;
    expect![[r#"
        2 strip × 1.0000 pan 0
          ← 10
        10 strip × 0.5012 pan -0.5
          ← plugins-1-of-10
        20 trim 1=6
          ← audio-of-10
        23 trim bypassed
          ← plugins-0-of-10
        audio-of-10
        plugins-0-of-10 [21 /clap/eq.clap, 22 lost.clap]
          ← 20
        output
          ← 2
        plugins-1-of-10 [24 /clap/eq.clap]
          ← 23
        timeline 48000 Hz loop off 0..0 end 0
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&text(&graph(script)));
}

#[test]
fn notes_go_to_the_synth_and_its_sound_through_what_follows() {
    let script = r#"
        {"add_track": {"id": 10, "kind": "instrument", "name": "Keys"}}
        {"add_device": {"id": 20, "track": 10, "builtin": "tide"}}
        {"add_device": {"id": 21, "track": 10, "clap": {"plugin_id": "eq", "bundle": "eq.clap"}}}
    "#;
    expect![[r#"
        2 strip × 1.0000 pan 0
          ← 10
        10 strip × 1.0000 pan 0
          ← plugins-0-of-10
        20 tide
          ♪ notes-of-10
        notes-of-10
        plugins-0-of-10 [21 /clap/eq.clap]
          ← 20
        output
          ← 2
        timeline 48000 Hz loop off 0..0 end 0
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&text(&graph(script)));
}

#[test]
fn notes_go_to_the_first_plugin_where_there_is_no_synth_before_it() {
    let script = r#"
        {"add_track": {"id": 10, "kind": "instrument", "name": "Keys"}}
        {"add_device": {"id": 20, "track": 10, "clap": {"plugin_id": "synth", "bundle": "synth.clap"}}}
        {"add_device": {"id": 21, "track": 10, "builtin": "trim"}}
        {"add_device": {"id": 22, "track": 10, "clap": {"plugin_id": "eq", "bundle": "eq.clap"}}}
    "#;
    expect![[r#"
        2 strip × 1.0000 pan 0
          ← 10
        10 strip × 1.0000 pan 0
          ← plugins-1-of-10
        21 trim
          ← plugins-0-of-10
        notes-of-10
        plugins-0-of-10 [20 /clap/synth.clap]
          ♪ notes-of-10
        output
          ← 2
        plugins-1-of-10 [22 /clap/eq.clap]
          ← 21
        timeline 48000 Hz loop off 0..0 end 0
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&text(&graph(script)));
}

#[test]
fn second_synth_plays_beside_the_first() {
    let script = r#"
        {"add_track": {"id": 10, "kind": "instrument", "name": "Keys"}}
        {"add_device": {"id": 20, "track": 10, "builtin": "tide"}}
        {"add_device": {"id": 21, "track": 10, "builtin": "tide"}}
        {"add_device": {"id": 22, "track": 10, "builtin": "trim"}}
    "#;
    expect![[r#"
        2 strip × 1.0000 pan 0
          ← 10
        10 strip × 1.0000 pan 0
          ← 22
        20 tide
          ♪ notes-of-10
        21 tide
          ♪ notes-of-10
        22 trim
          ← 20
          ← 21
        notes-of-10
        output
          ← 2
        timeline 48000 Hz loop off 0..0 end 0
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&text(&graph(script)));
}

#[test]
fn instrument_track_without_an_instrument_is_silent() {
    expect![[r#"
        2 strip × 1.0000 pan 0
          ← 10
        10 strip × 1.0000 pan 0
        notes-of-10
        output
          ← 2
        timeline 48000 Hz loop off 0..0 end 0
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&text(&graph(r#"{"add_track": {"id": 10, "kind": "instrument", "name": "Keys"}}"#)));
}

#[test]
fn sends_tap_before_and_after_the_fader() {
    let script = r#"
        {"add_track": {"id": 10, "kind": "audio", "name": "Drums"}}
        {"add_track": {"id": 12, "kind": "bus", "name": "Reverb"}}
        {"add_device": {"id": 20, "track": 12, "builtin": "trim"}}
        {"add_send": {"id": 30, "track": 10, "target": 12, "pre_fader": true}}
        {"add_send": {"id": 31, "track": 10, "target": 12, "level_db": -150}}
    "#;
    expect![[r#"
        2 strip × 1.0000 pan 0
          ← 10
          ← 12
        10 strip × 1.0000 pan 0
          ← audio-of-10
        12 strip × 1.0000 pan 0
          ← 20
        20 trim
          ← 30
          ← 31
        30 send × 1.0000
          ← audio-of-10
        31 send × 0.0000
          ← 10
        audio-of-10
        output
          ← 2
        timeline 48000 Hz loop off 0..0 end 0
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&text(&graph(script)));
}

#[test]
fn send_before_the_fader_of_a_bus_without_devices_taps_all_that_feeds_it() {
    let script = r#"
        {"add_track": {"id": 10, "kind": "audio", "name": "A"}}
        {"add_track": {"id": 11, "kind": "audio", "name": "B"}}
        {"add_track": {"id": 12, "kind": "bus", "name": "Group"}}
        {"add_track": {"id": 13, "kind": "bus", "name": "Reverb"}}
        {"set_track": {"id": 10, "output": 12}}
        {"set_track": {"id": 11, "output": 12}}
        {"add_send": {"id": 30, "track": 12, "target": 13, "pre_fader": true}}
    "#;
    expect![[r#"
        2 strip × 1.0000 pan 0
          ← 12
          ← 13
        10 strip × 1.0000 pan 0
          ← audio-of-10
        11 strip × 1.0000 pan 0
          ← audio-of-11
        12 strip × 1.0000 pan 0
          ← 10
          ← 11
        13 strip × 1.0000 pan 0
          ← 30
        30 send × 1.0000
          ← 10
          ← 11
        audio-of-10
        audio-of-11
        output
          ← 2
        timeline 48000 Hz loop off 0..0 end 0
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&text(&graph(script)));
}

#[test]
fn mute_shuts_the_strip_and_the_sends_before_it() {
    let script = r#"
        {"add_track": {"id": 10, "kind": "audio", "name": "Drums"}}
        {"add_track": {"id": 12, "kind": "bus", "name": "Reverb"}}
        {"add_send": {"id": 30, "track": 10, "target": 12, "pre_fader": true}}
        {"set_track": {"id": 10, "mute": true}}
    "#;
    expect![[r#"
        2 strip × 1.0000 pan 0
          ← 10
          ← 12
        10 strip × 1.0000 pan 0 mute
          ← audio-of-10
        12 strip × 1.0000 pan 0
          ← 30
        30 send × 0.0000
          ← audio-of-10
        audio-of-10
        output
          ← 2
        timeline 48000 Hz loop off 0..0 end 0
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&text(&graph(script)));
}

#[test]
fn every_run_of_plugins_has_a_node_of_its_own_however_many_there_are() {
    let mut script = String::from(r#"{"add_track": {"id": 10, "kind": "audio", "name": "Long"}}"#);
    for i in 0..40 {
        script += &format!(
            r#"
            {{"add_device": {{"track": 10, "builtin": "trim"}}}}
            {{"add_device": {{"id": {}, "track": 10, "clap": {{"plugin_id": "eq", "bundle": "eq.clap"}}}}}}"#,
            100 + i
        );
    }
    let spec = graph(&script);
    let chains =
        spec.nodes.values().filter(|node| matches!(node, pulse_derive::Node::PluginChain(_))).count();
    assert_eq!(chains, 40);
    assert_eq!(spec.edges.len(), 80 + 3, "one way through all of them, the strip, the master and the output");
}

#[test]
fn notes_are_sent_to_a_midi_port_beside_the_instrument_and_not_while_muted() {
    let script = r#"
        {"add_track": {"id": 10, "kind": "instrument", "name": "Keys"}}
        {"set_track": {"id": 10, "midi_output": {"port": "Prophet", "channel": 3}}}
        {"add_track": {"id": 11, "kind": "instrument", "name": "Bass"}}
        {"set_track": {"id": 11, "midi_output": {"port": "Prophet"}}}
        {"set_track": {"id": 10, "solo": true}}
    "#;
    expect![[r#"
        2 strip × 1.0000 pan 0
          ← 10
          ← 11
        10 strip × 1.0000 pan 0
        11 strip × 1.0000 pan 0 mute
        notes-of-10
        notes-of-11
        output
          ← 2
        midi-of-10 sends to Prophet on 3
          ♪ notes-of-10
        midi-of-11 sends to Prophet on 0 mute
          ♪ notes-of-11
        timeline 48000 Hz loop off 0..0 end 0
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&text(&graph(script)));
}
