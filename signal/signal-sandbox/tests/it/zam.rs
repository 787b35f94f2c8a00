//! Debian's zam-plugins, as musicians have them.

use chorus::{sandbox::v1::convert_parameter::From, signal::v1::ParameterDescription};
use clack_host::prelude::PluginEntry;
use shm::sandbox_block::{Event, TimedEvent};

use crate::{
    in_process::InProcess,
    peer::{Peer, noise, slot},
};

const PLUGINS: [&str; 3] = ["ZamComp", "ZamEQ2", "ZamDelay"];

pub fn bundle(name: &str) -> String {
    format!("/usr/lib/clap/{name}.clap")
}

/// The id of the one plugin in the file.
#[allow(unsafe_code)]
pub fn plugin_id(name: &str) -> String {
    // SAFETY: the test's own choice of plugins, which behave.
    let entry = unsafe { PluginEntry::load(bundle(name)) }.unwrap();
    let factory = entry.get_plugin_factory().unwrap();
    factory.plugin_descriptor(0).unwrap().id().unwrap().to_str().unwrap().to_owned()
}

fn settable(parameters: &[ParameterDescription]) -> Vec<&ParameterDescription> {
    parameters.iter().filter(|it| !it.read_only && it.maximum > it.minimum).collect()
}

#[test]
fn each_loads_by_file_name_and_describes_its_parameters() {
    for name in PLUGINS {
        let (_peer, loaded) = Peer::load(vec![slot(1, &format!("{name}.clap"), &plugin_id(name), &[])]);
        let report = &loaded.slots[0];
        assert_eq!(report.error, "", "{name}");
        assert_eq!(report.name, name);
        assert!(settable(&report.parameters).len() >= 3, "{name}");
        assert!(report.parameters.iter().all(|it| !it.name.is_empty() && !it.text.is_empty()));
        assert!(!report.has_state && !report.is_instrument, "{name}");
    }
}

#[test]
fn a_sandbox_sounds_like_the_plugin_in_this_process() {
    for name in PLUGINS {
        let id = plugin_id(name);
        let (mut peer, loaded) = Peer::load(vec![slot(1, &bundle(name), &id, &[])]);
        let mut reference = InProcess::load(&bundle(name), &id);
        let turned = settable(&loaded.slots[0].parameters)[0].clone();
        let (mut peak, mut changed) = (0.0_f32, false);
        for (number, frames) in [256, 64, 1000, 1, 512, 8192, 256, 256].into_iter().enumerate() {
            let (left, right) = (noise(frames, number as u64), noise(frames, 77 + number as u64));
            let value = turned.minimum + (turned.maximum - turned.minimum) * 0.3;
            let values = if number == 3 { vec![(turned.id, value)] } else { vec![] };
            let event = |(id, value): &(u32, f64)| TimedEvent {
                offset: 0,
                event: Event::Parameter { slot: 0, id: *id, value: *value },
            };
            let events: Vec<TimedEvent> = values.iter().map(event).collect();
            let (mut own_left, mut own_right) = (left.clone(), right.clone());
            peer.block(&mut own_left, &mut own_right, &events);
            let (mut their_left, mut their_right) = (left.clone(), right.clone());
            reference.block(&mut their_left, &mut their_right, &values);
            assert_eq!(own_left, their_left, "{name}, block {number}");
            assert_eq!(own_right, their_right, "{name}, block {number}");
            peak = own_left.iter().fold(peak, |peak, sample| peak.max(sample.abs()));
            changed |= own_left != left;
        }
        assert!(peak > 0.01 && changed, "{name} does nothing: the comparison shows nothing");
    }
}

#[test]
fn a_value_takes_effect_at_its_frame_and_not_before() {
    let id = plugin_id("ZamEQ2");
    let at = 300;
    let (mut peer, loaded) = Peer::load(vec![slot(1, &bundle("ZamEQ2"), &id, &[])]);
    let (mut untouched, _) = Peer::load(vec![slot(1, &bundle("ZamEQ2"), &id, &[])]);
    let parameters = settable(&loaded.slots[0].parameters);
    let gain = parameters.iter().find(|it| it.name.contains("Boost") || it.name.contains("Gain")).unwrap();
    let value = Event::Parameter { slot: 0, id: gain.id, value: gain.maximum };
    let input = noise(1024, 5);
    let run = |peer: &mut Peer, events: &[TimedEvent]| {
        let (mut left, mut right) = (input.clone(), input.clone());
        peer.block(&mut left, &mut right, events);
        left
    };
    let with = run(&mut peer, &[TimedEvent { offset: at as u32, event: value }]);
    let without = run(&mut untouched, &[]);
    assert_eq!(with[..at], without[..at]);
    assert_ne!(with[at..], without[at..]);
}

#[test]
fn values_are_read_and_put_in_words() {
    let (mut peer, loaded) = Peer::load(vec![slot(1, &bundle("ZamComp"), &plugin_id("ZamComp"), &[])]);
    let parameter = settable(&loaded.slots[0].parameters)[0].clone();
    let middle = (parameter.minimum + parameter.maximum) / 2.0;
    let said = peer.convert(1, parameter.id, From::Value(middle));
    assert_eq!((said.error.as_str(), said.value), ("", middle));
    let read = peer.convert(1, parameter.id, From::Text(said.text.clone()));
    assert_eq!(read.error, "");
    let range = parameter.maximum - parameter.minimum;
    assert!((read.value - middle).abs() < range * 0.01, "{:?} was read as {}", said.text, read.value);
    assert_ne!(peer.convert(1, 9999, From::Value(0.0)).error, "");
}

#[test]
fn meters_that_come_back_are_no_edits() {
    let (mut peer, _) = Peer::load(vec![slot(1, &bundle("ZamComp"), &plugin_id("ZamComp"), &[])]);
    for number in 0..50 {
        let (mut left, mut right) = (noise(256, number), noise(256, number));
        let head = peer.block(&mut left, &mut right, &[]);
        assert_eq!(peer.edits(&head), [], "block {number}");
    }
}

#[test]
fn values_given_at_loading_are_set_and_unknown_ones_never_reach_a_plugin() {
    let id = plugin_id("ZamAutoSat");
    let bundle_path = bundle("ZamAutoSat");
    let unknown = TimedEvent { offset: 3, event: Event::Parameter { slot: 0, id: 4242, value: 1.0 } };
    let (mut peer, loaded) = Peer::load(vec![slot(1, &bundle_path, &id, &[(4242, 1.0)])]);
    assert_eq!(loaded.slots[0].error, "");
    peer.block(&mut noise(64, 1), &mut noise(64, 2), &[unknown]);

    let id = plugin_id("ZamComp");
    let (_, described) = Peer::load(vec![slot(1, &bundle("ZamComp"), &id, &[])]);
    let parameter = settable(&described.slots[0].parameters)[0].clone();
    let wanted = parameter.minimum + (parameter.maximum - parameter.minimum) * 0.25;
    assert_ne!(parameter.value, wanted);
    let (_, loaded) = Peer::load(vec![slot(1, &bundle("ZamComp"), &id, &[(parameter.id, wanted)])]);
    let now = loaded.slots[0].parameters.iter().find(|it| it.id == parameter.id).unwrap();
    assert!((now.value - wanted).abs() < 1e-4, "{} instead of {wanted}", now.value);
}
