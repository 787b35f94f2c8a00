//! What a chain should be. Plain data, compared to decide whether a process can go on.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use signal_graph::{ParameterChange, PluginSlot};

use crate::sandbox::wire::SlotReport;
use crate::state_store::StateHash;

/// A plugin's own state and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedState {
    /// Of the bytes.
    pub hash: StateHash,
    /// As the plugin gave them.
    pub bytes: Arc<[u8]>,
}

impl SavedState {
    /// Names the bytes.
    pub fn new(bytes: Arc<[u8]>) -> Self {
        Self { hash: StateHash::of(&bytes), bytes }
    }
}

/// A plugin of the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotPlan {
    /// The Device entity.
    pub device: u64,
    /// The plugin's own id.
    pub plugin_id: String,
    /// Path, or name of a file in the plugin folders.
    pub bundle: PathBuf,
    /// Set after the state.
    pub parameters: BTreeMap<u32, f64>,
    /// Taken out of the chain.
    pub bypass: bool,
    /// Restored first.
    pub state: Option<SavedState>,
}

impl SlotPlan {
    /// A slot of the graph, with its state if it names one.
    pub fn new(slot: &PluginSlot, state: Option<Arc<[u8]>>) -> Self {
        Self {
            device: slot.device,
            plugin_id: slot.plugin_id.clone(),
            bundle: slot.bundle.clone(),
            parameters: slot.parameters.iter().map(|it| (it.id, it.value)).collect(),
            bypass: slot.bypass,
            state: state.map(SavedState::new),
        }
    }
}

/// The plugins of a chain, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChainPlan {
    /// In order.
    pub slots: Vec<SlotPlan>,
}

impl ChainPlan {
    /// The slot of a device.
    pub fn slot(&self, device: u64) -> Option<&SlotPlan> {
        self.slots.iter().find(|slot| slot.device == device)
    }

    /// The slot of a device.
    pub fn slot_mut(&mut self, device: u64) -> Option<&mut SlotPlan> {
        self.slots.iter_mut().find(|slot| slot.device == device)
    }

    /// Whether a process that plays this plan plays `other` too, once it is told some values: the same plugins, which
    /// have the states asked for already.
    pub fn is_played_by_the_process_of(&self, other: &Self) -> bool {
        let same = |(own, other): (&SlotPlan, &SlotPlan)| {
            own.device == other.device
                && own.plugin_id == other.plugin_id
                && own.bundle == other.bundle
                && (other.state.is_none() || own.state == other.state)
        };
        self.slots.len() == other.slots.len() && self.slots.iter().zip(&other.slots).all(same)
    }

    /// The values of `other` that this plan has otherwise.
    pub fn values_that_differ(&self, other: &Self) -> Vec<ParameterChange> {
        let mut changes = Vec::new();
        for slot in &other.slots {
            let Some(own) = self.slot(slot.device) else { continue };
            for (parameter, value) in &slot.parameters {
                if own.parameters.get(parameter) != Some(value) {
                    let change =
                        ParameterChange { target: slot.device, parameter: *parameter, value: *value };
                    changes.push(change);
                }
            }
            if own.bypass != slot.bypass {
                let value = f64::from(u8::from(slot.bypass));
                let parameter = ParameterChange::BYPASS;
                changes.push(ParameterChange { target: slot.device, parameter, value });
            }
        }
        changes
    }

    /// Becomes `other`. States it does not name are kept where the process goes on.
    pub fn become_plan(&mut self, mut other: Self, goes_on: bool) {
        if goes_on {
            for (slot, own) in other.slots.iter_mut().zip(&mut self.slots) {
                slot.state = slot.state.take().or_else(|| own.state.take());
            }
        }
        *self = other;
    }
}

/// Delay of all slots together, in samples.
pub fn total_latency(reports: &[SlotReport]) -> u32 {
    /// Ten seconds of 384 kHz: a chain that claims more is broken, and would take memory without end.
    const MAX_LATENCY: u32 = 3_840_000;
    reports.iter().fold(0_u32, |sum, report| sum.saturating_add(report.latency)).min(MAX_LATENCY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(state: Option<&[u8]>, value: f64) -> ChainPlan {
        let slot = SlotPlan {
            device: 7,
            plugin_id: "a".to_owned(),
            bundle: "/a.clap".into(),
            parameters: BTreeMap::from([(1, value)]),
            bypass: false,
            state: state.map(|bytes| SavedState::new(bytes.into())),
        };
        ChainPlan { slots: vec![slot] }
    }

    #[test]
    fn new_values_do_not_need_a_new_process() {
        let (old, new) = (plan(Some(b"x"), 0.1), plan(Some(b"x"), 0.2));
        assert!(old.is_played_by_the_process_of(&new));
        assert_eq!(old.values_that_differ(&new), [ParameterChange { target: 7, parameter: 1, value: 0.2 }]);
    }

    #[test]
    fn the_state_a_plugin_just_gave_does_not_restart_it_but_another_does() {
        assert!(plan(Some(b"x"), 0.0).is_played_by_the_process_of(&plan(None, 0.0)));
        assert!(!plan(Some(b"x"), 0.0).is_played_by_the_process_of(&plan(Some(b"y"), 0.0)));
        assert!(!plan(None, 0.0).is_played_by_the_process_of(&ChainPlan::default()));
    }

    #[test]
    fn a_latency_beyond_reason_is_cut() {
        let report = SlotReport { latency: u32::MAX, ..SlotReport::default() };
        assert_eq!(total_latency(&[report.clone(), report]), 3_840_000);
    }
}
