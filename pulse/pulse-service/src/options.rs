//! What `loophole-pulse` is told on its command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{library::command::PluginsOptions, media::decode::DecodeOptions};

/// The process that owns the song.
#[derive(Debug, Parser)]
#[command(name = "loophole-pulse", version, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    /// What to do instead of serving a song.
    #[command(subcommand)]
    pub mode: Option<Mode>,
    /// For serving one.
    #[command(flatten)]
    pub options: Option<Options>,
}

/// Other modes of the binary.
#[derive(Debug, Subcommand)]
pub enum Mode {
    /// Reads one sound file from standard input, for a Pulse that started this process.
    #[command(hide = true)]
    Decode(DecodeOptions),
    /// Prints the plugins of this machine as JSON.
    #[command(hide = true)]
    Plugins(PluginsOptions),
}

/// How a song is served.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Folder of the song, `Name.loophole`.
    #[arg(long)]
    pub song: PathBuf,
    /// Descriptor of the listening Unix socket.
    #[arg(long)]
    pub listen_fd: i32,
    /// Path of that socket, for others to read in the song's lock file.
    #[arg(long)]
    pub address: String,
    /// Socket of Signal, to which the graph is sent.
    #[arg(long)]
    pub signal_socket: Option<PathBuf>,
    /// The program that hosts plugins, to have them described. Left out: beside this one.
    #[arg(long)]
    pub sandbox_binary: Option<PathBuf>,
    /// File where it is remembered what went wrong with plugins. Left out: in the user's state folder.
    #[arg(long)]
    pub incidents_file: Option<PathBuf>,
    /// File where it is remembered what plugins may reach. Left out: in the user's configuration folder.
    #[arg(long)]
    pub grants_file: Option<PathBuf>,
    /// Refuse edits, and write nothing but the cache.
    #[arg(long)]
    pub read_only: bool,
    /// Make the song if there is none.
    #[arg(long, conflicts_with = "read_only")]
    pub create: bool,
    /// Open the song, but send Signal nothing before it is asked for: another song is still playing.
    #[arg(long)]
    pub standby: bool,
    /// Name of a song that is made; left out, the folder's.
    #[arg(long, requires = "create")]
    pub name: Option<String>,
}
