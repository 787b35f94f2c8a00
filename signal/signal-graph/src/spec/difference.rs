//! What has to be done to get from one graph to the next.

use std::collections::BTreeSet;

use super::{GraphSpec, NodeId, NodeKind, Parameter, PluginSlot, StripSpec};
use crate::node::ParameterChange;

/// The least that turns one graph into another.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// Nodes to be made: new ones, and those whose kind changed so much that they cannot keep their state.
    pub made: BTreeSet<NodeId>,
    /// Nodes or edges came or went, so the schedule changes.
    pub topology: bool,
    /// Players whose regions changed, and devices whose sounds did.
    pub players: BTreeSet<NodeId>,
    /// New values of nodes that stay.
    pub parameters: Vec<ParameterChange>,
    /// Tempo, loop or end changed.
    pub timeline: bool,
}

impl Difference {
    /// [control] From `old` to `new`.
    pub fn between(old: &GraphSpec, new: &GraphSpec) -> Self {
        let mut difference = Self {
            timeline: old.timeline != new.timeline,
            topology: old.edges != new.edges || !old.nodes.keys().eq(new.nodes.keys()),
            ..Self::default()
        };
        for (id, kind) in &new.nodes {
            let stays = old.nodes.get(id).is_some_and(|was| difference.kept(*id, was, kind));
            if !stays {
                difference.made.insert(*id);
                difference.topology = true;
            }
        }
        difference.find_players(old, new);
        difference
    }

    /// Whether the node keeps its state; if so, its new values are noted.
    fn kept(&mut self, id: NodeId, old: &NodeKind, new: &NodeKind) -> bool {
        match (old, new) {
            (NodeKind::Strip(old), NodeKind::Strip(new)) => {
                self.value(id, StripSpec::GAIN, f64::from(old.gain), f64::from(new.gain));
                self.value(id, StripSpec::PAN, f64::from(old.pan), f64::from(new.pan));
                let switch = |on: bool| f64::from(u8::from(on));
                self.value(id, StripSpec::MUTE, switch(old.mute), switch(new.mute));
                self.value(id, StripSpec::PHASE_INVERT, switch(old.phase_invert), switch(new.phase_invert));
                true
            }
            (NodeKind::SendLevel(old), NodeKind::SendLevel(new)) => {
                self.value(id, StripSpec::GAIN, f64::from(*old), f64::from(*new));
                true
            }
            (NodeKind::Builtin(old), NodeKind::Builtin(new)) => {
                if old.media != new.media {
                    self.players.insert(id);
                }
                old.name == new.name
                    && self.device(id, (&old.parameters, old.bypass), (&new.parameters, new.bypass))
            }
            (NodeKind::MidiOutput(old), NodeKind::MidiOutput(new)) => old.note_player == new.note_player,
            (NodeKind::PluginChain(old), NodeKind::PluginChain(new)) => {
                old.len() == new.len() && old.iter().zip(new).all(|(old, new)| self.slot(old, new))
            }
            (old, new) => old == new,
        }
    }

    /// Names every field: one that were forgotten here would never reach the chain.
    fn slot(&mut self, old: &PluginSlot, new: &PluginSlot) -> bool {
        let PluginSlot {
            device,
            plugin_id,
            bundle,
            parameters,
            state,
            bypass,
            process,
            standby,
            disabled,
            grants,
        } = old;
        *device == new.device
            && *plugin_id == new.plugin_id
            && *bundle == new.bundle
            && *state == new.state
            && *process == new.process
            && *standby == new.standby
            && *disabled == new.disabled
            && *grants == new.grants
            && self.device(*device, (parameters, *bypass), (&new.parameters, new.bypass))
    }

    fn device(&mut self, target: u64, old: (&[Parameter], bool), new: (&[Parameter], bool)) -> bool {
        let keeps_all = old.0.iter().all(|was| new.0.iter().any(|is| is.id == was.id));
        if keeps_all {
            for is in new.0 {
                let was = old.0.iter().find(|was| was.id == is.id).map_or(f64::NAN, |was| was.value);
                self.value(target, is.id, was, is.value);
            }
            let (was, is) = (f64::from(u8::from(old.1)), f64::from(u8::from(new.1)));
            self.value(target, ParameterChange::BYPASS, was, is);
        }
        keeps_all
    }

    fn value(&mut self, target: u64, parameter: u32, was: f64, is: f64) {
        if was != is {
            self.parameters.push(ParameterChange { target, parameter, value: is });
        }
    }

    fn find_players(&mut self, old: &GraphSpec, new: &GraphSpec) {
        for (id, region) in &new.audio_regions {
            match old.audio_regions.get(id) {
                Some(was) if was == region => {}
                was => self.players.extend(was.map(|was| was.node).into_iter().chain([region.node])),
            }
        }
        for (id, region) in &new.note_regions {
            match old.note_regions.get(id) {
                Some(was) if was == region => {}
                was => self.players.extend(was.map(|was| was.node).into_iter().chain([region.node])),
            }
        }
        let gone = |known: bool, node: NodeId| (!known).then_some(node);
        let audio = &new.audio_regions;
        self.players
            .extend(old.audio_regions.values().filter_map(|r| gone(audio.contains_key(&r.id), r.node)));
        let notes = &new.note_regions;
        self.players
            .extend(old.note_regions.values().filter_map(|r| gone(notes.contains_key(&r.id), r.node)));
        self.players.retain(|id| new.nodes.contains_key(id) && !self.made.contains(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grants;

    fn with(slot: PluginSlot) -> GraphSpec {
        GraphSpec { nodes: [(1, NodeKind::PluginChain(vec![slot]))].into(), ..GraphSpec::new(48_000) }
    }

    #[test]
    fn a_chain_is_made_anew_when_its_plugins_are_to_run_elsewhere_and_not_for_a_value() {
        let made = |new: PluginSlot| Difference::between(&with(PluginSlot::default()), &with(new)).made;
        let all = BTreeSet::from([1]);
        assert_eq!(made(PluginSlot { process: "device:7".to_owned(), ..PluginSlot::default() }), all);
        assert_eq!(made(PluginSlot { standby: true, ..PluginSlot::default() }), all);
        let grants = Grants { network: true, ..Grants::default() };
        assert_eq!(made(PluginSlot { grants, ..PluginSlot::default() }), all);
        assert_eq!(made(PluginSlot { disabled: true, ..PluginSlot::default() }), all);
        assert_eq!(made(PluginSlot { bypass: true, ..PluginSlot::default() }), BTreeSet::new());
    }
}
