//! A Signal on a thread of its own, and what a test does with it.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chorus::signal::v1::signal_service_client::SignalServiceClient;
use chorus::signal::v1::*;
use signal_engine::device::DeviceFormat;
use signal_engine::device::settings::AudioSettings;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;

pub const FORMAT: DeviceFormat = DeviceFormat { sample_rate: 48_000, block_frames: 256 };

/// Longest wait for anything that comes at all.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Signal {
    pub client: SignalServiceClient<Channel>,
    block_frames: u32,
    pub folder: tempfile::TempDir,
    telemetry: Option<shm::telemetry::Reader>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Signal {
    /// One that plays, with a telemetry block nobody used before.
    pub async fn playing() -> Self {
        Self::playing_on(shm::telemetry::create().expect("memory")).await
    }

    /// One that plays, after another that used the same block.
    pub async fn playing_on(telemetry: OwnedFd) -> Self {
        Self::playing_with(telemetry, "virtual", FORMAT.block_frames, None).await
    }

    /// One that plays on this device, with blocks of so many frames.
    pub async fn playing_as(device: &str, block_frames: u32) -> Self {
        Self::playing_with(shm::telemetry::create().expect("memory"), device, block_frames, None).await
    }

    /// One that plays on a device, and remembers what is chosen beside `settings_file`.
    pub async fn playing_with(
        telemetry: OwnedFd,
        device: &str,
        block_frames: u32,
        settings_file: Option<PathBuf>,
    ) -> Self {
        let reader = shm::telemetry::Reader::open(telemetry.as_fd()).expect("mapped");
        let settings = AudioSettings {
            device: device.into(),
            rate: Some(FORMAT.sample_rate),
            block: Some(block_frames),
            ..AudioSettings::default()
        };
        let config =
            signal_engine::Config { settings, settings_file, telemetry, sandbox_binary: sandbox_binary() };
        let started = Self::start(Some(reader), async move |listener, stop| {
            signal_engine::run(listener, config, stop).await.expect("ran");
        });
        let mut started = started.await;
        started.block_frames = block_frames;
        started
    }

    /// One that renders.
    pub async fn offline() -> Self {
        let setup = signal_engine::render::OfflineSetup { sandbox_binary: sandbox_binary() };
        Self::start(None, async move |listener, stop| {
            signal_engine::run_offline(listener, setup, stop).await.expect("ran");
        })
        .await
    }

    async fn start<R>(telemetry: Option<shm::telemetry::Reader>, run: R) -> Self
    where
        R: AsyncFnOnce(link::Listener, std::pin::Pin<Box<dyn Future<Output = ()>>>) + Send + 'static,
    {
        let (listener, connector) = link::in_memory();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let stopped = Box::pin(async move { drop(stopped.await) });
            runtime.expect("a runtime").block_on(run(listener, stopped));
        });
        let connection =
            link::connect_when_ready(connector, link::Hello::new("test")).await.expect("connected");
        let client = SignalServiceClient::new(connection.channel.clone());
        let folder = tempfile::tempdir().expect("a folder");
        let block_frames = FORMAT.block_frames;
        Self { client, block_frames, folder, telemetry, stop: Some(stop), thread: Some(thread) }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn transport(&self) -> shm::telemetry::Transport {
        self.telemetry.as_ref().and_then(shm::telemetry::Reader::transport).unwrap_or_default()
    }

    /// What was measured of the output.
    pub fn loudness(&self) -> Option<shm::telemetry::Loudness> {
        self.telemetry.as_ref().and_then(shm::telemetry::Reader::loudness)
    }

    /// The louder channel of a strip's meter.
    pub fn peak(&self, node: u64) -> f32 {
        let meters = self.telemetry.as_ref().into_iter().flat_map(shm::telemetry::Reader::meters);
        meters.filter(|meter| meter.node == node).map(|meter| meter.left.max(meter.right)).fold(0.0, f32::max)
    }

    /// Waits until `holds`, asking every few milliseconds.
    pub async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let waited = tokio::time::timeout(PATIENCE, async {
            while !holds(self) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
        assert!(waited.await.is_ok(), "never happened: {what}");
    }

    pub async fn until_position(&self, position: i64) {
        self.until("the playhead comes there", |signal| signal.transport().position_samples >= position)
            .await;
    }

    pub async fn play(&mut self) {
        self.client.play(PlayRequest {}).await.expect("plays");
    }

    pub async fn stop(&mut self) {
        self.client.stop(StopRequest {}).await.expect("stops");
    }

    pub async fn start_capture(&mut self, name: &str) -> PathBuf {
        let path = self.path(name);
        let text = path.to_str().expect("unicode").to_owned();
        self.client.start_capture(StartCaptureRequest { path: text }).await.expect("captures");
        path
    }

    /// The capture's first song position and its samples, interleaved.
    pub async fn stop_capture(&mut self, path: &Path) -> (i64, Vec<f32>) {
        let captured = self.client.stop_capture(StopCaptureRequest {}).await.expect("captured").into_inner();
        assert_eq!(captured.lost_frames, 0);
        let samples = wav(path);
        assert_eq!(samples.len() as u64, captured.frames * 2);
        (captured.start_sample, samples)
    }

    /// Opens Pulse's stream.
    pub async fn pulse(&mut self) -> Pulse {
        let (down, requests) = mpsc::channel(64);
        let up = self.client.run_graph(ReceiverStream::new(requests)).await.expect("a stream").into_inner();
        let mut pulse = Pulse { down, up, revision: 0 };
        let Some(run_graph_response::Kind::Format(format)) = pulse.next().await else {
            panic!("the format comes first")
        };
        assert_eq!((format.sample_rate, format.block_frames), (FORMAT.sample_rate, self.block_frames));
        pulse
    }

    /// Renders a graph to `name`, and gives the samples and the result.
    pub async fn render(
        &mut self,
        graph: GraphUpdate,
        name: &str,
        change: impl FnOnce(&mut RenderSetup),
    ) -> Result<(Vec<f32>, RenderResult), tonic::Status> {
        let path = self.path(name);
        let mut setup = RenderSetup {
            sample_rate: FORMAT.sample_rate,
            block_frames: FORMAT.block_frames,
            random_blocks_seed: None,
            threads: 1,
            from_sample: 0,
            to_sample: 48_000,
            format: SampleFormat::Float32 as i32,
            path: path.to_str().expect("unicode").to_owned(),
            export: None,
        };
        change(&mut setup);
        let requests = [render_request::Kind::Setup(setup), render_request::Kind::Graph(graph)];
        let requests = tokio_stream::iter(requests.map(|kind| RenderRequest { kind: Some(kind) }));
        let mut up = self.client.render(requests).await?.into_inner();
        while let Some(message) = up.message().await? {
            if let Some(render_response::Kind::Result(result)) = message.kind {
                return Ok((wav(&path), result));
            }
        }
        panic!("a render ends with a result or an error")
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("Signal did not end well");
        }
    }
}

/// Pulse's end of its stream.
pub struct Pulse {
    pub down: mpsc::Sender<RunGraphRequest>,
    pub up: tonic::Streaming<RunGraphResponse>,
    revision: u64,
}

impl Pulse {
    pub async fn next(&mut self) -> Option<run_graph_response::Kind> {
        let message = tokio::time::timeout(PATIENCE, self.up.message()).await.expect("an answer");
        message.expect("no error").and_then(|message| message.kind)
    }

    /// Sends an update in one part, under the next revision.
    pub async fn send(&mut self, update: GraphUpdate) -> u64 {
        self.revision += 1;
        let update = GraphUpdate { revision: self.revision, last: true, ..update };
        self.send_part(update).await;
        self.revision
    }

    pub async fn send_part(&mut self, update: GraphUpdate) {
        let kind = Some(run_graph_request::Kind::Graph(update));
        self.down.send(RunGraphRequest { kind }).await.expect("sent");
    }

    /// Sends an update that is applied.
    pub async fn apply(&mut self, update: GraphUpdate) {
        let sent = self.send(update).await;
        match self.next().await {
            Some(run_graph_response::Kind::Applied(applied)) => assert_eq!(applied.revision, sent),
            other => panic!("not applied: {other:?}"),
        }
    }

    /// Sends an update that is refused; gives the reason.
    pub async fn refused(&mut self, update: GraphUpdate) -> String {
        let sent = self.send(update).await;
        match self.next().await {
            Some(run_graph_response::Kind::Refused(refused)) => {
                assert_eq!(refused.revision, sent);
                assert!(!refused.reason.is_empty());
                refused.reason
            }
            other => panic!("not refused: {other:?}"),
        }
    }
}

fn sandbox_binary() -> PathBuf {
    let tests = std::env::current_exe().expect("a path");
    let target = tests.parent().and_then(Path::parent).expect("target/debug");
    let sandbox = target.join("loophole-sandbox");
    assert!(sandbox.exists(), "build it first: cargo build -p signal-sandbox");
    sandbox
}

pub fn wav(path: &Path) -> Vec<f32> {
    let reader = hound::WavReader::open(path).expect("a wav file");
    let spec = reader.spec();
    if spec.sample_format == hound::SampleFormat::Float {
        return reader.into_samples().map(|sample| sample.expect("a sample")).collect();
    }
    let full_scale = (1_u32 << (spec.bits_per_sample - 1)) as f32;
    reader.into_samples::<i32>().map(|sample| sample.expect("a sample") as f32 / full_scale).collect()
}

/// Whether `heard` is `expected` from its first frame on, bit for bit; says where not.
pub fn assert_same_bits(heard: &[f32], expected: &[f32]) {
    let frames = heard.len().min(expected.len());
    assert!(frames > 4_800, "too short to tell: {frames}");
    let differs =
        heard.iter().zip(expected).position(|(heard, expected)| heard.to_bits() != expected.to_bits());
    if let Some(at) = differs {
        panic!("frame {} differs: {} instead of {}", at / 2, heard[at], expected[at]);
    }
    assert!(heard.iter().any(|sample| sample.abs() > 0.01), "silence proves nothing");
}
