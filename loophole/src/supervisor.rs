//! The supervisor: starts Pulse, Signal and Aura, starts again what dies, and leaves nothing behind.
//!
//! 1. [`run`] makes everything that outlives a child: the runtime folder, the listening sockets, the page's port and
//!    token, the telemetry block ([`endpoints`]).
//! 2. It starts the children with copies of those descriptors ([`children`]), and watches who answers ([`watch`]).
//! 3. Exports are children of their own, one at a time ([`exports`]).
//! 4. Another song is opened by a second Pulse, which takes the first one's place when it has it ([`switch`]).
//! 5. One loop takes every [`Event`] in order; it alone changes what the supervisor knows.
//! 6. Told to stop, it asks all children to end, kills those that do not, and removes the folder.
//!
//! It touches no song and no sound, and waits for nobody inside its loop.

mod children;
mod endpoints;
mod exports;
mod main_loop;
mod status;
mod stop_signals;
mod switch;
mod terminal;
mod usage;
mod watch;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, Mutex},
};

use link::children::Exit;
use tokio::sync::{mpsc, oneshot};

pub(crate) use exports::{Export, ExportedFile, Exports, Job, State as JobState};
pub(crate) use status::{
    ProcessKind, ProcessState, ProcessStatus, SandboxDetail, SandboxPlugin, SandboxRole,
};
pub(crate) use stop_signals::StopSignals;
pub(crate) use switch::{Answer, SwitchError};

use crate::{
    command_line::Start,
    log_file::Log,
    places,
    preferences::Preferences,
    runtime_folder::{PULSE_SOCKET, RuntimeFolder, SUPERVISOR_SOCKET},
    song_choice::SongChoice,
    wire::{
        OWN_NAME,
        signal::{Sandbox, Signal},
        supervisor_service::{SupervisorCalls, SupervisorServiceServer},
    },
};
use children::Children;
use endpoints::Endpoints;
use main_loop::{MainLoop, Once, Publish};
use switch::Standby;
use terminal::Terminal;

/// Events that wait for the main loop: more than all sources together can have under way.
const EVENT_DEPTH: usize = 256;

/// Everything that happens to the supervisor.
pub(crate) enum Event {
    /// A child ended.
    Exited { kind: ProcessKind, pid: u32, exit: Exit },
    /// A child's back-off is over.
    RestartDue { kind: ProcessKind },
    /// A child answered on its socket.
    Answered { kind: ProcessKind },
    /// Signal can be called.
    SignalReached(Signal),
    /// What Signal's sandboxes are now.
    SandboxesListed(Vec<Sandbox>),
    /// Somebody wants a process killed.
    KillRequested { pid: u32, answer: oneshot::Sender<Result<(), KillError>> },
    /// Somebody wants all to end.
    StopRequested,
    /// Somebody wants another song opened.
    SwitchRequested { song: SongChoice, answer: Answer },
    /// A Pulse has it open, and Signal has left the present one.
    StandbyReady(Box<Standby>),
    /// The switch to a song is over.
    SwitchEnded { path: PathBuf, outcome: Result<(), SwitchError>, answer: Answer },
    /// A second has passed.
    Tick,
}

/// The song that is open, and the one that is about to be.
#[derive(Clone, Debug)]
pub(crate) struct OpenSong {
    pub path: PathBuf,
    pub opening: Option<PathBuf>,
}

/// Why a process was not killed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KillError {
    /// It is none of ours.
    #[error("{pid} is none of Loophole's processes that can be killed")]
    Foreign { pid: u32 },
    /// Signal, who owns the sandboxes, did not do it.
    #[error("Signal did not kill it: {0}")]
    Signal(String),
}

/// Opens a song and runs until told to stop.
pub(crate) async fn run(song: SongChoice, start: Start) -> anyhow::Result<ExitCode> {
    let mut stop_signals = StopSignals::new()?;
    let folder = Arc::new(RuntimeFolder::create()?);
    let log = Arc::new(Log::open(places::log_file()?)?);
    let terminal = Terminal::new(log.clone());
    let socket = folder.listen(SUPERVISOR_SOCKET)?;
    let endpoints = Endpoints::create(folder.clone(), &song.path, &start)?;
    let url = endpoints.url();
    let (events, mut incoming) = mpsc::channel(EVENT_DEPTH);
    let (publish_processes, processes) = tokio::sync::watch::channel(Vec::new());
    let (publish_song, open_song) =
        tokio::sync::watch::channel(OpenSong { path: song.path.clone(), opening: None });

    let (preferences, trouble) = Preferences::read(places::config_folder()?.join("page.json"));
    if let Some(trouble) = trouble {
        terminal.say(&trouble);
    }
    let exports = Exports::new(open_song.clone(), log.clone());
    let service = SupervisorCalls {
        exports: exports.clone(),
        processes,
        events: events.clone(),
        log: log.path().to_owned(),
        url: url.clone(),
        open_song,
        pulse_socket: folder.socket(PULSE_SOCKET),
        preferences: Mutex::new(preferences),
    };
    let listener = link::Listener::from_unix(socket)?;
    let server =
        link::serve(listener, OWN_NAME, SupervisorServiceServer::new(service), std::future::pending());
    tokio::spawn(async move { drop(server.await) });
    watch::start(&endpoints, &events);

    let mut children = Children::new(endpoints, log, events.clone());
    terminal.say(&format!("opening {}", song.path.display()));
    if let Err(error) = children.start_all() {
        children.stop().await;
        return Err(error);
    }
    song.remember();
    terminal.show_page(&url);
    let once = Once { device_shown: false, browse: (!start.no_browser).then_some(url) };
    let publish = Publish { processes: publish_processes, song: publish_song };
    let mut main_loop = MainLoop::new(children, terminal, publish, events, once);
    let result = main_loop.run(&mut incoming, &mut stop_signals).await;
    exports.end().await;
    main_loop.stop().await;
    drop((main_loop, folder));
    result.map(|()| ExitCode::SUCCESS)
}
