//! Graph messages as the graph's own types, with every number checked.
//!
//! A message that passes holds finite values within their ranges, positions that can be added without overflow, absolute
//! paths and lists of bounded length. Whether its ids exist and its edges fit is the business of `signal_graph`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chorus::signal::v1 as wire;
use signal_graph::{
    AudioInputSpec, BuiltinSpec, Edge, EdgeKind, GrantedPlace, Grants, GraphUpdate, MidiOutputSpec, NodeKind,
    NodeSpec, NoteRegion, NoteSpan, Parameter, ParameterChange, PluginSlot, StripSpec, TempoSegment,
    TimedMidi, Timeline,
};

use crate::graph_assembly::GraphPart;
use crate::sandbox::own_process;
use crate::state_store::{StateHash, StatePart};

mod sounds;

/// Ids of devices, clips and notes, which pages must be able to hold in a double; nodes use all 64 bits.
const LARGEST_ENTITY: u64 = (1 << 53) - 1;
/// Positions and lengths: 6,000 years at 48 kHz. A sum of a few never overflows.
const FARTHEST_SAMPLE: i64 = 1 << 53;
/// Names and plugin ids, in bytes: longer is damage.
const LONGEST_NAME: usize = 256;
/// Names of MIDI ports, in bytes, as of those that tracks record from.
const LONGEST_PORT: usize = 1024;
/// Paths, in bytes: the system's own limit.
const LONGEST_PATH: usize = 4096;
/// Values of one device. The largest plugins have some ten thousand.
const MOST_PARAMETERS: usize = 65_536;
/// Plugins of one chain.
const MOST_SLOTS: usize = 64;
/// Changes of tempo and signature: one a bar for a day.
const MOST_TEMPO_SEGMENTS: usize = 65_536;
/// Quarter notes a minute; the song's own limits are narrower.
const FASTEST_BPM: f64 = 10_000.0;
/// Rates of any device there is.
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 8_000..=768_000;
/// Places that one plugin may reach.
const MOST_GRANTED_PLACES: usize = 16;
/// A plugin's state, in bytes.
const LARGEST_STATE: u64 = 256 << 20;
/// A part of one, in bytes.
const LARGEST_STATE_PART: usize = 512 << 10;

/// What is wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {id}: {fault}")]
pub struct WireError {
    what: &'static str,
    id: u64,
    fault: String,
}

pub(super) type Checked<T> = Result<T, WireError>;

pub(super) fn fault<T>(what: &'static str, id: u64, fault: impl Into<String>) -> Checked<T> {
    Err(WireError { what, id, fault: fault.into() })
}

pub(super) fn require(holds: bool, what: &'static str, id: u64, rule: &str) -> Checked<()> {
    if holds { Ok(()) } else { fault(what, id, rule) }
}

/// A part of an update.
///
/// # Errors
/// The first thing in it that breaks a rule.
pub fn graph_part(message: wire::GraphUpdate) -> Checked<GraphPart> {
    let revision = message.revision;
    let nodes: Vec<_> = message.nodes.into_iter().map(node).collect::<Checked<_>>()?;
    require_unique("node", nodes.iter().map(|node| node.id))?;
    let audio_regions: Vec<_> =
        message.audio_regions.into_iter().map(sounds::audio_region).collect::<Checked<_>>()?;
    let note_regions: Vec<_> = message.note_regions.into_iter().map(note_region).collect::<Checked<_>>()?;
    let update = GraphUpdate {
        whole: message.whole,
        nodes,
        removed_nodes: message.removed_nodes,
        edges: message.edges.into_iter().map(edge).collect::<Checked<_>>()?,
        removed_edges: message.removed_edges.into_iter().map(edge).collect::<Checked<_>>()?,
        audio_regions,
        note_regions,
        removed_regions: message.removed_regions,
        parameters: message.parameters.into_iter().map(parameter_change).collect::<Checked<_>>()?,
        timeline: message.timeline.map(timeline).transpose()?,
    };
    Ok(GraphPart { revision, last: message.last, update })
}

fn require_unique(what: &'static str, ids: impl Iterator<Item = u64>) -> Checked<()> {
    let mut seen = BTreeSet::new();
    for id in ids {
        require(seen.insert(id), what, id, "is there twice")?;
    }
    Ok(())
}

fn node(message: wire::Node) -> Checked<NodeSpec> {
    use wire::node::Kind;
    let id = message.id;
    require(id != 0, "node", id, "has no id")?;
    let kind = match message.kind {
        None => return fault("node", id, "is of a kind unknown here"),
        Some(Kind::AudioPlayer(_)) => NodeKind::AudioPlayer,
        Some(Kind::NotePlayer(_)) => NodeKind::NotePlayer,
        Some(Kind::AudioInput(input)) => {
            let channels = super::recording::channels("input", id, &input.channels)?;
            NodeKind::AudioInput(AudioInputSpec { channels, always: input.always })
        }
        Some(Kind::MidiOutput(output)) => NodeKind::MidiOutput(midi_output(id, output)?),
        Some(Kind::Output(_)) => NodeKind::Output,
        Some(Kind::Strip(strip)) => NodeKind::Strip(self::strip(id, strip)?),
        Some(Kind::SendLevel(send)) => NodeKind::SendLevel(within("send", id, "gain", send.gain, 0.0, 2.0)?),
        Some(Kind::Builtin(builtin)) => {
            require(builtin.name.len() <= LONGEST_NAME, "device", id, "has too long a name")?;
            let parameters = parameters(id, builtin.parameters)?;
            let media = sounds::builtin_media(id, builtin.media)?;
            NodeKind::Builtin(BuiltinSpec { name: builtin.name, parameters, bypass: builtin.bypass, media })
        }
        Some(Kind::PluginChain(chain)) => {
            require(!chain.slots.is_empty(), "chain", id, "has no plugin")?;
            require(chain.slots.len() <= MOST_SLOTS, "chain", id, "has too many plugins")?;
            require_unique("device", chain.slots.iter().map(|slot| slot.device))?;
            NodeKind::PluginChain(chain.slots.into_iter().map(plugin_slot).collect::<Checked<_>>()?)
        }
    };
    Ok(NodeSpec { id, kind })
}

fn midi_output(id: u64, message: wire::MidiOutput) -> Checked<MidiOutputSpec> {
    let named = (1..=LONGEST_PORT).contains(&message.port.len()) && !message.port.contains('\0');
    require(named, "MIDI output", id, "has no possible port")?;
    require(message.channel <= 16, "MIDI output", id, "has a channel above 16")?;
    Ok(MidiOutputSpec {
        port: message.port,
        channel: message.channel.checked_sub(1).map(|channel| channel as u8),
        mute: message.mute,
        note_player: message.note_player,
    })
}

fn strip(id: u64, message: wire::Strip) -> Checked<StripSpec> {
    Ok(StripSpec {
        gain: within("strip", id, "gain", message.gain, 0.0, 2.0)?,
        pan: within("strip", id, "pan", message.pan, -1.0, 1.0)?,
        mute: message.mute,
        phase_invert: message.phase_invert,
    })
}

/// NaN is within nothing.
pub(super) fn within(
    what: &'static str,
    id: u64,
    field: &str,
    value: f32,
    least: f32,
    most: f32,
) -> Checked<f32> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    fault(what, id, format!("{field} {value} is not within {least} to {most}"))
}

fn finite(what: &'static str, id: u64, field: &str, value: f64) -> Checked<f64> {
    if value.is_finite() { Ok(value) } else { fault(what, id, format!("{field} is {value}")) }
}

fn parameters(device: u64, messages: Vec<wire::Parameter>) -> Checked<Vec<Parameter>> {
    require(messages.len() <= MOST_PARAMETERS, "device", device, "has too many parameters")?;
    require_unique("parameter", messages.iter().map(|parameter| u64::from(parameter.id)))?;
    let checked = |parameter: wire::Parameter| {
        let value = finite("device", device, "a parameter", parameter.value)?;
        Ok(Parameter { id: parameter.id, value })
    };
    messages.into_iter().map(checked).collect()
}

fn plugin_slot(message: wire::PluginSlot) -> Checked<PluginSlot> {
    let device = message.device;
    require(entity(device), "device", device, "is no id of an entity")?;
    require(message.plugin_id.len() <= LONGEST_NAME, "device", device, "has too long a plugin id")?;
    let state = message.state;
    require(state.is_empty() || StateHash::parse(&state).is_some(), "device", device, "has no state hash")?;
    require(message.process.len() <= LONGEST_NAME, "device", device, "has too long a name of a process")?;
    let grants = grants(device, message.grants)?;
    let is_alone = message.process == own_process(device);
    require(grants.is_empty() || is_alone, "device", device, "would share what was granted to it")?;
    Ok(PluginSlot {
        device,
        plugin_id: message.plugin_id,
        bundle: possible_path("device", device, message.bundle)?,
        parameters: parameters(device, message.parameters)?,
        state,
        bypass: message.bypass,
        process: message.process,
        standby: message.standby,
        disabled: message.disabled,
        grants,
    })
}

fn grants(device: u64, message: Option<wire::Grants>) -> Checked<Grants> {
    let message = message.unwrap_or_default();
    require(message.places.len() <= MOST_GRANTED_PLACES, "device", device, "was granted too many places")?;
    let place = |place: wire::GrantedPlace| {
        let path = absolute_path("device", device, place.path)?;
        let leads_to = absolute_path("device", device, place.leads_to)?;
        Ok(GrantedPlace { path, leads_to, writable: place.writable })
    };
    let places = message.places.into_iter().map(place).collect::<Checked<_>>()?;
    Ok(Grants { places, network: message.network, display: message.display })
}

fn entity(id: u64) -> bool {
    (1..=LARGEST_ENTITY).contains(&id)
}

/// A bundle that was not found comes as its bare name: its device is missing, the rest of the song plays.
fn possible_path(what: &'static str, id: u64, text: String) -> Checked<PathBuf> {
    require(text.len() <= LONGEST_PATH && !text.contains('\0'), what, id, "has no possible path")?;
    Ok(PathBuf::from(text))
}

pub(super) fn absolute_path(what: &'static str, id: u64, text: String) -> Checked<PathBuf> {
    let path = possible_path(what, id, text)?;
    require(path.is_absolute(), what, id, "has a path that is not absolute")?;
    Ok(path)
}

fn edge(message: wire::Edge) -> Checked<Edge> {
    let kind = match message.kind() {
        wire::EdgeKind::Audio => EdgeKind::Audio,
        wire::EdgeKind::Notes => EdgeKind::Notes,
        wire::EdgeKind::Unspecified => return fault("edge from", message.from, "carries nothing known here"),
    };
    Ok(Edge { from: message.from, to: message.to, kind })
}

pub(super) fn position(what: &'static str, id: u64, sample: i64) -> Checked<i64> {
    require((-FARTHEST_SAMPLE..=FARTHEST_SAMPLE).contains(&sample), what, id, "lies too far away")?;
    Ok(sample)
}

fn note_region(message: wire::NoteRegion) -> Checked<NoteRegion> {
    let id = message.id;
    require(entity(id), "region", id, "is no id of an entity")?;
    let notes: Vec<_> = message.notes.into_iter().map(note).collect::<Checked<_>>()?;
    require(notes.is_sorted_by_key(|note| (note.start, note.pitch)), "region", id, "has notes out of order")?;
    let midi: Vec<_> =
        message.midi.into_iter().map(|event| timed_midi(id, &event)).collect::<Checked<_>>()?;
    require(midi.is_sorted_by_key(|event| event.sample), "region", id, "has events out of order")?;
    Ok(NoteRegion { id, node: message.node, append: message.append, notes, midi })
}

fn note(message: wire::NoteSpan) -> Checked<NoteSpan> {
    let id = message.id;
    require(entity(id), "note", id, "is no id of an entity")?;
    let start = position("note", id, message.start_sample)?;
    let end = position("note", id, message.end_sample)?;
    require(start < end, "note", id, "ends before it starts")?;
    require(message.pitch < 128, "note", id, "has a pitch above 127")?;
    require(message.channel < 16, "note", id, "has a channel above 15")?;
    Ok(NoteSpan {
        id,
        start,
        end,
        pitch: message.pitch as u8,
        // A song may hold notes of velocity 0; as a note-on of 0 one would be taken for a note-off.
        velocity: within("note", id, "velocity", message.velocity, 0.0, 1.0)?.max(f32::MIN_POSITIVE),
        release_velocity: within("note", id, "release velocity", message.release_velocity, 0.0, 1.0)?,
        channel: message.channel as u8,
    })
}

/// A channel message: a status byte from 0x80 to 0xEF, then data bytes below 0x80. Notes are no events.
fn timed_midi(region: u64, message: &wire::TimedMidi) -> Checked<TimedMidi> {
    let sample = position("event of region", region, message.sample)?;
    let &[status, ref values @ ..] = message.data.as_slice() else {
        return fault("event of region", region, "is empty");
    };
    let length = match status {
        0xA0..=0xBF | 0xE0..=0xEF => 2,
        0xC0..=0xDF => 1,
        _ => return fault("event of region", region, "is no channel message but a note's"),
    };
    let sound = values.len() == length && values.iter().all(|value| *value < 0x80);
    require(sound, "event of region", region, "has the wrong data bytes")?;
    let mut data = [0; 3];
    data[..=length].copy_from_slice(&message.data);
    Ok(TimedMidi { sample, data })
}

/// A new value of a strip, send level or device. Whether the target has the parameter is asked elsewhere.
///
/// # Errors
/// A value that is no number.
pub fn parameter_change(message: wire::ParameterChange) -> Checked<ParameterChange> {
    let value = finite("node", message.node, "a parameter", message.value)?;
    Ok(ParameterChange { target: message.node, parameter: message.parameter, value })
}

fn timeline(message: wire::Timeline) -> Checked<Timeline> {
    let rate = message.sample_rate;
    require(SAMPLE_RATES.contains(&rate), "timeline", 0, "has no possible sample rate")?;
    require(message.tempo.len() <= MOST_TEMPO_SEGMENTS, "timeline", 0, "has too many tempo segments")?;
    let tempo: Vec<_> = message.tempo.into_iter().map(tempo_segment).collect::<Checked<_>>()?;
    require(tempo.first().is_some_and(|first| first.start == 0), "timeline", 0, "has no tempo at sample 0")?;
    require(tempo.is_sorted_by(|a, b| a.start < b.start), "timeline", 0, "has tempo segments out of order")?;
    let start = position("timeline", 0, message.loop_start_sample)?;
    let end = position("timeline", 0, message.loop_end_sample)?;
    require(!message.loop_enabled || start < end, "timeline", 0, "loops over nothing")?;
    Ok(Timeline {
        sample_rate: rate,
        tempo,
        loop_range: message.loop_enabled.then_some((start, end)),
        end: position("timeline", 0, message.end_sample)?,
    })
}

fn tempo_segment(message: wire::TempoSegment) -> Checked<TempoSegment> {
    require(message.bpm > 0.0 && message.bpm <= FASTEST_BPM, "timeline", 0, "has no possible tempo")?;
    require((1..=64).contains(&message.numerator), "timeline", 0, "has no possible signature")?;
    let denominator = message.denominator;
    require(denominator.is_power_of_two() && denominator <= 32, "timeline", 0, "has no possible signature")?;
    Ok(TempoSegment {
        start: position("timeline", 0, message.start_sample)?,
        bpm: message.bpm,
        start_quarters: finite("timeline", 0, "a position", message.start_quarters)?,
        numerator: message.numerator,
        denominator,
        bar_start_quarters: finite("timeline", 0, "a position", message.bar_start_quarters)?,
        bar: message.bar,
    })
}

/// A part of a plugin's state, on its way down.
///
/// # Errors
/// No hash, or a part that does not lie within the state.
pub fn state_part(message: wire::PluginState) -> Checked<StatePart> {
    let Some(hash) = StateHash::parse(&message.hash) else {
        return fault("plugin state", 0, "has no hash");
    };
    let total = message.total_bytes;
    require(total <= LARGEST_STATE, "plugin state", 0, "is larger than 256 MiB")?;
    require(message.data.len() <= LARGEST_STATE_PART, "plugin state", 0, "comes in too large a part")?;
    let end = message.offset.checked_add(message.data.len() as u64);
    require(end.is_some_and(|end| end <= total), "plugin state", 0, "has a part past its end")?;
    Ok(StatePart { hash, offset: message.offset, total_bytes: total, data: message.data })
}

/// The parts of a state on its way up.
pub fn state_messages(device: u64, hash: &str, state: &[u8]) -> Vec<wire::PluginState> {
    let part = |(index, data): (usize, &[u8])| wire::PluginState {
        hash: hash.to_owned(),
        offset: (index * LARGEST_STATE_PART) as u64,
        total_bytes: state.len() as u64,
        data: data.to_vec(),
        device,
    };
    // A state of no bytes is a state too, and comes in one part.
    let first = state.is_empty().then(|| part((0, state)));
    first.into_iter().chain(state.chunks(LARGEST_STATE_PART).enumerate().map(part)).collect()
}

#[cfg(test)]
mod tests;
