//! Media, clips, notes and MIDI events.

use crate::script::{check, song};
use expect_test::expect;
use pulse_model::{ClipContent, Id};

const SONG: &str = r#"
    {"set_tempo": {"id": 5, "position": "4q", "bpm": 90}}
    {"add_track": {"id": 10, "kind": "audio", "name": "Drums"}}
    {"add_track": {"id": 11, "kind": "instrument", "name": "Bass"}}
    {"add_track": {"id": 12, "kind": "instrument", "name": "Keys"}}
    {"add_media": {"id": 20, "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "name": "loop.wav", "path": "media/loop.wav", "sample_rate": 44100, "channels": 2, "frames": 441000}}
    {"add_audio_clip": {"id": 30, "track": 10, "start": "2q", "length": "8q", "media": 20, "offset_frames": 100, "gain_db": -3}}
    {"add_note_clip": {"id": 31, "track": 11, "start": "4q", "length": "8q", "name": "Riff", "notes": [{"id": 40, "start": 0, "length": "1q", "pitch": 40}, {"id": 41, "start": "3q", "length": "2q", "pitch": 43, "velocity": 0.5}, {"id": 42, "start": "4q", "length": "1q", "pitch": 45}]}}
    {"add_midi_events": {"clip": 31, "events": [{"id": 50, "position": "1q", "data": "b00740"}, {"id": 51, "position": "4q", "data": "e00050"}]}}
"#;

#[test]
fn audio_clip_lasts_to_the_end_of_its_media_across_a_tempo_change() {
    // 10 s from quarter 0 on: two at 120 beats a minute, eight at 90.
    check(
        SONG,
        r#"{"add_audio_clip": {"id": 60, "track": 10, "start": 0, "media": 20}}"#,
        expect![[r#"
            Add “loop”
            +   clip 60 of 10 “loop” at 0q for 16q media 20 from frame 0 at 0 dB
        "#]],
    );
    check(
        SONG,
        r#"{"add_audio_clip": {"id": 60, "track": 10, "start": 0, "name": "End", "media": 20, "offset_frames": 440999}}"#,
        expect![[r#"
            Add “End”
            +   clip 60 of 10 “End” at 0q for 2092t media 20 from frame 440999 at 0 dB
        "#]],
    );
}

#[test]
fn note_clip_is_named_after_its_track() {
    check(
        SONG,
        r#"{"add_note_clip": {"id": 60, "track": 12, "start": 0, "length": "4q"}}"#,
        expect![[r#"
            Add “Keys”
            +   clip 60 of 12 “Keys” at 0q for 4q notes from 0q
        "#]],
    );
}

#[test]
fn clip_is_moved_in_time_and_to_a_track_of_its_kind() {
    check(
        SONG,
        r#"{"move_clip": {"id": 31, "start": "1q"}}"#,
        expect![[r#"
            Move “Riff”
            -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q
            +   clip 31 of 11 “Riff” at 1q for 8q notes from 0q
        "#]],
    );
    check(
        SONG,
        r#"{"move_clip": {"id": 31, "track": 12, "start": "4q"}}"#,
        expect![[r#"
            Move “Riff”
            -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q
            +   clip 31 of 12 “Riff” at 4q for 8q notes from 0q
        "#]],
    );
    check(
        SONG,
        r#"{"move_clip": {"id": 31, "track": 10, "start": "4q"}}"#,
        expect![[r#"
        refused: command 1 (move_clip): clip Riff (31): a note clip belongs on an instrument track, and Drums is an audio track
    "#]],
    );
    check(
        SONG,
        r#"{"move_clip": {"id": 30, "track": 12, "start": "4q"}}"#,
        expect![[r#"
        refused: command 1 (move_clip): clip loop (30): an audio clip belongs on an audio track, and Keys is an instrument track
    "#]],
    );
    check(
        SONG,
        r#"{"move_clip": {"id": 30, "start": -1}}"#,
        expect![[r#"
        refused: command 1 (move_clip): clip loop (30): start must be 0 to 2^53 - 1 ticks, not -1
    "#]],
    );
    check(
        SONG,
        r#"{"move_clip": {"id": 30, "start": 9223372036854775807}}"#,
        expect![[r#"
        refused: command 1 (move_clip): clip loop (30): start must be 0 to 2^53 - 1 ticks, not 9223372036854775807
    "#]],
    );
}

#[test]
fn clip_is_changed() {
    check(
        SONG,
        r#"{"set_clip": {"id": 31, "length": "2q"}}"#,
        expect![[r#"
            Trim “Riff”
            -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q
            +   clip 31 of 11 “Riff” at 4q for 2q notes from 0q
        "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 31, "mute": true}}"#,
        expect![[r#"
            Mute “Riff”
            -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q
            +   clip 31 of 11 “Riff” at 4q for 8q notes from 0q mute
        "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 30, "gain_db": 6}}"#,
        expect![[r#"
            Set gain of “loop” to +6.0 dB
            -   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 100 at -3 dB
            +   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 100 at 6 dB
        "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 30, "name": "Beat", "mute": true}}"#,
        expect![[r#"
            Change “loop”
            -   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 100 at -3 dB
            +   clip 30 of 10 “Beat” at 2q for 8q media 20 from frame 100 at -3 dB mute
        "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 31, "gain_db": 6}}"#,
        expect![[r#"
        refused: command 1 (set_clip): clip Riff (31): a note clip has no gain
    "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 31, "length": 0}}"#,
        expect![[r#"
        refused: command 1 (set_clip): clip Riff (31): length must be above 0, not 0
    "#]],
    );
}

#[test]
fn note_clip_is_split_with_its_notes() {
    check(
        SONG,
        r#"{"split_clip": {"id": 31, "position": "8q", "right": 60}}"#,
        expect![[r#"
            Split “Riff”
            -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q
            -     note 41 of 31 at 3q for 2q key 43 vel 0.5
            -     note 42 of 31 at 4q for 1q key 45 vel 0.8
            -     midi 51 of 31 at 4q [e0, 00, 50]
            +   clip 31 of 11 “Riff” at 4q for 4q notes from 0q
            +     note 41 of 31 at 3q for 1q key 43 vel 0.5
            +   clip 60 of 11 “Riff” at 8q for 4q notes from 4q
            +     note 42 of 60 at 4q for 1q key 45 vel 0.8
            +     midi 51 of 60 at 4q [e0, 00, 50]
        "#]],
    );
}

#[test]
fn right_part_of_a_note_clip_can_be_split_again() {
    let split = format!(r#"{SONG}{{"split_clip": {{"id": 31, "position": "7q", "right": 60}}}}"#);
    check(
        &split,
        r#"{"split_clip": {"id": 60, "position": "8q", "right": 61}}"#,
        expect![[r#"
            Split “Riff”
            -   clip 60 of 11 “Riff” at 7q for 5q notes from 3q
            -     note 41 of 60 at 3q for 2q key 43 vel 0.5
            -     note 42 of 60 at 4q for 1q key 45 vel 0.8
            -     midi 51 of 60 at 4q [e0, 00, 50]
            +   clip 60 of 11 “Riff” at 7q for 1q notes from 3q
            +     note 41 of 60 at 3q for 1q key 43 vel 0.5
            +   clip 61 of 11 “Riff” at 8q for 4q notes from 4q
            +     note 42 of 61 at 4q for 1q key 45 vel 0.8
            +     midi 51 of 61 at 4q [e0, 00, 50]
        "#]],
    );
}

#[test]
fn audio_clip_is_split_at_the_very_frame() {
    // One second at 120 beats a minute, then one quarter at 90: 44,100 + 29,400 frames past the clip's own 100.
    check(
        SONG,
        r#"{"split_clip": {"id": 30, "position": "5q", "right": 60}}"#,
        expect![[r#"
            Split “loop”
            -   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 100 at -3 dB
            +   clip 30 of 10 “loop” at 2q for 3q media 20 from frame 100 at -3 dB
            +   clip 60 of 10 “loop” at 5q for 5q media 20 from frame 73600 at -3 dB
        "#]],
    );
}

#[test]
fn parts_of_an_audio_clip_join_without_a_gap_wherever_they_are_cut() {
    let mut song = song(SONG);
    let rate = units::SampleRate::HZ_44100;
    for cut in 0..50 {
        let position = 2 * units::TICKS_PER_QUARTER + 1 + cut * 7_236_551;
        let right = song.run(&format!(r#"{{"split_clip": {{"id": 30, "position": {position}}}}}"#)).created
            [0]
        .unwrap();
        let frame = |id: Id| {
            let clip = song.project.clip(id).unwrap();
            let ClipContent::Audio(audio) = &clip.content else { panic!("not audio") };
            audio.offset_frames - song.project.tempo_map().samples(clip.start, rate).0
        };
        assert_eq!(frame(right), frame(Id(30)), "media and song keep in step");
        song.undo().unwrap();
    }
}

#[test]
fn cut_outside_the_clip_is_refused() {
    check(
        SONG,
        r#"{"split_clip": {"id": 30, "position": "2q"}}"#,
        expect![[r#"
        refused: command 1 (split_clip): clip loop (30): the cut must lie inside the clip
    "#]],
    );
    check(
        SONG,
        r#"{"split_clip": {"id": 30, "position": "10q"}}"#,
        expect![[r#"
        refused: command 1 (split_clip): clip loop (30): the cut must lie inside the clip
    "#]],
    );
}

#[test]
fn notes_are_added_and_changed() {
    check(
        SONG,
        r#"{"add_notes": {"clip": 31, "notes": [{"id": 70, "start": "5q", "length": "1q", "pitch": 60}]}}"#,
        expect![[r#"
            Add note to “Riff”
            +     note 70 of 31 at 5q for 1q key 60 vel 0.8
        "#]],
    );
    check(
        SONG,
        r#"{"set_note": {"id": 40, "start": "0.5q", "pitch": 41, "velocity": 1}}"#,
        expect![[r#"
            Change note of “Riff”
            -     note 40 of 31 at 0q for 1q key 40 vel 0.8
            +     note 40 of 31 at 0.5q for 1q key 41 vel 1
        "#]],
    );
    check(
        SONG,
        r#"{"set_note": {"id": 40, "length": "3q"}}"#,
        expect![[r#"
            Change note of “Riff”
            -     note 40 of 31 at 0q for 1q key 40 vel 0.8
            +     note 40 of 31 at 0q for 3q key 40 vel 0.8
        "#]],
    );
}

#[test]
fn note_out_of_range_is_refused() {
    check(
        SONG,
        r#"{"set_note": {"id": 40, "pitch": 128}}"#,
        expect![[r#"
        refused: command 1 (set_note): note 40: pitch must be 0 to 127, not 128
    "#]],
    );
    check(
        SONG,
        r#"{"set_note": {"id": 40, "velocity": 1.01}}"#,
        expect![[r#"
        refused: command 1 (set_note): note 40: velocity must be 0 to 1, not 1.01
    "#]],
    );
    check(
        SONG,
        r#"{"set_note": {"id": 40, "length": 0}}"#,
        expect![[r#"
        refused: command 1 (set_note): note 40: length must be above 0, not 0
    "#]],
    );
    check(
        SONG,
        r#"{"set_note": {"id": 40, "start": -1}}"#,
        expect![[r#"
        refused: command 1 (set_note): note 40: start must be 0 to 2^53 - 1 ticks, not -1
    "#]],
    );
    check(
        SONG,
        r#"{"add_notes": {"clip": 30, "notes": [{"start": 0, "length": 1, "pitch": 60}]}}"#,
        expect![[r#"
            refused: command 1 (add_notes): note 4294967297: an audio clip holds no notes
        "#]],
    );
    check(
        SONG,
        r#"{"add_notes": {"clip": 31, "notes": [{"start": 0, "length": 1, "pitch": 60, "channel": 16}]}}"#,
        expect![[r#"
            refused: command 1 (add_notes): note 4294967297: channel must be 0 to 15, not 16
        "#]],
    );
}

#[test]
fn midi_events_are_kept_as_they_came() {
    check(
        SONG,
        r#"{"add_midi_events": {"clip": 31, "events": [{"id": 70, "position": 0, "data": "f043f7"}, {"id": 71, "position": 0, "data": "ff0102"}, {"id": 72, "position": 0, "data": "c005"}]}}"#,
        expect![[r#"
            Add 3 MIDI events
            +     midi 70 of 31 at 0q [f0, 43, f7]
            +     midi 71 of 31 at 0q [ff, 01, 02]
            +     midi 72 of 31 at 0q [c0, 05]
        "#]],
    );
}

#[test]
fn bytes_that_are_no_midi_event_are_refused() {
    let add = |data| {
        format!(
            r#"{{"add_midi_events": {{"clip": 31, "events": [{{"id": 70, "position": 0, "data": "{data}"}}]}}}}"#
        )
    };
    check(
        SONG,
        &add(""),
        expect![[r#"
        refused: command 1 (add_midi_events): MIDI event 70: a MIDI message is not empty
    "#]],
    );
    check(
        SONG,
        &add("903c40"),
        expect![[r#"
        refused: command 1 (add_midi_events): MIDI event 70: note on and note off are notes, not MIDI events
    "#]],
    );
    check(
        SONG,
        &add("3c40"),
        expect![[r#"
        refused: command 1 (add_midi_events): MIDI event 70: a MIDI message begins with a status byte
    "#]],
    );
    check(
        SONG,
        &add("b007"),
        expect![[r#"
        refused: command 1 (add_midi_events): MIDI event 70: a channel message has one or two data bytes below 128
    "#]],
    );
    check(
        SONG,
        &add("b007ff"),
        expect![[r#"
        refused: command 1 (add_midi_events): MIDI event 70: a channel message has one or two data bytes below 128
    "#]],
    );
}
