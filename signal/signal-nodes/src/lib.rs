//! What an audio thread may use.

pub mod source;

pub use source::SoundSource;
