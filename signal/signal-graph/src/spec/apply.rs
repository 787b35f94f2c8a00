//! Applying an update to a spec: plain bookkeeping, checked as a whole afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    BuiltinSpec, GraphSpec, GraphUpdate, NodeId, NodeKind, NoteRegion, Parameter, SpecError, StripSpec,
};
use crate::node::ParameterChange;
use crate::timeline::Timeline;

impl GraphSpec {
    /// [control] A graph with nothing in it; not valid before it has an output.
    #[must_use]
    pub fn new(sample_rate: u32) -> Self {
        Self {
            nodes: BTreeMap::new(),
            edges: BTreeSet::new(),
            audio_regions: BTreeMap::new(),
            note_regions: BTreeMap::new(),
            timeline: Timeline::constant(sample_rate),
        }
    }

    /// [control] The graph after `update`, checked as a whole.
    ///
    /// # Errors
    /// What does not fit together, see [`SpecError`].
    pub fn updated(&self, update: &GraphUpdate) -> Result<Self, SpecError> {
        let mut spec = if update.whole { Self::new(self.timeline.sample_rate) } else { self.clone() };
        spec.remove(update);
        spec.add(update)?;
        for change in &update.parameters {
            spec.set_parameter(change)?;
        }
        spec.check()?;
        Ok(spec)
    }

    /// [control] The value `target` has in the song; none where it was never set and only the device knows its default.
    #[must_use]
    pub fn parameter(&self, target: u64, parameter: u32) -> Option<f64> {
        match self.nodes.get(&target) {
            Some(NodeKind::Strip(strip)) => strip_value(strip, parameter),
            Some(NodeKind::SendLevel(gain)) => (parameter == StripSpec::GAIN).then_some(f64::from(*gain)),
            Some(NodeKind::Builtin(builtin)) => device_value(&builtin.parameters, builtin.bypass, parameter),
            _ => self
                .slots()
                .find(|slot| slot.device == target)
                .and_then(|slot| device_value(&slot.parameters, slot.bypass, parameter)),
        }
    }

    /// [control] The node that `target`, a strip, send level or device, belongs to.
    #[must_use]
    pub fn node_of(&self, target: u64) -> Option<NodeId> {
        match self.nodes.get(&target) {
            Some(NodeKind::Strip(_) | NodeKind::SendLevel(_) | NodeKind::Builtin(_)) => Some(target),
            _ => self.nodes.iter().find_map(|(id, kind)| match kind {
                NodeKind::PluginChain(slots) => slots.iter().any(|slot| slot.device == target).then_some(*id),
                _ => None,
            }),
        }
    }

    fn slots(&self) -> impl Iterator<Item = &super::PluginSlot> {
        self.nodes.values().flat_map(|kind| match kind {
            NodeKind::PluginChain(slots) => slots.as_slice(),
            _ => &[],
        })
    }

    fn remove(&mut self, update: &GraphUpdate) {
        for edge in &update.removed_edges {
            self.edges.remove(edge);
        }
        for region in &update.removed_regions {
            self.audio_regions.remove(region);
            self.note_regions.remove(region);
        }
        if update.removed_nodes.is_empty() {
            return;
        }
        let gone: BTreeSet<NodeId> = update.removed_nodes.iter().copied().collect();
        self.nodes.retain(|id, _| !gone.contains(id));
        self.edges.retain(|edge| !gone.contains(&edge.from) && !gone.contains(&edge.to));
        self.audio_regions.retain(|_, region| !gone.contains(&region.node));
        self.note_regions.retain(|_, region| !gone.contains(&region.node));
    }

    fn add(&mut self, update: &GraphUpdate) -> Result<(), SpecError> {
        for node in &update.nodes {
            self.nodes.insert(node.id, node.kind.clone());
        }
        self.edges.extend(&update.edges);
        for region in &update.audio_regions {
            self.audio_regions.insert(region.id, Arc::new(region.clone()));
        }
        for region in &update.note_regions {
            self.add_notes(region)?;
        }
        if let Some(timeline) = &update.timeline {
            self.timeline = timeline.clone();
        }
        Ok(())
    }

    fn add_notes(&mut self, region: &NoteRegion) -> Result<(), SpecError> {
        if !region.append {
            self.note_regions.insert(region.id, Arc::new(region.clone()));
            return Ok(());
        }
        let known = self.note_regions.get_mut(&region.id).ok_or(SpecError::NothingToAppendTo(region.id))?;
        let known = Arc::make_mut(known);
        known.notes.extend_from_slice(&region.notes);
        known.midi.extend_from_slice(&region.midi);
        Ok(())
    }

    fn set_parameter(&mut self, change: &ParameterChange) -> Result<(), SpecError> {
        let node = self.node_of(change.target).ok_or(SpecError::UnknownTarget(change.target))?;
        let unknown = SpecError::UnknownParameter { target: change.target, parameter: change.parameter };
        match self.nodes.get_mut(&node) {
            Some(NodeKind::Strip(strip)) => match change.parameter {
                StripSpec::GAIN => strip.gain = change.value as f32,
                StripSpec::PAN => strip.pan = change.value as f32,
                StripSpec::MUTE => strip.mute = change.value >= 0.5,
                StripSpec::PHASE_INVERT => strip.phase_invert = change.value >= 0.5,
                _ => return Err(unknown),
            },
            Some(NodeKind::SendLevel(gain)) if change.parameter == StripSpec::GAIN => {
                *gain = change.value as f32;
            }
            Some(NodeKind::Builtin(BuiltinSpec { parameters, bypass, .. })) => {
                set_device(parameters, bypass, change);
            }
            Some(NodeKind::PluginChain(slots)) => {
                for slot in slots.iter_mut().filter(|slot| slot.device == change.target) {
                    set_device(&mut slot.parameters, &mut slot.bypass, change);
                }
            }
            _ => return Err(unknown),
        }
        Ok(())
    }
}

fn strip_value(strip: &StripSpec, parameter: u32) -> Option<f64> {
    match parameter {
        StripSpec::GAIN => Some(f64::from(strip.gain)),
        StripSpec::PAN => Some(f64::from(strip.pan)),
        StripSpec::MUTE => Some(f64::from(u8::from(strip.mute))),
        StripSpec::PHASE_INVERT => Some(f64::from(u8::from(strip.phase_invert))),
        _ => None,
    }
}

fn device_value(parameters: &[Parameter], bypass: bool, id: u32) -> Option<f64> {
    if id == ParameterChange::BYPASS {
        return Some(f64::from(u8::from(bypass)));
    }
    parameters.iter().find(|parameter| parameter.id == id).map(|parameter| parameter.value)
}

fn set_device(parameters: &mut Vec<Parameter>, bypass: &mut bool, change: &ParameterChange) {
    if change.parameter == ParameterChange::BYPASS {
        *bypass = change.value >= 0.5;
    } else if let Some(known) = parameters.iter_mut().find(|parameter| parameter.id == change.parameter) {
        known.value = change.value;
    } else {
        parameters.push(Parameter { id: change.parameter, value: change.value });
    }
}
