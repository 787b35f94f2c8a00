//! From the device's inputs and keyboards to takes on disk.
//!
//! 1. The audio thread puts everything it hears into a [`feed`], with the song position of every frame, all the time.
//! 2. The recorder's thread keeps the last minute of it ([`history`]). While a session is on it works out which frames are
//!    to be recorded and where they belong ([`plan`], rule E13), and writes them to [`take`]s.
//! 3. "Keep what I just played" ([`keep`]) writes the same kind of take from the history.
//!
//! Nothing here knows clips: Pulse makes them of closed takes.

mod audio_end;
pub mod calibration;
pub mod click_output;
pub mod control;
pub mod feed;
pub mod history;
mod keep;
pub mod live;
pub mod measured;
pub mod metronome;
pub mod plan;
mod recorder;
pub mod setup;
pub mod status;
pub mod take;
mod take_log;
mod wave;

pub use audio_end::{AudioEnd, InputBlock};
pub use control::RecordingControl;
