//! Which plugin states Signal has and need not be sent: it keeps those that its graph names, and of each device in it the last
//! that it gave.

use std::collections::{BTreeSet, HashMap, HashSet};

/// By hash.
#[derive(Debug, Default)]
pub struct KnownStates {
    sent: HashSet<String>,
    /// By device.
    given: HashMap<u64, String>,
}

impl KnownStates {
    /// Whether Signal has it.
    pub fn has(&self, hash: &str) -> bool {
        self.sent.contains(hash) || self.given.values().any(|given| given == hash)
    }

    /// It was sent, before the graph that names it.
    pub fn sent(&mut self, hash: String) {
        self.sent.insert(hash);
    }

    /// It came from a device's plugin.
    pub fn given(&mut self, device: u64, hash: String) {
        self.given.insert(device, hash);
    }

    /// A graph was sent which names these, and holds these devices.
    pub fn retain(&mut self, named: &BTreeSet<String>, devices: &BTreeSet<u64>) {
        // What it gave and the graph names is kept for the graph, whatever it gives next.
        self.sent.extend(self.given.values().filter(|hash| named.contains(*hash)).cloned());
        self.sent.retain(|hash| named.contains(hash));
        self.given.retain(|device, _| devices.contains(device));
    }

    /// Signal refused a graph: what it has is not known.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(hashes: &[&str]) -> BTreeSet<String> {
        hashes.iter().map(|hash| (*hash).to_owned()).collect()
    }

    #[test]
    fn what_no_graph_names_any_more_has_to_be_sent_again() {
        let mut states = KnownStates::default();
        states.sent("a".to_owned());
        states.given(7, "b".to_owned());
        assert!(states.has("a") && states.has("b"));
        states.retain(&named(&["a"]), &[7].into());
        assert!(states.has("a") && states.has("b"), "the last it gave is kept");
        states.retain(&named(&["b"]), &[7].into());
        states.given(7, "c".to_owned());
        assert!(!states.has("a") && states.has("b") && states.has("c"), "undo has to bring a along");
        states.retain(&named(&[]), &[].into());
        assert!(!states.has("b") && !states.has("c"), "the device is gone");
    }

    #[test]
    fn after_a_refusal_nothing_is_taken_for_known() {
        let mut states = KnownStates::default();
        states.sent("a".to_owned());
        states.given(7, "b".to_owned());
        states.forget();
        assert!(!states.has("a") && !states.has("b"));
    }
}
