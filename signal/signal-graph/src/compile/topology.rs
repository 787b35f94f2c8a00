//! The connections of a graph by index, and an order in which sources come before those they feed.

use std::collections::{BTreeMap, BTreeSet};

use super::CompileError;
use crate::spec::{Edge, EdgeKind, GraphSpec, NodeId};

/// Nodes by index, in ascending order of their ids.
#[derive(Debug)]
pub(super) struct Topology {
    /// Of each node, in ascending order of the sources.
    pub inputs: Vec<Vec<Input>>,
    /// All nodes, sources first.
    pub order: Vec<usize>,
}

/// What comes into a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input {
    /// Index of the source.
    pub source: usize,
    /// The edge itself.
    pub edge: Edge,
}

impl Input {
    pub fn is_audio(&self) -> bool {
        self.edge.kind == EdgeKind::Audio
    }
}

impl Topology {
    /// [control] Of a graph whose edges name existing nodes.
    ///
    /// # Errors
    /// The loop, when there is one.
    pub fn of(spec: &GraphSpec) -> Result<Self, CompileError> {
        let ids: Vec<NodeId> = spec.nodes.keys().copied().collect();
        let index: BTreeMap<NodeId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let mut inputs = vec![Vec::new(); ids.len()];
        let mut readers = vec![Vec::new(); ids.len()];
        for edge in &spec.edges {
            let (source, reader) = (index[&edge.from], index[&edge.to]);
            inputs[reader].push(Input { source, edge: *edge });
            readers[source].push(reader);
        }
        let order = sorted(&inputs, &readers);
        if order.len() < ids.len() {
            let cycle = find_cycle(&inputs, &order);
            return Err(CompileError::Cycle(cycle.into_iter().map(|at| ids[at]).collect()));
        }
        Ok(Self { inputs, order })
    }
}

fn sorted(inputs: &[Vec<Input>], readers: &[Vec<usize>]) -> Vec<usize> {
    let mut missing: Vec<usize> = inputs.iter().map(Vec::len).collect();
    let mut ready: BTreeSet<usize> = (0..inputs.len()).filter(|at| missing[*at] == 0).collect();
    let mut order = Vec::with_capacity(inputs.len());
    while let Some(at) = ready.pop_first() {
        order.push(at);
        for reader in &readers[at] {
            missing[*reader] -= 1;
            if missing[*reader] == 0 {
                ready.insert(*reader);
            }
        }
    }
    order
}

/// Walks upstream among the nodes that could not be sorted: each has an unsorted source, so a node comes twice.
fn find_cycle(inputs: &[Vec<Input>], sorted: &[usize]) -> Vec<usize> {
    let sorted: BTreeSet<usize> = sorted.iter().copied().collect();
    let Some(start) = (0..inputs.len()).find(|at| !sorted.contains(at)) else { return Vec::new() };
    let mut path = vec![start];
    loop {
        let last = path[path.len() - 1];
        let upstream = inputs[last].iter().map(|input| input.source).find(|at| !sorted.contains(at));
        let Some(upstream) = upstream else { return path };
        if let Some(first) = path.iter().position(|at| *at == upstream) {
            let mut cycle = path.split_off(first);
            cycle.reverse();
            return cycle;
        }
        path.push(upstream);
    }
}
