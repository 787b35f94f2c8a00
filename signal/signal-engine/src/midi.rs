//! MIDI ports: which there are, what comes in by them and what goes out, and when.
//!
//! 1. A device brings ports of its own (JACK, PipeWire, the virtual one's loopback); the [`sequencer`] brings ALSA's beside
//!    any device. [`control`] puts both together, gives each name a number, and opens what the song and the hardware need.
//! 2. Nodes of the graph write what tracks play into lines; on the audio thread [`outlet`] sends it at its frame.
//! 3. What comes in goes the way of a keyboard's notes: [`crate::recording`].
//!
//! **When a message leaves.** Playback leaves so that an instrument that answers at once is heard together with the sound
//! of the same song position: after the graph's delay compensation and the device's output latency, less what the port's own
//! way takes. What a keyboard plays leaves in the block in which it came.
//!
//! **No note hangs.** [`held`] knows what sounds: per track, for mute, another port or the track's end; per port and
//! device, for another device and the end of Signal. A port that is opened is silenced first, for a Signal that was killed
//! could not.

pub mod control;
pub mod held;
pub mod outlet;
pub mod sequencer;

/// Messages to or from the sequencer under way: all that a block may bring, a few times.
const SEQUENCER_MESSAGES: usize = 8192;

/// A message with the moment of the system's clock to which it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedMessage {
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    pub time_ns: u64,
    /// The port's number.
    pub port: u16,
    /// Status byte first; unused bytes are 0.
    pub data: [u8; 3],
}
