//! What few plugins do: note effects, notes with a shape of their own, ports that are asked for, levels that are none.

use std::path::Path;

use chorus::sandbox::v1::{
    LoadPreset, NoteName, PluginFacts, RemotePage, Voices, sandbox_message::Kind as Up,
    signal_message::Kind as Down,
};
use shm::sandbox_block::{BadReply, Event, Expression, Fault, Note, TimedEvent};

use crate::{
    bundles::built,
    peer::{Peer, slot},
};

/// The singer's parameters.
const LEVEL: u32 = 5;
const SWITCH: u32 = 6;
/// Of `test.level`.
const EXPONENT: u32 = 1;

fn load(plugins: &[&str]) -> (Peer, Vec<PluginFacts>) {
    let bundle = built("feature-plugins");
    let slots = plugins.iter().zip(1..).map(|(plugin, device)| slot(device, &bundle, plugin, &[])).collect();
    let (peer, loaded) = Peer::load(slots);
    assert!(loaded.slots.iter().all(|slot| slot.error.is_empty()), "{loaded:?}");
    (peer, loaded.slots.into_iter().map(|slot| slot.facts.unwrap()).collect())
}

fn at(offset: u32, event: Event) -> TimedEvent {
    TimedEvent { offset, event }
}

fn on(key: u8, velocity: f64) -> Event {
    Event::NoteOn { channel: 0, key, note_id: u32::from(key), velocity }
}

fn off(key: u8) -> Event {
    Event::NoteOff { channel: 0, key, note_id: u32::from(key), velocity: 0.0 }
}

fn note(key: u8) -> Note {
    Note { channel: 0, key, note_id: u32::from(key) }
}

fn run(peer: &mut Peer, input: f32, events: &[TimedEvent]) -> Vec<f32> {
    let (mut left, mut right) = (vec![input; 64], vec![input; 64]);
    peer.block(&mut left, &mut right, events);
    left
}

#[test]
fn a_note_effects_notes_take_the_place_of_those_it_took() {
    let (mut peer, facts) = load(&["test.transpose", "test.singer"]);
    assert!(facts[0].gives_notes && !facts[0].gives_audio && !facts[0].takes_audio);
    let sound = run(&mut peer, 9.0, &[at(10, on(60, 0.5))]);
    assert_eq!((sound[9], sound[10]), (0.0, 0.5));
    // It sounds an octave higher: what is said of the key that was played means no note.
    let expression = |key, value| Event::Expression { note: note(key), kind: Expression::Volume, value };
    assert_eq!(run(&mut peer, 0.0, &[at(0, off(72))])[63], 0.5);
    assert_eq!(run(&mut peer, 0.0, &[at(20, off(60)), at(20, expression(72, 2.0))])[19..21], [0.5, 0.0]);
}

#[test]
fn a_note_effect_lets_the_sound_pass_and_is_bypassed_without_a_hanging_note() {
    let (mut peer, _) = load(&["test.transpose"]);
    assert_eq!(run(&mut peer, 0.25, &[at(0, on(60, 0.5))]), [0.25; 64]);

    let (mut peer, _) = load(&["test.transpose", "test.singer"]);
    assert_eq!(run(&mut peer, 0.0, &[at(0, on(60, 0.5))]), [0.5; 64]);
    let bypass = |on| Event::Bypass { slot: 0, on };
    let sound = run(&mut peer, 0.0, &[at(30, bypass(true)), at(40, on(60, 0.25))]);
    assert_eq!([sound[29], sound[30], sound[40]], [0.5, 0.0, 0.25]);
    let sound = run(&mut peer, 0.0, &[at(30, bypass(false)), at(40, on(72, 1.0)), at(50, off(72))]);
    assert_eq!([sound[29], sound[30], sound[40], sound[50]], [0.25, 0.0, 1.0, 0.0]);
}

#[test]
fn single_notes_have_a_shape_of_their_own() {
    let (mut peer, _) = load(&["test.singer"]);
    run(&mut peer, 0.0, &[at(0, on(60, 0.5)), at(0, on(64, 0.25))]);
    let volume = Event::Expression { note: note(60), kind: Expression::Volume, value: 2.0 };
    let modulation = |note| Event::Modulation { slot: 0, id: LEVEL, note, amount: 0.125 };
    let sound =
        run(&mut peer, 0.0, &[at(10, volume), at(20, modulation(Some(note(64)))), at(30, modulation(None))]);
    assert_eq!([sound[9], sound[10], sound[20], sound[30]], [0.75, 1.25, 1.375, 1.5]);
    let sound = run(&mut peer, 0.0, &[at(7, Event::Choke(note(60))), at(9, off(64))]);
    assert_eq!([sound[6], sound[7], sound[9]], [1.5, 0.375, 0.0]);
}

#[test]
fn only_what_says_so_is_modulated() {
    let (mut peer, _) = load(&["test.singer"]);
    run(&mut peer, 0.0, &[at(0, on(60, 0.5))]);
    let modulation = |id| at(0, Event::Modulation { slot: 0, id, note: None, amount: 0.125 });
    assert_eq!(run(&mut peer, 0.0, &[modulation(SWITCH), modulation(4242)]), [0.5; 64]);
    assert_eq!(run(&mut peer, 0.0, &[modulation(LEVEL)]), [0.625; 64]);
}

#[test]
fn a_plugin_says_what_it_is() {
    let (_, facts) = load(&["test.singer"]);
    let mut parameters = vec![u32::MAX; 8];
    parameters[0] = LEVEL;
    let (section, name) = ("Sound".to_owned(), "Main".to_owned());
    assert_eq!(
        facts[0],
        PluginFacts {
            version: "2.1".to_owned(),
            features: vec!["instrument".to_owned()],
            tail: 123,
            hard_realtime: true,
            takes_notes: true,
            gives_audio: true,
            note_names: vec![NoteName { name: "Kick".to_owned(), channel: -1, key: 36 }],
            voices: Some(Voices { count: 8, capacity: 16, overlapping_notes: true }),
            remote_pages: vec![RemotePage { page: 9, section, name, parameters, is_for_preset: false }],
            ..PluginFacts::default()
        }
    );
}

#[test]
fn another_tail_and_another_name_are_told_as_they_change() {
    let (mut peer, _) = load(&["test.singer"]);
    run(&mut peer, 0.0, &[at(0, Event::Parameter { slot: 0, id: SWITCH, value: 1.0 })]);
    let (mut tail, mut name) = (None, None);
    while tail.is_none() || name.is_none() {
        match peer.receive() {
            Up::TailChanged(it) => tail = Some((it.device, it.tail)),
            Up::ParametersDescribed(it) => name = Some(it.parameters[1].name.clone()),
            _ => {}
        }
    }
    assert_eq!((tail, name.as_deref()), (Some((1, u32::MAX)), Some("On")));
}

#[test]
fn a_side_chain_is_silent_until_it_is_fed() {
    let (mut peer, facts) = load(&["test.side"]);
    assert!(facts[0].has_side_chain);
    assert_eq!(run(&mut peer, 0.5, &[]), [0.5; 64]);
    let (mut left, mut right) = ([0.5; 64], [0.25; 64]);
    peer.answer(&mut left, &mut right, &[], Some([&[1.0; 64], &[0.5; 64]])).unwrap();
    // Its side-chain is mono, and takes the mean of both.
    assert_eq!((left, right), ([1.25; 64], [1.0; 64]));
}

#[test]
fn a_plugin_that_can_be_stereo_is_asked_to_be() {
    for plugin in ["test.shape", "test.choice"] {
        let (mut peer, _) = load(&[plugin]);
        let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
        peer.block(&mut left, &mut right, &[]);
        assert_eq!((left, right), ([1.0; 64], [2.0; 64]), "{plugin}");
    }
}

#[test]
fn levels_that_are_none_are_stopped_where_they_arise_and_named() {
    let bundle = built("feature-plugins");
    let (mut peer, _) = Peer::load(vec![
        slot(1, &bundle, "test.level", &[]),
        slot(2, &bundle, "test.level", &[]),
        slot(3, &built("host-check"), "test.host-check", &[]),
    ]);
    let exponent = |slot, value| at(0, Event::Parameter { slot, id: EXPONENT, value });
    let mut answer = |input: f32, events: &[TimedEvent]| {
        let (mut left, mut right) = (vec![input; 64], vec![input; 64]);
        peer.answer(&mut left, &mut right, events, None).map(|_| left)
    };
    let guilty = |slot, fault| Err(BadReply::Plugin { slot, fault });
    assert_eq!(answer(0.5, &[exponent(1, 3.0)]), Ok(vec![500.0; 64]), "loud, but sound");
    assert_eq!(answer(1.5, &[]), guilty(1, Fault::TooLoud));
    assert_eq!(answer(0.5, &[exponent(0, 40.0), exponent(1, 0.0)]), guilty(0, Fault::NotFinite));
    // The plugin at fault is faded back in; meanwhile its input is heard.
    assert_eq!(answer(0.5, &[exponent(0, 0.0)]).map(|sound| sound[63]), Ok(0.5));
    // Denormals are no level either, and slow down everyone who computes with them.
    assert_eq!(answer(1.0, &[exponent(0, -39.0)]).map(|sound| sound[63].to_bits()).unwrap() >> 31, 0);
    let silence = (0..16).map(|_| answer(1.0, &[]).unwrap()).last().unwrap();
    assert!(silence.iter().all(|sample| sample.to_bits() == 0), "{:e}", silence[0]);
    // The third plugin saw none of it, or it would end the sandbox.
    let (ended, log) = peer.shut_down();
    assert!(ended.success(), "{log:?}");
}

#[test]
fn a_preset_is_loaded_from_a_file_or_the_bundle_and_its_values_are_told() {
    let (mut peer, facts) = load(&["test.level"]);
    assert!(facts[0].loads_presets);
    // Beside the bundle: a plugin reads no file elsewhere.
    let beside = built("feature-plugins");
    let file = Path::new(&beside).with_file_name(format!("loophole-preset-{}", std::process::id()));
    std::fs::write(&file, "-1").unwrap();
    let mut preset = |path: &str, load_key: &str| {
        let (path, load_key) = (path.to_owned(), load_key.to_owned());
        peer.send(Down::LoadPreset(LoadPreset { device: 1, request_id: 3, path, load_key }));
        let answer = |message| match message {
            Up::PresetLoaded(loaded) => Some((loaded.request_id, loaded.error.is_empty())),
            _ => None,
        };
        let edit = |message| match message {
            Up::ParameterEdited(edit) => Some(edit.value),
            _ => None,
        };
        let (request_id, loaded) = peer.until(answer);
        assert_eq!(request_id, 3);
        let value = loaded.then(|| peer.until(edit));
        (value, run(&mut peer, 0.5, &[])[0])
    };
    assert_eq!(preset(file.to_str().unwrap(), ""), (Some(-1.0), 0.05));
    assert_eq!(preset("", "loud"), (Some(1.0), 5.0));
    assert_eq!(preset("/no/such/file", ""), (None, 5.0));
    assert_eq!(preset("", "quiet"), (None, 5.0));
    std::fs::remove_file(file).unwrap();
}
