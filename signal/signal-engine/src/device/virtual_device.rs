//! A device without hardware, paced by the system's clock as a sound card is by its own (decision 12).
//!
//! - Block n is due at an absolute time; lateness does not add up.
//! - What it played is what it hears one block later: a loopback cable.
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

use super::{Block, BlockCallback, CHANNELS, Device, DeviceFormat};
use crate::sys;

/// The virtual device; plays from its making until it is dropped.
pub struct VirtualDevice {
    format: DeviceFormat,
    remedy: Option<String>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl VirtualDevice {
    /// Starts the device's thread, which calls `callback` once a period. `[control]`
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn start(format: DeviceFormat, callback: Box<dyn BlockCallback>) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (started, start) = std::sync::mpsc::sync_channel(1);
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("device".into())
            .spawn(move || play(format, callback, &stopped, started))?;
        let remedy = start.recv().map_err(|_| io::Error::other("the device thread ended at once"))?;
        Ok(Self { format, remedy, stop, thread: Some(thread) })
    }
}

impl Device for VirtualDevice {
    fn name(&self) -> &str {
        "virtual"
    }

    fn format(&self) -> DeviceFormat {
        self.format
    }

    fn realtime_remedy(&self) -> Option<&str> {
        self.remedy.as_deref()
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
    format: DeviceFormat,
    mut callback: Box<dyn BlockCallback>,
    stop: &AtomicBool,
    started: SyncSender<Option<String>>,
) {
    let remedy = signal_rt::enter(signal_rt::Role::Device).remedy;
    if started.send(remedy).is_err() {
        return;
    }
    let mut loopback = Loopback::new(format.block_frames as usize);
    let mut pace = Pace::new(format, Instant::now());
    while !stop.load(Ordering::Relaxed) {
        sys::sleep_until(pace.start);
        pace.begin(Instant::now());
        let (input, mut output) = loopback.turn();
        for channel in &mut output {
            channel.fill(0.0);
        }
        callback.process(&mut Block {
            input,
            output,
            start: pace.start,
            end: pace.end(),
            late_blocks: pace.late_blocks,
            xruns: pace.xruns,
        });
        pace.finish(Instant::now());
    }
}

/// Two buffers that change places: what was played, and what is being.
struct Loopback {
    played: [Vec<f32>; CHANNELS],
    playing: [Vec<f32>; CHANNELS],
}

impl Loopback {
    fn new(frames: usize) -> Self {
        let silence = || std::array::from_fn(|_| vec![0.0; frames]);
        Self { played: silence(), playing: silence() }
    }

    fn turn(&mut self) -> ([&[f32]; CHANNELS], [&mut [f32]; CHANNELS]) {
        std::mem::swap(&mut self.played, &mut self.playing);
        (self.played.each_ref().map(Vec::as_slice), self.playing.each_mut().map(Vec::as_mut_slice))
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
    late_blocks: u64,
    xruns: u64,
}

impl Pace {
    fn new(format: DeviceFormat, now: Instant) -> Self {
        Self {
            start: now,
            period_scaled: u64::from(format.block_frames) * 1_000_000_000,
            remainder: 0,
            sample_rate: u64::from(format.sample_rate.max(1)),
            late_blocks: 0,
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

    fn finish(&mut self, now: Instant) {
        let end = self.end();
        if now > end {
            self.late_blocks += 1;
        }
        self.remainder = (self.period_scaled + self.remainder) % self.sample_rate;
        self.start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const FORMAT: DeviceFormat = DeviceFormat { sample_rate: 48_000, block_frames: 64 };

    /// Plays a count and reports the first sample of what it hears.
    struct Counter {
        block: u32,
        heard: mpsc::SyncSender<f32>,
    }

    impl BlockCallback for Counter {
        fn process(&mut self, block: &mut Block<'_>) {
            self.block += 1;
            let [left, _] = &mut block.output;
            left.fill(self.block as f32);
            let _ = self.heard.try_send(block.input[0][0]);
        }
    }

    #[test]
    fn device_hears_what_it_played_one_block_later() {
        let (heard, ear) = mpsc::sync_channel(64);
        let device = VirtualDevice::start(FORMAT, Box::new(Counter { block: 0, heard })).expect("started");
        let blocks: Vec<f32> = ear.iter().take(5).collect();
        drop(device);
        assert_eq!(blocks, [0.0, 1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn periods_of_a_rate_that_does_not_divide_a_second_do_not_drift() {
        let format = DeviceFormat { sample_rate: 44_100, block_frames: 100 };
        let zero = Instant::now();
        let mut pace = Pace::new(format, zero);
        for _ in 0..441 {
            pace.begin(pace.start);
            pace.finish(pace.start);
        }
        assert_eq!(pace.start, zero + Duration::from_secs(1));
        assert_eq!((pace.late_blocks, pace.xruns), (0, 0));
    }

    #[test]
    fn late_return_is_a_late_block_and_late_wake_an_xrun() {
        let zero = Instant::now();
        let mut pace = Pace::new(FORMAT, zero);
        let period = pace.period();
        let tick = Duration::from_nanos(1);
        pace.begin(zero);
        pace.finish(zero + period + tick);
        assert_eq!((pace.late_blocks, pace.xruns), (1, 0));
        pace.begin(zero + period + tick);
        assert_eq!(pace.start, zero + period, "a small delay is caught up");
        pace.finish(zero + period + tick);
        pace.begin(zero + period * 10);
        assert_eq!(pace.xruns, 1);
        assert_eq!(pace.start, zero + period * 10, "lost time is not played in a hurry");
    }
}
