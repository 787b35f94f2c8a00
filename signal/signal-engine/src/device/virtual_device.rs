//! A device without hardware, paced by the system's clock as a sound card is by its own (decision 12).
//!
//! - Block n is due at an absolute time; lateness does not add up.
//! - Each output is wired to the input of its number: what it plays it hears an exactly known time later. So is its MIDI
//!   port, "Loopback".
//! - Woken over half a period late it has lost time. It counts an xrun and begins its pace anew from now, so that each block
//!   has most of a period; no block is left out, so what it plays is the same however busy the machine is.
//!
//! It converts nothing and writes no file.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::midi_cable::{LoopbackPorts, MidiCable};
use super::{
    Block, BlockCallback, CHANNELS, Device, DeviceFormat, LARGEST_BLOCK_FRAMES, Latency, MOST_CHANNELS,
    MidiMessage, Opened, OuterPort, WantedPort,
};
use crate::sys;

/// Longest loopback, in frames: over a second at 48 kHz.
const LONGEST_LOOPBACK: u32 = 65_536;

/// What a virtual device is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VirtualSetup {
    /// What it runs at.
    pub format: DeviceFormat,
    /// Channels in and out, 1 to [`MOST_CHANNELS`].
    pub channels: usize,
    /// Frames from what it plays to what it hears. At least a block: what is played in one is heard in the next.
    pub loopback_frames: u32,
}

impl VirtualSetup {
    /// Stereo, with the shortest loopback: a block.
    pub fn stereo(format: DeviceFormat) -> Self {
        Self { format, channels: CHANNELS, loopback_frames: format.block_frames }
    }

    /// Its loopback as the two halves that a device reports: a block of input, the rest output.
    fn latency(self) -> Latency {
        let input = self.format.block_frames.min(self.loopback_frames);
        Latency { input, output: self.loopback_frames - input }
    }
}

/// The virtual device; plays from its making until it is dropped.
pub struct VirtualDevice {
    name: String,
    setup: VirtualSetup,
    remedy: Option<String>,
    stop: Arc<AtomicBool>,
    midi: Arc<LoopbackPorts>,
    thread: Option<JoinHandle<()>>,
}

impl VirtualDevice {
    /// Starts the device's thread, which calls `callback` once a period. `[control]`
    ///
    /// # Errors
    /// A setup out of range, or the thread could not be started.
    pub fn start(setup: VirtualSetup, callback: Box<dyn BlockCallback>) -> io::Result<Self> {
        check(setup)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (started, start) = std::sync::mpsc::sync_channel(1);
        let stopped = Arc::clone(&stop);
        let midi = Arc::<LoopbackPorts>::default();
        let ports = Arc::clone(&midi);
        let thread = std::thread::Builder::new()
            .name("device".into())
            .spawn(move || play(setup, callback, &ports, &stopped, started))?;
        let remedy = start.recv().map_err(|_| io::Error::other("the device thread ended at once"))?;
        Ok(Self { name: name(setup), setup, remedy, stop, midi, thread: Some(thread) })
    }
}

fn check(setup: VirtualSetup) -> io::Result<()> {
    let block = setup.format.block_frames;
    let refusal = if !(1..=MOST_CHANNELS).contains(&setup.channels) {
        format!("the virtual device has 1 to {MOST_CHANNELS} channels")
    } else if block > LARGEST_BLOCK_FRAMES || !(block..=LONGEST_LOOPBACK).contains(&setup.loopback_frames) {
        format!("the virtual device hears what it plays after one block to {LONGEST_LOOPBACK} frames")
    } else {
        return Ok(());
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, refusal))
}

/// "virtual", or what it was chosen by: "virtual:CHANNELS", "virtual:CHANNELS:LOOPBACK".
fn name(setup: VirtualSetup) -> String {
    let VirtualSetup { format, channels, loopback_frames } = setup;
    match (channels, loopback_frames == format.block_frames) {
        (CHANNELS, true) => "virtual".to_owned(),
        (_, true) => format!("virtual:{channels}"),
        (_, false) => format!("virtual:{channels}:{loopback_frames}"),
    }
}

impl Opened for VirtualSetup {
    fn format(&self) -> DeviceFormat {
        self.format
    }

    fn start(self: Box<Self>, callback: Box<dyn BlockCallback>) -> Result<Box<dyn Device>, String> {
        let device = VirtualDevice::start(*self, callback).map_err(|error| error.to_string())?;
        Ok(Box::new(device))
    }
}

impl Device for VirtualDevice {
    fn name(&self) -> &str {
        &self.name
    }

    fn format(&self) -> DeviceFormat {
        self.setup.format
    }

    fn inputs(&self) -> usize {
        self.setup.channels
    }

    fn outputs(&self) -> usize {
        self.setup.channels
    }

    fn latency(&self) -> Latency {
        self.setup.latency()
    }

    fn loops_back(&self) -> bool {
        true
    }

    fn realtime_remedy(&self) -> Option<&str> {
        self.remedy.as_deref()
    }

    fn failure(&self) -> Option<String> {
        None
    }

    fn midi_ports(&self) -> Vec<OuterPort> {
        self.midi.list(self.setup.latency())
    }

    fn open_midi(&self, wanted: &[WantedPort]) {
        self.midi.open(wanted);
    }
}

impl Drop for VirtualDevice {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The device thread, from its priority to its end.
fn play(
    setup: VirtualSetup,
    mut callback: Box<dyn BlockCallback>,
    ports: &LoopbackPorts,
    stop: &AtomicBool,
    started: SyncSender<Option<String>>,
) {
    let remedy = signal_rt::enter(signal_rt::Role::Device).remedy;
    if started.send(remedy).is_err() {
        return;
    }
    let frames = setup.format.block_frames as usize;
    let mut cable = Cable::new(setup);
    let mut midi = MidiCable::new(setup.loopback_frames, setup.latency().input);
    let mut pace = Pace::new(setup.format, Instant::now());
    let mut position = 0;
    while !stop.load(Ordering::Relaxed) {
        sys::sleep_until(pace.start);
        pace.begin(Instant::now());
        let xruns = std::mem::take(&mut pace.xruns);
        let (start, end) = (pace.start, pace.end());
        let arriving = midi.arriving(position, frames, ports);
        cable.turn(arriving, |input, output, midi| {
            callback.process(&mut Block {
                frames,
                position,
                input,
                output,
                midi,
                latency: setup.latency(),
                start,
                end,
                xruns,
            });
        });
        callback.midi_out(&mut |message| midi.send(position, message, ports));
        position += frames as u64;
        pace.finish();
    }
}

/// From each output to the input of its number, an exact number of frames long.
struct Cable {
    /// Of each channel: the frames under way, oldest first, then room for a block.
    lines: Vec<Vec<f32>>,
    playing: Vec<Vec<f32>>,
    frames: usize,
}

impl Cable {
    fn new(setup: VirtualSetup) -> Self {
        let (frames, length) = (setup.format.block_frames as usize, setup.loopback_frames as usize);
        let silence = |length| vec![vec![0.0; length]; setup.channels];
        Self { lines: silence(length), playing: silence(frames), frames }
    }

    /// One block: `process` gets what arrives and fills what is sent off.
    fn turn(
        &mut self,
        midi: &[MidiMessage],
        process: impl for<'a> FnOnce(&'a [&'a [f32]], &'a mut [&'a mut [f32]], &'a [MidiMessage]),
    ) {
        let mut input: [&[f32]; MOST_CHANNELS] = [&[]; MOST_CHANNELS];
        for (heard, line) in input.iter_mut().zip(&self.lines) {
            *heard = &line[..self.frames];
        }
        let mut output: [&mut [f32]; MOST_CHANNELS] = std::array::from_fn(|_| [].as_mut_slice());
        for (channel, playing) in output.iter_mut().zip(&mut self.playing) {
            playing.fill(0.0);
            *channel = playing;
        }
        let channels = self.lines.len();
        process(&input[..channels], &mut output[..channels], midi);
        for (line, played) in self.lines.iter_mut().zip(&self.playing) {
            line.copy_within(self.frames.., 0);
            let kept = line.len() - self.frames;
            line[kept..].copy_from_slice(played);
        }
    }
}

/// When blocks are due, and what went wrong.
#[derive(Debug)]
struct Pace {
    start: Instant,
    /// The period in nanoseconds times the sample rate: whole, so that no pace drifts.
    period_scaled: u64,
    remainder: u64,
    sample_rate: u64,
    /// Times it was late to begin a block, since they were last told.
    xruns: u32,
}

impl Pace {
    fn new(format: DeviceFormat, now: Instant) -> Self {
        Self {
            start: now,
            period_scaled: u64::from(format.block_frames) * 1_000_000_000,
            remainder: 0,
            sample_rate: u64::from(format.sample_rate.max(1)),
            xruns: 0,
        }
    }

    fn period(&self) -> Duration {
        Duration::from_nanos((self.period_scaled + self.remainder) / self.sample_rate)
    }

    fn end(&self) -> Instant {
        self.start + self.period()
    }

    fn begin(&mut self, now: Instant) {
        if now > self.start + self.period() / 2 {
            self.xruns += 1;
            self.start = now;
        }
    }

    fn finish(&mut self) {
        let end = self.end();
        self.remainder = (self.period_scaled + self.remainder) % self.sample_rate;
        self.start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const FORMAT: DeviceFormat = DeviceFormat { sample_rate: 48_000, block_frames: 64 };

    /// Plays its frame count on the channel's own and reports the first sample that each channel hears.
    struct Counter {
        heard: mpsc::SyncSender<Vec<f32>>,
    }

    impl BlockCallback for Counter {
        fn process(&mut self, block: &mut Block<'_>) {
            for (channel, samples) in block.output.iter_mut().enumerate() {
                for (frame, sample) in samples.iter_mut().enumerate() {
                    *sample = (block.position as usize + frame + 1) as f32 + channel as f32 * 1e6;
                }
            }
            let _ = self.heard.try_send(block.input.iter().map(|channel| channel[0]).collect());
        }
    }

    fn hears(setup: VirtualSetup) -> Vec<Vec<f32>> {
        let (heard, ear) = mpsc::sync_channel(64);
        let device = VirtualDevice::start(setup, Box::new(Counter { heard })).expect("started");
        let blocks = ear.iter().take(5).collect();
        drop(device);
        blocks
    }

    #[test]
    fn device_hears_what_it_played_one_block_later() {
        let blocks = hears(VirtualSetup::stereo(FORMAT));
        let left: Vec<f32> = blocks.iter().map(|channels| channels[0]).collect();
        assert_eq!(left, [0.0, 1.0, 65.0, 129.0, 193.0]);
    }

    #[test]
    fn every_channel_is_heard_after_exactly_the_loopback() {
        let setup = VirtualSetup { format: FORMAT, channels: 8, loopback_frames: 101 };
        let blocks = hears(setup);
        assert_eq!(setup.latency(), Latency { input: 64, output: 37 });
        // Frame 0 arrives at frame 101, so the block at 128 begins with what was played as the 28th sample.
        assert_eq!(blocks[2][0], 28.0);
        assert_eq!(blocks[3][7], 92.0 + 7e6);
        assert!(blocks.iter().all(|channels| channels.len() == 8));
    }

    #[test]
    fn loopback_shorter_than_a_block_is_refused() {
        let setup = VirtualSetup { loopback_frames: 63, ..VirtualSetup::stereo(FORMAT) };
        let (heard, _ear) = mpsc::sync_channel(1);
        assert!(VirtualDevice::start(setup, Box::new(Counter { heard })).is_err());
    }

    #[test]
    fn periods_of_a_rate_that_does_not_divide_a_second_do_not_drift() {
        let format = DeviceFormat { sample_rate: 44_100, block_frames: 100 };
        let zero = Instant::now();
        let mut pace = Pace::new(format, zero);
        for _ in 0..441 {
            pace.begin(pace.start);
            pace.finish();
        }
        assert_eq!(pace.start, zero + Duration::from_secs(1));
        assert_eq!(pace.xruns, 0);
    }

    #[test]
    fn a_late_wake_is_caught_up_or_an_xrun() {
        let zero = Instant::now();
        let mut pace = Pace::new(FORMAT, zero);
        let period = pace.period();
        let tick = Duration::from_nanos(1);
        pace.begin(zero);
        pace.finish();
        pace.begin(zero + period + tick);
        assert_eq!(pace.start, zero + period, "a small delay is caught up");
        pace.finish();
        pace.begin(zero + period * 10);
        assert_eq!(pace.xruns, 1);
        assert_eq!(pace.start, zero + period * 10, "lost time is not played in a hurry");
    }
}
