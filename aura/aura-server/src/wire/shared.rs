//! What all pages see alike: Signal with its devices, the supervisor with its processes. Each is watched by one task,
//! which connects again whenever the other side went away. Pages compare what they were told with what is so now; no
//! change is queued here.

use std::{collections::BTreeMap, future::Future, path::PathBuf, sync::Arc, time::Duration};

use chorus::{
    signal::v1::{
        GetDeviceRequest, GetDeviceResponse, WatchAudioDeviceRequest, WatchAudioDeviceResponse,
        WatchDevicesRequest, WatchDevicesResponse, WatchRecordingRequest, WatchRecordingResponse,
        signal_service_client::SignalServiceClient,
    },
    supervisor::v1::{
        ExportJob, ExportedFile, Process, WatchExportsRequest, WatchProcessesRequest, WatchSongRequest,
        WatchSongResponse, supervisor_service_client::SupervisorServiceClient,
    },
};
use link::{Connection, Connector, Hello, connect_when_ready};
use subtle::ConstantTimeEq as _;
use tokio::sync::watch;
use tonic::Streaming;

use crate::telemetry::Telemetry;

/// Between losing a process and looking for it again: a listener may outlive the process that served it.
const PAUSE_AFTER_LOSS: Duration = Duration::from_millis(100);
/// Between being refused, as another build's process, and asking again.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_secs(2);

/// Signal, as far as pages are concerned.
#[derive(Clone, Debug, Default)]
pub(super) struct SignalView {
    /// `None`: away.
    pub connection: Option<Connection>,
    /// What it plays on.
    pub audio_device: Option<GetDeviceResponse>,
    /// The last word on each device of the graph. Kept while Signal is away; it repeats every one when it is back.
    pub devices: BTreeMap<u64, Arc<WatchDevicesResponse>>,
    /// What is being recorded; while Signal is away nothing is.
    pub recording: Arc<WatchRecordingResponse>,
}

/// The supervisor, as far as pages are concerned.
#[derive(Clone, Debug, Default)]
pub(super) struct SupervisorView {
    /// `None`: away.
    pub connection: Option<Connection>,
    /// The song that is open, and the one that is about to be.
    pub song: WatchSongResponse,
    /// As it last said.
    pub processes: Arc<Vec<Process>>,
    /// As it last said.
    pub exports: Arc<Vec<ExportJob>>,
}

/// What all pages share.
pub struct Shared {
    /// Each page connects there itself, under its own name.
    pub(super) pulse: Connector,
    pub(super) signal: watch::Receiver<SignalView>,
    pub(super) supervisor: watch::Receiver<SupervisorView>,
    pub(super) telemetry: watch::Receiver<Arc<Telemetry>>,
}

impl Shared {
    /// Starts watching Signal and the supervisor, until the runtime ends. Must be called within a tokio runtime.
    #[must_use]
    pub fn watch(
        pulse: Connector,
        signal: Connector,
        supervisor: Connector,
        telemetry: watch::Receiver<Arc<Telemetry>>,
    ) -> Self {
        let (signal_view, signal_seen) = watch::channel(SignalView::default());
        tokio::spawn(stay_connected(signal, Hello::new("aura"), signal_view, watch_signal, |view| {
            view.connection = None;
            view.recording = Arc::default();
        }));
        let (supervisor_view, supervisor_seen) = watch::channel(SupervisorView::default());
        tokio::spawn(stay_connected(
            supervisor,
            Hello::new("aura"),
            supervisor_view,
            watch_supervisor,
            |view| {
                view.connection = None;
            },
        ));
        Self { pulse, signal: signal_seen, supervisor: supervisor_seen, telemetry }
    }

    /// The file of an export that this key opens.
    #[must_use]
    pub fn exported_file(&self, key: &str) -> Option<PathBuf> {
        let supervisor = self.supervisor.borrow();
        let mut files = supervisor.exports.iter().flat_map(|export| &export.files);
        let opens =
            |file: &&ExportedFile| !key.is_empty() && bool::from(file.key.as_bytes().ct_eq(key.as_bytes()));
        files.find(opens).map(|file| PathBuf::from(&file.path))
    }
}

/// Connects, runs `follow` until the connection is lost, marks that by `lose`, and begins again; for ever.
pub(super) async fn stay_connected<View, Following>(
    connector: Connector,
    hello: Hello,
    view: watch::Sender<View>,
    follow: impl Fn(Connection, watch::Sender<View>) -> Following,
    lose: impl Fn(&mut View),
) where
    Following: Future<Output = Result<(), tonic::Status>>,
{
    loop {
        match connect_when_ready(connector.clone(), hello.clone()).await {
            Err(error) => {
                tracing::error!("{error}");
                tokio::time::sleep(PAUSE_AFTER_REFUSAL).await;
            }
            Ok(connection) => {
                let peer = connection.peer.process.clone();
                if let Err(status) = follow(connection, view.clone()).await {
                    tracing::debug!("{peer}: {}", status.message());
                }
                view.send_modify(&lose);
                tokio::time::sleep(PAUSE_AFTER_LOSS).await;
            }
        }
    }
}

async fn watch_signal(connection: Connection, view: watch::Sender<SignalView>) -> Result<(), tonic::Status> {
    let mut signal = SignalServiceClient::new(connection.channel.clone());
    let audio_device = signal.get_device(GetDeviceRequest {}).await?.into_inner();
    let devices = signal.watch_devices(WatchDevicesRequest {}).await?.into_inner();
    view.send_modify(|view| {
        view.connection = Some(connection);
        view.audio_device = Some(audio_device);
    });
    let recordings = signal.watch_recording(WatchRecordingRequest {}).await?.into_inner();
    let audio_devices = signal.watch_audio_device(WatchAudioDeviceRequest {}).await?.into_inner();
    tokio::try_join!(
        watch_devices(devices, &view),
        watch_recording(recordings, &view),
        watch_audio_device(audio_devices, &view)
    )
    .map(drop)
}

async fn watch_recording(
    mut states: Streaming<WatchRecordingResponse>,
    view: &watch::Sender<SignalView>,
) -> Result<(), tonic::Status> {
    while let Some(state) = states.message().await? {
        view.send_modify(|view| view.recording = Arc::new(state));
    }
    Err(tonic::Status::unavailable("the recording's stream ended"))
}

async fn watch_audio_device(
    mut told: Streaming<WatchAudioDeviceResponse>,
    view: &watch::Sender<SignalView>,
) -> Result<(), tonic::Status> {
    while let Some(told) = told.message().await? {
        view.send_modify(|view| view.audio_device = told.device);
    }
    Err(tonic::Status::unavailable("the audio device's stream ended"))
}

async fn watch_devices(
    mut devices: Streaming<WatchDevicesResponse>,
    view: &watch::Sender<SignalView>,
) -> Result<(), tonic::Status> {
    while let Some(change) = devices.message().await? {
        let Some(device) = change.status.as_ref().map(|status| status.device) else { continue };
        view.send_modify(|view| {
            if change.removed {
                view.devices.remove(&device);
            } else {
                view.devices.insert(device, Arc::new(change));
            }
        });
    }
    Err(tonic::Status::unavailable("the devices' stream ended"))
}

async fn watch_supervisor(
    connection: Connection,
    view: watch::Sender<SupervisorView>,
) -> Result<(), tonic::Status> {
    let mut supervisor = SupervisorServiceClient::new(connection.channel.clone());
    let mut songs = supervisor.watch_song(WatchSongRequest {}).await?.into_inner();
    let song = songs.message().await?.unwrap_or_default();
    let mut trees = supervisor.watch_processes(WatchProcessesRequest {}).await?.into_inner();
    let mut exports = supervisor.watch_exports(WatchExportsRequest {}).await?.into_inner();
    view.send_modify(|view| {
        view.connection = Some(connection);
        view.song = song;
    });
    loop {
        tokio::select! {
            tree = trees.message() => match tree? {
                Some(tree) => view.send_modify(|view| view.processes = Arc::new(tree.processes)),
                None => return Ok(()),
            },
            told = songs.message() => match told? {
                Some(told) => view.send_modify(|view| view.song = told),
                None => return Ok(()),
            },
            told = exports.message() => match told? {
                Some(told) => view.send_modify(|view| view.exports = Arc::new(told.exports)),
                None => return Ok(()),
            },
        }
    }
}
