//! Messages between Signal and this process: their framing, and their shapes here. Only here and below are generated
//! types named.

pub mod bundle;
mod confinement;
mod facts;
mod reading;
mod report;

use std::{
    io::{self, ErrorKind, Write as _},
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::PathBuf,
};

use chorus::{
    common::v1::ProtocolVersion,
    sandbox::v1::{
        ChainLoaded, Confined, FactsChanged, Hello, LatencyChanged, ParameterConverted, ParameterEdited,
        ParametersDescribed, PluginLog, PresetLoaded, SandboxMessage, SignalMessage, StateDirty, StatePart,
        TailChanged, convert_parameter::From as ConvertFrom, sandbox_message::Kind as Up,
        signal_message::Kind as Down,
    },
    signal::v1::{self as signal, Grants},
};
use prost::Message as _;

use crate::confinement::{GrantedPlace, Report};

pub use facts::{Facts, NoteName, RemotePage, Voices};
pub use report::{Description, SlotReport};

/// Bytes of one message, as the contract says.
const MAX_MESSAGE_BYTES: usize = 1 << 20;
/// Bytes of a part of a state: well below a message.
const STATE_PART_BYTES: usize = 512 << 10;
/// What this build speaks. Another major version is refused.
const PROTOCOL: ProtocolVersion = ProtocolVersion { major: 1, minor: 0 };

/// What Signal asks for.
#[derive(Debug)]
pub enum Request {
    /// It introduces itself; it speaks our version.
    Hello,
    /// A part of the state a device is to be restored from.
    RestoreState { device: u64, total_bytes: u64, offset: u64, data: Vec<u8> },
    /// The plugins to load.
    Load(ChainRequest),
    /// The state of a device, please.
    SaveState { device: u64, request_id: u64 },
    /// Value to text, or text to value.
    Convert { request_id: u64, device: u64, parameter: u32, from: Convertible },
    /// The state of a preset, please. An empty path: one that the bundle holds.
    LoadPreset { request_id: u64, device: u64, path: PathBuf, load_key: String },
    /// Another connection: its socket and its block.
    Join(UnixStream, OwnedFd),
    /// The end.
    Shutdown,
}

/// A chain to load.
#[derive(Debug)]
pub struct ChainRequest {
    /// Hertz.
    pub sample_rate: u32,
    /// The largest request to come.
    pub max_frames: usize,
    /// Accuracy counts, not time.
    pub offline: bool,
    /// In order.
    pub slots: Vec<SlotRequest>,
}

/// A plugin to load.
#[derive(Debug)]
pub struct SlotRequest {
    /// Names it in messages.
    pub device: u64,
    /// The plugin's own id.
    pub plugin_id: String,
    /// Path, or name of a file in the plugin folders.
    pub bundle: String,
    /// Values to set after the state.
    pub parameters: Vec<(u32, f64)>,
    /// Taken out of the chain.
    pub bypass: bool,
    /// The files it may reach beside its own.
    pub granted: Vec<GrantedPlace>,
}

/// Either side of a conversion.
#[derive(Debug)]
pub enum Convertible {
    /// To be put in words.
    Value(f64),
    /// To be read.
    Text(String),
}

/// What this process says by itself.
#[derive(Debug)]
pub enum Notice {
    /// The delay of a device is another now, in samples.
    LatencyChanged { device: u64, latency: u32 },
    /// A device has a state worth saving.
    StateDirty { device: u64 },
    /// A device changed a parameter itself.
    ParameterEdited { device: u64, parameter: u32, value: f64 },
    /// A device sounds on for another time, in samples.
    TailChanged { device: u64, tail: u32 },
    /// A device has other parameters, or says other things of them.
    ParametersDescribed { device: u64, parameters: Vec<Description> },
    /// A device says other things of itself.
    FactsChanged { device: u64, facts: Facts },
    /// A device has something to say.
    Log { device: u64, text: String },
}

/// The socket to Signal. Blocks: whoever can not be read from has ended.
#[derive(Debug)]
pub struct Wire {
    socket: UnixStream,
    /// Came with the message that is being read.
    descriptors: Vec<OwnedFd>,
}

impl Wire {
    /// Wraps the inherited socket.
    pub fn new(socket: UnixStream) -> Self {
        Self { socket, descriptors: Vec::new() }
    }

    /// For `poll`.
    pub fn socket(&self) -> &UnixStream {
        &self.socket
    }

    /// The next request; `None` when Signal has gone.
    pub fn receive(&mut self) -> io::Result<Option<Request>> {
        self.descriptors.clear();
        let mut length = [0; 4];
        match reading::read_exact(&self.socket, &mut length, &mut self.descriptors) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > MAX_MESSAGE_BYTES {
            return Err(invalid(format!("a message of {length} bytes")));
        }
        let mut bytes = vec![0; length];
        reading::read_exact(&self.socket, &mut bytes, &mut self.descriptors)?;
        let message = SignalMessage::decode(bytes.as_slice()).map_err(|error| invalid(error.to_string()))?;
        let kind = message.kind.ok_or_else(|| invalid("a message of an unknown kind".to_owned()))?;
        match kind {
            Down::Join(_) => self.join().map(Some),
            kind => request(kind).map(Some),
        }
    }

    fn join(&mut self) -> io::Result<Request> {
        let mut descriptors = self.descriptors.drain(..);
        match (descriptors.next(), descriptors.next()) {
            (Some(socket), Some(block)) => Ok(Request::Join(UnixStream::from(socket), block)),
            _ => Err(invalid("a connection without its two descriptors".to_owned())),
        }
    }

    /// Introduces this process, which is `pid` to Signal.
    pub fn hello(&mut self, pid: u32) -> io::Result<()> {
        let build = env!("CARGO_PKG_VERSION").to_owned();
        self.send(Up::Hello(Hello { protocol: Some(PROTOCOL), build, pid }))
    }

    /// Says how this process is confined.
    pub fn confined(&mut self, report: &Report) -> io::Result<()> {
        let layers = report.iter().cloned().map(confinement::layer).collect();
        self.send(Up::Confined(Confined { layers }))
    }

    /// Says how loading went.
    pub fn loaded(&mut self, slots: Vec<SlotReport>) -> io::Result<()> {
        self.send(Up::ChainLoaded(ChainLoaded {
            slots: slots.into_iter().map(report::slot_loaded).collect(),
        }))
    }

    /// Sends a state in parts, or why there is none.
    pub fn state(&mut self, device: u64, request_id: u64, state: Result<Vec<u8>, String>) -> io::Result<()> {
        let whole = match state {
            Ok(whole) => whole,
            Err(error) => {
                let part = StatePart { device, request_id, error, ..StatePart::default() };
                return self.send(Up::StatePart(part));
            }
        };
        let total_bytes = whole.len() as u64;
        let mut offset = 0;
        loop {
            let data = whole[offset..(offset + STATE_PART_BYTES).min(whole.len())].to_vec();
            let next = offset + data.len();
            let offset_bytes = offset as u64;
            self.send(Up::StatePart(StatePart {
                device,
                request_id,
                error: String::new(),
                total_bytes,
                offset: offset_bytes,
                data,
            }))?;
            offset = next;
            if offset == whole.len() {
                return Ok(());
            }
        }
    }

    /// Answers a conversion.
    pub fn converted(&mut self, request_id: u64, result: Result<(f64, String), String>) -> io::Result<()> {
        let (error, value, text) = match result {
            Ok((value, text)) => (String::new(), value, text),
            Err(error) => (error, 0.0, String::new()),
        };
        self.send(Up::ParameterConverted(ParameterConverted { request_id, error, value, text }))
    }

    /// Says how loading a preset went.
    pub fn preset_loaded(
        &mut self,
        request_id: u64,
        device: u64,
        loaded: Result<(), String>,
    ) -> io::Result<()> {
        let error = loaded.err().unwrap_or_default();
        self.send(Up::PresetLoaded(PresetLoaded { request_id, error, device }))
    }

    /// Says something unasked.
    pub fn notice(&mut self, notice: Notice) -> io::Result<()> {
        self.send(match notice {
            Notice::LatencyChanged { device, latency } => {
                Up::LatencyChanged(LatencyChanged { device, latency })
            }
            Notice::StateDirty { device } => Up::StateDirty(StateDirty { device }),
            Notice::ParameterEdited { device, parameter, value } => {
                Up::ParameterEdited(ParameterEdited { device, parameter, value })
            }
            Notice::TailChanged { device, tail } => Up::TailChanged(TailChanged { device, tail }),
            Notice::ParametersDescribed { device, parameters } => {
                let parameters = parameters.into_iter().map(report::description).collect();
                Up::ParametersDescribed(ParametersDescribed { device, parameters })
            }
            Notice::FactsChanged { device, facts } => {
                Up::FactsChanged(FactsChanged { device, facts: Some(facts.into_message()) })
            }
            Notice::Log { device, text } => Up::PluginLog(PluginLog { device, text }),
        })
    }

    fn send(&mut self, kind: Up) -> io::Result<()> {
        let message = SandboxMessage { kind: Some(kind) };
        let length = message.encoded_len();
        if length > MAX_MESSAGE_BYTES {
            return Err(invalid(format!("an answer of {length} bytes")));
        }
        let mut bytes = Vec::with_capacity(4 + length);
        bytes.extend_from_slice(&(length as u32).to_le_bytes());
        message.encode(&mut bytes).map_err(|error| invalid(error.to_string()))?;
        self.socket.write_all(&bytes)
    }
}

fn invalid(what: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

fn granted(grants: Option<Grants>) -> Vec<GrantedPlace> {
    let place = |place: signal::GrantedPlace| GrantedPlace {
        path: place.path.into(),
        leads_to: place.leads_to.into(),
        writable: place.writable,
    };
    grants.into_iter().flat_map(|grants| grants.places).map(place).collect()
}

fn request(kind: Down) -> io::Result<Request> {
    Ok(match kind {
        Down::Hello(hello) => {
            let major = hello.protocol.map_or(0, |protocol| protocol.major);
            if major != PROTOCOL.major {
                let own = PROTOCOL.major;
                return Err(invalid(format!(
                    "Signal {} speaks version {major} of the sandbox contract, this sandbox {own}",
                    hello.build
                )));
            }
            Request::Hello
        }
        Down::RestoreState(part) => Request::RestoreState {
            device: part.device,
            total_bytes: part.total_bytes,
            offset: part.offset,
            data: part.data,
        },
        Down::LoadChain(chain) => Request::Load(ChainRequest {
            sample_rate: chain.sample_rate,
            max_frames: chain.max_block_frames as usize,
            offline: chain.offline,
            slots: chain
                .slots
                .into_iter()
                .map(|slot| SlotRequest {
                    device: slot.device,
                    plugin_id: slot.plugin_id,
                    bundle: slot.bundle,
                    parameters: slot.parameters.iter().map(|value| (value.id, value.value)).collect(),
                    bypass: slot.bypass,
                    granted: granted(slot.grants),
                })
                .collect(),
        }),
        Down::SaveState(save) => Request::SaveState { device: save.device, request_id: save.request_id },
        Down::ConvertParameter(convert) => Request::Convert {
            request_id: convert.request_id,
            device: convert.device,
            parameter: convert.parameter,
            from: match convert.from {
                Some(ConvertFrom::Value(value)) => Convertible::Value(value),
                Some(ConvertFrom::Text(text)) => Convertible::Text(text),
                None => Convertible::Text(String::new()),
            },
        },
        Down::LoadPreset(preset) => Request::LoadPreset {
            request_id: preset.request_id,
            device: preset.device,
            path: preset.path.into(),
            load_key: preset.load_key,
        },
        Down::Join(_) | Down::Shutdown(_) => Request::Shutdown,
    })
}
