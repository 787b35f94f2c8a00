//! Which process each plugin is put into.

use crate::fixture::{Files, RATE, changes, edit, graph, song, text};
use expect_test::{Expect, expect};
use pulse_derive::{Derivation, Locator, Node, Sound};
use pulse_model::{ClapPlugin, Media};
use units::SampleRate;

const CHAIN: &str = r#"
    {"add_track": {"id": 10, "kind": "audio", "name": "Voice"}}
    {"add_device": {"id": 20, "track": 10, "vendor": "Zam", "clap": {"plugin_id": "eq", "bundle": "eq.clap"}}}
    {"add_device": {"id": 21, "track": 10, "vendor": "Zam", "clap": {"plugin_id": "comp", "bundle": "comp.clap"}}}
    {"add_device": {"id": 22, "track": 10, "clap": {"plugin_id": "verb", "bundle": "verb.clap"}}}
"#;

/// The line of the plugins' node after these commands.
fn slots(commands: &str, expected: Expect) {
    let text = text(&graph(&format!("{CHAIN}{commands}")));
    let line = text.lines().find(|line| line.starts_with("plugins-0-of-10"));
    expected.assert_eq(line.unwrap_or_default());
}

#[test]
fn policy_of_the_song_holds_for_plugins_that_say_nothing_themselves() {
    slots("", expect!["plugins-0-of-10 [20 /clap/eq.clap, 21 /clap/comp.clap, 22 /clap/verb.clap]"]);
    slots(
        r#"{"set_song": {"isolation": "plugin"}}"#,
        expect![
            "plugins-0-of-10 [20 /clap/eq.clap in device:20, 21 /clap/comp.clap in device:21, 22 /clap/verb.clap in device:22]"
        ],
    );
    slots(
        r#"{"set_song": {"isolation": "vendor"}}"#,
        expect![
            "plugins-0-of-10 [20 /clap/eq.clap in vendor:Zam, 21 /clap/comp.clap in vendor:Zam, 22 /clap/verb.clap in device:22]"
        ],
    );
    slots(
        r#"{"set_song": {"isolation": "shared"}}
        {"set_device": {"id": 20, "isolation": "chain"}}
        {"set_device": {"id": 21, "isolation": "plugin"}}"#,
        expect![
            "plugins-0-of-10 [20 /clap/eq.clap, 21 /clap/comp.clap in device:21, 22 /clap/verb.clap in shared]"
        ],
    );
}

#[test]
fn what_crashed_on_this_machine_runs_alone_with_a_standby_whatever_the_song_says() {
    slots(
        r#"{"add_device": {"id": 23, "track": 10, "clap": {"plugin_id": "crashed", "bundle": "c.clap"}}}
        {"set_song": {"isolation": "shared"}}
        {"set_device": {"id": 23, "isolation": "chain"}}"#,
        expect![
            "plugins-0-of-10 [20 /clap/eq.clap in shared, 21 /clap/comp.clap in shared, 22 /clap/verb.clap in shared, 23 /clap/c.clap in device:23 standby]"
        ],
    );
}

#[test]
fn what_was_granted_something_runs_alone_whatever_the_song_says() {
    let granted = r#"{"add_device": {"id": 23, "track": 10, "clap": {"plugin_id": "granted", "bundle": "g.clap"}}}
        {"set_song": {"isolation": "shared"}}"#;
    slots(
        granted,
        expect![
            "plugins-0-of-10 [20 /clap/eq.clap in shared, 21 /clap/comp.clap in shared, 22 /clap/verb.clap in shared, 23 /clap/g.clap in device:23 with the network]"
        ],
    );
}

#[test]
fn standby_and_disabled_are_passed_on() {
    slots(
        r#"{"set_device": {"id": 20, "standby": true}}
        {"set_device": {"id": 21, "disabled": true}}"#,
        expect![
            "plugins-0-of-10 [20 /clap/eq.clap standby, 21 /clap/comp.clap disabled, 22 /clap/verb.clap]"
        ],
    );
}

#[test]
fn change_of_policy_is_a_change_of_the_nodes_it_moves() {
    for (script, expected) in [
        (
            r#"{"set_device": {"id": 21, "isolation": "plugin"}}"#,
            expect![[r#"
            + plugins-0-of-10 [20 /clap/eq.clap, 21 /clap/comp.clap in device:21, 22 /clap/verb.clap]
        "#]],
        ),
        (
            r#"{"set_song": {"isolation": "plugin"}}"#,
            expect![[r#"
            + plugins-0-of-10 [20 /clap/eq.clap in device:20, 21 /clap/comp.clap in device:21, 22 /clap/verb.clap in device:22]
        "#]],
        ),
        (
            r#"{"set_device": {"id": 22, "disabled": true}}"#,
            expect![[r#"
            + plugins-0-of-10 [20 /clap/eq.clap, 21 /clap/comp.clap, 22 /clap/verb.clap disabled]
        "#]],
        ),
        (
            r#"{"replace_device": {"id": 22, "clap": {"plugin_id": "gate", "bundle": "gate.clap"}}}"#,
            expect![[r#"
                + plugins-0-of-10 [20 /clap/eq.clap, 21 /clap/comp.clap, 22 /clap/gate.clap]
            "#]],
        ),
    ] {
        expected.assert_eq(&changes(&edit(CHAIN, script)));
    }
}

#[test]
fn name_of_a_process_is_as_short_as_signal_takes() {
    let vendor = "é".repeat(300);
    let commands = format!(
        r#"{{"add_device": {{"id": 23, "track": 10, "vendor": "{vendor}", "clap": {{"plugin_id": "x", "bundle": "x.clap"}}}}}}
        {{"set_device": {{"id": 23, "isolation": "vendor"}}}}"#
    );
    let spec = graph(&format!("{CHAIN}{commands}"));
    let chains = spec.nodes.values().filter_map(|node| match node {
        Node::PluginChain(slots) => slots.last(),
        _ => None,
    });
    assert_eq!(chains.map(|slot| slot.process.len()).collect::<Vec<_>>(), [199], "no half of an é");
}

/// A machine on which every plugin crashed.
struct Crashed;

impl Locator for Crashed {
    fn sound(&self, _: &Media, _: SampleRate) -> Option<Sound> {
        None
    }

    fn bundle(&self, plugin: &ClapPlugin) -> Option<String> {
        Files.bundle(plugin)
    }

    fn runs_alone(&self, _: &ClapPlugin) -> bool {
        true
    }
}

#[test]
fn crash_of_a_plugin_changes_its_node_and_forgiving_changes_it_back() {
    let song = song(CHAIN);
    let mut derivation = Derivation::new(&song, RATE, &Files);
    expect![[r#"
        + plugins-0-of-10 [20 /clap/eq.clap in device:20 standby, 21 /clap/comp.clap in device:21 standby, 22 /clap/verb.clap in device:22 standby]
    "#]].assert_eq(&changes(&derivation.plugins_changed(&song, &Crashed)));
    expect![[r#"
        + plugins-0-of-10 [20 /clap/eq.clap, 21 /clap/comp.clap, 22 /clap/verb.clap]
    "#]]
    .assert_eq(&changes(&derivation.plugins_changed(&song, &Files)));
    assert!(derivation.plugins_changed(&song, &Files).is_empty());
}
