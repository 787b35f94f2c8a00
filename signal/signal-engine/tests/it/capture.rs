//! What the device is given, sample for sample.

use chorus::signal::v1::*;

use crate::fixture::{Signal, assert_same_bits};
use crate::graphs::{self, AUDIO, MASTER, SYNTH, audio_edge};

#[tokio::test]
async fn played_song_equals_its_render_bit_for_bit() {
    let mut signal = Signal::playing().await;
    let file = signal.path("sweep.pcm");
    graphs::write_sweep(&file, 300_000, 300_000);
    let graph = graphs::with_audio(graphs::with_synth(graphs::empty()), AUDIO, &file);
    let mut pulse = signal.pulse().await;
    pulse.apply(graph.clone()).await;
    let path = signal.start_capture("heard.wav").await;
    signal.play().await;
    signal.until_position(120_000).await;
    signal.stop().await;
    let (start, heard) = signal.stop_capture(&path).await;
    assert_eq!(start, 0);
    let mut offline = Signal::offline().await;
    let (rendered, _) =
        offline.render(graph, "out.wav", |setup| setup.to_sample = 120_000).await.expect("rendered");
    assert_same_bits(&heard[..240_000], &rendered);
}

#[tokio::test]
async fn edits_of_other_tracks_do_not_touch_a_sample() {
    let mut signal = Signal::playing().await;
    let graph = graphs::with_synth(graphs::empty());
    let mut pulse = signal.pulse().await;
    pulse.apply(graph.clone()).await;
    let path = signal.start_capture("heard.wav").await;
    signal.play().await;
    // Silent tracks that come, change and go again.
    for round in 0..30 {
        let track = 50 + round % 3;
        let added = GraphUpdate {
            nodes: vec![graphs::strip(track, 0.0)],
            edges: vec![audio_edge(SYNTH, track), audio_edge(track, MASTER)],
            ..Default::default()
        };
        pulse.apply(added).await;
        let mute = ParameterChange { node: track, parameter: StripParameter::Mute as i32 as u32, value: 1.0 };
        pulse.apply(GraphUpdate { parameters: vec![mute], ..Default::default() }).await;
        pulse.apply(GraphUpdate { removed_nodes: vec![track], ..Default::default() }).await;
    }
    signal.until_position(60_000).await;
    signal.stop().await;
    let (_, heard) = signal.stop_capture(&path).await;
    let mut offline = Signal::offline().await;
    let (rendered, _) =
        offline.render(graph, "out.wav", |setup| setup.to_sample = 60_000).await.expect("rendered");
    assert_same_bits(&heard[..120_000], &rendered);
}

#[tokio::test]
async fn sound_goes_on_without_pulse_and_through_its_return() {
    let mut signal = Signal::playing().await;
    let graph = graphs::with_synth(graphs::empty());
    let mut pulse = signal.pulse().await;
    pulse.apply(graph.clone()).await;
    let path = signal.start_capture("heard.wav").await;
    signal.play().await;
    signal.until_position(20_000).await;
    drop(pulse);
    signal.until_position(40_000).await;
    let mut again = signal.pulse().await;
    again.apply(graph.clone()).await;
    signal.until_position(60_000).await;
    signal.stop().await;
    let (_, heard) = signal.stop_capture(&path).await;
    let mut offline = Signal::offline().await;
    let (rendered, _) =
        offline.render(graph, "out.wav", |setup| setup.to_sample = 60_000).await.expect("rendered");
    assert_same_bits(&heard[..120_000], &rendered);
}

#[tokio::test]
async fn missing_and_damaged_files_are_silence_until_they_are_whole() {
    let mut signal = Signal::playing().await;
    let (whole, missing) = (signal.path("whole.pcm"), signal.path("missing.pcm"));
    let truncated = signal.path("truncated.pcm");
    graphs::write_sweep(&whole, 300_000, 300_000);
    graphs::write_sweep(&truncated, 300_000, 1000);
    let sound = graphs::with_audio(graphs::empty(), AUDIO, &whole);
    let graph = graphs::with_audio(graphs::with_audio(sound.clone(), 30, &missing), 40, &truncated);
    let mut pulse = signal.pulse().await;
    pulse.apply(graph).await;
    let path = signal.start_capture("heard.wav").await;
    signal.play().await;
    signal.until_position(30_000).await;
    signal.stop().await;
    let (_, heard) = signal.stop_capture(&path).await;
    let mut offline = Signal::offline().await;
    let (rendered, _) =
        offline.render(sound, "out.wav", |setup| setup.to_sample = 30_000).await.expect("rendered");
    assert_same_bits(&heard[..60_000], &rendered);

    graphs::write_sweep(&missing, 300_000, 300_000);
    signal.client.locate(LocateRequest { position_samples: 0 }).await.expect("located");
    signal.play().await;
    signal.until("the file is found", |signal| signal.peak(30) > 0.05).await;
    assert_eq!(signal.peak(40), 0.0);
}

#[tokio::test]
async fn capture_begins_with_the_next_play_and_is_one_at_a_time() {
    let mut signal = Signal::playing().await;
    let mut pulse = signal.pulse().await;
    pulse.apply(graphs::with_synth(graphs::empty())).await;
    signal.play().await;
    signal.until_position(10_000).await;
    let path = signal.start_capture("heard.wav").await;
    let second = signal.path("second.wav").to_str().expect("unicode").to_owned();
    signal.client.start_capture(StartCaptureRequest { path: second }).await.expect_err("one at a time");
    signal.until_position(20_000).await;
    signal.stop().await;
    signal.client.locate(LocateRequest { position_samples: 4000 }).await.expect("located");
    signal.play().await;
    signal.until("it plays", |signal| (10_000..15_000).contains(&signal.transport().position_samples)).await;
    let (start, heard) = signal.stop_capture(&path).await;
    assert_eq!(start, 4000, "what had played before is not captured");
    assert!(heard.len() >= 2 * 5000);
    signal.client.stop_capture(StopCaptureRequest {}).await.expect_err("there is none any more");
    let lost = StartCaptureRequest { path: "/nowhere/at/all.wav".into() };
    signal.client.start_capture(lost).await.expect_err("no such folder");
}
