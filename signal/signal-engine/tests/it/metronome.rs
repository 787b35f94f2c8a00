//! Where the metronome is heard: to the sample on the chosen channels of the device, on no other, and in nothing that is
//! rendered, captured or measured.
//!
//! The virtual device hears what it plays, so a take of all its channels is what came out of each.

use std::path::PathBuf;

use chorus::signal::v1::*;

use crate::fixture::{FORMAT, PATIENCE, Signal, assert_same_bits};
use crate::graphs;
use crate::recording::{closed, record, setup, takes};

const CHANNELS: usize = 4;
/// At 120 beats a minute and 48 kHz.
const BEAT: usize = 24_000;
/// How far the song is played: three beats.
const PLAYED: usize = 60_000;

async fn on_four_channels(settings: Option<PathBuf>) -> Signal {
    Signal::playing_with(
        shm::telemetry::create().expect("memory"),
        "virtual:4",
        FORMAT.block_frames,
        settings,
    )
    .await
}

fn on_channels(first_channel: u32, channels: u32) -> MetronomeOutput {
    MetronomeOutput { place: MetronomePlace::Channels as i32, first_channel, channels }
}

fn at(place: MetronomePlace) -> MetronomeOutput {
    MetronomeOutput { place: place as i32, ..Default::default() }
}

async fn choose(signal: &mut Signal, output: MetronomeOutput) -> Result<(), tonic::Status> {
    let request = SetMetronomeOutputRequest { output: Some(output) };
    signal.client.set_metronome_output(request).await.map(drop)
}

async fn chosen(signal: &mut Signal) -> MetronomeOutput {
    let device = signal.client.get_device(GetDeviceRequest {}).await.expect("a device").into_inner();
    device.metronome_output.expect("it is told")
}

/// A song of notes, played with its metronome while all four channels are recorded: each channel's samples, and what the
/// tap of the device's output holds.
async fn heard(output: MetronomeOutput, change: impl FnOnce(&mut Recording)) -> (Vec<Vec<f32>>, Vec<f32>) {
    let mut signal = on_four_channels(None).await;
    choose(&mut signal, output).await.expect("chosen");
    let mut recording = Recording { metronome: true, ..setup(&signal) };
    recording.inputs[0].audio_channels = (1..=CHANNELS as u32).collect();
    change(&mut recording);
    let mut pulse = signal.pulse().await;
    let graph = graphs::with_synth(graphs::empty());
    pulse.apply(GraphUpdate { recording: Some(recording), ..graph }).await;
    let captured = signal.start_capture("captured.wav").await;
    record(&mut signal, true).await;
    signal.until_position(PLAYED as i64 + 10_000).await;
    signal.stop().await;
    closed(&mut pulse).await;
    let (start, captured) = signal.stop_capture(&captured).await;
    assert_eq!(start, 0);
    let takes = takes(&signal.path("takes"));
    assert_eq!(takes[0].passes(), [(0, 0)]);
    let samples = takes[0].samples();
    let of = |channel| samples.chunks_exact(CHANNELS).take(PLAYED).map(|frame| frame[channel]).collect();
    ((0..CHANNELS).map(of).collect(), captured[..2 * PLAYED].to_vec())
}

async fn rendered() -> Vec<f32> {
    let mut offline = Signal::offline().await;
    let graph = GraphUpdate {
        recording: Some(Recording { metronome: true, metronome_gain: 1.0, ..Default::default() }),
        ..graphs::with_synth(graphs::empty())
    };
    let to = PLAYED as i64;
    offline.render(graph, "out.wav", |setup| setup.to_sample = to).await.expect("rendered").0
}

fn stereo(left: &[f32], right: &[f32]) -> Vec<f32> {
    left.iter().zip(right).flat_map(|(left, right)| [*left, *right]).collect()
}

/// Where sound begins after silence. A click's first sample is 0: the beat is the frame before.
fn onsets(samples: &[f32]) -> Vec<usize> {
    let is_onset =
        |at: &usize| samples[*at] != 0.0 && samples[at.saturating_sub(1000)..*at].iter().all(|s| *s == 0.0);
    (1..samples.len()).filter(is_onset).map(|at| at - 1).collect()
}

#[tokio::test]
async fn the_click_is_on_its_own_pair_to_the_sample_and_on_no_other() {
    let (channels, captured) = heard(on_channels(3, 2), |_| {}).await;
    let rendered = rendered().await;
    assert_same_bits(&stereo(&channels[0], &channels[1]), &rendered);
    assert_same_bits(&captured, &rendered);
    assert_eq!(onsets(&channels[2]), [0, BEAT, 2 * BEAT]);
    assert_eq!(channels[2], channels[3]);
}

#[tokio::test]
async fn one_channel_and_no_channel_can_be_chosen() {
    let (channels, _) = heard(on_channels(4, 1), |_| {}).await;
    let rendered = rendered().await;
    assert_same_bits(&stereo(&channels[0], &channels[1]), &rendered);
    assert!(channels[2].iter().all(|sample| *sample == 0.0));
    assert_eq!(onsets(&channels[3]), [0, BEAT, 2 * BEAT]);

    let (channels, _) = heard(at(MetronomePlace::Nowhere), |_| {}).await;
    assert_same_bits(&stereo(&channels[0], &channels[1]), &rendered);
    assert!(channels[2..].iter().flatten().all(|sample| *sample == 0.0));
}

#[tokio::test]
async fn a_click_beside_the_song_is_in_no_capture_and_no_loudness() {
    let mut signal = on_four_channels(None).await;
    let mut recording = Recording { metronome: true, ..setup(&signal) };
    recording.metronome_gain = 2.0;
    let mut pulse = signal.pulse().await;
    pulse.apply(GraphUpdate { recording: Some(recording), ..graphs::empty() }).await;
    let captured = signal.start_capture("captured.wav").await;
    record(&mut signal, true).await;
    signal.until_position(PLAYED as i64).await;
    let measured = async {
        while signal.loudness().is_none_or(|loudness| loudness.measured_frames < PLAYED as u64 / 2) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, measured).await.expect("measured");
    let loudness = signal.loudness().expect("measured");
    assert!(
        loudness.momentary < -100.0 && loudness.true_peak.iter().all(|peak| *peak < -100.0),
        "{loudness:?}"
    );
    signal.stop().await;
    closed(&mut pulse).await;
    let (_, captured) = signal.stop_capture(&captured).await;
    assert!(captured.iter().all(|sample| *sample == 0.0), "the song is silent");
    let samples = takes(&signal.path("takes"))[0].samples();
    let left: Vec<f32> = samples.chunks_exact(2).take(PLAYED - 5_000).map(|frame| frame[0]).collect();
    assert_eq!(onsets(&left), [0, BEAT, 2 * BEAT], "it is heard all the same");
}

#[tokio::test]
async fn the_choice_is_remembered_and_hostile_ones_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("audio.json");
    let mut signal = on_four_channels(Some(settings.clone())).await;
    assert_eq!(chosen(&mut signal).await, at(MetronomePlace::Main));
    choose(&mut signal, on_channels(3, 2)).await.expect("chosen");
    assert_eq!(chosen(&mut signal).await, on_channels(3, 2));
    for senseless in [
        MetronomeOutput::default(),
        on_channels(0, 1),
        on_channels(0, 2),
        on_channels(64, 2),
        on_channels(65, 1),
        on_channels(u32::MAX, 2),
        on_channels(1, 3),
        MetronomeOutput { place: 77, first_channel: 1, channels: 1 },
    ] {
        let refused = choose(&mut signal, senseless).await.expect_err("refused");
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{senseless:?}: {refused}");
        assert!(refused.message().contains("metronome"), "{refused}");
    }
    drop(signal);
    let mut signal = on_four_channels(Some(settings)).await;
    assert_eq!(chosen(&mut signal).await, on_channels(3, 2));
}

#[tokio::test]
async fn the_virtual_device_says_that_it_hears_itself() {
    let mut signal = Signal::playing().await;
    let device = signal.client.get_device(GetDeviceRequest {}).await.expect("a device").into_inner();
    assert!(device.loops_back);
}
