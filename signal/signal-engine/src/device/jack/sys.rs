//! Everything that touches libjack itself: finding it, its clients, what happens on its threads. All `unsafe` of the device
//! is below here; what comes out is safe to use. It decides nothing: which server and which ports is [`super`]'s to say.

mod block;
pub mod client;
pub mod library;
mod midi;
pub mod slots;
