//! The graph of a song as sound: what it is made of, in which order it is computed, and the player that computes it.
//!
//! 1. The control thread keeps a [`GraphSpec`] true by applying each [`GraphUpdate`], and makes a [`Node`] for each entry.
//! 2. The same schedule is processed block by block, live by a device's thread or offline by any number of threads, with
//!    the same bits.
//!
//! There is no device, no file and no other process in this crate: whoever has one implements [`Node`].
#![deny(clippy::disallowed_types)]

mod buffer;
mod change;
mod command;
mod compile;
pub mod conformance;
mod delay;
pub mod event;
mod graph;
pub mod node;
mod offline;
mod player;
mod schedule;
pub mod spec;
mod stamped;
mod sum;
pub mod timeline;
mod transport;

pub use buffer::StereoBuffer;
pub use change::{ParameterEvent, process_changing};
pub use command::{Command, CommandRing};
pub use compile::{CompileError, Order};
pub use graph::{Change, Graph, GraphError, Workshop};
pub use offline::{BlockSizes, OfflinePlayer};
pub use player::{BlockReport, Piece, Player, player};
pub use schedule::Schedule;

pub use event::{Event, EventBody, EventBuffer, Events, MAX_EVENTS, NoteExpression};
pub use node::{Block, Content, Deadline, Io, Node, ParameterChange, Stereo, StereoMut};
pub use spec::{
    AudioInputSpec, AudioRegion, BuiltinMedia, BuiltinSpec, Edge, EdgeKind, FadeCurve, GrantedPlace, Grants,
    GraphSpec, GraphUpdate, MidiOutputSpec, NodeId, NodeKind, NodeSpec, NoteRegion, NoteSpan, Parameter,
    PluginSlot, Ports, RegionId, RegionShape, SpecError, StripSpec, TimedMidi,
};
pub use timeline::{MusicalPosition, TempoSegment, Timeline};
pub use transport::TransportView;
