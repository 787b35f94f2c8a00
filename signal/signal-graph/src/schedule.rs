//! A compiled graph: what is computed in which order, and the buffers between.
//!
//! It is made off the audio thread, entered by one pointer, and leaves to be dropped elsewhere. It takes over the nodes of
//! the schedule before it, so whatever stays in the graph keeps its state.

use std::collections::BTreeMap;
use std::ops::Range;

use signal_rt::{BorrowCell, Crew, audio_scope};

use crate::buffer::StereoBuffer;
use crate::change::{Changes, ParameterEvent, process_changing};
use crate::event::EventBuffer;
use crate::node::{Block, Io, Node, ParameterChange, Stereo};
use crate::spec::NodeId;
use crate::sum::{WideSum, sum};

/// What a task is, across schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TaskKey {
    /// A node of the graph.
    Node(NodeId),
    /// A delay of so many frames on an edge.
    Delay { from: NodeId, to: NodeId, frames: u32 },
}

/// Where a task reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nothing is connected.
    Nothing,
    /// One source, read in place.
    One(usize),
    /// Several, put together in `into`.
    Several { sources: Box<[usize]>, into: usize },
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Hand a remote node its block.
    Submit(usize),
    /// Compute a built-in, or collect a remote node.
    Process(usize),
}

/// A node with its place among the buffers.
pub(crate) struct Task {
    pub key: TaskKey,
    pub remote: bool,
    pub audio: Source,
    pub events: Source,
    pub output: Option<usize>,
    pub events_out: Option<usize>,
    pub state: BorrowCell<TaskState>,
}

/// What a task changes while it runs.
pub(crate) struct TaskState {
    /// None until it is taken over from the schedule before.
    pub node: Option<Box<dyn Node>>,
    pub wide: WideSum,
}

/// A compiled graph.
pub struct Schedule {
    pub(crate) tasks: Vec<Task>,
    pub(crate) steps: Vec<Step>,
    /// Steps of one stage do not depend on each other.
    pub(crate) stages: Vec<Range<usize>>,
    pub(crate) buffers: Vec<BorrowCell<StereoBuffer>>,
    pub(crate) event_buffers: Vec<BorrowCell<EventBuffer>>,
    pub(crate) silence: StereoBuffer,
    pub(crate) output: Option<usize>,
    /// Remote tasks whose block is still to be passed on, see [`Node::advance`]. Room for all.
    pub(crate) relays: Vec<usize>,
    /// Tasks of the schedule before and of this one that share a node.
    pub(crate) inherited: Vec<(usize, usize)>,
    /// Tasks whose nodes are new.
    pub(crate) fresh: Vec<usize>,
    /// Ascending: parameter target, task.
    pub(crate) targets: Vec<(u64, usize)>,
    pub(crate) latency: u32,
    /// How late the output of each node is.
    pub(crate) latencies: BTreeMap<NodeId, u32>,
    pub(crate) max_frames: usize,
}

impl std::fmt::Debug for Schedule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Schedule")
            .field("steps", &self.steps)
            .field("stages", &self.stages)
            .field("buffers", &self.buffers.len())
            .field("latency", &self.latency)
            .finish_non_exhaustive()
    }
}

impl Schedule {
    /// [control] Plays nothing.
    #[must_use]
    pub fn silent(max_frames: usize) -> Self {
        Self {
            tasks: Vec::new(),
            steps: Vec::new(),
            stages: Vec::new(),
            buffers: Vec::new(),
            event_buffers: Vec::new(),
            silence: StereoBuffer::new(max_frames),
            output: None,
            relays: Vec::new(),
            inherited: Vec::new(),
            fresh: Vec::new(),
            targets: Vec::new(),
            latency: 0,
            latencies: BTreeMap::new(),
            max_frames,
        }
    }

    /// [any] Samples by which the output comes after the song position.
    #[must_use]
    pub fn latency(&self) -> u32 {
        self.latency
    }

    /// [any] Samples by which the output of a node comes after the song position. None: it has no such node.
    #[must_use]
    pub fn latency_of(&self, node: NodeId) -> Option<u32> {
        self.latencies.get(&node).copied()
    }

    /// [any] The largest block it can compute.
    #[must_use]
    pub fn max_frames(&self) -> usize {
        self.max_frames
    }

    /// [audio] Takes the nodes over from the schedule before, and starts the new ones at `position`.
    pub(crate) fn take_over(&mut self, before: &mut Self, position: i64) {
        for (old, new) in &self.inherited {
            let (old, new) = (before.tasks[*old].state.get_mut(), self.tasks[*new].state.get_mut());
            std::mem::swap(&mut old.node, &mut new.node);
        }
        for task in &self.fresh {
            if let Some(node) = &mut self.tasks[*task].state.get_mut().node {
                node.reset(position);
            }
        }
    }

    /// [audio] Forgets all sound, see [`Node::reset`].
    pub(crate) fn reset(&mut self, position: i64) {
        for task in &mut self.tasks {
            if let Some(node) = &mut task.state.get_mut().node {
                node.reset(position);
            }
        }
    }

    /// [audio] Passes a value on to whose it is. One that nobody has any more is ignored: the graph moved on.
    pub(crate) fn set_parameter(&mut self, change: &ParameterChange) {
        if let Some(task) = self.task_of(change.target)
            && let Some(node) = &mut self.tasks[task].state.get_mut().node
        {
            node.set_parameter(change);
        }
    }

    /// [audio] The task whose parameters these are.
    pub(crate) fn task_of(&self, target: u64) -> Option<usize> {
        let found = self.targets.binary_search_by_key(&target, |(target, _)| *target).ok()?;
        Some(self.targets[found].1)
    }

    /// [audio] The node of a task.
    pub(crate) fn node_mut(&mut self, task: usize) -> Option<&mut Box<dyn Node>> {
        self.tasks.get_mut(task)?.state.get_mut().node.as_mut()
    }

    /// [audio] Computes one block on this thread.
    pub(crate) fn run(&mut self, block: &Block<'_>, changes: &Changes) {
        for index in 0..self.steps.len() {
            let step = self.steps[index];
            if let Step::Process(task) = step
                && self.tasks[task].remote
            {
                self.relay(task, block);
            }
            self.step(step, block, changes);
            if let Step::Submit(task) = step
                && self.advance(task, block, false)
            {
                self.relays.push(task);
            }
        }
    }

    /// Passes the block of `task` on until it is with its last process. Only this one is waited for; after each wait the
    /// others come on.
    fn relay(&mut self, task: usize, block: &Block<'_>) {
        let mut relays = std::mem::take(&mut self.relays);
        if let Some(index) = relays.iter().position(|relay| *relay == task) {
            relays.remove(index);
            let mut goes_on = true;
            while goes_on {
                goes_on = self.advance(task, block, true);
                relays.retain(|relay| self.advance(*relay, block, false));
            }
        }
        self.relays = relays;
    }

    fn advance(&mut self, task: usize, block: &Block<'_>, wait: bool) -> bool {
        self.node_mut(task).is_some_and(|node| node.advance(block, wait))
    }

    /// [audio] Computes one block on all threads of the crew, with the same bits.
    pub(crate) fn run_with(&mut self, block: &Block<'_>, changes: &Changes, crew: &mut Crew) {
        for stage in &self.stages {
            let steps = &self.steps[stage.clone()];
            crew.run(steps.len(), &|index| audio_scope(|| self.step(steps[index], block, changes)));
        }
    }

    /// [audio] What the last block gave.
    pub(crate) fn output(&mut self, frames: usize) -> Stereo<'_> {
        match self.output {
            Some(output) => self.buffers[output].get_mut().read(frames),
            None => self.silence.read(frames),
        }
    }

    fn step(&self, step: Step, block: &Block<'_>, changes: &Changes) {
        match step {
            Step::Submit(task) => self.submit(&self.tasks[task], block, changes.of(task)),
            Step::Process(task) => self.process(&self.tasks[task], block, changes.of(task)),
        }
    }

    fn submit(&self, task: &Task, block: &Block<'_>, changes: &[ParameterEvent]) {
        self.gather(task, block);
        let mut state = task.state.borrow_mut();
        let Some(node) = &mut state.node else { return };
        self.with_input(task, block.frames, |input, events| node.submit(block, input, events, changes));
    }

    fn process(&self, task: &Task, block: &Block<'_>, changes: &[ParameterEvent]) {
        if !task.remote {
            self.gather(task, block);
        }
        let mut state = task.state.borrow_mut();
        let Some(node) = &mut state.node else { return };
        let mut output = task.output.map(|output| self.buffers[output].borrow_mut());
        let mut none = StereoBuffer::new(0);
        let output = match &mut output {
            Some(output) => output.write(block.frames),
            None => none.write(0),
        };
        let mut events_out = task.events_out.map(|events| self.event_buffers[events].borrow_mut());
        let mut nowhere = EventBuffer::closed();
        let events_out = match &mut events_out {
            Some(events) => &mut **events,
            None => &mut nowhere,
        };
        events_out.clear();
        self.with_input(task, block.frames, |input, events| {
            let io = &mut Io { input, events: events.into(), output, events_out };
            if changes.is_empty() || task.remote {
                node.process(block, io);
            } else {
                process_changing(&mut **node, block, io, changes);
            }
        });
    }

    /// Puts several sources together.
    fn gather(&self, task: &Task, block: &Block<'_>) {
        if let Source::Several { sources, into } = &task.audio {
            let mut state = task.state.borrow_mut();
            let mut into = self.buffers[*into].borrow_mut();
            sum(&self.buffers, sources, &mut into, &mut state.wide, block.frames);
        }
        if let Source::Several { sources, into } = &task.events {
            let mut into = self.event_buffers[*into].borrow_mut();
            into.clear();
            for source in sources {
                into.merge(self.event_buffers[*source].borrow().as_slice());
            }
        }
    }

    fn with_input(&self, task: &Task, frames: usize, call: impl FnOnce(Stereo<'_>, &[crate::Event])) {
        let audio = match &task.audio {
            Source::Nothing => None,
            Source::One(buffer) | Source::Several { into: buffer, .. } => {
                Some(self.buffers[*buffer].borrow())
            }
        };
        let input = audio.as_ref().map_or_else(|| self.silence.read(frames), |audio| audio.read(frames));
        let events = match &task.events {
            Source::Nothing => None,
            Source::One(buffer) | Source::Several { into: buffer, .. } => {
                Some(self.event_buffers[*buffer].borrow())
            }
        };
        call(input, events.as_ref().map_or(&[], |events| events.as_slice()));
    }
}
