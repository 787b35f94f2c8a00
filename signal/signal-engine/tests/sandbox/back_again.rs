//! Sandboxes that go away, and come back as they were.

use rustix::process::Signal;
use signal_engine::device_board::DeviceState;
use signal_engine::sandbox::SandboxEvent;
use signal_graph::{Event, EventBody};

use crate::rig::{GAIN, IMPRINT, Rig, TRIGGER, slot};

/// Steps of a fade of `height` over 2 ms at 48 kHz, with some room for rounding.
fn fall_step(height: f32) -> f32 {
    height / 96.0 + 1e-5
}

#[test]
fn a_killed_sandbox_decays_to_the_dry_signal_and_returns_with_its_values() {
    let mut rig = Rig::new(false);
    let mut killed = rig.track(1, slot(10, "test.gain", &[]), 0.25);
    let mut other = rig.track(2, slot(20, "test.gain", &[(GAIN, 2.0)]), 0.25);
    killed.set(GAIN, 3.0);
    rig.until_plays(&mut killed, 0.75);
    rig.until_plays(&mut other, 0.5);
    let others_pid = rig.pid(2);
    killed.listen();
    other.listen();

    rig.kill_until(1, &mut [&mut killed, &mut other], 0.75);

    assert!(killed.largest_step() <= fall_step(0.5), "a click of {}", killed.largest_step());
    assert!(killed.played.iter().all(|sample| (0.2499..0.7501).contains(sample)));
    assert!(killed.played.contains(&0.25), "it never came down to the dry signal");
    assert!(rig.restarts(1) >= 1);
    assert_eq!((rig.pid(2), rig.restarts(2)), (others_pid, 0));
    assert!(other.played.iter().all(|sample| (0.2499..0.5001).contains(sample)));
    assert_eq!(rig.status(10).map(|status| status.state), Some(DeviceState::Running));
}

#[test]
fn a_state_that_no_parameter_holds_survives_the_kill() {
    let mut rig = Rig::new(false);
    let mut track = rig.track(1, slot(10, "test.gain", &[]), 0.25);
    rig.until_plays(&mut track, 0.25);
    rig.until_state(&mut track, DeviceState::Running);
    track.set(IMPRINT, 0.5);
    rig.until_plays(&mut track, 0.75);
    track.set(IMPRINT, 0.0);
    let saved =
        |rig: &Rig| rig.seen.iter().any(|event| matches!(event, SandboxEvent::StateSaved { device: 10, .. }));
    rig.until("the state", &mut [&mut track], |rig, _| saved(rig));
    rig.kill_until(1, &mut [&mut track], 0.75);
}

#[test]
fn a_stopped_sandbox_is_not_waited_for_and_catches_up_with_the_last_values() {
    let mut rig = Rig::new(false);
    let mut track = rig.track(1, slot(10, "test.gain", &[(GAIN, 2.0)]), 0.25);
    rig.until_plays(&mut track, 0.5);
    let pid = rig.pid(1);
    rig.signal(1, Signal::STOP);
    rig.until_plays(&mut track, 0.25);
    let (late, _) = rig.sandboxes.lost_blocks();
    track.set(GAIN, 1.5);
    track.set(GAIN, 4.0);
    (0..10).for_each(|_| rig.block(&mut [&mut track]));
    assert_eq!(rig.sandboxes.lost_blocks().0, late, "it was waited for again before it caught up");
    rig.signal(1, Signal::CONT);
    rig.until_plays(&mut track, 1.0);
    assert_eq!((rig.pid(1), rig.restarts(1)), (pid, 0));
}

#[test]
fn a_note_that_ended_while_its_sandbox_was_stopped_does_not_hang() {
    let note = |on: bool| {
        let (note, channel, pitch) = (77, 0, 60);
        let body = if on {
            EventBody::NoteOn { note, channel, pitch, velocity: 0.5 }
        } else {
            EventBody::NoteOff { note, channel, pitch, velocity: 0.0 }
        };
        Event { offset: 3, body }
    };
    let mut rig = Rig::new(false);
    // The input must not be heard: an instrument's place is silent without it.
    let mut track = rig.track(1, slot(10, "test.tone", &[]), 0.0);
    rig.until_state(&mut track, DeviceState::Running);
    rig.block(&mut [&mut track]);
    track.notes.push(note(true));
    rig.until_plays(&mut track, 0.5);
    track.input = 0.9;
    rig.signal(1, Signal::STOP);
    rig.until_plays(&mut track, 0.0);
    track.notes.push(note(false));
    rig.block(&mut [&mut track]);
    track.listen();
    rig.signal(1, Signal::CONT);
    (0..100).for_each(|_| rig.block(&mut [&mut track]));
    assert!(track.played.iter().all(|sample| *sample == 0.0), "it sounds again");
}

#[test]
fn what_fails_again_and_again_is_left_out_until_the_user_changes_it() {
    let mut rig = Rig::new(false);
    let mut track = rig.track(1, slot(10, "test.crash", &[(GAIN, 2.0)]), 0.25);
    rig.until_plays(&mut track, 0.5);
    track.set(TRIGGER, 1.0);
    rig.until_state(&mut track, DeviceState::Failed);
    rig.until_plays(&mut track, 0.25);
    assert!(rig.status(10).is_some_and(|status| status.reason.contains("signal: 6")), "{:?}", rig.status(10));
    track.set(TRIGGER, 0.0);
    let node = rig.sandboxes.chain(1, &[slot(10, "test.gain", &[(GAIN, 2.0)])], &|_| None).unwrap();
    track.node = node;
    rig.until_plays(&mut track, 0.5);
}
