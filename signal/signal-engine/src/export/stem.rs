//! The output of single strips during an offline render: what leaves a strip is also written to a ring, which is emptied
//! after each block.

use signal_graph::{Block, Io, Node, NodeId, ParameterChange};
use signal_rt::rtrb::{Consumer, Producer, RingBuffer};

use crate::device::CHANNELS;
use crate::refusal::Refusal;

/// The strips to listen to. `[control]`
pub struct StemTaps {
    wanted: Vec<NodeId>,
    max_frames: usize,
    rings: Vec<(NodeId, Consumer<f32>)>,
}

impl StemTaps {
    /// For these nodes and blocks of at most `max_frames`.
    pub fn new(wanted: Vec<NodeId>, max_frames: usize) -> Self {
        Self { wanted, max_frames, rings: Vec::new() }
    }

    /// The node itself, or one that also writes down what it gives, where it is wanted.
    pub fn tapped(&mut self, id: NodeId, node: Box<dyn Node>) -> Box<dyn Node> {
        if !self.wanted.contains(&id) {
            return node;
        }
        let (output, ring) = RingBuffer::new(self.max_frames * CHANNELS);
        self.rings.retain(|(tapped, _)| *tapped != id);
        self.rings.push((id, ring));
        Box::new(TappedNode { node, output })
    }

    /// Takes what a node gave in the last block, interleaved.
    ///
    /// # Errors
    /// The graph has no such strip.
    pub fn take(&mut self, id: NodeId, interleaved: &mut Vec<f32>) -> Result<(), Refusal> {
        interleaved.clear();
        let ring = self.rings.iter_mut().find(|(tapped, _)| *tapped == id);
        let (_, ring) =
            ring.ok_or_else(|| Refusal::not_found(format!("there is no strip {id} to export")))?;
        if let Ok(chunk) = ring.read_chunk(ring.slots()) {
            let (first, second) = chunk.as_slices();
            interleaved.extend_from_slice(first);
            interleaved.extend_from_slice(second);
            chunk.commit_all();
        }
        Ok(())
    }
}

struct TappedNode {
    node: Box<dyn Node>,
    output: Producer<f32>,
}

impl Node for TappedNode {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        self.node.process(block, io);
        // There is room: the ring holds the longest block and is emptied after each.
        if let Ok(chunk) = self.output.write_chunk_uninit(block.frames * CHANNELS) {
            let frames = io.output.left.iter().zip(io.output.right.iter());
            chunk.fill_from_iter(frames.flat_map(|(left, right)| [*left, *right]));
        }
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        self.node.set_parameter(change);
    }

    fn reset(&mut self, position: i64) {
        self.node.reset(position);
    }

    fn latency(&self) -> u32 {
        self.node.latency()
    }
}
