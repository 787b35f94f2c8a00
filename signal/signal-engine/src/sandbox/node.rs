//! A plugin chain as a node of the graph. Several nodes may stand for one chain, one after the other: the graph makes a
//! new one when the chain's plugins change, and the process behind goes on or is replaced on its own terms.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use signal_graph::{Block, Event, Io, Node, ParameterChange, ParameterEvent, Stereo};
use signal_rt::BorrowCell;

use super::keeper::Errands;
use super::voice::{Voice, VoiceFacts};

/// What the nodes of one chain share. The chain ends with the last of them.
#[derive(Debug)]
pub struct ChainLink {
    /// Names the chain to the keeper.
    pub key: u64,
    /// The audio half. Used by the node of the schedule in force alone.
    pub voice: BorrowCell<Voice>,
    /// What the keeper reads.
    pub facts: Arc<VoiceFacts>,
    /// The way to the keeper.
    pub errands: Errands,
}

impl Drop for ChainLink {
    fn drop(&mut self) {
        self.errands.forget(self.key);
    }
}

/// A chain of plugins in a process of its own.
#[derive(Debug)]
pub struct SandboxNode {
    link: Arc<ChainLink>,
    /// It takes the place of another node of the chain and has not been reset.
    succeeds: bool,
}

impl SandboxNode {
    /// `[control]` A node for a new chain.
    pub fn new(link: Arc<ChainLink>) -> Self {
        Self { link, succeeds: false }
    }

    /// `[control]` A node for a chain that plays already.
    pub fn successor(link: Arc<ChainLink>) -> Self {
        Self { link, succeeds: true }
    }
}

impl Node for SandboxNode {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        match self.link.voice.try_borrow_mut() {
            Some(mut voice) => voice.process(block, io),
            // Two schedules at once do not happen; if they did, one of them is enough to hear.
            None => io.output.silence(),
        }
    }

    fn submit(&mut self, block: &Block<'_>, input: Stereo<'_>, events: &[Event], changes: &[ParameterEvent]) {
        if let Some(mut voice) = self.link.voice.try_borrow_mut() {
            voice.submit(block, input, events, changes);
        }
    }

    fn advance(&mut self, block: &Block<'_>, wait: bool) -> bool {
        self.link.voice.try_borrow_mut().is_some_and(|mut voice| voice.advance(block, wait))
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        if let Some(mut voice) = self.link.voice.try_borrow_mut() {
            voice.set_parameter(change);
        }
    }

    fn reset(&mut self, _position: i64) {
        // A schedule resets what is new in it. The chain is not: its tails and notes go on.
        if std::mem::take(&mut self.succeeds) {
            return;
        }
        if let Some(mut voice) = self.link.voice.try_borrow_mut() {
            voice.reset();
        }
    }

    fn latency(&self) -> u32 {
        self.link.facts.latency.load(Ordering::Acquire)
    }

    fn is_remote(&self) -> bool {
        true
    }
}
