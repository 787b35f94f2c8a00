//! The sounds that built-in instruments hold in memory, and what is wrong with those they can't have. `[control]`
//!
//! Loading is `signal_nodes::sample`'s; a sound that can't be had is silence and a line for the device's status.

use std::collections::BTreeMap;

use signal_graph::{BuiltinSpec, Content, NodeId};
use signal_nodes::sample::SampleLibrary;
use signal_nodes::workshop;

/// Of all devices of a graph.
#[derive(Debug, Default)]
pub struct DeviceSounds {
    library: SampleLibrary,
    problems: BTreeMap<NodeId, String>,
}

impl DeviceSounds {
    /// What a device plays from now on at `sample_rate`; `None` where it plays no sounds.
    pub fn content(&mut self, device: NodeId, spec: &BuiltinSpec, sample_rate: u32) -> Option<Content> {
        self.problems.remove(&device);
        let (set, problems) = workshop::sample_content(spec, &mut self.library, sample_rate)?;
        if !problems.is_empty() {
            self.problems.insert(device, problems.join("; "));
        }
        Some(Box::new(set))
    }

    /// What is wrong with the sounds of a device, for people.
    pub fn problem(&self, device: NodeId) -> Option<&str> {
        self.problems.get(&device).map(String::as_str)
    }

    /// Forgets devices for which `is_there` says no.
    pub fn retain(&mut self, is_there: impl Fn(NodeId) -> bool) {
        self.problems.retain(|device, _| is_there(*device));
    }
}
