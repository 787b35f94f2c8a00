//! The control thread's hold on recording: what Pulse says goes on to the audio thread and the recorder, and sessions begin
//! and end.
//!
//! It touches no sample and no file.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::thread::JoinHandle;

use signal_graph::Timeline;
use signal_nodes::live::{LiveInput, LiveNote};
use tokio::sync::watch;

use super::audio_end::{AudioEnd, AudioOrder, Rings, audio_ends};
use super::calibration::{Probe, RoundTrip};
use super::click_output::{ClickChoice, ClickOutput};
use super::feed::{MidiIn, feed};
use super::live::{LiveQueues, PAGE_KEYBOARD};
use super::measured::{Measured, key};
use super::metronome::CountIn;
use super::plan::RecordSession;
use super::recorder::{Order, Recorder, Words};
use super::setup::{RecordInput, RecordSetup};
use super::status::RecordingStatus;
use crate::device::keeper::DeviceDescription;
use crate::device::{DeviceFormat, LARGEST_BLOCK_FRAMES, MOST_CHANNELS};
use crate::main_loop::{Calibrated, Event, Reply};
use crate::refusal::Refusal;

/// Orders to the recorder under way.
const ORDERS: usize = 256;
/// Orders to the audio thread kept while its ring is full.
const MOST_UNSENT: usize = 4096;
/// Messages of keyboards kept while the ring is full: more means that the device's thread hangs.
const MOST_KEYS: usize = 4096;

/// What is recorded and heard, and how. `[control]`
pub struct RecordingControl {
    rings: Rings,
    unsent: VecDeque<AudioOrder>,
    /// Orders that the recorder has not taken: it may wait for the disk, and nobody waits for it.
    untold: VecDeque<Order>,
    keys: VecDeque<MidiIn>,
    recorder: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<()>>,
    setup: RecordSetup,
    queues: LiveQueues,
    input: Arc<LiveInput>,
    channels: Vec<u32>,
    ports: BTreeMap<String, u16>,
    sample_rate: u32,
    block_frames: u32,
    next_session: u64,
    session: u64,
    probing: Option<Reply<Calibrated>>,
    events: tokio::sync::mpsc::Sender<Event>,
    /// What it is known by among measurements.
    device: String,
    stated: u32,
    measured: Measured,
    click: ClickChoice,
}

impl RecordingControl {
    /// Starts the recorder's thread. Also gives the audio thread's end. `closed` is told of takes that are complete.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn start(
        format: DeviceFormat,
        settings: Option<PathBuf>,
        events: tokio::sync::mpsc::Sender<Event>,
        watchers: watch::Sender<RecordingStatus>,
    ) -> io::Result<(Self, AudioEnd)> {
        let DeviceFormat { sample_rate, block_frames } = format;
        let input = Arc::new(LiveInput::new(MOST_CHANNELS, LARGEST_BLOCK_FRAMES as usize));
        let (end, rings, reader) = audio_ends(sample_rate, input.clone());
        let (recorder, orders) = std::sync::mpsc::sync_channel(ORDERS);
        // A lost word is made up for by the next, and by Pulse's own look when Signal goes.
        let (to_loop, also) = (events.clone(), events.clone());
        let closed = Box::new(move || drop(to_loop.try_send(Event::TakesClosed)));
        let ended = Box::new(move |session| also.try_send(Event::RecordingEnded(session)).is_ok());
        let words = Words { closed, ended };
        let state = Recorder::new(sample_rate, reader, watchers, rings.counting.clone(), words);
        let thread = std::thread::Builder::new().name("recorder".into()).spawn(move || state.run(&orders))?;
        let mut control = Self {
            rings,
            unsent: VecDeque::new(),
            untold: VecDeque::new(),
            keys: VecDeque::new(),
            recorder: Some(recorder),
            thread: Some(thread),
            setup: RecordSetup::default(),
            queues: LiveQueues::default(),
            input,
            channels: Vec::new(),
            ports: BTreeMap::new(),
            sample_rate,
            block_frames,
            next_session: 1,
            session: 0,
            probing: None,
            events,
            device: String::new(),
            stated: 0,
            click: ClickChoice::load(settings.as_deref()),
            measured: Measured::load(settings),
        };
        control.send(AudioOrder::ClickOutput(control.click.output()));
        Ok((control, end))
    }

    /// The device's input, for nodes that let it in.
    pub fn input(&self) -> Arc<LiveInput> {
        self.input.clone()
    }

    /// The queues of players of notes, for nodes that play a keyboard.
    pub fn queues(&mut self) -> &mut LiveQueues {
        &mut self.queues
    }

    /// What can be recorded, and how.
    pub fn setup(&self) -> &RecordSetup {
        &self.setup
    }

    /// Takes over what Pulse says.
    pub fn set_up(&mut self, setup: RecordSetup) {
        let channels = setup.channels();
        if channels != self.channels {
            let (feed, reader) = feed(channels.clone(), self.sample_rate);
            self.tell(Order::Feed(reader));
            self.send(AudioOrder::Feed(Box::new(feed)));
            self.channels = channels;
        }
        self.send(AudioOrder::Metronome { on: setup.metronome, gain: setup.metronome_gain });
        self.setup = setup;
        self.tell(Order::Setup(self.setup.clone(), self.ports.clone()));
        self.route();
    }

    /// The numbers of the MIDI ports there are, by name.
    pub fn set_ports(&mut self, ports: BTreeMap<String, u16>) {
        if ports != self.ports {
            self.ports = ports;
            self.tell(Order::Setup(self.setup.clone(), self.ports.clone()));
            self.route();
        }
    }

    /// Another device plays: what it hears, and how late, from now on.
    pub fn set_device(&mut self, device: &DeviceDescription) {
        self.input.set_loops_back(device.loops_back);
        self.tell(Order::Inputs(device.inputs as u32));
        let latency = device.latency;
        self.stated = latency.input + latency.output;
        self.device = key(device);
        let measured = self.measured.get(&self.device);
        self.send(AudioOrder::RoundTrip(measured));
        self.tell(Order::RoundTrip(measured.unwrap_or(self.stated), measured.is_some()));
    }

    /// Where the metronome is heard.
    pub fn click_output(&self) -> ClickOutput {
        self.click.output()
    }

    /// Lets the metronome be heard elsewhere, and remembers it for this machine.
    ///
    /// # Errors
    /// No device has such channels, or it could not be kept for later.
    pub fn set_click_output(&mut self, output: ClickOutput) -> Result<(), Refusal> {
        if !output.is_possible() {
            return Err(Refusal::invalid("the metronome can't be heard on channels that no device has"));
        }
        let kept = self.click.set(output);
        self.send(AudioOrder::ClickOutput(output));
        kept.map_err(|error| {
            Refusal::failed(format!("it holds until Loophole ends, but could not be kept for later: {error}"))
        })
    }

    /// Places recordings by a measurement from now on, and remembers it for this device.
    pub fn remember(&mut self, measured: RoundTrip, reply: Reply<Calibrated>) {
        let kept = self.measured.set(&self.device, measured.frames);
        self.send(AudioOrder::RoundTrip(Some(measured.frames)));
        self.tell(Order::RoundTrip(measured.frames, true));
        let stated = self.stated;
        let answer = kept.map(|()| Calibrated { measured, stated }).map_err(|error| {
            Refusal::failed(format!("it holds until Loophole ends, but could not be kept for later: {error}"))
        });
        let _ = reply.send(answer);
    }

    /// Sends the audio thread who listens to which keyboard. Also after players came or went.
    pub fn route(&mut self) {
        let ports = &self.ports;
        let routes = self.queues.routes(&self.setup, |name| ports.get(name).copied());
        self.send(AudioOrder::Routes(Box::new(routes)));
    }

    /// Whether a session is on.
    pub fn is_on(&self) -> bool {
        self.session != 0
    }

    /// Begins a session that records from `begins` on, or at once.
    ///
    /// # Errors
    /// No armed track has an input, or there is no folder.
    pub fn begin(&mut self, client: String, begins: Option<i64>) -> Result<(), Refusal> {
        if self.setup.folder.is_none() {
            return Err(Refusal::not_now("the song has not said yet where takes go: try again in a moment"));
        }
        if !self.setup.inputs.iter().any(RecordInput::can_record) {
            return Err(Refusal::not_now("no track is armed: arm a track that has an input, then record"));
        }
        let range = self.setup.punch.unwrap_or((0, i64::MAX));
        let number = self.next_session;
        self.next_session += 1;
        self.session = number;
        self.tell(Order::Begin(RecordSession { number, client, range, begins: begins.unwrap_or(i64::MIN) }));
        self.send(AudioOrder::Record { session: number, range });
        Ok(())
    }

    /// Ends the session, if there is one; what was played up to now still gets into its takes.
    pub fn end(&mut self) {
        if self.session != 0 {
            self.session = 0;
            self.send(AudioOrder::Record { session: 0, range: (0, 0) });
        }
        self.send(AudioOrder::CancelCountIn);
    }

    /// Ends this session, if it is on: nothing more of it can be recorded.
    pub fn end_session(&mut self, session: u64) {
        if self.session == session {
            self.end();
        }
    }

    /// Clicks bars, after which the audio thread plays by itself. False: there are none to click.
    pub fn count_in(&mut self, timeline: &Timeline, position: i64) -> bool {
        let count = CountIn::new(timeline, position, self.setup.count_in_bars, self.block_frames);
        let any = count.is_some();
        if let Some(count) = count {
            self.send(AudioOrder::CountIn(Box::new(count)));
        }
        any
    }

    /// Makes takes of what was played last.
    pub fn keep(&mut self, client: String, track: u64, reply: Reply<Vec<u64>>) {
        let reply = Box::new(|kept| drop(reply.send(kept)));
        self.tell(Order::Keep { client, track, reply });
    }

    /// Plays messages of the page's keyboard.
    pub fn play_keys(&mut self, track: u64, messages: &[[u8; 3]]) {
        for &data in messages {
            if self.keys.len() < MOST_KEYS {
                self.keys.push_back(MidiIn { track, port: PAGE_KEYBOARD, offset: 0, early: 0, data });
            }
        }
        self.flush();
    }

    /// Ends what any keyboard holds, on every track.
    pub fn end_keys(&mut self) {
        self.play_keys(0, &[LiveNote::PANIC]);
    }

    /// Lets go of what was played so far: another song follows.
    pub fn forget(&mut self) {
        self.end_keys();
        self.tell(Order::Forget);
    }

    /// Measures the way between two channels of the device, from 0.
    pub fn measure(&mut self, output: usize, input: usize, reply: Reply<Calibrated>) {
        if self.probing.is_some() {
            let _ = reply.send(Err(Refusal::not_now("a measurement is under way already")));
            return;
        }
        self.send(AudioOrder::Probe(Box::new(Probe::new(output, input))));
        self.probing = Some(reply);
    }

    /// Sends what did not fit before, frees what the audio thread is done with, answers measurements. To be called now and
    /// then.
    pub fn tick(&mut self) {
        self.flush();
        let Ok(probe) = self.rings.probes.pop() else { return };
        let Some(reply) = self.probing.take() else { return };
        let events = self.events.clone();
        tokio::task::spawn_blocking(move || match probe.find() {
            Some(found) => drop(events.blocking_send(Event::Calibrated(found, reply))),
            None => {
                let reason =
                    "the burst did not come back: lead the output to the input, turn both up, and try again";
                let _ = reply.send(Err(Refusal::not_now(reason)));
            }
        });
    }

    fn flush(&mut self) {
        self.rings.done.collect();
        self.pass_on();
        while let Some(order) = self.unsent.pop_front() {
            if let Err(rtrb::PushError::Full(order)) = self.rings.orders.push(order) {
                self.unsent.push_front(order);
                break;
            }
        }
        while let Some(key) = self.keys.pop_front() {
            if let Err(rtrb::PushError::Full(key)) = self.rings.keyboard.push(key) {
                self.keys.push_front(key);
                break;
            }
        }
    }

    fn send(&mut self, order: AudioOrder) {
        // The newest of each kind counts: a device that stands still for so long gets them when it goes on.
        if self.unsent.len() < MOST_UNSENT {
            self.unsent.push_back(order);
        }
        self.flush();
    }

    fn tell(&mut self, order: Order) {
        // Of what can be recorded the newest word counts.
        if let (Order::Setup(..), Some(Order::Setup(..))) = (&order, self.untold.back()) {
            self.untold.pop_back();
        }
        if self.untold.len() < MOST_UNSENT {
            self.untold.push_back(order);
        }
        self.pass_on();
    }

    fn pass_on(&mut self) {
        let Some(recorder) = &self.recorder else { return };
        while let Some(order) = self.untold.pop_front() {
            match recorder.try_send(order) {
                Ok(()) => {}
                Err(TrySendError::Full(order)) => return self.untold.push_front(order),
                Err(TrySendError::Disconnected(_)) => {
                    tracing::error!(
                        "the recorder has ended: nothing is recorded until Signal is started again"
                    );
                }
            }
        }
    }
}

impl Drop for RecordingControl {
    /// Closes the takes under way.
    fn drop(&mut self) {
        self.recorder = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
