//! Going over to another song while everything runs: the part that waits for others. What it comes to is an event for the
//! main loop, which alone changes what is open.
//!
//! 1. [`prepare`] starts a second Pulse on the other song, on a socket of its own, and has Signal leave the present one. If
//!    either can't be, it ends that Pulse, and nothing has changed.
//! 2. The main loop makes it the song that is open.
//! 3. [`settle`] ends the old Pulse and has the new one send Signal its graph.
//!
//! Whatever is killed meanwhile, either song is open: before 2 the old one, since 2 the new one, and the children are
//! started again for it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use link::{
    Connection, Hello,
    children::{Child, Program},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{Event, ProcessKind, endpoints::PulseSeat};
use crate::{
    log_file::{self, LastLines, Log},
    song_choice::SongChoice,
    wire::{
        OWN_NAME,
        pulse::Pulse,
        signal::{LeaveError, Signal},
    },
};

/// How long a song may take to open: one with a long history on a slow disk does.
const OPEN_LIMIT: Duration = Duration::from_secs(120);
/// How long Signal may be away: it may be starting again at this moment.
const SIGNAL_LIMIT: Duration = Duration::from_secs(10);
/// Between two tries to reach it.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// How long the old Pulse may take to end before it is killed; what it acknowledged is on disk.
const END_GRACE: Duration = Duration::from_millis(1_700);
/// A dead child's last lines may still be on their way through the pipe.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// Why another song was not opened. The present one is untouched.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum SwitchError {
    /// One switch at a time.
    #[error("another song is being opened already")]
    Busy,
    /// Its Pulse could not open it, in its own words.
    #[error("{0}")]
    Unopened(String),
    /// Signal stays with the song, in its own words.
    #[error("{0}")]
    Stays(String),
    /// Loophole ends.
    #[error("Loophole is stopping")]
    Stopping,
}

/// Where it is told how a switch went.
pub(crate) type Answer = oneshot::Sender<Result<(), SwitchError>>;

/// A switch under way.
pub(crate) struct Switching {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Switching {
    /// Runs a step of it, which is to listen to the end of the receiver.
    pub fn begin<F>(step: impl FnOnce(oneshot::Receiver<()>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self { stop, task: tokio::spawn(step(stopped)) }
    }

    /// Breaks it off and waits until nothing of it is left.
    pub async fn end(self) {
        drop(self.stop);
        let _ = self.task.await;
    }
}

/// What a switch is made from.
pub(crate) struct Order {
    pub song: SongChoice,
    pub seat: PulseSeat,
    pub program: Program,
    pub signal_socket: PathBuf,
    pub log: std::sync::Arc<Log>,
    pub answer: Answer,
}

/// A Pulse that has another song open, and nobody who uses it yet.
pub(crate) struct Standby {
    pub song: SongChoice,
    pub seat: PulseSeat,
    pub child: Child,
    pub last_lines: LastLines,
    pub pulse: Pulse,
    pub answer: Answer,
}

/// The first step. Tells the main loop what came of it.
pub(super) async fn prepare(order: Order, events: mpsc::Sender<Event>, stopped: oneshot::Receiver<()>) {
    let Order { song, seat, program, signal_socket, log, answer } = order;
    let last_lines = LastLines::default();
    let mut child = None;
    let opening = async {
        // Asked before, so that no new song is made for nothing.
        leave(&signal_socket, true).await?;
        let started = child.insert(start(program, log, &last_lines)?);
        let connection = opened(started, &seat.socket, &last_lines).await?;
        leave(&signal_socket, false).await?;
        Ok::<_, SwitchError>(connection)
    };
    let outcome = tokio::select! {
        outcome = opening => outcome,
        _ = stopped => Err(SwitchError::Stopping),
    };
    let event = match (outcome, child) {
        (Ok(connection), Some(child)) => {
            let pulse = Pulse::new(&connection);
            Event::StandbyReady(Box::new(Standby { song, seat, child, last_lines, pulse, answer }))
        }
        (outcome, child) => {
            if let Some(child) = child {
                child.stop(END_GRACE).await;
            }
            seat.remove();
            let error = outcome.err().unwrap_or(SwitchError::Stopping);
            Event::SwitchEnded { path: song.path, outcome: Err(error), answer }
        }
    };
    let _ = events.send(event).await;
}

fn start(program: Program, log: std::sync::Arc<Log>, last_lines: &LastLines) -> Result<Child, SwitchError> {
    let failed =
        |error: &dyn std::fmt::Display| SwitchError::Unopened(format!("pulse cannot be started: {error}"));
    let mut child = program.spawn().map_err(|error| failed(&error))?;
    log_file::gather(&mut child, ProcessKind::Pulse.name(), Some(log), last_lines)
        .map_err(|error| failed(&error))?;
    Ok(child)
}

/// Waits until the Pulse answers: it has the song open then.
async fn opened(child: &Child, socket: &Path, last_lines: &LastLines) -> Result<Connection, SwitchError> {
    let connecting = timeout(OPEN_LIMIT, link::connect_when_ready(socket, Hello::new(OWN_NAME)));
    tokio::select! {
        connected = connecting => match connected {
            Ok(connected) => connected.map_err(|error| SwitchError::Unopened(error.to_string())),
            Err(_) => {
                let limit = OPEN_LIMIT.as_secs();
                Err(SwitchError::Unopened(format!("the song was not open within {limit} s")))
            }
        },
        exit = child.exited() => {
            sleep(LAST_WORDS).await;
            Err(SwitchError::Unopened(match last_lines.last_words() {
                words if exit.failed() && !words.is_empty() => words,
                _ => format!("pulse {exit}"),
            }))
        }
    }
}

/// Has Signal leave the song, or only asks whether it would.
async fn leave(socket: &Path, only_ask: bool) -> Result<(), SwitchError> {
    let until = Instant::now() + SIGNAL_LIMIT;
    let away = || SwitchError::Stays("the audio process does not answer: try again in a moment".to_owned());
    loop {
        let connecting = link::connect_when_ready(socket, Hello::new(OWN_NAME));
        let connected = timeout_at(until, connecting).await.map_err(|_| away())?;
        if let Ok(connection) = connected {
            let mut signal = Signal::new(&connection);
            let left = timeout_at(until, signal.leave_song(only_ask));
            match left.await.map_err(|_| away())? {
                Ok(()) => return Ok(()),
                Err(LeaveError::Refused(reason)) => return Err(SwitchError::Stays(reason)),
                // It died: the one that comes back plays the song on, and is asked again.
                Err(LeaveError::Gone) => {}
            }
        }
        if Instant::now() >= until {
            return Err(away());
        }
        sleep(RETRY_PAUSE).await;
    }
}

/// What the last step needs.
pub(crate) struct Settling {
    pub path: PathBuf,
    /// `None`: it had died by itself.
    pub old: Option<Child>,
    pub old_seat: PulseSeat,
    pub pulse: Pulse,
    pub answer: Answer,
}

/// The last step: one Pulse, linked to Signal.
pub(super) async fn settle(it: Settling, events: mpsc::Sender<Event>, stopped: oneshot::Receiver<()>) {
    let Settling { path, old, old_seat, mut pulse, answer } = it;
    if let Some(old) = old {
        old.stop(END_GRACE).await;
    }
    old_seat.remove();
    // Should it have died meanwhile: started again, it is no standby and links by itself.
    let linking = timeout(SIGNAL_LIMIT, pulse.link_signal());
    tokio::select! {
        _ = linking => {}
        _ = stopped => {}
    }
    let _ = events.send(Event::SwitchEnded { path, outcome: Ok(()), answer }).await;
}
