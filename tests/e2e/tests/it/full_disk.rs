//! A disk that is full to its last byte: what was recorded is kept, edits are refused with the reason, nothing dies, the
//! sound goes on; and with room again everything goes on by itself.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use chorus::{
    pulse::v1::{AddMarker, Command, SubscribeRequest, command::Kind, entity, subscribe_response},
    signal::v1::{RecordingTrouble, StartCaptureRequest, WatchRecordingRequest},
    supervisor::v1::{ExportFormat, ExportState, ProcessKind, StartExportRequest},
};
use e2e::{
    Home, PATIENCE, Running,
    control_loop::ControlLoop,
    home::text,
    small_disk::SmallDisk,
    song::{BAR_SAMPLES, QUARTER, builtins_only},
    sound::{Sound, first_difference},
};
use tonic::{Code, Status};

use crate::{
    exports::all_over,
    recording::{VOICE, only_file, record, recordable, recorded},
};

/// Room for a bar of stereo floats and a little more.
const LEFT_FREE: u64 = 1 << 20;

/// Waits for the next trouble of a recording after number `after`.
async fn trouble(running: &Running<'_>, after: u64) -> anyhow::Result<RecordingTrouble> {
    let mut watch = running.signal().await?.watch_recording(WatchRecordingRequest {}).await?.into_inner();
    let told = async {
        while let Some(status) = watch.message().await? {
            if let Some(trouble) = status.troubles.into_iter().find(|trouble| trouble.number > after) {
                return Ok(trouble);
            }
        }
        anyhow::bail!("the stream ended")
    };
    tokio::time::timeout(PATIENCE, told).await?
}

/// Adds a marker whose name takes room.
async fn mark(running: &Running<'_>, number: u64) -> anyhow::Result<Result<u64, Status>> {
    let name = format!("{number}{}", ".".repeat(500));
    let marker = AddMarker { id: 1_000_000 + number, position: number as i64 * QUARTER, name };
    let commands = vec![Command { kind: Some(Kind::AddMarker(marker)) }];
    let request = chorus::pulse::v1::ExecuteRequest { commands, label: String::new() };
    let answer = running.pulse().await?.execute(request).await;
    Ok(answer.map(|answer| answer.into_inner().sequence))
}

/// Adds markers from number `first` on until one is refused; gives the numbers that were acknowledged, and why the last was not.
async fn mark_until_refused(running: &Running<'_>, first: u64) -> anyhow::Result<(BTreeSet<u64>, Status)> {
    let mut acknowledged = BTreeSet::new();
    for number in first..first + 10_000 {
        match mark(running, number).await? {
            Ok(_) => acknowledged.insert(number),
            Err(refusal) => return Ok((acknowledged, refusal)),
        };
    }
    anyhow::bail!("nothing is ever refused")
}

/// The numbers of the markers that Pulse has.
async fn markers(running: &Running<'_>) -> anyhow::Result<BTreeSet<u64>> {
    let mut song = running.pulse().await?.subscribe(SubscribeRequest::default()).await?.into_inner();
    let mut found = BTreeSet::new();
    while let Some(message) = song.message().await? {
        let Some(subscribe_response::Kind::Part(part)) = message.kind else { continue };
        for entity in part.entities {
            if let Some(entity::Kind::Marker(marker)) = entity.kind {
                found.insert(marker.id - 1_000_000);
            }
        }
        if part.last {
            break;
        }
    }
    Ok(found)
}

/// Keeps what is played from the next play on.
async fn capture(home: &Home, running: &Running<'_>) -> anyhow::Result<PathBuf> {
    let path = home.path("played.wav");
    let capture = StartCaptureRequest { path: text(&path)?.to_owned() };
    running.signal().await?.start_capture(capture).await?;
    Ok(path)
}

async fn nobody_died(running: &Running<'_>) -> anyhow::Result<()> {
    for process in running.processes().await? {
        ensure!(process.restarts == 0, "{} died of it", process.name);
    }
    Ok(())
}

fn is_said(refusal: &Status) -> bool {
    refusal.code() == Code::ResourceExhausted && refusal.message().contains("the disk is full: make room")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_is_kept_and_comes_into_the_song_when_there_is_room() -> anyhow::Result<()> {
    let home = Home::new()?;
    let disk = SmallDisk::new(&home, 24 << 20)?;
    let song = disk.path("Full.loophole");
    home.make_song_at(&song, &recordable())?;
    let rendered = home.render(&song)?;

    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    let captured = capture(&home, &running).await?;
    let ballast = disk.fill(LEFT_FREE)?;
    let late = || running.telemetry().map(|it| it.transport().map_or(0, |it| it.late_blocks.total()));
    let (control, late_before) = (ControlLoop::start(48_000, 256)?, late()?);
    record(&running, true).await?;

    let told = trouble(&running, 0).await?;
    assert_eq!(told.track, VOICE);
    assert!(told.text.contains("“Voice” is recorded no further: the disk is full"), "{}", told.text);
    assert!(told.text.contains("What was recorded is kept"), "{}", told.text);
    let position = || running.telemetry().map(|it| it.transport().map_or(0, |it| it.position_samples));
    running.played_past(position()? + BAR_SAMPLES / 2).await?;

    // As it lies there, with the disk full, it is what was played.
    let take = Sound::read(&only_file(&song.join("takes"), "wav")?)?;
    assert!(take.left.len() as i64 > BAR_SAMPLES, "{} frames", take.left.len());
    assert_eq!(first_difference(&take.left, &rendered.left), None);

    let (acknowledged, refusal) = mark_until_refused(&running, 1).await?;
    assert!(is_said(&refusal), "{refusal}");
    // Recording again says the same, and does not begin.
    record(&running, true).await?;
    let again = trouble(&running, told.number).await?;
    assert!(again.text.contains("the disk is full"), "{}", again.text);
    nobody_died(&running).await?;
    let (late_now, of_control) = (late()?, control.late_blocks());
    println!("{} late blocks, {of_control} of the control loop", late_now - late_before);
    let blocks = u64::try_from(position()?)? / 256;
    assert!(
        late_now - late_before <= of_control + blocks / 100,
        "late blocks: {late_before}, now {late_now}"
    );

    // Killed while it can write nothing, Pulse is back with all that it acknowledged, and still says why it refuses.
    running.kill(ProcessKind::Pulse).await?;
    assert_eq!(markers(&running).await?, acknowledged);
    disk.fill(0)?;
    let (_, refusal) = mark_until_refused(&running, 20_001).await?;
    assert!(is_said(&refusal), "{refusal}");
    let there = markers(&running).await?;

    fs::remove_file(ballast)?;
    let regions = recorded(&running).await?;
    assert_eq!((regions.len(), regions[0].start_sample, regions[0].offset_frames), (1, 0, 0));
    assert_eq!(regions[0].length_samples, take.left.len() as i64, "the whole take is in the clip");
    let stored = Sound::read(&only_file(&song.join("media"), "wav")?)?;
    assert_eq!(first_difference(&stored.left, &rendered.left), None);
    mark(&running, 20_000).await??;
    assert_eq!(markers(&running).await?.len(), there.len() + 1);
    // Captured to here and no further: a stop ends notes that the render plays on.
    running.stop_capture().await?;
    running.stop_playing().await?;
    let played = Sound::read(&captured)?;
    assert!(played.left.len() as i64 > 2 * BAR_SAMPLES);
    assert_eq!(first_difference(&played.left, &rendered.left), None, "the sound went on");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_that_were_refused_never_happened_for_anybody() -> anyhow::Result<()> {
    let home = Home::new()?;
    let disk = SmallDisk::new(&home, 4 << 20)?;
    let song = disk.path("Full.loophole");
    home.make_song_at(&song, &builtins_only())?;
    let running = home.open(&song).await?;
    let ballast = disk.fill(0)?;
    let (acknowledged, refusal) = mark_until_refused(&running, 1).await?;
    assert!(is_said(&refusal), "{refusal}");
    // Many at once: each stands on the one before, and all are refused.
    let at_once = (1..=20).map(|number| mark(&running, 30_000 + number));
    for answer in futures_all(at_once).await {
        assert!(is_said(&answer?.expect_err("there is no room for it")));
    }
    assert_eq!(markers(&running).await?, acknowledged);
    let saved = running.pulse().await?.save(chorus::pulse::v1::SaveRequest {}).await;
    if let Err(refusal) = saved {
        assert!(is_said(&refusal), "{refusal}");
    }
    fs::remove_file(ballast)?;
    mark(&running, 40_000).await??;
    let mut expected = acknowledged;
    expected.insert(40_000);
    assert_eq!(markers(&running).await?, expected);
    running.kill_supervisor().await?;
    let running = home.open(&song).await?;
    assert_eq!(markers(&running).await?, expected, "the journal is whole");
    let info = home.info(&song)?;
    assert_eq!(info["diagnostics"].as_array().map(Vec::len), Some(0), "{info}");
    Ok(())
}

async fn futures_all<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(value) => {
                done.push(value);
                false
            }
            std::task::Poll::Pending => true,
        });
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn a_song_on_a_full_disk_opens_and_plays() -> anyhow::Result<()> {
    let home = Home::new()?;
    let disk = SmallDisk::new(&home, 4 << 20)?;
    let song = disk.path("Full.loophole");
    home.make_song_at(&song, &builtins_only())?;
    let ballast = disk.fill(0)?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES / 2).await?;
    running.stop_capture().await?;
    let (_, refusal) = mark_until_refused(&running, 1).await?;
    assert!(is_said(&refusal), "{refusal}");
    nobody_died(&running).await?;
    fs::remove_file(ballast)?;
    mark(&running, 20_000).await??;
    Ok(())
}

#[test]
fn an_import_that_finds_no_room_says_so_and_leaves_nothing() -> anyhow::Result<()> {
    let home = Home::new()?;
    let disk = SmallDisk::new(&home, 4 << 20)?;
    let song = disk.path("Full.loophole");
    home.make_song_at(&song, &builtins_only())?;
    let sound = home.path("sound.wav");
    home.run(&["render", text(&song)?, "-o", text(&sound)?, "--from", "1", "--to", "4", "--bits", "32f"])?;
    // Enough for the file, and not for what it decodes to.
    for left in [1 << 20, 3 << 20] {
        let ballast = disk.fill(left)?;
        let said = home.run_failing(&["import", text(&sound)?, "-o", text(&song)?])?;
        assert!(said.contains("the disk is full: make room on it, then try again"), "{said}");
        for folder in ["media", "cache"] {
            assert_eq!(fs::read_dir(song.join(folder))?.count(), 0, "{folder}");
        }
        fs::remove_file(ballast)?;
    }
    Ok(())
}

fn names(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let entries = fs::read_dir(folder)?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

#[test]
fn an_export_that_finds_no_room_leaves_nothing_and_works_the_next_time() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let disk = SmallDisk::new(&home, 4 << 20)?;
    let folder = disk.path("");
    let range = ["--from", "1", "--to", "2", "--tail", "0", "--quality", "10"];
    // Two seconds take 750 KiB while they are made, and then the file itself.
    for (name, left) in
        [("a.wav", 256), ("a.wav", 800), ("a.flac", 256), ("a.flac", 800), ("a.ogg", 256), ("a.ogg", 780)]
    {
        let ballast = disk.fill(left << 10)?;
        let output = disk.path(name);
        let export = [&["export", text(&song)?, "-o", text(&output)?][..], &range].concat();
        let said = home.run_failing(&export)?;
        assert!(said.contains("the disk is full"), "{name}, {left} KiB: {said}");
        assert_eq!(names(&folder)?, BTreeSet::from(["ballast".to_owned()]), "{name}, {left} KiB");
        fs::remove_file(ballast)?;
        home.run(&export)?;
        assert_eq!(names(&folder)?, BTreeSet::from([name.to_owned()]));
        fs::remove_file(output)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_export_says_why_it_failed_and_works_with_room() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let disk = SmallDisk::new(&home, 32 << 20)?;
    fs::create_dir_all(home.path("data/loophole"))?;
    std::os::unix::fs::symlink(disk.path(""), home.path("data/loophole/exports"))?;
    let ballast = disk.fill(1 << 20)?;
    let running = home.open(&song).await?;
    let export = StartExportRequest {
        format: ExportFormat::Wav.into(),
        bits: 16,
        sample_rate: 48_000,
        ..Default::default()
    };
    running.supervisor().await?.start_export(export.clone()).await?;
    let jobs = all_over(&running).await?;
    assert_eq!(jobs[0].state(), ExportState::Failed);
    assert!(jobs[0].reason.contains("the disk is full"), "{}", jobs[0].reason);
    assert_eq!(names(&disk.path(""))?, BTreeSet::from(["ballast".to_owned()]));
    fs::remove_file(ballast)?;
    running.supervisor().await?.start_export(export).await?;
    let jobs = all_over(&running).await?;
    let file = jobs[1].files.first().context("a file")?;
    ensure!(jobs[1].state() == ExportState::Done && Path::new(&file.path).is_file(), "{:?}", jobs[1]);
    Ok(())
}
