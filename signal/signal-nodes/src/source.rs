//! Where an audio player gets its frames from: a file streamed by a disk thread, a file read in place offline, or memory in
//! tests.
//!
//! Whoever has files implements it; no file is opened in this crate.

use signal_graph::StereoMut;

/// A decoded sound of two channels that any number of regions play, shared as `Arc<dyn SoundSource>`.
pub trait SoundSource: Send + Sync {
    /// [audio] Writes every frame of `output`, from the sound's frame `start` on. What lies before its start or past its end is
    /// silence; so is what has not been read from disk yet, and is then counted by the source. Never waits, unless the
    /// source was made for offline work.
    fn read(&self, start: i64, output: StereoMut<'_>);
}
