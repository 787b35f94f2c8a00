//! What the recorder writes when it comes to it late: as after a disk that stood still.

use std::sync::mpsc::sync_channel;

use tokio::sync::watch;

use super::*;
use crate::recording::feed::{Feed, Heard, feed};
use crate::recording::setup::{MonitorChoice, RecordInput};

/// Low, so that the ring of four seconds is short.
const RATE: u32 = 1_000;
const BLOCK: usize = 100;
const SOUND: u64 = 1;
const NOTES: u64 = 2;

fn input(track: u64) -> RecordInput {
    RecordInput {
        track,
        name: "Voice".into(),
        armed: true,
        monitor: MonitorChoice::Off,
        channels: if track == SOUND { vec![0] } else { Vec::new() },
        note_player: if track == NOTES { 9 } else { 0 },
        port: if track == NOTES { PortChoice::Any } else { PortChoice::Nothing },
    }
}

/// Hands over the blocks from one frame to another; each sample is the number of its frame, and the song is where `at` says.
fn push(feed: &mut Feed, frames: std::ops::Range<u64>, at: impl Fn(u64) -> i64, key: Option<u64>) {
    for frame in frames.step_by(BLOCK) {
        let samples: Vec<f32> = (frame..frame + BLOCK as u64).map(|frame| frame as f32).collect();
        let pieces = [Piece { frames: BLOCK, position: at(frame), playing: true }];
        let offset = key.and_then(|key| key.checked_sub(frame)).filter(|offset| *offset < BLOCK as u64);
        let midi: Vec<MidiIn> = offset
            .map(|offset| MidiIn {
                track: 0,
                port: 0,
                offset: offset as u32,
                early: 0,
                data: [0x90, 60, 100],
            })
            .into_iter()
            .collect();
        let heard =
            Heard { frame, frames: BLOCK, pieces: &pieces, session: 1, delay: 0, note_delay: 0, midi: &midi };
        feed.push(&heard, |_| Some(&samples));
    }
}

fn lines(folder: &std::path::Path, track: u64) -> (Vec<serde_json::Value>, std::path::PathBuf) {
    let named = format!("-{track}-");
    let mut paths: Vec<_> = std::fs::read_dir(folder).expect("takes").flatten().map(|it| it.path()).collect();
    paths.retain(|path| {
        path.extension().is_some_and(|it| it == "take") && path.to_string_lossy().contains(&named)
    });
    assert_eq!(paths.len(), 1);
    let text = std::fs::read_to_string(&paths[0]).expect("a log");
    (
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect(),
        paths[0].with_extension("wav"),
    )
}

#[test]
fn frames_that_found_no_room_are_that_much_silence_and_notes_and_loops_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut feed, reader) = feed(vec![0], RATE);
    let (orders, incoming) = sync_channel(8);
    let (watchers, mut watched) = watch::channel(RecordingStatus::default());
    let words = Words { closed: Box::new(|| ()), ended: Box::new(|_| true) };
    let recorder = Recorder::new(RATE, reader, watchers, Arc::default(), words);
    let setup = RecordSetup {
        folder: Some(folder.path().to_owned()),
        inputs: vec![input(SOUND), input(NOTES)],
        ..RecordSetup::default()
    };
    let range = (0, i64::MAX);
    let session = RecordSession { number: 1, client: String::new(), range, begins: i64::MIN };
    for order in [Order::Inputs(1), Order::Setup(setup, BTreeMap::new()), Order::Begin(session)] {
        orders.send(order).expect("room");
    }
    // Four seconds find room and one does not. In that one a key goes down and the song goes back to the loop's start.
    let looped = |frame: u64| if frame < 4_700 { frame as i64 } else { frame as i64 - 3_700 };
    push(&mut feed, 0..5_000, looped, Some(4_550));
    let thread = std::thread::spawn(move || recorder.run(&incoming));
    let mut wait = |frames: i64| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let there = |status: &RecordingStatus| {
            status.takes.iter().any(|take| take.track == SOUND && take.pass == 2 && take.frames == frames)
        };
        runtime.block_on(watched.wait_for(there)).expect("it runs").clone()
    };
    wait(300);
    push(&mut feed, 5_000..6_000, looped, None);
    let status = wait(1_300);
    drop(orders);
    thread.join().expect("ended");

    let (log, sound) = lines(folder.path(), SOUND);
    let of = |log: &[serde_json::Value], kind: &str| {
        log.iter().filter_map(|line| line.get(kind).map(ToString::to_string)).collect::<Vec<_>>()
    };
    assert_eq!(of(&log, "pass"), [r#"{"sample":0,"frame":0}"#, r#"{"sample":1000,"frame":4700}"#]);
    assert_eq!(of(&log, "lost"), [r#"{"frames":1000}"#], "said once");
    let samples: Vec<f32> = hound::WavReader::open(sound)
        .expect("a take")
        .into_samples()
        .map(|it| it.expect("a sample"))
        .collect();
    let expected = |frame: usize| if (4_000..5_000).contains(&frame) { 0.0 } else { frame as f32 };
    assert_eq!(samples, (0..6_000).map(expected).collect::<Vec<f32>>());
    let (log, _) = lines(folder.path(), NOTES);
    assert_eq!(of(&log, "event"), [r#"{"sample":4550,"data":"903c64"}"#], "no note is lost");
    assert!(of(&log, "lost").is_empty());
    let told = &status.troubles.back().expect("told").text;
    assert!(told.contains("1.000 s of silence"), "{told}");
}
