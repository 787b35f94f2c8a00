//! The control thread: one event after the other, from the calls, the disk thread and the sandboxes.
//!
//! It owns everything but what is on an audio thread, so there is nothing to lock. What takes long (reading files, loading
//! plugins, writing captures) happens elsewhere and comes back as an event.

mod audio_device;
mod event;
mod leaving;
mod plugins;
mod recording;

pub use audio_device::AudioDevice;
pub use event::{Calibrated, Converted, Event, GraphMessage, Reply, ToPulse};

use std::time::{Duration, Instant};

use leaving::{Leaving, not_yet};
use signal_graph::{Command, GraphUpdate, ParameterChange};
use tokio::sync::mpsc;

use crate::audio_thread::{AudioControl, DeviceHangs};
use crate::audition::Auditions;
use crate::captures::Captures;
use crate::device::keeper::DeviceDescription;
use crate::device_board::DeviceBoard;
use crate::disk::Disk;
use crate::live_graph::{LiveGraph, Tools};
use crate::loudness::LoudnessThread;
use crate::midi::control::MidiControl;
use crate::parameters;
use crate::previews::{Key, Previews};
use crate::recording::RecordingControl;
use crate::refusal::Refusal;
use crate::sandbox::{SandboxEvent, Sandboxes};
use crate::transport::Transport;

/// Events under way: more than clients can have calls open. Senders wait when it is full.
pub const EVENTS: usize = 1024;
/// Between two looks at what has no event: waits that ran out, captures that came back, memory to free.
const TICK: Duration = Duration::from_millis(5);
/// Between two looks for files that were missing.
const SEARCH_INTERVAL: Duration = Duration::from_millis(500);

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
    /// The device itself.
    pub audio_device: AudioDevice,
    /// The stream of Pulse.
    pub pulse: Option<Pulse>,
    /// What is captured.
    pub captures: Captures,
    /// What measures the output.
    pub loudness: LoudnessThread,
    /// What is listened to beside the song.
    pub auditions: Auditions,
    /// What comes in and is recorded.
    pub recording: RecordingControl,
    /// MIDI ports.
    pub midi: MidiControl,
    /// When missing files were last looked for.
    pub searched: Instant,
    /// Another song is about to come: until then, but no longer than this, nothing plays.
    pub left: Option<Instant>,
    /// Who waits for the song to be left.
    pub leaving: Vec<Leaving>,
}

/// The stream of Pulse.
pub struct Pulse {
    connection: u64,
    up: mpsc::Sender<ToPulse>,
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
            Event::PulseConnected { connection, up } => self.connect(Pulse { connection, up })?,
            Event::Graph { connection, message } if self.is_pulse(connection) => self.take(message)?,
            Event::PulseGone { connection } if self.is_pulse(connection) => {
                self.pulse = None;
                tracing::info!("Pulse is gone; the sound goes on");
            }
            Event::Graph { .. } | Event::PulseGone { .. } => {}
            Event::LeaveSong { only_ask, reply } => self.leave_song(only_ask, reply)?,
            Event::Play(reply) | Event::Record { reply, .. } if self.has_left() => not_yet(reply),
            Event::Play(reply) => self.transport.play(&self.audio, &self.disk, reply),
            Event::Stop(reply) => {
                self.recording.end();
                self.transport.stop(&mut self.audio)?;
                let _ = reply.send(Ok(()));
            }
            Event::Record { enabled, client, reply } => self.record(enabled, client, reply)?,
            Event::KeepPlayed { client, track, reply } => self.recording.keep(client, track, reply),
            Event::Keys { track, messages, reply } => {
                self.recording.play_keys(track, &messages);
                let _ = reply.send(Ok(()));
            }
            Event::Calibrate { output, input, reply } => self.recording.measure(output, input, reply),
            Event::Calibrated(measured, reply) => self.recording.remember(measured, reply),
            Event::TakesClosed => self.tell(ToPulse::TakesWaiting),
            Event::RecordingEnded(session) => self.recording.end_session(session),
            Event::Locate(position, reply) => {
                self.transport.locate(position, &mut self.audio, &self.disk, reply)?;
            }
            Event::Panic(reply) => self.silence(reply)?,
            Event::Prefetched(ticket) => {
                self.transport.prefetched(ticket, &mut self.audio)?;
                self.count_in()?;
            }
            Event::Preview { gesture, change, reply } => {
                let _ = reply.send(self.preview(gesture, change)?);
            }
            Event::PreviewEnded(gesture) => self.previews.end(gesture, Instant::now()),
            Event::ListSandboxes(reply) => drop(reply.send(Ok(self.sandboxes.list()))),
            Event::KillSandbox(pid, reply) => drop(reply.send(self.kill_sandbox(pid))),
            Event::ConvertParameter { device, parameter, from, reply } => {
                self.convert(device, parameter, from, reply);
            }
            Event::Audition(request, reply) => {
                self.auditions.start(request, self.device.format.sample_rate, reply);
            }
            Event::StopAudition(reply) => drop(reply.send(self.auditions.stop(self.audio.audition()))),
            Event::RestartDevice(device, reply) => drop(reply.send(self.restart_device(device))),
            Event::DismissIncident(device, reply) => drop(reply.send(self.dismiss_incident(device))),
            Event::GetDevice(reply) => drop(reply.send(Ok(self.device.clone()))),
            Event::ChooseAudioDevice(settings, reply) => self.choose_audio_device(settings, reply),
            Event::SetClickOutput(output, reply) => self.set_click_output(output, reply),
            Event::StartCapture(path, reply) => {
                let started = self.captures.start(&path, self.device.format.sample_rate, &mut self.audio);
                let _ = reply.send(started);
            }
            Event::ResetLoudness(reply) => {
                self.loudness.begin_anew();
                let _ = reply.send(Ok(()));
            }
            Event::StopCapture(reply) => self.captures.stop(&mut self.audio, reply),
        }
        Ok(())
    }

    /// Ends all that sounds, whoever plays it.
    fn silence(&mut self, reply: Reply<()>) -> Result<(), DeviceHangs> {
        self.recording.end_keys();
        self.midi.silence();
        self.audio.send(Command::Silence)?;
        drop(reply.send(Ok(())));
        Ok(())
    }

    fn is_pulse(&self, connection: u64) -> bool {
        self.pulse.as_ref().is_some_and(|pulse| pulse.connection == connection)
    }

    fn tick(&mut self, now: Instant) -> Result<(), DeviceHangs> {
        self.follow_device(now);
        self.follow_midi(now);
        self.audio.flush()?;
        self.tell_left(now);
        self.audio.meters().flush();
        let loaded = parameters::are_plugins_settled(self.graph.spec(), &self.board);
        self.transport.tick(now, loaded, &mut self.audio, &self.disk)?;
        self.count_in()?;
        let expired = self.previews.expired(now);
        self.return_to_song(&expired)?;
        self.captures.tick(&mut self.audio);
        self.auditions.tick(self.audio.audition());
        self.recording.tick();
        if now.saturating_duration_since(self.searched) >= SEARCH_INTERVAL {
            self.searched = now;
            self.disk.report_late();
            self.reload_found_files()?;
        }
        Ok(())
    }

    fn connect(&mut self, pulse: Pulse) -> Result<(), DeviceHangs> {
        if self.left.is_some() {
            self.empty_graph()?;
        }
        self.graph.connect();
        self.pulse = Some(pulse);
        self.tell(ToPulse::Format(self.device.format));
        Ok(())
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
            GraphMessage::Recording(Ok(setup)) => self.recording.set_up(*setup),
            GraphMessage::Recording(Err(reason)) => {
                tracing::warn!("what can be recorded was not taken: {reason}");
            }
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
                        Ok(()) => {
                            self.arrived(&update);
                            self.tell(ToPulse::Applied(revision));
                        }
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
            recording: &mut self.recording,
            midi: &mut self.midi,
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
        self.audio.preview(change)?;
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
}
