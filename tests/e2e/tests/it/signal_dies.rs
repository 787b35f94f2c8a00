//! Signal dies: a gap, then the song plays on from where it was.

use chorus::supervisor::v1::ProcessKind;
use e2e::{
    Home,
    song::{BAR_SAMPLES, LEFT, with_sandbox},
    until,
};

#[tokio::test(flavor = "multi_thread")]
async fn signal_plays_on_from_the_same_place_after_a_kill() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("sandboxed", &with_sandbox()?)?;
    let running = home.open(&song).await?;
    running.devices_running(3).await?;
    running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES).await?;
    let telemetry = running.telemetry()?;
    running.kill(ProcessKind::Signal).await?;
    let died_at = telemetry.transport().map_or(0, |t| t.position_samples);
    assert!(died_at >= BAR_SAMPLES);

    running.devices_running(3).await?;
    running.played_past(died_at + BAR_SAMPLES / 4).await?;
    let position = telemetry.transport().map_or(0, |t| t.position_samples);
    assert!(position < 16 * BAR_SAMPLES, "it jumped from {died_at} to {position}");
    until("the left track's meter moves", || async {
        telemetry.meters().find(|meter| meter.node == LEFT && meter.left > 0.001).map(|_| ())
    })
    .await
}
