//! Plugins in processes of their own: each chain of the graph in one `loophole-sandbox`.
//!
//! 1. [`Sandboxes::start`] starts the keeper, the one thread that starts and watches all processes.
//! 2. [`Sandboxes::chain`] gives a node for a chain. It plays the dry signal until the plugins are loaded, while they are
//!    restarted, and whenever they are late; another call for the same graph node gives a node for the same chain.
//! 3. What happens comes as [`SandboxEvent`]s on a bounded channel; [`Sandboxes::list`] shows every process.
//! 4. A chain ends with its last node, all of them with `Sandboxes`.
//!
//! Plugins die, hang and write what they like into their memory; no audio thread waits for them beyond a block's
//! deadline, and nothing they wrote is used unchecked (E8, E10). The graph is not known here.

mod accusation;
mod chain;
mod connection;
mod hosts;
mod keeper;
mod node;
mod process;
mod voice;
mod wire;

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, Weak, atomic::Ordering, mpsc::sync_channel},
    thread::JoinHandle,
};

use rtrb::RingBuffer;
use signal_graph::{NodeId, ParameterChange, PluginSlot};
use signal_rt::BorrowCell;
use tokio::sync::{mpsc, oneshot, watch};

use crate::device_board::{DeviceStatus, SandboxStatus};
use crate::incident::Incident;
pub(crate) use chain::own_process;
use chain::{ChainPlan, SlotPlan, VoiceEnds};
use keeper::{Errand, Errands};
use node::ChainLink;
pub use node::SandboxNode;
use voice::{Failure, OpenRequests, Voice, VoiceFacts};
pub use wire::{NoteName, PluginFacts, RemotePage, Tail, Voices};

/// Messages to a voice that it has not taken: the values of a large chain.
const TO_VOICE: usize = 1024;
/// Messages from a voice that the keeper, which looks every 50 ms, has not taken.
const FROM_VOICE: usize = 1024;

/// What all sandboxes of this process have in common.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The program that hosts plugins.
    pub binary: PathBuf,
    /// In hertz.
    pub sample_rate: u32,
    /// The largest block, at most 8192.
    pub max_frames: u32,
    /// Rendering: chains are waited for, and a failure is an error instead of a dry signal.
    pub offline: bool,
}

/// What happened to plugins.
#[derive(Clone, Debug, PartialEq)]
pub enum SandboxEvent {
    /// A device is doing something else now.
    Status(Box<DeviceStatus>),
    /// The chain of a node has another delay.
    LatencyChanged {
        /// The chain's node.
        node: NodeId,
        /// In samples.
        latency: u32,
    },
    /// A plugin changed a parameter itself.
    ParameterEdited(ParameterChange),
    /// Something went wrong with a plugin.
    Incident(Arc<Incident>),
    /// A plugin has a state of its own that is worth keeping.
    StateSaved {
        /// The Device entity.
        device: u64,
        /// As the plugin gave it.
        state: Arc<[u8]>,
    },
}

impl SandboxEvent {
    /// Whether `older`, which nobody took yet, says nothing any more.
    fn replaces(&self, older: &Self) -> bool {
        match (self, older) {
            (Self::Status(new), Self::Status(old)) => new.device == old.device,
            (Self::LatencyChanged { node: new, .. }, Self::LatencyChanged { node: old, .. }) => new == old,
            (Self::ParameterEdited(new), Self::ParameterEdited(old)) => {
                new.target == old.target && new.parameter == old.parameter
            }
            (Self::StateSaved { device: new, .. }, Self::StateSaved { device: old, .. }) => new == old,
            _ => false,
        }
    }
}

/// Either side of a conversion.
#[derive(Clone, Debug, PartialEq)]
pub enum Convertible {
    /// To be put in words.
    Value(f64),
    /// To be read.
    Text(String),
}

/// Why there is no chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// More plugins than a sandbox holds.
    #[error("a chain of {0} plugins; at most {max} fit", max = shm::sandbox_block::MAX_SLOTS)]
    TooLong(usize),
    /// The slot names a state that did not come before it.
    #[error("device {0}: its state is not there")]
    NoState(u64),
    /// Offline: a plugin could not be loaded.
    #[error("{0}")]
    NotLoaded(String),
    /// Everything is ending.
    #[error("the sandboxes have ended")]
    Ended,
}

/// All sandboxes of this process. `[control]`
#[derive(Debug)]
pub struct Sandboxes {
    setup: Setup,
    errands: Errands,
    keeper: Option<JoinHandle<()>>,
    statuses: watch::Receiver<Vec<SandboxStatus>>,
    links: BTreeMap<NodeId, Weak<ChainLink>>,
    next_key: u64,
}

impl Sandboxes {
    /// Starts the keeper. Events that nobody takes are kept up to a bound, the newest of each kind.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn start(setup: Setup, events: mpsc::Sender<SandboxEvent>) -> io::Result<Self> {
        let (shown, statuses) = watch::channel(Vec::new());
        let open = Arc::new(OpenRequests::new());
        let (errands, keeper) = keeper::start(setup.clone(), open, events, shown)?;
        Ok(Self { setup, errands, keeper: Some(keeper), statuses, links: BTreeMap::new(), next_key: 0 })
    }

    /// A node for the chain of `node`. `state` gives the bytes of a state by its hash, as slots name it.
    ///
    /// Where the chain exists already, its process goes on if it has the same plugins; otherwise it plays until a new one
    /// is loaded. Offline this waits until the plugins are loaded.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub fn chain(
        &mut self,
        node: NodeId,
        slots: &[PluginSlot],
        state: &dyn Fn(&str) -> Option<Arc<[u8]>>,
    ) -> Result<SandboxNode, ChainError> {
        let plan = plan(slots, state)?;
        if let Some(link) = self.links.get(&node).and_then(Weak::upgrade) {
            let sent = self.errands.send(Errand::Change { key: link.key, plan });
            return if sent { Ok(SandboxNode::successor(link)) } else { Err(ChainError::Ended) };
        }
        let (link, ends) = self.link();
        let (opener, opened) = sync_channel(1);
        let opener = self.setup.offline.then_some(opener);
        if !self.errands.send(Errand::Open { key: link.key, node, plan, ends, opener }) {
            return Err(ChainError::Ended);
        }
        if self.setup.offline {
            opened.recv().map_err(|_| ChainError::Ended)?.map_err(ChainError::NotLoaded)?;
        }
        self.links.retain(|_, link| link.strong_count() > 0);
        self.links.insert(node, Arc::downgrade(&link));
        Ok(SandboxNode::new(link))
    }

    /// Every process there is.
    pub fn list(&self) -> Vec<SandboxStatus> {
        self.statuses.borrow().clone()
    }

    /// Kills a sandbox, for the kill button; it is started again. Returns whether `pid` is one.
    pub fn kill(&self, pid: u32) -> bool {
        let known = pid != 0 && self.statuses.borrow().iter().any(|status| status.pid == pid);
        known && self.errands.send(Errand::Kill { pid })
    }

    /// Starts the chain of a device again, also one that was left out. Returns whether a plugin of the graph is asked for.
    pub fn restart(&self, device: u64) -> bool {
        let known = self.statuses.borrow().iter().any(|status| status.devices.contains(&device));
        known && self.errands.send(Errand::Restart { device })
    }

    /// Takes the incident of a device down. Returns whether a plugin of the graph is meant.
    pub fn dismiss_incident(&self, device: u64) -> bool {
        let known = self.statuses.borrow().iter().any(|status| status.devices.contains(&device));
        known && self.errands.send(Errand::DismissIncident { device })
    }

    /// Value to text or text to value, by the plugin itself. The answer comes on its own; none means that the plugin died
    /// over it.
    pub fn convert(
        &self,
        device: u64,
        parameter: u32,
        from: Convertible,
    ) -> oneshot::Receiver<Result<(f64, String), String>> {
        let (answer, answered) = oneshot::channel();
        self.errands.send(Errand::Convert { device, parameter, from, answer });
        answered
    }

    /// Offline: whether every chain has done all it was asked.
    ///
    /// # Errors
    /// Why a chain gave up, for people.
    pub fn check(&self) -> Result<(), String> {
        for (node, link) in &self.links {
            let failure = link.upgrade().and_then(|link| link.facts.failure());
            let reason = match failure {
                None => continue,
                Some(Failure::Died) => "its process died",
                Some(Failure::Hung) => "it took more than 30 seconds for one block",
                Some(Failure::BadOutput) => "it gave no usable sound",
            };
            return Err(format!("the plugins of node {node} failed while rendering: {reason}"));
        }
        Ok(())
    }

    /// Blocks that came too late and blocks that were thrown away, of all chains there are.
    pub fn lost_blocks(&self) -> (u64, u64) {
        let links = self.links.values().filter_map(Weak::upgrade);
        links.fold((0, 0), |(late, bad), link| {
            let facts = &link.facts;
            (late + facts.late_blocks.load(Ordering::Relaxed), bad + facts.bad_blocks.load(Ordering::Relaxed))
        })
    }

    fn link(&mut self) -> (Arc<ChainLink>, VoiceEnds) {
        let (to_voice, from_keeper) = RingBuffer::new(TO_VOICE);
        let (to_keeper, from_voice) = RingBuffer::new(FROM_VOICE);
        let facts = Arc::new(VoiceFacts::default());
        let voice = Voice::new(from_keeper, to_keeper, facts.clone(), &self.setup);
        self.next_key += 1;
        let link = ChainLink {
            key: self.next_key,
            voice: BorrowCell::new(voice),
            facts: facts.clone(),
            errands: self.errands.clone(),
        };
        (Arc::new(link), VoiceEnds { to_voice, from_voice, facts })
    }
}

impl Drop for Sandboxes {
    fn drop(&mut self) {
        self.errands.send(Errand::End);
        if let Some(keeper) = self.keeper.take() {
            // It ends within its farewell time; nothing is left behind then.
            let _ = keeper.join();
        }
    }
}

fn plan(slots: &[PluginSlot], state: &dyn Fn(&str) -> Option<Arc<[u8]>>) -> Result<ChainPlan, ChainError> {
    if slots.len() > shm::sandbox_block::MAX_SLOTS {
        return Err(ChainError::TooLong(slots.len()));
    }
    let slot = |slot: &PluginSlot| {
        let bytes = if slot.state.is_empty() {
            None
        } else {
            Some(state(&slot.state).ok_or(ChainError::NoState(slot.device))?)
        };
        Ok(SlotPlan::new(slot, bytes))
    };
    Ok(ChainPlan { slots: slots.iter().map(slot).collect::<Result<_, _>>()? })
}
