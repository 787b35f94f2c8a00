//! Which plugins share a process, what happens when one of them fails, and what that says of it.

use signal_engine::device_board::{DeviceState, SandboxRole, SandboxStatus};
use signal_engine::incident::{Incident, IncidentKind, Remedy};
use signal_engine::sandbox::SandboxEvent;
use signal_graph::PluginSlot;

use crate::rig::{DEED, GAIN, PHASE, Rig, TRIGGER, Track, slot};

/// Of `deed.rs` of the test plugins.
const ABORT: f64 = 0.0;
const SEGFAULT: f64 = 1.0;
const OVERFLOW: f64 = 2.0;
const ACTIVATE: f64 = 1.0;
const CALLBACK: f64 = 4.0;

fn gain(device: u64, gain: f64) -> PluginSlot {
    slot(device, "test.gain", &[(GAIN, gain)])
}

fn within(process: &str, slot: PluginSlot) -> PluginSlot {
    PluginSlot { process: process.to_owned(), ..slot }
}

fn last_incident(rig: &Rig, device: u64) -> Option<Incident> {
    rig.seen.iter().rev().find_map(|event| match event {
        SandboxEvent::Incident(incident) if incident.device == device => Some((**incident).clone()),
        _ => None,
    })
}

/// Has a device of the chain do a deed.
fn order(track: &mut Track, device: u64, deed: f64, phase: f64) {
    let own = std::mem::replace(&mut track.device, device);
    track.set(DEED, deed);
    track.set(PHASE, phase);
    track.set(TRIGGER, 1.0);
    track.device = own;
}

#[test]
fn what_crashes_beside_others_is_named_runs_alone_and_is_left_out_in_the_end() {
    let mut rig = Rig::new(false);
    let slots = [gain(10, 2.0), slot(11, "test.deed", &[(GAIN, 2.0)]), gain(12, 1.5)];
    let mut track = rig.chain_of(1, &slots, 0.125);
    rig.until_plays(&mut track, 0.75);
    let together = rig.pid(1);
    order(&mut track, 11, SEGFAULT, 0.0);
    rig.until("an incident", &mut [&mut track], |rig, _| last_incident(rig, 11).is_some());
    let incident = last_incident(&rig, 11).unwrap();
    assert!(incident.certain && incident.kind == IncidentKind::Crash, "{incident:?}");
    assert_eq!((incident.signal, incident.remedy), (11, Remedy::Alone));
    assert_eq!((incident.plugin_id.as_str(), incident.name.as_str()), ("test.deed", "test.deed"));
    assert!(incident.backtrace.contains("libtest_plugin.so+0x"), "{:?}", incident.backtrace);
    assert_eq!(incident.sample_rate, 48_000);
    assert!(incident.position > 0);
    // It crashes by itself until it is left out; the others then make their sound without it.
    let left_out = |rig: &Rig| rig.status(11).is_some_and(|status| status.state == DeviceState::Failed);
    rig.until("it is left out", &mut [&mut track], |rig, tracks| left_out(rig) && tracks[0].plays(0.375));
    assert_eq!(last_incident(&rig, 11).map(|it| it.remedy), Some(Remedy::LeftOut));
    assert!(last_incident(&rig, 10).is_none() && last_incident(&rig, 12).is_none());
    assert_ne!(rig.pid(1), together);
    let list = rig.sandboxes.list();
    let others = list.iter().filter(|status| status.devices != [11]);
    assert!(others.into_iter().all(|status| status.process.is_empty()), "the others run as they did");
    // And back on the user's wish.
    order(&mut track, 11, SEGFAULT, ACTIVATE);
    rig.until("its order is gone", &mut [&mut track], |_, _| true);
    let own = std::mem::replace(&mut track.device, 11);
    track.set(TRIGGER, 0.0);
    track.device = own;
    assert!(rig.sandboxes.restart(11));
    rig.until_plays(&mut track, 0.75);
    let alone = rig.sandboxes.list().into_iter().find(|status| status.devices == [11]);
    assert_eq!(alone.map(|status| status.process).as_deref(), Some("device:11"));
    assert!(rig.status(11).is_some_and(|status| status.incidents >= 5 && status.incident.is_some()));
    assert!(rig.sandboxes.dismiss_incident(11));
    let dismissed = |rig: &Rig| rig.status(11).is_some_and(|status| status.incident.is_none());
    rig.until("it is dismissed", &mut [&mut track], |rig, _| dismissed(rig));
}

#[test]
fn an_overflown_stack_and_a_callback_that_aborts_are_told_with_their_signals() {
    for (deed, phase, signal) in [(OVERFLOW, 0.0, 11), (ABORT, CALLBACK, 6)] {
        let mut rig = Rig::new(false);
        let slots = [gain(10, 2.0), slot(11, "test.deed", &[])];
        let mut track = rig.chain_of(1, &slots, 0.25);
        rig.until_plays(&mut track, 0.5);
        order(&mut track, 11, deed, phase);
        rig.until("an incident", &mut [&mut track], |rig, _| last_incident(rig, 11).is_some());
        let incident = last_incident(&rig, 11).unwrap();
        assert_eq!((incident.signal, incident.certain), (signal, true), "{incident:?}");
        assert!(last_incident(&rig, 10).is_none());
    }
}

#[test]
fn what_crashes_while_it_loads_is_left_out_and_the_rest_of_the_chain_plays() {
    let mut rig = Rig::new(false);
    let bad = slot(11, "test.deed", &[(DEED, ABORT), (PHASE, ACTIVATE), (TRIGGER, 1.0)]);
    let mut track = rig.chain_of(1, &[gain(10, 2.0), bad, gain(12, 1.5)], 0.25);
    rig.until_plays(&mut track, 0.75);
    rig.until_state(&mut track, DeviceState::Running);
    assert_eq!(rig.status(11).map(|status| status.state), Some(DeviceState::Failed));
    let incident = last_incident(&rig, 11).unwrap();
    assert_eq!((incident.kind, incident.remedy), (IncidentKind::CrashOnLoad, Remedy::LeftOut));
    assert!(incident.certain);
}

#[test]
fn chains_of_one_process_share_its_end_and_are_both_back() {
    let mut rig = Rig::new(false);
    let mut one = rig.chain_of(1, &[within("vendor:x", gain(10, 2.0))], 0.25);
    let mut two = rig.chain_of(2, &[within("vendor:x", gain(20, 3.0))], 0.25);
    let mut other = rig.chain_of(3, &[gain(30, 4.0)], 0.125);
    rig.until("all", &mut [&mut one, &mut two, &mut other], |_, tracks| {
        tracks[0].plays(0.5) && tracks[1].plays(0.75) && tracks[2].plays(0.5)
    });
    let pid = rig.pid(1);
    let shared = rig.sandboxes.list().into_iter().find(|status| status.pid == pid).unwrap();
    assert_eq!((shared.devices, shared.process.as_str()), (vec![10, 20], "vendor:x"));
    assert_ne!(rig.pid(3), pid);
    rig.signal(1, rustix::process::Signal::KILL);
    rig.until("both again", &mut [&mut one, &mut two, &mut other], |rig, tracks| {
        rig.pid(1) != pid && rig.pid(1) != 0 && tracks[0].plays(0.5) && tracks[1].plays(0.75)
    });
    assert_eq!(rig.restarts(3), 0);
}

#[test]
fn a_plugin_that_crashes_in_a_shared_process_leaves_it_and_the_others_are_not_accused() {
    let mut rig = Rig::new(false);
    let mut bad = rig.chain_of(1, &[within("shared", slot(10, "test.deed", &[(GAIN, 2.0)]))], 0.25);
    let mut good = rig.chain_of(2, &[within("shared", gain(20, 2.0))], 0.25);
    rig.until("both", &mut [&mut bad, &mut good], |_, tracks| tracks.iter().all(|track| track.plays(0.5)));
    order(&mut bad, 10, ABORT, 0.0);
    rig.until("an incident", &mut [&mut bad, &mut good], |rig, _| last_incident(rig, 10).is_some());
    assert_eq!(last_incident(&rig, 10).map(|it| (it.certain, it.remedy)), Some((true, Remedy::Alone)));
    rig.until("the good one", &mut [&mut bad, &mut good], |_, tracks| tracks[1].plays(0.5));
    let left_out = |rig: &Rig| rig.status(10).is_some_and(|status| status.state == DeviceState::Failed);
    rig.until("the bad one is left out", &mut [&mut bad, &mut good], |rig, _| left_out(rig));
    assert!(last_incident(&rig, 20).is_none());
    assert_eq!(rig.restarts(2), 1, "it came with its process once");
}

#[test]
fn another_isolation_is_changed_to_without_a_click() {
    let mut rig = Rig::new(false);
    let arranged = |process: &dyn Fn(u64) -> String| {
        [(10, 2.0), (11, 0.5), (12, 3.0)].map(|(device, value)| within(&process(device), gain(device, value)))
    };
    let mut track = rig.chain_of(1, &arranged(&|_| String::new()), 0.25);
    rig.until_plays(&mut track, 0.75);
    track.listen();
    let all: [&dyn Fn(u64) -> String; 4] = [
        &|device| format!("device:{device}"),
        &|_| "vendor:y".to_owned(),
        &|device| if device == 11 { "shared".to_owned() } else { String::new() },
        &|_| String::new(),
    ];
    for (process, processes) in all.into_iter().zip([3, 1, 3, 1]) {
        track.node = rig.sandboxes.chain(1, &arranged(process), &|_| None).unwrap();
        rig.until("the other line-up", &mut [&mut track], |rig, _| {
            let list = rig.sandboxes.list();
            let active = list.iter().filter(|it| it.role == SandboxRole::Active);
            let loading = list.iter().any(|it| it.role == SandboxRole::Loading);
            active.count() == processes && !loading
        });
        for _ in 0..20 {
            rig.block(&mut [&mut track]);
        }
    }
    let (late, bad) = rig.sandboxes.lost_blocks();
    if late == 0 {
        assert!(track.played.iter().all(|sample| (sample - 0.75).abs() < 1e-6), "it was heard");
    }
    // Where the machine was late, a line that falls to the dry signal may be cross-faded with one that rises from it.
    assert!(track.largest_step() <= 2.0 * 0.5 / 96.0, "a click of {}", track.largest_step());
    assert_eq!(bad, 0);
}

fn marked(standby: bool) -> PluginSlot {
    PluginSlot { standby, ..gain(10, 2.0) }
}

/// The process that stands by, once it is loaded.
fn standby(rig: &Rig) -> Option<u32> {
    let list = rig.sandboxes.list();
    let is_ready = |it: &&SandboxStatus| it.role == SandboxRole::Standby && it.state == DeviceState::Running;
    list.iter().find(is_ready).map(|it| it.pid)
}

#[test]
fn a_standby_comes_and_goes_beside_a_process_that_plays_on() {
    let mut rig = Rig::new(false);
    let mut track = rig.chain_of(1, &[marked(false)], 0.25);
    rig.until_plays(&mut track, 0.5);
    let pid = rig.pid(1);
    for wanted in [true, false] {
        track.node = rig.sandboxes.chain(1, &[marked(wanted)], &|_| None).unwrap();
        rig.until("what is wanted", &mut [&mut track], |rig, _| {
            let list = rig.sandboxes.list();
            let stands_by = list.iter().any(|it| it.role == SandboxRole::Standby);
            if wanted { standby(rig).is_some() } else { !stands_by }
        });
        rig.until_plays(&mut track, 0.5);
        assert_eq!(rig.pid(1), pid, "what plays is left alone");
    }
}

#[test]
fn a_standby_takes_over_and_another_one_stands_by() {
    let mut rig = Rig::new(false);
    let mut track = rig.chain_of(1, &[marked(true)], 0.25);
    rig.until_plays(&mut track, 0.5);
    for _ in 0..3 {
        rig.until("a standby", &mut [&mut track], |rig, _| standby(rig).is_some());
        let waiting = standby(&rig).unwrap();
        track.set(GAIN, 3.0);
        rig.until_plays(&mut track, 0.75);
        track.set(GAIN, 2.0);
        rig.until_plays(&mut track, 0.5);
        rig.kill_until(1, &mut [&mut track], 0.5);
        assert_eq!(rig.pid(1), waiting, "the one that stood by");
    }
}

#[test]
fn a_disabled_plugin_is_not_loaded_and_comes_back_with_its_values() {
    let mut rig = Rig::new(false);
    let mut track = rig.chain_of(1, &[gain(10, 2.0), gain(11, 3.0)], 0.125);
    rig.until_plays(&mut track, 0.75);
    let disabled = PluginSlot { disabled: true, ..gain(11, 3.0) };
    track.node = rig.sandboxes.chain(1, &[gain(10, 2.0), disabled], &|_| None).unwrap();
    rig.until_plays(&mut track, 0.25);
    assert_eq!(rig.status(11).map(|status| status.state), Some(DeviceState::Disabled));
    track.node = rig.sandboxes.chain(1, &[gain(10, 2.0), gain(11, 3.0)], &|_| None).unwrap();
    rig.until_plays(&mut track, 0.75);
}

#[test]
fn a_process_is_kept_warm_and_used_by_the_next_chain() {
    let mut rig = Rig::new(false);
    let warm =
        |rig: &Rig| rig.sandboxes.list().iter().find(|it| it.role == SandboxRole::Warm).map(|it| it.pid);
    let mut track = rig.chain_of(1, &[gain(10, 2.0)], 0.25);
    rig.until_plays(&mut track, 0.5);
    rig.until("a warm one", &mut [&mut track], |rig, _| warm(rig).is_some());
    let waiting = warm(&rig).unwrap();
    let mut second = rig.chain_of(2, &[gain(20, 2.0)], 0.25);
    rig.until_plays(&mut second, 0.5);
    assert_eq!(rig.pid(2), waiting);
    rig.until("another warm one", &mut [&mut track, &mut second], |rig, _| {
        warm(rig).is_some_and(|pid| pid != waiting)
    });
    assert!(rig.sandboxes.kill(warm(&rig).unwrap()), "it has a kill button, too");
}

#[test]
fn what_runs_alone_already_is_not_loaded_again_because_the_song_says_so_too() {
    let mut rig = Rig::new(false);
    let mut track = rig.chain_of(1, &[gain(10, 2.0), slot(11, "test.deed", &[(GAIN, 1.0)])], 0.25);
    rig.until_plays(&mut track, 0.5);
    order(&mut track, 11, ABORT, CALLBACK);
    rig.until("an incident", &mut [&mut track], |rig, _| last_incident(rig, 11).is_some());
    let left_out = |rig: &Rig| rig.status(11).is_some_and(|status| status.state == DeviceState::Failed);
    // The line-up with it is still shown beside it until the one without it is heard.
    let settled = |rig: &Rig| {
        let list = rig.sandboxes.list();
        left_out(rig) && list.iter().filter(|status| status.devices == [11]).count() == 1
    };
    rig.until("the chain without it", &mut [&mut track], |rig, tracks| settled(rig) && tracks[0].plays(0.5));
    let pid = rig.pid(1);
    let alone = within("device:11", slot(11, "test.deed", &[(GAIN, 1.0)]));
    track.node = rig.sandboxes.chain(1, &[gain(10, 3.0), alone], &|_| None).unwrap();
    rig.until_plays(&mut track, 0.75);
    assert_eq!(rig.pid(1), pid);
    assert!(left_out(&rig), "it is still left out");
}

#[test]
fn what_was_forgiven_runs_beside_the_others_again() {
    let mut rig = Rig::new(false);
    let slots = |process: &str| [gain(10, 2.0), within(process, gain(11, 1.0))];
    let mut track = rig.chain_of(1, &slots(""), 0.25);
    rig.until_plays(&mut track, 0.5);
    let together = |rig: &Rig| rig.sandboxes.list().iter().any(|status| status.devices == [10, 11]);
    for process in ["device:11", ""] {
        track.node = rig.sandboxes.chain(1, &slots(process), &|_| None).unwrap();
        rig.until("the other line-up", &mut [&mut track], |rig, _| together(rig) == process.is_empty());
    }
}
