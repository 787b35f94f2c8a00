//! Another song is opened while one plays, with everything that plays it.

use anyhow::Context as _;
use chorus::{
    pulse::v1::GetInfoRequest,
    signal::v1::{PlayRequest, RecordRequest, SandboxRole},
    supervisor::v1::{
        ExportFormat, ExportState, ListSongsRequest, NewSongRequest, OpenSongRequest, Process, ProcessKind,
        SaveSongCopyRequest, StartExportRequest, WatchExportsRequest,
    },
};
use e2e::{
    Home, Running,
    home::text,
    song::{BAR_SAMPLES, LEFT, builtins_only, with_sandbox},
    sound::{Sound, first_difference, peak},
    until,
};

use crate::recording::{record, recordable};

async fn open(running: &Running<'_>, song: &std::path::Path) -> anyhow::Result<String> {
    let request = OpenSongRequest { path: text(song)?.to_owned() };
    Ok(running.supervisor().await?.open_song(request).await?.into_inner().path)
}

/// The name of the song that is open.
async fn name(running: &Running<'_>) -> anyhow::Result<String> {
    Ok(running.pulse().await?.get_info(GetInfoRequest {}).await?.into_inner().name)
}

/// A sandbox that hosts plugins, or is about to: one is kept warm in any case.
fn hosts_plugins(process: &Process) -> bool {
    let is_warm = process.sandbox.as_ref().is_some_and(|it| it.role() == SandboxRole::Warm);
    process.kind() == ProcessKind::Sandbox && !is_warm
}

#[tokio::test(flavor = "multi_thread")]
async fn playing_song_ends_and_the_other_plays_what_it_renders() -> anyhow::Result<()> {
    let home = Home::new()?;
    let first = home.make_song("first", &with_sandbox()?)?;
    let second = home.make_song("second", &builtins_only())?;
    let rendered = home.render(&second)?;
    let running = home.open(&first).await?;
    running.devices_running(3).await?;
    running.signal().await?.play(PlayRequest {}).await?;
    running.played_past(BAR_SAMPLES).await?;
    assert!(running.processes().await?.iter().any(hosts_plugins));

    open(&running, &second).await?;
    let transport = running.telemetry()?.transport().context("a transport")?;
    assert!(!transport.playing && transport.position_samples == 0, "it rests at its start: {transport:?}");
    until("the first song's sandbox is gone", || async {
        let processes = running.processes().await.ok()?;
        (!processes.iter().any(hosts_plugins)).then_some(())
    })
    .await?;
    running.devices_running(1).await?;
    let captured = running.play_captured("played.wav").await?;
    running.played_past(2 * BAR_SAMPLES).await?;
    running.stop_capture().await?;
    let played = Sound::read(&captured)?;
    assert_eq!(first_difference(&played.left, &rendered.left), None);
    assert!(peak(&played.left) > 0.05);

    // And back: the ids of both songs are the same, and nothing of one is in the other.
    open(&running, &first).await?;
    running.devices_running(3).await?;
    assert_eq!(name(&running).await?, "first");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_song_leaves_the_old_one_playing_bit_for_bit() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("playing", &builtins_only())?;
    let newer = home.make_song("newer", &builtins_only())?;
    let manifest = newer.join("song.json");
    let content = std::fs::read_to_string(&manifest)?.replace("\"format\":1", "\"format\":2");
    std::fs::write(&manifest, content)?;
    let rendered = home.render(&song)?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    let captured = running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES / 2).await?;
    let refused = open(&running, &newer).await.expect_err("a newer format");
    assert!(refused.to_string().contains("newer Loophole"), "{refused}");
    let now = running.telemetry()?.transport().map_or(0, |transport| transport.position_samples);
    running.played_past(now + BAR_SAMPLES).await?;
    running.stop_capture().await?;
    let played = Sound::read(&captured)?;
    assert_eq!(first_difference(&played.left, &rendered.left), None);
    assert_eq!(name(&running).await?, "playing");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn song_that_is_recorded_into_stays_open_and_gets_its_take() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("recorded", &recordable())?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    record(&running, true).await?;
    running.played_past(BAR_SAMPLES / 2).await?;
    let songs = home.path("data/loophole/songs");
    let refused = running.supervisor().await?.new_song(NewSongRequest::default()).await;
    let refused = refused.expect_err("it records");
    assert!(refused.message().contains("recorded into"), "{}", refused.message());
    assert_eq!(std::fs::read_dir(&songs)?.count(), 0, "no song is made for nothing");
    let request = RecordRequest { enabled: false, client: "e2e".into() };
    running.signal().await?.record(request).await?;
    running.stop_playing().await?;
    crate::recording::recorded(&running).await?;
    let made = running.supervisor().await?.new_song(NewSongRequest::default()).await?.into_inner().path;
    assert_eq!(name(&running).await?, "Untitled");
    assert!(std::path::Path::new(&made).is_dir());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn songs_are_open_and_sound_after_kills_in_the_middle_of_switches() -> anyhow::Result<()> {
    let home = Home::new()?;
    let songs = [home.make_song("one", &builtins_only())?, home.make_song("two", &with_sandbox()?)?];
    let running = home.open(&songs[0]).await?;
    for (round, victim) in
        [ProcessKind::Pulse, ProcessKind::Signal, ProcessKind::Aura].into_iter().enumerate()
    {
        for (turn, pause) in [30, 200].into_iter().enumerate() {
            let to = (round + turn + 1) % 2;
            let kill = async {
                tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
                running.kill(victim).await
            };
            let (opened, killed) = tokio::join!(open(&running, &songs[to]), kill);
            killed?;
            running.all_running().await?;
            let now = name(&running).await?;
            if opened.is_ok() {
                assert_eq!(now, ["one", "two"][to], "{victim:?} after {pause} ms");
            }
            running.devices_running(if now == "one" { 1 } else { 3 }).await?;
            until("it plays", || async { running.signal().await.ok()?.play(PlayRequest {}).await.ok() })
                .await?;
            let telemetry = running.telemetry()?;
            until("the left track sounds", || async {
                telemetry.meters().find(|meter| meter.node == LEFT && meter.left > 0.001).map(|_| ())
            })
            .await?;
        }
    }
    let status = running.interrupt().await?;
    assert!(status.success(), "{status}");
    assert_eq!(home.survivors()?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_is_gone_over_to_and_an_export_of_the_old_song_is_made_all_the_same() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("kept", &builtins_only())?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    let mut supervisor = running.supervisor().await?;
    let request = StartExportRequest {
        format: ExportFormat::Wav.into(),
        bits: 16,
        sample_rate: 48_000,
        ..Default::default()
    };
    // The second waits until the first is over, which is after the switch.
    supervisor.start_export(request.clone()).await?;
    supervisor.start_export(request).await?;
    let copy =
        SaveSongCopyRequest { name: "Copy".into(), folder: text(&home.path(""))?.to_owned(), open: true };
    let path = supervisor.save_song_copy(copy).await?.into_inner().path;
    assert_eq!(name(&running).await?, "Copy");
    assert!(path.ends_with("Copy.loophole"));
    let listed = supervisor.list_songs(ListSongsRequest {}).await?.into_inner().songs;
    assert_eq!(listed.iter().map(|song| song.name.as_str()).collect::<Vec<_>>(), ["Copy", "kept"]);
    let mut exports = supervisor.watch_exports(WatchExportsRequest {}).await?.into_inner();
    let over = async {
        loop {
            let jobs = exports.message().await?.context("the supervisor ended")?.exports;
            let under_way = |state| matches!(state, ExportState::Waiting | ExportState::Running);
            if !jobs.iter().any(|job| under_way(job.state())) {
                return anyhow::Ok(jobs);
            }
        }
    };
    let jobs = tokio::time::timeout(e2e::PATIENCE, over).await??;
    assert_eq!(jobs.len(), 2);
    assert_eq!(jobs[1].state(), ExportState::Done, "{}", jobs[1].reason);
    assert!(jobs[1].files[0].path.ends_with("kept 2.wav") || jobs[1].files[0].path.ends_with("kept.wav"));
    Ok(())
}
