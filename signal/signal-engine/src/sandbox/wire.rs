//! Messages to and from a sandbox, and their framing: a little-endian u32 length, then the message.

mod confinement;
mod facts;

use std::{sync::Arc, time::Duration};

use chorus::{
    common::v1::ProtocolVersion,
    sandbox::v1::{
        ConvertParameter, Hello, Join, LoadChain, RestoreState, SandboxMessage, SaveState, Shutdown,
        SignalMessage, SlotLoaded, convert_parameter::From as ConvertFrom, sandbox_message::Kind as Up,
        signal_message::Kind as Down,
    },
    signal::v1::{self as wire, Parameter, PluginSlot},
};
use prost::Message as _;
use signal_graph::{GrantedPlace, Grants};

use super::{Convertible, chain::SlotPlan};
use crate::device_board::ParameterDescription;

pub use facts::{NoteName, PluginFacts, RemotePage, Tail, Voices};

/// Bytes of one message, as the contract says.
const MAX_MESSAGE_BYTES: usize = 1 << 20;
/// What this build speaks.
const PROTOCOL: ProtocolVersion = ProtocolVersion { major: 1, minor: 0 };
/// Characters of a line of a plugin, a name or a text; more is cut.
const MAX_TEXT: usize = 500;
/// Characters of a backtrace; more is cut.
const MAX_BACKTRACE: usize = 8192;
/// Parameters of one plugin; the largest known have about 10,000.
const MAX_PARAMETERS: usize = 16_384;

/// What a sandbox says.
#[derive(Debug)]
pub enum FromSandbox {
    /// It speaks our version; the process that hosts its plugins.
    Hello { pid: u32 },
    /// It is confined; what is missing of each layer, for people.
    Confined { lacks: Vec<String> },
    /// How loading went, by slot.
    Loaded(Vec<SlotReport>),
    /// A part of a state.
    StatePart { request_id: u64, total_bytes: u64, offset: u64, data: Vec<u8> },
    /// There is no state.
    NoState { request_id: u64, error: String },
    /// Answer to a conversion.
    Converted { request_id: u64, result: Result<(f64, String), String> },
    /// Another delay of a device, in samples.
    LatencyChanged { device: u64, latency: u32 },
    /// A device has a state worth saving.
    StateDirty { device: u64 },
    /// A device changed many values at once.
    ParameterEdited { device: u64, parameter: u32, value: f64 },
    /// A device sounds on for another time.
    TailChanged { device: u64, tail: Tail },
    /// A device has other parameters, or says other things of them.
    ParametersDescribed { device: u64, parameters: Vec<ParameterDescription> },
    /// A device says other things of itself.
    FactsChanged { device: u64, facts: PluginFacts },
    /// A preset that nobody here asked for.
    PresetLoaded,
    /// A device has something to say.
    Log { device: u64, text: String },
    /// The process is about to end by a signal.
    Crashed { backtrace: String },
}

/// How loading a plugin went.
#[derive(Clone, Debug, Default)]
pub struct SlotReport {
    /// Which.
    pub device: u64,
    /// Empty: it runs.
    pub error: String,
    /// There is no such bundle or plugin.
    pub missing: bool,
    /// Samples.
    pub latency: u32,
    /// All of them.
    pub parameters: Vec<ParameterDescription>,
    /// Whether it saves a state of its own.
    pub has_state: bool,
    /// Silence takes its place where it fails.
    pub is_instrument: bool,
    /// For people.
    pub name: String,
    /// For people.
    pub vendor: String,
    /// What else it says of itself.
    pub facts: Arc<PluginFacts>,
    /// From its file to its activation.
    pub load_time: Duration,
}

/// The bytes of a message that introduces Signal.
pub fn hello() -> Vec<u8> {
    let build = env!("CARGO_PKG_VERSION").to_owned();
    encode(Down::Hello(Hello { protocol: Some(PROTOCOL), build, pid: 0 }))
}

/// The bytes of a message that asks for a chain.
pub fn load_chain(sample_rate: u32, max_block_frames: u32, offline: bool, slots: &[SlotPlan]) -> Vec<u8> {
    let slot = |slot: &SlotPlan| PluginSlot {
        device: slot.device,
        plugin_id: slot.plugin_id.clone(),
        bundle: slot.bundle.to_string_lossy().into_owned(),
        parameters: slot.parameters.iter().map(|(id, value)| Parameter { id: *id, value: *value }).collect(),
        state: String::new(),
        bypass: slot.bypass,
        grants: (!slot.grants.is_empty()).then(|| grants(&slot.grants)),
        ..PluginSlot::default()
    };
    let slots = slots.iter().map(slot).collect();
    encode(Down::LoadChain(LoadChain { sample_rate, max_block_frames, slots, offline }))
}

fn grants(grants: &Grants) -> wire::Grants {
    let place = |place: &GrantedPlace| wire::GrantedPlace {
        path: place.path.to_string_lossy().into_owned(),
        leads_to: place.leads_to.to_string_lossy().into_owned(),
        writable: place.writable,
    };
    let places = grants.places.iter().map(place).collect();
    wire::Grants { places, network: grants.network, display: grants.display }
}

/// The bytes of a message that brings another connection into the process.
pub fn join() -> Vec<u8> {
    encode(Down::Join(Join {}))
}

/// The bytes of a message with a part of a state.
pub fn restore_state(device: u64, whole: &[u8], offset: usize, data: &[u8]) -> Vec<u8> {
    encode(Down::RestoreState(RestoreState {
        device,
        total_bytes: whole.len() as u64,
        offset: offset as u64,
        data: data.to_vec(),
    }))
}

/// The bytes of a message that asks for a state.
pub fn save_state(device: u64, request_id: u64) -> Vec<u8> {
    encode(Down::SaveState(SaveState { device, request_id }))
}

/// The bytes of a message that asks for a conversion.
pub fn convert(request_id: u64, device: u64, parameter: u32, from: Convertible) -> Vec<u8> {
    let from = Some(match from {
        Convertible::Value(value) => ConvertFrom::Value(value),
        Convertible::Text(text) => ConvertFrom::Text(text),
    });
    encode(Down::ConvertParameter(ConvertParameter { request_id, device, parameter, from }))
}

/// The bytes of a message that ends the sandbox.
pub fn shutdown() -> Vec<u8> {
    encode(Down::Shutdown(Shutdown {}))
}

fn encode(kind: Down) -> Vec<u8> {
    let message = SignalMessage { kind: Some(kind) };
    let length = message.encoded_len();
    let mut bytes = Vec::with_capacity(4 + length);
    bytes.extend_from_slice(&(length as u32).to_le_bytes());
    bytes.extend_from_slice(&message.encode_to_vec());
    bytes
}

/// A message that no correct sandbox sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// Longer than the contract allows.
    #[error("a message of {0} bytes")]
    TooLong(usize),
    /// Not this contract's.
    #[error("an unreadable message")]
    Unreadable,
    /// Another version of it.
    #[error("version {0} of the sandbox contract; this Signal speaks {own}", own = PROTOCOL.major)]
    Version(u32),
}

/// Takes the first whole message off `bytes`; `None`: it is not complete yet.
pub fn take(bytes: &mut Vec<u8>) -> Result<Option<FromSandbox>, BadMessage> {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
    let length = u32::from_le_bytes(*length) as usize;
    if length > MAX_MESSAGE_BYTES {
        return Err(BadMessage::TooLong(length));
    }
    let Some(message) = rest.get(..length) else { return Ok(None) };
    let message = SandboxMessage::decode(message).map_err(|_| BadMessage::Unreadable)?;
    bytes.drain(..4 + length);
    from_sandbox(message.kind.ok_or(BadMessage::Unreadable)?).map(Some)
}

fn from_sandbox(kind: Up) -> Result<FromSandbox, BadMessage> {
    Ok(match kind {
        Up::Hello(hello) => {
            let major = hello.protocol.map_or(0, |protocol| protocol.major);
            if major != PROTOCOL.major {
                return Err(BadMessage::Version(major));
            }
            FromSandbox::Hello { pid: hello.pid }
        }
        Up::Confined(confined) => FromSandbox::Confined { lacks: confinement::lacks(confined) },
        Up::ChainLoaded(chain) => FromSandbox::Loaded(chain.slots.into_iter().map(slot_report).collect()),
        Up::StatePart(part) if part.error.is_empty() => FromSandbox::StatePart {
            request_id: part.request_id,
            total_bytes: part.total_bytes,
            offset: part.offset,
            data: part.data,
        },
        Up::StatePart(part) => FromSandbox::NoState { request_id: part.request_id, error: short(part.error) },
        Up::ParameterConverted(answer) => {
            let sound = answer.error.is_empty() && answer.value.is_finite();
            let result =
                if sound { Ok((answer.value, short(answer.text))) } else { Err(short(answer.error)) };
            FromSandbox::Converted { request_id: answer.request_id, result }
        }
        Up::LatencyChanged(change) => {
            FromSandbox::LatencyChanged { device: change.device, latency: change.latency }
        }
        Up::StateDirty(dirty) => FromSandbox::StateDirty { device: dirty.device },
        Up::ParameterEdited(edit) => {
            FromSandbox::ParameterEdited { device: edit.device, parameter: edit.parameter, value: edit.value }
        }
        Up::TailChanged(it) => FromSandbox::TailChanged { device: it.device, tail: it.tail.into() },
        Up::ParametersDescribed(it) => {
            FromSandbox::ParametersDescribed { device: it.device, parameters: parameters(it.parameters) }
        }
        Up::FactsChanged(it) => {
            FromSandbox::FactsChanged { device: it.device, facts: facts::facts(it.facts) }
        }
        Up::PresetLoaded(_) => FromSandbox::PresetLoaded,
        Up::Crashed(crashed) => FromSandbox::Crashed { backtrace: long(crashed.backtrace) },
        Up::PluginLog(log) => FromSandbox::Log { device: log.device, text: short(log.text) },
    })
}

fn slot_report(slot: SlotLoaded) -> SlotReport {
    SlotReport {
        device: slot.device,
        error: short(slot.error),
        missing: slot.missing,
        latency: slot.latency,
        parameters: parameters(slot.parameters),
        has_state: slot.has_state,
        is_instrument: slot.is_instrument,
        name: short(slot.name),
        vendor: short(slot.vendor),
        facts: Arc::new(facts::facts(slot.facts)),
        load_time: Duration::from_micros(slot.load_us),
    }
}

/// Descriptions whose numbers are none are left out.
fn parameters(messages: Vec<chorus::signal::v1::ParameterDescription>) -> Vec<ParameterDescription> {
    let numbers = |it: &chorus::signal::v1::ParameterDescription| {
        [it.minimum, it.maximum, it.default_value, it.value].iter().all(|number| number.is_finite())
    };
    let described = messages.into_iter().take(MAX_PARAMETERS).filter(numbers);
    described
        .map(|it| ParameterDescription {
            id: it.id,
            name: short(it.name),
            module: short(it.module),
            minimum: it.minimum,
            maximum: it.maximum,
            default_value: it.default_value,
            stepped: it.stepped,
            read_only: it.read_only,
            hidden: it.hidden,
            automatable: it.automatable,
            modulatable: it.modulatable,
            modulatable_per_note: it.modulatable_per_note,
            is_bypass: it.is_bypass,
            text: short(it.text),
            value: it.value,
        })
        .collect()
}

fn long(text: String) -> String {
    text.chars().take(MAX_BACKTRACE).collect()
}

fn short(text: String) -> String {
    if text.len() <= MAX_TEXT { text } else { text.chars().take(MAX_TEXT).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_message_is_refused_before_it_is_read() {
        let mut bytes = u32::MAX.to_le_bytes().to_vec();
        assert!(matches!(take(&mut bytes), Err(BadMessage::TooLong(_))));
    }

    #[test]
    fn half_a_message_waits_and_garbage_is_refused() {
        assert!(matches!(take(&mut vec![9, 0, 0, 0, 1]), Ok(None)));
        assert!(matches!(take(&mut vec![2, 0, 0, 0, 0xff, 0xff]), Err(BadMessage::Unreadable)));
        assert!(matches!(take(&mut vec![0, 0, 0, 0]), Err(BadMessage::Unreadable)));
    }
}
