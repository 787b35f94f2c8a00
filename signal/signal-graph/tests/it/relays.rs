//! Remote nodes that pass their block through several processes: all of them come on while one is waited for.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use signal_graph::{
    AudioRegion, Block, Content, Event, Graph, Io, Node, NodeId, NodeKind, NoteRegion, OfflinePlayer, Order,
    ParameterChange, ParameterEvent, Stereo, Workshop,
};

use crate::parts::{MAX_FRAMES, OUTPUT, Part, graph};

/// Processes that a row passes its block through.
const HOPS: u32 = 3;
const ROWS: NodeId = 16;

/// Waits so far, of all rows: what was handed over before a wait is answered after it.
type Waits = Arc<AtomicU32>;

struct Row {
    waits: Waits,
    /// Processes that were handed the block, and when the last of them was.
    handed: u32,
    since: u32,
}

impl Row {
    fn is_answered(&self) -> bool {
        self.waits.load(Ordering::Relaxed) > self.since
    }

    fn hand_over(&mut self) {
        self.handed += 1;
        self.since = self.waits.load(Ordering::Relaxed);
    }

    fn wait(&self) {
        self.waits.fetch_add(1, Ordering::Relaxed);
    }
}

impl Node for Row {
    fn submit(&mut self, _: &Block<'_>, _: Stereo<'_>, _: &[Event], _: &[ParameterEvent]) {
        assert_eq!(self.handed, 0, "the block before was not collected");
        self.hand_over();
    }

    fn advance(&mut self, _block: &Block<'_>, wait: bool) -> bool {
        assert!((1..HOPS).contains(&self.handed), "there is something to pass on");
        if wait && !self.is_answered() {
            self.wait();
        }
        if self.is_answered() {
            self.hand_over();
        }
        self.handed < HOPS
    }

    fn process(&mut self, _block: &Block<'_>, io: &mut Io<'_>) {
        assert_eq!(self.handed, HOPS, "the block did not come to the last process");
        if !self.is_answered() {
            self.wait();
        }
        self.handed = 0;
        io.output.copy_from(io.input);
    }

    fn set_parameter(&mut self, _change: &ParameterChange) {}

    fn reset(&mut self, _position: i64) {}

    fn is_remote(&self) -> bool {
        true
    }
}

struct Rows(Waits);

impl Workshop for Rows {
    fn make(&mut self, _id: NodeId, _kind: &NodeKind) -> Result<Box<dyn Node>, String> {
        Ok(Box::new(Row { waits: self.0.clone(), handed: 0, since: 0 }))
    }

    fn audio_content(&mut self, _: NodeId, _: &[&AudioRegion]) -> Result<Content, String> {
        Ok(Box::new(()))
    }

    fn note_content(&mut self, _: NodeId, _: &[&NoteRegion]) -> Result<Content, String> {
        Ok(Box::new(()))
    }
}

#[test]
fn rows_of_processes_wait_together() {
    let rows: Vec<_> = (1..=ROWS).map(|id| (id, Part::Integrator)).collect();
    let edges: Vec<_> = (1..=ROWS).map(|id| (id, OUTPUT)).collect();
    let (update, _) = graph(&rows, &edges);
    let waits = Waits::default();
    let mut compiled = Graph::new(48_000, MAX_FRAMES, Order::Sequential);
    let change = compiled.apply(&update, &mut Rows(waits.clone())).expect("the graph is sound");
    let mut player = OfflinePlayer::new(change, 0, 1).expect("a whole graph");
    for block in 1..=3 {
        player.block(64);
        assert_eq!(
            waits.load(Ordering::Relaxed),
            block * HOPS,
            "each process is waited for once, not once a row"
        );
    }
}
