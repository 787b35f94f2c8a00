//! What outlives any child: sockets, the page's port and token, the telemetry block; and the command lines that hand
//! them down.

use std::{
    fs,
    io::Write as _,
    net::{Ipv4Addr, TcpListener},
    os::{fd::OwnedFd, unix::net::UnixListener},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, anyhow};
use link::children::Program;

use super::ProcessKind;
use crate::{
    audio_settings,
    command_line::Start,
    places,
    runtime_folder::{PULSE_SOCKET, RuntimeFolder, SIGNAL_SOCKET, SUPERVISOR_SOCKET},
};

/// Length of the page's token: as hard to guess as a key.
const TOKEN_BYTES: usize = 32;

/// Where one song's Pulse listens, also after it was started again. The song's lock names the socket, and
/// [`PULSE_SOCKET`] leads to that of the song that is open.
pub(crate) struct PulseSeat {
    listener: UnixListener,
    pub socket: PathBuf,
}

impl PulseSeat {
    fn new(folder: &RuntimeFolder, number: u32) -> anyhow::Result<Self> {
        let name = pulse_socket_of(number);
        Ok(Self { listener: folder.listen(&name)?, socket: folder.socket(&name) })
    }

    /// Removes the socket: its song is not open any more.
    pub fn remove(self) {
        // The folder goes at the end, with whatever is left in it.
        let _ = fs::remove_file(&self.socket);
    }
}

/// Every shared resource of one running Loophole.
pub(crate) struct Endpoints {
    folder: Arc<RuntimeFolder>,
    song: PathBuf,
    pulse: PulseSeat,
    /// Number of the next seat.
    next_seat: u32,
    pulse_socket: PathBuf,
    signal_listener: UnixListener,
    signal_socket: PathBuf,
    supervisor_socket: PathBuf,
    page_listener: TcpListener,
    page_port: u16,
    page_folder: PathBuf,
    token: String,
    telemetry: OwnedFd,
    audio_settings: PathBuf,
}

impl Endpoints {
    pub fn create(folder: Arc<RuntimeFolder>, song: &Path, start: &Start) -> anyhow::Result<Self> {
        let page_listener = TcpListener::bind((Ipv4Addr::LOCALHOST, start.port))
            .with_context(|| format!("cannot listen on 127.0.0.1:{}", start.port))?;
        let page_port = page_listener.local_addr()?.port();
        let pulse = PulseSeat::new(&folder, 1)?;
        folder.point(PULSE_SOCKET, Path::new(&pulse_socket_of(1)))?;
        Ok(Self {
            song: song.to_owned(),
            pulse,
            next_seat: 2,
            pulse_socket: folder.socket(PULSE_SOCKET),
            signal_listener: folder.listen(SIGNAL_SOCKET)?,
            signal_socket: folder.socket(SIGNAL_SOCKET),
            supervisor_socket: folder.socket(SUPERVISOR_SOCKET),
            page_listener,
            page_port,
            page_folder: places::page_folder(start.page_folder.as_deref())?,
            token: random_token()?,
            telemetry: telemetry(start.play)?,
            audio_settings: audio_settings::remember(start)?,
            folder,
        })
    }

    /// The page's address. The fragment never leaves the browser.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/#token={}", self.page_port, self.token)
    }

    pub fn page_port(&self) -> u16 {
        self.page_port
    }

    /// Where a child is reached by gRPC; `None` for Aura.
    pub fn socket(&self, kind: ProcessKind) -> Option<&Path> {
        match kind {
            ProcessKind::Pulse => Some(&self.pulse_socket),
            ProcessKind::Signal => Some(&self.signal_socket),
            _ => None,
        }
    }

    /// The command line of a child, with what it inherits.
    pub fn program(&self, kind: ProcessKind) -> anyhow::Result<Program> {
        let program = match kind {
            ProcessKind::Pulse => self.pulse()?,
            ProcessKind::Signal => self.signal()?,
            ProcessKind::Aura => self.aura()?,
            ProcessKind::Supervisor | ProcessKind::Sandbox => {
                return Err(anyhow!("not a child of the supervisor"));
            }
        };
        Ok(program.gather_output())
    }

    fn pulse(&self) -> anyhow::Result<Program> {
        self.pulse_of(&self.song, &self.pulse)
    }

    fn pulse_of(&self, song: &Path, seat: &PulseSeat) -> anyhow::Result<Program> {
        let program = Program::new(places::program("loophole-pulse")?)
            .option("--song", song)
            .hand_down("--listen-fd", &seat.listener)?
            .option("--address", &seat.socket)
            .option("--signal-socket", &self.signal_socket)
            .option("--sandbox-binary", places::program("loophole-sandbox")?);
        // A Pulse that was killed while it made the song finds the folder at its next start.
        Ok(if song.exists() { program } else { program.argument("--create") })
    }

    /// The song that is open.
    pub fn song(&self) -> &Path {
        &self.song
    }

    /// A Pulse for another song, and where it will listen.
    pub fn standby(&mut self, song: &Path) -> anyhow::Result<(PulseSeat, Program)> {
        let seat = PulseSeat::new(&self.folder, self.next_seat)?;
        self.next_seat += 1;
        let program = self.pulse_of(song, &seat)?.argument("--standby").gather_output();
        Ok((seat, program))
    }

    /// Makes another song the one that is open: from now on whoever looks for Pulse finds the one at `seat`. Gives back
    /// where the last one listens.
    pub fn go_over(&mut self, song: &Path, seat: PulseSeat) -> anyhow::Result<PulseSeat> {
        let name = seat.socket.file_name().context("a socket has a name")?;
        self.folder.point(PULSE_SOCKET, Path::new(name))?;
        song.clone_into(&mut self.song);
        Ok(std::mem::replace(&mut self.pulse, seat))
    }

    fn signal(&self) -> anyhow::Result<Program> {
        Ok(Program::new(places::program("loophole-signal")?)
            .hand_down("--listen-fd", &self.signal_listener)?
            .hand_down("--telemetry-fd", &self.telemetry)?
            .option("--sandbox-binary", places::program("loophole-sandbox")?)
            .option("--audio-settings", &self.audio_settings))
    }

    fn aura(&self) -> anyhow::Result<Program> {
        // The token fits the pipe's buffer, so this does not wait; the pipe ends with it.
        let (token, mut writer) = std::io::pipe()?;
        writer.write_all(self.token.as_bytes())?;
        Ok(Program::new(places::program("loophole-aura")?)
            .hand_down("--listen-fd", &self.page_listener)?
            .hand_down("--token-fd", &token)?
            .hand_down("--telemetry-fd", &self.telemetry)?
            .option("--pulse-socket", &self.pulse_socket)
            .option("--signal-socket", &self.signal_socket)
            .option("--supervisor-socket", &self.supervisor_socket)
            .option("--page-folder", &self.page_folder))
    }
}

/// Name of the socket of the n-th song that was opened.
fn pulse_socket_of(number: u32) -> String {
    format!("pulse-{number}.sock")
}

/// Makes the telemetry block. To start playing it says that the song played: then Signal goes on by itself, as after a
/// restart, once the graph is there and its plugins are loaded.
fn telemetry(playing: bool) -> anyhow::Result<OwnedFd> {
    let telemetry = shm::telemetry::create()?;
    let transport = shm::telemetry::Transport { playing, ..Default::default() };
    shm::telemetry::Writer::open(&telemetry)?.publish(&transport);
    Ok(telemetry)
}

fn random_token() -> anyhow::Result<String> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow!("no random numbers for the page's token: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
