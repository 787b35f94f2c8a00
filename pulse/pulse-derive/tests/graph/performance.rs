//! One edit of a long song costs what it touches. Counted, not timed.

use crate::fixture::{Files, RATE, run, song};
use pulse_derive::Derivation;
use std::fmt::Write;
use std::sync::Arc;

#[test]
fn editing_one_clip_derives_no_other_one_anew() {
    let mut script = String::from(r#"{"add_track": {"id": 10, "kind": "instrument", "name": "Bass"}}"#);
    for clip in 0..200 {
        write!(script, "\n{{\"add_note_clip\": {{\"id\": {}, \"track\": 10, ", 1000 + clip).unwrap();
        write!(script, "\"start\": \"{}q\", \"length\": \"4q\", \"notes\": [", 4 * clip).unwrap();
        let notes: Vec<_> =
            (0..100).map(|i| format!("{{\"start\": {i}, \"length\": 9, \"pitch\": 60}}")).collect();
        write!(script, "{}]}}}}", notes.join(", ")).unwrap();
    }
    let mut project = song(&script);
    let mut derivation = Derivation::new(&project, RATE, &Files);
    let before = derivation.spec().clone();
    for edit in [
        r#"{"move_clip": {"id": 1007, "start": 5}}"#,
        r#"{"set_track": {"id": 10, "fader_db": -3}}"#,
        r#"{"add_track": {"kind": "bus", "name": "Group"}}"#,
    ] {
        let planned = run(&mut project, edit);
        derivation.update(&project, &planned.updates, &Files);
    }
    let after = derivation.spec();
    let shared = |id| Arc::ptr_eq(&before.note_regions[&id], &after.note_regions[&id]);
    assert_eq!(
        before.note_regions.keys().filter(|id| !shared(**id)).map(|id| id.0).collect::<Vec<_>>(),
        [1007]
    );
}
