//! The built-in nodes as sound.

mod conformance;
mod notes;
mod shapes;
mod song;
mod sound;
mod tide;
mod wave;

signal_rt::guard_allocations!();
