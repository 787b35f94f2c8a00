//! The process that hosts the plugins of one chain, so that nothing they do reaches the engine.
//!
//! 1. It gives up what plugins need not have: other descriptors, core dumps, standard input and output.
//! 2. On the socket it is told which plugins to load, with states and values; it loads and activates them.
//! 3. Its audio thread answers each request in the shared block by running all plugins in order.
//! 4. Its main thread serves the socket, the plugins' callbacks and their timers, until the socket ends.
//!
//! It speaks with Signal alone, knows no song, and opens no file but the bundles it is told of.

mod audio_thread;
mod block_start;
mod bundle;
mod chain;
mod confinement;
mod crash;
mod describe;
mod descriptors;
mod dry;
mod events;
mod given;
mod host;
mod instance;
mod main_loop;
mod plugin;
mod ports;
mod running;
mod slot;
mod table;
mod wire;

use std::{os::fd::RawFd, path::PathBuf};

pub use bundle::find_bundle;

/// What Signal starts it with, or Pulse, to learn what a bundle holds.
#[derive(Debug, clap::Parser)]
#[command(version, about = "Hosts plugins for loophole-signal")]
pub struct Arguments {
    /// Descriptor of the socket to Signal.
    #[arg(long, required_unless_present = "describe")]
    pub socket_fd: Option<RawFd>,
    /// Descriptor of the shared block.
    #[arg(long, required_unless_present = "describe")]
    pub block_fd: Option<RawFd>,
    /// Host nothing: write what the bundle of this path holds to standard output.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["socket_fd", "block_fd"])]
    pub describe: Option<PathBuf>,
}

/// Runs until Signal ends it or the socket.
///
/// # Errors
/// The descriptors are not what they should be, or Signal is of another version.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (socket, block) = match arguments {
        Arguments { describe: Some(bundle), .. } => return describe::run(&bundle),
        Arguments { socket_fd: Some(socket), block_fd: Some(block), .. } => (socket, block),
        _ => anyhow::bail!("--socket-fd and --block-fd are needed"),
    };
    let (socket, block) = confinement::enter(socket, block)?;
    main_loop::run(socket, block)
}
