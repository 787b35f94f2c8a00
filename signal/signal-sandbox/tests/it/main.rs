//! The real process with real plugins, spoken to as Signal does: messages on a socket, audio in the shared block.

mod bait;
mod confinement;
mod describe;
mod escape;
mod in_process;
mod peer;
mod test_plugin;
mod zam;
