//! The graph as plain data, in the shape of `chorus/proto/loophole/signal/v1/graph.proto`. It is derived in `topology`,
//! `region` and `timeline`, not here.

use crate::recording::Recording;
use crate::timeline::Timeline;
use pulse_model::{FadeCurve, Id, ParameterValue};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use units::SampleRate;

/// Unique in the graph: a strip has its track's id, a device's or send's node that of the device or send; the others
/// carry a role in the top byte.
pub type NodeId = u64;

/// Parameter of strips and send levels: linear gain, 0 to 2.
pub const STRIP_GAIN: u32 = 1;
/// Parameter of strips: -1 to +1.
pub const STRIP_PAN: u32 = 2;
/// Parameter of strips: 0 or 1.
pub const STRIP_MUTE: u32 = 3;
/// Parameter of strips: 0 or 1.
pub const STRIP_PHASE_INVERT: u32 = 4;

/// Everything Signal plays.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphSpec {
    /// By id.
    pub nodes: BTreeMap<NodeId, Node>,
    /// By source, then target.
    pub edges: BTreeSet<Edge>,
    /// By clip. Shared, so that a copy of the graph costs no notes.
    pub audio_regions: BTreeMap<Id, Arc<AudioRegion>>,
    /// By clip.
    pub note_regions: BTreeMap<Id, Arc<NoteRegion>>,
    /// Tempo, loop, end.
    pub timeline: Timeline,
    /// What can be recorded.
    pub recording: Recording,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Plays the audio regions that name it. No input, stereo out.
    AudioPlayer,
    /// Plays the note regions that name it. No input, notes out.
    NotePlayer,
    /// Lets the device's input in. No input, stereo out.
    AudioInput {
        /// Of the device, from 1.
        channels: Vec<u32>,
        /// Also while the song plays and is not recorded.
        always: bool,
    },
    /// Sends notes and controllers to a MIDI port. Notes in, nothing out.
    MidiOutput {
        /// By name; it may be missing.
        port: String,
        /// 0: each message keeps its own; 1 to 16: all on this one.
        channel: u32,
        /// Muted by its track's own button or by others' solo.
        mute: bool,
        /// Where the notes come from.
        note_player: NodeId,
    },
    /// A built-in device.
    Builtin {
        /// `tide` or `trim`.
        name: String,
        /// Values that differ from the defaults.
        parameters: Vec<ParameterValue>,
        /// Lets its input through instead.
        bypass: bool,
        /// Sounds it plays, by ascending slot; those not decoded yet are left out.
        media: Vec<BuiltinMedia>,
    },
    /// Plugins of one chain, in order, in as many sandboxes as their processes' names say. Notes and stereo in, stereo out.
    PluginChain(Vec<PluginSlot>),
    /// Sums its inputs, then phase, fader, pan and mute, then a meter.
    Strip {
        /// Linear, 0 to 2.
        gain: f32,
        /// -1 to +1.
        pan: f32,
        /// Muted by its own button or by others' solo.
        mute: bool,
        /// Turns the sign of both channels round.
        phase_invert: bool,
    },
    /// Its input times a linear gain.
    SendLevel(f32),
    /// The device's output. Exactly one a graph.
    Output,
}

/// A decoded sound of a built-in device.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltinMedia {
    /// What it is to the device.
    pub slot: u32,
    /// The decoded file.
    pub path: String,
    /// At the graph's rate.
    pub frames: i64,
    /// 1 to 8.
    pub channels: u32,
    /// The graph's.
    pub sample_rate: SampleRate,
}

/// A plugin of a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginSlot {
    /// The Device entity.
    pub device: Id,
    /// Its id in its bundle.
    pub plugin_id: String,
    /// Absolute path of the bundle, if it was found.
    pub bundle: String,
    /// Values to set after the state.
    pub parameters: Vec<ParameterValue>,
    /// Hex BLAKE3 of the state to restore; empty: none.
    pub state: String,
    /// Lets its input through instead.
    pub bypass: bool,
    /// Names the process it shares with all of the same name; empty: with its neighbours that have none either.
    pub process: String,
    /// A second process with the plugin loaded waits to take over.
    pub standby: bool,
    /// It is not loaded.
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
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A file or a folder that a plugin may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedPlace {
    /// Absolute.
    pub path: String,
    /// Where it led when it was granted, all links followed.
    pub leads_to: String,
    /// It is written to as well as read.
    pub writable: bool,
}

/// What an edge carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// Stereo.
    Audio,
    /// Notes and MIDI messages.
    Notes,
}

/// A connection. Inputs of a node are summed in ascending order of `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Source.
    pub from: NodeId,
    /// Target.
    pub to: NodeId,
    /// What it carries.
    pub kind: EdgeKind,
}

/// A stretch of decoded sound at the graph's rate.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioRegion {
    /// The Clip entity.
    pub id: Id,
    /// The audio player.
    pub node: NodeId,
    /// First sample.
    pub start_sample: i64,
    /// Above 0.
    pub length_samples: i64,
    /// The decoded file.
    pub path: String,
    /// The frame of the file that sounds at `start_sample`; backwards, counted from its last, which is 0.
    pub offset_frames: i64,
    /// Linear.
    pub gain: f32,
    /// From the start on.
    pub fade_in_samples: i64,
    /// Up to the end.
    pub fade_out_samples: i64,
    /// Of the fade in.
    pub fade_in_curve: FadeCurve,
    /// Of the fade out.
    pub fade_out_curve: FadeCurve,
    /// The file is read backwards.
    pub reverse: bool,
    /// Where it begins anew, ascending.
    pub loop_starts: Vec<i64>,
    /// As `offset_frames`, for each of these.
    pub loop_offset_frames: i64,
    /// Half-open stretches where another region lies on top of it; ascending, apart.
    pub covered: Vec<(i64, i64)>,
}

/// The notes of a clip that sound.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteRegion {
    /// The Clip entity.
    pub id: Id,
    /// The note player.
    pub node: NodeId,
    /// By ascending start, then pitch.
    pub notes: Vec<NoteSpan>,
    /// Channel messages by ascending sample.
    pub midi: Vec<TimedMidi>,
}

/// A note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoteSpan {
    /// The Note entity.
    pub id: Id,
    /// First sample.
    pub start_sample: i64,
    /// After `start_sample`.
    pub end_sample: i64,
    /// 0 to 127.
    pub pitch: u32,
    /// Above 0, up to 1.
    pub velocity: f32,
    /// 0 to 1.
    pub release_velocity: f32,
    /// 0 to 15.
    pub channel: u32,
}

/// A channel message of 2 or 3 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedMidi {
    /// When.
    pub sample: i64,
    /// Status byte first.
    pub data: Vec<u8>,
}
