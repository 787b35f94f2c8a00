//! The way of the sound from the audio thread to whoever measures it: a ring of samples, and marks where the measurement
//! begins anew.
//!
//! The audio thread never waits for it. What finds no room is counted, and the count is published with the measurement.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use signal_rt::rtrb::{Consumer, Producer, RingBuffer};

use super::LoudnessMeter;
use crate::device::CHANNELS;

/// Seconds of sound the ring holds: longer than any pause of a thread of normal priority that is not a fault.
const RING_SECONDS: usize = 4;
/// Beginnings under way: more than anybody can press play within [`RING_SECONDS`].
const MARKS: usize = 64;

/// The audio thread's end. `[audio]`
pub struct LoudnessTap {
    samples: Producer<f32>,
    marks: Producer<u64>,
    pushed_frames: u64,
    lost_frames: Arc<AtomicU64>,
}

/// The measuring thread's end. `[any]`
pub struct LoudnessFeed {
    samples: Consumer<f32>,
    marks: Consumer<u64>,
    taken_frames: u64,
    lost_frames: Arc<AtomicU64>,
    /// Of the lost frames, those before the measurement began.
    forgiven_frames: u64,
    left: Vec<f32>,
    right: Vec<f32>,
}

/// Makes both ends. `[control]`
pub fn tap(sample_rate: u32) -> (LoudnessTap, LoudnessFeed) {
    let (samples, from_tap) = RingBuffer::new(RING_SECONDS * sample_rate as usize * CHANNELS);
    let (marks, marks_from_tap) = RingBuffer::new(MARKS);
    let lost_frames = Arc::new(AtomicU64::new(0));
    let tap = LoudnessTap { samples, marks, pushed_frames: 0, lost_frames: Arc::clone(&lost_frames) };
    let feed = LoudnessFeed {
        samples: from_tap,
        marks: marks_from_tap,
        taken_frames: 0,
        lost_frames,
        forgiven_frames: 0,
        left: Vec::new(),
        right: Vec::new(),
    };
    (tap, feed)
}

impl LoudnessTap {
    /// The measurement begins anew with the next frame.
    pub fn begin_anew(&mut self) {
        if self.marks.push(self.pushed_frames).is_err() {
            // What was to be left out is measured: the figures are not of what they say.
            self.lost_frames.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Passes frames on. Neither allocates nor waits.
    pub fn write(&mut self, left: &[f32], right: &[f32]) {
        let frames = left.len().min(self.samples.slots() / CHANNELS);
        if frames < left.len() {
            self.lost_frames.fetch_add((left.len() - frames) as u64, Ordering::Relaxed);
        }
        if let Ok(chunk) = self.samples.write_chunk_uninit(frames * CHANNELS) {
            let interleaved = left.iter().zip(right).take(frames).flat_map(|(left, right)| [*left, *right]);
            chunk.fill_from_iter(interleaved);
            self.pushed_frames += frames as u64;
        }
    }
}

impl LoudnessFeed {
    /// Measures everything that has come.
    pub fn drain(&mut self, meter: &mut LoudnessMeter) {
        loop {
            // A mark is there before the samples behind it are, so no sample is taken without those before it.
            let available = self.samples.slots() / CHANNELS;
            let mark = self.marks.peek().ok().copied();
            let until_mark = mark.map(|mark| mark.saturating_sub(self.taken_frames));
            if until_mark == Some(0) {
                let _ = self.marks.pop();
                self.begin_anew(meter);
                continue;
            }
            let frames = until_mark
                .map_or(available, |frames| available.min(usize::try_from(frames).unwrap_or(available)));
            if frames == 0 {
                return;
            }
            self.take(frames, meter);
        }
    }

    /// Forgets what was measured and what was lost.
    pub fn begin_anew(&mut self, meter: &mut LoudnessMeter) {
        meter.reset();
        self.forgiven_frames = self.lost_frames.load(Ordering::Relaxed);
    }

    /// Frames since the beginning that were not measured.
    pub fn lost_frames(&self) -> u64 {
        self.lost_frames.load(Ordering::Relaxed).saturating_sub(self.forgiven_frames)
    }

    /// Whether the audio thread's end is gone.
    pub fn is_over(&self) -> bool {
        self.samples.is_abandoned()
    }

    fn take(&mut self, frames: usize, meter: &mut LoudnessMeter) {
        let Ok(chunk) = self.samples.read_chunk(frames * CHANNELS) else { return };
        self.left.clear();
        self.right.clear();
        let (first, second) = chunk.as_slices();
        for (index, sample) in first.iter().chain(second).enumerate() {
            let side = if index % CHANNELS == 0 { &mut self.left } else { &mut self.right };
            side.push(*sample);
        }
        chunk.commit_all();
        self.taken_frames += frames as u64;
        meter.add(&[&self.left, &self.right]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measurement_begins_at_the_very_frame_of_the_mark() {
        let (mut tap, mut feed) = tap(48_000);
        let mut meter = LoudnessMeter::new(48_000, 2).expect("a meter");
        tap.write(&[1.0; 1000], &[1.0; 1000]);
        tap.begin_anew();
        tap.write(&[0.25; 500], &[0.5; 500]);
        feed.drain(&mut meter);
        assert_eq!(meter.finish().measured_frames, 500);
        assert_eq!(feed.lost_frames(), 0);
    }

    #[test]
    fn frames_without_room_are_told_until_the_next_beginning() {
        let (mut tap, mut feed) = tap(1_000);
        let mut meter = LoudnessMeter::new(48_000, 2).expect("a meter");
        for _ in 0..5 {
            tap.write(&[0.5; 1000], &[0.5; 1000]);
        }
        feed.drain(&mut meter);
        assert_eq!((meter.finish().measured_frames, feed.lost_frames()), (4000, 1000));
        tap.begin_anew();
        feed.drain(&mut meter);
        assert_eq!((meter.finish().measured_frames, feed.lost_frames()), (0, 0));
    }
}
