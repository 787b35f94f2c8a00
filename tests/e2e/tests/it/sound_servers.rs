//! A sound server dies and comes back, or runs at another rate: the song goes on.

use chorus::signal::v1::{
    AudioSettings, ChooseAudioDeviceRequest, GetDeviceRequest, GetDeviceResponse, ListAudioDevicesRequest,
};
use e2e::{
    Home, Running,
    server::{JackName, Server},
    song::{BAR_SAMPLES, with_sandbox},
    until,
};

async fn device(running: &Running<'_>) -> anyhow::Result<GetDeviceResponse> {
    Ok(running.signal().await?.get_device(GetDeviceRequest {}).await?.into_inner())
}

/// Waits until Signal plays on the device of this name.
async fn plays_on(running: &Running<'_>, name: &str) -> anyhow::Result<GetDeviceResponse> {
    until(&format!("{name} is played on"), || async {
        device(running).await.ok().filter(|device| device.name == name)
    })
    .await
}

fn position(running: &Running<'_>) -> anyhow::Result<i64> {
    Ok(running.telemetry()?.transport().map_or(0, |transport| transport.position_samples))
}

#[tokio::test(flavor = "multi_thread")]
async fn song_plays_on_while_jackd_is_killed_and_started_again() -> anyhow::Result<()> {
    let home = Home::new()?;
    let (name, server) = Server::chosen_jack(&home, 48_000, 256)?;
    let song = home.make_song("sandboxed", &with_sandbox()?)?;
    let running = home.open(&song).await?;
    running.devices_running(3).await?;
    let chosen = format!("jack:{name}");
    let before = plays_on(&running, &chosen).await?;
    assert_eq!((before.block_frames, before.outputs, before.notice.as_str()), (256, 2, ""));
    running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES).await?;

    server.kill()?;
    let fallen = plays_on(&running, "virtual").await?;
    assert!(fallen.notice.contains(&chosen), "“{}” does not name the device", fallen.notice);
    assert_eq!(fallen.settings.map(|settings| settings.device), Some(chosen.clone()));
    running.played_past(position(&running)? + BAR_SAMPLES / 2).await?;

    let _server = Server::jack(&home, &name, 48_000, 256)?;
    let back = plays_on(&running, &chosen).await?;
    assert_eq!(back.notice, "");
    running.played_past(position(&running)? + BAR_SAMPLES / 2).await?;
    // The same Signal did all that: the capture was never broken off.
    let captured = running.stop_capture().await?;
    assert!(captured.frames as i64 > 2 * BAR_SAMPLES, "{} frames were captured", captured.frames);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn song_keeps_its_place_and_its_plugins_at_another_rate() -> anyhow::Result<()> {
    let home = Home::new()?;
    let name = JackName::borrow()?;
    let _server = Server::jack(&home, &name, 44_100, 128)?;
    let song = home.make_song("sandboxed", &with_sandbox()?)?;
    let running = home.open(&song).await?;
    running.devices_running(3).await?;
    running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES).await?;
    let moment = position(&running)? as f64 / 48_000.0;

    let settings = AudioSettings { device: format!("jack:{name}"), ..AudioSettings::default() };
    let request = ChooseAudioDeviceRequest { settings: Some(settings) };
    running.signal().await?.choose_audio_device(request).await?;
    let device = plays_on(&running, &format!("jack:{name}")).await?;
    assert_eq!((device.sample_rate, device.block_frames), (44_100, 128));
    running.devices_running(3).await?;
    let transport = running.telemetry()?.transport().expect("a transport");
    assert_eq!(transport.sample_rate, 44_100);
    let now = transport.position_samples as f64 / 44_100.0;
    assert!(now >= moment, "it went back from {moment} s to {now} s");
    running.played_past(transport.position_samples + BAR_SAMPLES / 2).await?;
    assert!(home.path("config/loophole/audio.json").exists());
    let remembered = std::fs::read_to_string(home.path("config/loophole/audio.json"))?;
    assert!(remembered.contains(&*name), "{remembered}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn song_plays_on_while_pipewire_is_killed_and_started_again() -> anyhow::Result<()> {
    let home = Home::new()?;
    let server = Server::pipewire(&home, "nowhere").await?;
    home.choose_device(r#"{"device": "pipewire", "block": 256}"#)?;
    let song = home.make_song("sandboxed", &with_sandbox()?)?;
    let running = home.open(&song).await?;
    running.devices_running(3).await?;
    plays_on(&running, "pipewire:default").await?;
    until("the sink is listed", || async {
        let listed =
            running.signal().await.ok()?.list_audio_devices(ListAudioDevicesRequest {}).await.ok()?;
        listed.into_inner().devices.into_iter().find(|device| device.id == "pipewire:nowhere")
    })
    .await?;
    running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES).await?;
    server.kill()?;
    plays_on(&running, "virtual").await?;
    running.played_past(position(&running)? + BAR_SAMPLES / 2).await?;
    let _server = Server::pipewire(&home, "nowhere").await?;
    plays_on(&running, "pipewire:default").await?;
    running.played_past(position(&running)? + BAR_SAMPLES / 2).await?;
    running.stop_capture().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn song_plays_on_while_what_alsa_plays_on_is_killed_and_started_again() -> anyhow::Result<()> {
    let mut home = Home::new()?;
    let name = JackName::borrow()?;
    let server = Server::jack(&home, &name, 48_000, 256)?;
    home.configure_alsa(&name)?;
    home.choose_device(r#"{"device": "alsa:loop", "block": 256}"#)?;
    let song = home.make_song("sandboxed", &with_sandbox()?)?;
    let running = home.open(&song).await?;
    running.devices_running(3).await?;
    let before = plays_on(&running, "alsa:loop").await?;
    assert_eq!((before.block_frames, before.inputs, before.outputs), (256, 2, 2));
    running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES).await?;

    server.kill()?;
    let fallen = plays_on(&running, "virtual").await?;
    assert!(fallen.notice.contains("alsa:loop"), "“{}” does not name the device", fallen.notice);
    running.played_past(position(&running)? + BAR_SAMPLES / 2).await?;

    let _server = Server::jack(&home, &name, 48_000, 256)?;
    let back = plays_on(&running, "alsa:loop").await?;
    assert_eq!(back.notice, "");
    running.played_past(position(&running)? + BAR_SAMPLES / 2).await?;
    let captured = running.stop_capture().await?;
    assert!(captured.frames as i64 > 2 * BAR_SAMPLES, "{} frames were captured", captured.frames);

    // A card that is ours alone is let go before it is opened again, and another block makes everything anew. A rate that it
    // does not have is told.
    let settings = AudioSettings {
        device: "alsa:loop".into(),
        block_frames: Some(512),
        sample_rate: Some(44_100),
        ..AudioSettings::default()
    };
    let request = ChooseAudioDeviceRequest { settings: Some(settings) };
    running.signal().await?.choose_audio_device(request).await?;
    until("it plays in blocks of 512 frames", || async {
        let device = device(&running).await.ok()?;
        let there = device.name == "alsa:loop" && device.block_frames == 512 && device.sample_rate == 48_000;
        (there && device.notice.contains("48000 Hz")).then_some(())
    })
    .await?;
    running.devices_running(3).await?;
    running.played_past(position(&running)? + BAR_SAMPLES / 2).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_clock_is_refused_in_words_and_the_song_plays() -> anyhow::Result<()> {
    let mut home = Home::new()?;
    home.configure_alsa("none")?;
    for device in ["alsa:clockless", "alsa:null"] {
        home.choose_device(&format!(r#"{{"device": "{device}"}}"#))?;
        let song = home.make_song(device.trim_start_matches("alsa:"), &with_sandbox()?)?;
        let running = home.open(&song).await?;
        let playing = plays_on(&running, "virtual").await?;
        assert!(playing.notice.contains("no clock"), "{}", playing.notice);
        running.devices_running(3).await?;
        running.play_captured("played.wav").await?;
        running.played_past(BAR_SAMPLES / 2).await?;
        running.interrupt().await?;
    }
    Ok(())
}
