//! Changes of parameters at frames of a block: a plugin gets each at its frame, and the chain conforms as a node.

use signal_engine::sandbox::{Sandboxes, Setup};
use signal_graph::conformance::{MAX_FRAMES, Subject, check};
use signal_graph::{Node, ParameterChange, ParameterEvent};
use tokio::sync::mpsc;

use crate::rig::{BLOCK, GAIN, Rig, sandbox_binary, slot};

fn event(offset: u32, parameter: u32, value: f64) -> ParameterEvent {
    ParameterEvent { offset, change: ParameterChange { target: 10, parameter, value } }
}

#[test]
fn a_value_acts_on_a_plugin_at_exactly_its_frame() {
    let mut rig = Rig::new(true);
    let mut track = rig.track(1, slot(10, "test.gain", &[]), 0.25);
    rig.block(&mut [&mut track]);
    track.played.clear();
    track.changes = [(0, 2.0), (37, 3.0), (38, 1.0), (38, 4.0), (255, 0.0)]
        .map(|(at, gain)| event(at, GAIN, gain))
        .into();
    rig.block(&mut [&mut track]);
    for (frames, sample) in [(0..37, 0.5), (37..38, 0.75), (38..255, 1.0), (255..256, 0.0)] {
        assert!(track.played[frames.clone()].iter().all(|it| *it == sample), "{frames:?} is not {sample}");
    }
}

#[test]
fn bypass_begins_to_fade_at_exactly_its_frame() {
    let mut rig = Rig::new(true);
    let mut track = rig.track(1, slot(10, "test.gain", &[(GAIN, 2.0)]), 0.25);
    rig.block(&mut [&mut track]);
    track.played.clear();
    track.changes = vec![event(101, ParameterChange::BYPASS, 1.0)];
    rig.block(&mut [&mut track]);
    assert!(track.played[..101].iter().all(|sample| *sample == 0.5));
    assert!(track.played[101] < 0.5 && track.largest_step() < 0.01);
}

#[test]
fn of_more_values_than_a_block_holds_the_last_counts() {
    let mut rig = Rig::new(true);
    let mut track = rig.track(1, slot(10, "test.gain", &[]), 0.25);
    track.changes = (0..3_000).map(|at| event(at * BLOCK as u32 / 3_000, GAIN, f64::from(at % 3))).collect();
    track.changes.push(event(BLOCK as u32 - 1, GAIN, 4.0));
    rig.block(&mut [&mut track]);
    rig.block(&mut [&mut track]);
    assert!(track.plays(1.0));
}

#[test]
fn a_chain_conforms_at_every_rate() {
    for sample_rate in [44_100, 48_000, 96_000, 192_000] {
        let (events_in, _events) = mpsc::channel(4_096);
        let setup =
            Setup { binary: sandbox_binary(), sample_rate, max_frames: MAX_FRAMES as u32, offline: true };
        let mut sandboxes = Sandboxes::start(setup, events_in).unwrap();
        let mut number = 0;
        let mut make = || -> Box<dyn Node> {
            number += 1;
            Box::new(sandboxes.chain(number, &[slot(10, "test.gain", &[])], &|_| None).unwrap())
        };
        let gain = |value| ParameterChange { target: 10, parameter: GAIN, value };
        check(Subject {
            make: &mut make,
            sample_rate,
            audio_in: true,
            audio_out: true,
            notes_in: false,
            split_invariant: false,
            tail_frames: Some(0),
            changes: &[gain(2.0), gain(3.0)],
            prompt: &[gain(0.5)],
        });
        assert_eq!(sandboxes.check(), Ok(()));
    }
}
