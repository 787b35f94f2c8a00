//! The graph that is played, as the control thread holds it: updates in, changes for the audio thread out.
//!
//! When Pulse goes away the graph stays. A new connection starts with a whole graph, of which only what differs from the
//! present one is made anew, so the sound goes on.

use std::collections::BTreeSet;
use std::sync::Arc;

use signal_graph::{Change, Graph, GraphSpec, GraphUpdate, NodeId, NodeKind, Order, RegionId};
use signal_nodes::workshop::{self, Setting};

use crate::audition::METER_NODE;
use crate::device_board::{DeviceBoard, DeviceState};
use crate::device_sounds::DeviceSounds;
use crate::disk::Disk;
use crate::graph_assembly::{GraphAssembly, GraphPart};
use crate::meters::MeterSlots;
use crate::midi::control::MidiControl;
use crate::parameters;
use crate::recording::RecordingControl;
use crate::sandbox::Sandboxes;
use crate::state_store::{StateHash, StatePart, StateStore};
use crate::workshop::LiveWorkshop;

/// The graph, what is under way to it, and the states it names.
pub struct LiveGraph {
    graph: Graph,
    assembly: GraphAssembly,
    states: StateStore,
    sounds: DeviceSounds,
    setting: Setting,
}

/// What nodes are made with.
pub struct Tools<'a> {
    /// Where sound comes from.
    pub disk: &'a mut Disk,
    /// Where strips show their peaks.
    pub meters: &'a mut MeterSlots,
    /// Where plugins run.
    pub sandboxes: &'a mut Sandboxes,
    /// Where devices are shown.
    pub board: &'a DeviceBoard,
    /// What comes in.
    pub recording: &'a mut RecordingControl,
    /// What goes out to MIDI ports.
    pub midi: &'a mut MidiControl,
}

/// An update that was applied.
pub struct Applied {
    /// What the audio thread has to change.
    pub change: Change,
    /// The disk thread has to know: regions, players or the loop changed.
    pub plays_otherwise: bool,
}

impl LiveGraph {
    /// An empty graph.
    pub fn new(setting: Setting) -> Self {
        Self {
            graph: Graph::new(setting.sample_rate, setting.max_frames, Order::Sequential),
            assembly: GraphAssembly::default(),
            states: StateStore::default(),
            sounds: DeviceSounds::default(),
            setting,
        }
    }

    /// What is played.
    pub fn spec(&self) -> &GraphSpec {
        self.graph.spec()
    }

    /// A new connection: it begins with a whole graph, whatever the last one left unfinished.
    pub fn connect(&mut self) {
        self.assembly = GraphAssembly::default();
    }

    /// Takes a part. Returns the update once it is complete.
    ///
    /// # Errors
    /// Why the update is refused, for people; told once an update.
    pub fn add(&mut self, part: GraphPart) -> Result<Option<(u64, GraphUpdate)>, String> {
        self.assembly.add(part).map_err(|error| error.to_string())
    }

    /// A part could not be read: its update is refused.
    pub fn refuse(&mut self, revision: u64, last: bool) {
        self.assembly.refuse(revision, last);
    }

    /// Takes a part of a plugin's state.
    ///
    /// # Errors
    /// Why it was not taken, for people.
    pub fn add_state(&mut self, part: StatePart) -> Result<(), String> {
        self.states.add(part).map_err(|error| error.to_string())
    }

    /// Keeps a state that a device's plugin gave, under its name.
    pub fn keep_state(&mut self, device: u64, state: Arc<[u8]>) -> StateHash {
        self.states.give(device, state)
    }

    /// Takes note of another latency of a chain. `None`: nothing has to be aligned anew.
    pub fn set_latency(&mut self, node: NodeId, latency: u32) -> Option<Change> {
        self.graph.set_latency(node, latency)
    }

    /// Applies an update, whole or not at all.
    ///
    /// # Errors
    /// Why nothing was changed, for people.
    pub fn apply(&mut self, update: &GraphUpdate, tools: Tools<'_>) -> Result<Applied, String> {
        let Tools { disk, meters, sandboxes, board, recording, midi } = tools;
        let rate = self.setting.sample_rate;
        if let Some(timeline) = update.timeline.as_ref().filter(|timeline| timeline.sample_rate != rate) {
            return Err(format!(
                "the graph is for {} Hz, the device runs at {rate} Hz",
                timeline.sample_rate
            ));
        }
        let (setting, states, sounds) = (&self.setting, &self.states, &mut self.sounds);
        let mut workshop = LiveWorkshop {
            setting,
            disk,
            meters,
            sandboxes,
            states,
            recording: &mut *recording,
            midi: &mut *midi,
            sounds,
        };
        let applied = self.graph.apply(update, &mut workshop);
        let spec = self.graph.spec();
        // Also after a refusal: what was made for the refused update goes again.
        let has_meter = |node: NodeId| spec.nodes.get(&node).is_some_and(workshop::has_meter);
        meters.retain(|node| node == METER_NODE || has_meter(node));
        recording.queues().retain(|node| matches!(spec.nodes.get(&node), Some(NodeKind::NotePlayer)));
        recording.route();
        midi.retain(|node| matches!(spec.nodes.get(&node), Some(NodeKind::MidiOutput(_))));
        let change = applied.map_err(|error| error.to_string())?;
        self.show_builtins(update, board);
        self.forget_states();
        let plays_otherwise = update.whole
            || update.timeline.is_some()
            || !(update.audio_regions.is_empty()
                && update.removed_regions.is_empty()
                && update.removed_nodes.is_empty()
                && update.nodes.is_empty());
        Ok(Applied { change, plays_otherwise })
    }

    /// Updates that make players open the files of these regions again: one that takes them out, one that puts them back.
    pub fn reload(&self, regions: &[RegionId]) -> [GraphUpdate; 2] {
        let spec = self.graph.spec();
        let found: Vec<_> = regions.iter().filter_map(|id| spec.audio_regions.get(id)).collect();
        let removed_regions = found.iter().map(|region| region.id).collect();
        let audio_regions = found.iter().map(|region| region.as_ref().clone()).collect();
        [
            GraphUpdate { removed_regions, ..GraphUpdate::default() },
            GraphUpdate { audio_regions, ..GraphUpdate::default() },
        ]
    }

    fn show_builtins(&mut self, update: &GraphUpdate, board: &DeviceBoard) {
        let spec = self.graph.spec();
        let touched: BTreeSet<u64> = if update.whole {
            spec.nodes.keys().copied().collect()
        } else {
            let targets = update.parameters.iter().map(|change| change.target);
            update.nodes.iter().map(|node| node.id).chain(targets).collect()
        };
        for mut status in touched.into_iter().filter_map(|id| parameters::builtin_status(spec, id)) {
            if let Some(problem) = self.sounds.problem(status.device) {
                (status.state, status.reason) = (DeviceState::Missing, problem.to_owned());
            }
            board.set(status);
        }
        let devices = devices(spec);
        board.retain(|device| devices.contains(&device));
        self.sounds.retain(|device| devices.contains(&device));
    }

    /// Keeps the states that the graph names, and those that are on their way into it.
    fn forget_states(&mut self) {
        let slots = self.graph.spec().nodes.values().filter_map(|kind| match kind {
            NodeKind::PluginChain(slots) => Some(slots),
            _ => None,
        });
        let slots = slots.flatten();
        let (devices, named): (BTreeSet<u64>, BTreeSet<Option<StateHash>>) =
            slots.map(|slot| (slot.device, StateHash::parse(&slot.state))).unzip();
        self.states.retain(|hash| named.contains(&Some(hash)), |device| devices.contains(&device));
    }
}

/// The devices of a graph: built-ins by their nodes, plugins by their slots.
fn devices(spec: &GraphSpec) -> BTreeSet<u64> {
    let of_node = |(id, kind): (&u64, &NodeKind)| match kind {
        NodeKind::Builtin(_) => vec![*id],
        NodeKind::PluginChain(slots) => slots.iter().map(|slot| slot.device).collect(),
        _ => Vec::new(),
    };
    spec.nodes.iter().flat_map(of_node).collect()
}
