//! The real process with real plugins, spoken to as Signal does: messages on a socket, audio in the shared block.

mod bundles;
mod describe;
mod features;
mod host_check;
mod host_that_misbehaves;
mod in_process;
mod peer;
mod test_plugin;
mod zam;
mod zam_table;
