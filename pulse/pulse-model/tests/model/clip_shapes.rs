//! Fades, loops, takes, slipping, turning round, copies and joins of clips; quantised notes.

use crate::script::{check, song};
use expect_test::expect;

const SONG: &str = r#"
    {"add_track": {"id": 10, "kind": "audio", "name": "Drums"}}
    {"add_track": {"id": 11, "kind": "instrument", "name": "Bass"}}
    {"add_media": {"id": 20, "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "name": "loop.wav", "path": "media/loop.wav", "sample_rate": 48000, "channels": 2, "frames": 480000}}
    {"add_audio_clip": {"id": 30, "track": 10, "start": "2q", "length": "8q", "media": 20, "offset_frames": 1000}}
    {"add_note_clip": {"id": 31, "track": 11, "start": "4q", "length": "8q", "name": "Riff", "notes": [{"id": 40, "start": "0.1q", "length": "1q", "pitch": 40}, {"id": 41, "start": "2.9q", "length": "2q", "pitch": 43}, {"id": 42, "start": "9q", "length": "1q", "pitch": 45}]}}
    {"add_midi_events": {"clip": 31, "events": [{"id": 50, "position": "1q", "data": "b00740"}]}}
"#;

fn and(more: &str) -> String {
    format!("{SONG}{more}")
}

#[test]
fn fades_are_set_and_give_way_when_the_clip_gets_shorter() {
    check(
        SONG,
        r#"{"set_clip": {"id": 30, "fade_in": "1q", "fade_out": "2q", "fade_out_curve": "equal_power"}}"#,
        expect![[r#"
        Set fades of “loop”
        -   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 1000 at 0 dB
        +   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 1000 at 0 dB fade-in 1q Linear fade-out 2q EqualPower
    "#]],
    );
    check(
        &and(r#"{"set_clip": {"id": 30, "fade_in": "3q", "fade_out": "2q"}}"#),
        r#"{"set_clip": {"id": 30, "length": "4q"}}"#,
        expect![[r#"
        Trim “loop”
        -   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 1000 at 0 dB fade-in 3q Linear fade-out 2q Linear
        +   clip 30 of 10 “loop” at 2q for 4q media 20 from frame 1000 at 0 dB fade-in 3q Linear fade-out 1q Linear
    "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 30, "fade_in": "5q", "fade_out": "4q"}}"#,
        expect![[r#"
        refused: command 1 (set_clip): clip loop (30): fades must be together at most as long as the clip, not 230630400 + 184504320
    "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 31, "fade_in": "1q"}}"#,
        expect![[r#"
        refused: command 1 (set_clip): clip Riff (31): a note clip has no fades
    "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 30, "fade_in": -1}}"#,
        expect![[r#"
        refused: command 1 (set_clip): clip loop (30): fade in must be 0 to 2^53 - 1 ticks, not -1
    "#]],
    );
}

#[test]
fn clip_is_looped() {
    check(
        SONG,
        r#"{"set_clip": {"id": 31, "loop_length": "2q", "loop_phase": "1q"}}"#,
        expect![[r#"
        Loop “Riff”
        -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q
        +   clip 31 of 11 “Riff” at 4q for 8q notes from 0q loop 2q from 1q
    "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 31, "loop_length": "2q", "loop_phase": "2q"}}"#,
        expect![[r#"
        refused: command 1 (set_clip): clip Riff (31): loop phase must be inside the loop, not 92252160
    "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 31, "loop_length": 1}}"#,
        expect![[r#"
        refused: command 1 (set_clip): clip Riff (31): loop length must be 1/65,536 of the clip's length or more, not 1
    "#]],
    );
}

#[test]
fn looped_clip_is_split_in_mid_turn() {
    check(
        &and(r#"{"set_clip": {"id": 30, "loop_length": "3q", "loop_phase": "1q"}}"#),
        r#"{"split_clip": {"id": 30, "position": "6q", "right": 60}}"#,
        expect![[r#"
        Split “loop”
        -   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 1000 at 0 dB loop 3q from 1q
        +   clip 30 of 10 “loop” at 2q for 4q media 20 from frame 1000 at 0 dB loop 3q from 1q
        +   clip 60 of 10 “loop” at 6q for 4q media 20 from frame 1000 at 0 dB loop 3q from 2q
    "#]],
    );
    check(
        &and(r#"{"set_clip": {"id": 31, "loop_length": "4q"}}"#),
        r#"{"split_clip": {"id": 31, "position": "5q", "right": 60}}"#,
        expect![[r#"
        Split “Riff”
        -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q loop 4q from 0q
        +   clip 31 of 11 “Riff” at 4q for 1q notes from 0q loop 4q from 0q
        +   clip 60 of 11 “Riff” at 5q for 7q notes from 0q loop 4q from 1q
        +     note 4294967297 of 60 at 0.1q for 1q key 40 vel 0.8
        +     note 4294967298 of 60 at 2.9q for 2q key 43 vel 0.8
        +     note 4294967299 of 60 at 9q for 1q key 45 vel 0.8
        +     midi 4294967300 of 60 at 1q [b0, 07, 40]
    "#]],
    );
}

#[test]
fn each_part_of_a_split_clip_keeps_the_fade_at_its_end() {
    check(
        &and(r#"{"set_clip": {"id": 30, "fade_in": "1q", "fade_out": "4q"}}"#),
        r#"{"split_clip": {"id": 30, "position": "8q", "right": 60}}"#,
        expect![[r#"
        Split “loop”
        -   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 1000 at 0 dB fade-in 1q Linear fade-out 4q Linear
        +   clip 30 of 10 “loop” at 2q for 6q media 20 from frame 1000 at 0 dB fade-in 1q Linear
        +   clip 60 of 10 “loop” at 8q for 2q media 20 from frame 145000 at 0 dB fade-out 2q Linear
    "#]],
    );
}

#[test]
fn clip_is_turned_round_over_the_same_stretch_of_media() {
    // 8 quarters are 192,000 frames: 1,000 to 193,000 of 480,000.
    let reversed = r#"{"set_clip": {"id": 30, "reverse": true}}"#;
    check(
        SONG,
        reversed,
        expect![[r#"
        Reverse “loop”
        -   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 1000 at 0 dB
        +   clip 30 of 10 “loop” at 2q for 8q media 20 backwards from frame 287000 at 0 dB
    "#]],
    );
    check(
        &and(reversed),
        r#"{"set_clip": {"id": 30, "reverse": false}}"#,
        expect![[r#"
        Reverse “loop”
        -   clip 30 of 10 “loop” at 2q for 8q media 20 backwards from frame 287000 at 0 dB
        +   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 1000 at 0 dB
    "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 31, "reverse": true}}"#,
        expect![[r#"
        refused: command 1 (set_clip): clip Riff (31): a note clip cannot be played backwards
    "#]],
    );
}

#[test]
fn clip_is_slipped_and_coloured() {
    check(
        SONG,
        r#"{"set_clip": {"id": 30, "offset_frames": 24000}}"#,
        expect![[r#"
        Slip “loop”
        -   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 1000 at 0 dB
        +   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 24000 at 0 dB
    "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 31, "offset": "1q"}}"#,
        expect![[r#"
        Slip “Riff”
        -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q
        +   clip 31 of 11 “Riff” at 4q for 8q notes from 1q
    "#]],
    );
    check(
        SONG,
        r#"{"set_clip": {"id": 30, "offset": "1q"}}"#,
        expect![[r#"
        refused: command 1 (set_clip): clip loop (30): an audio clip is slipped by frames: offset_frames
    "#]],
    );
    let colored = r#"{"set_clip": {"id": 31, "color": 5}}"#;
    check(
        &and(colored),
        r#"{"set_clip": {"id": 31, "color": 8}}"#,
        expect![[r#"
        Set color of “Riff”
        -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q color 5
        +   clip 31 of 11 “Riff” at 4q for 8q notes from 0q
    "#]],
    );
}

#[test]
fn clip_is_duplicated_with_its_notes() {
    check(
        SONG,
        r#"{"duplicate_clip": {"id": 31, "new_id": 60, "start": "12q"}}"#,
        expect![[r#"
        Duplicate “Riff”
        +   clip 60 of 11 “Riff” at 12q for 8q notes from 0q
        +     note 4294967297 of 60 at 0.1q for 1q key 40 vel 0.8
        +     note 4294967298 of 60 at 2.9q for 2q key 43 vel 0.8
        +     note 4294967299 of 60 at 9q for 1q key 45 vel 0.8
        +     midi 4294967300 of 60 at 1q [b0, 07, 40]
    "#]],
    );
    check(
        SONG,
        r#"{"duplicate_clip": {"id": 31, "track": 10, "start": 0}}"#,
        expect![[r#"
        refused: command 1 (duplicate_clip): clip Riff (4294967297): a note clip belongs on an instrument track, and Drums is an audio track
    "#]],
    );
}

#[test]
fn audio_clips_that_were_split_are_joined_again() {
    check(
        &and(r#"{"split_clip": {"id": 30, "position": "5q", "right": 60}}"#),
        r#"{"join_clips": {"ids": [60, 30]}}"#,
        expect![[r#"
        Join into “loop”
        -   clip 30 of 10 “loop” at 2q for 3q media 20 from frame 1000 at 0 dB
        -   clip 60 of 10 “loop” at 5q for 5q media 20 from frame 73000 at 0 dB
        +   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 1000 at 0 dB
    "#]],
    );
    check(
        &and(r#"{"duplicate_clip": {"id": 30, "new_id": 60, "start": "10q"}}"#),
        r#"{"join_clips": {"ids": [30, 60]}}"#,
        expect![[r#"
        refused: command 1 (join_clips): clip loop (30): sounds can be joined only where each goes on as the one before would
    "#]],
    );
    check(
        SONG,
        r#"{"join_clips": {"ids": [30, 30]}}"#,
        expect![[r#"
        refused: command 1 (join_clips): clip loop (30): there must be two clips or more to join
    "#]],
    );
    check(
        SONG,
        r#"{"join_clips": {"ids": [30, 31]}}"#,
        expect![[r#"
        refused: command 1 (join_clips): clip loop (30): clips to join must be on one track and lane
    "#]],
    );
}

#[test]
fn note_clips_are_joined_over_gaps_with_what_was_heard() {
    check(
        &and(
            r#"{"add_note_clip": {"id": 60, "track": 11, "start": "14q", "length": "4q", "name": "Fill", "notes": [{"id": 61, "start": "0.5q", "length": "3q", "pitch": 50}]}}
            {"set_clip": {"id": 60, "loop_length": "2q"}}"#,
        ),
        r#"{"join_clips": {"ids": [31, 60], "id": 70}}"#,
        expect![[r#"
            Join into “Riff”
            -   clip 31 of 11 “Riff” at 4q for 8q notes from 0q
            -     note 40 of 31 at 0.1q for 1q key 40 vel 0.8
            -     note 41 of 31 at 2.9q for 2q key 43 vel 0.8
            -     note 42 of 31 at 9q for 1q key 45 vel 0.8
            -     midi 50 of 31 at 1q [b0, 07, 40]
            -   clip 60 of 11 “Fill” at 14q for 4q notes from 0q loop 2q from 0q
            -     note 61 of 60 at 0.5q for 3q key 50 vel 0.8
            +   clip 70 of 11 “Riff” at 4q for 14q notes from 0q
            +     note 40 of 70 at 0.1q for 1q key 40 vel 0.8
            +     note 41 of 70 at 2.9q for 2q key 43 vel 0.8
            +     note 61 of 70 at 10.5q for 1.5q key 50 vel 0.8
            +     note 4294967297 of 70 at 12.5q for 1.5q key 50 vel 0.8
            +     midi 50 of 70 at 1q [b0, 07, 40]
        "#]],
    );
}

#[test]
fn chosen_take_changes_places_with_what_was_heard() {
    check(
        &and(
            r#"{"add_audio_clip": {"id": 60, "track": 10, "start": "4q", "length": "2q", "name": "Take 2", "media": 20, "lane": 3}}"#,
        ),
        r#"{"choose_take": {"clip": 60}}"#,
        expect![[r#"
            Choose take “Take 2”
            -   clip 30 of 10 “loop” at 2q for 8q media 20 from frame 1000 at 0 dB
            -   clip 60 of 10 “Take 2” at 4q for 2q media 20 from frame 0 at 0 dB lane 3
            +   clip 30 of 10 “loop” at 2q for 2q media 20 from frame 1000 at 0 dB
            +   clip 60 of 10 “Take 2” at 4q for 2q media 20 from frame 0 at 0 dB
            +   clip 4294967297 of 10 “loop” at 4q for 2q media 20 from frame 49000 at 0 dB lane 3
            +   clip 4294967298 of 10 “loop” at 6q for 4q media 20 from frame 97000 at 0 dB
        "#]],
    );
    check(
        SONG,
        r#"{"choose_take": {"clip": 30}}"#,
        expect![[r#"
        refused: command 1 (choose_take): clip loop (30): this take is heard already
    "#]],
    );
}

#[test]
fn notes_are_quantised_to_the_grid_of_their_bar() {
    check(
        SONG,
        r#"{"quantise_notes": {"ids": [31], "grid": "1q", "strength": 1}}"#,
        expect![[r#"
        Quantise 2 notes
        -     note 40 of 31 at 0.1q for 1q key 40 vel 0.8
        -     note 41 of 31 at 2.9q for 2q key 43 vel 0.8
        +     note 40 of 31 at 0q for 1q key 40 vel 0.8
        +     note 41 of 31 at 3q for 2q key 43 vel 0.8
    "#]],
    );
    check(
        SONG,
        r#"{"quantise_notes": {"ids": [41], "grid": "1q", "strength": 0.5, "swing": 0.5}}"#,
        expect![[r#"
        Quantise a note of “Riff”
        -     note 41 of 31 at 2.9q for 2q key 43 vel 0.8
        +     note 41 of 31 at 3.075q for 2q key 43 vel 0.8
    "#]],
    );
    check(
        SONG,
        r#"{"quantise_notes": {"ids": [40], "grid": 0, "strength": 1}}"#,
        expect![[r#"
        refused: command 1 (quantise_notes): note 40: grid must be 1 to 2^53 - 1 ticks, not 0
    "#]],
    );
}

#[test]
fn note_near_the_end_of_its_clip_stays_in_it_when_quantised() {
    let mut song = song(&and(r#"{"set_note": {"id": 41, "start": "7.9q"}}"#));
    song.run(r#"{"quantise_notes": {"ids": [41], "grid": "1q", "strength": 1}}"#);
    let start = song.project.note(pulse_model::Id(41)).unwrap().start;
    assert_eq!(start, units::Ticks::quarters(7));
}
