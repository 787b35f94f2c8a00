//! From one song to the next: it stops, and nothing of the first is in the second.

use chorus::signal::v1::*;

use crate::fixture::Signal;
use crate::graphs::{self, SYNTH};

async fn leave(signal: &mut Signal, only_ask: bool) -> Result<(), tonic::Status> {
    signal.client.leave_song(LeaveSongRequest { only_ask }).await.map(drop)
}

#[tokio::test]
async fn song_is_left_at_rest_and_nothing_plays_before_the_next_one_is_there() {
    let mut signal = Signal::playing().await;
    let mut first = signal.pulse().await;
    first.apply(graphs::with_synth(graphs::empty())).await;
    signal.play().await;
    signal.until("the synth sounds", |signal| signal.peak(SYNTH) > 0.05).await;
    leave(&mut signal, true).await.expect("it would");
    assert!(signal.transport().playing, "it was only asked");

    leave(&mut signal, false).await.expect("left");
    let transport = signal.transport();
    assert!(!transport.playing && transport.position_samples == 0, "it rests at the start: {transport:?}");
    let refused = signal.client.play(PlayRequest {}).await.expect_err("nothing to play");
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    assert!(refused.message().contains("another song"), "{}", refused.message());

    let mut second = signal.pulse().await;
    second.apply(graphs::with_synth(graphs::empty())).await;
    signal.play().await;
    signal.until("the next song sounds", |signal| signal.peak(SYNTH) > 0.05).await;
}

#[tokio::test]
async fn song_ends_without_a_click() {
    let graph = graphs::with_synth(graphs::empty());
    let mut offline = Signal::offline().await;
    let (rendered, _) =
        offline.render(graph.clone(), "out.wav", |setup| setup.to_sample = 240_000).await.expect("rendered");
    let mut signal = Signal::playing().await;
    let mut first = signal.pulse().await;
    first.apply(graph).await;
    let capture = signal.start_capture("left.wav").await;
    signal.play().await;
    signal.until_position(24_000).await;
    let steps = |samples: &[f32]| {
        let left: Vec<f32> = samples.iter().step_by(2).copied().collect();
        left.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    };
    leave(&mut signal, false).await.expect("left");
    let mut second = signal.pulse().await;
    second.apply(graphs::empty()).await;
    signal.until("it is silent", |signal| signal.peak(SYNTH) < 1e-4).await;
    let (_, samples) = signal.stop_capture(&capture).await;
    let (largest, end) = (steps(&rendered), steps(&samples));
    assert!(end <= largest * 1.02, "a step of {end} at the end, of {largest} within the song");
    assert!(samples.iter().rev().take(64).all(|sample| sample.abs() < 1e-4), "it ends in silence");
}

#[tokio::test]
async fn song_that_comes_again_after_all_plays_on() {
    let mut signal = Signal::playing().await;
    let mut first = signal.pulse().await;
    first.apply(graphs::with_synth(graphs::empty())).await;
    leave(&mut signal, false).await.expect("left");
    drop(first);
    let mut again = signal.pulse().await;
    again.apply(graphs::with_synth(graphs::empty())).await;
    signal.play().await;
    signal.until("it sounds", |signal| signal.peak(SYNTH) > 0.05).await;
}
