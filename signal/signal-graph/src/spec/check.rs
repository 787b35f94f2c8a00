//! What a graph must fulfil before anything is made of it. Cycles are found by the compiler.

use thiserror::Error;

use super::{AudioRegion, Edge, EdgeKind, GraphSpec, NodeId, NodeKind, NoteRegion, RegionId};
use crate::timeline::Timeline;

/// A day at 384 kHz, a hundred times over: positions beyond are mistakes, and sums of two stay far from overflow.
const MAX_POSITION: i64 = 1 << 42;

/// Why a graph is refused.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SpecError {
    /// An edge or region names a node that does not exist.
    #[error("node {0} does not exist")]
    UnknownNode(NodeId),
    /// An edge ends or begins where its kind cannot.
    #[error("nodes {} and {} cannot be connected so", .0.from, .0.to)]
    WrongPort(Edge),
    /// There must be exactly one.
    #[error("the graph has {0} outputs instead of one")]
    Outputs(usize),
    /// A region names a node that plays no such regions.
    #[error("region {0} is not for a player of its kind")]
    WrongPlayer(RegionId),
    /// A length, position or value of a region is out of range.
    #[error("region {0} holds values out of range")]
    BadRegion(RegionId),
    /// A part of a region without its beginning.
    #[error("region {0} does not exist, so nothing can be appended to it")]
    NothingToAppendTo(RegionId),
    /// A parameter of something that has none.
    #[error("{0} is neither a strip, a send level nor a device")]
    UnknownTarget(u64),
    /// The target exists, the parameter does not.
    #[error("{target} has no parameter {parameter}")]
    UnknownParameter {
        /// Whose.
        target: u64,
        /// Which.
        parameter: u32,
    },
    /// A gain, pan or parameter is not a number, or out of its range.
    #[error("node {0} has a value out of range")]
    BadValue(NodeId),
    /// The tempo map is empty, unsorted or holds impossible figures, or the loop is empty.
    #[error("the timeline is not usable")]
    BadTimeline,
}

impl GraphSpec {
    pub(super) fn check(&self) -> Result<(), SpecError> {
        let outputs = self.nodes.values().filter(|kind| matches!(kind, NodeKind::Output)).count();
        if outputs != 1 {
            return Err(SpecError::Outputs(outputs));
        }
        self.edges.iter().try_for_each(|edge| self.check_edge(edge))?;
        self.nodes.iter().try_for_each(|(id, kind)| check_node(*id, kind))?;
        self.audio_regions.values().try_for_each(|region| self.check_audio(region))?;
        self.note_regions.values().try_for_each(|region| self.check_notes(region))?;
        check_timeline(&self.timeline)
    }

    fn check_edge(&self, edge: &Edge) -> Result<(), SpecError> {
        let ports = |id: NodeId| self.nodes.get(&id).map(NodeKind::ports).ok_or(SpecError::UnknownNode(id));
        let (from, to) = (ports(edge.from)?, ports(edge.to)?);
        let fits = match edge.kind {
            EdgeKind::Audio => from.audio_out && to.audio_in,
            EdgeKind::Notes => from.notes_out && to.notes_in,
        };
        if fits { Ok(()) } else { Err(SpecError::WrongPort(*edge)) }
    }

    fn check_audio(&self, region: &AudioRegion) -> Result<(), SpecError> {
        let player = self.nodes.get(&region.node).ok_or(SpecError::UnknownNode(region.node))?;
        if !matches!(player, NodeKind::AudioPlayer) {
            return Err(SpecError::WrongPlayer(region.id));
        }
        let sane = (0..=MAX_POSITION).contains(&region.start)
            && (0..=MAX_POSITION).contains(&region.length)
            && (-MAX_POSITION..=MAX_POSITION).contains(&region.offset)
            && region.gain.is_finite()
            && is_sane(region);
        if sane { Ok(()) } else { Err(SpecError::BadRegion(region.id)) }
    }

    fn check_notes(&self, region: &NoteRegion) -> Result<(), SpecError> {
        let player = self.nodes.get(&region.node).ok_or(SpecError::UnknownNode(region.node))?;
        if !matches!(player, NodeKind::NotePlayer) {
            return Err(SpecError::WrongPlayer(region.id));
        }
        let sane = region.notes.iter().all(|note| {
            (0..=MAX_POSITION).contains(&note.start)
                && (note.start + 1..=MAX_POSITION).contains(&note.end)
                && note.pitch < 128
                && note.channel < 16
                && note.velocity.is_finite()
                && note.release_velocity.is_finite()
        }) && region
            .midi
            .iter()
            .all(|midi| (0..=MAX_POSITION).contains(&midi.sample) && midi.data[0] >= 0x80);
        if sane { Ok(()) } else { Err(SpecError::BadRegion(region.id)) }
    }
}

fn is_sane(region: &AudioRegion) -> bool {
    let (shape, end) = (&region.shape, region.start + region.length);
    let fades = shape.fade_in >= 0
        && shape.fade_out >= 0
        && shape.fade_in <= region.length
        && shape.fade_out <= region.length - shape.fade_in;
    let inside = |at: &i64| (region.start + 1..end).contains(at);
    let turns = shape.loop_starts.iter().all(inside) && shape.loop_starts.is_sorted_by(|a, b| a < b);
    let spans = &shape.covered;
    let covered = spans.iter().all(|(from, to)| from < to && *from >= 0 && *to <= 2 * MAX_POSITION)
        && spans.is_sorted_by(|a, b| a.1 < b.0);
    fades && turns && covered && (0..=MAX_POSITION).contains(&shape.loop_offset)
}

fn check_node(id: NodeId, kind: &NodeKind) -> Result<(), SpecError> {
    let sane = match kind {
        NodeKind::Strip(strip) => (0.0..=2.0).contains(&strip.gain) && (-1.0..=1.0).contains(&strip.pan),
        NodeKind::SendLevel(gain) => (0.0..=2.0).contains(gain),
        NodeKind::Builtin(builtin) => builtin.parameters.iter().all(|parameter| parameter.value.is_finite()),
        NodeKind::PluginChain(slots) => {
            slots.iter().flat_map(|slot| &slot.parameters).all(|parameter| parameter.value.is_finite())
        }
        NodeKind::MidiOutput(output) => output.channel.is_none_or(|channel| channel < 16),
        NodeKind::AudioPlayer | NodeKind::NotePlayer | NodeKind::AudioInput(_) | NodeKind::Output => true,
    };
    if sane { Ok(()) } else { Err(SpecError::BadValue(id)) }
}

fn check_timeline(timeline: &Timeline) -> Result<(), SpecError> {
    let first = timeline.tempo.first().is_some_and(|segment| segment.start == 0);
    let ascending = timeline.tempo.is_sorted_by(|one, two| one.start < two.start);
    let sane = timeline.tempo.iter().all(|segment| {
        segment.bpm.is_finite()
            && segment.bpm > 0.0
            && segment.start_quarters.is_finite()
            && segment.bar_start_quarters.is_finite()
            && segment.numerator > 0
            && segment.denominator > 0
    });
    let looped = timeline.loop_range.is_none_or(|(start, end)| start >= 0 && start < end);
    if first && ascending && sane && looped && timeline.sample_rate > 0 {
        Ok(())
    } else {
        Err(SpecError::BadTimeline)
    }
}
