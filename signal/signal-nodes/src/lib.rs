//! What Loophole plays and processes with by itself: players of regions, an instrument, mixer strips.
//!
//! 1. [`workshop::make`] turns a node of a graph into a [`Node`](signal_graph::Node); plugin chains are made elsewhere.
//! 2. Audio players read sound from a [`SoundSource`]: `signal-engine` implements it over files, with read-ahead for a device
//!    and in place for rendering. No file is opened here.
//! 3. [`parameter::of_builtin`] describes what can be set, in real units.
//!
//! Everything here gives the same bits for every block size, thread count and processor (E11): `libm` instead of the
//! platform's functions, state counted in samples, ramps on absolute counts.
#![deny(clippy::disallowed_types)]

pub mod parameter;
mod source;
pub mod tide;
pub mod trim;

pub use source::SoundSource;
