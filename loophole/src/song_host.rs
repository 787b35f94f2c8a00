//! Processes that a command needs for its own length: a Pulse for a song, unless one has it open already, and a Signal
//! without a device.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use link::{
    Connection, Hello,
    children::{Child, Program},
};
use rustix::fs::{FlockOperation, flock};
use serde::Deserialize;

use crate::{
    log_file::{self, LastLines, Log},
    places,
    runtime_folder::RuntimeFolder,
    wire::{OWN_NAME, pulse::Pulse},
};

/// How long a running Pulse may take to answer. It may be starting again at this moment, with a long journal to read.
const ATTACH_LIMIT: Duration = Duration::from_secs(20);
/// How long a private process may take to end before it is killed. It has nothing left to write by then.
const END_LIMIT: Duration = Duration::from_secs(3);
/// Longest lock file: a pid and a path.
const MAX_LOCK_BYTES: u64 = 8 << 10;

/// What a command wants of a song.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Edit,
    /// Edit, and make it where it does not exist.
    Create,
}

/// Starts processes in a runtime folder of their own, for one command.
pub(crate) struct SongHost {
    folder: RuntimeFolder,
    log: Option<Arc<Log>>,
    started: u32,
}

/// A song that can be asked and told.
pub(crate) struct OpenSong {
    pub pulse: Pulse,
    /// Ends with this, if it was started for it.
    private: Option<Private>,
}

/// A process started for a command.
pub(crate) struct Private {
    pub connection: Connection,
    child: Child,
}

#[derive(Deserialize)]
struct LockOwner {
    pid: u32,
    address: PathBuf,
}

impl SongHost {
    pub fn new() -> anyhow::Result<Self> {
        // Without a log there is still the command's own message.
        let log = places::log_file().ok().and_then(|path| Log::open(path).ok()).map(Arc::new);
        Ok(Self { folder: RuntimeFolder::create()?, log, started: 0 })
    }

    /// Opens a song: at the Pulse that has it open, else at one of its own.
    pub async fn open(&mut self, song: &Path, access: Access) -> anyhow::Result<OpenSong> {
        let song = std::path::absolute(song)?;
        if access != Access::Create && !song.is_dir() {
            match fs::metadata(&song) {
                Ok(_) => bail!("{} is not a song: a song is a folder", song.display()),
                Err(error) => bail!("cannot open {}: {error}", song.display()),
            }
        }
        if access == Access::Create && !song.exists() {
            crate::song_choice::check_name(&song)?;
        }
        if let Some(owner) = lock_owner(&song) {
            return attach(&song, &owner).await;
        }
        let mode = match access {
            Access::Read => Some("--read-only"),
            Access::Create if !song.exists() => Some("--create"),
            Access::Edit | Access::Create => None,
        };
        let mut program = Program::new(places::program("loophole-pulse")?).option("--song", &song);
        if let Some(mode) = mode {
            program = program.argument(mode);
        }
        let private = self.start(program, "pulse", Some("--address")).await?;
        Ok(OpenSong { pulse: Pulse::new(&private.connection), private: Some(private) })
    }

    /// A Signal that renders and has no device.
    pub async fn renderer(&mut self) -> anyhow::Result<Private> {
        let program = Program::new(places::program("loophole-signal")?)
            .argument("--offline")
            .option("--sandbox-binary", places::program("loophole-sandbox")?);
        self.start(program, "signal", None).await
    }

    async fn start(
        &mut self,
        program: Program,
        name: &'static str,
        address_option: Option<&str>,
    ) -> anyhow::Result<Private> {
        self.started += 1;
        let socket_name = format!("{name}-{}.sock", self.started);
        let (listener, socket) = (self.folder.listen(&socket_name)?, self.folder.socket(&socket_name));
        let mut program = program.hand_down("--listen-fd", &listener)?.gather_output();
        if let Some(option) = address_option {
            program = program.option(option, &socket);
        }
        let mut child = program.spawn()?;
        drop(listener);
        let last_lines = LastLines::default();
        log_file::gather(&mut child, name, self.log.clone(), &last_lines)?;
        tokio::select! {
            connection = link::connect_when_ready(&socket, Hello::new(OWN_NAME)) => {
                Ok(Private { connection: connection?, child })
            }
            exit = child.exited() => {
                // Its last lines may still be on their way through the pipe.
                tokio::time::sleep(Duration::from_millis(50)).await;
                match last_lines.last_words() {
                    words if exit.failed() => Err(anyhow!("{words}")),
                    words => Err(anyhow!("{name} {exit}: {words}")),
                }
            }
        }
    }
}

impl OpenSong {
    /// Ends the Pulse that was started for the song; leaves a running one alone.
    pub async fn close(self) -> anyhow::Result<()> {
        match self.private {
            Some(private) => private.end().await,
            None => Ok(()),
        }
    }
}

impl Private {
    /// Asks the process to end and waits for it.
    pub async fn end(self) -> anyhow::Result<()> {
        let exit = self.child.stop(END_LIMIT).await;
        if exit.success() { Ok(()) } else { Err(anyhow!("{} {exit}", self.child.name())) }
    }
}

/// Who has the song open, as its lock says; `None` if nobody has.
fn lock_owner(song: &Path) -> Option<LockOwner> {
    let lock = File::open(song.join("lock")).ok()?;
    if flock(&lock, FlockOperation::NonBlockingLockShared).is_ok() {
        // Whoever wrote it is dead: the kernel drops a dead process's locks.
        return None;
    }
    let mut text = String::new();
    lock.take(MAX_LOCK_BYTES).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

async fn attach(song: &Path, owner: &LockOwner) -> anyhow::Result<OpenSong> {
    let connected = link::connect_when_ready(&owner.address, Hello::new(OWN_NAME));
    let connection = tokio::time::timeout(ATTACH_LIMIT, connected)
        .await
        .map_err(|_| anyhow!("process {} has {} open and does not answer", owner.pid, song.display()))?
        .with_context(|| format!("process {} has {} open", owner.pid, song.display()))?;
    Ok(OpenSong { pulse: Pulse::new(&connection), private: None })
}
