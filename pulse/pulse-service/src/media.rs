//! Sound files: brought into the song by content, decoded to PCM for Signal, outlined for drawing.
//!
//! 1. `intake` copies a file into `media/` and hashes it.
//! 2. `cache` keeps `cache/<hash>-<rate>.pcm` and `cache/<hash>.peaks`, and makes what is missing by running
//! 3. `decode` in a child process of its own with limits, which reads any file (`packets`, `wave`) and may die of it.
//!
//! `audition` decodes what is only listened to. Nothing here knows clips or tracks.

pub mod audition;
pub mod cache;
pub mod decode;
pub mod intake;
pub mod packets;
pub mod pcm;
pub mod peaks;
pub mod resample;
pub mod wave;
