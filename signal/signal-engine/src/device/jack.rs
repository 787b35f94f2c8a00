//! JACK and PipeWire as devices: one client of the JACK interface, whichever of the two libraries answers it.
//!
//! 1. [`open`] connects to a server that runs; it starts none. The server dictates the rate.
//! 2. [`OpenedJack`] says what the device will run at, before it plays.
//! 3. Started, it registers a port for each channel and wires them in order to those of the sound card.
//!
//! Why PipeWire is reached through its JACK library: chorus/decisions/0008-reach-sound-servers-by-the-jack-interface.md.

mod midi_ports;
mod sys;

use std::path::PathBuf;
use std::sync::Arc;

use midi_ports::MidiPorts;
use sys::client::{self, Client};
use sys::library;

use super::settings::DEFAULT_BLOCK;
use super::{
    BlockCallback, Device, DeviceFormat, LARGEST_BLOCK_FRAMES, Latency, MOST_CHANNELS, MidiDirection, Opened,
    OuterPort, WantedPort,
};

/// Channels where the server names no sound card.
const CHANNELS_WITHOUT_CARD: usize = 2;

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// jackd, or whatever is installed as libjack.
    Jack,
    /// PipeWire, through its own libjack.
    PipeWire,
}

impl Server {
    /// What device names begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Jack => "jack",
            Self::PipeWire => "pipewire",
        }
    }
}

/// A group of ports that belong to one card, or to one program that plays its part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// As the server calls it.
    pub name: String,
    /// Channels it plays.
    pub outputs: usize,
    /// Channels it hears.
    pub inputs: usize,
}

/// What is asked of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// JACK: the server's name. PipeWire: the card to play on. Empty: the default.
    pub target: String,
    /// Frames of a block; none: as the server runs.
    pub block_frames: Option<u32>,
    /// Most channels in; none: all there are.
    pub inputs: Option<usize>,
    /// Most channels out; none: all there are.
    pub outputs: Option<usize>,
}

/// A client that does not play yet.
pub struct OpenedJack {
    name: String,
    client: Client,
    format: DeviceFormat,
    /// Ports of the card that our outputs and our inputs are wired to.
    playback: Vec<String>,
    capture: Vec<String>,
    inputs: usize,
    outputs: usize,
}

/// A client that plays until it is dropped.
struct JackDevice {
    name: String,
    format: DeviceFormat,
    inputs: usize,
    outputs: usize,
    /// Ends before the client does.
    midi: MidiPorts,
    client: Arc<client::Running>,
}

/// Connects to a server that runs. May take as long as the server does. `[control]`
///
/// # Errors
/// There is no library, no server, or no card of that name; for people.
pub fn open(server: Server, wish: &Wish) -> Result<OpenedJack, String> {
    let (server_name, card) = match server {
        Server::Jack => (wish.target.as_str(), ""),
        Server::PipeWire => ("", wish.target.as_str()),
    };
    let client = connect(server, server_name)?;
    // PipeWire gives each client blocks of its own; jackd's are everybody's and are changed only when asked for.
    let wished = wish.block_frames.or((server == Server::PipeWire).then_some(DEFAULT_BLOCK));
    if let Some(frames) = wished.filter(|frames| *frames != client.block_frames()) {
        client.set_block_frames(frames)?;
    }
    let block_frames = match (server, wished) {
        (Server::PipeWire, Some(frames)) => frames,
        _ => client.block_frames(),
    };
    let format = DeviceFormat { sample_rate: client.sample_rate(), block_frames };
    if !(16..=LARGEST_BLOCK_FRAMES).contains(&format.block_frames) {
        return Err(format!(
            "its blocks of {block_frames} frames are out of range (16 to {LARGEST_BLOCK_FRAMES})"
        ));
    }
    let playback = client.card_ports(card, client::Direction::Playback);
    let capture = client.card_ports(card, client::Direction::Capture);
    if !card.is_empty() && playback.is_empty() && capture.is_empty() {
        return Err(format!("PipeWire has no card “{card}” now"));
    }
    let count = |ports: &[String], wished: Option<usize>| {
        let there = if ports.is_empty() { CHANNELS_WITHOUT_CARD } else { ports.len() };
        wished.unwrap_or(there).min(MOST_CHANNELS)
    };
    let name = match wish.target.as_str() {
        "" => format!("{}:default", server.prefix()),
        target => format!("{}:{target}", server.prefix()),
    };
    let (inputs, outputs) = (count(&capture, wish.inputs), count(&playback, wish.outputs).max(1));
    Ok(OpenedJack { name, client, format, playback, capture, inputs, outputs })
}

fn connect(server: Server, name: &str) -> Result<Client, String> {
    if server == Server::PipeWire && !pipewire_socket().is_some_and(|socket| socket.exists()) {
        return Err("PipeWire does not run".to_owned());
    }
    Client::open(library::of(server)?, server, name)
}

/// Where PipeWire listens, asked for first: its library starts threads before it finds that nobody does.
fn pipewire_socket() -> Option<PathBuf> {
    let folder = ["PIPEWIRE_RUNTIME_DIR", "XDG_RUNTIME_DIR"].into_iter().find_map(std::env::var_os)?;
    let name = std::env::var_os("PIPEWIRE_REMOTE").unwrap_or_else(|| "pipewire-0".into());
    Some(PathBuf::from(folder).join(name))
}

/// The MIDI ports of a server that runs, by a client of its own. `[control]`
///
/// # Errors
/// There is no library or no server; for people.
pub fn midi_ports(server: Server) -> Result<Vec<OuterPort>, String> {
    let client = connect(server, "")?;
    let of_way = |direction| {
        let ports = client.midi_ports(direction).into_iter();
        ports.map(move |(name, physical)| OuterPort { name, direction, physical, open: false, latency: 0 })
    };
    Ok(of_way(MidiDirection::Input).chain(of_way(MidiDirection::Output)).collect())
}

/// The cards of a server that runs. `[control]`
///
/// # Errors
/// There is no library or no server; for people.
pub fn cards(server: Server, server_name: &str) -> Result<(DeviceFormat, Vec<Card>), String> {
    let client = connect(server, server_name)?;
    let mut cards: Vec<Card> = Vec::new();
    let ports = |direction| client.card_ports("", direction).into_iter().map(move |port| (port, direction));
    for (port, direction) in ports(client::Direction::Playback).chain(ports(client::Direction::Capture)) {
        let name = port.rsplit_once(':').map_or(port.as_str(), |(card, _)| card);
        let index = cards.iter().position(|card| card.name == name).unwrap_or_else(|| {
            cards.push(Card { name: name.to_owned(), outputs: 0, inputs: 0 });
            cards.len() - 1
        });
        match direction {
            client::Direction::Playback => cards[index].outputs += 1,
            client::Direction::Capture => cards[index].inputs += 1,
        }
    }
    let format = DeviceFormat { sample_rate: client.sample_rate(), block_frames: client.block_frames() };
    Ok((format, cards))
}

impl Opened for OpenedJack {
    fn format(&self) -> DeviceFormat {
        self.format
    }

    fn start(self: Box<Self>, callback: Box<dyn BlockCallback>) -> Result<Box<dyn Device>, String> {
        let Self { name, client, format, playback, capture, inputs, outputs } = *self;
        let client = client.run(format, inputs, outputs, callback)?;
        client.wire(&playback, &capture);
        let midi = MidiPorts::start(Arc::clone(&client));
        Ok(Box::new(JackDevice { name, format, inputs, outputs, midi, client }))
    }
}

impl Device for JackDevice {
    fn name(&self) -> &str {
        &self.name
    }

    fn format(&self) -> DeviceFormat {
        self.format
    }

    fn inputs(&self) -> usize {
        self.inputs
    }

    fn outputs(&self) -> usize {
        self.outputs
    }

    fn latency(&self) -> Latency {
        self.client.measure_latency()
    }

    fn realtime_remedy(&self) -> Option<&str> {
        self.client.is_realtime().then_some(()).map_or(Some(NO_REALTIME), |()| None)
    }

    fn failure(&self) -> Option<String> {
        self.client.failure()
    }

    fn midi_ports(&self) -> Vec<OuterPort> {
        self.midi.list()
    }

    fn open_midi(&self, wanted: &[WantedPort]) {
        self.midi.open(wanted);
    }
}

/// What to do when the server gives its clients no real-time threads.
const NO_REALTIME: &str = "the sound server gives its clients no real-time priority: allow it with a line `@audio - \
    rtprio 95` in /etc/security/limits.d/audio.conf, add yourself to the group audio, log in again and start the server \
    with real-time scheduling";
