//! Streams played at once from disk by the virtual device: what it was given must be what a render of the song gives.

use anyhow::{Context as _, ensure};
use e2e::sound::{Sound, first_difference, peak};
use e2e::{Home, home::text, until};

use crate::control::Control;
use crate::material::{Material, RATE};

/// How long is played: several times what is read ahead.
const SECONDS: u64 = 30;

/// Plays the song of `material`; says what was silent or late, in Markdown.
///
/// # Errors
/// Loophole does not play.
pub fn play(home: &Home, material: &Material) -> anyhow::Result<String> {
    let rendered = home.path("rendered.wav");
    home.run(&["render", text(&material.song)?, "-o", text(&rendered)?, "--bits", "32f"])?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (played, late, control) = runtime.block_on(listen(home, material))?;
    let (played, rendered) = (Sound::read(&played)?, Sound::read(&rendered)?);
    ensure!(peak(&played.left) > 0.01, "the streams are silent");
    let differs = [(&played.left, &rendered.left), (&played.right, &rendered.right)]
        .into_iter()
        .filter_map(|(played, rendered)| first_difference(played, rendered))
        .min();
    let sound = match differs {
        None => "every sample is the render's".to_owned(),
        Some(sample) => format!("**sample {sample} is not the render's**"),
    };
    Ok(format!(
        "- {} stereo streams played at once from disk for {SECONDS} s by the virtual device, blocks of 256: {sound}; \
         {late} late blocks, {control} of a control loop of the same priority at the same time.\n",
        material.files.len()
    ))
}

/// The file that was played, and late blocks of Loophole and of the control loop.
async fn listen(home: &Home, material: &Material) -> anyhow::Result<(std::path::PathBuf, u64, u64)> {
    let running = home.open(&material.song).await?;
    let telemetry = running.telemetry()?;
    let strips = material.files.len();
    let playable = || async { (telemetry.meters().count() >= strips).then_some(()) };
    until("every strip has its meter", playable).await?;
    let late =
        || telemetry.transport().map(|transport| transport.late_blocks.total()).context("no telemetry");
    let before = late()?;
    let control = Control::start(SECONDS)?;
    let captured = running.play_captured("played.wav").await?;
    running.played_past(SECONDS as i64 * i64::from(RATE)).await?;
    let after = late()?;
    running.stop_capture().await?;
    Ok((captured, after - before, control.late()?))
}
