//! Everything that touches libasound itself: finding it, its PCMs, its cards. All `unsafe` of the device is below here; what
//! comes out is safe to use. It decides nothing: which PCM, format and buffer is [`super`]'s to say.

pub mod cards;
pub mod library;
pub mod params;
pub mod pcm;
