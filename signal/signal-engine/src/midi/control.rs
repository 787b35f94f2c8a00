//! The control thread's hold on MIDI: which ports there are, which are open, and which node sends where.
//!
//! 1. [`MidiControl::tick`] looks at the ports of the device and of the sequencer, some times a second.
//! 2. Names that the song or a keyboard needs get a number and are opened; nodes of the graph whose port is there get a route.
//! 3. What changed goes to the audio thread as a new table, to recording as numbers by name, and to whoever shows ports.
//!
//! A port that the song names and that is not there stays wanted: it is used once it is back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use signal_graph::{GraphSpec, MidiOutputSpec, NodeId, NodeKind};
use signal_nodes::midi_out::MidiLine;
use signal_rt::rtrb::{Consumer, PushError};

use super::TimedMessage;
use super::outlet::{Outlet, OutletOrder, OutletRings, Route, Sender, Table, Way, outlet};
use super::sequencer::Sequencer;
use crate::device::{Device, MidiDirection, OuterPort, WantedPort};
use crate::recording::setup::{PortChoice, RecordSetup};

/// Between two looks at the ports.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// How long a port stays open that nobody wants any more: what sounds there is ended meanwhile.
const FAREWELL: Duration = Duration::from_millis(500);
/// Orders to the audio thread kept while its ring is full.
const MOST_UNSENT: usize = 4096;
/// Ports that are open at once.
const MOST_OPEN: usize = 64;

/// A port as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShownPort {
    /// Which way.
    pub direction: MidiDirection,
    /// What songs keep.
    pub name: String,
    /// "virtual", "jack", "pipewire", "alsa"; empty: it is missing.
    pub system: String,
    /// Hardware.
    pub physical: bool,
}

/// All ports, and why whole kinds are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownPorts {
    /// Inputs, then outputs, each by name.
    pub ports: Vec<ShownPort>,
    /// For people; empty: nothing is absent.
    pub notice: String,
}

/// The control thread's end. `[control]`
pub struct MidiControl {
    rings: OutletRings,
    unsent: VecDeque<OutletOrder>,
    sequencer: Sequencer,
    lines: BTreeMap<NodeId, Arc<MidiLine>>,
    /// What names are known by for as long as this lives.
    numbers: BTreeMap<String, u16>,
    /// Until when ports that nobody wants any more stay open.
    leaving: BTreeMap<WantedKey, Instant>,
    wanted: BTreeSet<WantedKey>,
    /// Output ports that were open at the last look.
    open: BTreeSet<(bool, u16)>,
    /// What the audio thread's table says.
    routes: Routes,
    shown: ShownPorts,
    looked: Option<Instant>,
}

type WantedKey = (MidiDirection, String);
type Routes = BTreeMap<NodeId, (Option<Route>, Arc<MidiLine>)>;

/// A port and what it is reached by.
struct There {
    port: OuterPort,
    way: Way,
    system: String,
}

/// What the rest of the control thread has to know after a look.
#[derive(Debug, Default)]
pub struct MidiNews {
    /// Numbers of ports by name, for recording.
    pub numbers: BTreeMap<String, u16>,
    /// Ports came or went.
    pub changed: bool,
}

impl MidiControl {
    /// Starts the sequencer's thread. Also gives the audio thread's end, and what the sequencer hears.
    pub fn start() -> (Self, Outlet, Consumer<TimedMessage>) {
        let (end, mut rings) = outlet();
        let outgoing = rings.to_sequencer.take().unwrap_or_else(|| rtrb::RingBuffer::new(1).1);
        let (sequencer, heard) = Sequencer::start(outgoing);
        let control = Self {
            rings,
            unsent: VecDeque::new(),
            sequencer,
            lines: BTreeMap::new(),
            numbers: BTreeMap::new(),
            leaving: BTreeMap::new(),
            wanted: BTreeSet::new(),
            open: BTreeSet::new(),
            routes: BTreeMap::new(),
            shown: ShownPorts::default(),
            looked: None,
        };
        (control, end, heard)
    }

    /// The line of a node, made if there is none.
    pub fn line(&mut self, node: NodeId) -> Arc<MidiLine> {
        self.lines.entry(node).or_default().clone()
    }

    /// Forgets nodes that are gone, and looks again as soon as possible.
    pub fn retain(&mut self, exists: impl Fn(NodeId) -> bool) {
        self.lines.retain(|node, _| exists(*node));
        self.looked = None;
    }

    /// The ports as they are shown.
    pub fn shown(&self) -> &ShownPorts {
        &self.shown
    }

    /// Ends everything that sounds at any port.
    pub fn silence(&mut self) {
        self.send(OutletOrder::Silence);
    }

    /// To be called every few milliseconds. None: there was no time to look yet.
    pub fn tick(
        &mut self,
        now: Instant,
        device: Option<&dyn Device>,
        spec: &GraphSpec,
        setup: &RecordSetup,
    ) -> Option<MidiNews> {
        self.flush();
        if self.looked.is_some_and(|at| now.saturating_duration_since(at) < LOOK_INTERVAL) {
            return None;
        }
        self.looked = Some(now);
        let there = self.look(device);
        let named = names(spec, setup);
        self.want(now, &there, &named);
        self.open(device, &there);
        self.route(spec, &there);
        let shown = self.show(&there, &named);
        let changed = shown != self.shown;
        self.shown = shown;
        Some(MidiNews { numbers: self.numbers.clone(), changed })
    }

    /// The device's ports come first: a name that both have is the device's.
    fn look(&self, device: Option<&dyn Device>) -> Vec<There> {
        let system =
            device.map_or("", |device| device.name()).split(':').next().unwrap_or_default().to_owned();
        let of_device = device.map(|device| device.midi_ports()).unwrap_or_default().into_iter();
        let mut there: Vec<There> =
            of_device.map(|port| There { port, way: Way::Device, system: system.clone() }).collect();
        for port in self.sequencer.ports() {
            if !there.iter().any(|other| key(&other.port) == key(&port)) {
                there.push(There { port, way: Way::Sequencer, system: "alsa".to_owned() });
            }
        }
        there
    }

    /// What is to be open: what the song names, and every keyboard that is hardware.
    fn want(&mut self, now: Instant, there: &[There], named: &BTreeSet<WantedKey>) {
        let keyboards = there.iter().map(|it| &it.port);
        let keyboards = keyboards.filter(|port| port.physical && port.direction == MidiDirection::Input);
        let wanted: BTreeSet<WantedKey> = named.iter().cloned().chain(keyboards.map(key)).collect();
        for gone in self.wanted.difference(&wanted) {
            self.leaving.insert(gone.clone(), now + FAREWELL);
        }
        self.leaving.retain(|port, until| !wanted.contains(port) && *until > now);
        self.wanted = wanted;
        for (_, name) in &self.wanted {
            let next = self.numbers.len() + 1;
            if !self.numbers.contains_key(name)
                && let Ok(number) = u16::try_from(next)
            {
                self.numbers.insert(name.clone(), number);
            }
        }
    }

    fn open(&self, device: Option<&dyn Device>, there: &[There]) {
        let of_way = |way: Way| -> Vec<WantedPort> {
            let keys = self.wanted.iter().chain(self.leaving.keys());
            let reached =
                keys.filter(|wanted| there.iter().any(|it| it.way == way && key(&it.port) == **wanted));
            reached
                .filter_map(|(direction, name)| {
                    let number = *self.numbers.get(name)?;
                    Some(WantedPort { name: name.clone(), direction: *direction, number })
                })
                .take(MOST_OPEN)
                .collect()
        };
        if let Some(device) = device {
            device.open_midi(&of_way(Way::Device));
        }
        self.sequencer.open(&of_way(Way::Sequencer));
    }

    /// Sends the audio thread another table, if a route, a node or a port is another.
    fn route(&mut self, spec: &GraphSpec, there: &[There]) {
        let route = |output: &MidiOutputSpec| {
            let is_port = |it: &&There| {
                it.port.open && it.port.direction == MidiDirection::Output && it.port.name == output.port
            };
            let it = there.iter().find(is_port).filter(|_| !output.mute)?;
            let port = *self.numbers.get(&output.port)?;
            Some(Route { port, way: it.way, channel: output.channel, latency: it.port.latency })
        };
        let routes: Routes = outputs(spec)
            .filter_map(|(node, output)| Some((node, (route(output), self.lines.get(&node)?.clone()))))
            .collect();
        let open: BTreeSet<(bool, u16)> = there
            .iter()
            .filter(|it| it.port.open && it.port.direction == MidiDirection::Output)
            .filter_map(|it| Some((it.way == Way::Sequencer, *self.numbers.get(&it.port.name)?)))
            .collect();
        let way = |by_sequencer: bool| if by_sequencer { Way::Sequencer } else { Way::Device };
        let opened: Vec<_> = open.difference(&self.open).map(|(by, port)| (way(*by), *port)).collect();
        if are_same(&routes, &self.routes) && opened.is_empty() {
            self.open = open;
            return;
        }
        let senders =
            routes.iter().map(|(node, (route, line))| Sender::new(*node, line.clone(), *route)).collect();
        (self.routes, self.open) = (routes, open);
        self.send(OutletOrder::Table(Box::new(Table { senders, opened })));
    }

    fn show(&self, there: &[There], named: &BTreeSet<WantedKey>) -> ShownPorts {
        let mut ports: Vec<ShownPort> = there
            .iter()
            .map(|There { port, system, .. }| ShownPort {
                direction: port.direction,
                name: port.name.clone(),
                system: system.clone(),
                physical: port.physical,
            })
            .collect();
        for (direction, name) in named {
            if !there.iter().any(|it| it.port.direction == *direction && it.port.name == *name) {
                let (direction, name) = (*direction, name.clone());
                ports.push(ShownPort { direction, name, system: String::new(), physical: false });
            }
        }
        ports.sort();
        let notice =
            self.sequencer.absence().map(|reason| format!("ALSA MIDI: {reason}")).unwrap_or_default();
        ShownPorts { ports, notice }
    }

    fn send(&mut self, order: OutletOrder) {
        // The newest counts: a device that stands still for so long gets it when it goes on.
        if self.unsent.len() < MOST_UNSENT {
            self.unsent.push_back(order);
        }
        self.flush();
    }

    fn flush(&mut self) {
        self.rings.done.collect();
        while let Some(order) = self.unsent.pop_front() {
            if let Err(PushError::Full(order)) = self.rings.orders.push(order) {
                self.unsent.push_front(order);
                break;
            }
        }
    }
}

/// A node that went and came back has another line.
fn are_same(one: &Routes, other: &Routes) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|((node, (route, line)), (other_node, (other_route, other_line)))| {
            (node, route) == (other_node, other_route) && Arc::ptr_eq(line, other_line)
        })
}

fn key(port: &OuterPort) -> WantedKey {
    (port.direction, port.name.clone())
}

fn outputs(spec: &GraphSpec) -> impl Iterator<Item = (NodeId, &MidiOutputSpec)> {
    spec.nodes.iter().filter_map(|(id, kind)| match kind {
        NodeKind::MidiOutput(output) => Some((*id, output)),
        _ => None,
    })
}

/// What the song names.
fn names(spec: &GraphSpec, setup: &RecordSetup) -> BTreeSet<WantedKey> {
    let outputs = outputs(spec).map(|(_, output)| (MidiDirection::Output, output.port.clone()));
    let inputs = setup.inputs.iter().filter_map(|input| match &input.port {
        PortChoice::Named(name) => Some((MidiDirection::Input, name.clone())),
        PortChoice::Nothing | PortChoice::Any => None,
    });
    outputs.chain(inputs).collect()
}
