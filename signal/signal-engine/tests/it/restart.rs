//! A Signal that takes the place of one that died.

use chorus::signal::v1::*;
use shm::telemetry::Transport;

use crate::fixture::{FORMAT, Signal, assert_same_bits};
use crate::graphs;

fn left_behind(position_samples: i64, playing: bool) -> std::os::fd::OwnedFd {
    let telemetry = shm::telemetry::create().expect("memory");
    let mut writer = shm::telemetry::Writer::open(&telemetry).expect("mapped");
    let (sample_rate, block_frames) = (FORMAT.sample_rate, FORMAT.block_frames);
    writer.publish(&Transport {
        position_samples,
        playing,
        sample_rate,
        block_frames,
        ..Transport::default()
    });
    telemetry
}

#[tokio::test]
async fn song_plays_on_from_where_the_last_signal_died() {
    let mut signal = Signal::playing_on(left_behind(70_000, true)).await;
    let path = signal.start_capture("heard.wav").await;
    signal.until("it goes on saying so", |signal| signal.transport().playing).await;
    assert_eq!(signal.transport().position_samples, 70_000, "nothing plays before the graph is there");
    let graph = graphs::with_synth(graphs::empty());
    let mut pulse = signal.pulse().await;
    pulse.apply(graph.clone()).await;
    signal.until_position(100_000).await;
    signal.stop().await;
    let (start, heard) = signal.stop_capture(&path).await;
    assert_eq!(start, 70_000);
    let mut offline = Signal::offline().await;
    let range = |setup: &mut RenderSetup| (setup.from_sample, setup.to_sample) = (70_000, 100_000);
    let (rendered, _) = offline.render(graph, "out.wav", range).await.expect("rendered");
    assert_same_bits(&heard[..60_000], &rendered);
}

#[tokio::test]
async fn song_that_rested_rests_where_it_was() {
    let mut signal = Signal::playing_on(left_behind(70_000, false)).await;
    let mut pulse = signal.pulse().await;
    pulse.apply(graphs::with_synth(graphs::empty())).await;
    signal.until("the position is back", |signal| signal.transport().position_samples == 70_000).await;
    assert!(!signal.transport().playing);
    signal.play().await;
    signal.until_position(75_000).await;
    assert!(signal.transport().position_samples < 200_000);
}

#[tokio::test]
async fn stop_before_the_graph_is_there_is_obeyed() {
    let mut signal = Signal::playing_on(left_behind(70_000, true)).await;
    signal.stop().await;
    let mut pulse = signal.pulse().await;
    pulse.apply(graphs::with_synth(graphs::empty())).await;
    signal.until("it rests", |signal| !signal.transport().playing).await;
    assert_eq!(signal.transport().position_samples, 70_000);
}

#[tokio::test]
async fn position_that_makes_no_sense_is_the_start() {
    let telemetry = shm::telemetry::create().expect("memory");
    let mut writer = shm::telemetry::Writer::open(&telemetry).expect("mapped");
    writer.publish(&Transport { position_samples: i64::MAX, playing: true, ..Transport::default() });
    let mut signal = Signal::playing_on(telemetry).await;
    let mut pulse = signal.pulse().await;
    pulse.apply(graphs::empty()).await;
    signal.until("it has a rate", |signal| signal.transport().sample_rate == FORMAT.sample_rate).await;
    assert_eq!(signal.transport().position_samples, 0);
}
