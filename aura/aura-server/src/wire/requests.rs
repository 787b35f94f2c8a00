//! Requests of a page, carried out by Pulse, Signal or the supervisor.
//!
//! Requests to one of them keep their order; those to different ones don't wait for each other, and outlines of sounds,
//! which can be long, hold up nothing. A request that can't be carried out is refused with the reason.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use chorus::{
    pulse::v1::{GetPeaksRequest, pulse_service_client::PulseServiceClient},
    signal::v1::{KeepPlayedRequest, RecordRequest, signal_service_client::SignalServiceClient},
    supervisor::v1::{KillProcessRequest, supervisor_service_client::SupervisorServiceClient},
};
use link::Connection;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};
use tonic::{Code, Response, Status};

use super::{
    feeds::PulseView,
    library,
    message::{self, FromPage, ToPage},
    shared::{Shared, SignalView, SupervisorView},
    songs,
};
use crate::outbox::{FellBehind, Outbox};

/// Requests of one page that may wait for one process; a page that sends more is told to wait.
const MOST_WAITING: usize = 256;
/// Longer than any request takes that will still be answered.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) const SIGNAL_IS_AWAY: &str = "the audio process is being started again";
const PULSE_IS_AWAY: &str = "the song's process is being started again";
const SUPERVISOR_IS_AWAY: &str = "Loophole's supervisor does not answer";

type SignalAnswer = Pin<Box<dyn Future<Output = Result<ToPage, String>> + Send>>;
type Queue = mpsc::Sender<(u64, FromPage)>;

/// The queues of one page: one for each process asked, one for outlines, one for what Pulse does beside the song, and one for
/// what the supervisor does with songs.
pub(super) struct Requests {
    pulse: Queue,
    peaks: Queue,
    library: Queue,
    signal: Queue,
    supervisor: Queue,
    songs: Queue,
}

impl Requests {
    /// Starts the tasks that carry requests out; they end with `tasks`, or when the page falls behind.
    pub(super) fn begin(
        shared: &Shared,
        pulse: &watch::Receiver<PulseView>,
        outbox: &Arc<Outbox>,
        client: &str,
        tasks: &mut JoinSet<()>,
    ) -> Self {
        let (to_pulse, from_page) = mpsc::channel(MOST_WAITING);
        tasks.spawn(in_order(from_page, pulse.clone(), outbox.clone(), ask_pulse));
        let (to_peaks, from_page) = mpsc::channel(MOST_WAITING);
        tasks.spawn(outlines(from_page, pulse.clone(), outbox.clone()));
        let (to_library, from_page) = mpsc::channel(MOST_WAITING);
        tasks.spawn(in_order(from_page, pulse.clone(), outbox.clone(), ask_library));
        let (to_signal, from_page) = mpsc::channel(MOST_WAITING);
        tasks.spawn(in_order(from_page, shared.signal.clone(), outbox.clone(), ask_signal_for(client)));
        let (to_supervisor, from_page) = mpsc::channel(MOST_WAITING);
        tasks.spawn(in_order(from_page, shared.supervisor.clone(), outbox.clone(), ask_supervisor));
        let (to_songs, from_page) = mpsc::channel(MOST_WAITING);
        tasks.spawn(in_order(from_page, shared.supervisor.clone(), outbox.clone(), ask_songs));
        Self {
            pulse: to_pulse,
            peaks: to_peaks,
            library: to_library,
            signal: to_signal,
            supervisor: to_supervisor,
            songs: to_songs,
        }
    }

    /// Queues a request, or says why not.
    pub(super) fn queue(&self, id: u64, kind: FromPage) -> Result<(), String> {
        let queue = match kind {
            FromPage::Execute(_) | FromPage::Undo(_) | FromPage::Redo(_) | FromPage::Save(_) => &self.pulse,
            FromPage::GetPeaks(_) => &self.peaks,
            FromPage::ListPlugins(_)
            | FromPage::ListFiles(_)
            | FromPage::PrepareAudition(_)
            | FromPage::Import(_)
            | FromPage::BeginUpload(_)
            | FromPage::UploadPart(_)
            | FromPage::FinishUpload(_)
            | FromPage::CancelUpload(_)
            | FromPage::ListIncidents(_)
            | FromPage::ForgivePlugin(_)
            | FromPage::ListGrants(_)
            | FromPage::SetGrants(_) => &self.library,
            FromPage::KillProcess(_)
            | FromPage::GetPreferences(_)
            | FromPage::SetPreference(_)
            | FromPage::StartExport(_)
            | FromPage::CancelExport(_) => &self.supervisor,
            FromPage::ListSongs(_)
            | FromPage::NewSong(_)
            | FromPage::OpenSong(_)
            | FromPage::SaveSongCopy(_) => &self.songs,
            _ => &self.signal,
        };
        queue.try_send((id, kind)).map_err(|_| "too many requests are waiting for their answers".to_owned())
    }
}

/// Sends the answer to a request, if one is wanted.
pub(super) fn reply(outbox: &Outbox, id: u64, result: Result<ToPage, String>) -> Result<(), FellBehind> {
    if id == 0 {
        if let Err(reason) = result {
            tracing::debug!("refused, and nobody asked: {reason}");
        }
        return Ok(());
    }
    outbox.push(message::answer(id, result))
}

async fn in_order<View, Asking>(
    mut requests: mpsc::Receiver<(u64, FromPage)>,
    view: watch::Receiver<View>,
    outbox: Arc<Outbox>,
    ask: impl Fn(&View, FromPage) -> Asking,
) where
    Asking: Future<Output = Result<ToPage, String>>,
{
    while let Some((id, kind)) = requests.recv().await {
        // The view is let go before the answer is waited for.
        let asking = ask(&view.borrow(), kind);
        let result = asking.await;
        if reply(&outbox, id, result).is_err() {
            return;
        }
    }
}

fn ask_pulse(view: &PulseView, kind: FromPage) -> impl Future<Output = Result<ToPage, String>> + use<> {
    let connection = view.connection.clone();
    async move {
        let mut pulse = PulseServiceClient::new(connection.ok_or(PULSE_IS_AWAY)?.channel);
        match kind {
            FromPage::Execute(request) => in_time(pulse.execute(request)).await.map(ToPage::Executed),
            FromPage::Undo(request) => in_time(pulse.undo(request)).await.map(ToPage::Undone),
            FromPage::Redo(request) => in_time(pulse.redo(request)).await.map(ToPage::Redone),
            FromPage::Save(request) => in_time(pulse.save(request)).await.map(|_| message::done()),
            _ => Err("this is no request to the song".to_owned()),
        }
    }
}

fn ask_library(view: &PulseView, kind: FromPage) -> impl Future<Output = Result<ToPage, String>> + use<> {
    let connection = view.connection.clone();
    async move { library::ask(connection.ok_or(PULSE_IS_AWAY)?, kind).await }
}

fn ask_songs(view: &SupervisorView, kind: FromPage) -> impl Future<Output = Result<ToPage, String>> + use<> {
    let connection = view.connection.clone();
    async move { songs::ask(connection.ok_or(SUPERVISOR_IS_AWAY)?, kind).await }
}

/// Recordings belong to the page that asked for them.
fn ask_signal_for(client: &str) -> impl Fn(&SignalView, FromPage) -> SignalAnswer + use<> {
    let client = client.to_owned();
    move |view, kind| {
        let kind = match kind {
            FromPage::Record(request) => {
                FromPage::Record(RecordRequest { client: client.clone(), ..request })
            }
            FromPage::KeepPlayed(request) => {
                FromPage::KeepPlayed(KeepPlayedRequest { client: client.clone(), ..request })
            }
            kind => kind,
        };
        Box::pin(ask_signal(view, kind))
    }
}

fn ask_signal(view: &SignalView, kind: FromPage) -> impl Future<Output = Result<ToPage, String>> + use<> {
    let connection = view.connection.clone();
    async move {
        let mut signal = SignalServiceClient::new(connection.ok_or(SIGNAL_IS_AWAY)?.channel);
        match kind {
            FromPage::Play(request) => in_time(signal.play(request)).await.map(|_| message::done()),
            FromPage::Stop(request) => in_time(signal.stop(request)).await.map(|_| message::done()),
            FromPage::Panic(request) => in_time(signal.panic(request)).await.map(|_| message::done()),
            FromPage::Locate(request) => in_time(signal.locate(request)).await.map(|_| message::done()),
            FromPage::ResetLoudness(request) => {
                in_time(signal.reset_loudness(request)).await.map(|_| message::done())
            }
            FromPage::Audition(request) => in_time(signal.audition(request)).await.map(ToPage::Auditioned),
            FromPage::StopAudition(request) => {
                in_time(signal.stop_audition(request)).await.map(|_| message::done())
            }
            FromPage::RestartDevice(request) => {
                in_time(signal.restart_device(request)).await.map(|_| message::done())
            }
            FromPage::DismissIncident(request) => {
                in_time(signal.dismiss_incident(request)).await.map(|_| message::done())
            }
            FromPage::Record(request) => in_time(signal.record(request)).await.map(|_| message::done()),
            FromPage::KeepPlayed(request) => in_time(signal.keep_played(request)).await.map(ToPage::Kept),
            FromPage::SendMidi(request) => in_time(signal.send_midi(request)).await.map(|_| message::done()),
            FromPage::Calibrate(request) => in_time(signal.calibrate(request)).await.map(ToPage::Calibrated),
            FromPage::SetMetronomeOutput(request) => {
                in_time(signal.set_metronome_output(request)).await.map(|_| message::done())
            }
            FromPage::ConvertParameter(request) => {
                in_time(signal.convert_parameter(request)).await.map(ToPage::Converted)
            }
            FromPage::ListAudioDevices(request) => {
                in_time(signal.list_audio_devices(request)).await.map(ToPage::AudioDevices)
            }
            FromPage::ChooseAudioDevice(request) => {
                in_time(signal.choose_audio_device(request)).await.map(|_| message::done())
            }
            _ => Err("this is no request to the audio process".to_owned()),
        }
    }
}

fn ask_supervisor(
    view: &SupervisorView,
    kind: FromPage,
) -> impl Future<Output = Result<ToPage, String>> + use<> {
    let connection = view.connection.clone();
    async move {
        let mut supervisor = SupervisorServiceClient::new(connection.ok_or(SUPERVISOR_IS_AWAY)?.channel);
        match kind {
            FromPage::KillProcess(KillProcessRequest { pid }) => {
                in_time(supervisor.kill_process(KillProcessRequest { pid })).await.map(|_| message::done())
            }
            FromPage::GetPreferences(request) => {
                in_time(supervisor.get_preferences(request)).await.map(ToPage::Preferences)
            }
            FromPage::SetPreference(request) => {
                in_time(supervisor.set_preference(request)).await.map(|_| message::done())
            }
            FromPage::StartExport(request) => {
                in_time(supervisor.start_export(request)).await.map(ToPage::ExportStarted)
            }
            FromPage::CancelExport(request) => {
                in_time(supervisor.cancel_export(request)).await.map(|_| message::done())
            }
            _ => Err("this is no request to the supervisor".to_owned()),
        }
    }
}

pub(super) async fn in_time<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, String> {
    long(TIMEOUT, call).await
}

/// For what takes longer than anything else.
pub(super) async fn long<T>(
    timeout: Duration,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, String> {
    match tokio::time::timeout(timeout, call).await {
        Err(_) => Err(format!("no answer came within {} seconds", timeout.as_secs())),
        Ok(result) => result.map(Response::into_inner).map_err(|status| reason(&status)),
    }
}

/// What the other side said; for a connection that broke, what that means.
pub(super) fn reason(status: &Status) -> String {
    match status.code() {
        Code::Unavailable | Code::Unknown | Code::Cancelled => {
            "its process went away before it answered; what was done will show when it is back".to_owned()
        }
        _ => status.message().to_owned(),
    }
}

async fn outlines(
    mut requests: mpsc::Receiver<(u64, FromPage)>,
    pulse: watch::Receiver<PulseView>,
    outbox: Arc<Outbox>,
) {
    while let Some((id, kind)) = requests.recv().await {
        let connection = pulse.borrow().connection.clone();
        let FromPage::GetPeaks(request) = kind else { continue };
        let result = match connection {
            None => Err(PULSE_IS_AWAY.to_owned()),
            Some(connection) => outline(connection, id, request, &outbox).await,
        };
        if let Err(reason) = result
            && reply(&outbox, id, Err(reason)).is_err()
        {
            return;
        }
    }
}

async fn outline(
    connection: Connection,
    id: u64,
    request: GetPeaksRequest,
    outbox: &Outbox,
) -> Result<(), String> {
    let mut pulse = PulseServiceClient::new(connection.channel);
    let mut parts = in_time(pulse.get_peaks(request)).await?;
    while let Some(part) = parts.message().await.map_err(|status| reason(&status))? {
        let bytes = message::encode(id, ToPage::Peaks(part));
        outbox.push_when_room(bytes).await.map_err(|behind| behind.to_string())?;
    }
    Ok(())
}
