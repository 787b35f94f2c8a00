//! Everything that touches libasound's sequencer itself: finding it, our client, its ports and events. All `unsafe` of it is
//! below here; what comes out is safe to use. It decides nothing: what is connected and sent is [`super`]'s to say.

pub mod client;
mod event;
mod library;
