//! The song, its tempo, signature and markers.

use crate::outline::outline;
use crate::script::{check, song};
use expect_test::expect;

#[test]
fn new_song_has_a_master_a_tempo_and_a_signature() {
    expect![[r#"
        song “Test” loop off 0q..0q
        tempo 3 at 0q 120.000 bpm
        signature 4 at 0q 4/4
        track 2 Master Master color 0 order 1000000000 fader 0 pan 0
    "#]]
    .assert_eq(&outline(&song("").project));
}

#[test]
fn song_is_renamed() {
    check(
        "",
        r#"{"set_song": {"name": "Sea"}}"#,
        expect![[r#"
        Rename song to “Sea”
        - song “Test” loop off 0q..0q
        + song “Sea” loop off 0q..0q
    "#]],
    );
}

#[test]
fn loop_is_set_and_switched_on() {
    check(
        "",
        r#"{"set_song": {"loop_enabled": true, "loop_start": "4q", "loop_end": "8q"}}"#,
        expect![[r#"
        Set loop
        - song “Test” loop off 0q..0q
        + song “Test” loop on 4q..8q
    "#]],
    );
}

#[test]
fn loop_is_switched_off() {
    check(
        r#"{"set_song": {"loop_enabled": true, "loop_start": "4q", "loop_end": "8q"}}"#,
        r#"{"set_song": {"loop_enabled": false}}"#,
        expect![[r#"
            Turn loop off
            - song “Test” loop on 4q..8q
            + song “Test” loop off 4q..8q
        "#]],
    );
}

#[test]
fn empty_loop_is_refused_while_it_is_on() {
    check(
        "",
        r#"{"set_song": {"loop_enabled": true}}"#,
        expect![[r#"
        refused: command 1 (set_song): the song: loop end must be after the loop's start, not 0
    "#]],
    );
}

#[test]
fn tempo_at_the_start_is_changed_in_place() {
    check(
        "",
        r#"{"set_tempo": {"position": 0, "bpm": 96.5}}"#,
        expect![[r#"
        Set tempo to 96.5 bpm
        - tempo 3 at 0q 120.000 bpm
        + tempo 3 at 0q 96.500 bpm
    "#]],
    );
}

#[test]
fn tempo_change_is_added() {
    check(
        "",
        r#"{"set_tempo": {"id": 50, "position": "9q", "bpm": 140}}"#,
        expect![[r#"
        Set tempo at 3|2 to 140 bpm
        + tempo 50 at 9q 140.000 bpm
    "#]],
    );
}

#[test]
fn same_tempo_again_is_nothing_to_do() {
    check(
        "",
        r#"{"set_tempo": {"position": 0, "bpm": 120}}"#,
        expect![[r#"
        nothing to do
    "#]],
    );
}

#[test]
fn impossible_tempo_is_refused() {
    check(
        "",
        r#"{"set_tempo": {"position": 0, "bpm": 1001}}"#,
        expect![[r#"
        refused: command 1 (set_tempo): tempo must be 5 to 1000 beats a minute, not 1001
    "#]],
    );
}

#[test]
fn tempo_before_the_song_is_refused() {
    check(
        "",
        r#"{"set_tempo": {"position": -1, "bpm": 100}}"#,
        expect![[r#"
        refused: command 1 (set_tempo): position must be 0 to 2^53 - 1 ticks, not -1
    "#]],
    );
}

#[test]
fn signature_change_starts_a_bar() {
    check(
        "",
        r#"{"set_signature": {"id": 60, "position": "8q", "numerator": 7, "denominator": 8}}"#,
        expect![[r#"
            Set signature at bar 3 to 7/8
            + signature 60 at 8q 7/8
        "#]],
    );
}

#[test]
fn signature_in_mid_bar_is_refused() {
    check(
        "",
        r#"{"set_signature": {"position": "9q", "numerator": 3, "denominator": 4}}"#,
        expect![[r#"
        refused: command 1 (set_signature): signature 4294967297: a signature must start a bar, and 3|2|000 does not
    "#]],
    );
}

#[test]
fn signature_that_would_push_a_later_one_off_its_bar_is_refused() {
    check(
        r#"{"set_signature": {"id": 60, "position": "8q", "numerator": 7, "denominator": 8}}"#,
        r#"
        {"set_song": {"name": "Other"}}
        {"set_signature": {"position": 0, "numerator": 3, "denominator": 4}}
        "#,
        expect![[r#"
            refused: command 2 (set_signature): signature 60: a signature must start a bar, and 3|3|000 does not
        "#]],
    );
}

#[test]
fn signatures_that_fit_together_are_set_in_one_go_whatever_their_order() {
    check(
        r#"{"set_signature": {"id": 60, "position": "8q", "numerator": 7, "denominator": 8}}"#,
        r#"
        {"set_signature": {"position": 0, "numerator": 3, "denominator": 4}}
        {"remove": {"ids": [60]}}
        {"set_signature": {"id": 61, "position": "9q", "numerator": 7, "denominator": 8}}
        "#,
        expect![[r#"
            Set 2 signatures and 1 more change
            - signature 4 at 0q 4/4
            - signature 60 at 8q 7/8
            + signature 4 at 0q 3/4
            + signature 61 at 9q 7/8
        "#]],
    );
}

#[test]
fn unknown_signatures_are_refused() {
    check(
        "",
        r#"{"set_signature": {"position": 0, "numerator": 65, "denominator": 4}}"#,
        expect![[r#"
        refused: command 1 (set_signature): signature 4: numerator must be 1 to 64, not 65
    "#]],
    );
    check(
        "",
        r#"{"set_signature": {"position": 0, "numerator": 4, "denominator": 12}}"#,
        expect![[r#"
        refused: command 1 (set_signature): signature 4: denominator must be 1, 2, 4, 8, 16 or 32, not 12
    "#]],
    );
}

#[test]
fn marker_names_a_position() {
    check(
        "",
        r#"{"add_marker": {"id": 70, "position": "16q", "name": "Chorus"}}"#,
        expect![[r#"
        Add marker “Chorus”
        + marker 70 at 16q “Chorus”
    "#]],
    );
}

#[test]
fn tempo_and_signature_points_move_by_their_id() {
    let points = r#"
        {"set_tempo": {"id": 20, "position": "4q", "bpm": 90}}
        {"set_tempo": {"id": 21, "position": "8q", "bpm": 100}}
        {"set_signature": {"id": 30, "position": "8q", "numerator": 3, "denominator": 4}}
    "#;
    check(
        points,
        r#"{"set_tempo": {"id": 20, "position": "6q", "bpm": 95}}"#,
        expect![[r#"
            Set tempo at 2|3 to 95 bpm
            - tempo 20 at 4q 90.000 bpm
            + tempo 20 at 6q 95.000 bpm
        "#]],
    );
    check(
        points,
        r#"{"set_tempo": {"id": 20, "position": "8q", "bpm": 95}}"#,
        expect![[r#"
            Set tempo at 3|1 to 95 bpm
            - tempo 20 at 4q 90.000 bpm
            - tempo 21 at 8q 100.000 bpm
            + tempo 20 at 8q 95.000 bpm
        "#]],
    );
    check(
        points,
        r#"{"set_tempo": {"id": 20, "position": 0, "bpm": 95}}"#,
        expect![[r#"
            Set tempo to 95 bpm
            - tempo 3 at 0q 120.000 bpm
            - tempo 20 at 4q 90.000 bpm
            + tempo 3 at 0q 95.000 bpm
        "#]],
    );
    check(
        points,
        r#"{"set_tempo": {"id": 3, "position": "2q", "bpm": 95}}"#,
        expect![[r#"
            refused: command 1 (set_tempo): the tempo at the start of the song stays
        "#]],
    );
    check(
        points,
        r#"{"set_signature": {"id": 30, "position": "4q", "numerator": 3, "denominator": 4}}"#,
        expect![[r#"
            Set signature at bar 2 to 3/4
            - signature 30 at 8q 3/4
            + signature 30 at 4q 3/4
        "#]],
    );
    check(
        points,
        r#"{"set_signature": {"id": 4, "position": "4q", "numerator": 3, "denominator": 4}}"#,
        expect![[r#"
            refused: command 1 (set_signature): the signature at the start of the song stays
        "#]],
    );
    check(
        points,
        r#"{"remove": {"ids": [20, 30]}}"#,
        expect![[r#"
            Delete 2 things
            - tempo 20 at 4q 90.000 bpm
            - signature 30 at 8q 3/4
        "#]],
    );
}

#[test]
fn marker_moves_and_is_renamed() {
    let marker = r#"{"add_marker": {"id": 20, "position": "4q", "name": "Verse"}}"#;
    check(
        marker,
        r#"{"set_marker": {"id": 20, "position": "8q"}}"#,
        expect![[r#"
            Move marker “Verse”
            - marker 20 at 4q “Verse”
            + marker 20 at 8q “Verse”
        "#]],
    );
    check(
        marker,
        r#"{"set_marker": {"id": 20, "name": "Chorus"}}"#,
        expect![[r#"
            Rename marker “Verse” to “Chorus”
            - marker 20 at 4q “Verse”
            + marker 20 at 4q “Chorus”
        "#]],
    );
    check(
        marker,
        r#"{"set_marker": {"id": 21, "name": "Chorus"}}"#,
        expect![[r#"
            refused: command 1 (set_marker): there is no marker 21
        "#]],
    );
}

#[test]
fn punch_metronome_and_count_in_are_set() {
    check(
        "",
        r#"{"set_song": {"punch_enabled": true, "punch_in": "4q", "punch_out": "8q"}}"#,
        expect![[r#"
            Set punch range
            + punch on 4q..8q
        "#]],
    );
    check(
        "",
        r#"{"set_song": {"metronome": true, "metronome_level_db": -6, "count_in_bars": 1, "pre_roll_bars": 2}}"#,
        expect![[r#"
            Turn metronome on
            + metronome on -6 dB count-in 1 pre-roll 2
        "#]],
    );
    check(
        "",
        r#"{"set_song": {"punch_enabled": true}}"#,
        expect![[r#"
            refused: command 1 (set_song): the song: punch out must be after punch in, not 0
        "#]],
    );
    check(
        "",
        r#"{"set_song": {"count_in_bars": 17}}"#,
        expect![[r#"
            refused: command 1 (set_song): the song: count-in must be 0 to 16 bars, not 17
        "#]],
    );
}

#[test]
fn plugins_of_a_song_are_isolated_as_it_says() {
    check(
        "",
        r#"{"set_song": {"isolation": "plugin"}}"#,
        expect![[r#"
            Run each plugin alone
            + plugins by Plugin
        "#]],
    );
}
