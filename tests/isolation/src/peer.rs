//! What the other process of a measurement does: a bare futex's other end, or one client of a sound server. Measures nothing.

use std::{
    io::{BufRead as _, Write as _},
    os::fd::RawFd,
};

use crate::{
    jack::{Client, Identity},
    layouts::{self, Ball, Cycles},
    ping_pong,
};

/// What it is to be.
#[derive(Debug, clap::Parser)]
pub enum Peer {
    /// Answers on a futex until it is told to end.
    Echo {
        /// Descriptor of the memory.
        #[arg(long)]
        memory: RawFd,
    },
    /// Copies its input to its output in every cycle of a sound server, until its standard input ends. Each line there names
    /// two ports to connect.
    Client {
        /// Descriptor of the memory.
        #[arg(long)]
        memory: RawFd,
        /// Name of the server.
        #[arg(long)]
        server: String,
        /// Its own name.
        #[arg(long)]
        name: String,
        /// Its row in the memory.
        #[arg(long)]
        row: usize,
        /// Frames of a block.
        #[arg(long)]
        frames: u32,
    },
}

impl Peer {
    /// Is it, until its parent ends it.
    ///
    /// # Errors
    /// The memory is not what it should be, or the server refuses.
    pub fn run(self) -> anyhow::Result<()> {
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        match self {
            Self::Echo { memory } => {
                let ball = layouts::inherited::<Ball>(memory)?;
                ping_pong::echo(&ball);
                Ok(())
            }
            Self::Client { memory, server, name, row, frames } => {
                let cycles = layouts::inherited::<Cycles>(memory)?;
                let client = Client::start(&Identity { server, name, row, frames }, cycles)?;
                obey(&client)
            }
        }
    }
}

/// Connects what each line names.
fn obey(client: &Client) -> anyhow::Result<()> {
    say("ready")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (from, to) = line.split_once(' ').unwrap_or_default();
        client.connect(from, to)?;
        say("connected")?;
    }
    Ok(())
}

fn say(word: &str) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{word}")?;
    output.flush()
}
