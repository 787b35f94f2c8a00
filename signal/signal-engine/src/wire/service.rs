//! `SignalService`: each call becomes an event of the main loop, or a render of its own.
//!
//! It decides nothing about sound. A stream's end is an event too, whether the client closed it or died.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use chorus::signal::v1 as wire;
use chorus::signal::v1::signal_service_server::{SignalService, SignalServiceServer};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_stream::wrappers::{ReceiverStream, WatchStream};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

use crate::audition::AuditionRequest;
use crate::device::keeper::DeviceDescription;
use crate::device::listing;
use crate::main_loop::{EVENTS, Event, Reply};
use crate::recording::status::RecordingStatus;
use crate::render::OfflineSetup;
use crate::sandbox::Convertible;
use crate::wire::device_stream::Board;
use crate::wire::{device_stream, graph, graph_stream, recording, render, status};

/// Answers to Pulse that it has not read: to more updates than may be under way, for a stream that overflows is ended.
const UP_MESSAGES: usize = 4 * EVENTS;
/// Longest text that is converted to a value, in bytes.
const LONGEST_TEXT: usize = 256;
/// Messages under way to one client; a client that reads slower holds up its own stream alone.
const STREAM_MESSAGES: usize = 64;

type Answer<T> = Result<Response<T>, Status>;
type Outgoing<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The calls that Signal answers.
pub struct Calls {
    mode: Mode,
    /// Names streams of graphs and of gestures.
    next_stream: AtomicU64,
}

enum Mode {
    Playing {
        events: mpsc::Sender<Event>,
        devices: watch::Receiver<Board>,
        audio_device: watch::Receiver<DeviceDescription>,
        recording: watch::Receiver<RecordingStatus>,
    },
    Offline(OfflineSetup),
}

impl Calls {
    /// Of a Signal that plays.
    pub fn playing(
        events: mpsc::Sender<Event>,
        devices: watch::Receiver<Board>,
        audio_device: watch::Receiver<DeviceDescription>,
        recording: watch::Receiver<RecordingStatus>,
    ) -> Self {
        let mode = Mode::Playing { events, devices, audio_device, recording };
        Self { mode, next_stream: AtomicU64::new(1) }
    }

    /// Of a Signal that only renders.
    pub fn offline(setup: OfflineSetup) -> Self {
        Self { mode: Mode::Offline(setup), next_stream: AtomicU64::new(1) }
    }

    fn events(&self) -> Result<&mpsc::Sender<Event>, Status> {
        match &self.mode {
            Mode::Playing { events, .. } => Ok(events),
            Mode::Offline(_) => Err(Status::failed_precondition("this Signal only renders")),
        }
    }

    async fn ask<T>(&self, event: impl FnOnce(Reply<T>) -> Event) -> Result<T, Status> {
        let (reply, answer) = oneshot::channel();
        self.events()?.send(event(reply)).await.map_err(|_| ending())?;
        answer.await.map_err(|_| ending())?.map_err(status::status)
    }

    fn stream_id(&self) -> u64 {
        self.next_stream.fetch_add(1, Ordering::Relaxed)
    }
}

/// Answers calls until `stop` completes.
///
/// # Errors
/// The transport failed.
pub async fn serve(
    listener: link::Listener,
    calls: Calls,
    stop: impl Future<Output = ()>,
) -> Result<(), link::ServeError> {
    link::serve(listener, crate::PROCESS, SignalServiceServer::new(calls), stop).await
}

fn invalid(error: graph::WireError) -> Status {
    Status::invalid_argument(error.to_string())
}

fn ending() -> Status {
    Status::unavailable("Signal is ending")
}

#[tonic::async_trait]
impl SignalService for Calls {
    type RunGraphStream = Outgoing<wire::RunGraphResponse>;
    type WatchDevicesStream = Outgoing<wire::WatchDevicesResponse>;
    type WatchAudioDeviceStream = Outgoing<wire::WatchAudioDeviceResponse>;
    type WatchRecordingStream = Outgoing<wire::WatchRecordingResponse>;
    type RenderStream = Outgoing<wire::RenderResponse>;

    async fn run_graph(
        &self,
        request: Request<Streaming<wire::RunGraphRequest>>,
    ) -> Answer<Self::RunGraphStream> {
        let connection = self.stream_id();
        let events = self.events()?.clone();
        let (up, from_loop) = mpsc::channel(UP_MESSAGES);
        events.send(Event::PulseConnected { connection, up }).await.map_err(|_| ending())?;
        let (to_client, outgoing) = mpsc::channel(STREAM_MESSAGES);
        tokio::spawn(graph_stream::send_up(from_loop, to_client));
        tokio::spawn(graph_stream::receive(request.into_inner(), connection, events));
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing))))
    }

    async fn play(&self, _: Request<wire::PlayRequest>) -> Answer<wire::PlayResponse> {
        self.ask(Event::Play).await?;
        Ok(Response::new(wire::PlayResponse {}))
    }

    async fn stop(&self, _: Request<wire::StopRequest>) -> Answer<wire::StopResponse> {
        self.ask(Event::Stop).await?;
        Ok(Response::new(wire::StopResponse {}))
    }

    async fn panic(&self, _: Request<wire::PanicRequest>) -> Answer<wire::PanicResponse> {
        self.ask(Event::Panic).await?;
        Ok(Response::new(wire::PanicResponse {}))
    }

    async fn leave_song(&self, request: Request<wire::LeaveSongRequest>) -> Answer<wire::LeaveSongResponse> {
        let only_ask = request.into_inner().only_ask;
        self.ask(|reply| Event::LeaveSong { only_ask, reply }).await?;
        Ok(Response::new(wire::LeaveSongResponse {}))
    }

    async fn locate(&self, request: Request<wire::LocateRequest>) -> Answer<wire::LocateResponse> {
        let position = request.into_inner().position_samples;
        self.ask(|reply| Event::Locate(position, reply)).await?;
        Ok(Response::new(wire::LocateResponse {}))
    }

    async fn record(&self, request: Request<wire::RecordRequest>) -> Answer<wire::RecordResponse> {
        let wire::RecordRequest { enabled, client } = request.into_inner();
        let client = recording::client(client).map_err(invalid)?;
        self.ask(|reply| Event::Record { enabled, client, reply }).await?;
        Ok(Response::new(wire::RecordResponse {}))
    }

    async fn keep_played(
        &self,
        request: Request<wire::KeepPlayedRequest>,
    ) -> Answer<wire::KeepPlayedResponse> {
        let wire::KeepPlayedRequest { client, track } = request.into_inner();
        let client = recording::client(client).map_err(invalid)?;
        let tracks = self.ask(|reply| Event::KeepPlayed { client, track, reply }).await?;
        Ok(Response::new(wire::KeepPlayedResponse { tracks }))
    }

    async fn send_midi(&self, request: Request<wire::SendMidiRequest>) -> Answer<wire::SendMidiResponse> {
        let wire::SendMidiRequest { track, messages } = request.into_inner();
        let messages = recording::keys(&messages).map_err(invalid)?;
        self.ask(|reply| Event::Keys { track, messages, reply }).await?;
        Ok(Response::new(wire::SendMidiResponse {}))
    }

    async fn watch_recording(
        &self,
        _: Request<wire::WatchRecordingRequest>,
    ) -> Answer<Self::WatchRecordingStream> {
        let Mode::Playing { recording, .. } = &self.mode else {
            return Err(Status::failed_precondition("this Signal only renders"));
        };
        let states = WatchStream::new(recording.clone()).map(|status| Ok(recording::status(&status)));
        Ok(Response::new(Box::pin(states)))
    }

    async fn calibrate(&self, request: Request<wire::CalibrateRequest>) -> Answer<wire::CalibrateResponse> {
        let request = request.into_inner();
        let output = recording::channel(request.output_channel).map_err(invalid)?;
        let input = recording::channel(request.input_channel).map_err(invalid)?;
        let calibrated = self.ask(|reply| Event::Calibrate { output, input, reply }).await?;
        Ok(Response::new(recording::calibrated(calibrated)))
    }

    async fn preview(
        &self,
        request: Request<Streaming<wire::PreviewRequest>>,
    ) -> Answer<wire::PreviewResponse> {
        let gesture = self.stream_id();
        let events = self.events()?.clone();
        let mut incoming = request.into_inner();
        let ended = EndOfGesture { gesture, events: events.clone() };
        while let Some(message) = incoming.next().await {
            let Some(change) = message?.change else { continue };
            let change = graph::parameter_change(change)
                .map_err(|error| Status::invalid_argument(error.to_string()))?;
            let (reply, answer) = oneshot::channel();
            events.send(Event::Preview { gesture, change, reply }).await.map_err(|_| ending())?;
            answer.await.map_err(|_| ending())?.map_err(status::status)?;
        }
        drop(ended);
        Ok(Response::new(wire::PreviewResponse {}))
    }

    async fn watch_devices(&self, _: Request<wire::WatchDevicesRequest>) -> Answer<Self::WatchDevicesStream> {
        let Mode::Playing { devices, .. } = &self.mode else {
            return Err(Status::failed_precondition("this Signal only renders"));
        };
        let (to_client, outgoing) = mpsc::channel(STREAM_MESSAGES);
        tokio::spawn(device_stream::send(devices.clone(), to_client));
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing))))
    }

    async fn list_sandboxes(
        &self,
        _: Request<wire::ListSandboxesRequest>,
    ) -> Answer<wire::ListSandboxesResponse> {
        let sandboxes = self.ask(Event::ListSandboxes).await?;
        let sandboxes = sandboxes.into_iter().map(status::sandbox).collect();
        Ok(Response::new(wire::ListSandboxesResponse { sandboxes }))
    }

    async fn kill_sandbox(
        &self,
        request: Request<wire::KillSandboxRequest>,
    ) -> Answer<wire::KillSandboxResponse> {
        let pid = request.into_inner().pid;
        self.ask(|reply| Event::KillSandbox(pid, reply)).await?;
        Ok(Response::new(wire::KillSandboxResponse {}))
    }

    async fn convert_parameter(
        &self,
        request: Request<wire::ConvertParameterRequest>,
    ) -> Answer<wire::ConvertParameterResponse> {
        use wire::convert_parameter_request::From;
        let request = request.into_inner();
        let from = match request.from {
            Some(From::Value(value)) if value.is_finite() => Convertible::Value(value),
            Some(From::Text(text)) if text.len() <= LONGEST_TEXT => Convertible::Text(text),
            _ => return Err(Status::invalid_argument("there is no number and no short text to convert")),
        };
        let (device, parameter) = (request.device, request.parameter);
        let converted = self.ask(|reply| Event::ConvertParameter { device, parameter, from, reply }).await?;
        Ok(Response::new(wire::ConvertParameterResponse { value: converted.value, text: converted.text }))
    }

    async fn audition(&self, request: Request<wire::AuditionRequest>) -> Answer<wire::AuditionResponse> {
        let wire::AuditionRequest { pcm_path, gain, from_frame } = request.into_inner();
        let from_frame =
            u64::try_from(from_frame).map_err(|_| Status::invalid_argument("a sound begins at frame 0"))?;
        let request = AuditionRequest { path: pcm_path.into(), gain, from_frame };
        let frames = self.ask(|reply| Event::Audition(request, reply)).await?;
        Ok(Response::new(wire::AuditionResponse { frames }))
    }

    async fn stop_audition(
        &self,
        _: Request<wire::StopAuditionRequest>,
    ) -> Answer<wire::StopAuditionResponse> {
        self.ask(Event::StopAudition).await?;
        Ok(Response::new(wire::StopAuditionResponse {}))
    }

    async fn restart_device(
        &self,
        request: Request<wire::RestartDeviceRequest>,
    ) -> Answer<wire::RestartDeviceResponse> {
        let device = request.into_inner().device;
        self.ask(|reply| Event::RestartDevice(device, reply)).await?;
        Ok(Response::new(wire::RestartDeviceResponse {}))
    }

    async fn dismiss_incident(
        &self,
        request: Request<wire::DismissIncidentRequest>,
    ) -> Answer<wire::DismissIncidentResponse> {
        let device = request.into_inner().device;
        self.ask(|reply| Event::DismissIncident(device, reply)).await?;
        Ok(Response::new(wire::DismissIncidentResponse {}))
    }

    async fn get_device(&self, _: Request<wire::GetDeviceRequest>) -> Answer<wire::GetDeviceResponse> {
        Ok(Response::new(status::device(self.ask(Event::GetDevice).await?)))
    }

    async fn watch_audio_device(
        &self,
        _: Request<wire::WatchAudioDeviceRequest>,
    ) -> Answer<Self::WatchAudioDeviceStream> {
        let Mode::Playing { audio_device, .. } = &self.mode else {
            return Err(Status::failed_precondition("this Signal only renders"));
        };
        let told = WatchStream::new(audio_device.clone())
            .map(|device| Ok(wire::WatchAudioDeviceResponse { device: Some(status::device(device)) }));
        Ok(Response::new(Box::pin(told)))
    }

    async fn list_audio_devices(
        &self,
        _: Request<wire::ListAudioDevicesRequest>,
    ) -> Answer<wire::ListAudioDevicesResponse> {
        let listed = tokio::task::spawn_blocking(listing::list);
        let (devices, absent) = listed.await.map_err(|error| Status::internal(error.to_string()))?;
        let devices = devices.into_iter().map(status::listed_device).collect();
        Ok(Response::new(wire::ListAudioDevicesResponse { devices, absent }))
    }

    async fn choose_audio_device(
        &self,
        request: Request<wire::ChooseAudioDeviceRequest>,
    ) -> Answer<wire::ChooseAudioDeviceResponse> {
        let chosen = request.into_inner().settings;
        let settings = status::settings(chosen.ok_or_else(|| Status::invalid_argument("nothing is chosen"))?);
        let device = self.ask(|reply| Event::ChooseAudioDevice(settings, reply)).await?;
        Ok(Response::new(wire::ChooseAudioDeviceResponse { device: Some(status::device(device)) }))
    }

    async fn set_metronome_output(
        &self,
        request: Request<wire::SetMetronomeOutputRequest>,
    ) -> Answer<wire::SetMetronomeOutputResponse> {
        let output = request.into_inner().output.unwrap_or_default();
        let output = recording::chosen_click_output(output).map_err(invalid)?;
        self.ask(|reply| Event::SetClickOutput(output, reply)).await?;
        Ok(Response::new(wire::SetMetronomeOutputResponse {}))
    }

    async fn start_capture(
        &self,
        request: Request<wire::StartCaptureRequest>,
    ) -> Answer<wire::StartCaptureResponse> {
        let path = request.into_inner().path.into();
        self.ask(|reply| Event::StartCapture(path, reply)).await?;
        Ok(Response::new(wire::StartCaptureResponse {}))
    }

    async fn stop_capture(&self, _: Request<wire::StopCaptureRequest>) -> Answer<wire::StopCaptureResponse> {
        Ok(Response::new(status::captured(self.ask(Event::StopCapture).await?)))
    }

    async fn reset_loudness(
        &self,
        _: Request<wire::ResetLoudnessRequest>,
    ) -> Answer<wire::ResetLoudnessResponse> {
        self.ask(Event::ResetLoudness).await?;
        Ok(Response::new(wire::ResetLoudnessResponse {}))
    }

    async fn render(&self, request: Request<Streaming<wire::RenderRequest>>) -> Answer<Self::RenderStream> {
        let Mode::Offline(setup) = &self.mode else {
            return Err(Status::failed_precondition("this Signal plays; one started with --offline renders"));
        };
        let job = render::receive_job(request.into_inner()).await?;
        let (to_client, outgoing) = mpsc::channel(STREAM_MESSAGES);
        render::spawn(setup.clone(), job, to_client)?;
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing))))
    }
}

/// Tells the main loop that a gesture is over however its stream ends: also when tonic drops the call.
struct EndOfGesture {
    gesture: u64,
    events: mpsc::Sender<Event>,
}

impl Drop for EndOfGesture {
    fn drop(&mut self) {
        let (gesture, events) = (self.gesture, self.events.clone());
        if let Err(mpsc::error::TrySendError::Full(event)) = events.try_send(Event::PreviewEnded(gesture))
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { events.send(event).await });
        }
    }
}
