//! The link to Signal, seen from the other end of the wire: what arrives when, and what becomes of what is sent up.

use std::{
    fs,
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

use chorus::{
    pulse::v1::{AddDevice, ClapPlugin, Command, add_device, command, entity::Kind},
    signal::v1::{
        self as wire, EngineFormat, GraphRefused, GraphUpdate, ParameterEdited, PluginState, RunGraphRequest,
        RunGraphResponse, run_graph_request, run_graph_response,
        signal_service_server::{SignalService, SignalServiceServer},
    },
};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinHandle,
};
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tonic::{Code, Request, Response, Status, Streaming};

use crate::fixture::{Client, Place, Pulse, add_clip, add_track, execute, fade, undo, whole_song};

type Requests = mpsc::Receiver<RunGraphRequest>;
type Responses = mpsc::Sender<Result<RunGraphResponse, Status>>;
type Opened = (Requests, Responses);

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

fn response(kind: run_graph_response::Kind) -> RunGraphResponse {
    RunGraphResponse { kind: Some(kind) }
}

struct SignalEnd {
    socket: PathBuf,
    opened: Arc<Mutex<mpsc::Receiver<Opened>>>,
    server: JoinHandle<()>,
}

impl SignalEnd {
    fn new(socket: &Path) -> Self {
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

    async fn opened(&self) -> Opened {
        self.opened.lock().await.recv().await.expect("Pulse connects")
    }
}

fn serve(place: &Place, signal: &SignalEnd) -> Pulse {
    place.pulse_with(|program| {
        program.argument("--create").option("--name", "Test").option("--signal-socket", &signal.socket)
    })
}

/// The next update, all parts of it, and the states that came before it.
async fn update(requests: &mut Requests) -> (Vec<PluginState>, Vec<GraphUpdate>) {
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

async fn device_state(client: &mut Client, id: u64) -> String {
    let (_, entities) = whole_song(client).await;
    let mut states = entities.into_iter().filter_map(|entity| match entity.kind {
        Some(Kind::Device(device)) if device.id == id => Some(device.state),
        _ => None,
    });
    states.next().expect("the device")
}

fn add_plugin(id: u64, track: u64) -> Command {
    let plugin =
        ClapPlugin { plugin_id: "org.example.Nothing".to_owned(), bundle: "Nothing.clap".to_owned() };
    let kind = Some(add_device::Kind::Clap(plugin));
    Command { kind: Some(command::Kind::AddDevice(AddDevice { id, track, kind, ..AddDevice::default() })) }
}

#[tokio::test]
async fn the_whole_graph_comes_first_then_a_difference_an_edit() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let (mut requests, _responses) = signal.opened().await;
    let (_, whole) = update(&mut requests).await;
    assert!(whole[0].whole && whole[0].revision == 1 && whole[0].timeline.is_some());
    execute(&mut client, vec![add_track(100, "Bass"), add_clip(200, 100, 3)]).await.expect("done");
    let (_, parts) = update(&mut requests).await;
    assert!(!parts[0].whole && parts[0].revision == 2);
    assert_eq!(parts[0].note_regions[0].notes.len(), 3);
    execute(&mut client, vec![fade(100, -150.0)]).await.expect("done");
    let (_, parts) = update(&mut requests).await;
    let (change, revision) = (parts[0].parameters[0], parts[0].revision);
    assert_eq!((change.node, change.value, revision), (100, 0.0, 3));
    assert!(parts[0].nodes.is_empty() && parts[0].note_regions.is_empty());
    pulse.end().await;
}

#[tokio::test]
async fn a_signal_that_comes_back_gets_everything_again() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let (mut requests, responses) = signal.opened().await;
    update(&mut requests).await;
    signal.server.abort();
    drop((requests, responses));
    execute(&mut client, vec![add_track(100, "Bass"), add_clip(200, 100, 3)])
        .await
        .expect("goes on without Signal");
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let (mut requests, _responses) = signal.opened().await;
    let (_, whole) = update(&mut requests).await;
    assert!(whole[0].whole && whole.iter().any(|part| part.note_regions.len() == 1));
    pulse.end().await;
}

#[tokio::test]
async fn a_refused_graph_is_sent_whole_a_few_times() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    pulse.client("anna").await;
    let (mut requests, responses) = signal.opened().await;
    for revision in 1..=4 {
        let (_, parts) = update(&mut requests).await;
        assert!(parts[0].whole && parts[0].revision == revision);
        let refused = GraphRefused { revision, reason: "for a test".to_owned() };
        responses.send(Ok(response(run_graph_response::Kind::Refused(refused)))).await.expect("sent");
    }
    let mut client = pulse.client("anna").await;
    execute(&mut client, vec![add_track(100, "Bass")]).await.expect("done");
    let (_, parts) = update(&mut requests).await;
    assert!(parts[0].whole && parts[0].revision == 5, "the next change is tried");
    pulse.end().await;
}

#[tokio::test]
async fn the_state_of_a_plugin_is_kept_and_comes_back_before_its_graph() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let (requests, responses) = signal.opened().await;
    execute(&mut client, vec![add_track(100, "Bass")]).await.expect("done");
    execute(&mut client, vec![add_plugin(300, 100)]).await.expect("done");
    let state: Vec<u8> = (0..700_000_u32).map(|index| (index % 251) as u8).collect();
    let hash = blake3::hash(&state).to_hex().to_string();
    for offset in [0, 400_000] {
        let data = state[offset..(offset + 400_000).min(state.len())].to_vec();
        let (total_bytes, offset) = (state.len() as u64, offset as u64);
        let part = PluginState { hash: hash.clone(), offset, total_bytes, data, device: 300 };
        responses.send(Ok(response(run_graph_response::Kind::PluginState(part)))).await.expect("sent");
    }
    while device_state(&mut client, 300).await != hash {
        tokio::task::yield_now().await;
    }
    assert_eq!(fs::read(place.song().join("state").join(&hash)).expect("stored"), state);
    // Nobody did it, so nobody's undo takes it back: anna's takes back the plugin.
    undo(&mut client).await.expect("undone");
    assert!(!whole_song(&mut client).await.1.iter().any(|it| matches!(it.kind, Some(Kind::Device(_)))));
    client.redo(chorus::pulse::v1::RedoRequest {}).await.expect("redone");
    drop((requests, responses));
    signal.server.abort();
    pulse.kill().await;

    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let kept = device_state(&mut client, 300).await;
    let (mut requests, _responses) = signal.opened().await;
    let (states, parts) = update(&mut requests).await;
    let sent: Vec<u8> = states.into_iter().flat_map(|part| part.data).collect();
    assert_eq!(sent, if kept.is_empty() { Vec::new() } else { state });
    let slots: Vec<_> = parts
        .iter()
        .flat_map(|part| &part.nodes)
        .filter_map(|node| match &node.kind {
            Some(wire::node::Kind::PluginChain(chain)) => Some(&chain.slots),
            _ => None,
        })
        .flatten()
        .collect();
    assert_eq!((slots.len(), &slots[0].state), (1, &kept));
    assert!(Path::new(&slots[0].bundle).is_absolute());
    pulse.end().await;
}

#[tokio::test]
async fn a_knob_turned_in_a_plugins_window_is_a_change_of_the_song() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let (_requests, responses) = signal.opened().await;
    execute(&mut client, vec![add_track(100, "Bass"), add_plugin(300, 100)]).await.expect("done");
    for value in [0.25, 0.5, 0.75] {
        let edited = ParameterEdited { device: 300, parameter: 7, value };
        responses.send(Ok(response(run_graph_response::Kind::ParameterEdited(edited)))).await.expect("sent");
    }
    loop {
        let (sequence, entities) = whole_song(&mut client).await;
        let parameters = entities.iter().find_map(|entity| match &entity.kind {
            Some(Kind::Device(device)) => Some(&device.parameters),
            _ => None,
        });
        if let Some([parameter]) = parameters.map(Vec::as_slice) {
            assert_eq!((parameter.id, parameter.value, sequence), (7, 0.75, 2), "one change a gesture");
            break;
        }
        tokio::task::yield_now().await;
    }
    let refusal = undo(&mut client).await.expect_err("somebody went on from it");
    assert_eq!(refusal.code(), Code::FailedPrecondition);
    pulse.end().await;
}
