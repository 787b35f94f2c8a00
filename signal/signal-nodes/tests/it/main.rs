//! The built-in nodes as sound.

mod compressor;
mod conformance;
mod delay;
mod docs;
mod eq;
mod instruments;
mod limiter;
mod midi_out;
mod notes;
mod reverb;
mod rig;
mod shapes;
mod song;
mod sound;
mod surprises;
mod sweeps;
mod tide;
mod wave;

signal_rt::guard_allocations!();
