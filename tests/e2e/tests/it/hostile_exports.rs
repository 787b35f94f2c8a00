//! Exports in bad company: broken off, killed, doubled, beside a recording, under strange names, into places that are not
//! there.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::Context as _;
use chorus::supervisor::v1::{CancelExportRequest, ExportState, StartExportRequest, WatchExportsRequest};
use e2e::{
    Home, PATIENCE, Running,
    home::text,
    song::{BAR_SAMPLES, builtins_only},
    sound::{Sound, first_difference},
    until,
};
use rustix::process::{Pid, Signal, kill_process};
use tonic::Code;

use crate::{
    exports::{all_over, wav32},
    recording::{only_file, record, recordable, recorded},
};

/// A render rate at which an export takes long enough to be met in the middle.
const SLOW: [&str; 3] = ["--render-rate", "384000", "--background"];

fn is_empty(folder: &Path) -> anyhow::Result<bool> {
    Ok(fs::read_dir(folder)?.next().is_none())
}

/// The ids of the offline Signals of this home.
fn renderers(home: &Home) -> anyhow::Result<Vec<i32>> {
    let all = home.survivors()?;
    let of_signal = all.iter().filter(|line| line.contains("loophole-signal") && line.contains("--offline"));
    let pid = |line: &String| line.strip_prefix("/proc/")?.split(' ').next()?.parse().ok();
    Ok(of_signal.filter_map(pid).collect())
}

/// An export that has told its first progress.
fn under_way(mut export: Command) -> anyhow::Result<(Child, BufReader<ChildStdout>)> {
    let mut export = export.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut output = BufReader::new(export.stdout.take().context("no stdout")?);
    let mut line = String::new();
    output.read_line(&mut line)?;
    anyhow::ensure!(line.starts_with("{\"progress\""), "{line}");
    Ok((export, output))
}

fn slow_export(home: &Home, song: &Path, output: &Path) -> anyhow::Result<Command> {
    let mut export = home.loophole()?;
    export.args(["export", text(song)?, "-o", text(output)?, "--json"]).args(SLOW);
    Ok(export)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_cancelled_on_the_page_leaves_no_file_and_no_process() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let running = home.open(&song).await?;
    let mut supervisor = running.supervisor().await?;
    let stems = StartExportRequest { stems: true, sample_rate: 192_000, ..wav32("stems") };
    let id = supervisor.start_export(stems).await?.into_inner().id;
    let mut jobs = supervisor.watch_exports(WatchExportsRequest {}).await?.into_inner();
    let begun = async {
        while let Some(told) = jobs.message().await? {
            if told.exports.iter().any(|job| job.progress > 0.0) {
                return Ok(());
            }
        }
        anyhow::bail!("the supervisor ended")
    };
    tokio::time::timeout(PATIENCE, begun).await??;
    anyhow::ensure!(!renderers(&home)?.is_empty(), "it is being rendered");
    supervisor.cancel_export(CancelExportRequest { id }).await?;
    until("its processes are gone", || async { renderers(&home).ok()?.is_empty().then_some(()) }).await?;
    until("its files are gone", || async {
        is_empty(&home.path("data/loophole/exports")).ok()?.then_some(())
    })
    .await?;
    let told = supervisor.watch_exports(WatchExportsRequest {}).await?.into_inner().message().await?;
    assert!(told.context("an answer")?.exports.is_empty(), "it is forgotten");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renderer_that_is_killed_is_told_and_leaves_nothing() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let folder = home.path("out");
    fs::create_dir(&folder)?;
    let (export, _output) = under_way(slow_export(&home, &song, &folder.join("a.wav"))?)?;
    let found = renderers(&home)?;
    assert_eq!(found.len(), 1);
    kill_process(Pid::from_raw(found[0]).context("a pid")?, Signal::KILL)?;
    let ended = export.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(!ended.status.success());
    assert!(said.contains("nothing was exported: loophole-signal ended by signal 9"), "{said}");
    assert!(is_empty(&folder)?);
    until("nothing is left", || async { home.survivors().ok()?.is_empty().then_some(()) }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_export_leaves_goes_with_the_next_one() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let folder = home.path("out");
    fs::create_dir(&folder)?;
    let (mut export, _output) = under_way(slow_export(&home, &song, &folder.join("a.wav"))?)?;
    export.kill()?;
    export.wait()?;
    until("its processes are gone", || async { home.survivors().ok()?.is_empty().then_some(()) }).await?;
    let output = folder.join("b.wav");
    home.run(&["export", text(&song)?, "-o", text(&output)?, "--from", "1", "--to", "2"])?;
    let left: Vec<_> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    assert_eq!(left, [output], "no half file, under whatever name");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_at_once_and_beside_a_recording_disturb_nobody() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("both", &recordable())?;
    let rendered = home.render(&song)?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    record(&running, true).await?;
    let mut supervisor = running.supervisor().await?;
    for name in ["a", "a", "b"] {
        supervisor.start_export(wav32(name)).await?;
    }
    // And two from the command line into one folder, under one name: one of them is there in the end, whole.
    let output = home.path("a.wav");
    let line = ["export", text(&song)?, "-o", text(&output)?, "--bits", "32f"];
    let children = [home.loophole()?.args(line).spawn()?, home.loophole()?.args(line).spawn()?];
    for mut child in children {
        assert!(child.wait()?.success());
    }
    let jobs = all_over(&running).await?;
    running.played_past(BAR_SAMPLES).await?;
    running.stop_playing().await?;
    let mut paths: Vec<_> = jobs.iter().flat_map(|job| &job.files).map(|file| file.path.clone()).collect();
    assert!(jobs.iter().all(|job| job.state() == ExportState::Done), "{jobs:?}");
    paths.push(text(&output)?.to_owned());
    for path in &paths {
        assert_eq!(first_difference(&Sound::read(path.as_ref())?.left, &rendered.left), None, "{path}");
    }
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 4, "no file took another's place: {paths:?}");
    assert_eq!(recorded(&running).await?[0].start_sample, 0);
    let take = Sound::read(&only_file(&song.join("media"), "wav")?)?;
    assert!(take.left.len() as i64 >= BAR_SAMPLES);
    assert_eq!(first_difference(&take.left, &rendered.left), None);
    Ok(())
}

async fn exported_as(running: &Running<'_>, name: &str) -> anyhow::Result<String> {
    let request = StartExportRequest { from_bar: Some(1), to_bar: Some(2), ..wav32(name) };
    let id = running.supervisor().await?.start_export(request).await?.into_inner().id;
    let job = all_over(running).await?.into_iter().find(|job| job.id == id).context("it is told")?;
    anyhow::ensure!(job.state() == ExportState::Done, "{}", job.reason);
    Ok(job.files.first().context("a file")?.path.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_taken_as_they_are_or_refused_with_a_reason() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let running = home.open(&song).await?;
    for bad in ["../up", "a/b", "/abs", ".hidden", "..", "line\nfeed", "nul\0", "   ", &"ü".repeat(61)] {
        let refused = running.supervisor().await?.start_export(wav32(bad)).await;
        let refused = refused.err().with_context(|| format!("{bad:?} was taken"))?;
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
        assert!(refused.message().contains("name"), "{refused}");
    }
    let folder = home.path("data/loophole/exports");
    assert!(!folder.exists() || is_empty(&folder)?);
    for good in ["Größe 音楽 🎵", "--bits=16", "a\\b:c*?\"<>|", "-", &"x".repeat(120)] {
        assert_eq!(Path::new(&exported_as(&running, good).await?), folder.join(format!("{good}.wav")));
    }
    Ok(())
}

#[test]
fn places_that_are_not_there_or_can_not_be_written_are_named() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let (file, long) = (home.path("file"), home.path(&format!("{}.wav", "x".repeat(260))));
    fs::write(&file, "")?;
    let cases = [
        (home.path("missing/a.wav"), "there is no folder"),
        (file.join("a.wav"), "there is no folder"),
        ("/proc/a.wav".into(), "cannot write in /proc"),
        (home.path(""), "is a folder"),
        (long, "File name too long"),
    ];
    for (output, reason) in cases {
        let export = ["export", text(&song)?, "-o", text(&output)?, "--from", "1", "--to", "2"];
        let said = home.run_failing(&export)?;
        assert!(said.contains(reason), "{}: {said}", output.display());
    }
    let longest = home.path(&format!("{}.wav", "x".repeat(251)));
    home.run(&["export", text(&song)?, "-o", text(&longest)?, "--from", "1", "--to", "2"])?;
    assert!(longest.is_file());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_for_exports_that_can_not_be_made_is_named() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    fs::create_dir_all(home.path("data/loophole"))?;
    fs::write(home.path("data/loophole/exports"), "in the way")?;
    let running = home.open(&song).await?;
    running.supervisor().await?.start_export(wav32("a")).await?;
    let jobs = all_over(&running).await?;
    assert_eq!(jobs[0].state(), ExportState::Failed);
    assert!(jobs[0].reason.contains("exports"), "{}", jobs[0].reason);
    fs::remove_file(home.path("data/loophole/exports"))?;
    assert!(Path::new(&exported_as(&running, "a").await?).is_file());
    Ok(())
}
