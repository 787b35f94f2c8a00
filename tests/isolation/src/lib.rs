//! What it costs that plugins run in processes of their own, measured with the engine's own parts.
//!
//! 1. A [`song::Song`] is a graph as Signal plays it, whose plugins run in sandboxes, or in this very process.
//! 2. [`device`] plays it at a device's pace and says how long each block took, what was late, and how much of the processors
//!    it used.
//! 3. The peers are measured between the rounds of ours: a bare futex between two processes ([`ping_pong`]), real clients of
//!    a real JACK and a real PipeWire ([`sound_server`]).
//! 4. Each of [`round_trip`], [`sixteen`], [`tracks`], [`largest`] and [`memory`] answers one question, as Markdown.
//!
//! It judges no figure: `docs/isolation-cost.md` says what each should be, and what it is not.

pub mod device;
pub mod figures;
pub mod in_process;
pub mod largest;
pub mod machine;
pub mod memory;
pub mod peer;
pub mod ping_pong;
pub mod plugins;
pub mod round_trip;
pub mod sixteen;
pub mod song;
pub mod sound_server;
mod sys;
pub mod tracks;

pub use sys::jack;
pub use sys::layouts;

/// In hertz.
pub const RATE: u32 = 48_000;
/// Frames of a block.
pub const FRAMES: usize = 64;
/// Of a block, in nanoseconds.
pub const PERIOD_NS: u64 = FRAMES as u64 * 1_000_000_000 / RATE as u64;
