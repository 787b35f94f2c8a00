//! Rendering: relays the graph that Pulse derives to an offline Signal.

use chorus::{pulse::v1 as pulse, signal::v1 as signal};
use link::Connection;
use serde::Serialize;
use signal::signal_service_client::SignalServiceClient;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use super::{CallError, pulse::Pulse};
use crate::command_line::{Bits, Blocks};

/// Messages between Pulse and Signal, of at most 1 MiB each, that wait here.
const RELAY_DEPTH: usize = 4;
/// Longest block where lengths are random.
const MAX_RANDOM_BLOCK_FRAMES: u32 = 1_024;

/// What to render.
pub(crate) struct Order {
    pub rate: u32,
    pub blocks: Blocks,
    pub threads: u32,
    /// First bar and bar after the last, from 1; `None`: all.
    pub bars: Option<(u32, u32)>,
    pub bits: Bits,
    /// Absolute path of the WAV file.
    pub path: String,
}

/// How far it is.
pub(crate) struct Progress {
    /// 0 to 1.
    pub part: f64,
    pub times_realtime: f64,
}

/// What was rendered.
#[derive(Debug, Serialize)]
pub(crate) struct Rendered {
    pub frames: i64,
    pub rate: u32,
    pub channels: u32,
    pub peak_dbfs: f64,
    pub x_realtime: f64,
    pub pcm_sha256: String,
}

/// Renders the song of `from` by the offline Signal at `to`.
pub(crate) async fn render(
    mut from: Pulse,
    to: &Connection,
    order: &Order,
    mut progress: impl FnMut(Progress),
) -> Result<Rendered, CallError> {
    let request = pulse::DeriveGraphRequest {
        sample_rate: order.rate,
        from_bar: order.bars.map(|(from, _)| from),
        to_bar: order.bars.map(|(_, to)| to),
        loop_range: false,
        without_tail: false,
    };
    let result = relayed(&mut from, to, request, |range| setup(order, range), &mut progress).await?;
    Ok(Rendered {
        frames: result.frames,
        rate: result.sample_rate,
        channels: result.channels,
        peak_dbfs: result.peak_dbfs,
        x_realtime: result.times_realtime,
        pcm_sha256: result.pcm_sha256,
    })
}

/// Has a graph that Pulse derives rendered, as `setup` says of its range.
pub(super) async fn relayed(
    from: &mut Pulse,
    to: &Connection,
    request: pulse::DeriveGraphRequest,
    setup: impl FnOnce(pulse::RenderRange) -> signal::RenderSetup,
    progress: &mut impl FnMut(Progress),
) -> Result<signal::RenderResult, CallError> {
    let mut graph = from.client().derive_graph(request).await?.into_inner();
    let range = match graph.message().await?.and_then(|message| message.kind) {
        Some(pulse::derive_graph_response::Kind::Range(range)) => range,
        _ => return Err(CallError::unanswered("Pulse sent no range to render")),
    };
    let (sender, requests) = mpsc::channel(RELAY_DEPTH);
    let setup = signal::render_request::Kind::Setup(setup(range));
    let relay = relay(graph, setup, sender);
    let answers = SignalServiceClient::new(to.channel.clone());
    let render = follow(answers, ReceiverStream::new(requests), progress);
    // Where Signal refuses, its reason is the one that counts: the relay then only finds its receiver gone.
    let (relayed, rendered) = tokio::join!(relay, render);
    match (rendered, relayed) {
        (Ok(rendered), Ok(())) => Ok(rendered),
        (_, Err(error)) => Err(error),
        (Err(error), _) => Err(error),
    }
}

/// Frames of a block, or the longest, and the seed of random ones.
pub(super) fn block_setup(blocks: Blocks) -> (u32, Option<u64>) {
    match blocks {
        Blocks::Fixed(frames) => (frames, None),
        Blocks::Random(seed) => (MAX_RANDOM_BLOCK_FRAMES, Some(seed)),
    }
}

impl Bits {
    pub(super) fn wire(self) -> signal::SampleFormat {
        match self {
            Self::Int16 => signal::SampleFormat::Int16,
            Self::Int24 => signal::SampleFormat::Int24,
            Self::Float32 => signal::SampleFormat::Float32,
        }
    }
}

fn setup(order: &Order, range: pulse::RenderRange) -> signal::RenderSetup {
    let (block_frames, random_blocks_seed) = block_setup(order.blocks);
    signal::RenderSetup {
        sample_rate: order.rate,
        block_frames,
        random_blocks_seed,
        threads: order.threads,
        from_sample: range.from_sample,
        to_sample: range.to_sample,
        format: order.bits.wire().into(),
        path: order.path.clone(),
        export: None,
    }
}

/// Passes on until the graph ends, Pulse fails, or Signal has gone.
async fn relay(
    mut graph: Streaming<pulse::DeriveGraphResponse>,
    setup: signal::render_request::Kind,
    to: mpsc::Sender<signal::RenderRequest>,
) -> Result<(), CallError> {
    use pulse::derive_graph_response::Kind;
    let mut next = Some(setup);
    while let Some(kind) = next {
        if to.send(signal::RenderRequest { kind: Some(kind) }).await.is_err() {
            return Ok(());
        }
        next = match graph.message().await?.and_then(|message| message.kind) {
            Some(Kind::Graph(update)) => Some(signal::render_request::Kind::Graph(update)),
            Some(Kind::PluginState(state)) => Some(signal::render_request::Kind::PluginState(state)),
            Some(Kind::Range(_)) => return Err(CallError::unanswered("Pulse sent a second range")),
            None => None,
        };
    }
    Ok(())
}

async fn follow(
    mut to: SignalServiceClient<tonic::transport::Channel>,
    requests: ReceiverStream<signal::RenderRequest>,
    progress: &mut impl FnMut(Progress),
) -> Result<signal::RenderResult, CallError> {
    use signal::render_response::Kind;
    let mut answers = to.render(requests).await?.into_inner();
    while let Some(answer) = answers.message().await? {
        match answer.kind {
            Some(Kind::Progress(at)) => progress(Progress {
                part: at.frames as f64 / at.total_frames.max(1) as f64,
                times_realtime: at.times_realtime,
            }),
            Some(Kind::Result(result)) => return Ok(result),
            None => {}
        }
    }
    Err(CallError::unanswered("Signal ended the rendering without a result"))
}
