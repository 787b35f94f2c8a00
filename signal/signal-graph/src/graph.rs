//! The control side of the graph: applies updates and says what the player has to change.
//!
//! Making nodes is left to a [`Workshop`], so that this crate knows no device and no process.

use std::collections::BTreeMap;

use signal_rt::BorrowCell;
use thiserror::Error;

use crate::buffer::StereoBuffer;
use crate::compile::{CompileError, NodeFacts, Order, Plan, TaskPlan, compile};
use crate::delay::{Delay, Outlet};
use crate::event::EventBuffer;
use crate::node::{Content, Node, ParameterChange};
use crate::schedule::{Schedule, Task, TaskKey, TaskState};
use crate::spec::{
    AudioRegion, BuiltinSpec, Difference, GraphSpec, GraphUpdate, NodeId, NodeKind, NoteRegion, SpecError,
};
use crate::sum::WideSum;
use crate::timeline::Timeline;

/// Makes what a graph is made of. [control]
pub trait Workshop {
    /// Makes the node `id`, with all the values its kind states.
    ///
    /// # Errors
    /// Why it cannot be made, for people.
    fn make(&mut self, id: NodeId, kind: &NodeKind) -> Result<Box<dyn Node>, String>;

    /// Makes what [`Node::swap_content`] of an audio player takes, from all its regions in no particular order.
    ///
    /// # Errors
    /// Why it cannot be made, for people.
    fn audio_content(&mut self, player: NodeId, regions: &[&AudioRegion]) -> Result<Content, String>;

    /// Makes what [`Node::swap_content`] of a note player takes, from all its regions in no particular order.
    ///
    /// # Errors
    /// Why it cannot be made, for people.
    fn note_content(&mut self, player: NodeId, regions: &[&NoteRegion]) -> Result<Content, String>;

    /// Makes what [`Node::swap_content`] of a built-in takes, from the sounds it plays. None: it plays none.
    ///
    /// # Errors
    /// Why it cannot be made, for people.
    fn device_content(&mut self, _device: NodeId, _spec: &BuiltinSpec) -> Result<Option<Content>, String> {
        Ok(None)
    }
}

/// Why an update is refused. Nothing changed then.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum GraphError {
    /// The graph does not fit together.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The graph cannot be computed.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A node or its content cannot be made.
    #[error("node {node}: {reason}")]
    Make {
        /// Which.
        node: NodeId,
        /// Why, for people.
        reason: String,
    },
}

/// Everything the player has to change between two blocks, at once.
#[derive(Default)]
pub struct Change {
    /// None: the nodes stay connected as they are.
    pub(crate) schedule: Option<Box<Schedule>>,
    /// New content of players, by task of the schedule then in force.
    pub(crate) contents: Vec<(usize, Content)>,
    /// New values.
    pub(crate) parameters: Vec<ParameterChange>,
    /// None: as it was.
    pub(crate) timeline: Option<Timeline>,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Change")
            .field("schedule", &self.schedule)
            .field("contents", &self.contents.len())
            .field("parameters", &self.parameters)
            .field("timeline", &self.timeline)
            .finish()
    }
}

/// The graph as it will be once the player has applied every [`Change`] made so far, in their order.
#[derive(Debug)]
pub struct Graph {
    spec: GraphSpec,
    facts: BTreeMap<NodeId, NodeFacts>,
    /// Tasks of the last schedule.
    tasks: BTreeMap<TaskKey, usize>,
    max_frames: usize,
    order: Order,
    latency: u32,
}

impl Graph {
    /// [control] A graph without nodes, for blocks of up to `max_frames`.
    #[must_use]
    pub fn new(sample_rate: u32, max_frames: usize, order: Order) -> Self {
        Self {
            spec: GraphSpec::new(sample_rate),
            facts: BTreeMap::new(),
            tasks: BTreeMap::new(),
            max_frames,
            order,
            latency: 0,
        }
    }

    /// [control] What is played.
    #[must_use]
    pub fn spec(&self) -> &GraphSpec {
        &self.spec
    }

    /// [control] Samples by which the output comes after the song position.
    #[must_use]
    pub fn latency(&self) -> u32 {
        self.latency
    }

    /// [control] Applies `update` and makes what it needs.
    ///
    /// # Errors
    /// Why nothing was applied.
    pub fn apply(&mut self, update: &GraphUpdate, workshop: &mut dyn Workshop) -> Result<Change, GraphError> {
        let spec = self.spec.updated(update)?;
        let difference = Difference::between(&self.spec, &spec);
        let mut change = Change {
            parameters: difference.parameters,
            timeline: (difference.timeline || update.whole).then(|| spec.timeline.clone()),
            ..Change::default()
        };
        let contents = make_contents(&spec, difference.players.iter(), workshop)?;
        if difference.topology {
            let made = make_nodes(&spec, difference.made.iter(), workshop)?;
            change.schedule = Some(self.compile(&spec, made)?);
        }
        let task = |(id, content)| self.tasks.get(&TaskKey::Node(id)).map(|task| (*task, content));
        change.contents = contents.into_iter().filter_map(task).collect();
        self.spec = spec;
        Ok(change)
    }

    /// [control] Takes note of a new latency of a node and aligns the others to it. None: it had that already, or is gone.
    pub fn set_latency(&mut self, node: NodeId, latency: u32) -> Option<Change> {
        let facts = self.facts.get_mut(&node)?;
        if facts.latency == latency {
            return None;
        }
        facts.latency = latency;
        let spec = self.spec.clone();
        let schedule = self.compile(&spec, BTreeMap::new()).ok()?;
        Some(Change { schedule: Some(schedule), ..Change::default() })
    }

    fn compile(
        &mut self,
        spec: &GraphSpec,
        made: BTreeMap<NodeId, Box<dyn Node>>,
    ) -> Result<Box<Schedule>, CompileError> {
        let mut facts = self.facts.clone();
        facts.retain(|id, _| spec.nodes.contains_key(id));
        for (id, node) in &made {
            facts.insert(*id, NodeFacts { remote: node.is_remote(), latency: node.latency() });
        }
        let plan = compile(spec, &facts, self.order)?;
        let schedule = assemble(spec, plan, made, &self.tasks, self.max_frames);
        self.facts = facts;
        self.tasks = schedule.tasks.iter().enumerate().map(|(at, task)| (task.key, at)).collect();
        self.latency = schedule.latency;
        Ok(Box::new(schedule))
    }
}

fn make_nodes<'a>(
    spec: &GraphSpec,
    ids: impl Iterator<Item = &'a NodeId>,
    workshop: &mut dyn Workshop,
) -> Result<BTreeMap<NodeId, Box<dyn Node>>, GraphError> {
    let mut made = BTreeMap::new();
    for id in ids {
        let kind = &spec.nodes[id];
        let mut node: Box<dyn Node> = match kind {
            NodeKind::Output => Box::new(Outlet),
            _ => workshop.make(*id, kind).map_err(|reason| GraphError::Make { node: *id, reason })?,
        };
        for (_, mut content) in make_contents(spec, std::iter::once(id), workshop)? {
            node.swap_content(&mut *content);
        }
        made.insert(*id, node);
    }
    Ok(made)
}

fn make_contents<'a>(
    spec: &GraphSpec,
    players: impl Iterator<Item = &'a NodeId>,
    workshop: &mut dyn Workshop,
) -> Result<Vec<(NodeId, Content)>, GraphError> {
    let mut contents = Vec::new();
    for id in players {
        let content = match &spec.nodes[id] {
            NodeKind::AudioPlayer => {
                let own = spec.audio_regions.values().filter(|region| region.node == *id);
                workshop.audio_content(*id, &own.map(AsRef::as_ref).collect::<Vec<_>>())
            }
            NodeKind::NotePlayer => {
                let own = spec.note_regions.values().filter(|region| region.node == *id);
                workshop.note_content(*id, &own.map(AsRef::as_ref).collect::<Vec<_>>())
            }
            NodeKind::Builtin(builtin) => match workshop.device_content(*id, builtin) {
                Ok(Some(content)) => Ok(content),
                Ok(None) => continue,
                Err(reason) => Err(reason),
            },
            _ => continue,
        };
        contents.push((*id, content.map_err(|reason| GraphError::Make { node: *id, reason })?));
    }
    Ok(contents)
}

fn assemble(
    spec: &GraphSpec,
    plan: Plan,
    mut made: BTreeMap<NodeId, Box<dyn Node>>,
    before: &BTreeMap<TaskKey, usize>,
    max_frames: usize,
) -> Schedule {
    let mut schedule = Schedule::silent(max_frames);
    schedule.output = plan
        .tasks
        .iter()
        .zip(&plan.places.tasks)
        .find_map(|(task, place)| if task.is_output { place.output } else { None });
    for (at, (task, place)) in plan.tasks.iter().zip(plan.places.tasks).enumerate() {
        let node = fresh_node(task, &mut made, before);
        match node {
            Some(_) => schedule.fresh.push(at),
            None => schedule.inherited.extend(before.get(&task.key).map(|old| (*old, at))),
        }
        let wide = WideSum::new(task.audio.len(), max_frames);
        schedule.tasks.push(Task {
            key: task.key,
            remote: task.remote,
            audio: place.audio,
            events: place.events,
            output: place.output,
            events_out: place.events_out,
            state: BorrowCell::new(TaskState { node, wide }),
        });
    }
    let buffer = |_| BorrowCell::new(StereoBuffer::new(max_frames));
    schedule.buffers = (0..plan.places.buffers).map(buffer).collect();
    schedule.event_buffers =
        (0..plan.places.event_buffers).map(|_| BorrowCell::new(EventBuffer::new())).collect();
    schedule.relays = Vec::with_capacity(schedule.tasks.iter().filter(|task| task.remote).count());
    schedule.targets = targets(spec, &schedule.tasks);
    schedule.steps = plan.steps;
    schedule.stages = plan.stages;
    schedule.latency = plan.latency;
    schedule.latencies = plan.latencies;
    schedule
}

/// None: the schedule before has it.
fn fresh_node(
    task: &TaskPlan,
    made: &mut BTreeMap<NodeId, Box<dyn Node>>,
    before: &BTreeMap<TaskKey, usize>,
) -> Option<Box<dyn Node>> {
    match task.key {
        TaskKey::Node(id) => made.remove(&id),
        TaskKey::Delay { .. } if before.contains_key(&task.key) => None,
        TaskKey::Delay { frames, .. } => Some(Box::new(Delay::new(frames))),
    }
}

fn targets(spec: &GraphSpec, tasks: &[Task]) -> Vec<(u64, usize)> {
    let mut targets = Vec::new();
    for (at, task) in tasks.iter().enumerate() {
        let TaskKey::Node(id) = task.key else { continue };
        match &spec.nodes[&id] {
            NodeKind::PluginChain(slots) => targets.extend(slots.iter().map(|slot| (slot.device, at))),
            _ => targets.push((id, at)),
        }
    }
    targets.sort_unstable();
    targets
}
