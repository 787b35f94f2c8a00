//! The other end of the link to Signal, in the hands of a test: a Signal that plays nothing.

use std::{
    fs,
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

use chorus::{
    pulse::v1::{AddDevice, ClapPlugin, Command, add_device, command},
    signal::v1::{
        self as wire, EngineFormat, GraphUpdate, PluginSlot, PluginState, RunGraphRequest, RunGraphResponse,
        node, run_graph_request, run_graph_response,
        signal_service_server::{SignalService, SignalServiceServer},
    },
};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinHandle,
};
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming};

use crate::fixture::{Place, Pulse};

/// What Pulse sends.
pub type Requests = mpsc::Receiver<RunGraphRequest>;
/// What the test answers.
pub type Responses = mpsc::Sender<Result<RunGraphResponse, Status>>;
/// Both ends of a stream.
pub type Opened = (Requests, Responses);

/// The RunGraph end of a Signal, in the hands of the test.
struct End(mpsc::Sender<Opened>);

macro_rules! unused_calls {
    ($($name:ident: $request:ident => $response:ident),* $(,)?) => {
        $(fn $name<'a, 'b>(
            &'a self,
            _: Request<wire::$request>,
        ) -> Pin<Box<dyn Future<Output = Result<Response<wire::$response>, Status>> + Send + 'b>>
        where
            'a: 'b,
            Self: 'b,
        {
            Box::pin(async { Err(Status::unimplemented("not part of the link")) })
        })*
    };
}

#[tonic::async_trait]
impl SignalService for End {
    type RunGraphStream = ReceiverStream<Result<RunGraphResponse, Status>>;
    type WatchDevicesStream = ReceiverStream<Result<wire::WatchDevicesResponse, Status>>;
    type WatchAudioDeviceStream = ReceiverStream<Result<wire::WatchAudioDeviceResponse, Status>>;
    type WatchRecordingStream = ReceiverStream<Result<wire::WatchRecordingResponse, Status>>;
    type RenderStream = ReceiverStream<Result<wire::RenderResponse, Status>>;

    async fn run_graph(
        &self,
        request: Request<Streaming<RunGraphRequest>>,
    ) -> Result<Response<Self::RunGraphStream>, Status> {
        assert_eq!(link::peer(&request)?.process, "pulse");
        let mut incoming = request.into_inner();
        let (to_test, requests) = mpsc::channel(64);
        let (responses, to_pulse) = mpsc::channel(64);
        let format = EngineFormat { sample_rate: 48_000, block_frames: 256 };
        responses.try_send(Ok(response(run_graph_response::Kind::Format(format)))).expect("room");
        self.0.send((requests, responses)).await.expect("the test listens");
        tokio::spawn(async move {
            while let Some(Ok(request)) = incoming.next().await {
                if to_test.send(request).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(to_pulse)))
    }

    async fn watch_devices(
        &self,
        _: Request<wire::WatchDevicesRequest>,
    ) -> Result<Response<Self::WatchDevicesStream>, Status> {
        Err(Status::unimplemented("not part of the link"))
    }

    async fn watch_audio_device(
        &self,
        _: Request<wire::WatchAudioDeviceRequest>,
    ) -> Result<Response<Self::WatchAudioDeviceStream>, Status> {
        Err(Status::unimplemented("not part of the link"))
    }

    async fn watch_recording(
        &self,
        _: Request<wire::WatchRecordingRequest>,
    ) -> Result<Response<Self::WatchRecordingStream>, Status> {
        Err(Status::unimplemented("not part of the link"))
    }

    async fn render(
        &self,
        _: Request<Streaming<wire::RenderRequest>>,
    ) -> Result<Response<Self::RenderStream>, Status> {
        Err(Status::unimplemented("not part of the link"))
    }

    async fn preview(
        &self,
        _: Request<Streaming<wire::PreviewRequest>>,
    ) -> Result<Response<wire::PreviewResponse>, Status> {
        Err(Status::unimplemented("not part of the link"))
    }

    unused_calls! {
        play: PlayRequest => PlayResponse,
        stop: StopRequest => StopResponse,
        locate: LocateRequest => LocateResponse,
        panic: PanicRequest => PanicResponse,
        leave_song: LeaveSongRequest => LeaveSongResponse,
        list_sandboxes: ListSandboxesRequest => ListSandboxesResponse,
        kill_sandbox: KillSandboxRequest => KillSandboxResponse,
        convert_parameter: ConvertParameterRequest => ConvertParameterResponse,
        get_device: GetDeviceRequest => GetDeviceResponse,
        audition: AuditionRequest => AuditionResponse,
        stop_audition: StopAuditionRequest => StopAuditionResponse,
        restart_device: RestartDeviceRequest => RestartDeviceResponse,
        dismiss_incident: DismissIncidentRequest => DismissIncidentResponse,
        list_audio_devices: ListAudioDevicesRequest => ListAudioDevicesResponse,
        choose_audio_device: ChooseAudioDeviceRequest => ChooseAudioDeviceResponse,
        set_metronome_output: SetMetronomeOutputRequest => SetMetronomeOutputResponse,
        record: RecordRequest => RecordResponse,
        keep_played: KeepPlayedRequest => KeepPlayedResponse,
        send_midi: SendMidiRequest => SendMidiResponse,
        calibrate: CalibrateRequest => CalibrateResponse,
        start_capture: StartCaptureRequest => StartCaptureResponse,
        stop_capture: StopCaptureRequest => StopCaptureResponse,
        reset_loudness: ResetLoudnessRequest => ResetLoudnessResponse,
    }
}

/// An answer of one kind.
pub fn response(kind: run_graph_response::Kind) -> RunGraphResponse {
    RunGraphResponse { kind: Some(kind) }
}

/// A Signal that plays nothing.
pub struct SignalEnd {
    socket: PathBuf,
    opened: Arc<Mutex<mpsc::Receiver<Opened>>>,
    /// To be aborted when it is to die.
    pub server: JoinHandle<()>,
}

impl SignalEnd {
    /// Listens.
    pub fn new(socket: &Path) -> Self {
        let _ = fs::remove_file(socket);
        let listener =
            link::Listener::from_unix(UnixListener::bind(socket).expect("a socket")).expect("listens");
        let (sender, opened) = mpsc::channel(4);
        let service = SignalServiceServer::new(End(sender));
        let server = tokio::spawn(async move {
            link::serve(listener, "signal", service, std::future::pending()).await.expect("serves");
        });
        Self { socket: socket.to_owned(), opened: Arc::new(Mutex::new(opened)), server }
    }

    /// The next stream that Pulse opens.
    pub async fn opened(&self) -> Opened {
        self.opened.lock().await.recv().await.expect("Pulse connects")
    }
}

/// Serves the song to that Signal.
pub fn serve(place: &Place, signal: &SignalEnd) -> Pulse {
    place.pulse_with(|program| {
        program.argument("--create").option("--name", "Test").option("--signal-socket", &signal.socket)
    })
}

/// The next update, all parts of it, and the states that came before it.
pub async fn update(requests: &mut Requests) -> (Vec<PluginState>, Vec<GraphUpdate>) {
    let (mut states, mut parts) = (Vec::new(), Vec::new());
    loop {
        match requests.recv().await.expect("goes on").kind.expect("a kind") {
            run_graph_request::Kind::PluginState(state) => states.push(state),
            run_graph_request::Kind::Graph(part) => {
                let last = part.last;
                parts.push(part);
                if last {
                    return (states, parts);
                }
            }
        }
    }
}

/// The plugins that an update has.
pub fn slots(parts: &[GraphUpdate]) -> Vec<&PluginSlot> {
    let nodes = parts.iter().flat_map(|part| &part.nodes);
    let chains = nodes.filter_map(|node| match &node.kind {
        Some(node::Kind::PluginChain(chain)) => Some(&chain.slots),
        _ => None,
    });
    chains.flatten().collect()
}

/// Adds a plugin to a track.
pub fn add_plugin(id: u64, track: u64) -> Command {
    let plugin =
        ClapPlugin { plugin_id: "org.example.Nothing".to_owned(), bundle: "Nothing.clap".to_owned() };
    let kind = Some(add_device::Kind::Clap(plugin));
    Command { kind: Some(command::Kind::AddDevice(AddDevice { id, track, kind, ..AddDevice::default() })) }
}
