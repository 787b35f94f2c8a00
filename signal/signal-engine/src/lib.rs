//! The process that makes sound: devices, the audio thread, sound from disk, rendering, and the calls that steer them.
//!
//! 1. [`run`] starts the audio device and serves `SignalService`. The telemetry block says where the last Signal was.
//! 2. Pulse connects and sends the graph; changes are compiled on the control thread and swapped in between two blocks.
//! 3. When it is told to stop, it ends the device and its sandboxes.
//!
//! [`run_offline`] serves renders alone: no device, no telemetry.
//!
//! | thread | does |
//! |---|---|
//! | device | computes blocks: [`audio_thread`] |
//! | main | [`main_loop`]: everything else that is quick |
//! | loudness | measures what is played: [`loudness`] |
//! | disk | reads ahead of the playhead: [`disk`] |
//! | runtime | the calls: `wire` |
//! | capture, render | one each, while there is one |

pub mod arguments;
pub mod audio_thread;
pub mod audition;
pub mod capture;
pub mod captures;
pub mod device;
pub mod device_board;
pub mod disk;
pub mod graph_assembly;
pub mod live_graph;
pub mod loudness;
pub mod main_loop;
pub mod meters;
pub mod parameters;
pub mod previews;
pub mod refusal;
pub mod render;
pub mod sandbox;
pub mod state_store;
mod sys;
pub mod transport;
pub mod wav_file;
mod wire;
pub mod workshop;

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use signal_nodes::sound::DiskLate;
use signal_nodes::workshop::Setting;
use tokio::sync::{mpsc, watch};

use crate::device::{Device as _, DeviceFormat, LARGEST_BLOCK_FRAMES, Seat, VirtualDevice, VirtualSetup};
use crate::main_loop::{DeviceDescription, EVENTS, Parts};

#[cfg(test)]
signal_rt::guard_allocations!();

/// The process, as it says of itself.
pub const PROCESS: &str = "signal";

/// What a Signal that plays is started with.
#[derive(Debug)]
pub struct Config {
    /// What the virtual device runs at.
    pub format: DeviceFormat,
    /// The telemetry block.
    pub telemetry: OwnedFd,
    /// The program that hosts plugins.
    pub sandbox_binary: PathBuf,
}

/// Plays and serves until `stop` completes.
///
/// # Errors
/// A block of telemetry or a device that can't be used, a transport that failed, a device that hangs.
pub async fn run(
    listener: link::Listener,
    config: Config,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let format = config.format;
    check_format(format)?;
    let telemetry = shm::telemetry::Writer::open(&config.telemetry).context("the telemetry block")?;
    let before = telemetry.transport().unwrap_or_default();
    let (loudness_tap, loudness_feed) = loudness::tap(format.sample_rate);
    let (mut audio, thread) = audio_thread::audio_thread(format, telemetry, loudness_tap);
    let (events, incoming) = mpsc::channel(EVENTS);
    let mut transport = transport::Transport::new(events.clone());
    transport.restore(before.position_samples, before.playing, &mut audio)?;
    let late = Arc::new(DiskLate::default());
    let disk = disk::Disk::start(format.sample_rate, audio.playhead(), Arc::clone(&late))
        .context("the disk thread")?;
    let loudness_writer =
        shm::telemetry::LoudnessWriter::open(&config.telemetry).context("the telemetry block")?;
    let loudness = loudness::LoudnessThread::start(loudness_feed, format.sample_rate, loudness_writer)
        .context("the loudness thread")?;
    let seat = Seat::new(Box::new(thread));
    let device = VirtualDevice::start(VirtualSetup::stereo(format), Box::new(seat.next()))
        .context("the audio device")?;
    let description = describe(&device);
    let setting = Setting { sample_rate: format.sample_rate, max_frames: format.block_frames as usize, late };
    let sandboxes = sandbox::Setup {
        binary: config.sandbox_binary,
        sample_rate: format.sample_rate,
        max_frames: format.block_frames,
        offline: false,
    };
    let (sandbox_events, from_sandboxes) = mpsc::channel(EVENTS);
    let sandboxes = sandbox::Sandboxes::start(sandboxes, sandbox_events).context("the sandboxes")?;
    let parts = Parts {
        audio,
        disk,
        sandboxes,
        graph: live_graph::LiveGraph::new(setting),
        transport,
        previews: previews::Previews::default(),
        board: device_board::DeviceBoard::default(),
        device: description,
        pulse: None,
        captures: captures::Captures::Idle,
        loudness,
        auditions: audition::Auditions::default(),
        searched: Instant::now(),
    };
    let calls = wire::Calls::playing(events, parts.board.watch());
    let served =
        serve(listener, calls, |stopped| main_loop::run(parts, incoming, from_sandboxes, stopped), stop)
            .await;
    if served.is_err() {
        // It may be the device's thread that hangs. The end of the process ends it, waiting for it would not.
        std::mem::forget(device);
    }
    served
}

/// Serves renders until `stop` completes.
///
/// # Errors
/// A transport that failed.
pub async fn run_offline(
    listener: link::Listener,
    setup: render::OfflineSetup,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let calls = wire::Calls::offline(setup);
    wire::serve(listener, calls, stop).await?;
    Ok(())
}

fn check_format(format: DeviceFormat) -> anyhow::Result<()> {
    anyhow::ensure!((8_000..=384_000).contains(&format.sample_rate), "the rate must be 8000 to 384000 Hz");
    anyhow::ensure!(
        (16..=LARGEST_BLOCK_FRAMES).contains(&format.block_frames),
        "a block has 16 to {LARGEST_BLOCK_FRAMES} frames"
    );
    Ok(())
}

fn describe(device: &VirtualDevice) -> DeviceDescription {
    let realtime_remedy = device.realtime_remedy().map(str::to_owned);
    if let Some(remedy) = &realtime_remedy {
        tracing::info!("{remedy}");
    }
    DeviceDescription { name: device.name().to_owned(), format: device.format(), realtime_remedy }
}

/// Serves `calls` beside the main loop. Whichever ends first ends the other.
async fn serve<L>(
    listener: link::Listener,
    calls: wire::Calls,
    main_loop: impl FnOnce(Stopped) -> L,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()>
where
    L: Future<Output = Result<(), audio_thread::DeviceHangs>>,
{
    let stopping = watch::Sender::new(false);
    let stopped = || -> Stopped {
        let mut stopping = stopping.subscribe();
        Box::pin(async move { drop(stopping.wait_for(|stopping| *stopping).await) })
    };
    let server = async {
        let ended = wire::serve(listener, calls, stopped()).await;
        stopping.send_replace(true);
        ended
    };
    let looping = async {
        let ended = main_loop(stopped()).await;
        stopping.send_replace(true);
        ended
    };
    let stopper = async {
        tokio::select! { () = stop => {} () = stopped() => {} }
        stopping.send_replace(true);
    };
    let (served, looped, ()) = tokio::join!(server, looping, stopper);
    looped?;
    Ok(served?)
}

type Stopped = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
