//! The supervisor and the command line with the real Pulse, Signal and Aura, in a home of their own.
//!
//! The other processes' programs must have been built (`cargo build`).

mod commands;
mod fixture;
mod life;
mod songs;
