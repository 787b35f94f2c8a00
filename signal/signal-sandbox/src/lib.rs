//! The process that hosts the plugins of one chain, so that nothing they do reaches the engine.
//!
//! 1. It confines itself, in layers ([`confinement`]); a child hosts the plugins.
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
mod trial;
mod wire;

use std::{
    os::fd::{AsRawFd as _, RawFd},
    path::PathBuf,
};

pub use bundle::find_bundle;
use confinement::{Access, Confinement, Layer};

/// What Signal starts it with, or Pulse, to learn what a bundle holds.
#[derive(Debug, clap::Parser)]
#[command(version, about = "Hosts plugins for loophole-signal")]
pub struct Arguments {
    /// Descriptor of the socket to Signal.
    #[arg(long, required_unless_present_any = ["describe", "try_confinement"])]
    pub socket_fd: Option<RawFd>,
    /// Descriptor of the shared block.
    #[arg(long, required_unless_present_any = ["describe", "try_confinement"])]
    pub block_fd: Option<RawFd>,
    /// Host nothing: write what the bundle of this path holds to standard output.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["socket_fd", "block_fd"])]
    pub describe: Option<PathBuf>,
    /// Host nothing: write to standard output which layers of confinement hold.
    #[arg(long, hide = true, conflicts_with_all = ["socket_fd", "block_fd", "describe"])]
    pub try_confinement: bool,
    /// What the plugins may reach beside files.
    #[arg(long, value_delimiter = ',')]
    pub access: Vec<Access>,
    /// Layers of confinement to leave out. Tests see that way what the others hold; nothing else passes it.
    #[arg(long, value_delimiter = ',', hide = true)]
    pub without: Vec<Layer>,
}

/// Runs until Signal ends it or the socket.
///
/// # Errors
/// The descriptors are not what they should be, or Signal is of another version.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (socket, block) = match arguments {
        Arguments { try_confinement: true, without, .. } => return trial::run(&without),
        Arguments { describe: Some(bundle), without, .. } => return describe::run(&bundle, &without),
        Arguments { socket_fd: Some(socket), block_fd: Some(block), .. } => (socket, block),
        _ => anyhow::bail!("--socket-fd and --block-fd are needed"),
    };
    anyhow::ensure!(socket != block, "the two descriptors must be different ones");
    let (socket, block) = (confinement::adopt("socket", socket)?, confinement::adopt("block", block)?);
    let kept = [socket.as_raw_fd(), block.as_raw_fd()];
    let confinement = Confinement::enter(&kept, arguments.access, &arguments.without)?;
    main_loop::run(socket.into(), block, confinement)
}
