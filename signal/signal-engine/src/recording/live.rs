//! Which instruments hear which keyboard.
//!
//! The control thread keeps the table, the audio thread deals messages out by it.

use std::collections::BTreeMap;
use std::sync::Arc;

use signal_graph::NodeId;
use signal_nodes::live::{LiveNote, LiveNotes};

use super::feed::MidiIn;
use super::setup::{PortChoice, RecordSetup};

/// Number of the page's keyboard among the ports.
pub const PAGE_KEYBOARD: u16 = 0;

/// The queues of all players of notes, by node. `[control]`
#[derive(Debug, Default)]
pub struct LiveQueues {
    queues: BTreeMap<NodeId, Arc<LiveNotes>>,
}

impl LiveQueues {
    /// The queue of a player, made if there is none.
    pub fn of(&mut self, node: NodeId) -> Arc<LiveNotes> {
        self.queues.entry(node).or_default().clone()
    }

    /// Forgets players that are gone.
    pub fn retain(&mut self, exists: impl Fn(NodeId) -> bool) {
        self.queues.retain(|node, _| exists(*node));
    }

    /// The table for the audio thread. `port`: the number of a port by its name.
    pub fn routes(&mut self, setup: &RecordSetup, port: impl Fn(&str) -> Option<u16>) -> LiveRoutes {
        let mut routes: Vec<Route> = self
            .queues
            .values()
            .map(|queue| Route { track: 0, queue: queue.clone(), port: RoutePort::Nothing })
            .collect();
        for input in setup.inputs.iter().filter(|input| input.note_player != 0) {
            let Some(at) = self.queues.keys().position(|node| *node == input.note_player) else { continue };
            routes[at].track = input.track;
            if input.hears_notes() {
                routes[at].port = match &input.port {
                    PortChoice::Nothing => RoutePort::Nothing,
                    PortChoice::Any => RoutePort::Any,
                    PortChoice::Named(name) => port(name).map_or(RoutePort::Nothing, RoutePort::One),
                };
            }
        }
        LiveRoutes { routes }
    }
}

/// The table. `[audio]`
#[derive(Debug, Default)]
pub struct LiveRoutes {
    routes: Vec<Route>,
}

#[derive(Debug)]
struct Route {
    track: u64,
    queue: Arc<LiveNotes>,
    port: RoutePort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RoutePort {
    Nothing,
    Any,
    One(u16),
}

impl LiveRoutes {
    /// Begins a block: nobody has a message yet.
    pub fn begin(&self) {
        for route in &self.routes {
            route.queue.begin();
        }
    }

    /// Gives a message to whoever hears it. Ends of notes and panic reach everybody that could hold one.
    pub fn deal(&self, midi: &MidiIn) {
        let note = LiveNote { offset: midi.offset, data: midi.data };
        let ends = midi.data == LiveNote::PANIC
            || midi.data[0] & 0xF0 == 0x80
            || (midi.data[0] & 0xF0 == 0x90 && midi.data[2] == 0);
        for route in &self.routes {
            let hears = match midi.track {
                0 => ends || route.port == RoutePort::Any || route.port == RoutePort::One(midi.port),
                track => route.track == track,
            };
            if hears {
                route.queue.push(note);
            }
        }
    }
}
