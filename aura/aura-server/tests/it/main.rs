//! Aura over real sockets: what it serves, whom it turns away, and what a page gets and may ask.

mod admission;
mod aura;
mod folder;
mod others;
mod page;
mod process;
mod song;
