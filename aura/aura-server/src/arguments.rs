//! The command line that the supervisor starts Aura with, and what it inherits by it. Opens no socket itself.

use std::{io::Read as _, path::PathBuf};

use anyhow::Context as _;
use link::process;

use crate::{Config, admission::Token};

/// A pipe with more in it is not the token's.
const LONGEST_TOKEN_TEXT: u64 = 4096;

/// Serves Loophole's page. Started by `loophole`, which hands it its sockets.
#[derive(Debug, clap::Parser)]
#[command(name = "loophole-aura", version)]
pub struct Arguments {
    /// Inherited listening TCP socket of the page
    #[arg(long)]
    pub listen_fd: i32,
    /// Inherited pipe with the page's token
    #[arg(long)]
    pub token_fd: i32,
    /// Inherited memory of position and meters
    #[arg(long)]
    pub telemetry_fd: i32,
    /// Where Pulse listens
    #[arg(long)]
    pub pulse_socket: PathBuf,
    /// Where Signal listens
    #[arg(long)]
    pub signal_socket: PathBuf,
    /// Where the supervisor listens
    #[arg(long)]
    pub supervisor_socket: PathBuf,
    /// Folder of the built page
    #[arg(long)]
    pub page_folder: PathBuf,
}

impl Arguments {
    /// Takes over what is inherited.
    ///
    /// # Errors
    /// A descriptor is not what the command line says.
    pub fn inherit(self) -> anyhow::Result<Config> {
        let mut token = String::new();
        let pipe = process::take_pipe(self.token_fd).context("--token-fd")?;
        pipe.take(LONGEST_TOKEN_TEXT).read_to_string(&mut token).context("reading the token")?;
        Ok(Config {
            listener: process::take_tcp_listener(self.listen_fd).context("--listen-fd")?,
            token: Token::new(&token)?,
            telemetry: process::take_memfd(self.telemetry_fd).context("--telemetry-fd")?,
            pulse: self.pulse_socket.into(),
            signal: self.signal_socket.into(),
            supervisor: self.supervisor_socket.into(),
            page_folder: self.page_folder,
        })
    }
}
