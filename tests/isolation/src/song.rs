//! A song: tracks of noise through plugins to the output, as the graph that Signal plays. Measures nothing.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, ensure};
use signal_engine::{
    device_board::{DeviceState, SandboxRole, SandboxStatus},
    sandbox::{SandboxEvent, Sandboxes, Setup},
};
use signal_graph::{
    AudioRegion, Block, Command, CommandRing, Content, Edge, EdgeKind, Graph, GraphUpdate, Io, Node, NodeId,
    NodeKind, NodeSpec, NoteRegion, Order, ParameterChange, Player, PluginSlot, StripSpec, Workshop, player,
};
use signal_nodes::workshop::{self, Setting};
use tokio::sync::mpsc;

use crate::{
    FRAMES, RATE,
    in_process::{InProcessChain, Instances},
    plugins::Plugin,
};

/// All plugins of a song may need so long to load.
const PATIENCE: Duration = Duration::from_secs(120);
/// Events of sandboxes that are not read yet: some for each device.
const EVENTS: usize = 8192;
/// Node ids of a track begin at a multiple of this.
const IDS_A_TRACK: NodeId = 256;

/// Where plugins run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosting {
    /// Each chain in a sandbox.
    Isolated,
    /// All in this process.
    InProcess,
}

/// Chains of plugins, one behind the other.
pub type Track = Vec<Vec<Plugin>>;

/// A song that is loaded.
pub struct Song {
    player: Player,
    ring: CommandRing,
    graph: Graph,
    shop: Shop,
}

impl Song {
    /// Loads these tracks and plays.
    ///
    /// # Errors
    /// A plugin does not work, or Loophole has not been built.
    pub fn load(hosting: Hosting, tracks: &[Track]) -> anyhow::Result<Self> {
        let (player, ring) = player(RATE, FRAMES);
        let graph = Graph::new(RATE, FRAMES, Order::Sequential);
        let mut song = Self { player, ring, graph, shop: Shop::new(hosting)? };
        song.ring.send(Command::Play).map_err(|_| anyhow!("nobody takes commands"))?;
        song.become_tracks(tracks)?;
        Ok(song)
    }

    /// Becomes other tracks. Chains that stay where they were keep their processes, also those that were left out before.
    ///
    /// # Errors
    /// A plugin does not work.
    pub fn become_tracks(&mut self, tracks: &[Track]) -> anyhow::Result<()> {
        self.shop.chains = chains(tracks);
        let change = self.graph.apply(&update(tracks), &mut self.shop)?;
        self.ring.send(Command::Change(Box::new(change))).map_err(|_| anyhow!("nobody takes the graph"))?;
        self.shop.wait_until_loaded()
    }

    /// For the device's thread: what it plays, and what of it was lost.
    pub fn playable(&mut self) -> Playable<'_> {
        Playable { player: &mut self.player, sandboxes: self.shop.sandboxes.as_ref() }
    }

    /// The node of a chain in a sandbox, to be called while the player does not play.
    ///
    /// # Errors
    /// There is none.
    pub fn chain(&mut self, track: usize, chain: usize) -> anyhow::Result<&mut dyn Node> {
        let node = self.shop.kept.get_mut(&chain_id(track, chain)).context("no such chain")?;
        Ok(&mut **node)
    }

    /// Every sandbox that has a chain.
    #[must_use]
    pub fn sandboxes(&self) -> Vec<SandboxStatus> {
        self.shop.sandboxes.as_ref().map(with_chains).unwrap_or_default()
    }
}

/// What the device's thread has of a song.
pub struct Playable<'a> {
    /// Computes blocks.
    pub player: &'a mut Player,
    sandboxes: Option<&'a Sandboxes>,
}

impl Playable<'_> {
    /// Blocks without an answer in time, and blocks whose answer was thrown away, of all chains.
    #[must_use]
    pub fn lost_blocks(&self) -> u64 {
        self.sandboxes.map_or(0, |sandboxes| {
            let (late, bad) = sandboxes.lost_blocks();
            late + bad
        })
    }
}

/// Without the one that waits for a chain to come.
fn with_chains(sandboxes: &Sandboxes) -> Vec<SandboxStatus> {
    sandboxes.list().into_iter().filter(|sandbox| sandbox.role != SandboxRole::Warm).collect()
}

fn chain_id(track: usize, chain: usize) -> NodeId {
    track as NodeId * IDS_A_TRACK + chain as NodeId + 1
}

fn chains(tracks: &[Track]) -> BTreeMap<NodeId, Vec<Plugin>> {
    let of_track = |(track, chains): (usize, &Track)| {
        let of_chain = move |(chain, plugins): (usize, Vec<Plugin>)| (chain_id(track, chain), plugins);
        chains.clone().into_iter().enumerate().map(of_chain).collect::<Vec<_>>()
    };
    tracks.iter().enumerate().flat_map(of_track).collect()
}

/// Noise, chains and a strip a track.
fn update(tracks: &[Track]) -> GraphUpdate {
    let output = NodeId::MAX / 2;
    let strip = StripSpec { gain: 1.0 / tracks.len() as f32, pan: 0.0, mute: false, phase_invert: false };
    let mut update = GraphUpdate { whole: true, ..GraphUpdate::default() };
    update.nodes.push(NodeSpec { id: output, kind: NodeKind::Output });
    for (track, chains) in tracks.iter().enumerate() {
        let end = chain_id(track + 1, 0) - 1;
        let (source, fader) = (end - 1, end - 2);
        update.nodes.push(NodeSpec { id: source, kind: NodeKind::AudioPlayer });
        update.nodes.push(NodeSpec { id: fader, kind: NodeKind::Strip(strip) });
        let mut before = source;
        for (chain, plugins) in chains.iter().enumerate() {
            let id = chain_id(track, chain);
            let device = |(slot, plugin): (usize, &Plugin)| plugin.slot(id * IDS_A_TRACK + slot as u64);
            let slots = plugins.iter().enumerate().map(device).collect();
            update.nodes.push(NodeSpec { id, kind: NodeKind::PluginChain(slots) });
            update.edges.push(Edge { from: before, to: id, kind: EdgeKind::Audio });
            before = id;
        }
        for (from, to) in [(before, fader), (fader, output)] {
            update.edges.push(Edge { from, to, kind: EdgeKind::Audio });
        }
    }
    update
}

/// Makes the nodes, and keeps what keeps them alive.
struct Shop {
    sandboxes: Option<Sandboxes>,
    events: mpsc::Receiver<SandboxEvent>,
    /// A node of every chain there ever was: its process lives as long.
    kept: BTreeMap<NodeId, Box<dyn Node>>,
    instances: Instances,
    /// Plugins of all of them.
    devices: usize,
    states: BTreeMap<u64, DeviceState>,
    chains: BTreeMap<NodeId, Vec<Plugin>>,
}

impl Shop {
    fn new(hosting: Hosting) -> anyhow::Result<Self> {
        let (sender, events) = mpsc::channel(EVENTS);
        let setup = Setup {
            binary: e2e::home::program("loophole-sandbox")?,
            sample_rate: RATE,
            max_frames: FRAMES as u32,
            offline: false,
        };
        let isolated = hosting == Hosting::Isolated;
        let sandboxes = isolated.then(|| Sandboxes::start(setup, sender)).transpose()?;
        Ok(Self {
            sandboxes,
            events,
            kept: BTreeMap::new(),
            instances: Instances::new(),
            devices: 0,
            states: BTreeMap::new(),
            chains: BTreeMap::new(),
        })
    }

    fn chain(&mut self, id: NodeId, slots: &[PluginSlot]) -> anyhow::Result<Box<dyn Node>> {
        let Some(sandboxes) = &mut self.sandboxes else {
            return Ok(Box::new(InProcessChain::load(&self.chains[&id], &mut self.instances)?));
        };
        if let Entry::Vacant(place) = self.kept.entry(id) {
            place.insert(Box::new(sandboxes.chain(id, slots, &|_| None)?));
            self.devices += slots.len();
        }
        Ok(Box::new(sandboxes.chain(id, slots, &|_| None)?))
    }

    fn wait_until_loaded(&mut self) -> anyhow::Result<()> {
        if self.sandboxes.is_none() {
            return Ok(());
        }
        let since = Instant::now();
        loop {
            while let Ok(event) = self.events.try_recv() {
                if let SandboxEvent::Status(status) = event {
                    let works = matches!(status.state, DeviceState::Loading | DeviceState::Running);
                    ensure!(works, "a plugin does not run: {}", status.reason);
                    self.states.insert(status.device, status.state);
                }
            }
            let running = self.states.values().filter(|state| **state == DeviceState::Running).count();
            if running == self.devices {
                return Ok(());
            }
            ensure!(since.elapsed() < PATIENCE, "{running} of {} plugins were loaded", self.devices);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Workshop for Shop {
    fn make(&mut self, id: NodeId, kind: &NodeKind) -> Result<Box<dyn Node>, String> {
        match kind {
            NodeKind::AudioPlayer => Ok(Box::new(Noise::new(id))),
            NodeKind::PluginChain(slots) => self.chain(id, slots).map_err(|error| format!("{error:#}")),
            _ => {
                let setting = Setting { sample_rate: RATE, max_frames: FRAMES, late: Arc::default() };
                workshop::make(kind, &setting, Arc::default)
            }
        }
    }

    fn audio_content(&mut self, _: NodeId, _: &[&AudioRegion]) -> Result<Content, String> {
        Ok(Box::new(()))
    }

    fn note_content(&mut self, _: NodeId, _: &[&NoteRegion]) -> Result<Content, String> {
        Ok(Box::new(()))
    }
}

/// The same block of noise over and over: never silent, and as cheap as a sound in memory.
struct Noise {
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Noise {
    fn new(seed: u64) -> Self {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1 << 24) as f32 - 0.5
        };
        let mut channel = || (0..FRAMES).map(|_| next()).collect();
        Self { left: channel(), right: channel() }
    }
}

impl Node for Noise {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        io.output.left.copy_from_slice(&self.left[..block.frames]);
        io.output.right.copy_from_slice(&self.right[..block.frames]);
    }

    fn set_parameter(&mut self, _change: &ParameterChange) {}

    fn reset(&mut self, _position: i64) {}
}
