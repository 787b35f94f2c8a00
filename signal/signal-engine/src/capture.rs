//! Writes exactly what the device was given to a WAV file, for tests and for "what did I hear?".
//!
//! 1. [`Capture::start`] begins the file and returns a [`CaptureTap`], which goes to the audio thread.
//! 2. The tap is armed with the next Play and from then on puts every block into a ring; what finds no room is counted.
//! 3. [`Capture::finish`], after the tap came back or was dropped, writes out the ring and completes the file.
//!
//! The writer thread owns the file; the audio thread never waits for it.

use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::device::CHANNELS;
use crate::wav_file::{SampleFormat, WavError, WavFile};

/// Seconds of sound the ring holds: a disk that stalls longer loses frames, which are counted.
const RING_SECONDS: usize = 4;
/// How often the writer looks for new samples; short beside [`RING_SECONDS`].
const WRITE_INTERVAL: Duration = Duration::from_millis(20);

/// The audio thread's end of a capture. `[audio]`
pub struct CaptureTap {
    samples: rtrb::Producer<f32>,
    start_sample: Option<i64>,
    lost_frames: u64,
}

impl CaptureTap {
    /// Starts capturing with the block that begins at song position `position_samples`; later calls change nothing.
    pub fn arm(&mut self, position_samples: i64) {
        self.start_sample.get_or_insert(position_samples);
    }

    /// Whether it captures.
    pub fn is_armed(&self) -> bool {
        self.start_sample.is_some()
    }

    /// Captures frames of both channels, if armed. Does not allocate or wait.
    pub fn write(&mut self, left: &[f32], right: &[f32]) {
        if self.start_sample.is_none() {
            return;
        }
        let room = self.samples.slots() / CHANNELS;
        let frames = left.len().min(room);
        self.lost_frames += (left.len() - frames) as u64;
        if let Ok(chunk) = self.samples.write_chunk_uninit(frames * CHANNELS) {
            let interleaved = left.iter().zip(right).take(frames).flat_map(|(left, right)| [*left, *right]);
            chunk.fill_from_iter(interleaved);
        }
    }
}

/// What was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Captured {
    /// Frames in the file.
    pub frames: u64,
    /// Frames that found no room in the ring.
    pub lost_frames: u64,
    /// Song position of the first frame; 0 if nothing was played.
    pub start_sample: i64,
}

/// The control thread's end of a capture. `[control]`
pub struct Capture {
    writer: JoinHandle<Result<u64, WavError>>,
}

impl Capture {
    /// Begins the file `path` (absolute) and the thread that writes it.
    ///
    /// # Errors
    /// The file can't be begun.
    pub fn start(path: &Path, sample_rate: u32) -> Result<(Self, CaptureTap), WavError> {
        let file = WavFile::create(path, sample_rate, CHANNELS as u16, SampleFormat::Float32)?;
        let (samples, ring) = rtrb::RingBuffer::new(RING_SECONDS * sample_rate as usize * CHANNELS);
        let writer = std::thread::Builder::new()
            .name("capture".into())
            .spawn(move || write_out(ring, file))
            .map_err(|error| WavError::Write(path.into(), error))?;
        Ok((Self { writer }, CaptureTap { samples, start_sample: None, lost_frames: 0 }))
    }

    /// Takes back the tap, writes what is left and completes the file. Waits for the disk.
    ///
    /// # Errors
    /// The file could not be written.
    pub fn finish(self, tap: CaptureTap) -> Result<Captured, WavError> {
        let CaptureTap { samples, start_sample, lost_frames } = tap;
        drop(samples);
        let frames = self.writer.join().unwrap_or(Ok(0))?;
        Ok(Captured { frames, lost_frames, start_sample: start_sample.unwrap_or(0) })
    }
}

fn write_out(mut ring: rtrb::Consumer<f32>, mut file: WavFile) -> Result<u64, WavError> {
    loop {
        // Asked before looking: what was put in ahead of the end is still found.
        let last = ring.is_abandoned();
        let count = ring.slots() / CHANNELS * CHANNELS;
        if let Ok(chunk) = ring.read_chunk(count) {
            let (first, second) = chunk.as_slices();
            file.write(first)?;
            file.write(second)?;
            chunk.commit_all();
        }
        if last {
            return Ok(file.finish()?.frames);
        }
        std::thread::sleep(WRITE_INTERVAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_holds_every_frame_from_the_arming_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("heard.wav");
        let (capture, mut tap) = Capture::start(&path, 48_000).expect("started");
        tap.write(&[9.0; 10], &[9.0; 10]);
        tap.arm(1234);
        tap.write(&[1.0, 2.0], &[-1.0, -2.0]);
        tap.arm(99);
        tap.write(&[3.0], &[-3.0]);
        let captured = capture.finish(tap).expect("finished");
        assert_eq!(captured, Captured { frames: 3, lost_frames: 0, start_sample: 1234 });
        let samples: Vec<f32> =
            hound::WavReader::open(&path).expect("opened").samples().map(|s| s.expect("a sample")).collect();
        assert_eq!(samples, [1.0, -1.0, 2.0, -2.0, 3.0, -3.0]);
    }

    #[test]
    fn frames_without_room_are_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        let (capture, mut tap) = Capture::start(&folder.path().join("heard.wav"), 100).expect("started");
        tap.arm(0);
        let block = vec![0.5; 10_000];
        tap.write(&block, &block);
        let captured = capture.finish(tap).expect("finished");
        assert_eq!(captured.frames + captured.lost_frames, 10_000);
        assert!(captured.lost_frames > 0);
    }
}
