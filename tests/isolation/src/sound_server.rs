//! Sixteen real clients of a real sound server, each a process that copies its input to its output: unconnected, or one
//! behind the other.
//!
//! Every client notes when it is called and when it is done, by the clock that all processes share; a cycle lasts from the
//! first call to the last end. What the server needs before that and after it is left out, in its favour; ours is counted
//! whole. It decides nothing about the server but its rate, its block and its priority.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::fd::{AsRawFd as _, OwnedFd},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use e2e::{
    Home,
    server::{JackName, Server},
};
use rustix::process::Pid;
use shm::{Deadline, Mapping};

use crate::{
    FRAMES, PERIOD_NS, RATE,
    figures::Durations,
    layouts::{CLIENTS, Cycles},
    machine,
};

/// Cycles before it is measured.
const WARM_UP: Duration = Duration::from_millis(200);

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// jackd2 with its dummy driver.
    Jack,
    /// PipeWire with a null sink, by its JACK library.
    PipeWire,
}

impl Kind {
    /// As people know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jack => "jackd2",
            Self::PipeWire => "PipeWire",
        }
    }
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// From the first client's call to the last one's end.
    pub cycles: Durations,
    /// From the cycle's beginning, as the server says, to the last client's end.
    pub since_beginning: Durations,
    /// Cycles there should have been and that not all clients had.
    pub missing: usize,
    /// Of the clients' threads; none: no real-time priority.
    pub priority: Option<u32>,
}

/// A server and its clients.
pub struct SoundServer {
    clients: Vec<Client>,
    cycles: Mapping<Cycles>,
    _server: Server,
    _name: Option<JackName>,
}

impl SoundServer {
    /// Starts the server and its clients, which are not connected.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub fn start(kind: Kind, home: &Home) -> anyhow::Result<Self> {
        let (name, server) = match kind {
            Kind::Jack => {
                let name = JackName::borrow()?;
                let server = Server::jack(home, &name, RATE, FRAMES as u32)?;
                (Some(name), server)
            }
            Kind::PipeWire => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                (None, runtime.block_on(Server::pipewire(home, "nowhere"))?)
            }
        };
        let memory = shm::create_sealed::<Cycles>("cycles")?;
        rustix::io::fcntl_setfd(&memory, rustix::io::FdFlags::empty())?;
        let cycles = Mapping::open(&memory)?;
        let server_name = name.as_deref().unwrap_or("default");
        let start = |row| Client::start(kind, home, server_name, &memory, row);
        let clients = (0..CLIENTS).map(start).collect::<anyhow::Result<_>>()?;
        Ok(Self { clients, cycles, _server: server, _name: name })
    }

    /// Puts the clients one behind the other.
    ///
    /// # Errors
    /// The server refuses.
    pub fn connect(&mut self) -> anyhow::Result<()> {
        for row in 1..CLIENTS {
            for channel in 1..=2 {
                let (from, to) = (name(row - 1), name(row));
                self.clients[row].command(&format!("{from}:out_{channel} {to}:in_{channel}"))?;
            }
        }
        Ok(())
    }

    /// Lets it run for so many cycles.
    ///
    /// # Errors
    /// No cycle reached all clients.
    pub fn measure(&self, cycles: usize) -> anyhow::Result<Measured> {
        std::thread::sleep(WARM_UP);
        let from = Deadline::now();
        std::thread::sleep(Duration::from_nanos(PERIOD_NS * cycles as u64));
        let had = self.cycles.between(from.nanoseconds(), Deadline::now().nanoseconds());
        ensure!(!had.is_empty(), "no cycle reached all {CLIENTS} clients");
        let mut priority = Some(u32::MAX);
        for client in &self.clients {
            priority = priority.min(machine::realtime_priority(client.process.id())?);
        }
        let durations = |since: fn(&crate::layouts::Moments) -> u64| {
            Durations::new(had.iter().map(|it| it.done_ns.saturating_sub(since(it))).collect())
        };
        Ok(Measured {
            cycles: durations(|it| it.called_ns),
            since_beginning: durations(|it| it.cycle_ns),
            // The first and the last are cut.
            missing: cycles.saturating_sub(had.len() + 2),
            priority,
        })
    }
}

fn name(row: usize) -> String {
    format!("client-{row:02}")
}

struct Client {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Client {
    fn start(kind: Kind, home: &Home, server: &str, memory: &OwnedFd, row: usize) -> anyhow::Result<Self> {
        let program = e2e::home::program("isolation-peer")?;
        let mut command = match kind {
            Kind::Jack => Command::new(program),
            Kind::PipeWire => {
                let mut wrapped = Command::new("pw-jack");
                wrapped.arg(program);
                wrapped
            }
        };
        let mut process = command
            .args(["client", "--memory", &memory.as_raw_fd().to_string(), "--server", server])
            .args(["--name", &name(row), "--row", &row.to_string(), "--frames", &FRAMES.to_string()])
            .env("XDG_RUNTIME_DIR", home.path("run"))
            .env("HOME", home.path(""))
            .env("JACK_NO_START_SERVER", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| {
                format!("a client of {} can't be started: ./x setup installs it", kind.name())
            })?;
        let (input, output) = (process.stdin.take(), process.stdout.take().context("no output")?);
        let mut client = Self { process, input, output: BufReader::new(output) };
        client.expect("ready")?;
        Ok(client)
    }

    fn command(&mut self, line: &str) -> anyhow::Result<()> {
        writeln!(self.input.as_mut().context("no input")?, "{line}")?;
        self.expect("connected")
    }

    fn expect(&mut self, word: &str) -> anyhow::Result<()> {
        let mut line = String::new();
        // The library says things of its own.
        while self.output.read_line(&mut line)? > 0 {
            if line.trim() == word {
                return Ok(());
            }
            line.clear();
        }
        bail!("a client ended instead of being {word}")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It ends with its input. One that does not is no use any more.
        drop(self.input.take());
        let _ = rustix::process::kill_process(Pid::from_child(&self.process), rustix::process::Signal::KILL);
        let _ = self.process.wait();
    }
}
