//! Processes that a command needs for its own length: a Pulse for a song, unless one has it open already, and a Signal
//! without a device.

use std::{fs, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow, bail};
use link::{
    Connection, Hello,
    children::{Child, Program},
};

use crate::{
    log_file::{self, LastLines, Log},
    places,
    runtime_folder::RuntimeFolder,
    song_lock,
    wire::{OWN_NAME, pulse::Pulse},
};

/// How long a running Pulse may take to answer. It may be starting again at this moment, with a long journal to read.
const ATTACH_LIMIT: Duration = Duration::from_secs(20);
/// How often it is looked whether that Pulse has ended instead.
const ATTACH_PERIOD: Duration = Duration::from_secs(1);
/// How long a private process may take to end before it is killed. It has nothing left to write by then.
const END_LIMIT: Duration = Duration::from_secs(3);

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
    edits: bool,
    /// Ends with this, if it was started for it.
    private: Option<Private>,
}

/// A process started for a command.
pub(crate) struct Private {
    pub connection: Connection,
    child: Child,
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
        let edits = access != Access::Read;
        if let Some(connection) = attach(&song).await? {
            return Ok(OpenSong { pulse: Pulse::new(&connection), edits, private: None });
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
        Ok(OpenSong { pulse: Pulse::new(&private.connection), edits, private: Some(private) })
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
    /// Ends the work on a song, however it went: what was acknowledged is written as text, and a Pulse that was started
    /// for it is ended. Returns the work's result, or what went wrong afterwards.
    pub async fn finish<T>(mut self, result: anyhow::Result<T>) -> anyhow::Result<T> {
        let saved =
            if self.edits { self.pulse.save().await.context("cannot write the song's text") } else { Ok(()) };
        let ended = match self.private {
            Some(private) => private.end().await,
            None => Ok(()),
        };
        let value = result?;
        saved.and(ended).map(|()| value)
    }
}

impl Private {
    /// Asks the process to end and waits for it.
    pub async fn end(self) -> anyhow::Result<()> {
        let exit = self.child.stop(END_LIMIT).await;
        if exit.success() { Ok(()) } else { Err(anyhow!("{} {exit}", self.child.name())) }
    }
}

/// Connects to the Pulse that has the song open; `None` if nobody has.
///
/// Its lock is looked at again and again: an owner that is about to end neither answers nor stays.
async fn attach(song: &Path) -> anyhow::Result<Option<Connection>> {
    let end = tokio::time::Instant::now() + ATTACH_LIMIT;
    while let Some(owner) = song_lock::owner(song) {
        let connected = link::connect_when_ready(&owner.address, Hello::new(OWN_NAME));
        match tokio::time::timeout(ATTACH_PERIOD, connected).await {
            Ok(connection) => {
                let is_open = || format!("process {} has {} open", owner.pid, song.display());
                return connection.map(Some).with_context(is_open);
            }
            Err(_) if tokio::time::Instant::now() < end => {}
            Err(_) => bail!("process {} has {} open and does not answer", owner.pid, song.display()),
        }
    }
    Ok(None)
}
