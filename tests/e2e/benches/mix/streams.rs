//! Streams played at once from disk by the virtual device: what it was given must be what a render of the song gives.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use e2e::control_loop::ControlLoop;
use e2e::sound::{Sound, first_difference, peak};
use e2e::{Home, home::text, until};

use crate::material::{Material, RATE};

/// How long is played: several times what is read ahead.
const SECONDS: u64 = 30;

/// Of the virtual device.
const BLOCK_FRAMES: u32 = 256;
/// Looks at the late blocks: those of Loophole count against it where the control loop was on time in the same second.
const LOOK: Duration = Duration::from_secs(1);

/// Late blocks of one playing.
#[derive(Clone, Copy, Debug, Default)]
struct Late {
    ours: u64,
    control: u64,
    /// Of ours, those beyond the control loop's in the same second.
    beyond: u64,
}

/// Plays the song of `material`; says what was silent or late, in Markdown.
///
/// # Errors
/// Loophole does not play.
pub fn play(home: &Home, material: &Material) -> anyhow::Result<String> {
    let rendered = home.path("rendered.wav");
    home.run(&["render", text(&material.song)?, "-o", text(&rendered)?, "--bits", "32f"])?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (played, late) = runtime.block_on(listen(home, material))?;
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
    let Late { ours, control, beyond } = late;
    Ok(format!(
        "- {} stereo streams played at once from disk for {SECONDS} s by the virtual device, blocks of {BLOCK_FRAMES}: {sound}; \
         {ours} late blocks, {control} of a control loop on every core, {beyond} beyond it in the same second.\n",
        material.files.len()
    ))
}

/// The file that was played, and what was late.
async fn listen(home: &Home, material: &Material) -> anyhow::Result<(PathBuf, Late)> {
    let running = home.open(&material.song).await?;
    let telemetry = running.telemetry()?;
    let strips = material.files.len();
    let playable = || async { (telemetry.meters().count() >= strips).then_some(()) };
    until("every strip has its meter", playable).await?;
    let transport = || telemetry.transport().context("no telemetry");
    let control = ControlLoop::start(RATE, BLOCK_FRAMES)?;
    let captured = running.play_captured("played.wav").await?;
    let (mut ours, mut controls) = (transport()?.late_blocks.total(), control.late_blocks());
    let mut late = Late::default();
    while transport()?.position_samples < SECONDS as i64 * i64::from(RATE) {
        tokio::time::sleep(LOOK).await;
        let now = (transport()?.late_blocks.total(), control.late_blocks());
        let (of_ours, of_control) = (now.0 - ours, now.1 - controls);
        late.ours += of_ours;
        late.control += of_control;
        late.beyond += of_ours.saturating_sub(of_control);
        if of_ours + of_control > 0 {
            eprintln!(
                "at {} samples: {of_ours} late blocks, {of_control} of the control loop",
                transport()?.position_samples
            );
        }
        (ours, controls) = now;
    }
    running.stop_capture().await?;
    Ok((captured, late))
}
