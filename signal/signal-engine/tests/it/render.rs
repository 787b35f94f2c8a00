//! Rendering to files.

use chorus::signal::v1::*;

use crate::fixture::{Signal, assert_same_bits};
use crate::graphs::{self, AUDIO};

fn song(signal: &Signal) -> GraphUpdate {
    let file = signal.path("sweep.pcm");
    graphs::write_sweep(&file, 300_000, 300_000);
    graphs::with_audio(graphs::with_synth(graphs::empty()), AUDIO, &file)
}

#[tokio::test]
async fn bits_do_not_depend_on_blocks_and_threads() {
    let mut signal = Signal::offline().await;
    let graph = song(&signal);
    let (expected, result) = signal.render(graph.clone(), "a.wav", |_| {}).await.expect("rendered");
    assert_eq!((result.frames, result.sample_rate, result.channels), (48_000, 48_000, 2));
    type Change = fn(&mut RenderSetup);
    let changes: [(&str, Change); 4] = [
        ("b.wav", |setup| setup.threads = 2),
        ("c.wav", |setup| setup.block_frames = 64),
        ("d.wav", |setup| (setup.block_frames, setup.threads) = (8192, 3)),
        ("e.wav", |setup| (setup.block_frames, setup.random_blocks_seed) = (512, Some(7))),
    ];
    for (name, change) in changes {
        let (samples, other) = signal.render(graph.clone(), name, change).await.expect("rendered");
        assert_same_bits(&samples, &expected);
        assert_eq!(samples.len(), expected.len());
        assert_eq!(other.pcm_sha256, result.pcm_sha256, "{name}");
    }
}

#[tokio::test]
async fn result_says_what_the_file_holds() {
    let mut signal = Signal::offline().await;
    let graph = song(&signal);
    let (samples, result) =
        signal.render(graph, "a.wav", |setup| setup.to_sample = 30_000).await.expect("rendered");
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    assert!((result.peak_dbfs - 20.0 * f64::from(peak).log10()).abs() < 1e-9);
    assert!(result.times_realtime > 0.0);
    let bytes = std::fs::read(signal.path("a.wav")).expect("read");
    let data = &bytes[bytes.len() - samples.len() * 4..];
    let digest = <sha2::Sha256 as sha2::Digest>::digest(data);
    assert_eq!(result.pcm_sha256, digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let (_, silent) = signal.render(graphs::empty(), "b.wav", |_| {}).await.expect("rendered");
    assert_eq!(silent.peak_dbfs, -999.0);
}

#[tokio::test]
async fn render_from_the_middle_has_the_notes_that_sound_there() {
    let mut signal = Signal::offline().await;
    let graph = song(&signal);
    let middle = |setup: &mut RenderSetup| (setup.from_sample, setup.to_sample) = (30_000, 40_000);
    let (samples, result) = signal.render(graph, "a.wav", middle).await.expect("rendered");
    assert_eq!(result.frames, 10_000);
    assert!(samples[..9600].iter().any(|sample| sample.abs() > 0.01));
}

#[tokio::test]
async fn what_cannot_be_rendered_is_refused_and_leaves_no_file() {
    let mut signal = Signal::offline().await;
    let graph = graphs::with_synth(graphs::empty());
    type Change = fn(&mut RenderSetup);
    let changes: [Change; 9] = [
        |setup| setup.block_frames = 15,
        |setup| setup.block_frames = 8193,
        |setup| setup.threads = 0,
        |setup| setup.threads = 65,
        |setup| setup.from_sample = -1,
        |setup| setup.to_sample = 0,
        |setup| setup.to_sample = i64::MAX,
        |setup| setup.sample_rate = 44_100,
        |setup| setup.path = "out.wav".into(),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let refused = signal.render(graph.clone(), "out.wav", change).await.expect_err("refused");
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{index}: {refused}");
    }
    let lost = graphs::with_audio(graphs::empty(), AUDIO, &signal.path("missing.pcm"));
    let refused = signal.render(lost, "out.wav", |_| {}).await.expect_err("refused");
    assert!(refused.message().contains("missing.pcm"), "{refused}");
    signal.client.play(PlayRequest {}).await.expect_err("it only renders");
    assert_eq!(std::fs::read_dir(signal.folder.path()).expect("listed").count(), 0);
}

#[tokio::test]
async fn render_that_nobody_waits_for_leaves_no_file() {
    let mut signal = Signal::offline().await;
    let setup = RenderSetup {
        sample_rate: 48_000,
        block_frames: 64,
        random_blocks_seed: None,
        threads: 1,
        from_sample: 0,
        to_sample: 1 << 34,
        format: SampleFormat::Int16 as i32,
        path: signal.path("out.wav").to_str().expect("unicode").to_owned(),
        export: None,
    };
    let graph = graphs::with_synth(graphs::empty());
    let requests = [render_request::Kind::Setup(setup), render_request::Kind::Graph(graph)];
    let requests = tokio_stream::iter(requests.map(|kind| RenderRequest { kind: Some(kind) }));
    let mut up = signal.client.render(requests).await.expect("begun").into_inner();
    let first = up.message().await.expect("progress").and_then(|message| message.kind);
    assert!(matches!(first, Some(render_response::Kind::Progress(_))), "{first:?}");
    drop(up);
    signal
        .until("the unfinished file is removed", |signal| {
            std::fs::read_dir(signal.folder.path()).expect("listed").count() == 0
        })
        .await;
}
