//! Random edits: the graph kept up to date edit by edit is the graph derived anew, and differences lead from one to the
//! next.

use crate::fixture::{Files, RATE, song};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use pulse_derive::{Derivation, derive, difference};
use pulse_model::{Command, plan};
use std::cell::Cell;

const SONG: &str = r#"
    {"add_track": {"id": 10, "kind": "audio", "name": "a"}}
    {"add_track": {"id": 11, "kind": "instrument", "name": "i"}}
    {"add_track": {"id": 12, "kind": "bus", "name": "b"}}
    {"add_track": {"id": 13, "kind": "bus", "name": "c"}}
    {"add_device": {"id": 14, "track": 11, "builtin": "tide"}}
    {"add_device": {"id": 15, "track": 10, "clap": {"plugin_id": "eq", "bundle": "eq.clap"}}}
    {"add_media": {"id": 16, "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "name": "l.wav", "path": "media/l.wav", "sample_rate": 44100, "channels": 1, "frames": 90000}}
    {"add_audio_clip": {"id": 17, "track": 10, "start": 0, "media": 16}}
    {"add_note_clip": {"id": 18, "track": 11, "start": 0, "length": "8q", "notes": [{"id": 19, "start": "1q", "length": "4q", "pitch": 60}]}}
    {"add_send": {"id": 20, "track": 11, "target": 12}}
"#;

/// An edit as JSON: a form with ids and numbers put in.
fn edit() -> impl Strategy<Value = String> {
    let forms = prop::sample::select(vec![
        r#"{"add_track": {"kind": "audio", "name": "n"}}"#,
        r#"{"add_track": {"kind": "instrument", "name": "n"}}"#,
        r#"{"add_track": {"kind": "bus", "name": "n"}}"#,
        r#"{"set_track": {"id": ID, "fader_db": -NUM, "solo": BOOL}}"#,
        r#"{"set_track": {"id": ID, "mute": BOOL}}"#,
        r#"{"set_track": {"id": ID, "solo": BOOL}}"#,
        r#"{"set_track": {"id": ID, "output": OTHER}}"#,
        r#"{"add_send": {"track": ID, "target": OTHER, "level_db": -NUM, "pre_fader": BOOL}}"#,
        r#"{"set_send": {"id": 20, "level_db": -NUM, "pre_fader": BOOL}}"#,
        r#"{"add_device": {"track": ID, "builtin": "trim"}}"#,
        r#"{"add_device": {"track": ID, "builtin": "tide"}}"#,
        r#"{"add_device": {"track": ID, "before": OTHER, "clap": {"plugin_id": "p", "bundle": "p.clap"}}}"#,
        r#"{"set_device": {"id": ID, "bypass": BOOL}}"#,
        r#"{"set_device": {"id": ID, "isolation": "plugin", "disabled": BOOL}}"#,
        r#"{"set_song": {"isolation": "vendor", "loop_enabled": BOOL}}"#,
        r#"{"set_song": {"isolation": "shared"}}"#,
        r#"{"replace_device": {"id": ID, "clap": {"plugin_id": "q", "bundle": "q.clap"}}}"#,
        r#"{"move_device": {"id": ID, "track": OTHER}}"#,
        r#"{"set_parameter": {"device": ID, "parameter": 1, "value": NUM}}"#,
        r#"{"move_clip": {"id": ID, "track": OTHER, "start": TICKS}}"#,
        r#"{"move_clip": {"id": ID, "start": TICKS}}"#,
        r#"{"split_clip": {"id": ID, "position": TICKS}}"#,
        r#"{"set_clip": {"id": ID, "mute": BOOL}}"#,
        r#"{"set_clip": {"id": ID, "length": TICKS}}"#,
        r#"{"set_clip": {"id": ID, "loop_length": TICKS, "reverse": BOOL}}"#,
        r#"{"set_clip": {"id": ID, "fade_in": TICKS, "lane": 0}}"#,
        r#"{"set_clip": {"id": ID, "fade_out": TICKS, "lane": 1}}"#,
        r#"{"duplicate_clip": {"id": ID, "start": TICKS}}"#,
        r#"{"set_track": {"id": ID, "phase_invert": BOOL, "solo_safe": BOOL}}"#,
        r#"{"set_device_media": {"device": ID, "slot": NUM, "media": 16}}"#,
        r#"{"add_track": {"kind": "group", "name": "g"}}"#,
        r#"{"move_track": {"id": ID, "group": OTHER}}"#,
        r#"{"add_notes": {"clip": ID, "notes": [{"start": TICKS, "length": 99999, "pitch": 60}]}}"#,
        r#"{"set_note": {"id": 19, "start": TICKS, "pitch": NUM}}"#,
        r#"{"add_midi_events": {"clip": ID, "events": [{"position": TICKS, "data": "b00740"}]}}"#,
        r#"{"set_tempo": {"position": TICKS, "bpm": 1NUM}}"#,
        r#"{"set_signature": {"position": 0, "numerator": NUM, "denominator": 8}}"#,
        r#"{"set_song": {"loop_enabled": BOOL, "loop_start": 0, "loop_end": TICKS}}"#,
        r#"{"remove": {"ids": [ID]}}"#,
    ]);
    (forms, 2..21_u64, 2..21_u64, 0..60_u32, any::<bool>(), 1..400_000_000_i64).prop_map(
        |(form, id, other, number, switch, ticks)| {
            let form = form.replace("ID", &id.to_string()).replace("OTHER", &other.to_string());
            let form = form.replace("NUM", &number.to_string()).replace("BOOL", &switch.to_string());
            form.replace("TICKS", &ticks.to_string())
        },
    )
}

#[test]
fn graph_kept_up_to_date_is_the_graph_derived_anew_and_differences_lead_there() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[13; 32]);
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    let (accepted, changed) = (Cell::new(0), Cell::new(0));
    let outcome = TestRunner::new_with_rng(config, rng).run(&prop::collection::vec(edit(), 1..40), |edits| {
        let mut project = song(SONG);
        let mut derivation = Derivation::new(&project, RATE, &Files);
        let first = derivation.spec().clone();
        for edit in edits {
            let command: Command = serde_json::from_str(&edit).unwrap();
            let Ok(planned) = plan(&mut project, &[command]) else { continue };
            let old = derivation.spec().clone();
            project.apply(&planned.updates).unwrap();
            let found = derivation.update(&project, &planned.updates, &Files);
            let new = derive(&project, RATE, &Files);
            accepted.set(accepted.get() + 1);
            changed.set(changed.get() + usize::from(!found.is_empty()));
            prop_assert_eq!(derivation.spec(), &new, "after {}", edit);
            let mut applied = old.clone();
            applied.apply(&found);
            prop_assert_eq!(&applied, &new, "the difference after {}", edit);
        }
        let mut applied = first.clone();
        applied.apply(&difference(&first, derivation.spec()));
        prop_assert_eq!(&applied, derivation.spec());
        Ok(())
    });
    outcome.unwrap();
    let (accepted, changed) = (accepted.get(), changed.get());
    assert!(accepted > 500 && changed > 300, "{accepted} edits accepted, {changed} heard: they test little");
}
