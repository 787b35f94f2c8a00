//! Graphs on their way to Signal, in parts.

use std::path::Path;

use chorus::signal::v1 as wire;
use pulse_derive::{
    AudioRegion, BuiltinMedia, Edge, EdgeKind, GraphDifference, Node, NodeId, NoteRegion, NoteSpan,
    ParameterChange, PluginSlot, TempoSegment, TimedMidi, Timeline,
};
use pulse_model::{FadeCurve, Id, ParameterValue};

use crate::wire::{grants, parts::PART_BYTES, recording};

/// Notes or messages of a region that go into one part.
const REGION_PART: usize = 4096;

/// An update in parts, at least one; `whole` replaces everything instead of adding to it. `takes`: where recordings go.
#[must_use]
pub fn update(
    difference: &GraphDifference,
    revision: u64,
    whole: bool,
    takes: Option<&Path>,
) -> Vec<wire::GraphUpdate> {
    let empty = wire::GraphUpdate { revision, whole, ..wire::GraphUpdate::default() };
    let mut parts = Parts { done: Vec::new(), part: empty.clone(), length: 0, empty };
    parts.part.removed_nodes.clone_from(&difference.removed_nodes);
    parts.part.removed_regions = difference.removed_regions.iter().map(|id| id.0).collect();
    parts.part.removed_edges = difference.removed_edges.iter().map(edge).collect();
    for (id, it) in &difference.nodes {
        parts.add(node(*id, it), |part, node| part.nodes.push(node));
    }
    for it in &difference.edges {
        parts.add(edge(it), |part, edge| part.edges.push(edge));
    }
    for region in &difference.audio_regions {
        parts.add(audio_region(region), |part, region| part.audio_regions.push(region));
    }
    for region in &difference.note_regions {
        for piece in note_region(region) {
            parts.add(piece, |part, region| part.note_regions.push(region));
        }
    }
    for it in &difference.parameters {
        parts.add(parameter_change(it), |part, change| part.parameters.push(change));
    }
    parts.part.recording = difference.recording.as_ref().map(|it| recording::setup(it, takes));
    parts.part.timeline = difference.timeline.as_ref().map(timeline);
    parts.part.last = true;
    parts.done.push(parts.part);
    parts.done
}

struct Parts {
    done: Vec<wire::GraphUpdate>,
    part: wire::GraphUpdate,
    length: usize,
    empty: wire::GraphUpdate,
}

impl Parts {
    fn add<T: prost::Message>(&mut self, item: T, put: impl FnOnce(&mut wire::GraphUpdate, T)) {
        self.length += item.encoded_len();
        put(&mut self.part, item);
        if self.length >= PART_BYTES {
            self.done.push(std::mem::replace(&mut self.part, self.empty.clone()));
            self.length = 0;
        }
    }
}

fn node(id: NodeId, node: &Node) -> wire::Node {
    use wire::node::Kind;
    let kind = match node {
        Node::AudioPlayer => Kind::AudioPlayer(wire::AudioPlayer {}),
        Node::NotePlayer => Kind::NotePlayer(wire::NotePlayer {}),
        Node::AudioInput { channels, always } => {
            Kind::AudioInput(wire::AudioInput { channels: channels.clone(), always: *always })
        }
        Node::MidiOutput { port, channel, mute, note_player } => Kind::MidiOutput(wire::MidiOutput {
            port: port.clone(),
            channel: *channel,
            mute: *mute,
            note_player: *note_player,
        }),
        Node::Builtin { name, parameters, bypass, media } => Kind::Builtin(wire::Builtin {
            name: name.clone(),
            parameters: parameters.iter().map(parameter).collect(),
            bypass: *bypass,
            media: media.iter().map(builtin_media).collect(),
        }),
        Node::PluginChain(slots) => {
            Kind::PluginChain(wire::PluginChain { slots: slots.iter().map(slot).collect() })
        }
        Node::Strip { gain, pan, mute, phase_invert } => {
            let (gain, pan, mute, phase_invert) = (*gain, *pan, *mute, *phase_invert);
            Kind::Strip(wire::Strip { gain, pan, mute, phase_invert })
        }
        Node::SendLevel(gain) => Kind::SendLevel(wire::SendLevel { gain: *gain }),
        Node::Output => Kind::Output(wire::Output {}),
    };
    wire::Node { id, kind: Some(kind) }
}

fn builtin_media(it: &BuiltinMedia) -> wire::BuiltinMedia {
    wire::BuiltinMedia {
        slot: it.slot,
        path: it.path.clone(),
        frames: it.frames,
        channels: it.channels,
        sample_rate: it.sample_rate.hz(),
    }
}

fn parameter(it: &ParameterValue) -> wire::Parameter {
    wire::Parameter { id: it.id, value: it.value }
}

fn slot(it: &PluginSlot) -> wire::PluginSlot {
    wire::PluginSlot {
        device: it.device.0,
        plugin_id: it.plugin_id.clone(),
        bundle: it.bundle.clone(),
        parameters: it.parameters.iter().map(parameter).collect(),
        state: it.state.clone(),
        bypass: it.bypass,
        process: it.process.clone(),
        standby: it.standby,
        disabled: it.disabled,
        grants: (!it.grants.is_empty()).then(|| grants::wire(&it.grants)),
    }
}

fn edge(it: &Edge) -> wire::Edge {
    let kind = match it.kind {
        EdgeKind::Audio => wire::EdgeKind::Audio,
        EdgeKind::Notes => wire::EdgeKind::Notes,
    };
    wire::Edge { from: it.from, to: it.to, kind: kind.into() }
}

fn audio_region(it: &AudioRegion) -> wire::AudioRegion {
    wire::AudioRegion {
        id: it.id.0,
        node: it.node,
        start_sample: it.start_sample,
        length_samples: it.length_samples,
        path: it.path.clone(),
        offset_frames: it.offset_frames,
        gain: it.gain,
        fade_in_samples: it.fade_in_samples,
        fade_out_samples: it.fade_out_samples,
        fade_in_curve: curve(it.fade_in_curve).into(),
        fade_out_curve: curve(it.fade_out_curve).into(),
        reverse: it.reverse,
        loop_starts: it.loop_starts.clone(),
        loop_offset_frames: it.loop_offset_frames,
        covered: it
            .covered
            .iter()
            .map(|(start, end)| wire::SampleSpan { start_sample: *start, end_sample: *end })
            .collect(),
    }
}

fn curve(it: FadeCurve) -> wire::FadeCurve {
    match it {
        FadeCurve::Linear => wire::FadeCurve::Linear,
        FadeCurve::EqualPower => wire::FadeCurve::EqualPower,
        FadeCurve::SCurve => wire::FadeCurve::SCurve,
    }
}

/// A region in pieces that each fit a part; all but the first add to it.
fn note_region(it: &NoteRegion) -> impl Iterator<Item = wire::NoteRegion> + '_ {
    let Id(id) = it.id;
    let pieces = it.notes.len().max(it.midi.len()).div_ceil(REGION_PART).max(1);
    (0..pieces).map(move |index| {
        let from = index * REGION_PART;
        wire::NoteRegion {
            id,
            node: it.node,
            append: index > 0,
            notes: it.notes.iter().skip(from).take(REGION_PART).map(note).collect(),
            midi: it.midi.iter().skip(from).take(REGION_PART).map(timed_midi).collect(),
        }
    })
}

fn note(it: &NoteSpan) -> wire::NoteSpan {
    wire::NoteSpan {
        id: it.id.0,
        start_sample: it.start_sample,
        end_sample: it.end_sample,
        pitch: it.pitch,
        velocity: it.velocity,
        release_velocity: it.release_velocity,
        channel: it.channel,
    }
}

fn timed_midi(it: &TimedMidi) -> wire::TimedMidi {
    wire::TimedMidi { sample: it.sample, data: it.data.clone() }
}

fn parameter_change(it: &ParameterChange) -> wire::ParameterChange {
    wire::ParameterChange { node: it.node, parameter: it.parameter, value: it.value }
}

fn timeline(it: &Timeline) -> wire::Timeline {
    wire::Timeline {
        sample_rate: it.sample_rate.hz(),
        tempo: it.tempo.iter().map(tempo_segment).collect(),
        loop_enabled: it.loop_enabled,
        loop_start_sample: it.loop_start_sample,
        loop_end_sample: it.loop_end_sample,
        end_sample: it.end_sample,
    }
}

fn tempo_segment(it: &TempoSegment) -> wire::TempoSegment {
    wire::TempoSegment {
        start_sample: it.start_sample,
        bpm: it.bpm,
        start_quarters: it.start_quarters,
        numerator: it.numerator,
        denominator: it.denominator,
        bar_start_quarters: it.bar_start_quarters,
        bar: it.bar,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prost::Message as _;

    use super::*;

    #[test]
    fn a_long_region_comes_in_pieces_of_one_update() {
        let span = |index: i64| NoteSpan {
            id: Id(index as u64 + 10),
            start_sample: index,
            end_sample: index + 1,
            pitch: 60,
            velocity: 0.5,
            release_velocity: 0.0,
            channel: 0,
        };
        let region =
            NoteRegion { id: Id(1), node: 2, notes: (0..100_000).map(span).collect(), midi: Vec::new() };
        let difference =
            GraphDifference { note_regions: vec![Arc::new(region)], ..GraphDifference::default() };
        let parts = update(&difference, 7, true, None);
        assert!(parts.len() > 1);
        assert!(parts.iter().all(|part| part.revision == 7 && part.whole && part.encoded_len() < 1 << 20));
        assert!(parts.iter().enumerate().all(|(index, part)| part.last == (index + 1 == parts.len())));
        let pieces: Vec<_> = parts.iter().flat_map(|part| &part.note_regions).collect();
        assert!(pieces.iter().enumerate().all(|(index, piece)| piece.append == (index > 0)));
        let notes = pieces.iter().flat_map(|piece| &piece.notes).map(|note| note.start_sample);
        assert!(notes.eq(0..100_000));
    }
}
