//! Keeps a device playing: the chosen one, and the virtual one while that is away.
//!
//! 1. [`Keeper::begin`] opens what is chosen; what takes longer than [`FIRST_WAIT`] is waited for beside the virtual device.
//! 2. [`Keeper::tick`] sees a device fail, lets the virtual one take its place between two blocks, and seeks the chosen one
//!    again, with growing pauses, until it is back.
//! 3. A device that runs at another rate or block is handed out as [`Turned::OtherFormat`]: the engine is made anew for it,
//!    then it is started by [`Keeper::install`].
//!
//! Devices are opened and ended on threads of their own, for a sound server may take its time. It knows no song.

use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use super::listing::{self, Found};
use super::settings::AudioSettings;
use super::{Device, DeviceFormat, Latency, Opened, Seat, VirtualSetup};
use crate::midi::control::ShownPorts;
use crate::recording::click_output::ClickOutput;

/// How long the start of the process waits for the chosen device before it plays on the virtual one.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// Pauses between two attempts to get a device back.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long a device is waited for that has to end before another one begins.
const PASSAGE: Duration = Duration::from_secs(2);
/// How long the end of the process waits for the device's.
const FAREWELL: Duration = Duration::from_secs(1);
/// Between two questions for latency, which changes when somebody wires the card otherwise.
const LATENCY_INTERVAL: Duration = Duration::from_millis(200);

/// What the device is, for whoever shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceDescription {
    /// What plays now.
    pub name: String,
    /// What it runs at.
    pub format: DeviceFormat,
    /// Channels it hears.
    pub inputs: usize,
    /// Channels it plays.
    pub outputs: usize,
    /// Its delays.
    pub latency: Latency,
    /// It hears what it plays, so that a track that is heard while it is recorded would go round and round.
    pub loops_back: bool,
    /// Where the metronome is heard; it may lack the channels.
    pub click_output: ClickOutput,
    /// What to do to get real-time priority; `None` if it has it.
    pub realtime_remedy: Option<String>,
    /// What was chosen.
    pub settings: AudioSettings,
    /// Why it is not what was chosen, for people.
    pub notice: Option<String>,
    /// MIDI ports, of the device and beside it; the control thread adds them.
    pub midi: ShownPorts,
}

/// What became of a tick.
pub enum Turned {
    /// All is as it was.
    Same,
    /// Another device plays, or its description changed.
    Changed,
    /// A device for which everything has to be made anew.
    OtherFormat(Box<dyn Opened>),
}

/// The control thread's end. `[control]`
pub struct Keeper {
    settings: AudioSettings,
    device: Option<Box<dyn Device>>,
    latency: Latency,
    notice: Option<String>,
    opening: Option<Receiver<Result<Found, String>>>,
    /// A notice that goes with what was opened and is not started yet.
    found_notice: Option<String>,
    retry_at: Option<Instant>,
    pause: Duration,
    asked_latency: Instant,
    /// The notice changed since the last tick.
    news: bool,
}

impl Keeper {
    /// Opens what is chosen, or the virtual device. What is returned has to be given to [`Keeper::install`].
    pub fn begin(settings: AudioSettings) -> (Self, Box<dyn Opened>) {
        let now = Instant::now();
        let mut keeper = Self {
            settings,
            device: None,
            latency: Latency::default(),
            notice: None,
            opening: None,
            found_notice: None,
            retry_at: None,
            pause: FIRST_PAUSE,
            asked_latency: now,
            news: false,
        };
        let opening = keeper.open(None);
        match opening.recv_timeout(FIRST_WAIT) {
            Ok(Ok(found)) => {
                keeper.found_notice = found.notice;
                (keeper, found.device)
            }
            Ok(Err(reason)) => {
                keeper.found_notice = Some(keeper.away(&reason));
                keeper.retry_at = Some(now + FIRST_PAUSE);
                let substitute = keeper.substitute(keeper.settings.format());
                (keeper, substitute)
            }
            Err(_) => {
                keeper.found_notice = Some(keeper.away("it does not answer yet"));
                keeper.opening = Some(opening);
                let substitute = keeper.substitute(keeper.settings.format());
                (keeper, substitute)
            }
        }
    }

    /// What was chosen.
    pub fn settings(&self) -> &AudioSettings {
        &self.settings
    }

    /// What plays, with what others know of it, but for MIDI ports.
    pub fn describe(&self, format: DeviceFormat, click_output: ClickOutput) -> DeviceDescription {
        let device = self.device.as_deref();
        DeviceDescription {
            name: device.map_or("none", |device| device.name()).to_owned(),
            format,
            inputs: device.map_or(0, |device| device.inputs()),
            outputs: device.map_or(0, |device| device.outputs()),
            latency: self.latency,
            loops_back: device.is_some_and(|device| device.loops_back()),
            click_output,
            realtime_remedy: device.and_then(|device| device.realtime_remedy()).map(str::to_owned),
            settings: self.settings.clone(),
            notice: self.notice.clone(),
            midi: ShownPorts::default(),
        }
    }

    /// What plays.
    pub fn device(&self) -> Option<&dyn Device> {
        self.device.as_deref()
    }

    /// Lets a device play in the seat. One that won't is replaced by the virtual one.
    pub fn install(&mut self, opened: Box<dyn Opened>, seat: &Seat) {
        let format = opened.format();
        let started = opened.start(Box::new(seat.next())).or_else(|reason| {
            self.found_notice = Some(self.away(&reason));
            self.retry_later();
            self.substitute(format).start(Box::new(seat.next()))
        });
        self.notice = self.found_notice.take();
        let device = match started {
            Ok(device) => device,
            Err(reason) => {
                self.notice = Some(format!("no device plays: {reason}"));
                self.retry_later();
                return;
            }
        };
        match &self.notice {
            Some(notice) => tracing::warn!("{notice}"),
            None => {
                self.pause = FIRST_PAUSE;
                tracing::info!("playing on {}", device.name());
            }
        }
        self.latency = device.latency();
        self.replace(Some(device));
    }

    /// Chooses another device. What comes of it shows in the next ticks; meanwhile the present one plays on, or the virtual
    /// one where the present one lets nobody else in. `format` is what the engine was made for.
    pub fn choose(&mut self, settings: AudioSettings, seat: &Seat, format: DeviceFormat) {
        self.settings = settings;
        self.notice = None;
        self.news = true;
        self.pause = FIRST_PAUSE;
        self.retry_at = None;
        // JACK and PipeWire give a program that is already there another name; two of ours may live side by side. A card
        // that is ours alone may be the very one that was chosen, or the one that the chosen server wants.
        let exclusive = self.device.as_deref().is_some_and(|device| device.is_exclusive());
        let left = if exclusive { self.leave(seat, format) } else { None };
        self.opening = Some(self.open(left));
    }

    /// To be called every few milliseconds. `format` is what the engine was made for.
    pub fn tick(&mut self, now: Instant, seat: &Seat, format: DeviceFormat) -> Turned {
        if let Some(reason) = self.device.as_deref().and_then(|device| device.failure()) {
            self.found_notice = Some(self.away(&reason));
            self.retry_at = Some(now + FIRST_PAUSE);
            self.opening = None;
            let substitute = self.substitute(format);
            self.install(substitute, seat);
            return Turned::Changed;
        }
        if let Some(found) = self.opened(now) {
            self.found_notice = found.notice;
            if found.device.format() != format {
                return Turned::OtherFormat(found.device);
            }
            self.install(found.device, seat);
            return Turned::Changed;
        }
        if self.retry_at.is_some_and(|at| now >= at) && self.opening.is_none() {
            self.retry_at = None;
            self.opening = Some(self.open(None));
        }
        match self.follow_latency(now) {
            Turned::Same if std::mem::take(&mut self.news) => Turned::Changed,
            turned => turned,
        }
    }

    /// What the thread that opens devices has come to.
    fn opened(&mut self, now: Instant) -> Option<Found> {
        match self.opening.as_ref()?.try_recv() {
            Err(TryRecvError::Empty) => None,
            Ok(Ok(found)) => {
                self.opening = None;
                Some(found)
            }
            Ok(Err(reason)) => {
                self.not_there(now, &reason);
                None
            }
            Err(TryRecvError::Disconnected) => {
                self.not_there(now, "it could not be asked for");
                None
            }
        }
    }

    fn not_there(&mut self, now: Instant, reason: &str) {
        self.opening = None;
        self.retry_at = Some(now + self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        if self.notice.is_none() {
            let playing = self.device.as_deref().map_or("nothing", |device| device.name());
            let notice = format!("{}: {reason}; {playing} plays on until it is there", self.settings.device);
            tracing::warn!("{notice}");
            self.notice = Some(notice);
            self.news = true;
        }
    }

    fn follow_latency(&mut self, now: Instant) -> Turned {
        if now.saturating_duration_since(self.asked_latency) < LATENCY_INTERVAL {
            return Turned::Same;
        }
        self.asked_latency = now;
        let latency = self.device.as_deref().map_or(self.latency, |device| device.latency());
        if latency == self.latency {
            return Turned::Same;
        }
        self.latency = latency;
        Turned::Changed
    }

    /// Lets the virtual device take the present one's place. Something comes once that has ended.
    fn leave(&mut self, seat: &Seat, format: DeviceFormat) -> Option<Receiver<()>> {
        let substitute = self.substitute(format).start(Box::new(seat.next()));
        if let Err(reason) = &substitute {
            tracing::warn!("nothing plays meanwhile: {reason}");
        }
        let last = std::mem::replace(&mut self.device, substitute.ok())?;
        self.latency = self.device.as_deref().map_or(self.latency, |device| device.latency());
        Some(close(last))
    }

    /// Opens what is chosen, once what has to end before it has.
    fn open(&self, left: Option<Receiver<()>>) -> Receiver<Result<Found, String>> {
        let (sender, receiver) = sync_channel(1);
        let settings = self.settings.clone();
        let spawned = std::thread::Builder::new().name("open device".into()).spawn(move || {
            if let Some(left) = left {
                // One that hangs is not waited for: then opening tells who holds it.
                let _ = left.recv_timeout(PASSAGE);
            }
            let _ = sender.send(listing::open(&settings));
        });
        if let Err(error) = spawned {
            tracing::warn!("no thread to open a device: {error}");
        }
        receiver
    }

    fn retry_later(&mut self) {
        self.retry_at = Some(Instant::now() + self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    /// The virtual device, with as many channels as were there, so that nothing that names them is lost.
    fn substitute(&self, format: DeviceFormat) -> Box<dyn Opened> {
        let channels = self.device.as_deref().map_or(0, |device| device.inputs().max(device.outputs()));
        let stereo = VirtualSetup::stereo(format);
        Box::new(VirtualSetup { channels: channels.max(stereo.channels), ..stereo })
    }

    fn away(&self, reason: &str) -> String {
        format!(
            "{}: {reason}; playing on the virtual device until it is back, without sound",
            self.settings.device
        )
    }

    /// Ends a device on a thread of its own: a dead server may hold up who leaves it.
    fn replace(&mut self, device: Option<Box<dyn Device>>) {
        if let Some(last) = std::mem::replace(&mut self.device, device) {
            drop(close(last));
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Some(device) = self.device.take() {
            // The process ends: with the device off if it lets itself be ended, without if it hangs.
            let _ = close(device).recv_timeout(FAREWELL);
        }
    }
}

/// Something comes, or the other end goes, once the device has ended. Its turn has ended already: it is given two blocks to
/// let go of what sounds at its MIDI ports.
fn close(device: Box<dyn Device>) -> Receiver<()> {
    let (ended, end) = sync_channel(1);
    let DeviceFormat { sample_rate, block_frames } = device.format();
    let blocks = Duration::from_secs_f64(2.0 * f64::from(block_frames) / f64::from(sample_rate.max(1)));
    let spawned = std::thread::Builder::new().name("close device".into()).spawn(move || {
        std::thread::sleep(blocks);
        drop(device);
        let _ = ended.send(());
    });
    if let Err(error) = spawned {
        tracing::warn!("no thread to close a device: {error}");
    }
    end
}
