//! `Render`: the job out of its messages, and progress and result back.

use std::path::PathBuf;

use chorus::signal::v1 as wire;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tonic::{Status, Streaming};

use crate::graph_assembly::GraphAssembly;
use crate::render::{self, Blocks, OfflineSetup, Progress, RenderEvent, RenderJob, RenderSetup, Rendered};
use crate::state_store::StateStore;
use crate::wav_file::SampleFormat;
use crate::wire::graph;
use crate::wire::status::status;

/// Below the quietest 32 bit float: what silence is said to peak at.
const SILENCE_DBFS: f64 = -999.0;
/// Progress messages under way; older ones are of no use to a slow client.
const PROGRESS_MESSAGES: usize = 16;

/// Reads the whole job: setup, states, and a graph up to its last part.
///
/// # Errors
/// The first thing in it that breaks a rule, or a stream that ends before the graph does.
pub async fn receive_job(mut incoming: Streaming<wire::RenderRequest>) -> Result<RenderJob, Status> {
    use wire::render_request::Kind;
    let mut setup = None;
    let mut states = StateStore::default();
    let mut assembly = GraphAssembly::default();
    while let Some(message) = incoming.next().await {
        match message?.kind {
            Some(Kind::Setup(message)) => setup = Some(self::setup(message)?),
            Some(Kind::PluginState(part)) => {
                states.add(graph::state_part(part).map_err(invalid)?).map_err(invalid)?;
            }
            Some(Kind::Graph(part)) => {
                let complete = assembly.add(graph::graph_part(part).map_err(invalid)?).map_err(invalid)?;
                if let Some((_, update)) = complete {
                    let setup = setup.ok_or_else(|| Status::invalid_argument("the setup must come first"))?;
                    return Ok(RenderJob { setup, update, states });
                }
            }
            None => {}
        }
    }
    Err(Status::invalid_argument("the graph was not ended"))
}

fn invalid(error: impl std::error::Error) -> Status {
    Status::invalid_argument(error.to_string())
}

/// How samples lie in a file.
///
/// # Errors
/// A format that this build does not know.
pub(super) fn sample_format(format: wire::SampleFormat) -> Result<SampleFormat, Status> {
    match format {
        wire::SampleFormat::Int16 => Ok(SampleFormat::Int16),
        wire::SampleFormat::Int24 => Ok(SampleFormat::Int24),
        wire::SampleFormat::Float32 => Ok(SampleFormat::Float32),
        wire::SampleFormat::Unspecified => Err(Status::invalid_argument("no known sample format")),
    }
}

fn setup(message: wire::RenderSetup) -> Result<RenderSetup, Status> {
    let format = match (&message.export, message.format()) {
        (None, format) => sample_format(format)?,
        // Not used.
        (Some(_), _) => SampleFormat::Float32,
    };
    let setup = RenderSetup {
        sample_rate: message.sample_rate,
        blocks: Blocks { frames: message.block_frames, random_seed: message.random_blocks_seed },
        threads: message.threads,
        from: message.from_sample,
        to: message.to_sample,
        format,
        path: PathBuf::from(message.path),
        export: message.export.map(super::export::setup).transpose()?,
    };
    setup.check().map_err(status)?;
    Ok(setup)
}

/// Renders on a thread of its own. It is cancelled when the client goes away.
///
/// # Errors
/// The thread could not be started.
pub fn spawn(
    setup: OfflineSetup,
    job: RenderJob,
    to_client: mpsc::Sender<Result<wire::RenderResponse, Status>>,
) -> Result<(), Status> {
    let (events, mut from_render) = mpsc::channel(PROGRESS_MESSAGES);
    render::spawn(setup, job, events).map_err(|error| Status::internal(error.to_string()))?;
    tokio::spawn(async move {
        loop {
            let event = tokio::select! {
                event = from_render.recv() => event,
                // Dropping the receiver cancels the render at its next block.
                () = to_client.closed() => return,
            };
            let message = match event {
                Some(RenderEvent::Progress(progress)) => Ok(self::progress(&progress)),
                Some(RenderEvent::Done(rendered)) => Ok(result(rendered)),
                Some(RenderEvent::Exported(files, times)) => Ok(super::export::result(&files, times)),
                Some(RenderEvent::Failed(refusal)) => Err(status(refusal)),
                None => return,
            };
            if to_client.send(message).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}

fn progress(progress: &Progress) -> wire::RenderResponse {
    let message = wire::RenderProgress {
        frames: progress.frames,
        total_frames: progress.total_frames,
        times_realtime: progress.times_realtime,
    };
    wire::RenderResponse { kind: Some(wire::render_response::Kind::Progress(message)) }
}

fn result(rendered: Rendered) -> wire::RenderResponse {
    let message = wire::RenderResult {
        frames: rendered.wav.frames as i64,
        sample_rate: rendered.sample_rate,
        channels: crate::device::CHANNELS as u32,
        peak_dbfs: dbfs(rendered.wav.peak),
        times_realtime: rendered.times_realtime,
        pcm_sha256: rendered.wav.data_sha256,
        files: Vec::new(),
    };
    wire::RenderResponse { kind: Some(wire::render_response::Kind::Result(message)) }
}

/// A linear peak in dBFS.
pub(super) fn dbfs(peak: f32) -> f64 {
    if peak > 0.0 { 20.0 * f64::from(peak).log10() } else { SILENCE_DBFS }
}
