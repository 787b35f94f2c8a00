//! Takes on disk: where they begin to the frame, loops, punch, count-in, keyboards, keeping, and what a full disk leaves.
//!
//! The virtual device hears what it plays, so what is recorded has to be the song itself, bit for bit.

use std::path::{Path, PathBuf};

use chorus::signal::v1::*;
use serde_json::Value;

use crate::fixture::{PATIENCE, Pulse, Signal, assert_same_bits, wav};
use crate::graphs::{self, SYNTH};

/// A track that takes both channels of the device.
const TRACK: u64 = 30;
const NOTE_PLAYER: u64 = 2 << 56 | SYNTH;

pub struct Take {
    lines: Vec<Value>,
    sound: Option<PathBuf>,
}

impl Take {
    /// Song position and frame of each pass.
    pub fn passes(&self) -> Vec<(i64, u64)> {
        let passes = self.lines.iter().filter_map(|line| line.get("pass"));
        passes
            .map(|pass| {
                (pass["sample"].as_i64().expect("a position"), pass["frame"].as_u64().expect("a frame"))
            })
            .collect()
    }

    pub fn events(&self) -> Vec<(i64, String)> {
        let events = self.lines.iter().filter_map(|line| line.get("event"));
        let text = |event: &Value| event["data"].as_str().expect("hex").to_owned();
        events.map(|event| (event["sample"].as_i64().expect("a position"), text(event))).collect()
    }

    pub fn samples(&self) -> Vec<f32> {
        wav(self.sound.as_ref().expect("it has sound"))
    }
}

/// What lies in a folder of takes.
pub fn takes(folder: &Path) -> Vec<Take> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut logs: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|it| it == "take")).collect();
    logs.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).expect("a log");
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let sound = lines[0]["take"]["sound"].as_str().map(|name| folder.join(name));
        Take { lines, sound }
    };
    logs.iter().map(read).collect()
}

pub fn setup(signal: &Signal) -> Recording {
    let input = RecordInput {
        track: TRACK,
        name: "Voice".into(),
        armed: true,
        monitor: Monitor::Auto as i32,
        audio_channels: vec![1, 2],
        ..Default::default()
    };
    Recording {
        folder: signal.path("takes").to_str().expect("unicode").into(),
        inputs: vec![input],
        metronome_gain: 1.0,
        ..Default::default()
    }
}

fn keyboard(signal: &Signal) -> Recording {
    let input = RecordInput {
        track: SYNTH,
        name: "Keys".into(),
        armed: true,
        monitor: Monitor::Auto as i32,
        note_player: NOTE_PLAYER,
        midi_port: "*".into(),
        ..Default::default()
    };
    Recording { inputs: vec![input], ..setup(signal) }
}

pub async fn record(signal: &mut Signal, enabled: bool) {
    let request = RecordRequest { enabled, client: "me".into() };
    signal.client.record(request).await.expect("recorded");
}

/// Waits until Signal says that takes are complete.
pub async fn closed(pulse: &mut Pulse) {
    loop {
        match pulse.next().await {
            Some(run_graph_response::Kind::TakesWaiting(_)) => return,
            Some(_) => {}
            None => panic!("the stream ended"),
        }
    }
}

/// A song of notes that plays, and what it sounds like.
async fn song(
    recording: impl FnOnce(&Signal) -> Recording,
    timeline: impl FnOnce(&mut Timeline),
) -> (Signal, Pulse, Vec<f32>) {
    let mut signal = Signal::playing().await;
    let graph = graphs::with_synth(graphs::empty());
    let mut offline = Signal::offline().await;
    let (rendered, _) =
        offline.render(graph.clone(), "out.wav", |setup| setup.to_sample = 96_000).await.expect("rendered");
    let mut pulse = signal.pulse().await;
    let mut graph = GraphUpdate { recording: Some(recording(&signal)), ..graph };
    timeline(graph.timeline.as_mut().expect("a timeline"));
    pulse.apply(graph).await;
    (signal, pulse, rendered)
}

#[tokio::test]
async fn loopback_lands_on_the_very_sample() {
    let (mut signal, mut pulse, rendered) = song(setup, |_| {}).await;
    record(&mut signal, true).await;
    signal.until_position(48_000).await;
    signal.stop().await;
    closed(&mut pulse).await;
    let takes = takes(&signal.path("takes"));
    assert_eq!(takes.len(), 1);
    assert_eq!(takes[0].passes(), [(0, 0)]);
    assert_eq!(takes[0].lines[0]["take"]["client"], "me");
    let samples = takes[0].samples();
    assert!(samples.len() >= 96_000, "everything that was played was recorded");
    assert_same_bits(&samples, &rendered);
}

#[tokio::test]
async fn song_that_is_recorded_into_is_not_left_and_is_forgotten_afterwards() {
    let (mut signal, mut pulse, _) = song(setup, |_| {}).await;
    record(&mut signal, true).await;
    signal.until_position(9_600).await;
    for only_ask in [true, false] {
        let refused = signal.client.leave_song(LeaveSongRequest { only_ask }).await.expect_err("it records");
        assert!(refused.message().contains("recorded into"), "{}", refused.message());
    }
    assert!(signal.transport().playing, "it plays on");
    signal.stop().await;
    closed(&mut pulse).await;
    signal.client.leave_song(LeaveSongRequest { only_ask: false }).await.expect("left");
    let mut next = signal.pulse().await;
    let graph = graphs::with_synth(graphs::empty());
    // What the device's loop still carries of the song comes in meanwhile.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    next.apply(GraphUpdate { recording: Some(setup(&signal)), ..graph }).await;
    let request = KeepPlayedRequest { client: "me".into(), track: TRACK };
    let refused = signal.client.keep_played(request).await.expect_err("nothing of this song was played");
    assert!(refused.message().contains("nothing was played"), "{}", refused.message());
}

#[tokio::test]
async fn recording_begins_and_ends_while_the_song_plays_on() {
    let (mut signal, mut pulse, rendered) = song(setup, |_| {}).await;
    signal.play().await;
    signal.until_position(10_000).await;
    record(&mut signal, true).await;
    signal.until_position(40_000).await;
    record(&mut signal, false).await;
    closed(&mut pulse).await;
    assert!(signal.transport().playing);
    let takes = takes(&signal.path("takes"));
    let (start, _) = takes[0].passes()[0];
    assert!(start >= 10_000);
    assert_same_bits(&takes[0].samples(), &rendered[2 * start as usize..]);
}

#[tokio::test]
async fn punch_is_exact_to_the_sample() {
    let punched = |signal: &Signal| Recording {
        punch_enabled: true,
        punch_in_sample: 5_001,
        punch_out_sample: 20_003,
        ..setup(signal)
    };
    let (mut signal, mut pulse, rendered) = song(punched, |_| {}).await;
    record(&mut signal, true).await;
    signal.until_position(30_000).await;
    signal.stop().await;
    closed(&mut pulse).await;
    let takes = takes(&signal.path("takes"));
    assert_eq!(takes[0].passes(), [(5_001, 0)]);
    let samples = takes[0].samples();
    assert_eq!(samples.len(), 2 * (20_003 - 5_001));
    assert_same_bits(&samples, &rendered[2 * 5_001..2 * 20_003]);
}

#[tokio::test]
async fn each_time_round_the_loop_is_a_pass_of_its_own() {
    let looped = |timeline: &mut Timeline| {
        timeline.loop_enabled = true;
        (timeline.loop_start_sample, timeline.loop_end_sample) = (1_000, 25_001);
    };
    let (mut signal, mut pulse, rendered) = song(setup, looped).await;
    record(&mut signal, true).await;
    let rounds = async {
        let mut watch = signal
            .client
            .clone()
            .watch_recording(WatchRecordingRequest {})
            .await
            .expect("watched")
            .into_inner();
        while let Some(status) = watch.message().await.expect("a status") {
            if status.takes.iter().any(|take| take.pass >= 3) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, rounds).await.expect("three rounds");
    signal.stop().await;
    closed(&mut pulse).await;
    let takes = takes(&signal.path("takes"));
    let passes = takes[0].passes();
    assert_eq!(passes[..3], [(0, 0), (1_000, 25_001), (1_000, 49_002)]);
    // The first time round is the song; where it went back notes of before still sound, as they do for the player.
    assert_same_bits(&takes[0].samples()[..50_002], &rendered[..50_002]);
}

#[tokio::test]
async fn bars_that_are_counted_in_are_not_recorded_and_move_nothing() {
    let counted = |signal: &Signal| Recording { count_in_bars: 1, pre_roll_bars: 0, ..setup(signal) };
    let (mut signal, mut pulse, rendered) = song(counted, |_| {}).await;
    record(&mut signal, true).await;
    let counting = async {
        let mut watch = signal
            .client
            .clone()
            .watch_recording(WatchRecordingRequest {})
            .await
            .expect("watched")
            .into_inner();
        while let Some(status) = watch.message().await.expect("a status") {
            if status.phase() == RecordingPhase::CountIn {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, counting).await.expect("counted in");
    assert_eq!(signal.transport().position_samples, 0, "the song rests meanwhile");
    signal.until_position(40_000).await;
    signal.stop().await;
    closed(&mut pulse).await;
    let takes = takes(&signal.path("takes"));
    assert_eq!(takes[0].passes(), [(0, 0)]);
    assert_same_bits(&takes[0].samples(), &rendered);
}

#[tokio::test]
async fn pre_roll_is_heard_and_not_recorded() {
    let rolled = |signal: &Signal| Recording { pre_roll_bars: 1, ..setup(signal) };
    let (mut signal, mut pulse, rendered) = song(rolled, |_| {}).await;
    signal.client.locate(LocateRequest { position_samples: 30_000 }).await.expect("located");
    record(&mut signal, true).await;
    signal.until_position(60_000).await;
    signal.stop().await;
    closed(&mut pulse).await;
    let takes = takes(&signal.path("takes"));
    assert_eq!(takes[0].passes(), [(30_000, 0)]);
    // Played from the start of the song, so that it sounds as in the render.
    assert_same_bits(&takes[0].samples(), &rendered[60_000..]);
}

#[tokio::test]
async fn keys_are_heard_and_recorded_where_they_were_heard() {
    let (mut signal, mut pulse, _) = song(keyboard, |_| {}).await;
    signal.client.locate(LocateRequest { position_samples: 96_000 }).await.expect("located");
    record(&mut signal, true).await;
    signal.until_position(100_000).await;
    let messages = vec![vec![0x90, 60, 100]];
    signal.client.send_midi(SendMidiRequest { messages, ..Default::default() }).await.expect("played");
    signal.until("the synth sounds", |signal| signal.peak(SYNTH) > 0.01).await;
    let held = signal.transport().position_samples + 4_800;
    signal.until_position(held).await;
    let messages = vec![vec![0x80, 60, 0]];
    signal.client.send_midi(SendMidiRequest { messages, ..Default::default() }).await.expect("played");
    let end = signal.transport().position_samples + 4_800;
    signal.until_position(end).await;
    signal.stop().await;
    closed(&mut pulse).await;
    let takes = takes(&signal.path("takes"));
    let events = takes[0].events();
    assert_eq!(events.iter().map(|(_, data)| data.as_str()).collect::<Vec<_>>(), ["903c64", "803c00"]);
    assert!(events[0].0 >= 100_000 && events[0].0 < events[1].0);
    assert!(takes[0].sound.is_none());
}

#[tokio::test]
async fn what_was_just_played_is_kept_without_having_been_recorded() {
    let (mut signal, mut pulse, rendered) = song(setup, |_| {}).await;
    let nothing =
        signal.client.keep_played(KeepPlayedRequest::default()).await.expect_err("nothing was played");
    assert!(nothing.message().contains("nothing was played"), "{nothing}");
    signal.play().await;
    signal.until_position(48_000).await;
    signal.stop().await;
    signal.until("it rests", |signal| !signal.transport().playing).await;
    let kept = signal.client.keep_played(KeepPlayedRequest::default()).await.expect("kept").into_inner();
    assert_eq!(kept.tracks, [TRACK]);
    closed(&mut pulse).await;
    let takes = takes(&signal.path("takes"));
    assert_eq!(takes[0].passes(), [(0, 0)]);
    assert_same_bits(&takes[0].samples(), &rendered);
}

#[tokio::test]
async fn nothing_is_recorded_without_an_armed_track() {
    let unarmed = |signal: &Signal| {
        let mut recording = setup(signal);
        recording.inputs[0].armed = false;
        recording
    };
    let (mut signal, _pulse, _) = song(unarmed, |_| {}).await;
    let refused = signal.client.record(RecordRequest { enabled: true, client: String::new() }).await;
    assert!(refused.expect_err("refused").message().contains("arm a track"));
    assert!(!signal.transport().playing);
}

#[tokio::test]
async fn the_way_from_output_to_input_is_measured() {
    let (mut signal, _pulse, _) = song(setup, |_| {}).await;
    let request = CalibrateRequest { output_channel: 2, input_channel: 2 };
    let measured = signal.client.calibrate(request).await.expect("measured").into_inner();
    assert_eq!(measured.round_trip_frames, measured.stated_frames);
    assert!(measured.confidence > 0.99);
    let request = CalibrateRequest { output_channel: 1, input_channel: 2 };
    let silent = signal.client.calibrate(request).await.expect_err("nothing comes in there");
    assert!(silent.message().contains("did not come back"), "{silent}");
}

#[tokio::test]
async fn a_disk_that_takes_no_more_is_told_and_play_goes_on() {
    let (mut signal, _pulse, _) =
        song(|signal| Recording { folder: "/proc/no/takes".into(), ..setup(signal) }, |_| {}).await;
    record(&mut signal, true).await;
    let told = async {
        let mut watch = signal
            .client
            .clone()
            .watch_recording(WatchRecordingRequest {})
            .await
            .expect("watched")
            .into_inner();
        while let Some(status) = watch.message().await.expect("a status") {
            if let Some(trouble) = status.troubles.first() {
                return trouble.clone();
            }
        }
        panic!("the stream ended")
    };
    let trouble = tokio::time::timeout(PATIENCE, told).await.expect("told");
    assert_eq!(trouble.track, TRACK);
    assert!(trouble.text.contains("“Voice” is not recorded"), "{}", trouble.text);
    let position = signal.transport().position_samples;
    signal.until_position(position + 4_800).await;
}
