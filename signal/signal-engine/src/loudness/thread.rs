//! The thread that measures the output and publishes what it finds. Of normal priority: it may be late, never wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use shm::telemetry::{Loudness, LoudnessWriter};

use super::{LoudnessFeed, LoudnessMeter};
use crate::device::CHANNELS;

/// Between two looks at the ring: as often as a screen shows it, and short beside what the ring holds.
const PERIOD: Duration = Duration::from_millis(20);

/// Measures until it is dropped. `[control]`
pub struct LoudnessThread {
    orders: Arc<Orders>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Orders {
    begin_anew: AtomicBool,
    stop: AtomicBool,
}

impl LoudnessThread {
    /// Begins to measure what `feed` brings, of `sample_rate` in hertz, and to publish it by `writer`.
    ///
    /// # Errors
    /// The thread could not be started, or the rate can't be measured.
    pub fn start(feed: LoudnessFeed, sample_rate: u32, writer: LoudnessWriter) -> std::io::Result<Self> {
        let meter = LoudnessMeter::new(sample_rate, CHANNELS as u32).map_err(std::io::Error::other)?;
        let orders = Arc::new(Orders::default());
        let to_thread = Arc::clone(&orders);
        let thread = std::thread::Builder::new()
            .name("loudness".into())
            .spawn(move || measure(feed, meter, writer, &to_thread))?;
        Ok(Self { orders, thread: Some(thread) })
    }

    /// The measurement begins anew.
    pub fn begin_anew(&self) {
        self.orders.begin_anew.store(true, Ordering::Relaxed);
    }
}

impl Drop for LoudnessThread {
    fn drop(&mut self) {
        self.orders.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn measure(mut feed: LoudnessFeed, mut meter: LoudnessMeter, mut writer: LoudnessWriter, orders: &Orders) {
    loop {
        // Asked before looking, so that the last samples are still measured.
        let last = orders.stop.load(Ordering::Relaxed) || feed.is_over();
        feed.drain(&mut meter);
        if orders.begin_anew.swap(false, Ordering::Relaxed) {
            feed.begin_anew(&mut meter);
        }
        writer.publish(&Loudness { lost_frames: feed.lost_frames(), ..meter.reading() });
        if last {
            return;
        }
        std::thread::sleep(PERIOD);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tap;
    use super::*;

    #[test]
    fn what_the_tap_was_given_is_published() {
        let memory = shm::telemetry::create().expect("memory");
        let writer = LoudnessWriter::open(&memory).expect("mapped");
        let reader = shm::telemetry::Reader::open(&memory).expect("mapped");
        let (mut tap, feed) = tap(48_000);
        let thread = LoudnessThread::start(feed, 48_000, writer).expect("started");
        let tone: Vec<f32> =
            (0..96_000).map(|frame| 0.5 * (frame as f32 * std::f32::consts::TAU / 48.0).sin()).collect();
        tap.write(&tone, &tone);
        drop(tap);
        drop(thread);
        let loudness = reader.loudness().expect("published");
        assert_eq!((loudness.measured_frames, loudness.lost_frames), (96_000, 0));
        assert!((loudness.momentary + 6.0).abs() < 0.1, "{loudness:?}");
        assert!((loudness.true_peak[1] + 6.0).abs() < 0.1, "{loudness:?}");
    }
}
