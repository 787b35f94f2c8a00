//! What turns one graph into another, as little as possible. It says what changed, not why.

use crate::recording::Recording;
use crate::spec::{
    AudioRegion, Edge, GraphSpec, Node, NodeId, NoteRegion, STRIP_GAIN, STRIP_MUTE, STRIP_PAN,
    STRIP_PHASE_INVERT,
};
use crate::timeline::Timeline;
use pulse_model::{Id, ParameterValue};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A value of a node from now on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParameterChange {
    /// A strip, a send level, or a device; a plugin's device names its slot.
    pub node: u64,
    /// For strips and send levels [`STRIP_GAIN`], [`STRIP_PAN`], [`STRIP_MUTE`] or [`STRIP_PHASE_INVERT`]; else the device's own.
    pub parameter: u32,
    /// In the parameter's own unit.
    pub value: f64,
}

/// The least that turns one graph into another. Removals come first, then nodes, edges, regions, and values last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphDifference {
    /// Created, or replaced if the id exists; then its edges and regions stay.
    pub nodes: Vec<(NodeId, Node)>,
    /// Gone, with their edges and regions.
    pub removed_nodes: Vec<NodeId>,
    /// Added.
    pub edges: Vec<Edge>,
    /// Gone, apart from those of removed nodes.
    pub removed_edges: Vec<Edge>,
    /// Created, or replaced if the id exists.
    pub audio_regions: Vec<Arc<AudioRegion>>,
    /// Created, or replaced if the id exists.
    pub note_regions: Vec<Arc<NoteRegion>>,
    /// Gone, of either kind, apart from those of removed nodes.
    pub removed_regions: Vec<Id>,
    /// New values of nodes that stay.
    pub parameters: Vec<ParameterChange>,
    /// `None`: as it was.
    pub timeline: Option<Timeline>,
    /// `None`: as it was.
    pub recording: Option<Recording>,
}

/// What turns `old` into `new`. Regions that the two share cost a comparison of pointers.
pub fn difference(old: &GraphSpec, new: &GraphSpec) -> GraphDifference {
    let mut result = GraphDifference::default();
    result.compare_topology(old, new);
    for id in old.audio_regions.keys().chain(old.note_regions.keys()) {
        result.compare_region(*id, old, new);
    }
    for id in new.audio_regions.keys().filter(|id| !old.has_region(**id)) {
        result.compare_region(*id, old, new);
    }
    for id in new.note_regions.keys().filter(|id| !old.has_region(**id)) {
        result.compare_region(*id, old, new);
    }
    if old.timeline != new.timeline {
        result.timeline = Some(new.timeline.clone());
    }
    if old.recording != new.recording {
        result.recording = Some(new.recording.clone());
    }
    result
}

impl GraphDifference {
    /// A whole graph, from nothing.
    pub fn whole(spec: &GraphSpec) -> Self {
        Self {
            nodes: spec.nodes.iter().map(|(id, node)| (*id, node.clone())).collect(),
            edges: spec.edges.iter().copied().collect(),
            audio_regions: spec.audio_regions.values().cloned().collect(),
            note_regions: spec.note_regions.values().cloned().collect(),
            timeline: Some(spec.timeline.clone()),
            recording: Some(spec.recording.clone()),
            ..Self::default()
        }
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn compare_topology(&mut self, old: &GraphSpec, new: &GraphSpec) {
        let gone = |id: &NodeId| !new.nodes.contains_key(id);
        self.removed_nodes.extend(old.nodes.keys().copied().filter(gone));
        self.removed_edges
            .extend(old.edges.difference(&new.edges).filter(|edge| !gone(&edge.from) && !gone(&edge.to)));
        self.edges.extend(new.edges.difference(&old.edges));
        for (id, node) in &new.nodes {
            match old.nodes.get(id) {
                Some(before) if before == node => {}
                Some(before) => match values_changed(*id, before, node) {
                    Some(changes) => self.parameters.extend(changes),
                    None => self.nodes.push((*id, node.clone())),
                },
                None => self.nodes.push((*id, node.clone())),
            }
        }
    }

    pub(crate) fn compare_region(&mut self, id: Id, old: &GraphSpec, new: &GraphSpec) {
        if let Some(region) = new.audio_regions.get(&id) {
            if !old
                .audio_regions
                .get(&id)
                .is_some_and(|before| Arc::ptr_eq(before, region) || before == region)
            {
                self.audio_regions.push(region.clone());
            }
        } else if let Some(region) = new.note_regions.get(&id) {
            if !old
                .note_regions
                .get(&id)
                .is_some_and(|before| Arc::ptr_eq(before, region) || before == region)
            {
                self.note_regions.push(region.clone());
            }
        } else if let Some(node) = old.region_node(id)
            && new.nodes.contains_key(&node)
        {
            self.removed_regions.push(id);
        }
    }
}

/// What changed in a node that stays, if values say it all.
fn values_changed(id: NodeId, old: &Node, new: &Node) -> Option<Vec<ParameterChange>> {
    let change = |parameter, value| ParameterChange { node: id, parameter, value };
    match (old, new) {
        (Node::Strip { .. }, Node::Strip { .. }) => {
            let changed =
                strip_values(old).into_iter().zip(strip_values(new)).filter(|(old, new)| old != new);
            Some(changed.map(|(_, (parameter, value))| change(parameter, value)).collect())
        }
        (Node::SendLevel(_), Node::SendLevel(gain)) => Some(vec![change(STRIP_GAIN, f64::from(*gain))]),
        (
            Node::Builtin { name: old_name, parameters: old, bypass: was_bypassed, media: old_media },
            Node::Builtin { name, parameters, bypass, media },
        ) if (old_name, was_bypassed, old_media) == (name, bypass, media) => {
            device_values(id, old, parameters)
        }
        (Node::PluginChain(old), Node::PluginChain(new)) if old.len() == new.len() => {
            let mut changes = Vec::new();
            for (old, new) in old.iter().zip(new) {
                let mut rest = new.clone();
                rest.parameters.clone_from(&old.parameters);
                if rest != *old {
                    return None;
                }
                changes.extend(device_values(new.device.0, &old.parameters, &new.parameters)?);
            }
            Some(changes)
        }
        _ => None,
    }
}

fn strip_values(node: &Node) -> Vec<(u32, f64)> {
    match node {
        Node::Strip { gain, pan, mute, phase_invert } => vec![
            (STRIP_GAIN, f64::from(*gain)),
            (STRIP_PAN, f64::from(*pan)),
            (STRIP_MUTE, f64::from(u8::from(*mute))),
            (STRIP_PHASE_INVERT, f64::from(u8::from(*phase_invert))),
        ],
        _ => Vec::new(),
    }
}

/// `None` if a value went back to the device's own, which only the device knows.
fn device_values(
    device: u64,
    old: &[ParameterValue],
    new: &[ParameterValue],
) -> Option<Vec<ParameterChange>> {
    let kept: BTreeSet<u32> = new.iter().map(|value| value.id).collect();
    if old.iter().any(|value| !kept.contains(&value.id)) {
        return None;
    }
    let changed = new.iter().filter(|value| !old.contains(value));
    Some(
        changed
            .map(|value| ParameterChange { node: device, parameter: value.id, value: value.value })
            .collect(),
    )
}

impl GraphSpec {
    fn has_region(&self, id: Id) -> bool {
        self.audio_regions.contains_key(&id) || self.note_regions.contains_key(&id)
    }

    fn region_node(&self, id: Id) -> Option<NodeId> {
        let audio = self.audio_regions.get(&id).map(|region| region.node);
        audio.or_else(|| self.note_regions.get(&id).map(|region| region.node))
    }

    /// Carries out a difference, as Signal does.
    pub fn apply(&mut self, difference: &GraphDifference) {
        let gone: BTreeSet<NodeId> = difference.removed_nodes.iter().copied().collect();
        self.nodes.retain(|id, _| !gone.contains(id));
        self.edges.retain(|edge| !gone.contains(&edge.from) && !gone.contains(&edge.to));
        self.audio_regions.retain(|_, region| !gone.contains(&region.node));
        self.note_regions.retain(|_, region| !gone.contains(&region.node));
        for edge in &difference.removed_edges {
            self.edges.remove(edge);
        }
        for id in &difference.removed_regions {
            self.audio_regions.remove(id);
            self.note_regions.remove(id);
        }
        self.nodes.extend(difference.nodes.iter().cloned());
        self.edges.extend(&difference.edges);
        self.audio_regions.extend(difference.audio_regions.iter().map(|region| (region.id, region.clone())));
        self.note_regions.extend(difference.note_regions.iter().map(|region| (region.id, region.clone())));
        for change in &difference.parameters {
            self.set_value(change);
        }
        if let Some(timeline) = &difference.timeline {
            self.timeline = timeline.clone();
        }
        if let Some(recording) = &difference.recording {
            self.recording = recording.clone();
        }
    }

    fn set_value(&mut self, change: &ParameterChange) {
        match self.nodes.get_mut(&change.node) {
            Some(Node::Strip { gain, .. }) if change.parameter == STRIP_GAIN => *gain = change.value as f32,
            Some(Node::Strip { pan, .. }) if change.parameter == STRIP_PAN => *pan = change.value as f32,
            Some(Node::Strip { phase_invert, .. }) if change.parameter == STRIP_PHASE_INVERT => {
                *phase_invert = change.value >= 0.5;
            }
            Some(Node::Strip { mute, .. }) => *mute = change.value >= 0.5,
            Some(Node::SendLevel(gain)) => *gain = change.value as f32,
            Some(Node::Builtin { parameters, .. }) => set_parameter(parameters, change),
            _ => {
                let slots = self.nodes.values_mut().flat_map(|node| match node {
                    Node::PluginChain(slots) => slots.as_mut_slice(),
                    _ => &mut [],
                });
                for slot in slots.filter(|slot| slot.device.0 == change.node) {
                    set_parameter(&mut slot.parameters, change);
                }
            }
        }
    }
}

fn set_parameter(parameters: &mut Vec<ParameterValue>, change: &ParameterChange) {
    let value = ParameterValue { id: change.parameter, value: change.value };
    match parameters.binary_search_by_key(&change.parameter, |parameter| parameter.id) {
        Ok(at) => parameters[at] = value,
        Err(at) => parameters.insert(at, value),
    }
}
