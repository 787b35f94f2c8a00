//! What Loophole plays and processes with by itself: players of regions, an instrument, mixer strips.
//!
//! 1. [`workshop::make`] turns a node of a graph into a [`Node`](signal_graph::Node); plugin chains are made elsewhere.
//! 2. A [`sound::Library`] reads decoded sound ahead of the playhead, so that players never wait for a disk.
//! 3. [`parameter::of_builtin`] describes what can be set, in real units.
//!
//! Everything here gives the same bits for every block size, thread count and processor (E11): `libm` instead of the
//! platform's functions, state counted in samples, ramps on absolute counts.
#![deny(clippy::disallowed_types)]

mod bypass;
pub mod compressor;
pub mod delay;
pub mod device;
pub mod drums;
mod effect;
pub mod eq;
pub mod limiter;
pub mod live;
mod math;
pub mod meter;
pub mod midi_out;
pub mod monitor;
pub mod notes;
pub mod parameter;
mod ramp;
pub mod reverb;
pub mod sample;
pub mod sampler;
pub mod sound;
pub mod strip;
mod tick;
pub mod tide;
pub mod trim;
pub mod workshop;
mod zone;
