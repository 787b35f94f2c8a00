//! A sound beside the song: heard at the device, and nowhere in the song.

use chorus::signal::v1::*;
use signal_engine::audition::METER_NODE;

use crate::fixture::Signal;
use crate::graphs::{self, MASTER};

fn listen_to(path: &std::path::Path) -> AuditionRequest {
    AuditionRequest { pcm_path: path.to_str().expect("unicode").to_owned(), gain: 1.0, from_frame: 0 }
}

#[tokio::test]
async fn an_auditioned_sound_is_heard_past_the_mixer_and_ends_by_itself() {
    let mut signal = Signal::playing().await;
    let file = signal.path("sweep.pcm");
    graphs::write_sweep(&file, 30_000, 30_000);
    let mut pulse = signal.pulse().await;
    pulse.apply(graphs::empty()).await;
    let path = signal.start_capture("heard.wav").await;
    signal.play().await;
    let frames = signal.client.audition(listen_to(&file)).await.expect("heard").into_inner().frames;
    assert_eq!(frames, 30_000);
    signal.until("its meter moves", |signal| signal.peak(METER_NODE) > 0.1).await;
    assert_eq!(signal.peak(MASTER), 0.0, "the song does not hear it");
    // A graph that arrives meanwhile leaves the meter alone.
    pulse.apply(graphs::with_synth(graphs::empty())).await;
    let position = signal.transport().position_samples;
    signal.until_position(position + 48_000).await;
    signal.until("its meter falls", |signal| signal.peak(METER_NODE) == 0.0).await;
    signal.stop().await;
    let (_, heard) = signal.stop_capture(&path).await;
    let loudest = heard.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    assert!(loudest > 0.3, "the device was given {loudest}");
}

#[tokio::test]
async fn the_newest_sound_plays_stop_stops_it_and_what_is_none_is_refused() {
    let mut signal = Signal::playing().await;
    let (long, other) = (signal.path("long.pcm"), signal.path("other.pcm"));
    graphs::write_sweep(&long, 4_000_000, 4_000_000);
    graphs::write_sweep(&other, 100_000, 100_000);
    let frames = signal.client.audition(listen_to(&long)).await.expect("heard").into_inner().frames;
    assert_eq!(frames, 60 * 48_000, "the first minute");
    signal.client.audition(listen_to(&other)).await.expect("heard");
    signal.until("it sounds", |signal| signal.peak(METER_NODE) > 0.1).await;
    signal.client.stop_audition(StopAuditionRequest {}).await.expect("stopped");
    signal.until("it is silent", |signal| signal.peak(METER_NODE) == 0.0).await;
    let truncated = signal.path("truncated.pcm");
    graphs::write_sweep(&truncated, 1_000, 10);
    for path in [truncated, signal.path("none.pcm"), "relative.pcm".into()] {
        signal.client.audition(listen_to(&path)).await.expect_err("refused");
    }
}
