//! Exports beside a song that plays, and exports that are broken off.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
    time::Duration,
};

use anyhow::Context as _;
use chorus::{
    pulse::v1::{Command, SetTrack, command},
    supervisor::v1::{ExportFormat, ExportJob, ExportState, StartExportRequest, WatchExportsRequest},
};
use e2e::{
    Home, Running,
    home::text,
    song::{BAR_SAMPLES, builtins_only},
    sound::{Sound, first_difference},
};

/// Longer than any export of these songs takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn wav32(name: &str) -> StartExportRequest {
    StartExportRequest {
        format: ExportFormat::Wav.into(),
        bits: 32,
        sample_rate: 48_000,
        name: name.to_owned(),
        ..Default::default()
    }
}

/// The jobs once all are over.
pub(crate) async fn all_over(running: &Running<'_>) -> anyhow::Result<Vec<ExportJob>> {
    let mut exports = running.supervisor().await?.watch_exports(WatchExportsRequest {}).await?.into_inner();
    tokio::time::timeout(PATIENCE, async {
        loop {
            let jobs = exports.message().await?.context("the supervisor ended")?.exports;
            let over = |job: &ExportJob| [ExportState::Done, ExportState::Failed].contains(&job.state());
            if !jobs.is_empty() && jobs.iter().all(over) {
                return Ok(jobs);
            }
        }
    })
    .await?
}

#[tokio::test(flavor = "multi_thread")]
async fn song_plays_the_same_samples_while_it_is_exported_and_edited() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let rendered = home.render(&song)?;

    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    let captured = running.play_captured("played.wav").await?;
    let mut supervisor = running.supervisor().await?;
    supervisor.start_export(wav32("first")).await?;
    supervisor.start_export(StartExportRequest { stems: true, ..wav32("second") }).await?;
    running.played_past(2 * BAR_SAMPLES).await?;
    running.stop_capture().await?;

    let jobs = all_over(&running).await?;
    for job in &jobs {
        assert_eq!(job.state(), ExportState::Done, "{}", job.reason);
    }
    assert!(jobs[1].files.len() > 1, "the mix and stems: {:?}", jobs[1].files);
    let exported = Sound::read(jobs[0].files[0].path.as_ref())?;
    assert_eq!(first_difference(&exported.left, &rendered.left), None);
    let played = Sound::read(&captured)?;
    assert_eq!(first_difference(&played.left, &rendered.left), None);
    assert_eq!(first_difference(&played.right, &rendered.right), None);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn export_holds_every_edit_that_was_acknowledged_before_it() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let running = home.open(&song).await?;
    let tracks: serde_json::Value = home.info(&song)?;
    assert!(tracks["tracks"].as_u64() > Some(1), "{tracks}");
    let before = home.path("before.wav");
    home.run(&["export", text(&song)?, "-o", text(&before)?, "--bits", "32f"])?;
    // The master is there in every song, as its last track.
    let mute_master = command::Kind::SetTrack(SetTrack {
        id: master(&running).await?,
        mute: Some(true),
        ..Default::default()
    });
    running.execute(vec![Command { kind: Some(mute_master) }]).await?;
    let after = home.path("after.wav");
    home.run(&["export", text(&song)?, "-o", text(&after)?, "--bits", "32f"])?;
    assert!(e2e::sound::peak(&Sound::read(&before)?.left) > 0.01);
    assert_eq!(e2e::sound::peak(&Sound::read(&after)?.left), 0.0, "the edit that no text holds yet is heard");
    Ok(())
}

async fn master(running: &Running<'_>) -> anyhow::Result<u64> {
    use chorus::pulse::v1::{SubscribeRequest, TrackKind, entity, subscribe_response::Kind};
    let mut song = running.pulse().await?.subscribe(SubscribeRequest::default()).await?.into_inner();
    while let Some(message) = song.message().await? {
        let Some(Kind::Part(part)) = message.kind else { continue };
        for entity in part.entities {
            if let Some(entity::Kind::Track(track)) = entity.kind
                && track.kind() == TrackKind::Master
            {
                return Ok(track.id);
            }
        }
    }
    anyhow::bail!("the song has no master")
}

#[test]
fn export_that_is_broken_off_leaves_nothing() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let folder = home.path("out");
    std::fs::create_dir(&folder)?;
    let output = folder.join("song.flac");
    let mut export = home
        .loophole()?
        .args([
            "export",
            text(&song)?,
            "-o",
            text(&output)?,
            "--render-rate",
            "384000",
            "--json",
            "--background",
        ])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(export.stdout.take().context("no stdout")?).lines();
    let first = lines.next().context("it told no progress")??;
    assert!(first.starts_with("{\"progress\""), "{first}");
    rustix::process::kill_process(rustix::process::Pid::from_child(&export), rustix::process::Signal::INT)?;
    let status = export.wait()?;
    assert_eq!(status.code(), Some(130));
    let left: Vec<_> = std::fs::read_dir(&folder)?.collect::<Result<_, _>>()?;
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}
