//! The engine graph of a song: nodes, edges and regions with every musical position resolved to samples.
//!
//! Pure: no I/O, no contract types. Where decoded sound and plugins lie is asked of a [`Locator`]. What a graph sounds
//! like is Signal's matter.
//!
//! 1. [`Derivation::new`] derives the whole graph once; [`GraphDifference::whole`] is what Signal is sent first.
//! 2. After each transaction [`Derivation::update`] derives what its updates touched, and says how the graph differs now:
//!    a fader is one parameter, a clip one region.
//! 3. When a sound has been decoded, [`Derivation::media_changed`] brings in the clips that waited for it.
//! 4. A render takes [`derive`] at its own rate and [`render_range`].
//!
//! **Cost.** An edit of notes costs by their clip alone, one of an audio clip by the clips of its track. An edit of a track, device or send derives nodes and
//! edges of all tracks again (about a millisecond for 500), but no region. A change of tempo derives everything.
//!
//! ```
//! use pulse_derive::{Derivation, GraphDifference, Locator, ParameterChange, STRIP_GAIN, Sound};
//! use pulse_model::{AddTrack, Command, Media, Project, SetTrack, TrackKind, plan};
//! use units::SampleRate;
//!
//! struct NothingDecoded;
//! impl Locator for NothingDecoded {
//!     fn sound(&self, _media: &Media, _rate: SampleRate) -> Option<Sound> {
//!         None
//!     }
//! }
//!
//! let mut project = Project::new_song("Sketch", 1);
//! let mut derivation = Derivation::new(&project, SampleRate::HZ_48000, &NothingDecoded);
//! let first = GraphDifference::whole(derivation.spec());
//! assert_eq!((first.nodes.len(), first.edges.len()), (2, 1), "the master's strip and the output");
//!
//! let fader = SetTrack {
//!     id: project.master().id,
//!     fader_db: Some(-150.0),
//!     ..SetTrack::default()
//! };
//! let planned = plan(&mut project, &[Command::SetTrack(fader)])?;
//! project.apply(&planned.updates)?;
//! let next = derivation.update(&project, &planned.updates, &NothingDecoded);
//! let node = project.master().id.0;
//! let expected = GraphDifference {
//!     parameters: vec![ParameterChange { node, parameter: STRIP_GAIN, value: 0.0 }],
//!     ..GraphDifference::default()
//! };
//! assert_eq!(next, expected);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod derivation;
mod difference;
mod layers;
mod process;
mod range;
mod recording;
mod region;
mod solo;
mod spec;
mod timeline;
mod topology;

pub use derivation::{Derivation, derive};
pub use difference::{GraphDifference, ParameterChange, difference};
pub use range::{RangeError, SampleRange, TAIL_SECONDS, loop_range, range_with_tail, render_range};
pub use recording::{RecordInput, Recording};
pub use region::{Locator, MAX_SAMPLES, Sound};
pub use spec::{
    AudioRegion, BuiltinMedia, Edge, EdgeKind, GrantedPlace, Grants, GraphSpec, Node, NodeId, NoteRegion,
    NoteSpan, PluginSlot, STRIP_GAIN, STRIP_MUTE, STRIP_PAN, STRIP_PHASE_INVERT, TimedMidi,
};
pub use timeline::{TempoSegment, Timeline};
pub use topology::{audio_input, audio_player, midi_output, note_player, output, plugin_chain};
