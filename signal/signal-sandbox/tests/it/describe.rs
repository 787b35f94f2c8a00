//! What a sandbox says of a bundle that it only looks at.

use std::process::{Command, Output};

use chorus::sandbox::v1::{BundleMessage, bundle_message::Kind};
use prost::Message as _;

use crate::test_plugin::bundle;

fn describe(path: &str, told: &str) -> Output {
    let mut sandbox = Command::new(env!("CARGO_BIN_EXE_loophole-sandbox"));
    sandbox.args(["--describe", path]).env("LOOPHOLE_TEST_PLUGIN", told).output().unwrap()
}

fn said(output: &Output) -> Vec<Kind> {
    let (mut bytes, mut said) = (output.stdout.as_slice(), Vec::new());
    while !bytes.is_empty() {
        said.push(BundleMessage::decode_length_delimited(&mut bytes).unwrap().kind.unwrap());
    }
    said
}

#[test]
fn a_bundle_is_listed_and_each_of_its_plugins_made() {
    let output = describe(&bundle(), "");
    assert!(output.status.success());
    let said = said(&output);
    let listed = |it: &&Kind| matches!(it, Kind::Listed(plugin) if plugin.vendor == "Loophole tests");
    assert_eq!(said.iter().filter(listed).count(), 9);
    let started =
        |it: &&Kind| matches!(it, Kind::Started(plugin) if plugin.error.is_empty() && plugin.parameters > 0);
    assert_eq!(said.iter().filter(started).count(), 9);
    assert!(matches!(said.last(), Some(Kind::End(_))));
}

#[test]
fn the_plugins_of_a_bundle_that_crashes_are_known_by_name() {
    let output = describe(&bundle(), "crash");
    assert!(!output.status.success());
    let said = said(&output);
    let names: Vec<&str> = said
        .iter()
        .filter_map(|it| match it {
            Kind::Listed(plugin) => Some(plugin.plugin_id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        names,
        [
            "test.gain",
            "test.tone",
            "test.crash",
            "test.hang",
            "test.nan",
            "test.scribble",
            "test.deed",
            "test.liar",
            "test.escape"
        ]
    );
    assert!(matches!(said.last(), Some(Kind::Started(plugin)) if plugin.plugin_id == "test.tone"));
}

#[test]
fn what_is_no_bundle_is_said_in_words() {
    for path in ["/etc/hostname", "/no/such.clap"] {
        let output = describe(path, "");
        assert!(output.status.success());
        let said = said(&output);
        let [Kind::Error(reason)] = said.as_slice() else { panic!("{said:?}") };
        assert!(reason.contains(path), "{reason}");
    }
}
