//! What others need to draw and to render: peaks, and the graph with everything it names.

use std::sync::Arc;

use chorus::pulse::v1::{
    DeriveGraphRequest, DeriveGraphResponse, GetPeaksResponse, RenderRange, derive_graph_response::Kind,
};
use pulse_derive::{
    GraphDifference, RangeError, SampleRange, TAIL_SECONDS, derive, loop_range, range_with_tail,
};
use pulse_model::{Id, Project};
use tokio::{sync::mpsc, task};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use units::SampleRate;

use crate::{
    graph::{self, Files},
    store::{folder::SongFolder, states},
    wire::{
        self, parts,
        service::{ANSWER_QUEUE, Answers, PulseCalls},
    },
};

impl PulseCalls {
    pub(super) async fn peaks(&self, media: u64) -> Result<Answers<GetPeaksResponse>, Status> {
        let view = self.look().await?;
        let media = view
            .project
            .media(Id(media))
            .ok_or_else(|| Status::not_found(format!("there is no media {media}")))?;
        let source = self.folder.root().join(&media.path);
        let peaks = self.cache.peaks(&media.hash, &source).await.map_err(|error| {
            Status::unavailable(format!("the outline of “{}” can't be had: {error}", media.name))
        })?;
        let (sender, answers) = mpsc::channel(ANSWER_QUEUE);
        tokio::spawn(async move {
            for part in parts::peaks(peaks) {
                if sender.send(Ok(part)).await.is_err() {
                    return;
                }
            }
        });
        Ok(ReceiverStream::new(answers))
    }

    pub(super) async fn graph(
        &self,
        request: DeriveGraphRequest,
    ) -> Result<Answers<DeriveGraphResponse>, Status> {
        let rate = SampleRate::new(request.sample_rate)
            .ok_or_else(|| Status::invalid_argument(format!("{} is no sample rate", request.sample_rate)))?;
        let project = self.look().await?.project;
        let range = asked_range(&project, rate, &request)
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        self.decode_all(&project, rate).await?;
        let files =
            Files { cache: &self.cache, incidents: &self.library.incidents, grants: &self.library.grants };
        let spec = derive(&project, rate, &files);
        drop(project);
        let (folder, (sender, answers)) = (self.folder.clone(), mpsc::channel(ANSWER_QUEUE));
        tokio::spawn(async move {
            // An error means that the client is gone.
            let _ = send_graph(&folder, range, GraphDifference::whole(&spec), &sender).await;
        });
        Ok(ReceiverStream::new(answers))
    }

    /// Makes what the cache lacks; a sound that can't be had stays silent.
    ///
    /// # Errors
    /// There is no room for one: with room it would sound.
    async fn decode_all(&self, project: &Project, rate: SampleRate) -> Result<(), Status> {
        let mut tasks = task::JoinSet::new();
        for (media, source) in graph::missing(project, rate, &self.cache, &self.folder) {
            let cache = Arc::clone(&self.cache);
            tasks.spawn(async move {
                match cache.ensure_pcm(&media.hash, &source, rate.hz()).await {
                    Ok(()) => Ok(()),
                    Err(error) if error.is_full() => Err(Status::resource_exhausted(format!(
                        "the sound “{}” can't be decoded for {rate}: {error}",
                        media.name
                    ))),
                    Err(error) => {
                        tracing::warn!("the sound “{}” is silent: {error}", media.name);
                        Ok(())
                    }
                }
            });
        }
        while let Some(decoded) = tasks.join_next().await {
            decoded.unwrap_or(Ok(()))?;
        }
        Ok(())
    }
}

fn asked_range(
    project: &Project,
    rate: SampleRate,
    request: &DeriveGraphRequest,
) -> Result<SampleRange, RangeError> {
    if request.loop_range {
        return loop_range(project, rate);
    }
    let tail_seconds = if request.without_tail { 0 } else { TAIL_SECONDS };
    range_with_tail(project, rate, request.from_bar, request.to_bar, tail_seconds)
}

type Sender = mpsc::Sender<Result<DeriveGraphResponse, Status>>;
type Gone = mpsc::error::SendError<Result<DeriveGraphResponse, Status>>;

async fn send_graph(
    folder: &SongFolder,
    range: SampleRange,
    mut graph: GraphDifference,
    sender: &Sender,
) -> Result<(), Gone> {
    let message = |kind| Ok(DeriveGraphResponse { kind: Some(kind) });
    let range = RenderRange { from_sample: range.from, to_sample: range.to };
    sender.send(message(Kind::Range(range))).await?;
    for hash in graph::states(&graph) {
        let (folder, wanted) = (folder.clone(), hash.clone());
        match task::spawn_blocking(move || states::load(&folder, &wanted)).await {
            Ok(Ok(state)) => {
                for part in parts::plugin_state(&hash, state) {
                    sender.send(message(Kind::PluginState(part))).await?;
                }
            }
            Ok(Err(error)) => {
                tracing::warn!("{error}");
                graph::forget_state(&mut graph, &hash);
            }
            Err(error) => return sender.send(Err(Status::internal(error.to_string()))).await,
        }
    }
    for part in wire::graph::update(&graph, 1, true, None) {
        sender.send(message(Kind::Graph(part))).await?;
    }
    Ok(())
}
