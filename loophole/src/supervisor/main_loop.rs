//! The one loop that changes what the supervisor knows.

use anyhow::bail;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Event, KillError, ProcessKind, ProcessState, ProcessStatus, StopSignals,
    children::Children,
    terminal::{self, Terminal},
    usage::{self, Usage},
};
use crate::wire::signal::{Sandbox, SandboxState, Signal};

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
    publish: watch::Sender<Vec<ProcessStatus>>,
    events: mpsc::Sender<Event>,
    once: Once,
}

impl MainLoop {
    pub fn new(
        children: Children,
        terminal: Terminal,
        publish: watch::Sender<Vec<ProcessStatus>>,
        events: mpsc::Sender<Event>,
        once: Once,
    ) -> Self {
        let usage = Usage::default();
        Self { children, sandboxes: Vec::new(), signal: None, usage, terminal, publish, events, once }
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
                Event::Tick => self.measure(),
            }
        }
    }

    /// Ends every child.
    pub async fn stop(&mut self) {
        self.terminal.say("stopping");
        self.children.stop().await;
    }

    fn exited(&mut self, kind: ProcessKind, pid: u32, exit: &link::children::Exit) -> anyhow::Result<()> {
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
        let ours = known && usage::is_child(pid, self.children.pid(ProcessKind::Signal));
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
        let pids: Vec<u32> =
            self.publish.borrow().iter().map(|process| process.pid).filter(|&pid| pid != 0).collect();
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
        };
        let signal_pid = self.children.pid(ProcessKind::Signal);
        let sandboxes = self.sandboxes.iter().map(|sandbox| sandbox_status(sandbox, signal_pid));
        let mut processes: Vec<_> =
            std::iter::once(supervisor).chain(self.children.statuses()).chain(sandboxes).collect();
        for process in &mut processes {
            process.cpu_percent = self.usage.cpu_percent(process.pid);
        }
        self.publish.send_replace(processes);
    }
}

fn sandbox_status(sandbox: &Sandbox, signal_pid: u32) -> ProcessStatus {
    // What Signal says may be half a second old.
    let alive = usage::is_child(sandbox.pid, signal_pid);
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
    }
}

async fn show_device(mut signal: Signal, terminal: Terminal) {
    if let Ok(device) = signal.audio_device().await {
        terminal.say_device(&device);
    }
}
