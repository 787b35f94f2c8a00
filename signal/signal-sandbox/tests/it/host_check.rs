//! The plugin that checks its host, through everything that a sandbox does with plugins.

use chorus::{
    sandbox::v1::{convert_parameter::From, sandbox_message::Kind as Up},
    signal::v1::{ParameterDescription, PluginSlot},
};
use shm::sandbox_block::{Event, Expression, MAX_SLOTS, Note, TimedEvent};

use crate::{
    bundles::built,
    peer::{Peer, noise, slot},
};

const GAIN: u32 = 10;
const LATENCY: u32 = 20;
const WANT: u32 = 30;
const VIOLATIONS: u32 = 40;
const READS: u32 = 50;
/// The device.
const CHECK: u64 = 7;

/// What the plugin wants, by the value of its parameter.
const SAVE_STATE: f64 = 1.0;
const READ_VALUES: f64 = 2.0;
const READ_DESCRIPTIONS: f64 = 3.0;
const FLUSH: f64 = 4.0;
const READ_PIPE: f64 = 5.0;
const RESTART: f64 = 6.0;

/// One between two neighbours.
fn chain() -> Vec<PluginSlot> {
    let gain = |device| slot(device, &built("test-plugin"), "test.gain", &[]);
    vec![gain(1), slot(CHECK, &built("host-check"), "test.host-check", &[(4242, 1.0), (GAIN, 99.0)]), gain(2)]
}

fn at(offset: u32, event: Event) -> TimedEvent {
    TimedEvent { offset, event }
}

fn value(offset: u32, id: u32, value: f64) -> TimedEvent {
    at(offset, Event::Parameter { slot: 1, id, value })
}

fn play(peer: &mut Peer, frames: usize, events: &[TimedEvent]) {
    let (mut left, mut right) = (noise(frames, 1), noise(frames, 2));
    peer.block(&mut left, &mut right, events);
}

/// The plugin is told what it wants, and what it then says is waited for while blocks go on.
fn want<T>(peer: &mut Peer, wish: f64, meant: impl Fn(Up) -> Option<T>) -> T {
    play(peer, 64, &[value(0, WANT, wish)]);
    peer.until(meant)
}

/// Sends the events that no plugin may ever see, beside those that it may.
fn everything(frames: u32) -> Vec<TimedEvent> {
    let note = Note { channel: 3, key: 60, note_id: 9 };
    let of = |id, note| Event::Modulation { slot: 1, id, note, amount: 0.1 };
    let last = frames - 1;
    vec![
        at(0, Event::NoteOn { channel: 3, key: 60, note_id: 9, velocity: 1.0 }),
        at(0, Event::Midi([0xb3, 1, 127])),
        value(0, GAIN, 1e9),
        value(0, 4242, 0.5),
        value(0, VIOLATIONS, 0.0),
        at(0, of(GAIN, Some(note))),
        at(0, of(GAIN, None)),
        at(0, of(LATENCY, None)),
        at(0, of(4242, Some(note))),
        at(last / 2, Event::Expression { note, kind: Expression::Tuning, value: 119.5 }),
        at(last / 2, Event::Bypass { slot: 1, on: true }),
        value(last / 2, GAIN, -3.0),
        at(last, Event::Choke(note)),
        at(last, Event::Bypass { slot: 1, on: false }),
        at(last, Event::NoteOff { channel: 3, key: 60, note_id: 9, velocity: 0.5 }),
        at(last, Event::AllNotesOff),
        at(last, Event::Bypass { slot: MAX_SLOTS as u32 - 1, on: true }),
    ]
}

fn described(peer: &mut Peer, answer: f64) -> Vec<ParameterDescription> {
    want(peer, answer, |message| match message {
        Up::ParametersDescribed(it) if it.device == CHECK => Some(it.parameters),
        _ => None,
    })
}

fn number_of(parameters: &[ParameterDescription], id: u32) -> f64 {
    parameters.iter().find(|it| it.id == id).unwrap().value
}

fn live_through(sample_rate: u32, offline: bool) {
    let mut peer = Peer::start();
    peer.hello();
    let state: Vec<u8> = [0.25_f64, 0.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    peer.restore(CHECK, &state);
    let loaded = peer.load_chain_at(sample_rate, offline, chain());
    assert_eq!(loaded.slots[1].error, "");
    assert_eq!(
        number_of(&loaded.slots[1].parameters, GAIN),
        2.0,
        "a value beyond the range is brought into it"
    );
    assert_eq!(loaded.slots[1].facts.as_ref().unwrap().tail, 481);

    for frames in [64, 1, 8192, 333] {
        play(&mut peer, frames, &everything(frames as u32));
    }
    let state = |message| match message {
        Up::StateDirty(dirty) => Some(dirty.device),
        _ => None,
    };
    assert_eq!(want(&mut peer, SAVE_STATE, state), CHECK);
    assert_eq!(peer.save(CHECK).unwrap().len(), 16);
    assert_eq!(peer.convert(CHECK, GAIN, From::Text("1.5".to_owned())).value, 1.5);
    assert_eq!(peer.convert(CHECK, GAIN, From::Value(77.0)).value, 2.0);
    assert_ne!(peer.convert(CHECK, 4242, From::Value(0.0)).error, "");
    let edit = |message| match message {
        Up::ParameterEdited(edit) if edit.parameter == GAIN => Some(edit.value),
        _ => None,
    };
    assert_eq!(want(&mut peer, READ_VALUES, edit), 0.5);

    play(&mut peer, 64, &[value(0, LATENCY, 100.0)]);
    let latency = |message| match message {
        Up::LatencyChanged(change) => Some((change.device, change.latency)),
        _ => None,
    };
    assert_eq!(peer.until(latency), (CHECK, 100));
    let tail = |message| match message {
        Up::FactsChanged(it) => Some(it.facts.unwrap().tail),
        _ => None,
    };
    assert_eq!(peer.until(tail), 482, "activated a second time");
    play(&mut peer, 64, &everything(64));
    assert_eq!(number_of(&described(&mut peer, READ_PIPE), READS), 1.0);
    assert_eq!(want(&mut peer, RESTART, tail), 483);
    play(&mut peer, 64, &everything(64));
    let parameters = described(&mut peer, READ_DESCRIPTIONS);
    assert_eq!(number_of(&parameters, VIOLATIONS), 0.0, "{:?}", peer.log);
    let (ended, log) = peer.shut_down();
    assert_eq!(log.iter().filter(|line| line.contains("MISBEHAVING")).count(), 0, "{log:?}");
    assert!(ended.success(), "{ended}");
}

#[test]
fn the_host_keeps_claps_rules_from_loading_to_the_end() {
    live_through(48_000, true);
}

#[test]
fn the_host_keeps_claps_rules_in_real_time_at_another_rate() {
    live_through(192_000, false);
}

#[test]
fn a_plugin_that_is_not_processed_exchanges_its_parameters_all_the_same() {
    let (mut peer, _) = Peer::load(chain());
    let edit = |message| match message {
        Up::ParameterEdited(edit) => Some((edit.device, edit.parameter, edit.value)),
        _ => None,
    };
    assert_eq!(want(&mut peer, FLUSH, edit), (CHECK, GAIN, 0.75));
    let (ended, log) = peer.shut_down();
    assert!(ended.success(), "{ended}: {log:?}");
}
