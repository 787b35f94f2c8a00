//! Removing things with what belongs to them.

use crate::script::check;
use expect_test::expect;

const SONG: &str = r#"
    {"set_tempo": {"id": 5, "position": "4q", "bpm": 90}}
    {"add_track": {"id": 10, "kind": "audio", "name": "Drums"}}
    {"add_track": {"id": 11, "kind": "instrument", "name": "Bass"}}
    {"add_track": {"id": 12, "kind": "bus", "name": "Group"}}
    {"set_track": {"id": 10, "output": 12}}
    {"add_send": {"id": 15, "track": 11, "target": 12}}
    {"add_device": {"id": 16, "track": 11, "builtin": "tide"}}
    {"add_media": {"id": 20, "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "name": "loop.wav", "path": "media/loop.wav", "sample_rate": 44100, "channels": 2, "frames": 441000}}
    {"add_audio_clip": {"id": 30, "track": 10, "start": "2q", "media": 20}}
    {"add_note_clip": {"id": 31, "track": 11, "start": "4q", "length": "8q", "name": "Riff", "notes": [{"id": 40, "start": 0, "length": "1q", "pitch": 40}]}}
    {"add_midi_events": {"clip": 31, "events": [{"id": 50, "position": "1q", "data": "b00740"}]}}
"#;

#[test]
fn track_takes_its_clips_devices_and_sends_along() {
    check(
        SONG,
        r#"{"remove": {"ids": [11]}}"#,
        expect![[r#"
            Delete track Bass
            - track 11 Instrument Bass color 1 order 2 fader 0 pan 0
            -   device 16 of 11 Tide (tide) order 1
            -   send 15 of 11 to 12 0 dB post
            -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q
            -     note 40 of 31 at 0q for 1q key 40 vel 0.8
            -     midi 50 of 31 at 1q [b0, 07, 40]
        "#]],
    );
}

#[test]
fn bus_takes_the_sends_to_it_along_and_frees_its_tracks() {
    check(
        SONG,
        r#"{"remove": {"ids": [12]}}"#,
        expect![[r#"
            Delete bus Group
            - track 10 Audio Drums color 0 order 1 fader 0 pan 0 output 12
            -   send 15 of 11 to 12 0 dB post
            - track 12 Bus Group color 2 order 3 fader 0 pan 0
            + track 10 Audio Drums color 0 order 1 fader 0 pan 0
        "#]],
    );
}

#[test]
fn clip_takes_its_notes_along() {
    check(
        SONG,
        r#"{"remove": {"ids": [31]}}"#,
        expect![[r#"
            Delete “Riff”
            -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q
            -     note 40 of 31 at 0q for 1q key 40 vel 0.8
            -     midi 50 of 31 at 1q [b0, 07, 40]
        "#]],
    );
}

#[test]
fn things_named_twice_or_taken_along_already_are_fine() {
    check(
        SONG,
        r#"{"remove": {"ids": [31, 40, 31, 50]}}"#,
        expect![[r#"
            Delete “Riff”
            -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q
            -     note 40 of 31 at 0q for 1q key 40 vel 0.8
            -     midi 50 of 31 at 1q [b0, 07, 40]
        "#]],
    );
}

#[test]
fn single_things_go() {
    check(
        SONG,
        r#"{"remove": {"ids": [40]}}"#,
        expect![[r#"
            Delete note
            -     note 40 of 31 at 0q for 1q key 40 vel 0.8
        "#]],
    );
    check(
        SONG,
        r#"{"remove": {"ids": [5]}}"#,
        expect![[r#"
        Delete tempo change
        - tempo 5 at 4q 90.000 bpm
    "#]],
    );
    check(
        SONG,
        r#"{"remove": {"ids": [15]}}"#,
        expect![[r#"
            Delete send
            -   send 15 of 11 to 12 0 dB post
        "#]],
    );
    check(
        SONG,
        r#"{"remove": {"ids": [16]}}"#,
        expect![[r#"
            Delete Tide
            -   device 16 of 11 Tide (tide) order 1
        "#]],
    );
}

#[test]
fn what_every_song_has_stays() {
    for id in 1..=4 {
        let remove = format!(r#"{{"remove": {{"ids": [{id}]}}}}"#);
        let expected = match id {
            1 => expect![[r#"
                refused: command 1 (remove): the song stays
            "#]],
            2 => expect![[r#"
                refused: command 1 (remove): the master stays
            "#]],
            3 => expect![[r#"
                refused: command 1 (remove): the tempo at the start of the song stays
            "#]],
            _ => expect![[r#"
                refused: command 1 (remove): the signature at the start of the song stays
            "#]],
        };
        check(SONG, &remove, expected);
    }
}

#[test]
fn media_goes_only_when_no_clip_plays_it() {
    check(
        SONG,
        r#"{"remove": {"ids": [20]}}"#,
        expect![[r#"
        refused: command 1 (remove): media loop.wav (20): clip “loop” still needs it
    "#]],
    );
    check(
        SONG,
        r#"{"remove": {"ids": [20, 30]}}"#,
        expect![[r#"
            Delete 2 things
            - media 20 “loop.wav” 441000 frames at 44100 Hz
            -   clip 30 of 10 “loop” at 2q for 15.5q media 20 from frame 0 at 0 dB
        "#]],
    );
}

#[test]
fn unknown_ids_are_refused() {
    check(
        SONG,
        r#"{"remove": {"ids": [31, 999]}}"#,
        expect![[r#"
        refused: command 1 (remove): there is no entity 999
    "#]],
    );
}
