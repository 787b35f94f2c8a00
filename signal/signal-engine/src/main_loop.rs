//! The control thread: one event after the other, from the calls, the disk thread and the sandboxes.
//!
//! It owns everything but what is on an audio thread, so there is nothing to lock. What takes long (reading files, loading
//! plugins, writing captures) happens elsewhere and comes back as an event.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use signal_graph::{Command, GraphUpdate, ParameterChange};
use tokio::sync::{mpsc, oneshot};

use crate::audio_thread::{AudioControl, DeviceHangs};
use crate::capture::{Capture, Captured};
use crate::device::DeviceFormat;
use crate::device_board::{DeviceBoard, DeviceState, SandboxStatus};
use crate::disk::Disk;
use crate::graph_assembly::GraphPart;
use crate::live_graph::{LiveGraph, Tools};
use crate::parameters;
use crate::previews::{Key, Previews};
use crate::refusal::Refusal;
use crate::sandbox::{Convertible, SandboxEvent, Sandboxes};
use crate::state_store::{StateHash, StatePart};
use crate::transport::Transport;

/// Events under way: more than clients can have calls open. Senders wait when it is full.
pub const EVENTS: usize = 1024;
/// Between two looks at what has no event: waits that ran out, captures that came back, memory to free.
const TICK: Duration = Duration::from_millis(5);
/// Between two looks for files that were missing.
const SEARCH_INTERVAL: Duration = Duration::from_millis(500);

/// Where the answer to a call goes.
pub type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

/// Everything that can happen.
pub enum Event {
    /// Pulse opened a stream; an older one counts no more.
    PulseConnected {
        /// Names the stream.
        connection: u64,
        /// What goes up.
        up: mpsc::Sender<ToPulse>,
    },
    /// Something came down the stream.
    Graph {
        /// Names the stream.
        connection: u64,
        /// What came.
        message: GraphMessage,
    },
    /// The stream ended. The sound goes on.
    PulseGone {
        /// Names the stream.
        connection: u64,
    },
    /// Play from the playhead.
    Play(Reply<()>),
    /// Stop where it is.
    Stop(Reply<()>),
    /// Move the playhead to a song position in samples.
    Locate(i64, Reply<()>),
    /// The disk has what a start waits for.
    Prefetched(u64),
    /// A value of a gesture.
    Preview {
        /// Names the gesture.
        gesture: u64,
        /// The value.
        change: ParameterChange,
        /// Answered at once.
        reply: Reply<()>,
    },
    /// A gesture is over.
    PreviewEnded(u64),
    /// What the sandboxes are doing.
    ListSandboxes(Reply<Vec<SandboxStatus>>),
    /// Kill the sandbox of this pid.
    KillSandbox(u32, Reply<()>),
    /// Value to text or text to value.
    ConvertParameter {
        /// Whose.
        device: u64,
        /// Which.
        parameter: u32,
        /// What to convert.
        from: Convertible,
        /// Answered by the device itself.
        reply: Reply<Converted>,
    },
    /// What the device is.
    GetDevice(Reply<DeviceDescription>),
    /// Capture what is played, from the next play on, to this file.
    StartCapture(PathBuf, Reply<()>),
    /// Complete the capture.
    StopCapture(Reply<Captured>),
}

/// What Pulse sends.
pub enum GraphMessage {
    /// A part of an update.
    Part(Box<GraphPart>),
    /// A part that breaks a rule of its own.
    Unreadable {
        /// Of the update.
        revision: u64,
        /// No part follows.
        last: bool,
        /// Which rule, for people.
        reason: String,
    },
    /// A part of a plugin's state, or why it can't be one.
    State(Result<StatePart, String>),
}

/// What Pulse is told.
#[derive(Debug)]
pub enum ToPulse {
    /// What to derive for.
    Format(DeviceFormat),
    /// The update of this revision is played.
    Applied(u64),
    /// The update of this revision changed nothing, and why.
    Refused(u64, String),
    /// A plugin's state as it is now.
    State {
        /// Whose.
        device: u64,
        /// Of the state.
        hash: StateHash,
        /// The whole.
        state: Arc<[u8]>,
    },
    /// A plugin changed a parameter itself.
    Edited(ParameterChange),
}

/// A value and how it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// In the parameter's own unit.
    pub value: f64,
    /// For people.
    pub text: String,
}

/// The audio device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceDescription {
    /// For people.
    pub name: String,
    /// What it runs at.
    pub format: DeviceFormat,
    /// What to do to get real-time priority; `None` if it has it.
    pub realtime_remedy: Option<String>,
}

/// What the control thread owns.
pub struct Parts {
    /// The audio thread's other end.
    pub audio: AudioControl,
    /// The disk thread's other end.
    pub disk: Disk,
    /// Where plugins run.
    pub sandboxes: Sandboxes,
    /// The graph.
    pub graph: LiveGraph,
    /// Play, stop, locate.
    pub transport: Transport,
    /// Values of gestures.
    pub previews: Previews,
    /// What devices are doing.
    pub board: DeviceBoard,
    /// What the device is.
    pub device: DeviceDescription,
    /// The stream of Pulse.
    pub pulse: Option<Pulse>,
    /// What is captured.
    pub capture: Captures,
    /// When missing files were last looked for.
    pub searched: Instant,
}

/// The stream of Pulse.
pub struct Pulse {
    connection: u64,
    up: mpsc::Sender<ToPulse>,
}

/// A capture and how far it is.
#[derive(Default)]
pub enum Captures {
    /// None is under way.
    #[default]
    Idle,
    /// The audio thread has it.
    Running(Capture),
    /// It was asked back.
    Ending(Capture, Reply<Captured>),
}

/// Carries out events until `stop` completes.
///
/// # Errors
/// The device's thread hangs: nothing here can mend that.
pub async fn run(
    mut parts: Parts,
    mut events: mpsc::Receiver<Event>,
    mut from_sandboxes: mpsc::Receiver<SandboxEvent>,
    stop: impl Future<Output = ()>,
) -> Result<(), DeviceHangs> {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return Ok(()),
            event = events.recv() => match event {
                Some(event) => parts.handle(event)?,
                None => return Ok(()),
            },
            Some(event) = from_sandboxes.recv() => parts.take_from_sandbox(event)?,
            _ = ticks.tick() => parts.tick(Instant::now())?,
        }
    }
}

impl Parts {
    fn handle(&mut self, event: Event) -> Result<(), DeviceHangs> {
        match event {
            Event::PulseConnected { connection, up } => self.connect(Pulse { connection, up }),
            Event::Graph { connection, message } => {
                if self.pulse.as_ref().is_some_and(|pulse| pulse.connection == connection) {
                    self.take(message)?;
                }
            }
            Event::PulseGone { connection } => {
                if self.pulse.as_ref().is_some_and(|pulse| pulse.connection == connection) {
                    self.pulse = None;
                    tracing::info!("Pulse is gone; the sound goes on");
                }
            }
            Event::Play(reply) => self.transport.play(&self.audio, &self.disk, reply),
            Event::Stop(reply) => {
                self.transport.stop(&mut self.audio)?;
                let _ = reply.send(Ok(()));
            }
            Event::Locate(position, reply) => {
                self.transport.locate(position, &mut self.audio, &self.disk, reply)?;
            }
            Event::Prefetched(ticket) => self.transport.prefetched(ticket, &mut self.audio)?,
            Event::Preview { gesture, change, reply } => {
                let _ = reply.send(self.preview(gesture, change)?);
            }
            Event::PreviewEnded(gesture) => self.previews.end(gesture, Instant::now()),
            Event::ListSandboxes(reply) => drop(reply.send(Ok(self.sandboxes.list()))),
            Event::KillSandbox(pid, reply) => {
                let unknown = || Refusal::not_found(format!("process {pid} is no sandbox of this Signal"));
                let _ = reply.send(self.sandboxes.kill(pid).then_some(()).ok_or_else(unknown));
            }
            Event::ConvertParameter { device, parameter, from, reply } => {
                self.convert(device, parameter, from, reply);
            }
            Event::GetDevice(reply) => drop(reply.send(Ok(self.device.clone()))),
            Event::StartCapture(path, reply) => drop(reply.send(self.start_capture(&path))),
            Event::StopCapture(reply) => self.stop_capture(reply),
        }
        Ok(())
    }

    fn tick(&mut self, now: Instant) -> Result<(), DeviceHangs> {
        self.audio.flush()?;
        self.audio.meters().flush();
        let loaded = !self.board.any(|status| status.state == DeviceState::Loading);
        self.transport.tick(now, loaded, &mut self.audio, &self.disk)?;
        let expired = self.previews.expired(now);
        self.return_to_song(&expired)?;
        self.finish_capture();
        if now.saturating_duration_since(self.searched) >= SEARCH_INTERVAL {
            self.searched = now;
            self.reload_found_files()?;
        }
        Ok(())
    }

    fn connect(&mut self, pulse: Pulse) {
        self.graph.connect();
        self.pulse = Some(pulse);
        self.tell(ToPulse::Format(self.device.format));
    }

    /// Pulse reads what it is sent. If it does not, its stream is ended, and it comes back with the whole graph.
    fn tell(&mut self, message: ToPulse) {
        if let Some(pulse) = &self.pulse
            && let Err(error) = pulse.up.try_send(message)
        {
            tracing::warn!("Pulse does not listen: {error}");
            self.pulse = None;
        }
    }

    fn take(&mut self, message: GraphMessage) -> Result<(), DeviceHangs> {
        match message {
            GraphMessage::State(part) => {
                if let Err(reason) = part.and_then(|part| self.graph.add_state(part)) {
                    tracing::warn!("a plugin's state was not taken: {reason}");
                }
            }
            GraphMessage::Unreadable { revision, last, reason } => {
                self.graph.refuse(revision, last);
                self.refuse(revision, reason);
            }
            GraphMessage::Part(part) => {
                let revision = part.revision;
                match self.graph.add(*part) {
                    Ok(None) => {}
                    Ok(Some((revision, update))) => match self.apply(&update)? {
                        Ok(()) => self.tell(ToPulse::Applied(revision)),
                        Err(reason) => self.refuse(revision, reason),
                    },
                    Err(reason) => self.refuse(revision, reason),
                }
            }
        }
        Ok(())
    }

    fn refuse(&mut self, revision: u64, reason: String) {
        tracing::warn!("graph update {revision} is refused: {reason}");
        self.tell(ToPulse::Refused(revision, reason));
    }

    fn apply(&mut self, update: &GraphUpdate) -> Result<Result<(), String>, DeviceHangs> {
        let tools = Tools {
            disk: &mut self.disk,
            meters: self.audio.meters(),
            sandboxes: &mut self.sandboxes,
            board: &self.board,
        };
        let applied = match self.graph.apply(update, tools) {
            Ok(applied) => applied,
            Err(reason) => return Ok(Err(reason)),
        };
        self.audio.send(Command::Change(Box::new(applied.change)))?;
        if applied.plays_otherwise {
            let spec = self.graph.spec();
            self.disk.follow(|player| spec.nodes.contains_key(&player), spec.timeline.loop_range);
        }
        let settled = self.previews.settle(update);
        self.return_to_song(&settled)?;
        if update.whole {
            self.transport.graph_arrived(Instant::now());
        }
        Ok(Ok(()))
    }

    fn preview(&mut self, gesture: u64, change: ParameterChange) -> Result<Result<(), Refusal>, DeviceHangs> {
        if let Err(refusal) = parameters::check_preview(self.graph.spec(), &self.board, &change) {
            return Ok(Err(refusal));
        }
        if !self.previews.touch(gesture, (change.target, change.parameter)) {
            return Ok(Err(Refusal::not_now("too many parameters are being moved at once")));
        }
        self.audio.send(Command::Parameter(change))?;
        Ok(Ok(()))
    }

    fn return_to_song(&mut self, keys: &[Key]) -> Result<(), DeviceHangs> {
        for &(target, parameter) in keys {
            if let Some(value) = parameters::song_value(self.graph.spec(), &self.board, target, parameter) {
                self.audio.send(Command::Parameter(ParameterChange { target, parameter, value }))?;
            }
        }
        Ok(())
    }

    fn convert(&mut self, device: u64, parameter: u32, from: Convertible, reply: Reply<Converted>) {
        if let Some(converted) = parameters::convert_builtin(self.graph.spec(), device, parameter, &from) {
            let _ = reply.send(converted);
            return;
        }
        let answer = self.sandboxes.convert(device, parameter, from);
        tokio::spawn(async move {
            let converted = match answer.await {
                Ok(Ok((value, text))) => Ok(Converted { value, text }),
                Ok(Err(reason)) => Err(Refusal::invalid(reason)),
                Err(_) => Err(Refusal::not_now(format!("device {device} runs no plugin that could tell"))),
            };
            let _ = reply.send(converted);
        });
    }

    fn take_from_sandbox(&mut self, event: SandboxEvent) -> Result<(), DeviceHangs> {
        match event {
            SandboxEvent::Status(status) => {
                // A chain that is being taken down may still report.
                if parameters::is_device(self.graph.spec(), status.device) {
                    self.board.set(status);
                }
            }
            SandboxEvent::LatencyChanged { node, latency } => {
                if let Some(change) = self.graph.set_latency(node, latency) {
                    self.audio.send(Command::Change(Box::new(change)))?;
                }
            }
            SandboxEvent::ParameterEdited(change) => self.tell(ToPulse::Edited(change)),
            SandboxEvent::StateSaved { device, state } => {
                let hash = self.graph.keep_state(Arc::clone(&state));
                self.tell(ToPulse::State { device, hash, state });
            }
        }
        Ok(())
    }

    fn reload_found_files(&mut self) -> Result<(), DeviceHangs> {
        let found = self.disk.reappeared();
        if found.is_empty() {
            return Ok(());
        }
        for update in self.graph.reload(&found) {
            if let Err(reason) = self.apply(&update)? {
                tracing::warn!("sound that was missing can't be played: {reason}");
            }
        }
        Ok(())
    }

    fn start_capture(&mut self, path: &std::path::Path) -> Result<(), Refusal> {
        if !matches!(self.capture, Captures::Idle) {
            return Err(Refusal::not_now("a capture is under way already"));
        }
        let rate = self.device.format.sample_rate;
        let (capture, tap) = Capture::start(path, rate).map_err(Refusal::failed)?;
        if !self.audio.begin_capture(tap) {
            return Err(Refusal::not_now("the last capture has not come back yet"));
        }
        self.capture = Captures::Running(capture);
        Ok(())
    }

    fn stop_capture(&mut self, reply: Reply<Captured>) {
        match std::mem::take(&mut self.capture) {
            Captures::Running(capture) => {
                self.audio.end_capture();
                self.capture = Captures::Ending(capture, reply);
            }
            other => {
                self.capture = other;
                let _ = reply.send(Err(Refusal::not_now("nothing is being captured")));
            }
        }
    }

    /// Completes the file on a thread of its own once the audio thread has let go.
    fn finish_capture(&mut self) {
        if !matches!(self.capture, Captures::Ending(..)) {
            return;
        }
        let Some(tap) = self.audio.returned_capture() else { return };
        if let Captures::Ending(capture, reply) = std::mem::take(&mut self.capture) {
            tokio::task::spawn_blocking(move || {
                let _ = reply.send(capture.finish(tap).map_err(Refusal::failed));
            });
        }
    }
}
