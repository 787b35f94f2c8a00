//! Hostile and damaged graph messages.

use super::*;

fn part_with(change: impl FnOnce(&mut wire::GraphUpdate)) -> Checked<GraphPart> {
    let mut message = wire::GraphUpdate { revision: 1, whole: true, last: true, ..Default::default() };
    change(&mut message);
    graph_part(message)
}

fn strip_node(id: u64, gain: f32, pan: f32) -> wire::Node {
    let strip = wire::Strip { gain, pan, ..wire::Strip::default() };
    wire::Node { id, kind: Some(wire::node::Kind::Strip(strip)) }
}

fn region() -> wire::AudioRegion {
    wire::AudioRegion {
        id: 9,
        node: 2,
        start_sample: 0,
        length_samples: 10,
        path: "/song/cache/a-48000.pcm".into(),
        offset_frames: 0,
        gain: 1.0,
        ..wire::AudioRegion::default()
    }
}

fn span() -> wire::NoteSpan {
    wire::NoteSpan {
        id: 5,
        start_sample: 0,
        end_sample: 10,
        pitch: 60,
        velocity: 0.5,
        release_velocity: 0.0,
        channel: 0,
    }
}

fn notes(notes: Vec<wire::NoteSpan>) -> Checked<GraphPart> {
    part_with(|update| {
        update.note_regions.push(wire::NoteRegion { id: 1, node: 2, append: false, notes, midi: Vec::new() });
    })
}

#[test]
fn sound_message_passes() {
    let part = part_with(|update| {
        update.nodes.push(strip_node(3, 1.0, 0.0));
        update.audio_regions.push(region());
    });
    assert_eq!(part.expect("taken").update.nodes.len(), 1);
    assert!(notes(vec![span()]).is_ok());
}

#[test]
fn numbers_that_are_none_are_refused() {
    for (gain, pan) in [(f32::NAN, 0.0), (f32::INFINITY, 0.0), (-0.1, 0.0), (2.1, 0.0), (1.0, f32::NAN)] {
        assert!(part_with(|update| update.nodes.push(strip_node(3, gain, pan))).is_err(), "{gain} {pan}");
    }
    let change = wire::ParameterChange { node: 3, parameter: 1, value: f64::NAN };
    assert!(part_with(|update| update.parameters.push(change)).is_err());
    assert!(notes(vec![wire::NoteSpan { velocity: f32::NAN, ..span() }]).is_err());
}

#[test]
fn ids_that_are_twice_none_or_too_large_are_refused() {
    let twice = part_with(|update| update.nodes = vec![strip_node(3, 1.0, 0.0); 2]);
    assert_eq!(twice.expect_err("refused").to_string(), "node 3: is there twice");
    assert!(part_with(|update| update.nodes.push(strip_node(0, 1.0, 0.0))).is_err());
    let large = wire::AudioRegion { id: 1 << 53, ..region() };
    assert!(part_with(|update| update.audio_regions.push(large)).is_err());
    assert!(part_with(|update| update.nodes.push(wire::Node { id: 3, kind: None })).is_err());
}

#[test]
fn positions_that_would_overflow_are_refused() {
    for start_sample in [i64::MIN, i64::MAX, (1 << 53) + 1] {
        let far = wire::AudioRegion { start_sample, ..region() };
        assert!(part_with(|update| update.audio_regions.push(far)).is_err());
    }
    for length_samples in [0, -1, i64::MAX] {
        let long = wire::AudioRegion { length_samples, ..region() };
        assert!(part_with(|update| update.audio_regions.push(long)).is_err());
    }
}

#[test]
fn paths_that_lead_nowhere_are_refused() {
    for path in ["", "cache/a.pcm", "/a\0b"] {
        let lost = wire::AudioRegion { path: path.into(), ..region() };
        assert!(part_with(|update| update.audio_regions.push(lost)).is_err(), "{path:?}");
    }
}

#[test]
fn impossible_notes_are_refused() {
    assert!(notes(vec![wire::NoteSpan { end_sample: 0, ..span() }]).is_err());
    assert!(notes(vec![wire::NoteSpan { pitch: 128, ..span() }]).is_err());
    assert!(notes(vec![wire::NoteSpan { channel: 16, ..span() }]).is_err());
    assert!(notes(vec![wire::NoteSpan { start_sample: 5, ..span() }, span()]).is_err(), "out of order");
}

#[test]
fn silent_note_is_no_note_off() {
    let part = notes(vec![wire::NoteSpan { velocity: 0.0, ..span() }]).expect("taken");
    assert!(part.update.note_regions[0].notes[0].velocity > 0.0);
}

#[test]
fn only_channel_messages_other_than_notes_are_events() {
    let event = |data: &[u8]| timed_midi(1, &wire::TimedMidi { sample: 0, data: data.to_vec() });
    assert_eq!(event(&[0xB0, 7, 100]).expect("taken").data, [0xB0, 7, 100]);
    assert_eq!(event(&[0xC3, 9]).expect("taken").data, [0xC3, 9, 0]);
    for bad in [&[][..], &[0x90, 60, 1], &[0xF0, 1], &[0xB0, 7], &[0xB0, 7, 200], &[0xC3, 9, 9], &[7; 5000]] {
        assert!(event(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn timeline_needs_a_tempo_at_zero_in_order() {
    let segment = wire::TempoSegment {
        start_sample: 0,
        bpm: 120.0,
        start_quarters: 0.0,
        numerator: 4,
        denominator: 4,
        bar_start_quarters: 0.0,
        bar: 0,
    };
    let with = |tempo: Vec<wire::TempoSegment>| {
        let line = wire::Timeline { sample_rate: 48_000, tempo, ..Default::default() };
        part_with(|update| update.timeline = Some(line))
    };
    assert!(with(vec![segment]).is_ok());
    assert!(with(Vec::new()).is_err());
    assert!(with(vec![segment; 2]).is_err());
    assert!(with(vec![wire::TempoSegment { bpm: 0.0, ..segment }]).is_err());
    assert!(with(vec![wire::TempoSegment { denominator: 3, ..segment }]).is_err());
    assert!(with(vec![wire::TempoSegment { start_quarters: f64::NAN, ..segment }]).is_err());
}

#[test]
fn state_parts_lie_within_their_state() {
    let hash = StateHash::of(b"x").to_string();
    let part = |offset, total_bytes, data: Vec<u8>| {
        state_part(wire::PluginState { hash: hash.clone(), offset, total_bytes, data, device: 0 })
    };
    assert!(part(0, 1, vec![1]).is_ok());
    assert!(part(1, 1, vec![1]).is_err());
    assert!(part(u64::MAX, 1, vec![1]).is_err());
    assert!(part(0, LARGEST_STATE + 1, Vec::new()).is_err());
    assert!(part(0, LARGEST_STATE, vec![0; LARGEST_STATE_PART + 1]).is_err());
}

#[test]
fn state_goes_up_in_parts_that_come_back_whole() {
    let state = vec![7_u8; LARGEST_STATE_PART + 3];
    let hash = StateHash::of(&state);
    let mut store = crate::state_store::StateStore::default();
    for message in state_messages(4, &hash.to_string(), &state) {
        store.add(state_part(message).expect("sound")).expect("taken");
    }
    assert_eq!(store.get(hash).as_deref(), Some(state.as_slice()));
    assert_eq!(state_messages(4, &hash.to_string(), &[]).len(), 1);
}

/// A chain of one plugin that was granted these places, in the process of this name.
fn granted(process: &str, places: Vec<wire::GrantedPlace>) -> Checked<GraphPart> {
    let grants = Some(wire::Grants { places, network: true, display: false });
    let slot = wire::PluginSlot { device: 7, process: process.to_owned(), grants, ..Default::default() };
    let chain = wire::PluginChain { slots: vec![slot] };
    part_with(|update| {
        update.nodes.push(wire::Node { id: 3, kind: Some(wire::node::Kind::PluginChain(chain)) });
    })
}

#[test]
fn what_was_granted_to_one_plugin_is_shared_with_none() {
    let place = |path: &str, leads_to: &str| wire::GrantedPlace {
        path: path.to_owned(),
        leads_to: leads_to.to_owned(),
        writable: true,
    };
    assert!(granted("device:7", vec![place("/samples", "/mnt/samples")]).is_ok());
    for process in ["", "shared", "vendor:x", "device:8"] {
        assert!(granted(process, Vec::new()).is_err(), "{process}");
    }
    for (path, leads_to) in [("samples", "/samples"), ("/samples", ""), ("/samples\0", "/samples")] {
        assert!(granted("device:7", vec![place(path, leads_to)]).is_err(), "{path} {leads_to}");
    }
    assert!(granted("device:7", vec![place("/a", "/a"); MOST_GRANTED_PLACES + 1]).is_err());
}
