//! Delay compensation: whatever meets in a sum is equally late (E7).
//!
//! Only audio is aligned; notes reach an instrument at the song position.

use std::collections::BTreeMap;

use super::topology::{Input, Topology};
use super::{NodeFacts, TaskPlan};
use crate::schedule::TaskKey;
use crate::spec::{GraphSpec, NodeId, NodeKind};

/// The tasks of the graph, with a delay task on each edge that comes too early, and how late the output of each node is. The tasks of
/// nodes come first, in ascending order of their ids.
pub(super) fn with_delays(
    spec: &GraphSpec,
    topology: &Topology,
    facts: &BTreeMap<NodeId, NodeFacts>,
) -> (Vec<TaskPlan>, BTreeMap<NodeId, u32>) {
    let (before, after) = latencies(spec, topology, facts);
    let mut tasks: Vec<TaskPlan> =
        spec.nodes.iter().map(|(id, kind)| bare_task(*id, kind, facts[id].remote)).collect();
    for (at, inputs) in topology.inputs.iter().enumerate() {
        for input in inputs {
            if !input.is_audio() {
                tasks[at].events.push(input.source);
                continue;
            }
            let early = before[at] - after[input.source];
            let source = if early == 0 { input.source } else { push_delay(&mut tasks, input, early) };
            tasks[at].audio.push(source);
        }
    }
    (tasks, spec.nodes.keys().copied().zip(after).collect())
}

/// How late the summed input and the output of each node are.
fn latencies(
    spec: &GraphSpec,
    topology: &Topology,
    facts: &BTreeMap<NodeId, NodeFacts>,
) -> (Vec<u32>, Vec<u32>) {
    let own: Vec<u32> = spec.nodes.keys().map(|id| facts[id].latency).collect();
    let (mut before, mut after) = (vec![0_u32; own.len()], vec![0_u32; own.len()]);
    for at in &topology.order {
        let sources = topology.inputs[*at].iter().filter(|input| input.is_audio());
        before[*at] = sources.map(|input| after[input.source]).max().unwrap_or(0);
        after[*at] = before[*at].saturating_add(own[*at]);
    }
    (before, after)
}

fn bare_task(id: NodeId, kind: &NodeKind, remote: bool) -> TaskPlan {
    let ports = kind.ports();
    TaskPlan {
        key: TaskKey::Node(id),
        remote,
        audio: Vec::new(),
        events: Vec::new(),
        has_audio_out: ports.audio_out || matches!(kind, NodeKind::Output),
        has_events_out: ports.notes_out,
        is_output: matches!(kind, NodeKind::Output),
    }
}

fn push_delay(tasks: &mut Vec<TaskPlan>, input: &Input, frames: u32) -> usize {
    tasks.push(TaskPlan {
        key: TaskKey::Delay { from: input.edge.from, to: input.edge.to, frames },
        remote: false,
        audio: vec![input.source],
        events: Vec::new(),
        has_audio_out: true,
        has_events_out: false,
        is_output: false,
    });
    tasks.len() - 1
}
