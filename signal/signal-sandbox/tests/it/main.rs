//! The real process with real plugins, spoken to as Signal does: messages on a socket, audio in the shared block.

mod bait;
mod bundles;
mod confinement;
mod describe;
mod escape;
mod features;
mod grants;
mod host_check;
mod host_that_misbehaves;
mod in_process;
mod peer;
mod test_plugin;
mod zam;
mod zam_table;
