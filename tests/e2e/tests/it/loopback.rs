//! A cable from output to input on a real JACK server, reached by JACK and by ALSA: once its length is measured, a recording
//! lands where it was played.

use std::{path::Path, time::Instant};

use anyhow::{Context as _, ensure};
use chorus::signal::v1::{CalibrateRequest, GetDeviceRequest, GetDeviceResponse, StartCaptureRequest};
use e2e::{
    Home, PATIENCE, Running,
    home::text,
    server::{JackName, Server, ask_jack},
    song::BAR_SAMPLES,
    sound::{Sound, first_difference},
    until,
};

use crate::recording::{only_file, record, recordable, recorded};

/// Frames of a block; what a cable within the server takes.
const BLOCK: u32 = 256;

/// Leads each of Loophole's outputs to its input of the same number.
fn wire_loopback(server: &str) -> anyhow::Result<()> {
    let ports = ask_jack(server, "jack_lsp", &["-p"])?;
    let mut lines = ports.lines().peekable();
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    while let Some(port) = lines.next() {
        let properties = lines.next().context("a port has properties")?;
        // Sound alone: the MIDI port is called otherwise.
        if port.starts_with("system:") || port.contains("midi") {
            continue;
        }
        if properties.contains("output") { outputs.push(port) } else { inputs.push(port) }
    }
    ensure!(outputs.len() == 2 && inputs.len() == 2, "{ports}");
    for (output, input) in outputs.into_iter().zip(inputs) {
        ask_jack(server, "jack_connect", &[output, input])?;
    }
    Ok(())
}

async fn on(running: &Running<'_>, name: &str) -> anyhow::Result<GetDeviceResponse> {
    until(&format!("it plays on {name}"), || async {
        let device = running.signal().await.ok()?.get_device(GetDeviceRequest {}).await.ok()?.into_inner();
        (device.name == name).then_some(device)
    })
    .await
}

async fn measured(running: &Running<'_>) -> anyhow::Result<u32> {
    let request = CalibrateRequest { output_channel: 1, input_channel: 1 };
    Ok(running.signal().await?.calibrate(request).await?.into_inner().round_trip_frames)
}

/// What goes through a device that loses a block does not come back whole: then another take tells.
async fn once_no_block_is_late(take: impl AsyncFn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !take().await? {
        ensure!(begun.elapsed() < 2 * PATIENCE, "a block was late in every take");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_through_a_cable_lands_at_the_very_sample() -> anyhow::Result<()> {
    once_no_block_is_late(async || {
        let home = Home::new()?;
        let (name, _server) = Server::chosen_jack(&home, 48_000, BLOCK)?;
        let song = home.make_song("cable", &recordable())?;
        let running = home.open(&song).await?;
        running.devices_running(1).await?;
        on(&running, &format!("jack:{name}")).await?;
        wire_loopback(&name)?;
        assert_eq!(measured(&running).await?, BLOCK);
        lands_at_the_very_sample(&home, &running, &song).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_through_a_cable_on_alsa_lands_at_the_very_sample() -> anyhow::Result<()> {
    once_no_block_is_late(async || {
        let mut home = Home::new()?;
        let name = JackName::borrow()?;
        let _server = Server::jack(&home, &name, 48_000, BLOCK)?;
        home.configure_alsa(&name)?;
        home.choose_device(&format!(r#"{{"device": "alsa:loop", "block": {BLOCK}}}"#))?;
        let song = home.make_song("cable", &recordable())?;
        let running = home.open(&song).await?;
        running.devices_running(1).await?;
        let device = on(&running, "alsa:loop").await?;
        assert_eq!((device.inputs, device.outputs, device.notice.as_str()), (2, 2, ""));
        // One block waits while one is computed, and the device says so.
        assert_eq!((device.input_latency, device.output_latency), (BLOCK, BLOCK));
        wire_loopback(&name)?;
        assert_eq!(measured(&running).await?, 2 * BLOCK);
        lands_at_the_very_sample(&home, &running, &song).await
    })
    .await
}

/// False: a block was late meanwhile.
async fn lands_at_the_very_sample(home: &Home, running: &Running<'_>, song: &Path) -> anyhow::Result<bool> {
    let late =
        || anyhow::Ok((running.telemetry()?.transport().map(|it| it.late_blocks), Server::jack_xruns(home)?));
    let late_before = late()?;
    let captured = home.path("played.wav");
    let capture = StartCaptureRequest { path: text(&captured)?.to_owned() };
    running.signal().await?.start_capture(capture).await?;
    record(running, true).await?;
    running.played_past(BAR_SAMPLES).await?;
    running.stop_playing().await?;
    running.stop_capture().await?;
    let regions = recorded(running).await?;
    assert_eq!((regions.len(), regions[0].start_sample), (1, 0));
    let take = Sound::read(&only_file(&song.join("media"), "wav")?)?;
    let take = &take.left[usize::try_from(regions[0].offset_frames)?..];
    let played = Sound::read(&captured)?;
    assert!(take.len() as i64 >= BAR_SAMPLES && played.left.iter().any(|sample| sample.abs() > 0.01));
    if late()? != late_before {
        return Ok(false);
    }
    assert_eq!(
        first_difference(take, &played.left),
        None,
        "what was heard is what was played, where it was played"
    );
    Ok(true)
}
