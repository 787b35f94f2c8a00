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
//! | recorder | writes takes: [`recording`] |
//! | midi ports, sequencer | find and connect MIDI ports, of a sound server and of ALSA: [`midi`] |
//! | runtime | the calls: `wire` |
//! | capture, render | one each, while there is one |

pub mod arguments;
pub mod audio_thread;
pub mod audition;
pub mod capture;
pub mod captures;
pub mod device;
pub mod device_board;
pub mod device_sounds;
pub mod disk;
pub mod export;
pub mod graph_assembly;
pub mod incident;
pub mod late_blocks;
pub mod live_graph;
pub mod loudness;
pub mod main_loop;
pub mod meters;
pub mod midi;
pub mod parameters;
pub mod previews;
pub mod recording;
pub mod refusal;
pub mod render;
pub mod rig;
pub mod sandbox;
pub mod state_store;
mod sys;
pub mod transport;
pub mod wav_file;
mod wire;
pub mod workshop;

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Instant;

use tokio::sync::{mpsc, watch};

use crate::device::keeper::Keeper;
use crate::device::settings::AudioSettings;
use crate::main_loop::{AudioDevice, EVENTS, Parts};

#[cfg(test)]
signal_rt::guard_allocations!();

/// The process, as it says of itself.
pub const PROCESS: &str = "signal";

/// What a Signal that plays is started with.
#[derive(Debug)]
pub struct Config {
    /// Which device, and how.
    pub settings: AudioSettings,
    /// Where a choice is remembered; none: nowhere.
    pub settings_file: Option<PathBuf>,
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
    let Config { settings, settings_file, telemetry, sandbox_binary } = config;
    settings.check().map_err(anyhow::Error::msg)?;
    let (events, incoming) = mpsc::channel(EVENTS);
    let (sandbox_events, from_sandboxes) = mpsc::channel(EVENTS);
    let recording_status = watch::Sender::default();
    let recording_seen = recording_status.subscribe();
    let measured = settings_file.as_deref().and_then(std::path::Path::parent).map(PathBuf::from);
    let bench = rig::Bench {
        telemetry,
        sandbox_binary,
        events: events.clone(),
        sandbox_events,
        recording_status,
        measured,
    };
    let (mut keeper, opened) = Keeper::begin(settings);
    let format = opened.format();
    let rig::Rig { audio, seat, disk, loudness, sandboxes, graph, transport, mut recording, midi } =
        bench.build(format)?;
    keeper.install(opened, &seat);
    let device = keeper.describe(format, recording.click_output());
    recording.set_device(&device);
    if let Some(remedy) = &device.realtime_remedy {
        tracing::info!("{remedy}");
    }
    let shown = watch::Sender::new(device.clone());
    let device_seen = shown.subscribe();
    let parts = Parts {
        audio,
        disk,
        sandboxes,
        graph,
        transport,
        previews: previews::Previews::default(),
        board: device_board::DeviceBoard::default(),
        device,
        audio_device: AudioDevice { bench, seat, keeper, shown, settings_file },
        pulse: None,
        captures: captures::Captures::Idle,
        loudness,
        auditions: audition::Auditions::default(),
        recording,
        midi,
        searched: Instant::now(),
        left: None,
        leaving: Vec::new(),
    };
    let calls = wire::Calls::playing(events, parts.board.watch(), device_seen, recording_seen);
    serve(listener, calls, |stopped| main_loop::run(parts, incoming, from_sandboxes, stopped), stop).await
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
