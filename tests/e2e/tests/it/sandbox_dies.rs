//! A sandbox dies: its chain decays to dry and comes back with its values, everything else goes on.

use chorus::{
    pulse::v1::{Command, SetParameter, command::Kind},
    supervisor::v1::ProcessKind,
};
use e2e::{
    Home,
    home::text,
    song::{BAR_SAMPLES, GAIN, with_sandbox},
    sound::{Sound, first_difference, peak},
};

#[tokio::test(flavor = "multi_thread")]
async fn other_tracks_are_bit_equal_while_a_sandbox_is_killed_and_restarted() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("sandboxed", &with_sandbox()?)?;
    let rendered = home.path("rendered.wav");
    home.run(&["render", text(&song)?, "-o", text(&rendered)?, "--block", "256", "--bits", "32f"])?;

    let running = home.open(&song).await?;
    running.devices_running(3).await?;
    let captured = running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES).await?;
    running.kill_by_button(ProcessKind::Sandbox).await?;
    let restarted = running.telemetry()?.transport().map_or(0, |t| t.position_samples);
    running.devices_running(3).await?;
    running.played_past(restarted + 2 * BAR_SAMPLES).await?;
    running.stop_capture().await?;

    let (played, rendered) = (Sound::read(&captured)?, Sound::read(&rendered)?);
    assert!(peak(&played.left) > 0.01 && peak(&rendered.left) > 0.01, "the left track is silent");
    assert_eq!(
        first_difference(&played.left, &rendered.left),
        None,
        "the left track heard the crash on the right"
    );

    let silent_run = longest_silence(&played.right);
    assert!(silent_run < 9_600, "the right track was silent for {silent_run} samples: it has to go on dry");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_sandbox_comes_back_with_the_value_that_was_set() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("sandboxed", &with_sandbox()?)?;
    let running = home.open(&song).await?;
    running.devices_running(3).await?;
    let quiet = SetParameter { device: GAIN, parameter: 0, value: 0.25 };
    running.execute(vec![Command { kind: Some(Kind::SetParameter(quiet)) }]).await?;
    running.kill(ProcessKind::Sandbox).await?;
    running.devices_running(3).await?;

    let captured = running.play_captured("played.wav").await?;
    running.played_past(3 * BAR_SAMPLES).await?;
    running.stop_capture().await?;
    let rendered = home.path("rendered.wav");
    home.run(&["render", text(&song)?, "-o", text(&rendered)?, "--block", "256", "--bits", "32f"])?;
    let (played, rendered) = (Sound::read(&captured)?, Sound::read(&rendered)?);
    // A block that a busy machine made late is dry, so not every sample has to be the same.
    let settled = 2 * BAR_SAMPLES as usize..3 * BAR_SAMPLES as usize;
    let (played, rendered) = (&played.right[settled.clone()], &rendered.right[settled]);
    let tolerance = peak(rendered) * 1e-3;
    let same = played.iter().zip(rendered).filter(|(p, r)| (*p - *r).abs() <= tolerance).count();
    assert!(tolerance > 0.0 && same * 2 > played.len(), "{same} of {} samples are as rendered", played.len());
    Ok(())
}

/// The longest stretch without sound. The notes of the song leave less than 3,200 samples between them.
fn longest_silence(samples: &[f32]) -> usize {
    samples.split(|sample| sample.abs() > 1e-6).map(<[f32]>::len).max().unwrap_or(0)
}
