//! What no plugin of Debian shows: states, latency, instruments, and the process itself.

use std::os::unix::process::ExitStatusExt as _;

use chorus::sandbox::v1::{Hello, Shutdown, sandbox_message::Kind as Up, signal_message::Kind as Down};
use shm::sandbox_block::{Event, TimedEvent};

use crate::{
    bundles::built,
    peer::{Peer, slot},
};

const GAIN: u32 = 1;
const LATENCY: u32 = 2;
const IMPRINT: u32 = 3;

/// The test plugins' file.
pub fn bundle() -> String {
    built("test-plugin")
}

fn value(offset: u32, id: u32, value: f64) -> TimedEvent {
    TimedEvent { offset, event: Event::Parameter { slot: 0, id, value } }
}

fn run(peer: &mut Peer, input: f32, frames: usize, events: &[TimedEvent]) -> Vec<f32> {
    let (mut left, mut right) = (vec![input; frames], vec![input; frames]);
    peer.block(&mut left, &mut right, events);
    left
}

#[test]
fn a_state_survives_the_process_with_what_no_parameter_holds() {
    let gain = || vec![slot(7, &bundle(), "test.gain", &[])];
    let (mut peer, loaded) = Peer::load(gain());
    assert!(loaded.slots[0].has_state);
    run(&mut peer, 0.0, 64, &[value(0, GAIN, 2.0), value(0, IMPRINT, 0.25), value(1, IMPRINT, 0.0)]);
    loop {
        if let Up::StateDirty(dirty) = peer.receive() {
            assert_eq!(dirty.device, 7);
            break;
        }
    }
    let state = peer.save(7).unwrap();
    drop(peer);

    let mut restored = Peer::start();
    restored.hello();
    restored.restore(7, &state);
    assert_eq!(restored.load_chain(gain()).slots[0].error, "");
    assert_eq!(run(&mut restored, 0.125, 64, &[]), [0.5; 64]);
}

#[test]
fn values_land_at_their_frames() {
    let (mut peer, _) = Peer::load(vec![slot(7, &bundle(), "test.gain", &[])]);
    let sound = run(&mut peer, 1.0, 128, &[value(10, GAIN, 0.5), value(100, GAIN, 4.0)]);
    assert_eq!(sound[..10], [1.0; 10]);
    assert_eq!(sound[10..100], [0.5; 90]);
    assert_eq!(sound[100..], [4.0; 28]);
}

#[test]
fn a_new_latency_is_reported_and_the_dry_signal_follows_it() {
    let (mut peer, loaded) = Peer::load(vec![slot(7, &bundle(), "test.gain", &[(LATENCY, 100.0)])]);
    assert_eq!(loaded.slots[0].latency, 100);
    run(&mut peer, 0.0, 64, &[value(0, LATENCY, 32.0)]);
    // The processor is handed over between two blocks.
    let latency = loop {
        run(&mut peer, 0.0, 64, &[]);
        if let Up::LatencyChanged(change) = peer.receive() {
            break change.latency;
        }
    };
    assert_eq!(latency, 32);
    // While the plugin was away the dry signal was heard: it takes some blocks to fade back.
    (0..20).for_each(|_| drop(run(&mut peer, 0.0, 64, &[])));
    let sound = run(&mut peer, 1.0, 64, &[]);
    assert_eq!((sound[31], sound[32]), (0.0, 1.0));
    let bypass = TimedEvent { offset: 0, event: Event::Bypass { slot: 0, on: true } };
    run(&mut peer, 0.0, 1024, &[bypass]);
    let sound = run(&mut peer, 1.0, 64, &[value(0, GAIN, 0.0)]);
    assert_eq!((sound[31], sound[32]), (0.0, 1.0));
}

#[test]
fn an_instrument_plays_notes_at_their_frames() {
    let (mut peer, loaded) = Peer::load(vec![slot(7, &bundle(), "test.tone", &[])]);
    assert!(loaded.slots[0].is_instrument);
    let note = |offset, velocity: f64| TimedEvent {
        offset,
        event: if velocity > 0.0 {
            Event::NoteOn { channel: 0, key: 60, note_id: 1, velocity }
        } else {
            Event::NoteOff { channel: 0, key: 60, note_id: 1, velocity }
        },
    };
    let sound = run(&mut peer, 9.0, 64, &[note(5, 0.5), note(40, 0.0)]);
    assert_eq!(sound[..5], [0.0; 5]);
    assert_eq!(sound[5..40], [0.5; 35]);
    assert_eq!(sound[40..], [0.0; 24]);
    run(&mut peer, 0.0, 64, &[note(5, 0.5)]);
    let all_off = TimedEvent { offset: 0, event: Event::AllNotesOff };
    assert_eq!(run(&mut peer, 0.0, 64, &[all_off]), [0.0; 64]);
}

#[test]
fn what_is_missing_is_said_and_the_others_run() {
    let slots = vec![
        slot(1, "/no/such/file.clap", "a", &[]),
        slot(2, &bundle(), "no.such.plugin", &[]),
        slot(3, &bundle(), "test.gain", &[(GAIN, 3.0)]),
    ];
    let (mut peer, loaded) = Peer::load(slots);
    assert!(loaded.slots[0].missing && loaded.slots[0].error.contains("/no/such/file.clap"));
    assert!(loaded.slots[1].missing && loaded.slots[1].error.contains("no.such.plugin"));
    assert_eq!(run(&mut peer, 0.25, 64, &[]), [0.75; 64]);
}

#[test]
fn it_ends_with_its_socket_and_on_request() {
    let (peer, _) = Peer::load(vec![slot(7, &bundle(), "test.gain", &[])]);
    assert!(peer.hang_up().success());
    let (mut peer, _) = Peer::load(vec![slot(7, &bundle(), "test.gain", &[])]);
    peer.send(Down::Shutdown(Shutdown {}));
    assert!(peer.ended().success());
}

#[test]
fn another_version_of_the_contract_is_refused() {
    let mut peer = Peer::start();
    peer.send(Down::Hello(Hello { build: "old".to_owned(), ..Hello::default() }));
    assert_eq!(peer.ended().code(), Some(1));
}

#[test]
fn it_keeps_no_descriptor_but_its_own() {
    let stray = std::fs::File::open("/proc/self/status").unwrap();
    rustix::io::fcntl_setfd(&stray, rustix::io::FdFlags::empty()).unwrap();
    let (peer, _) = Peer::load(vec![slot(7, &bundle(), "test.gain", &[])]);
    let links = std::fs::read_dir(format!("/proc/{}/fd", peer.pid())).unwrap();
    let open: Vec<String> = links
        .filter_map(|link| Some(std::fs::read_link(link.ok()?.path()).ok()?.to_string_lossy().into_owned()))
        .collect();
    assert!(open.iter().all(|path| !path.contains("status")), "{open:?}");
    assert_eq!(open.iter().filter(|path| *path == "/dev/null").count(), 2, "{open:?}");
}

#[test]
fn a_crash_is_the_sandboxes_own() {
    let (mut peer, _) = Peer::load(vec![slot(7, &bundle(), "test.crash", &[])]);
    assert_eq!(run(&mut peer, 0.5, 64, &[]), [0.5; 64]);
    peer.crash(value(3, 4, 1.0));
    assert_eq!(peer.ended().signal(), Some(6));
}
