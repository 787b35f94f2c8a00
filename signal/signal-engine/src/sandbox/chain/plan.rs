//! What a chain should be. Plain data, compared to decide whether a process can go on.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use signal_graph::{Grants, ParameterChange, PluginSlot};

use crate::sandbox::{process::Access, wire::SlotReport};
use crate::state_store::StateHash;

/// The name of a process that is a device's own.
pub fn own_process(device: u64) -> String {
    format!("device:{device}")
}

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
    /// Names the process it shares; empty: with its neighbours that have none either.
    pub process: String,
    /// A loaded process waits to take over.
    pub standby: bool,
    /// It is not loaded; the sound passes it by.
    pub disabled: bool,
    /// What it may reach, which no other plugin of its process may.
    pub grants: Grants,
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
            process: slot.process.clone(),
            standby: slot.standby,
            disabled: slot.disabled,
            grants: slot.grants.clone(),
        }
    }

    /// Whether what runs as this slot can go on as `other`, once it is told some values.
    fn is_played_as(&self, other: &Self) -> bool {
        self.device == other.device
            && self.plugin_id == other.plugin_id
            && self.bundle == other.bundle
            && self.disabled == other.disabled
            && self.grants == other.grants
            && (other.state.is_none() || self.state == other.state)
    }

    /// Whether it asks for a process of its own.
    pub fn runs_alone(&self) -> bool {
        self.process == own_process(self.device)
    }
}

/// Slots of a chain that run in one process, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct PartPlan {
    /// At least one.
    pub slots: Vec<SlotPlan>,
    /// Names the process where it may be shared.
    pub process: String,
}

impl PartPlan {
    /// The devices, in order.
    pub fn devices(&self) -> impl Iterator<Item = u64> + '_ {
        self.slots.iter().map(|slot| slot.device)
    }

    /// Takes the values and states that `chain` has now.
    pub fn refresh(&mut self, chain: &ChainPlan) {
        for slot in &mut self.slots {
            if let Some(now) = chain.slot(slot.device) {
                slot.clone_from(now);
            }
        }
    }

    /// What runs where, without values and states.
    pub fn shape(&self) -> (&str, Vec<u64>) {
        (&self.process, self.devices().collect())
    }

    /// What its process may reach beside files.
    pub fn access(&self) -> Access {
        let any = |granted: fn(&Grants) -> bool| self.slots.iter().any(|slot| granted(&slot.grants));
        Access { network: any(|grants| grants.network), display: any(|grants| grants.display) }
    }

    /// Whether there is more in its process than one plugin.
    pub fn is_shared(&self) -> bool {
        self.slots.len() > 1 || !self.process.is_empty()
    }
}

/// The plugins of a chain, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChainPlan {
    /// In order.
    pub slots: Vec<SlotPlan>,
}

impl ChainPlan {
    /// The parts it runs in: neighbours of one process together, `alone` ones and those that ask for it by themselves.
    /// What is disabled or `left_out` is in none.
    pub fn parts(&self, alone: &BTreeSet<u64>, left_out: &BTreeMap<u64, String>) -> Vec<PartPlan> {
        let mut parts: Vec<PartPlan> = Vec::new();
        let mut joins = false;
        let slots = self.slots.iter().filter(|slot| !slot.disabled && !left_out.contains_key(&slot.device));
        for slot in slots {
            let by_itself = alone.contains(&slot.device) || slot.runs_alone();
            let process = if by_itself { String::new() } else { slot.process.clone() };
            match parts.last_mut().filter(|last| joins && !by_itself && last.process == process) {
                Some(last) => last.slots.push(slot.clone()),
                None => parts.push(PartPlan { slots: vec![slot.clone()], process }),
            }
            joins = !by_itself;
        }
        parts
    }

    /// The slot of a device.
    pub fn slot(&self, device: u64) -> Option<&SlotPlan> {
        self.slots.iter().find(|slot| slot.device == device)
    }

    /// The slot of a device.
    pub fn slot_mut(&mut self, device: u64) -> Option<&mut SlotPlan> {
        self.slots.iter_mut().find(|slot| slot.device == device)
    }

    /// Whether processes that play this plan play `other` too, once they are told some values: the same plugins, which
    /// have the states asked for already. Where they run is another question: see [`ChainPlan::parts`].
    pub fn is_played_by_the_processes_of(&self, other: &Self) -> bool {
        self.slots.len() == other.slots.len()
            && self.slots.iter().zip(&other.slots).all(|(own, other)| own.is_played_as(other))
    }

    /// The devices that `other` has otherwise than this plan, or that this one has not.
    pub fn devices_changed_in(&self, other: &Self) -> BTreeSet<u64> {
        let is_changed = |slot: &&SlotPlan| !self.slot(slot.device).is_some_and(|own| own.is_played_as(slot));
        other.slots.iter().filter(is_changed).map(|slot| slot.device).collect()
    }

    /// The hash of the state that a device has, if it has one.
    pub fn state_of(&self, device: u64) -> Option<StateHash> {
        self.slot(device)?.state.as_ref().map(|state| state.hash)
    }

    /// The devices of `other` whose states it leaves as they are: what their plugins have now is newer than both plans.
    pub fn states_kept_in(&self, other: &Self) -> BTreeSet<u64> {
        let is_kept = |slot: &&SlotPlan| {
            let hash = slot.state.as_ref().map(|state| state.hash);
            hash.is_none() || hash == self.state_of(slot.device)
        };
        other.slots.iter().filter(is_kept).map(|slot| slot.device).collect()
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

/// Ten seconds of 384 kHz: a chain that claims more is broken, and would take memory without end.
pub const MAX_LATENCY: u32 = 3_840_000;

/// Delay of all slots together, in samples.
pub fn total_latency(reports: &[SlotReport]) -> u32 {
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
            process: String::new(),
            standby: false,
            disabled: false,
            grants: Grants::default(),
        };
        ChainPlan { slots: vec![slot] }
    }

    /// Devices from 1, each in the process named.
    fn parts_of(processes: &[&str], alone: &[u64], left_out: &[u64]) -> Vec<(String, Vec<u64>)> {
        let slot = |(index, process): (usize, &&str)| {
            let mut slot = plan(None, 0.0).slots.remove(0);
            (slot.device, slot.process) = (index as u64 + 1, (*process).to_owned());
            slot
        };
        let plan = ChainPlan { slots: processes.iter().enumerate().map(slot).collect() };
        let left_out = left_out.iter().map(|device| (*device, String::new())).collect();
        let parts = plan.parts(&alone.iter().copied().collect(), &left_out);
        parts.iter().map(|part| (part.process.clone(), part.devices().collect())).collect()
    }

    #[test]
    fn neighbours_of_one_process_run_together_and_what_crashed_runs_alone() {
        let own = |devices: &[u64]| (String::new(), devices.to_vec());
        assert_eq!(parts_of(&["", "", ""], &[], &[]), [own(&[1, 2, 3])]);
        assert_eq!(parts_of(&["", "", ""], &[2], &[]), [own(&[1]), own(&[2]), own(&[3])]);
        assert_eq!(parts_of(&["", "", ""], &[1], &[]), [own(&[1]), own(&[2, 3])]);
        assert_eq!(parts_of(&["", "", ""], &[], &[2]), [own(&[1, 3])]);
        let shared = |name: &str, devices: &[u64]| (name.to_owned(), devices.to_vec());
        assert_eq!(
            parts_of(&["a", "a", "b", "device:4", "a"], &[], &[]),
            [shared("a", &[1, 2]), shared("b", &[3]), own(&[4]), shared("a", &[5])]
        );
        assert_eq!(parts_of(&["device:9"], &[], &[]), [shared("device:9", &[1])], "of another device");
    }

    #[test]
    fn new_values_do_not_need_a_new_process() {
        let (old, new) = (plan(Some(b"x"), 0.1), plan(Some(b"x"), 0.2));
        assert!(old.is_played_by_the_processes_of(&new));
        assert!(old.devices_changed_in(&new).is_empty());
        assert_eq!(old.values_that_differ(&new), [ParameterChange { target: 7, parameter: 1, value: 0.2 }]);
    }

    #[test]
    fn the_state_a_plugin_just_gave_does_not_restart_it_but_another_does() {
        assert!(plan(Some(b"x"), 0.0).is_played_by_the_processes_of(&plan(None, 0.0)));
        assert!(!plan(Some(b"x"), 0.0).is_played_by_the_processes_of(&plan(Some(b"y"), 0.0)));
        assert!(!plan(None, 0.0).is_played_by_the_processes_of(&ChainPlan::default()));
        assert_eq!(plan(Some(b"x"), 0.0).devices_changed_in(&plan(Some(b"y"), 0.0)), [7].into());
    }

    #[test]
    fn a_latency_beyond_reason_is_cut() {
        let report = SlotReport { latency: u32::MAX, ..SlotReport::default() };
        assert_eq!(total_latency(&[report.clone(), report]), 3_840_000);
    }
}
