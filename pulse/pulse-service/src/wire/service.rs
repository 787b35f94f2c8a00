//! The calls of pulse_service.proto: each becomes an event for the main loop, or reads a snapshot of the song.

mod export;
mod import;
mod library;
mod save_copy;
mod subscribe;

use std::sync::Arc;

pub use chorus::pulse::v1::pulse_service_server::PulseServiceServer;
use chorus::pulse::v1::{
    BeginUploadRequest, BeginUploadResponse, CancelUploadRequest, CancelUploadResponse, DeriveGraphRequest,
    DeriveGraphResponse, ExecuteRequest, ExecuteResponse, FinishUploadRequest, FinishUploadResponse,
    ForgivePluginRequest, ForgivePluginResponse, GetInfoRequest, GetInfoResponse, GetPeaksRequest,
    GetPeaksResponse, ImportRequest, ImportResponse, LinkSignalRequest, LinkSignalResponse, ListFilesRequest,
    ListFilesResponse, ListGrantsRequest, ListGrantsResponse, ListIncidentsRequest, ListIncidentsResponse,
    ListPluginsRequest, ListPluginsResponse, PrepareAuditionRequest, PrepareAuditionResponse, RedoRequest,
    RedoResponse, SaveCopyRequest, SaveCopyResponse, SaveRequest, SaveResponse, SetGrantsRequest,
    SetGrantsResponse, SubscribeRequest, SubscribeResponse, UndoRequest, UndoResponse, UploadPartRequest,
    UploadPartResponse, pulse_service_server::PulseService,
};
use pulse_model::Kind;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::{
    library::Library,
    main_loop::{Edit, Edited, Event, View},
    media::cache::MediaCache,
    song::Refusal,
    store::folder::SongFolder,
    wire,
};

/// Messages of an answer that wait for their client: a few parts, so that neither side waits for each.
const ANSWER_QUEUE: usize = 4;

/// A stream of answers that a task fills.
type Answers<T> = ReceiverStream<Result<T, Status>>;

/// The song that is served.
pub struct Served {
    /// Where it is.
    pub folder: SongFolder,
    /// Names this copy of it, and no other.
    pub identity: String,
    /// Edits are refused.
    pub read_only: bool,
    /// Whether Signal is sent the graph.
    pub link: watch::Sender<bool>,
}

/// What the calls need.
#[derive(Clone)]
pub struct PulseCalls {
    events: mpsc::Sender<Event>,
    folder: SongFolder,
    cache: Arc<MediaCache>,
    library: Library,
    identity: String,
    read_only: bool,
    link: watch::Sender<bool>,
}

fn ending() -> Status {
    Status::unavailable("Pulse is ending")
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            Refusal::Command(_) => Self::invalid_argument(text),
            Refusal::History(_) | Refusal::ReadOnly => Self::failed_precondition(text),
            // Whoever sees “unavailable” takes it that Pulse has gone.
            Refusal::Disk(_) => Self::resource_exhausted(text),
            Refusal::Internal(_) => Self::internal(text),
        }
    }
}

impl PulseCalls {
    /// Calls that reach the main loop through `events`.
    pub fn new(
        events: mpsc::Sender<Event>,
        served: Served,
        cache: Arc<MediaCache>,
        library: Library,
    ) -> Self {
        let Served { folder, identity, read_only, link } = served;
        Self { events, folder, cache, library, identity, read_only, link }
    }

    async fn edit(&self, client: String, edit: Edit) -> Result<Edited, Status> {
        let (reply, answer) = oneshot::channel();
        self.events.send(Event::Edit { client, edit, reply }).await.map_err(|_| ending())?;
        Ok(answer.await.map_err(|_| ending())??)
    }

    async fn look(&self) -> Result<View, Status> {
        let (reply, answer) = oneshot::channel();
        self.events.send(Event::Look { have_sequence: None, reply }).await.map_err(|_| ending())?;
        answer.await.map_err(|_| ending())
    }
}

fn client<T>(request: &Request<T>) -> Result<String, Status> {
    Ok(link::peer(request)?.client.clone())
}

#[tonic::async_trait]
impl PulseService for PulseCalls {
    type SubscribeStream = Answers<SubscribeResponse>;
    type ImportStream = Answers<ImportResponse>;
    type GetPeaksStream = Answers<GetPeaksResponse>;
    type DeriveGraphStream = Answers<DeriveGraphResponse>;

    async fn execute(&self, request: Request<ExecuteRequest>) -> Result<Response<ExecuteResponse>, Status> {
        let client = client(&request)?;
        let ExecuteRequest { commands, label } = request.into_inner();
        let commands =
            wire::command::commands(commands).map_err(|error| Status::invalid_argument(error.to_string()))?;
        let edited = self.edit(client, Edit::Commands { commands, label }).await?;
        let created = edited.created.iter().map(|id| id.map_or(0, |id| id.0)).collect();
        Ok(Response::new(ExecuteResponse { sequence: edited.sequence, created }))
    }

    async fn undo(&self, request: Request<UndoRequest>) -> Result<Response<UndoResponse>, Status> {
        let Edited { sequence, label, .. } = self.edit(client(&request)?, Edit::Undo).await?;
        Ok(Response::new(UndoResponse { sequence, label }))
    }

    async fn redo(&self, request: Request<RedoRequest>) -> Result<Response<RedoResponse>, Status> {
        let Edited { sequence, label, .. } = self.edit(client(&request)?, Edit::Redo).await?;
        Ok(Response::new(RedoResponse { sequence, label }))
    }

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let client = client(&request)?;
        let SubscribeRequest { have_sequence, song } = request.into_inner();
        self.follow(client, have_sequence, &song).await.map(Response::new)
    }

    async fn import(&self, request: Request<ImportRequest>) -> Result<Response<Self::ImportStream>, Status> {
        let client = client(&request)?;
        let ImportRequest { paths, media_only, place } = request.into_inner();
        let place = library::place(place.unwrap_or_default())?;
        self.import_files(client, paths, media_only, place).map(Response::new)
    }

    async fn save(&self, _: Request<SaveRequest>) -> Result<Response<SaveResponse>, Status> {
        let (reply, answer) = oneshot::channel();
        self.events.send(Event::Save(reply)).await.map_err(|_| ending())?;
        let sequence = answer.await.map_err(|_| ending())??;
        Ok(Response::new(SaveResponse { sequence }))
    }

    async fn save_copy(
        &self,
        request: Request<SaveCopyRequest>,
    ) -> Result<Response<SaveCopyResponse>, Status> {
        let SaveCopyRequest { path, name } = request.into_inner();
        let sequence = self.copy(path.into(), name).await?;
        Ok(Response::new(SaveCopyResponse { sequence }))
    }

    async fn link_signal(
        &self,
        _: Request<LinkSignalRequest>,
    ) -> Result<Response<LinkSignalResponse>, Status> {
        self.link.send_replace(true);
        Ok(Response::new(LinkSignalResponse {}))
    }

    async fn get_info(&self, _: Request<GetInfoRequest>) -> Result<Response<GetInfoResponse>, Status> {
        let View { project, sequence, diagnostics, .. } = self.look().await?;
        let count = |kind| project.count(kind) as u64;
        let end = project.end();
        Ok(Response::new(GetInfoResponse {
            name: project.song().name.clone(),
            path: self.folder.root().display().to_string(),
            tracks: count(Kind::Track),
            clips: count(Kind::Clip),
            notes: count(Kind::Note),
            devices: count(Kind::Device),
            transactions: sequence,
            length_ticks: end.0,
            length_seconds: project.tempo_map().superclock(end).to_seconds(),
            tempo_map: project.tempo_points().map(wire::entity::tempo_point).collect(),
            signature_map: project.signature_points().map(wire::entity::signature_point).collect(),
            diagnostics: diagnostics.to_vec(),
            sends: count(Kind::Send),
            media: count(Kind::Media),
            read_only: self.read_only,
        }))
    }

    async fn get_peaks(
        &self,
        request: Request<GetPeaksRequest>,
    ) -> Result<Response<Self::GetPeaksStream>, Status> {
        self.peaks(request.into_inner().media).await.map(Response::new)
    }

    async fn list_plugins(
        &self,
        request: Request<ListPluginsRequest>,
    ) -> Result<Response<ListPluginsResponse>, Status> {
        self.plugins(request.into_inner().rescan).await.map(Response::new)
    }

    async fn list_incidents(
        &self,
        request: Request<ListIncidentsRequest>,
    ) -> Result<Response<ListIncidentsResponse>, Status> {
        self.incidents(request.into_inner()).await.map(Response::new)
    }

    async fn forgive_plugin(
        &self,
        request: Request<ForgivePluginRequest>,
    ) -> Result<Response<ForgivePluginResponse>, Status> {
        self.forgive(request.into_inner().plugin_id).await?;
        Ok(Response::new(ForgivePluginResponse {}))
    }

    async fn list_grants(
        &self,
        _: Request<ListGrantsRequest>,
    ) -> Result<Response<ListGrantsResponse>, Status> {
        self.grants().await.map(Response::new)
    }

    async fn set_grants(
        &self,
        request: Request<SetGrantsRequest>,
    ) -> Result<Response<SetGrantsResponse>, Status> {
        self.set_grants(request.into_inner()).await.map(Response::new)
    }

    async fn list_files(
        &self,
        request: Request<ListFilesRequest>,
    ) -> Result<Response<ListFilesResponse>, Status> {
        let ListFilesRequest { folder, search } = request.into_inner();
        self.files(folder, search).await.map(Response::new)
    }

    async fn prepare_audition(
        &self,
        request: Request<PrepareAuditionRequest>,
    ) -> Result<Response<PrepareAuditionResponse>, Status> {
        let PrepareAuditionRequest { path, sample_rate } = request.into_inner();
        self.audition(path, sample_rate).await.map(Response::new)
    }

    async fn begin_upload(
        &self,
        request: Request<BeginUploadRequest>,
    ) -> Result<Response<BeginUploadResponse>, Status> {
        let upload = self.begin_file(client(&request)?, request.into_inner()).await?;
        Ok(Response::new(BeginUploadResponse { upload }))
    }

    async fn upload_part(
        &self,
        request: Request<UploadPartRequest>,
    ) -> Result<Response<UploadPartResponse>, Status> {
        let received_bytes = self.add_part(client(&request)?, request.into_inner()).await?;
        Ok(Response::new(UploadPartResponse { received_bytes }))
    }

    async fn finish_upload(
        &self,
        request: Request<FinishUploadRequest>,
    ) -> Result<Response<FinishUploadResponse>, Status> {
        let imported = self.finish_file(client(&request)?, request.into_inner()).await?;
        Ok(Response::new(FinishUploadResponse { imported: Some(imported) }))
    }

    async fn cancel_upload(
        &self,
        request: Request<CancelUploadRequest>,
    ) -> Result<Response<CancelUploadResponse>, Status> {
        self.library.uploads.cancel(&client(&request)?, request.into_inner().upload);
        Ok(Response::new(CancelUploadResponse {}))
    }

    async fn derive_graph(
        &self,
        request: Request<DeriveGraphRequest>,
    ) -> Result<Response<Self::DeriveGraphStream>, Status> {
        self.graph(request.into_inner()).await.map(Response::new)
    }
}
