//! Parts of graph updates put together, so that an update is applied whole or not at all.
//!
//! It counts what arrives: a peer that never says `last` runs into a bound. It applies nothing.

use std::collections::BTreeSet;

use signal_graph::{GraphUpdate, NodeId, RegionId};

/// Nodes of one update. A song of 2,000 tracks with ten nodes each fits.
const MOST_NODES: usize = 65_536;
/// Edges, parameters and removals of one update, each.
const MOST_ITEMS: usize = 262_144;
/// Regions of one update: 1,000 tracks of 250 clips.
const MOST_REGIONS: usize = 262_144;
/// Notes and events of one update, 150 MB of memory; a dense hour of an orchestra has 200,000.
const MOST_NOTES: usize = 1 << 21;

/// One message of an update.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphPart {
    /// Shared by the parts of one update.
    pub revision: u64,
    /// Nothing follows.
    pub last: bool,
    /// What it adds.
    pub update: GraphUpdate,
}

/// Why an update is refused before it is applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssemblyError {
    /// A part of another update came before the last one of this.
    #[error("update {0} was not ended before update {1} began")]
    Unfinished(u64, u64),
    /// An update must be newer than those before it.
    #[error("update {0} came after update {1}")]
    NotNewer(u64, u64),
    /// Differences need something to differ from.
    #[error("the whole graph must come first")]
    NothingBefore,
    /// Parts disagree about what the update is.
    #[error("one part replaces the graph, another adds to it")]
    Mixed,
    /// A bound of this file.
    #[error("too many {0} in one update")]
    TooMany(&'static str),
    /// An id was created twice.
    #[error("{0} {1} is there twice")]
    Twice(&'static str, u64),
    /// `append` names a region that did not come before it in the same update.
    #[error("nothing to append to in region {0}")]
    NothingToAppendTo(RegionId),
}

/// The parts of one connection.
#[derive(Debug, Default)]
pub struct GraphAssembly {
    begun: Option<Begun>,
    /// The newest revision that was completed or refused.
    newest: Option<u64>,
    has_whole: bool,
}

#[derive(Debug)]
struct Begun {
    revision: u64,
    update: GraphUpdate,
    notes: usize,
    nodes: BTreeSet<NodeId>,
    regions: BTreeSet<RegionId>,
    /// Of a refused update the rest is skipped.
    refused: bool,
}

impl GraphAssembly {
    /// Takes the next part. Returns the update once its last part is there.
    ///
    /// # Errors
    /// The update is refused; told once, the rest of its parts is then skipped.
    pub fn add(&mut self, part: GraphPart) -> Result<Option<(u64, GraphUpdate)>, AssemblyError> {
        let GraphPart { revision, last, update } = part;
        let result = self.merge(revision, update);
        if let (Err(_), Some(begun)) = (&result, &mut self.begun) {
            begun.refused = true;
            begun.update = GraphUpdate::default();
        }
        if last && let Some(begun) = self.begun.take() {
            self.newest = Some(begun.revision);
            if !begun.refused {
                self.has_whole |= begun.update.whole;
                return Ok(Some((revision, begun.update)));
            }
        }
        result.map(|()| None)
    }

    /// A part that could not be read: its update is refused like one that breaks a rule.
    pub fn refuse(&mut self, revision: u64, last: bool) {
        self.begin(revision, false);
        if let Some(begun) = &mut self.begun {
            begun.refused = true;
        }
        if last {
            self.begun = None;
            self.newest = Some(revision);
        }
    }

    /// Whether a whole graph came over this connection.
    pub fn has_whole(&self) -> bool {
        self.has_whole
    }

    fn begin(&mut self, revision: u64, whole: bool) {
        self.begun.get_or_insert_with(|| Begun {
            revision,
            update: GraphUpdate { whole, ..GraphUpdate::default() },
            notes: 0,
            nodes: BTreeSet::new(),
            regions: BTreeSet::new(),
            refused: false,
        });
    }

    fn merge(&mut self, revision: u64, part: GraphUpdate) -> Result<(), AssemblyError> {
        let unfinished = self.begun.as_ref().map(|begun| begun.revision).filter(|begun| *begun != revision);
        if unfinished.is_some() {
            self.begun = None;
        }
        self.begin(revision, part.whole);
        if let Some(unfinished) = unfinished {
            return Err(AssemblyError::Unfinished(unfinished, revision));
        }
        if let Some(newest) = self.newest.filter(|newest| revision <= *newest) {
            return Err(AssemblyError::NotNewer(revision, newest));
        }
        if !part.whole && !self.has_whole {
            return Err(AssemblyError::NothingBefore);
        }
        match &mut self.begun {
            Some(begun) if !begun.refused => begun.add(part),
            _ => Ok(()),
        }
    }
}

impl Begun {
    fn add(&mut self, part: GraphUpdate) -> Result<(), AssemblyError> {
        if part.whole != self.update.whole {
            return Err(AssemblyError::Mixed);
        }
        if let Some(twice) = part.nodes.iter().find(|node| !self.nodes.insert(node.id)) {
            return Err(AssemblyError::Twice("node", twice.id));
        }
        self.take_regions(&part)?;
        let update = &mut self.update;
        update.nodes.extend(part.nodes);
        update.removed_nodes.extend(part.removed_nodes);
        update.edges.extend(part.edges);
        update.removed_edges.extend(part.removed_edges);
        update.audio_regions.extend(part.audio_regions);
        update.note_regions.extend(part.note_regions);
        update.removed_regions.extend(part.removed_regions);
        update.parameters.extend(part.parameters);
        update.timeline = part.timeline.or(update.timeline.take());
        let counts = [
            ("nodes", update.nodes.len(), MOST_NODES),
            ("removed nodes", update.removed_nodes.len(), MOST_NODES),
            ("edges", update.edges.len(), MOST_ITEMS),
            ("removed edges", update.removed_edges.len(), MOST_ITEMS),
            ("regions", update.audio_regions.len() + update.note_regions.len(), MOST_REGIONS),
            ("removed regions", update.removed_regions.len(), MOST_REGIONS),
            ("parameters", update.parameters.len(), MOST_ITEMS),
            ("notes", self.notes, MOST_NOTES),
        ];
        match counts.iter().find(|(_, count, most)| count > most) {
            Some((what, ..)) => Err(AssemblyError::TooMany(what)),
            None => Ok(()),
        }
    }

    fn take_regions(&mut self, part: &GraphUpdate) -> Result<(), AssemblyError> {
        for region in &part.audio_regions {
            if !self.regions.insert(region.id) {
                return Err(AssemblyError::Twice("region", region.id));
            }
        }
        for region in &part.note_regions {
            let new = self.regions.insert(region.id);
            if new == region.append {
                let id = region.id;
                return Err(if new {
                    AssemblyError::NothingToAppendTo(id)
                } else {
                    AssemblyError::Twice("region", id)
                });
            }
            self.notes += region.notes.len() + region.midi.len();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signal_graph::{NodeKind, NodeSpec};

    fn whole(revision: u64, last: bool, node: NodeId) -> GraphPart {
        let nodes = vec![NodeSpec { id: node, kind: NodeKind::Output }];
        GraphPart { revision, last, update: GraphUpdate { whole: true, nodes, ..GraphUpdate::default() } }
    }

    fn difference(revision: u64) -> GraphPart {
        GraphPart { revision, last: true, update: GraphUpdate::default() }
    }

    #[test]
    fn nothing_comes_out_before_the_last_part() {
        let mut assembly = GraphAssembly::default();
        assert_eq!(assembly.add(whole(1, false, 1)), Ok(None));
        let (revision, update) = assembly.add(whole(1, true, 2)).expect("taken").expect("complete");
        assert_eq!((revision, update.nodes.len()), (1, 2));
    }

    #[test]
    fn refused_update_is_told_once_and_then_skipped() {
        let mut assembly = GraphAssembly::default();
        assert_eq!(assembly.add(whole(1, false, 1)), Ok(None));
        assert_eq!(assembly.add(whole(1, false, 1)), Err(AssemblyError::Twice("node", 1)));
        assert_eq!(assembly.add(whole(1, false, 2)), Ok(None));
        assert_eq!(assembly.add(whole(1, true, 3)), Ok(None));
        assert!(!assembly.has_whole());
        assert!(matches!(assembly.add(whole(2, true, 1)), Ok(Some(_))));
    }

    #[test]
    fn difference_needs_a_whole_graph_and_a_newer_revision() {
        let mut assembly = GraphAssembly::default();
        assert_eq!(assembly.add(difference(1)), Err(AssemblyError::NothingBefore));
        assert!(matches!(assembly.add(whole(2, true, 1)), Ok(Some(_))));
        assert_eq!(assembly.add(difference(2)), Err(AssemblyError::NotNewer(2, 2)));
        assert!(matches!(assembly.add(difference(3)), Ok(Some((3, _)))));
    }

    #[test]
    fn update_that_begins_inside_another_is_refused() {
        let mut assembly = GraphAssembly::default();
        assert_eq!(assembly.add(whole(1, false, 1)), Ok(None));
        assert_eq!(assembly.add(whole(2, false, 1)), Err(AssemblyError::Unfinished(1, 2)));
        assert_eq!(assembly.add(whole(2, true, 2)), Ok(None));
    }

    #[test]
    fn endless_update_runs_into_a_bound() {
        let mut assembly = GraphAssembly::default();
        let edge = signal_graph::Edge { from: 1, to: 2, kind: signal_graph::EdgeKind::Audio };
        let part = GraphPart {
            revision: 1,
            last: false,
            update: GraphUpdate { whole: true, edges: vec![edge; 100_000], ..GraphUpdate::default() },
        };
        let refused = (0..4).find_map(|_| assembly.add(part.clone()).err());
        assert_eq!(refused, Some(AssemblyError::TooMany("edges")));
    }
}
