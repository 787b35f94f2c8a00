//! ALSA as a device: a sound card without a server in between, or any other PCM of ALSA's configuration that keeps time.
//!
//! 1. [`open`] finds the library, configures capture and playback, and lets them run for a moment with silence: what has no
//!    clock, or never asks for a block, is refused here.
//! 2. [`OpenedAlsa`] says what the device will run at, before it plays.
//! 3. Started, one thread of ours waits for the card, reads, computes and writes, and begins anew where that was too late.
//!
//! Why libasound is loaded at run time, and not reached through a crate: chorus/decisions/0011-load-alsa-at-run-time.md.

mod holder;
mod listing;
mod pace;
mod pair;
mod playing;
mod samples;
mod setup;
mod sys;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{BlockCallback, Device, DeviceFormat, Latency, Opened};
use pair::{Pair, Trouble};
use sys::library;

pub use listing::{AlsaListed, list};

/// What is opened where nothing is named.
pub const DEFAULT_NAME: &str = "default";
/// Channels of what can have any number.
const CHANNELS_OF_PLUGINS: u32 = 2;
/// How long a device has to keep time before it is trusted.
const TRIAL: Duration = Duration::from_millis(20);
/// What is told of a device whose thread ended without a reason.
const DIED: &str = "its thread died: please report this, with the log";
/// Attempts to begin before it counts as failed.
const ATTEMPTS: u32 = 5;

/// What is asked of ALSA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlsaWish {
    /// As ALSA's configuration calls it: "default", "hw:0", "plughw:CARD=PCH,DEV=0".
    pub name: String,
    /// In hertz; none: as near to 48,000 as it can.
    pub rate: Option<u32>,
    /// Frames of a block; none: as near to Loophole's own as it can.
    pub block: Option<u32>,
    /// Most channels in; none: all there are.
    pub inputs: Option<usize>,
    /// Most channels out; none: all there are.
    pub outputs: Option<usize>,
}

/// A device that was tried and does not play yet.
pub struct OpenedAlsa {
    name: String,
    format: DeviceFormat,
    inputs: usize,
    outputs: usize,
    latency: Latency,
    pair: Pair,
    /// What of the wish it can't do, for people.
    pub notice: Option<String>,
}

/// Opens a PCM and tries whether it keeps time. Takes as long as its buffer lasts. `[control]`
///
/// # Errors
/// There is no library, no such PCM, it is in use, or it keeps no time; for people.
pub fn open(wish: &AlsaWish) -> Result<OpenedAlsa, String> {
    let directions = setup::open(library::find()?, wish)?;
    let (format, inputs, outputs) = (directions.format, directions.inputs, directions.outputs);
    let notice = directions.notice.clone();
    let mut pair = Pair::new(directions);
    let latency = tried(&mut pair).map_err(|reason| format!("“{}”: {reason}", wish.name))?;
    let name = format!("alsa:{}", wish.name);
    Ok(OpenedAlsa { name, format, inputs, outputs, latency, pair, notice })
}

/// Lets it run with silence until it has shown that it keeps time. Returns its latency.
fn tried(pair: &mut Pair) -> Result<Latency, String> {
    let mut last = Trouble::Stopped;
    for _ in 0..ATTEMPTS {
        match try_once(pair) {
            Ok(latency) => return Ok(latency),
            Err(Trouble::Gone(reason)) => return Err(reason),
            Err(trouble) => last = trouble,
        }
    }
    tracing::debug!("{last:?}, {ATTEMPTS} times");
    Err(playing::OUT_OF_BREATH.to_owned())
}

fn try_once(pair: &mut Pair) -> Result<Latency, Trouble> {
    let stop = AtomicBool::new(false);
    pair.begin(&stop)?;
    let begun = Instant::now();
    loop {
        pair.due(&stop)?;
        if begun.elapsed() >= TRIAL {
            return pair.latency();
        }
        pair.read()?;
        if let Some(playback) = &mut pair.playback {
            playback.silence();
        }
        pair.write()?;
    }
}

impl Opened for OpenedAlsa {
    fn format(&self) -> DeviceFormat {
        self.format
    }

    fn start(self: Box<Self>, callback: Box<dyn BlockCallback>) -> Result<Box<dyn Device>, String> {
        let Self { name, format, inputs, outputs, latency, pair, .. } = *self;
        let shared = Arc::new(Shared::default());
        let player =
            playing::Player::new(pair, callback, playing::Shape { format, inputs, outputs, latency });
        let (started, start) = std::sync::mpsc::sync_channel(1);
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("device".into())
            .spawn(move || {
                let remedy = signal_rt::enter(signal_rt::Role::Device).remedy;
                if started.send(remedy).is_ok() {
                    player.play(&theirs);
                }
            })
            .map_err(|error| format!("no thread for the device: {error}"))?;
        let remedy = start.recv().map_err(|_| "the device thread ended at once".to_owned())?;
        Ok(Box::new(AlsaDevice {
            name,
            format,
            inputs,
            outputs,
            latency,
            remedy,
            shared,
            thread: Some(thread),
        }))
    }
}

/// What the device thread and the control thread share.
#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    failure: OnceLock<String>,
}

/// A device that plays until it is dropped.
struct AlsaDevice {
    name: String,
    format: DeviceFormat,
    inputs: usize,
    outputs: usize,
    latency: Latency,
    remedy: Option<String>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Device for AlsaDevice {
    fn name(&self) -> &str {
        &self.name
    }

    fn format(&self) -> DeviceFormat {
        self.format
    }

    fn inputs(&self) -> usize {
        self.inputs
    }

    fn outputs(&self) -> usize {
        self.outputs
    }

    fn latency(&self) -> Latency {
        self.latency
    }

    fn realtime_remedy(&self) -> Option<&str> {
        self.remedy.as_deref()
    }

    fn failure(&self) -> Option<String> {
        // Asked first: by its end it has told the reason, if it has one.
        let over = self.thread.as_ref().is_some_and(JoinHandle::is_finished);
        self.shared.failure.get().cloned().or_else(|| over.then(|| DIED.to_owned()))
    }

    fn is_exclusive(&self) -> bool {
        true
    }
}

impl Drop for AlsaDevice {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
