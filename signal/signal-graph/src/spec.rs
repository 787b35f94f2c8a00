//! What the graph is made of, as plain data: the shape the control side keeps and compares.
//!
//! It mirrors `loophole/signal/v1/graph.proto`; positions are samples at the graph's rate. Nothing here sounds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::node::ParameterChange;
use crate::timeline::Timeline;

mod apply;
mod check;
mod difference;

pub use check::SpecError;
pub(crate) use difference::Difference;

/// Unique in the graph, below 2^64.
pub type NodeId = u64;
/// The clip a region comes from.
pub type RegionId = u64;

/// Everything Signal plays.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphSpec {
    /// By id.
    pub nodes: BTreeMap<NodeId, NodeKind>,
    /// In the order of their sources.
    pub edges: BTreeSet<Edge>,
    /// By id.
    pub audio_regions: BTreeMap<RegionId, Arc<AudioRegion>>,
    /// By id.
    pub note_regions: BTreeMap<RegionId, Arc<NoteRegion>>,
    /// Tempo, loop, end.
    pub timeline: Timeline,
}

/// A difference between two graphs, or a whole one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphUpdate {
    /// Replaces everything, instead of adding to what is there.
    pub whole: bool,
    /// Created, or replaced if the id exists.
    pub nodes: Vec<NodeSpec>,
    /// Gone, with their edges and regions.
    pub removed_nodes: Vec<NodeId>,
    /// Added.
    pub edges: Vec<Edge>,
    /// Gone.
    pub removed_edges: Vec<Edge>,
    /// Created, or replaced if the id exists.
    pub audio_regions: Vec<AudioRegion>,
    /// Created, replaced, or appended to.
    pub note_regions: Vec<NoteRegion>,
    /// Gone, of either kind.
    pub removed_regions: Vec<RegionId>,
    /// New values of strips, send levels and devices.
    pub parameters: Vec<ParameterChange>,
    /// None: as it was.
    pub timeline: Option<Timeline>,
}

/// A node by its id.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSpec {
    /// Unique in the graph.
    pub id: NodeId,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// Plays the audio regions that name it.
    AudioPlayer,
    /// Plays the note regions that name it.
    NotePlayer,
    /// Lets the device's input in.
    AudioInput(AudioInputSpec),
    /// Sends notes and messages to a MIDI port.
    MidiOutput(MidiOutputSpec),
    /// A device of our own.
    Builtin(BuiltinSpec),
    /// Plugins that run in one sandbox, in order.
    PluginChain(Vec<PluginSlot>),
    /// Fader, pan, mute, meter.
    Strip(StripSpec),
    /// Input times a linear gain.
    SendLevel(f32),
    /// The device's output. Exactly one a graph.
    Output,
}

/// Which kinds of edges may end and begin at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Sums audio.
    pub audio_in: bool,
    /// Gives audio.
    pub audio_out: bool,
    /// Takes notes.
    pub notes_in: bool,
    /// Gives notes.
    pub notes_out: bool,
}

impl NodeKind {
    /// [any] What may be connected to it.
    #[must_use]
    pub fn ports(&self) -> Ports {
        let ports =
            |audio_in, audio_out, notes_in, notes_out| Ports { audio_in, audio_out, notes_in, notes_out };
        match self {
            Self::AudioPlayer | Self::AudioInput(_) => ports(false, true, false, false),
            Self::NotePlayer => ports(false, false, false, true),
            Self::MidiOutput(_) => ports(false, false, true, false),
            Self::Builtin(_) | Self::PluginChain(_) => ports(true, true, true, false),
            Self::Strip(_) | Self::SendLevel(_) => ports(true, true, false, false),
            Self::Output => ports(true, false, false, false),
        }
    }
}

/// Monitoring of a track.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioInputSpec {
    /// Of the device, from 0. One is heard in the middle, of more the first two left and right.
    pub channels: Vec<u32>,
    /// Also while the song plays and is not recorded.
    pub always: bool,
}

/// Where a track's notes are sent. A node of it keeps its state whatever of this changes: where messages go from it is
/// decided behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MidiOutputSpec {
    /// The port's name.
    pub port: String,
    /// 0 to 15; none: each message keeps its own.
    pub channel: Option<u8>,
    /// Nothing is sent, and what sounds is ended.
    pub mute: bool,
    /// The player whose notes these are.
    pub note_player: NodeId,
}

/// A built-in device.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltinSpec {
    /// "tide", "eq" and so on.
    pub name: String,
    /// Values that differ from the defaults.
    pub parameters: Vec<Parameter>,
    /// Lets its input through instead.
    pub bypass: bool,
    /// Sounds it plays, by ascending slot.
    pub media: Vec<BuiltinMedia>,
}

/// A decoded sound of a built-in device.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltinMedia {
    /// What it is to the device: a zone, a pad.
    pub slot: u32,
    /// The decoded file, in the format of [`AudioRegion::path`].
    pub path: PathBuf,
    /// Its length.
    pub frames: i64,
    /// 1 to 8.
    pub channels: u32,
    /// In hertz: the graph's.
    pub sample_rate: u32,
}

/// A value of a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// The device's own id for it.
    pub id: u32,
    /// In the parameter's own unit.
    pub value: f64,
}

/// A plugin in a chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PluginSlot {
    /// The device's id.
    pub device: u64,
    /// Its format's own id.
    pub plugin_id: String,
    /// Absolute path.
    pub bundle: PathBuf,
    /// Values to set after the state.
    pub parameters: Vec<Parameter>,
    /// Hex BLAKE3 of the state to restore; empty: none.
    pub state: String,
    /// Lets its input through instead.
    pub bypass: bool,
    /// Names the process it runs in, shared by all slots of the name; empty: with its neighbours that have none either.
    pub process: String,
    /// A loaded process waits to take over.
    pub standby: bool,
    /// It is not loaded; the sound passes it by.
    pub disabled: bool,
    /// What it may reach.
    pub grants: Grants,
}

/// What a plugin may reach beside its own folder and the system's libraries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Files, and folders with all that is in them.
    pub places: Vec<GrantedPlace>,
    /// It connects to other machines, and to servers on this one.
    pub network: bool,
    /// It opens windows.
    pub display: bool,
}

impl Grants {
    /// Whether nothing was granted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A file or a folder that a plugin may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantedPlace {
    /// Absolute.
    pub path: PathBuf,
    /// Where it led when it was granted, all links followed.
    pub leads_to: PathBuf,
    /// It is written to as well as read.
    pub writable: bool,
}

/// A mixer strip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StripSpec {
    /// Linear, 0 to 2.
    pub gain: f32,
    /// -1 to +1.
    pub pan: f32,
    /// Muted by its own button or by others' solo.
    pub mute: bool,
    /// Turns the sign of both channels round.
    pub phase_invert: bool,
}

impl StripSpec {
    /// Parameter id of the linear gain, of strips and send levels.
    pub const GAIN: u32 = 1;
    /// Parameter id of the pan.
    pub const PAN: u32 = 2;
    /// Parameter id of mute, 0 or 1.
    pub const MUTE: u32 = 3;
    /// Parameter id of the phase, 0 or 1.
    pub const PHASE_INVERT: u32 = 4;
}

/// What an edge carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// Two channels.
    Audio,
    /// Events.
    Notes,
}

/// A connection. Inputs of a node are summed in ascending order of `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Source.
    pub from: NodeId,
    /// Destination.
    pub to: NodeId,
    /// What it carries.
    pub kind: EdgeKind,
}

/// A stretch of decoded sound of a file in the song's cache.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioRegion {
    /// The clip.
    pub id: RegionId,
    /// The audio player.
    pub node: NodeId,
    /// Where it begins to sound.
    pub start: i64,
    /// How long.
    pub length: i64,
    /// The decoded file, at the graph's sample rate.
    pub path: PathBuf,
    /// The frame of the file that sounds at `start`; backwards, counted from its last, which is 0.
    pub offset: i64,
    /// Linear.
    pub gain: f32,
    /// Fades, loop, direction.
    pub shape: RegionShape,
}

/// How a region is heard, beyond being played once from its beginning to its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegionShape {
    /// From its start, in samples.
    pub fade_in: i64,
    /// Up to its end, in samples.
    pub fade_out: i64,
    /// Of the fade in.
    pub fade_in_curve: FadeCurve,
    /// Of the fade out.
    pub fade_out_curve: FadeCurve,
    /// The file is read backwards.
    pub reverse: bool,
    /// Where it begins anew, ascending, inside the region.
    pub loop_starts: Vec<i64>,
    /// As [`AudioRegion::offset`], for each of these.
    pub loop_offset: i64,
    /// Where something lies on top of it: half-open stretches, ascending, apart.
    pub covered: Vec<(i64, i64)>,
}

/// How a fade gets from silence to the whole; t runs from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FadeCurve {
    /// t
    #[default]
    Linear,
    /// sin(π/2 t)
    EqualPower,
    /// t² (3 - 2t)
    SCurve,
}

/// Notes and messages of one clip.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteRegion {
    /// The clip.
    pub id: RegionId,
    /// The note player.
    pub node: NodeId,
    /// Adds to the region of this id in the same update.
    pub append: bool,
    /// By ascending start, then pitch.
    pub notes: Vec<NoteSpan>,
    /// By ascending sample.
    pub midi: Vec<TimedMidi>,
}

/// A note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoteSpan {
    /// Below 2^53.
    pub id: u64,
    /// First sample.
    pub start: i64,
    /// After `start`.
    pub end: i64,
    /// 0 to 127.
    pub pitch: u8,
    /// Above 0, up to 1.
    pub velocity: f32,
    /// 0 to 1.
    pub release_velocity: f32,
    /// 0 to 15.
    pub channel: u8,
}

/// A channel message at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedMidi {
    /// Where.
    pub sample: i64,
    /// Unused bytes are 0.
    pub data: [u8; 3],
}
