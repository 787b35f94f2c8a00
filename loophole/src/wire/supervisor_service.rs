//! `SupervisorService`: what others may see and ask of the supervisor.

use std::{
    path::PathBuf,
    pin::Pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chorus::supervisor::v1 as wire;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_stream::{Stream, StreamExt as _, wrappers::WatchStream};
use tonic::{Request, Response, Status};
use wire::supervisor_service_server::SupervisorService;
pub(crate) use wire::supervisor_service_server::SupervisorServiceServer;

use super::{exports, sandboxes, songs};
use crate::{
    log_file::Follower,
    preferences::{PreferenceError, Preferences},
    supervisor::{Event, Exports, KillError, OpenSong, ProcessKind, ProcessState, ProcessStatus},
};

/// Most of the last lines that a call may ask for.
const MAX_LAST_LINES: u32 = 10_000;
/// How often a follower looks for new lines.
const LOG_PERIOD: Duration = Duration::from_millis(200);
/// Lines of the log on their way to one client.
const LOG_DEPTH: usize = 256;

/// The served half of the supervisor; all work is done by its main loop.
pub(crate) struct SupervisorCalls {
    pub processes: watch::Receiver<Vec<ProcessStatus>>,
    pub exports: Exports,
    pub events: mpsc::Sender<Event>,
    pub log: PathBuf,
    pub url: String,
    pub open_song: watch::Receiver<OpenSong>,
    /// Of the Pulse whose song is open.
    pub pulse_socket: PathBuf,
    pub preferences: Mutex<Preferences>,
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl SupervisorService for SupervisorCalls {
    type WatchProcessesStream = Answers<wire::WatchProcessesResponse>;
    type ReadLogStream = Answers<wire::ReadLogResponse>;
    type WatchExportsStream = Answers<wire::WatchExportsResponse>;
    type WatchSongStream = Answers<wire::WatchSongResponse>;

    async fn watch_processes(
        &self,
        _: Request<wire::WatchProcessesRequest>,
    ) -> Result<Response<Self::WatchProcessesStream>, Status> {
        let stream = WatchStream::new(self.processes.clone())
            .map(|processes| Ok(wire::WatchProcessesResponse { processes: to_wire(processes) }));
        Ok(Response::new(Box::pin(stream)))
    }

    async fn list_processes(
        &self,
        _: Request<wire::ListProcessesRequest>,
    ) -> Result<Response<wire::ListProcessesResponse>, Status> {
        let processes = self.processes.borrow().clone();
        Ok(Response::new(wire::ListProcessesResponse { processes: to_wire(processes) }))
    }

    async fn kill_process(
        &self,
        request: Request<wire::KillProcessRequest>,
    ) -> Result<Response<wire::KillProcessResponse>, Status> {
        let (answer, answered) = oneshot::channel();
        let pid = request.into_inner().pid;
        self.send(Event::KillRequested { pid, answer }).await?;
        answered.await.map_err(|_| stopping())?.map_err(|error| match error {
            KillError::Foreign { .. } => Status::invalid_argument(error.to_string()),
            KillError::Signal(_) => Status::unavailable(error.to_string()),
        })?;
        Ok(Response::new(wire::KillProcessResponse {}))
    }

    async fn read_log(
        &self,
        request: Request<wire::ReadLogRequest>,
    ) -> Result<Response<Self::ReadLogStream>, Status> {
        let wire::ReadLogRequest { last_lines, follow } = request.into_inner();
        let count = last_lines.min(MAX_LAST_LINES) as usize;
        let path = self.log.clone();
        let read = tokio::task::spawn_blocking(move || Follower::tail(&path, count)).await;
        let (lines, follower) = read.map_err(internal)?.map_err(internal)?;
        let (sender, receiver) = mpsc::channel(LOG_DEPTH);
        tokio::spawn(send_log(lines, follow.then_some(follower), sender));
        let stream = tokio_stream::wrappers::ReceiverStream::new(receiver);
        Ok(Response::new(Box::pin(stream)))
    }

    async fn get_page(
        &self,
        _: Request<wire::GetPageRequest>,
    ) -> Result<Response<wire::GetPageResponse>, Status> {
        let song_path = self.open_song.borrow().path.display().to_string();
        let url = self.url.clone();
        Ok(Response::new(wire::GetPageResponse { url, song_path }))
    }

    async fn get_preferences(
        &self,
        _: Request<wire::GetPreferencesRequest>,
    ) -> Result<Response<wire::GetPreferencesResponse>, Status> {
        let preferences = self.preferences.lock().unwrap_or_else(PoisonError::into_inner);
        let values = preferences.all().clone().into_iter().collect();
        Ok(Response::new(wire::GetPreferencesResponse { values }))
    }

    async fn set_preference(
        &self,
        request: Request<wire::SetPreferenceRequest>,
    ) -> Result<Response<wire::SetPreferenceResponse>, Status> {
        let wire::SetPreferenceRequest { name, value } = request.into_inner();
        let mut preferences = self.preferences.lock().unwrap_or_else(PoisonError::into_inner);
        preferences.keep(&name, &value).map_err(|error| match error {
            PreferenceError::TooMuch => Status::invalid_argument(error.to_string()),
            PreferenceError::Unwritable { .. } => Status::unavailable(error.to_string()),
        })?;
        Ok(Response::new(wire::SetPreferenceResponse {}))
    }

    async fn start_export(
        &self,
        request: Request<wire::StartExportRequest>,
    ) -> Result<Response<wire::StartExportResponse>, Status> {
        let export = exports::export(&request.into_inner()).map_err(Status::invalid_argument)?;
        let started = self.exports.start(export).await;
        let id = started.map_err(|error| Status::failed_precondition(format!("{error:#}")))?;
        Ok(Response::new(wire::StartExportResponse { id }))
    }

    async fn watch_exports(
        &self,
        _: Request<wire::WatchExportsRequest>,
    ) -> Result<Response<Self::WatchExportsStream>, Status> {
        let stream = WatchStream::new(self.exports.jobs.clone()).map(|jobs| Ok(exports::jobs(&jobs)));
        Ok(Response::new(Box::pin(stream)))
    }

    async fn cancel_export(
        &self,
        request: Request<wire::CancelExportRequest>,
    ) -> Result<Response<wire::CancelExportResponse>, Status> {
        let id = request.into_inner().id;
        if self.exports.cancel(id).await {
            return Ok(Response::new(wire::CancelExportResponse {}));
        }
        Err(Status::not_found(format!("there is no export {id}")))
    }

    async fn watch_song(
        &self,
        _: Request<wire::WatchSongRequest>,
    ) -> Result<Response<Self::WatchSongStream>, Status> {
        let stream = WatchStream::new(self.open_song.clone()).map(|song| Ok(songs::open_song(&song)));
        Ok(Response::new(Box::pin(stream)))
    }

    async fn list_songs(
        &self,
        _: Request<wire::ListSongsRequest>,
    ) -> Result<Response<wire::ListSongsResponse>, Status> {
        let listed = tokio::task::spawn_blocking(songs::list).await;
        listed.map_err(|error| Status::internal(error.to_string()))?.map(Response::new)
    }

    async fn new_song(
        &self,
        request: Request<wire::NewSongRequest>,
    ) -> Result<Response<wire::NewSongResponse>, Status> {
        let path = self.make_song(request.into_inner()).await?;
        Ok(Response::new(wire::NewSongResponse { path }))
    }

    async fn open_song(
        &self,
        request: Request<wire::OpenSongRequest>,
    ) -> Result<Response<wire::OpenSongResponse>, Status> {
        let path = self.open_other(&request.into_inner().path).await?;
        Ok(Response::new(wire::OpenSongResponse { path }))
    }

    async fn save_song_copy(
        &self,
        request: Request<wire::SaveSongCopyRequest>,
    ) -> Result<Response<wire::SaveSongCopyResponse>, Status> {
        let path = self.copy_song(request.into_inner()).await?;
        Ok(Response::new(wire::SaveSongCopyResponse { path }))
    }

    async fn stop(&self, _: Request<wire::StopRequest>) -> Result<Response<wire::StopResponse>, Status> {
        self.send(Event::StopRequested).await?;
        Ok(Response::new(wire::StopResponse {}))
    }
}

impl SupervisorCalls {
    pub(super) async fn send(&self, event: Event) -> Result<(), Status> {
        self.events.send(event).await.map_err(|_| stopping())
    }
}

async fn send_log(
    lines: Vec<String>,
    mut follower: Option<Follower>,
    to: mpsc::Sender<Result<wire::ReadLogResponse, Status>>,
) {
    let mut lines = lines;
    loop {
        for line in lines.drain(..) {
            if to.send(Ok(wire::ReadLogResponse { line })).await.is_err() {
                return;
            }
        }
        let Some(follower) = &mut follower else { return };
        tokio::time::sleep(LOG_PERIOD).await;
        match follower.new_lines() {
            Ok(new) => lines = new,
            Err(_) => return,
        }
        if to.is_closed() {
            return;
        }
    }
}

fn stopping() -> Status {
    Status::unavailable("Loophole is stopping")
}

fn internal(error: impl std::fmt::Display) -> Status {
    Status::internal(format!("cannot read the log: {error}"))
}

fn to_wire(processes: Vec<ProcessStatus>) -> Vec<wire::Process> {
    processes.into_iter().map(process_to_wire).collect()
}

fn process_to_wire(process: ProcessStatus) -> wire::Process {
    let kind = match process.kind {
        ProcessKind::Supervisor => wire::ProcessKind::Supervisor,
        ProcessKind::Pulse => wire::ProcessKind::Pulse,
        ProcessKind::Signal => wire::ProcessKind::Signal,
        ProcessKind::Aura => wire::ProcessKind::Aura,
        ProcessKind::Sandbox => wire::ProcessKind::Sandbox,
    };
    let state = match process.state {
        ProcessState::Starting => wire::ProcessState::Starting,
        ProcessState::Running => wire::ProcessState::Running,
        ProcessState::Restarting => wire::ProcessState::Restarting,
        ProcessState::Failed => wire::ProcessState::Failed,
    };
    wire::Process {
        pid: process.pid,
        kind: kind.into(),
        name: process.name,
        state: state.into(),
        cpu_percent: process.cpu_percent,
        memory_bytes: process.memory_bytes,
        restarts: process.restarts,
        last_exit: process.last_exit,
        parent_pid: process.parent_pid,
        round_trip_us: process.round_trip_us,
        sandbox: process.sandbox.map(sandboxes::to_wire),
    }
}

pub(super) fn process_from_wire(process: wire::Process) -> ProcessStatus {
    let kind = match process.kind() {
        wire::ProcessKind::Supervisor | wire::ProcessKind::Unspecified => ProcessKind::Supervisor,
        wire::ProcessKind::Pulse => ProcessKind::Pulse,
        wire::ProcessKind::Signal => ProcessKind::Signal,
        wire::ProcessKind::Aura => ProcessKind::Aura,
        wire::ProcessKind::Sandbox => ProcessKind::Sandbox,
    };
    let state = match process.state() {
        wire::ProcessState::Starting | wire::ProcessState::Unspecified => ProcessState::Starting,
        wire::ProcessState::Running => ProcessState::Running,
        wire::ProcessState::Restarting => ProcessState::Restarting,
        wire::ProcessState::Failed => ProcessState::Failed,
    };
    ProcessStatus {
        pid: process.pid,
        parent_pid: process.parent_pid,
        kind,
        name: process.name,
        state,
        cpu_percent: process.cpu_percent,
        memory_bytes: process.memory_bytes,
        restarts: process.restarts,
        last_exit: process.last_exit,
        round_trip_us: process.round_trip_us,
        sandbox: process.sandbox.as_ref().map(sandboxes::from_wire),
    }
}
