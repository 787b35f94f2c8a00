//! The process that hosts the plugins of one chain, so that nothing they do reaches the engine.
//!
//! 1. It gives up what plugins need not have: other descriptors, core dumps, standard input and output.
//! 2. On the socket it is told which plugins to load, with states and values; it loads and activates them.
//! 3. Its audio thread answers each request in the shared block by running all plugins in order.
//! 4. Its main thread serves the socket, the plugins' callbacks and their timers, until the socket ends.
//!
//! It speaks with Signal alone, knows no song, and opens no file but the bundles it is told of.

mod audio_thread;
mod bundle;
mod chain;
mod confinement;
mod events;
mod host;
mod main_loop;
mod plugin;
mod ports;
mod slot;
mod wire;

use std::os::fd::RawFd;

pub use bundle::find_bundle;

/// What Signal starts it with.
#[derive(Debug, clap::Parser)]
#[command(version, about = "Hosts plugins for loophole-signal")]
pub struct Arguments {
    /// Descriptor of the socket to Signal.
    #[arg(long)]
    pub socket_fd: RawFd,
    /// Descriptor of the shared block.
    #[arg(long)]
    pub block_fd: RawFd,
}

/// Runs until Signal ends it or the socket.
///
/// # Errors
/// The descriptors are not what they should be, or Signal is of another version.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (socket, block) = confinement::enter(arguments.socket_fd, arguments.block_fd)?;
    main_loop::run(socket, block)
}
