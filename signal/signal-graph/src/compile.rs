//! From a graph to its schedule, off the audio thread.
//!
//! 1. `topology` indexes the connections and refuses loops.
//! 2. `latency` finds how late each node's output is and where delays are needed.
//! 3. `order` sorts the tasks so that remote nodes are handed their blocks first and collected last.
//! 4. `buffers` gives each task buffers that are free again once their last reader is done.
//!
//! It makes no node and knows no kind of node: only who is connected to whom.

mod buffers;
mod latency;
mod order;
mod topology;

use std::collections::BTreeMap;

use thiserror::Error;

use crate::schedule::{Step, TaskKey};
use crate::spec::NodeId;

/// Why a graph cannot be computed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CompileError {
    /// Sound would need itself: the nodes of one loop, in the direction of the sound.
    #[error("the routing feeds back through the nodes {0:?}")]
    Cycle(Vec<NodeId>),
}

/// What the compiler must know of a task.
#[derive(Clone, Debug)]
pub(crate) struct TaskPlan {
    pub key: TaskKey,
    pub remote: bool,
    /// Indices of plans, in summing order.
    pub audio: Vec<usize>,
    /// Indices of plans.
    pub events: Vec<usize>,
    pub has_audio_out: bool,
    pub has_events_out: bool,
    /// The device reads its output after the last step.
    pub is_output: bool,
}

/// A compiled graph as plain data.
#[derive(Debug)]
pub(crate) struct Plan {
    pub tasks: Vec<TaskPlan>,
    pub steps: Vec<Step>,
    pub stages: Vec<std::ops::Range<usize>>,
    pub places: buffers::Places,
    /// How late the output of each node is, in samples.
    pub latencies: BTreeMap<NodeId, u32>,
    /// Of the whole graph, in samples.
    pub latency: u32,
}

/// How the steps are to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// One thread: neighbours follow each other, so that few buffers stay in the cache.
    Sequential,
    /// Several threads: as much as possible at once.
    Parallel,
}

/// What the compiler is given for a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NodeFacts {
    pub remote: bool,
    pub latency: u32,
}

/// [control] Compiles the graph.
pub(crate) fn compile(
    spec: &crate::spec::GraphSpec,
    facts: &BTreeMap<NodeId, NodeFacts>,
    order: Order,
) -> Result<Plan, CompileError> {
    let topology = topology::Topology::of(spec)?;
    let (tasks, latencies) = latency::with_delays(spec, &topology, facts);
    let output = tasks.iter().find(|task| task.is_output);
    let latency = match output.map(|task| task.key) {
        Some(TaskKey::Node(id)) => latencies.get(&id).copied().unwrap_or(0),
        _ => 0,
    };
    let stages = order::stages(&tasks, order);
    let places = buffers::place(&tasks, &stages);
    let mut steps = Vec::new();
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    for stage in stages {
        ranges.push(steps.len()..steps.len() + stage.len());
        steps.extend(stage);
    }
    Ok(Plan { tasks, steps, stages: ranges, places, latencies, latency })
}
