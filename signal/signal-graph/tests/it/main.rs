//! The graph as sound: compiled, played live and offline, changed in mid-play.

mod changes;
mod offline;
mod parts;
mod relays;
mod transport;

signal_rt::guard_allocations!();
