//! Values of gestures under way: heard at once, part of no song, gone when the hand is.
//!
//! A value counts as previewed from a gesture's first change until a graph update sets it, or until [`GRACE`] after its last
//! gesture ended; then the graph's own value returns. Nothing here ramps: nodes do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use signal_graph::{GraphUpdate, NodeKind};

/// A released fader becomes a command, a transaction on disk and a graph update. Going back to the old value in between
/// would be heard, so it waits this long for the update.
pub const GRACE: Duration = Duration::from_secs(1);

/// Parameters previewed at once: every fader of a large mixer. More are refused.
const MOST_PREVIEWED: usize = 4096;

/// A parameter: its target and its number.
pub type Key = (u64, u32);

/// What is previewed. `[control]`
#[derive(Debug, Default)]
pub struct Previews {
    held: BTreeMap<Key, Held>,
}

#[derive(Debug, Default)]
struct Held {
    gestures: BTreeSet<u64>,
    /// When the last of them ended.
    released: Option<Instant>,
}

impl Previews {
    /// A gesture changes a parameter. False: too many are previewed already, and this one must not be heard.
    pub fn touch(&mut self, gesture: u64, key: Key) -> bool {
        if self.held.len() >= MOST_PREVIEWED && !self.held.contains_key(&key) {
            return false;
        }
        let held = self.held.entry(key).or_default();
        held.gestures.insert(gesture);
        held.released = None;
        true
    }

    /// A gesture is over, for whatever reason.
    pub fn end(&mut self, gesture: u64, now: Instant) {
        for held in self.held.values_mut() {
            if held.gestures.remove(&gesture) && held.gestures.is_empty() {
                held.released = Some(now);
            }
        }
    }

    /// A graph update sets values: those are previewed no longer. Returns the ones to be set to the graph's value even if
    /// the graph did not change.
    pub fn settle(&mut self, update: &GraphUpdate) -> Vec<Key> {
        let set: BTreeSet<u64> = update.nodes.iter().flat_map(|node| targets(node.id, &node.kind)).collect();
        let changed: BTreeSet<Key> =
            update.parameters.iter().map(|change| (change.target, change.parameter)).collect();
        let is_set = |key: &Key| update.whole || set.contains(&key.0) || changed.contains(key);
        let settled: Vec<Key> = self.held.keys().filter(|key| is_set(key)).copied().collect();
        for key in &settled {
            self.held.remove(key);
        }
        settled
    }

    /// The parameters whose time is over: to be set back to the graph's value.
    pub fn expired(&mut self, now: Instant) -> Vec<Key> {
        let is_over = |held: &Held| held.released.is_some_and(|released| now >= released + GRACE);
        let over: Vec<Key> =
            self.held.iter().filter(|(_, held)| is_over(held)).map(|(key, _)| *key).collect();
        for key in &over {
            self.held.remove(key);
        }
        over
    }
}

/// Whose parameters a node holds.
fn targets(node: u64, kind: &NodeKind) -> Vec<u64> {
    match kind {
        NodeKind::PluginChain(slots) => slots.iter().map(|slot| slot.device).collect(),
        _ => vec![node],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signal_graph::ParameterChange;

    const KEY: Key = (7, 1);

    #[test]
    fn value_returns_a_while_after_the_gesture() {
        let (mut previews, start) = (Previews::default(), Instant::now());
        assert!(previews.touch(1, KEY));
        assert!(previews.expired(start + 10 * GRACE).is_empty(), "a hand may rest on a fader");
        previews.end(1, start);
        assert!(previews.expired(start).is_empty());
        assert_eq!(previews.expired(start + GRACE), [KEY]);
        assert!(previews.expired(start + GRACE).is_empty());
    }

    #[test]
    fn graph_update_settles_the_value() {
        let (mut previews, start) = (Previews::default(), Instant::now());
        previews.touch(1, KEY);
        previews.end(1, start);
        let other = ParameterChange { target: 7, parameter: 2, value: 0.0 };
        let update = GraphUpdate { parameters: vec![other], ..GraphUpdate::default() };
        assert!(previews.settle(&update).is_empty());
        let own = ParameterChange { target: 7, parameter: 1, value: 0.0 };
        let update = GraphUpdate { parameters: vec![own], ..GraphUpdate::default() };
        assert_eq!(previews.settle(&update), [KEY]);
        assert!(previews.expired(start + GRACE).is_empty());
    }

    #[test]
    fn parameter_held_by_two_hands_stays_until_both_are_gone() {
        let (mut previews, start) = (Previews::default(), Instant::now());
        previews.touch(1, KEY);
        previews.touch(2, KEY);
        previews.end(1, start);
        assert!(previews.expired(start + GRACE).is_empty());
        previews.end(2, start);
        assert_eq!(previews.expired(start + GRACE), [KEY]);
    }

    #[test]
    fn gesture_over_everything_is_bounded() {
        let mut previews = Previews::default();
        let taken = (0..10_000).filter(|target| previews.touch(1, (*target, 1))).count();
        assert_eq!(taken, MOST_PREVIEWED);
    }
}
