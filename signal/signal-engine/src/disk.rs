//! Sound from disk.

pub mod pcm_file;
