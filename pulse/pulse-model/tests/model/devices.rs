//! Devices and their parameters.

use crate::script::check;
use expect_test::expect;

const CHAIN: &str = r#"
    {"add_track": {"id": 10, "kind": "instrument", "name": "Keys"}}
    {"add_track": {"id": 11, "kind": "audio", "name": "Voice"}}
    {"add_device": {"id": 20, "track": 10, "builtin": "tide"}}
    {"add_device": {"id": 21, "track": 10, "clap": {"plugin_id": "com.zamaudio.ZamComp", "bundle": "ZamComp.clap"}}}
"#;

#[test]
fn device_goes_to_the_end_of_the_chain_or_ahead_of_another() {
    check(
        CHAIN,
        r#"{"add_device": {"id": 30, "track": 10, "builtin": "trim"}}"#,
        expect![[r#"
            Add Trim
            +   device 30 of 10 Trim (trim) order 3
        "#]],
    );
    check(
        CHAIN,
        r#"{"add_device": {"id": 30, "track": 10, "before": 21, "name": "Boost", "builtin": "trim", "parameters": [{"id": 2, "value": 1}, {"id": 1, "value": 6}]}}"#,
        expect![[r#"
            Add Boost
            +   device 30 of 10 Boost (trim) order 1.5 1=6 2=1
        "#]],
    );
}

#[test]
fn parameter_is_set_and_set_again() {
    check(
        CHAIN,
        r#"
        {"set_parameter": {"device": 21, "parameter": 4, "value": -12.345}}
        {"set_parameter": {"device": 21, "parameter": 1, "value": 2}}
        "#,
        expect![[r#"
            Set 2 parameters
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2
            +   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2 1=2 4=-12.345
        "#]],
    );
    let set = format!(r#"{CHAIN}{{"set_parameter": {{"device": 21, "parameter": 4, "value": 1}}}}"#);
    check(
        &set,
        r#"{"set_parameter": {"device": 21, "parameter": 4, "value": 0.5}}"#,
        expect![[r#"
            Set parameter 4 of ZamComp to 0.5
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2 4=1
            +   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2 4=0.5
        "#]],
    );
}

#[test]
fn device_is_bypassed_and_renamed() {
    check(
        CHAIN,
        r#"{"set_device": {"id": 21, "bypass": true}}"#,
        expect![[r#"
            Bypass ZamComp
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2
            +   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2 bypassed
        "#]],
    );
    check(
        CHAIN,
        r#"{"set_device": {"id": 21, "name": "Squash"}}"#,
        expect![[r#"
            Rename ZamComp to Squash
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2
            +   device 21 of 10 Squash (com.zamaudio.ZamComp in ZamComp.clap) order 2
        "#]],
    );
}

#[test]
fn device_moves_along_its_chain_and_to_another_track() {
    check(
        CHAIN,
        r#"{"move_device": {"id": 21, "before": 20}}"#,
        expect![[r#"
            Move ZamComp
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2
            +   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 0
        "#]],
    );
    check(
        CHAIN,
        r#"{"move_device": {"id": 21, "track": 11}}"#,
        expect![[r#"
            Move ZamComp
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2
            +   device 21 of 11 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 1
        "#]],
    );
    check(
        CHAIN,
        r#"{"move_device": {"id": 21, "before": 21}}"#,
        expect![[r#"
        nothing to do
    "#]],
    );
    check(
        CHAIN,
        r#"{"move_device": {"id": 20, "before": 21}}"#,
        expect![[r#"
        nothing to do
    "#]],
    );
    check(
        CHAIN,
        r#"{"move_device": {"id": 21}}"#,
        expect![[r#"
        nothing to do
    "#]],
    );
}

#[test]
fn state_is_recorded_by_hash() {
    let hash = "0123".repeat(16);
    check(
        CHAIN,
        &format!(r#"{{"set_device_state": {{"device": 21, "state": "{hash}"}}}}"#),
        expect![[r#"
            Keep state of ZamComp
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2
            +   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2 state 0123…
        "#]],
    );
    check(
        CHAIN,
        r#"{"set_device_state": {"device": 21, "state": "../etc"}}"#,
        expect![[r#"
        refused: command 1 (set_device_state): device ZamComp (21): state must be 64 hexadecimal digits, not ../etc
    "#]],
    );
}

#[test]
fn device_that_cannot_be_there_is_refused() {
    check(
        CHAIN,
        r#"{"add_device": {"track": 11, "builtin": "tide"}}"#,
        expect![[r#"
        refused: command 1 (add_device): device Tide (4294967297): an instrument belongs on an instrument track, and Voice is an audio track
    "#]],
    );
    check(
        CHAIN,
        r#"{"move_device": {"id": 20, "track": 11}}"#,
        expect![[r#"
        refused: command 1 (move_device): device Tide (20): an instrument belongs on an instrument track, and Voice is an audio track
    "#]],
    );
    check(
        CHAIN,
        r#"{"add_device": {"track": 10, "builtin": "boom"}}"#,
        expect![[r#"
        refused: command 1 (add_device): track Keys (10): there is no such built-in: there are tide, sampler, drums, trim, eq, compressor, delay, reverb, limiter
    "#]],
    );
    check(
        CHAIN,
        r#"{"add_device": {"track": 11, "before": 20, "builtin": "trim"}}"#,
        expect![[r#"
        refused: command 1 (add_device): track Voice (11): the device to go ahead of is on another track
    "#]],
    );
    check(
        CHAIN,
        r#"{"add_device": {"track": 11, "clap": {"plugin_id": "", "bundle": "x"}}}"#,
        expect![[r#"
        refused: command 1 (add_device): device  (4294967297): plugin id and bundle must be given, not empty
    "#]],
    );
    let twice = r#"{"add_device": {"track": 10, "builtin": "trim", "parameters": [{"id": 1, "value": 1}, {"id": 1, "value": 2}]}}"#;
    check(
        CHAIN,
        twice,
        expect![[r#"
        refused: command 1 (add_device): device Trim (4294967297): parameters must be ascending by id, not in disorder
    "#]],
    );
}

#[test]
fn sounds_are_loaded_into_the_slots_of_a_built_in() {
    let song = r#"
        {"add_track": {"id": 10, "kind": "instrument", "name": "Keys"}}
        {"add_media": {"id": 20, "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "name": "kick.wav", "path": "media/kick.wav", "sample_rate": 48000, "channels": 2, "frames": 4800}}
        {"add_device": {"id": 30, "track": 10, "builtin": "tide", "media": [{"slot": 3, "media": 20}]}}
        {"add_device": {"id": 31, "track": 10, "clap": {"plugin_id": "a.b", "bundle": "b.clap"}}}
    "#;
    check(
        song,
        r#"{"set_device_media": {"device": 30, "slot": 1, "media": 20}}"#,
        expect![[r#"
            Load kick.wav into Tide
            -   device 30 of 10 Tide (tide) order 1 slot 3 media 20
            +   device 30 of 10 Tide (tide) order 1 slot 1 media 20 slot 3 media 20
        "#]],
    );
    check(
        song,
        r#"{"set_device_media": {"device": 30, "slot": 3, "media": null}}"#,
        expect![[r#"
            Clear a sound of Tide
            -   device 30 of 10 Tide (tide) order 1 slot 3 media 20
            +   device 30 of 10 Tide (tide) order 1
        "#]],
    );
    check(
        song,
        r#"{"set_device_media": {"device": 30, "slot": 128, "media": 20}}"#,
        expect![[r#"
            refused: command 1 (set_device_media): device Tide (30): slot must be 0 to 127, not 128
        "#]],
    );
    check(
        song,
        r#"{"set_device_media": {"device": 31, "slot": 0, "media": 20}}"#,
        expect![[r#"
            refused: command 1 (set_device_media): device b (31): a plugin plays no sounds of the song
        "#]],
    );
    check(
        song,
        r#"{"remove": {"ids": [20]}}"#,
        expect![[r#"
            refused: command 1 (remove): media kick.wav (20): device Tide still needs it
        "#]],
    );
}

#[test]
fn plugin_is_disabled_isolated_and_given_a_standby() {
    check(
        CHAIN,
        r#"{"set_device": {"id": 21, "disabled": true}}"#,
        expect![[r#"
            Disable ZamComp
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2
            +   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2 disabled
        "#]],
    );
    check(
        CHAIN,
        r#"{"set_device": {"id": 21, "isolation": "plugin"}}"#,
        expect![[r#"
            Run ZamComp alone
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2
            +   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2 by Plugin
        "#]],
    );
    check(
        CHAIN,
        r#"{"set_device": {"id": 21, "standby": true, "isolation": "vendor"}}"#,
        expect![[r#"
            Change ZamComp
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2
            +   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2 by Vendor standby
        "#]],
    );
    let alone = format!(r#"{CHAIN}{{"set_device": {{"id": 21, "isolation": "plugin"}}}}"#);
    check(
        &alone,
        r#"{"set_device": {"id": 21, "isolation": null}}"#,
        expect![[r#"
            Run ZamComp as the song says
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2 by Plugin
            +   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2
        "#]],
    );
    check(
        &alone,
        r#"{"set_device": {"id": 21, "bypass": true}}"#,
        expect![[r#"
            Bypass ZamComp
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2 by Plugin
            +   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2 by Plugin bypassed
        "#]],
    );
}

#[test]
fn built_in_has_no_process_to_choose() {
    for set in [r#""isolation": "chain""#, r#""standby": true"#, r#""disabled": true"#] {
        check(
            CHAIN,
            &format!(r#"{{"set_device": {{"id": 20, {set}}}}}"#),
            expect![[r#"
                refused: command 1 (set_device): device Tide (20): only a plugin runs in a process, or is disabled: a built-in is bypassed
            "#]],
        );
    }
}

#[test]
fn replaced_device_keeps_its_place_and_nothing_of_the_old_one() {
    let used = format!(
        r#"{CHAIN}
        {{"set_parameter": {{"device": 21, "parameter": 4, "value": 1}}}}
        {{"set_device_state": {{"device": 21, "state": "{}"}}}}
        {{"set_device": {{"id": 21, "bypass": true, "disabled": true, "standby": true, "isolation": "shared"}}}}
        "#,
        "0123".repeat(16)
    );
    check(
        &used,
        r#"{"replace_device": {"id": 21, "vendor": "Ours", "builtin": "compressor"}}"#,
        expect![[r#"
            Replace ZamComp with Compressor
            -   device 21 of 10 ZamComp (com.zamaudio.ZamComp in ZamComp.clap) order 2 4=1 state 0123… by Shared standby disabled bypassed
            +   device 21 of 10 Compressor (compressor) order 2 bypassed
        "#]],
    );
    check(
        CHAIN,
        r#"{"replace_device": {"id": 20, "name": "Vital", "clap": {"plugin_id": "audio.vital.synth", "bundle": "Vital.clap"}}}"#,
        expect![[r#"
            Replace Tide with Vital
            -   device 20 of 10 Tide (tide) order 1
            +   device 20 of 10 Vital (audio.vital.synth in Vital.clap) order 1
        "#]],
    );
    check(
        CHAIN,
        r#"{"replace_device": {"id": 10, "builtin": "trim"}}"#,
        expect![[r#"
            refused: command 1 (replace_device): track Keys (10): 10 is a track, not a device
        "#]],
    );
    check(
        CHAIN,
        r#"{"replace_device": {"id": 21, "builtin": "boom"}}"#,
        expect![[r#"
            refused: command 1 (replace_device): device ZamComp (21): there is no such built-in: there are tide, sampler, drums, trim, eq, compressor, delay, reverb, limiter
        "#]],
    );
    check(
        r#"{"add_track": {"id": 11, "kind": "audio", "name": "Voice"}}
        {"add_device": {"id": 22, "track": 11, "builtin": "trim"}}"#,
        r#"{"replace_device": {"id": 22, "builtin": "tide"}}"#,
        expect![[r#"
            refused: command 1 (replace_device): device Tide (22): an instrument belongs on an instrument track, and Voice is an audio track
        "#]],
    );
}
