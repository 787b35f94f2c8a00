//! `loophole` ends: everything with it, nothing orphaned, nothing acknowledged lost.

use chorus::pulse::v1::{AddMarker, Command, command::Kind};
use e2e::{
    Home, Running,
    song::{BAR_SAMPLES, QUARTER, with_sandbox},
    until,
};

async fn edited_while_playing<'home>(
    home: &'home Home,
    song: &std::path::Path,
) -> anyhow::Result<(Running<'home>, u64)> {
    let running = home.open(song).await?;
    running.devices_running(3).await?;
    running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES / 2).await?;
    let marker = AddMarker { id: 0, position: QUARTER, name: "here".into() };
    let sequence = running.execute(vec![Command { kind: Some(Kind::AddMarker(marker)) }]).await?;
    Ok((running, sequence))
}

async fn nobody_survives(home: &Home) -> anyhow::Result<()> {
    let gone = until("every process is gone", || async { home.survivors().ok().filter(Vec::is_empty) }).await;
    gone.map(|_| ()).map_err(|error| error.context(format!("{:?}", home.survivors())))
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_it_ends_with_status_0_and_leaves_nothing() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("sandboxed", &with_sandbox()?)?;
    let (running, sequence) = edited_while_playing(&home, &song).await?;
    let status = running.interrupt().await?;
    assert!(status.success(), "{status}");
    nobody_survives(&home).await?;
    let left: Vec<_> = std::fs::read_dir(home.path("run/loophole"))?.collect::<Result<_, _>>()?;
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(home.info(&song)?["transactions"].as_u64(), Some(sequence));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_it_takes_everything_along_and_loses_no_acknowledged_edit() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("sandboxed", &with_sandbox()?)?;
    let (running, sequence) = edited_while_playing(&home, &song).await?;
    running.kill_supervisor().await?;
    nobody_survives(&home).await?;
    assert_eq!(home.info(&song)?["transactions"].as_u64(), Some(sequence));

    let again = home.open(&song).await?;
    let left: Vec<_> = std::fs::read_dir(home.path("run/loophole"))?.collect::<Result<_, _>>()?;
    assert_eq!(left.len(), 1, "the folder of the killed one is removed at the next start: {left:?}");
    assert!(again.interrupt().await?.success());
    nobody_survives(&home).await
}
