//! Nodes and graphs small enough to know what they must sound like.

use std::collections::BTreeMap;

use signal_graph::{
    AudioRegion, Block, BuiltinSpec, Change, Content, Edge, EdgeKind, Event, Graph, GraphUpdate, Io, Node,
    NodeId, NodeKind, NodeSpec, NoteRegion, OfflinePlayer, Order, ParameterChange, ParameterEvent, Stereo,
    Timeline, Workshop,
};

/// The output's id in all graphs here.
pub const OUTPUT: NodeId = 1000;

/// Largest block of all graphs here.
pub const MAX_FRAMES: usize = 512;

/// What a test node does.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// A sine of the song position, times a factor.
    Sine(f32),
    /// The sum of all its input so far: any difference stays for ever.
    Integrator,
    /// Its input times a factor, so late, computed elsewhere.
    Remote { factor: f32, latency: u32 },
    /// Its input times a factor, so late.
    Late { factor: f32, latency: u32 },
}

/// Makes the parts by their name in the graph.
#[derive(Debug, Default)]
pub struct Parts(pub BTreeMap<String, Part>);

impl Workshop for Parts {
    fn make(&mut self, _id: NodeId, kind: &NodeKind) -> Result<Box<dyn Node>, String> {
        let NodeKind::Builtin(builtin) = kind else { return Err("only parts".to_owned()) };
        let part = self.0.get(&builtin.name).ok_or("no such part")?;
        Ok(match *part {
            Part::Sine(factor) => Box::new(Sine { factor, held: 0.0 }),
            Part::Integrator => Box::new(Integrator { sum: 0.0 }),
            Part::Late { factor, latency } => Box::new(Late::new(factor, latency, false)),
            Part::Remote { factor, latency } => Box::new(Late::new(factor, latency, true)),
        })
    }

    fn audio_content(&mut self, _: NodeId, _: &[&AudioRegion]) -> Result<Content, String> {
        Ok(Box::new(()))
    }

    fn note_content(&mut self, _: NodeId, _: &[&NoteRegion]) -> Result<Content, String> {
        Ok(Box::new(()))
    }
}

/// A graph of named parts: `(id, part)` and `(from, to)`.
pub fn graph(parts: &[(NodeId, Part)], edges: &[(NodeId, NodeId)]) -> (GraphUpdate, Parts) {
    let name = |id: NodeId| format!("part {id}");
    let mut nodes: Vec<NodeSpec> = parts.iter().map(|(id, _)| part_node(*id)).collect();
    nodes.push(NodeSpec { id: OUTPUT, kind: NodeKind::Output });
    let edges = edges.iter().map(|(from, to)| audio(*from, *to)).collect();
    let workshop = Parts(parts.iter().map(|(id, part)| (name(*id), *part)).collect());
    (GraphUpdate { whole: true, nodes, edges, ..GraphUpdate::default() }, workshop)
}

/// The node of a part.
pub fn part_node(id: NodeId) -> NodeSpec {
    let builtin =
        BuiltinSpec { name: format!("part {id}"), parameters: Vec::new(), bypass: false, media: Vec::new() };
    NodeSpec { id, kind: NodeKind::Builtin(builtin) }
}

/// An audio edge.
pub fn audio(from: NodeId, to: NodeId) -> Edge {
    Edge { from, to, kind: EdgeKind::Audio }
}

/// Compiles a whole graph.
pub fn compiled(update: &GraphUpdate, workshop: &mut Parts, order: Order) -> (Graph, Change) {
    let mut graph = Graph::new(48_000, MAX_FRAMES, order);
    let change = graph.apply(update, workshop).expect("the graph is sound");
    (graph, change)
}

/// The bits of a render of a graph from `from` on.
pub fn rendered(
    (update, mut workshop): (GraphUpdate, Parts),
    threads: usize,
    from: i64,
    sizes: impl IntoIterator<Item = usize>,
    frames: usize,
) -> Vec<f32> {
    let order = if threads > 1 { Order::Parallel } else { Order::Sequential };
    let (_, change) = compiled(&update, &mut workshop, order);
    let mut player = OfflinePlayer::new(change, from, threads).expect("a whole graph");
    let mut left = Vec::new();
    for size in sizes {
        if left.len() >= frames {
            break;
        }
        let Stereo { left: block, right } = player.block(size.min(frames - left.len()));
        assert_eq!(block, right, "both sides of a part are the same");
        left.extend_from_slice(block);
    }
    left
}

/// A timeline with a loop.
pub fn looped(start: i64, end: i64) -> Timeline {
    Timeline { loop_range: Some((start, end)), ..Timeline::constant(48_000) }
}

struct Sine {
    factor: f32,
    /// Rises with each reset and change: what a node keeps across schedules.
    held: f32,
}

impl Sine {
    fn at(&self, position: i64) -> f32 {
        self.factor * ((position % 480) as f32 / 480.0 * std::f32::consts::TAU).sin() + self.held
    }
}

impl Node for Sine {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        for frame in 0..block.frames {
            let sample = if block.playing { self.at(block.position + frame as i64) } else { 0.0 };
            io.output.left[frame] = sample;
            io.output.right[frame] = sample;
        }
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        self.held = change.value as f32;
    }

    fn reset(&mut self, _position: i64) {}
}

struct Integrator {
    sum: f32,
}

impl Node for Integrator {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        for frame in 0..block.frames {
            self.sum += io.input.left[frame];
            io.output.left[frame] = self.sum;
            io.output.right[frame] = self.sum;
        }
    }

    fn set_parameter(&mut self, _change: &ParameterChange) {}

    fn reset(&mut self, _position: i64) {
        self.sum = 0.0;
    }
}

struct Late {
    factor: f32,
    past: Vec<f32>,
    next: usize,
    remote: bool,
    /// Remote: what was handed over, to be collected.
    handed: Vec<f32>,
    changes: Vec<ParameterEvent>,
}

impl Late {
    fn new(factor: f32, latency: u32, remote: bool) -> Self {
        let handed = Vec::with_capacity(MAX_FRAMES);
        let changes = Vec::with_capacity(MAX_FRAMES);
        Self { factor, past: vec![0.0; latency as usize + 1], next: 0, remote, handed, changes }
    }
}

impl Node for Late {
    fn submit(&mut self, _: &Block<'_>, input: Stereo<'_>, _: &[Event], changes: &[ParameterEvent]) {
        assert!(self.handed.is_empty(), "the block before was not collected");
        self.handed.extend_from_slice(input.left);
        self.changes.extend_from_slice(changes);
    }

    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        if self.remote {
            assert_eq!(self.handed, io.input.left, "collected with another input than submitted");
            self.handed.clear();
        }
        for frame in 0..block.frames {
            while self.changes.first().is_some_and(|change| change.offset as usize == frame) {
                self.factor = self.changes.remove(0).change.value as f32;
            }
            self.past[self.next] = io.input.left[frame];
            self.next = (self.next + 1) % self.past.len();
            let sample = self.past[self.next] * self.factor;
            io.output.left[frame] = sample;
            io.output.right[frame] = sample;
        }
    }

    fn set_parameter(&mut self, _change: &ParameterChange) {}

    fn reset(&mut self, _position: i64) {
        self.past.fill(0.0);
    }

    fn latency(&self) -> u32 {
        self.past.len() as u32 - 1
    }

    fn is_remote(&self) -> bool {
        self.remote
    }
}
