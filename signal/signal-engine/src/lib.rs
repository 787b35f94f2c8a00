//! The process that makes sound: devices, the audio thread, sound from disk, rendering, and the calls that steer them.

pub mod capture;
pub mod device;
pub mod device_board;
pub mod graph_assembly;
pub mod refusal;
pub mod sandbox;
pub mod state_store;
mod sys;
pub mod wav_file;
mod wire;

#[cfg(test)]
signal_rt::guard_allocations!();
