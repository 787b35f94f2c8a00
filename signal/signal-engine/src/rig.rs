//! What is made for one rate and block: the audio thread, the disk thread, the sandboxes, the graph and its seat.
//!
//! 1. [`Bench`] holds what outlives any of them.
//! 2. [`Bench::build`] makes them, with the song where the telemetry block says that it was, converted to the new rate.
//! 3. Pulse then derives the graph for that rate and sends it, as after a restart.
//!
//! It starts no device.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use signal_nodes::sound::DiskLate;
use signal_nodes::workshop::Setting;
use tokio::sync::{mpsc, watch};

use crate::audio_thread::{AudioControl, MidiEnds, audio_thread};
use crate::device::settings::RATES;
use crate::device::{DeviceFormat, LARGEST_BLOCK_FRAMES, Seat};
use crate::disk::Disk;
use crate::live_graph::LiveGraph;
use crate::loudness::{self, LoudnessThread};
use crate::main_loop::Event;
use crate::midi::control::MidiControl;
use crate::recording::RecordingControl;
use crate::recording::status::RecordingStatus;
use crate::sandbox::{SandboxEvent, Sandboxes, Setup};
use crate::transport::Transport;

/// What outlives a change of the device's rate or block.
pub struct Bench {
    /// The telemetry block.
    pub telemetry: OwnedFd,
    /// The program that hosts plugins.
    pub sandbox_binary: PathBuf,
    /// Where the transport's disk reports.
    pub events: mpsc::Sender<Event>,
    /// Where sandboxes report.
    pub sandbox_events: mpsc::Sender<SandboxEvent>,
    /// For whoever watches recordings.
    pub recording_status: watch::Sender<RecordingStatus>,
    /// Folder in which measurements of devices are kept; without it they are forgotten.
    pub measured: Option<PathBuf>,
}

/// What is made for one rate and block.
pub struct Rig {
    /// The audio thread's other end.
    pub audio: AudioControl,
    /// Where the audio thread waits for a device.
    pub seat: Seat,
    /// The disk thread's other end.
    pub disk: Disk,
    /// Measures what is played.
    pub loudness: LoudnessThread,
    /// Where plugins run.
    pub sandboxes: Sandboxes,
    /// The graph, empty.
    pub graph: LiveGraph,
    /// At rest, or about to play on once the graph is there.
    pub transport: Transport,
    /// What comes in and is recorded.
    pub recording: RecordingControl,
    /// MIDI ports.
    pub midi: MidiControl,
}

impl Bench {
    /// Makes everything for `format`. `[control]`
    ///
    /// # Errors
    /// A format out of range, a telemetry block that can't be used, a thread that could not be started.
    pub fn build(&self, format: DeviceFormat) -> anyhow::Result<Rig> {
        let DeviceFormat { sample_rate, block_frames } = format;
        anyhow::ensure!(RATES.contains(&sample_rate), "the rate must be 8000 to 384000 Hz");
        anyhow::ensure!(
            (16..=LARGEST_BLOCK_FRAMES).contains(&block_frames),
            "a block has 16 to {LARGEST_BLOCK_FRAMES} frames"
        );
        let telemetry = shm::telemetry::Writer::open(&self.telemetry).context("the telemetry block")?;
        let before = telemetry.transport().unwrap_or_default();
        let (loudness_tap, loudness_feed) = loudness::tap(sample_rate);
        let recording = RecordingControl::start(
            format,
            self.measured.clone(),
            self.events.clone(),
            self.recording_status.clone(),
        );
        let (recording, audio_end) = recording.context("the recorder's thread")?;
        let (midi, outlet, heard) = MidiControl::start();
        let ends = MidiEnds { outlet, heard };
        let (mut audio, thread) = audio_thread(format, telemetry, loudness_tap, audio_end, ends);
        let mut transport = Transport::new(self.events.clone());
        let position = at_rate(before.position_samples, before.sample_rate, sample_rate);
        transport.restore(position, before.playing, &mut audio)?;
        let late = Arc::new(DiskLate::default());
        let disk =
            Disk::start(sample_rate, audio.playhead(), Arc::clone(&late)).context("the disk thread")?;
        let writer = shm::telemetry::LoudnessWriter::open(&self.telemetry).context("the telemetry block")?;
        let loudness =
            LoudnessThread::start(loudness_feed, sample_rate, writer).context("the loudness thread")?;
        let setup = Setup {
            binary: self.sandbox_binary.clone(),
            sample_rate,
            max_frames: block_frames,
            offline: false,
        };
        let sandboxes = Sandboxes::start(setup, self.sandbox_events.clone()).context("the sandboxes")?;
        let setting = Setting { sample_rate, max_frames: block_frames as usize, late };
        let seat = Seat::new(Box::new(thread));
        let graph = LiveGraph::new(setting);
        Ok(Rig { audio, seat, disk, loudness, sandboxes, graph, transport, recording, midi })
    }
}

/// The same moment of the song at another rate, to the nearest sample. A rate of 0 is unknown.
fn at_rate(position: i64, from: u32, to: u32) -> i64 {
    if from == 0 || from == to {
        return position;
    }
    let (from, to) = (i128::from(from), i128::from(to));
    let scaled = (i128::from(position) * to * 2 + from).div_euclid(2 * from);
    i64::try_from(scaled).unwrap_or(position)
}

#[cfg(test)]
mod tests {
    use super::at_rate;

    #[test]
    fn position_keeps_its_moment_at_another_rate() {
        assert_eq!(at_rate(48_000, 48_000, 44_100), 44_100);
        assert_eq!(at_rate(44_100 * 7, 44_100, 96_000), 96_000 * 7);
        assert_eq!(at_rate(1, 48_000, 44_100), 1);
        assert_eq!(at_rate(-48_000, 48_000, 96_000), -96_000);
        assert_eq!(at_rate(5, 0, 96_000), 5);
    }
}
