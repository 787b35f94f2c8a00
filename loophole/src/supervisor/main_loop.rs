//! The one loop that changes what the supervisor knows.

use std::path::Path;

use anyhow::bail;
use link::children::Exit;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Event, KillError, OpenSong, ProcessKind, ProcessState, ProcessStatus, StopSignals,
    children::Children,
    switch::{self, Answer, Settling, Standby, SwitchError, Switching},
    terminal::{self, Terminal},
    usage::{self, Usage},
};
use crate::{
    song_choice::SongChoice,
    wire::signal::{Sandbox, SandboxState, Signal},
};

/// What is done only after the first start.
pub(crate) struct Once {
    /// Signal's device was shown.
    pub device_shown: bool,
    /// The address to open in the browser.
    pub browse: Option<String>,
}

/// The supervisor's state.
pub(crate) struct MainLoop {
    children: Children,
    sandboxes: Vec<Sandbox>,
    signal: Option<Signal>,
    usage: Usage,
    terminal: Terminal,
    publish: Publish,
    events: mpsc::Sender<Event>,
    once: Once,
    switching: Option<Switching>,
}

/// What others may know.
pub(crate) struct Publish {
    pub processes: watch::Sender<Vec<ProcessStatus>>,
    pub song: watch::Sender<OpenSong>,
}

impl MainLoop {
    pub fn new(
        children: Children,
        terminal: Terminal,
        publish: Publish,
        events: mpsc::Sender<Event>,
        once: Once,
    ) -> Self {
        let usage = Usage::default();
        Self {
            children,
            sandboxes: Vec::new(),
            signal: None,
            usage,
            terminal,
            publish,
            events,
            once,
            switching: None,
        }
    }

    /// Until told to stop, or Pulse cannot open the song at all.
    pub async fn run(
        &mut self,
        events: &mut mpsc::Receiver<Event>,
        stop_signals: &mut StopSignals,
    ) -> anyhow::Result<()> {
        loop {
            self.publish();
            let event = tokio::select! {
                () = stop_signals.next() => Event::StopRequested,
                event = events.recv() => event.unwrap_or(Event::StopRequested),
            };
            match event {
                Event::StopRequested => return Ok(()),
                Event::Exited { kind, pid, exit } => self.exited(kind, pid, &exit)?,
                Event::RestartDue { kind } => self.restart(kind),
                Event::Answered { kind } => self.answered(kind),
                Event::SignalReached(signal) => self.signal_reached(signal),
                Event::SandboxesListed(sandboxes) => self.sandboxes = sandboxes,
                Event::KillRequested { pid, answer } => self.kill(pid, answer),
                Event::SwitchRequested { song, answer } => self.switch(song, answer),
                Event::StandbyReady(standby) => self.go_over(*standby),
                Event::SwitchEnded { path, outcome, answer } => self.switch_ended(&path, outcome, answer),
                Event::Tick => self.measure(),
            }
        }
    }

    /// Ends every child.
    pub async fn stop(&mut self) {
        self.terminal.say("stopping");
        let switching = self.switching.take();
        let end_switch = async {
            if let Some(switching) = switching {
                switching.end().await;
            }
        };
        tokio::join!(self.children.stop(), end_switch);
    }

    fn switch(&mut self, song: SongChoice, answer: Answer) {
        if self.switching.is_some() {
            let _ = answer.send(Err(SwitchError::Busy));
            return;
        }
        if song.is(self.children.song()) {
            let _ = answer.send(Ok(()));
            return;
        }
        self.terminal.say(&format!("opening {}", song.path.display()));
        let opening = song.path.clone();
        match self.children.standby(song, answer) {
            Ok(order) => {
                self.publish.song.send_modify(|song| song.opening = Some(opening));
                let events = self.events.clone();
                self.switching = Some(Switching::begin(|stopped| switch::prepare(order, events, stopped)));
            }
            Err((reason, answer)) => self.switch_ended(&opening, Err(SwitchError::Unopened(reason)), answer),
        }
    }

    /// The moment from which on the other song is the one that is open.
    fn go_over(&mut self, standby: Standby) {
        let Standby { song, seat, child, last_lines, pulse, answer } = standby;
        match self.children.go_over(&song.path, seat, child, last_lines) {
            Ok((old, old_seat)) => {
                song.remember();
                let path = song.path;
                self.publish.song.send_modify(|song| song.path.clone_from(&path));
                let settling = Settling { path, old, old_seat, pulse, answer };
                let events = self.events.clone();
                self.switching = Some(Switching::begin(|stopped| switch::settle(settling, events, stopped)));
            }
            Err(error) => {
                let error = SwitchError::Unopened(format!("{error:#}"));
                self.switch_ended(&song.path, Err(error), answer);
            }
        }
    }

    fn switch_ended(&mut self, path: &Path, outcome: Result<(), SwitchError>, answer: Answer) {
        match &outcome {
            Ok(()) => self.terminal.say(&format!("{} is open", path.display())),
            Err(error) => self.terminal.say(&format!("{} was not opened: {error}", path.display())),
        }
        self.switching = None;
        self.publish.song.send_modify(|song| song.opening = None);
        let _ = answer.send(outcome);
    }

    fn exited(&mut self, kind: ProcessKind, pid: u32, exit: &Exit) -> anyhow::Result<()> {
        let Some(death) = self.children.exited(kind, pid, exit) else { return Ok(()) };
        let name = kind.name();
        if let (Some(reason), ProcessKind::Pulse) = (&death.never_started, kind) {
            bail!("{reason}");
        }
        if kind == ProcessKind::Signal {
            (self.signal, self.sandboxes) = (None, Vec::new());
        }
        let why = death.never_started.map(|reason| format!(": {reason}")).unwrap_or_default();
        if death.pause.is_zero() {
            self.terminal.say(&format!("{name} {exit}{why}; starting it again"));
            self.restart(kind);
        } else {
            let seconds = death.pause.as_secs_f32();
            self.terminal.say(&format!("{name} {exit}{why}; starting it again in {seconds} s"));
            self.restart_after(kind, death.pause);
        }
        Ok(())
    }

    fn restart(&mut self, kind: ProcessKind) {
        if let Err(error) = self.children.start(kind) {
            self.terminal.say(&format!("{} cannot be started: {error:#}", kind.name()));
            self.restart_after(kind, std::time::Duration::from_secs(4));
        }
    }

    fn restart_after(&self, kind: ProcessKind, pause: std::time::Duration) {
        let events = self.events.clone();
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let _ = events.send(Event::RestartDue { kind }).await;
        });
    }

    fn answered(&mut self, kind: ProcessKind) {
        let page_is_up = self.children.answered(kind) && kind == ProcessKind::Aura;
        if let Some(url) = self.once.browse.take_if(|_| page_is_up) {
            terminal::browse(&url);
        }
    }

    fn signal_reached(&mut self, signal: Signal) {
        self.signal = Some(signal.clone());
        if !std::mem::replace(&mut self.once.device_shown, true) {
            tokio::spawn(show_device(signal, self.terminal.clone()));
        }
    }

    fn kill(&self, pid: u32, answer: oneshot::Sender<Result<(), KillError>>) {
        if self.children.kill(pid) {
            let _ = answer.send(Ok(()));
            return;
        }
        // Signal may have restarted it since, and the system given its id to somebody else.
        let known = self.sandboxes.iter().any(|sandbox| sandbox.pid == pid);
        let ours = known && usage::is_grandchild(pid, self.children.pid(ProcessKind::Signal));
        match &self.signal {
            Some(signal) if ours => {
                let mut signal = signal.clone();
                tokio::spawn(async move {
                    let killed = signal.kill_sandbox(pid).await;
                    let _ = answer.send(killed.map_err(|error| KillError::Signal(error.to_string())));
                });
            }
            _ => drop(answer.send(Err(KillError::Foreign { pid }))),
        }
    }

    fn measure(&mut self) {
        let pids: Vec<u32> = self
            .publish
            .processes
            .borrow()
            .iter()
            .map(|process| process.pid)
            .filter(|&pid| pid != 0)
            .collect();
        self.usage.sample(&pids);
    }

    fn publish(&self) {
        let own = std::process::id();
        let supervisor = ProcessStatus {
            pid: own,
            parent_pid: std::os::unix::process::parent_id(),
            kind: ProcessKind::Supervisor,
            name: ProcessKind::Supervisor.name().to_owned(),
            state: ProcessState::Running,
            cpu_percent: 0.0,
            memory_bytes: usage::memory_bytes(own),
            restarts: 0,
            last_exit: String::new(),
            round_trip_us: 0.0,
            sandbox: None,
        };
        let signal_pid = self.children.pid(ProcessKind::Signal);
        let sandboxes = self.sandboxes.iter().map(|sandbox| sandbox_status(sandbox, signal_pid));
        let mut processes: Vec<_> =
            std::iter::once(supervisor).chain(self.children.statuses()).chain(sandboxes).collect();
        for process in &mut processes {
            process.cpu_percent = self.usage.cpu_percent(process.pid);
        }
        self.publish.processes.send_replace(processes);
    }
}

fn sandbox_status(sandbox: &Sandbox, signal_pid: u32) -> ProcessStatus {
    // What Signal says may be half a second old.
    let alive = usage::is_grandchild(sandbox.pid, signal_pid);
    let state = match sandbox.state {
        SandboxState::Running if alive => ProcessState::Running,
        SandboxState::Starting => ProcessState::Starting,
        SandboxState::Failed => ProcessState::Failed,
        SandboxState::Running | SandboxState::Restarting => ProcessState::Restarting,
    };
    let pid = if alive { sandbox.pid } else { 0 };
    ProcessStatus {
        pid,
        parent_pid: signal_pid,
        kind: ProcessKind::Sandbox,
        name: sandbox.name.clone(),
        state,
        cpu_percent: 0.0,
        memory_bytes: usage::memory_bytes(pid),
        restarts: sandbox.restarts,
        last_exit: String::new(),
        round_trip_us: sandbox.round_trip_us,
        sandbox: Some(sandbox.detail.clone()),
    }
}

async fn show_device(mut signal: Signal, terminal: Terminal) {
    if let Ok(device) = signal.audio_device().await {
        terminal.say_device(&device);
    }
}
