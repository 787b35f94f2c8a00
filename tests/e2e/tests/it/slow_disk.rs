//! A disk that stands still for seconds: what could not wait is silence of exactly that length, and is told.
//!
//! One system call of the recorder's thread is held up from outside, which is what a stalled disk does to it; no other
//! thread is touched.

use std::{fs, process::Command};

use anyhow::{Context as _, ensure};
use chorus::{signal::v1::WatchRecordingRequest, supervisor::v1::ProcessKind};
use e2e::{
    Home, PATIENCE, Running,
    song::BAR_SAMPLES,
    sound::{Sound, first_difference},
};

use crate::recording::{only_file, record, recordable, recorded};

/// How long the disk stands still: two seconds longer than what comes in is kept for it.
const STALL_SECONDS: u32 = 6;

/// The recorder's thread.
async fn recorder(running: &Running<'_>) -> anyhow::Result<String> {
    let signal = running.process(ProcessKind::Signal).await?.pid;
    for entry in fs::read_dir(format!("/proc/{signal}/task"))? {
        let path = entry?.path();
        if fs::read_to_string(path.join("comm"))?.trim() == "recorder" {
            return Ok(path.file_name().context("a name")?.to_string_lossy().into_owned());
        }
    }
    anyhow::bail!("Signal has no recorder")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stalled_disk_could_not_take_is_silence_of_its_length() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("stalled", &recordable())?;
    let rendered = home.render(&song)?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    record(&running, true).await?;
    running.played_past(BAR_SAMPLES).await?;
    let thread = recorder(&running).await?;
    let inject = format!("inject=fdatasync:delay_enter={STALL_SECONDS}s:when=1");
    let arguments = ["--quiet", "-p", &thread, "-e", "trace=fdatasync", "-e", &inject, "-o"];
    let mut strace = Command::new("strace").args(arguments).arg(home.path("strace.txt")).spawn()?;

    let mut watch = running.signal().await?.watch_recording(WatchRecordingRequest {}).await?.into_inner();
    let told = async {
        while let Some(status) = watch.message().await? {
            if let Some(trouble) = status.troubles.into_iter().next() {
                return Ok(trouble.text);
            }
        }
        anyhow::bail!("the stream ended")
    };
    let told = tokio::time::timeout(PATIENCE, told).await;
    strace.kill()?;
    strace.wait()?;
    let told = told.context(fs::read_to_string(home.path("strace.txt")).unwrap_or_default())??;
    let position = running.telemetry()?.transport().map_or(0, |transport| transport.position_samples);
    running.played_past(position + BAR_SAMPLES / 2).await?;
    running.stop_playing().await?;

    let regions = recorded(&running).await?;
    assert_eq!((regions.len(), regions[0].start_sample), (1, 0), "it is one take");
    let take = Sound::read(&only_file(&song.join("media"), "wav")?)?;
    assert!(take.left.len() as i64 > position);
    let lost = first_difference(&take.left, &rendered.left).context("the disk was not slow enough")?;
    let differs = |at: &usize| take.left[*at].to_bits() != rendered.left[*at].to_bits();
    let end = 1 + (lost..take.left.len()).rev().find(differs).context("a last one")?;
    assert!(
        take.left[lost..end].iter().all(|sample| *sample == 0.0),
        "what is not as it was played is silent"
    );
    let seconds: f64 = told
        .split_once("has ")
        .and_then(|(_, rest)| rest.split_once(" s of silence"))
        .with_context(|| told.clone())?
        .0
        .parse()?;
    let heard = (end - lost) as f64 / 48_000.0;
    ensure!(heard <= seconds + 0.001, "{heard} s are silent, {seconds} s were told: {told}");
    // Where the song itself is silent, no more can be seen.
    ensure!(heard > seconds - 0.3 && seconds > 0.5, "{heard} s are silent, {seconds} s were told: {told}");
    println!("{told}: samples {lost} to {end}");
    Ok(())
}
