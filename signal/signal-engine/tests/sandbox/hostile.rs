//! Plugins that want the engine's end.

use signal_engine::device_board::DeviceState;

use signal_engine::sandbox::SandboxEvent;
use signal_graph::PluginSlot;

use crate::rig::{DEED, GAIN, IMPRINT, LATENCY, PHASE, Rig, TRIGGER, slot};

#[test]
fn a_plugin_that_hangs_costs_its_own_sound_and_nobody_elses() {
    let mut rig = Rig::new(false);
    let mut hung = rig.track(1, slot(10, "test.hang", &[(GAIN, 2.0)]), 0.25);
    let mut other = rig.track(2, slot(20, "test.gain", &[(GAIN, 2.0)]), 0.25);
    rig.until_plays(&mut hung, 0.5);
    rig.until_plays(&mut other, 0.5);
    hung.set(TRIGGER, 1.0);
    // Every one of these blocks comes back, or this test does not.
    rig.until("the dry signal", &mut [&mut hung, &mut other], |_, tracks| tracks[0].plays(0.25));
    assert!(rig.sandboxes.lost_blocks().0 >= 1);
    hung.set(TRIGGER, 0.0);
    rig.until("the plugin again", &mut [&mut hung, &mut other], |_, tracks| tracks[0].plays(0.5));
    assert!(rig.restarts(1) >= 1);
    assert_eq!(rig.restarts(2), 0);
    rig.until_plays(&mut other, 0.5);
}

#[test]
fn nan_is_never_played_and_the_dry_signal_takes_its_place() {
    let mut rig = Rig::new(false);
    let mut track = rig.track(1, slot(10, "test.nan", &[(GAIN, 2.0)]), 0.25);
    rig.until_plays(&mut track, 0.5);
    track.listen();
    track.set(TRIGGER, 1.0);
    rig.until_plays(&mut track, 0.25);
    assert!(track.played.iter().all(|sample| (0.2499..0.5001).contains(sample)));
    assert!(rig.sandboxes.lost_blocks().1 >= 1);
    track.set(TRIGGER, 0.0);
    rig.until_plays(&mut track, 0.5);
    assert_eq!(rig.restarts(1), 0);
}

#[test]
fn garbage_in_the_shared_memory_harms_neither_the_engine_nor_other_chains() {
    let mut rig = Rig::new(false);
    let mut hostile = rig.track(1, slot(10, "test.scribble", &[(GAIN, 2.0)]), 0.25);
    let mut other = rig.track(2, slot(20, "test.gain", &[(GAIN, 2.0)]), 0.25);
    rig.until_plays(&mut hostile, 0.5);
    rig.until_plays(&mut other, 0.5);
    other.listen();
    hostile.set(TRIGGER, 1.0);
    for _ in 0..300 {
        rig.block(&mut [&mut hostile, &mut other]);
    }
    assert!(other.played.iter().all(|sample| (0.2499..0.5001).contains(sample)));
    assert_eq!(rig.restarts(2), 0);
    hostile.set(TRIGGER, 0.0);
    // On a busy machine it may be dead already, for having answered nothing, and not be back yet.
    rig.until("a process to kill", &mut [&mut hostile], |rig, _| rig.sandboxes.kill(rig.pid(1)));
    rig.until_plays(&mut hostile, 0.5);
}

#[test]
fn a_missing_plugin_is_said_to_be_missing_and_passes_sound_on() {
    let mut rig = Rig::new(false);
    let mut track = rig.track(1, slot(10, "no.such.plugin", &[]), 0.25);
    rig.until_state(&mut track, DeviceState::Missing);
    rig.until_plays(&mut track, 0.25);
    assert!(!rig.sandboxes.kill(1), "only sandboxes can be killed");
}

#[test]
fn a_program_that_is_no_sandbox_is_given_up() {
    let (events_in, _events) = tokio::sync::mpsc::channel(16);
    let setup = signal_engine::sandbox::Setup {
        binary: "/bin/cat".into(),
        sample_rate: 48_000,
        max_frames: 256,
        offline: true,
    };
    let mut sandboxes = signal_engine::sandbox::Sandboxes::start(setup, events_in).unwrap();
    assert!(sandboxes.chain(1, &[slot(10, "test.gain", &[])], &|_| None).is_err());
}

/// Of `deed.rs` of the test plugins: abort, segfault, stack overflow, exit.
const ENDS: [u32; 4] = [0, 1, 2, 5];
const LOAD: f64 = 3.0;
const SAVE: f64 = 2.0;
const CALLBACK: f64 = 4.0;
const DEACTIVATE: f64 = 6.0;

fn was_told(rig: &Rig, device: u64) -> bool {
    rig.seen.iter().any(|event| match event {
        SandboxEvent::Incident(incident) => incident.device == device && incident.certain,
        _ => false,
    })
}

#[test]
fn a_process_that_ends_in_any_phase_is_told_and_costs_nobody_else() {
    for (deed, phase) in ENDS.iter().flat_map(|deed| [CALLBACK, SAVE, DEACTIVATE].map(|phase| (*deed, phase)))
    {
        let mut rig = Rig::new(false);
        let mut other = rig.track(2, slot(20, "test.gain", &[(GAIN, 2.0)]), 0.25);
        let values = [(GAIN, 2.0), (DEED, f64::from(deed)), (PHASE, phase)];
        let mut hostile = rig.track(1, slot(10, "test.deed", &values), 0.25);
        rig.until_plays(&mut hostile, 0.5);
        rig.until_plays(&mut other, 0.5);
        other.listen();
        hostile.set(TRIGGER, 1.0);
        if phase == SAVE {
            hostile.set(IMPRINT, 0.5);
        }
        if phase == DEACTIVATE {
            hostile.set(LATENCY, 100.0);
        }
        rig.until("an incident", &mut [&mut hostile, &mut other], |rig, _| was_told(rig, 10));
        assert!(!was_told(&rig, 20));
        assert_eq!(rig.restarts(2), 0, "deed {deed} in phase {phase}");
        assert!(other.played.iter().all(|sample| (0.2499..0.5001).contains(sample)));
    }
}

#[test]
fn a_state_that_ends_every_process_it_is_given_to_is_kept_and_the_chain_plays_without_its_plugin() {
    for deed in ENDS {
        let mut rig = Rig::new(false);
        let state: Vec<u8> =
            [1.0, 0.0, 0.0, f64::from(deed)].iter().flat_map(|value: &f64| value.to_le_bytes()).collect();
        let hash = blake3::hash(&state).to_string();
        let bad = PluginSlot { state: hash.clone(), ..slot(11, "test.deed", &[(PHASE, LOAD)]) };
        let slots = [slot(10, "test.gain", &[(GAIN, 2.0)]), bad];
        let mut track = rig.chain_with_state(1, &slots, &state, 0.25);
        rig.until_plays(&mut track, 0.5);
        let left_out = |rig: &Rig| rig.status(11).is_some_and(|status| status.state == DeviceState::Failed);
        rig.until("it is left out", &mut [&mut track], |rig, _| left_out(rig));
        let told = rig.seen.iter().rev().find_map(|event| match event {
            SandboxEvent::Incident(incident) => Some(incident.clone()),
            _ => None,
        });
        assert_eq!(told.map(|incident| (incident.device, incident.state.clone())), Some((11, hash)));
    }
}

#[test]
fn a_plugin_that_lies_about_its_ports_does_not_get_what_it_claims() {
    let mut rig = Rig::new(false);
    let mut liar = rig.track(1, slot(10, "test.liar", &[]), 0.25);
    let settled = |rig: &Rig| rig.status(10).is_some_and(|status| status.state != DeviceState::Loading);
    rig.until("an answer", &mut [&mut liar], |rig, _| settled(rig));
    let mut other = rig.track(2, slot(20, "test.gain", &[(GAIN, 2.0)]), 0.25);
    rig.until_plays(&mut other, 0.5);
    for _ in 0..50 {
        rig.block(&mut [&mut liar, &mut other]);
    }
    assert!(liar.played.iter().all(|sample| sample.is_finite()));
}

#[test]
fn a_latency_that_never_rests_is_followed_a_few_times_and_told() {
    const LATENCY_DEED: f64 = 15.0;
    let mut rig = Rig::new(false);
    let mut restless = rig.track(1, slot(10, "test.deed", &[(DEED, LATENCY_DEED)]), 0.25);
    rig.until_plays(&mut restless, 0.25);
    restless.set(TRIGGER, 1.0);
    rig.until("an incident", &mut [&mut restless], |rig, _| was_told(rig, 10));
    for _ in 0..100 {
        rig.block(&mut [&mut restless]);
    }
    let changes = rig.seen.iter().filter(|event| matches!(event, SandboxEvent::LatencyChanged { .. }));
    assert!(changes.count() <= 9, "each aligns the whole song anew");
}
