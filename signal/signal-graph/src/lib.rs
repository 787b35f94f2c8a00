//! The graph of a song as sound: what it is made of, in which order it is computed, and the player that computes it.
//!
//! 1. The control thread keeps a [`GraphSpec`] true by applying each [`GraphUpdate`], and makes a [`Node`] for each entry.
//! 2. The same schedule is processed block by block, live by a device's thread or offline by any number of threads, with
//!    the same bits.
//!
//! There is no device, no file and no other process in this crate: whoever has one implements [`Node`].

pub mod event;
pub mod node;
pub mod spec;
pub mod timeline;

pub use event::{Event, EventBody, EventBuffer};
pub use node::{Block, Deadline, Io, Node, ParameterChange, Stereo, StereoMut};
pub use spec::{
    AudioRegion, BuiltinSpec, Edge, EdgeKind, GraphSpec, GraphUpdate, NodeId, NodeKind, NodeSpec, NoteRegion,
    NoteSpan, Parameter, PluginSlot, Ports, RegionId, StripSpec, TimedMidi,
};
pub use timeline::{MusicalPosition, TempoSegment, Timeline};
