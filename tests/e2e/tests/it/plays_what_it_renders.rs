//! The virtual device is given the very samples that `render` writes.

use e2e::{
    Home,
    home::text,
    song::{BAR_SAMPLES, builtins_only},
    sound::{Sound, first_difference, peak},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_song_of_builtins_plays_sample_for_sample_what_it_renders() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let rendered = home.path("rendered.wav");
    home.run(&[
        "render",
        text(&song)?,
        "-o",
        text(&rendered)?,
        "--rate",
        "48000",
        "--block",
        "256",
        "--bits",
        "32f",
    ])?;

    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    let captured = running.play_captured("played.wav").await?;
    running.played_past(2 * BAR_SAMPLES).await?;
    let capture = running.stop_capture().await?;
    assert_eq!(capture.start_sample, 0);
    assert!(capture.frames >= 2 * BAR_SAMPLES as u64);

    let (played, rendered) = (Sound::read(&captured)?, Sound::read(&rendered)?);
    assert!(peak(&played.left) > 0.01, "the song is silent");
    assert_eq!(first_difference(&played.left, &rendered.left), None);
    assert_eq!(first_difference(&played.right, &rendered.right), None);
    Ok(())
}

#[test]
fn renders_do_not_depend_on_threads_or_blocks() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let mut hashes = Vec::new();
    for (threads, block) in [("1", "64"), ("2", "64"), ("1", "512"), ("2", "random:7")] {
        let out = home.path("out.wav");
        let report = home.run(&[
            "render",
            text(&song)?,
            "-o",
            text(&out)?,
            "--threads",
            threads,
            "--block",
            block,
            "--json",
        ])?;
        let report: serde_json::Value = serde_json::from_str(&report)?;
        assert!(report["frames"].as_i64() > Some(16 * BAR_SAMPLES - 1), "{report}");
        assert!(report["peak_dbfs"].as_f64() > Some(-40.0), "{report}");
        hashes.push(report["pcm_sha256"].as_str().unwrap_or_default().to_owned());
    }
    assert_eq!(hashes[0].len(), 64);
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
    Ok(())
}
