//! Pulse, Signal and Aura as children: starting them, starting them again, ending them.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use link::children::{Child, Exit};
use tokio::sync::mpsc;

use super::{
    Event, ProcessKind, ProcessState, ProcessStatus,
    endpoints::{Endpoints, PulseSeat},
    switch::{self, Order},
    usage, watch,
};
use crate::{
    log_file::{self, LastLines, Log},
    song_choice::SongChoice,
};

/// Pauses before a child is started again, by how often in a row it died young.
const BACK_OFF: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];
/// A child that lived that long did not die of how it was started.
const YOUNG: Duration = Duration::from_secs(10);
/// How long a child may take to end: a little more than it gives itself, and little enough that all is over within 2 s.
const STOP_GRACE: Duration = Duration::from_millis(1_700);

/// The children and what they are made from.
pub(crate) struct Children {
    endpoints: Endpoints,
    log: Arc<Log>,
    events: mpsc::Sender<Event>,
    slots: [Slot; 3],
}

struct Slot {
    kind: ProcessKind,
    child: Option<Child>,
    state: ProcessState,
    started: Instant,
    /// Deaths in a row, each within [`YOUNG`] of a start.
    young_deaths: usize,
    restarts: u32,
    last_exit: String,
    /// Whether any of its processes ever answered.
    answered: bool,
    last_lines: LastLines,
}

/// What a death means.
pub(crate) struct Death {
    pub pause: Duration,
    /// It never answered, and ended by itself: why, in its own words.
    pub never_started: Option<String>,
}

impl Children {
    pub fn new(endpoints: Endpoints, log: Arc<Log>, events: mpsc::Sender<Event>) -> Self {
        let slots = [ProcessKind::Pulse, ProcessKind::Signal, ProcessKind::Aura].map(Slot::new);
        Self { endpoints, log, events, slots }
    }

    /// Starts all for the first time.
    pub fn start_all(&mut self) -> anyhow::Result<()> {
        for index in 0..self.slots.len() {
            self.start_slot(index)?;
        }
        Ok(())
    }

    /// Starts one that has died.
    pub fn start(&mut self, kind: ProcessKind) -> anyhow::Result<u32> {
        let index = self.slots.iter().position(|slot| slot.kind == kind);
        self.start_slot(index.ok_or_else(|| anyhow::anyhow!("{} is no child", kind.name()))?)
    }

    fn start_slot(&mut self, index: usize) -> anyhow::Result<u32> {
        let slot = &mut self.slots[index];
        if slot.child.is_some() {
            // Another song's has taken its place while it waited to be started again.
            return Ok(slot.pid());
        }
        let mut child = self.endpoints.program(slot.kind)?.spawn()?;
        let (kind, pid) = (slot.kind, child.pid());
        log_file::gather(&mut child, kind.name(), Some(self.log.clone()), &slot.last_lines)?;
        tell_exit(kind, &child, &self.events);
        if kind == ProcessKind::Aura {
            tokio::spawn(watch::await_page(self.endpoints.page_port(), self.events.clone()));
        }
        (slot.child, slot.state, slot.started) = (Some(child), ProcessState::Starting, Instant::now());
        Ok(pid)
    }

    /// The song that is open.
    pub fn song(&self) -> &Path {
        self.endpoints.song()
    }

    /// What it takes to open another song.
    pub fn standby(
        &mut self,
        song: SongChoice,
        answer: switch::Answer,
    ) -> Result<Order, (String, switch::Answer)> {
        let signal_socket = self.endpoints.socket(ProcessKind::Signal).unwrap_or(Path::new("")).to_owned();
        match self.endpoints.standby(&song.path) {
            Ok((seat, program)) => {
                Ok(Order { song, seat, program, signal_socket, log: self.log.clone(), answer })
            }
            Err(error) => Err((format!("{error:#}"), answer)),
        }
    }

    /// Puts a Pulse that has another song in the place of the present one, and gives that back with where it listens.
    pub fn go_over(
        &mut self,
        song: &Path,
        seat: PulseSeat,
        child: Child,
        last_lines: LastLines,
    ) -> anyhow::Result<(Option<Child>, PulseSeat)> {
        let old_seat = self.endpoints.go_over(song, seat)?;
        tell_exit(ProcessKind::Pulse, &child, &self.events);
        let [slot, ..] = &mut self.slots;
        let old = slot.child.replace(child);
        (slot.state, slot.started, slot.last_lines) = (ProcessState::Running, Instant::now(), last_lines);
        (slot.young_deaths, slot.last_exit) = (0, String::new());
        Ok((old, old_seat))
    }

    /// Takes note of an exit; `None` if it is not of the present process.
    pub fn exited(&mut self, kind: ProcessKind, pid: u32, exit: &Exit) -> Option<Death> {
        let slot = self.slots.iter_mut().find(|slot| slot.kind == kind && slot.pid() == pid)?;
        slot.child = None;
        slot.state = ProcessState::Restarting;
        slot.last_exit = exit.to_string();
        if slot.started.elapsed() >= YOUNG {
            slot.young_deaths = 0;
        }
        let pause = BACK_OFF[slot.young_deaths.min(BACK_OFF.len() - 1)];
        slot.young_deaths += 1;
        slot.restarts += 1;
        let never_started = (!slot.answered && exit.failed()).then(|| slot.last_lines.last_words());
        Some(Death { pause, never_started })
    }

    /// Takes note of an answer. `true` if it is the first of this process.
    pub fn answered(&mut self, kind: ProcessKind) -> bool {
        let starting = |slot: &&mut Slot| slot.kind == kind && slot.state == ProcessState::Starting;
        let Some(slot) = self.slots.iter_mut().find(starting) else { return false };
        (slot.state, slot.answered) = (ProcessState::Running, true);
        true
    }

    /// The process id of a child; 0 if there is none now.
    pub fn pid(&self, kind: ProcessKind) -> u32 {
        self.slots.iter().find(|slot| slot.kind == kind).map_or(0, Slot::pid)
    }

    /// Kills a child. `false` if `pid` is none.
    pub fn kill(&self, pid: u32) -> bool {
        let child = self.slots.iter().filter_map(|slot| slot.child.as_ref()).find(|child| child.pid() == pid);
        child.inspect(|child| child.kill()).is_some()
    }

    /// What is known of each, but its CPU share.
    pub fn statuses(&self) -> impl Iterator<Item = ProcessStatus> {
        self.slots.iter().map(|slot| ProcessStatus {
            pid: slot.pid(),
            parent_pid: std::process::id(),
            kind: slot.kind,
            name: slot.kind.name().to_owned(),
            state: slot.state,
            cpu_percent: 0.0,
            memory_bytes: usage::memory_bytes(slot.pid()),
            restarts: slot.restarts,
            last_exit: slot.last_exit.clone(),
            round_trip_us: 0.0,
            sandbox: None,
        })
    }

    /// Ends all at once, and those that do not listen by force.
    pub async fn stop(&mut self) {
        let [pulse, signal, aura] = &mut self.slots;
        tokio::join!(pulse.stop(), signal.stop(), aura.stop());
    }
}

fn tell_exit(kind: ProcessKind, child: &Child, events: &mpsc::Sender<Event>) {
    let (pid, exited, events) = (child.pid(), child.exited(), events.clone());
    tokio::spawn(async move {
        let exit = exited.await;
        let _ = events.send(Event::Exited { kind, pid, exit }).await;
    });
}

impl Slot {
    fn new(kind: ProcessKind) -> Self {
        Self {
            kind,
            child: None,
            state: ProcessState::Starting,
            started: Instant::now(),
            young_deaths: 0,
            restarts: 0,
            last_exit: String::new(),
            answered: false,
            last_lines: LastLines::default(),
        }
    }

    fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::pid)
    }

    async fn stop(&mut self) {
        if let Some(child) = self.child.take() {
            child.stop(STOP_GRACE).await;
        }
    }
}
