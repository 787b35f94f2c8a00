//! What graph updates mean for processes: which go on, which are replaced, and that all end.

use std::path::Path;

use signal_engine::device_board::{DeviceState, SandboxRole};
use signal_engine::sandbox::Convertible;

use crate::rig::{GAIN, Rig, slot};

#[test]
fn another_value_or_bypass_keeps_the_process() {
    let mut rig = Rig::new(false);
    let mut track = rig.track(1, slot(10, "test.gain", &[(GAIN, 2.0)]), 0.25);
    rig.until_plays(&mut track, 0.5);
    let pid = rig.pid(1);
    track.node = rig.sandboxes.chain(1, &[slot(10, "test.gain", &[(GAIN, 4.0)])], &|_| None).unwrap();
    rig.until_plays(&mut track, 1.0);
    let mut bypassed = slot(10, "test.gain", &[(GAIN, 4.0)]);
    bypassed.bypass = true;
    track.listen();
    track.node = rig.sandboxes.chain(1, &[bypassed], &|_| None).unwrap();
    rig.until_plays(&mut track, 0.25);
    assert!(track.largest_step() <= 0.75 / 96.0 + 1e-5, "a click of {}", track.largest_step());
    assert_eq!((rig.pid(1), rig.restarts(1)), (pid, 0));
}

#[test]
fn another_plugin_takes_over_once_it_is_loaded() {
    let mut rig = Rig::new(false);
    let mut track = rig.track(1, slot(10, "test.gain", &[(GAIN, 2.0)]), 0.25);
    rig.until_plays(&mut track, 0.5);
    let pid = rig.pid(1);
    let slots = [slot(10, "test.gain", &[(GAIN, 2.0)]), slot(11, "test.gain", &[(GAIN, 2.0)])];
    track.node = rig.sandboxes.chain(1, &slots, &|_| None).unwrap();
    rig.until_plays(&mut track, 1.0);
    assert_ne!(rig.pid(1), pid);
    assert_eq!(rig.restarts(1), 0);
    rig.until("the end of the old one", &mut [&mut track], |_, _| {
        !Path::new(&format!("/proc/{pid}")).exists()
    });
}

#[test]
fn a_chain_ends_with_its_last_node() {
    let mut rig = Rig::new(false);
    let mut gone = rig.track(1, slot(10, "test.gain", &[]), 0.25);
    let mut stays = rig.track(2, slot(20, "test.gain", &[]), 0.25);
    rig.until_state(&mut gone, DeviceState::Running);
    let pid = rig.pid(1);
    drop(gone);
    rig.until("its end", &mut [&mut stays], |_, _| !Path::new(&format!("/proc/{pid}")).exists());
    let list = rig.sandboxes.list();
    let with_plugins = list.iter().filter(|status| status.role != SandboxRole::Warm);
    assert_eq!(with_plugins.map(|status| status.node).collect::<Vec<_>>(), [2]);
}

#[test]
fn values_are_put_in_words_by_the_plugin() {
    let mut rig = Rig::new(false);
    let mut track = rig.track(1, slot(10, "test.gain", &[]), 0.25);
    rig.until_state(&mut track, DeviceState::Running);
    let said = rig.sandboxes.convert(10, GAIN, Convertible::Value(0.5)).blocking_recv().unwrap();
    assert_eq!(said, Ok((0.5, "0.500 x".to_owned())));
    let read = rig.sandboxes.convert(10, GAIN, Convertible::Text("2 x".to_owned())).blocking_recv().unwrap();
    assert_eq!(read, Ok((2.0, "2.000 x".to_owned())));
    let unknown = rig.sandboxes.convert(99, GAIN, Convertible::Value(0.5)).blocking_recv().unwrap();
    assert!(unknown.is_err());
}
