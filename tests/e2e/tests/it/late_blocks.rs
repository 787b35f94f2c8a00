//! The demo on real sound servers, with everything going on at once: no block is late where a thread that does nothing was
//! on time (T3). Prints its figures; `./x soak` plays for ten minutes.

use std::{path::PathBuf, time::Duration};

use chorus::{
    pulse::v1::{Command, SetTrack, command::Kind},
    signal::v1::{GetDeviceRequest, LocateRequest, PlayRequest},
    supervisor::v1::ProcessKind,
};
use e2e::{
    Home, Running,
    control_loop::ControlLoop,
    home::text,
    server::{Server, unique_name},
};
use shm::telemetry::LateBlocks;

/// Seconds that are played unless LOOPHOLE_SOAK_SECONDS says more.
const SECONDS: u64 = 5;
/// The demo's bass, an instrument.
const BASS: u64 = 102;

fn seconds() -> u64 {
    std::env::var("LOOPHOLE_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS)
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_on_jack_at_64_frames_is_late_only_where_the_machine_is() -> anyhow::Result<()> {
    let home = Home::new()?;
    let name = unique_name();
    let _server = Server::jack(&home, &name, 48_000, 64)?;
    home.choose_device(&format!(r#"{{"device": "jack:{name}"}}"#))?;
    soak(&home, "jack:").await
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_on_pipewire_at_64_frames_is_late_only_where_the_machine_is() -> anyhow::Result<()> {
    let home = Home::new()?;
    let _server = Server::pipewire(&home, "nowhere").await?;
    home.choose_device(r#"{"device": "pipewire", "block": 64}"#)?;
    soak(&home, "pipewire:").await
}

/// Makes the demo by rendering a bar of it.
fn demo(home: &Home) -> anyhow::Result<PathBuf> {
    let output = home.path("demo.wav");
    home.run(&["render", "demo", "-o", text(&output)?, "--from", "1", "--to", "2"])?;
    Ok(home.path("data/loophole/demo/Low Tide.loophole"))
}

async fn soak(home: &Home, device: &str) -> anyhow::Result<()> {
    let song = demo(home)?;
    let running = home.open(&song).await?;
    let now = running.signal().await?.get_device(GetDeviceRequest {}).await?.into_inner();
    assert!(now.name.starts_with(device), "it plays on {}: {}", now.name, now.notice);
    running.process(ProcessKind::Sandbox).await?;
    running.signal().await?.play(PlayRequest {}).await?;
    running.played_past(0).await?;
    let telemetry = running.telemetry()?;
    let late = || telemetry.transport().map_or_else(LateBlocks::default, |transport| transport.late_blocks);
    // What starting took is not the point.
    tokio::time::sleep(Duration::from_secs(2)).await;

    let control = ControlLoop::start(now.sample_rate, 64);
    let (mut signal_before, mut control_before) = (late(), control.late_blocks());
    let (mut signal_late, mut control_late, mut beyond) = (0, 0, 0);
    let mut exports = None;
    for second in 0..seconds() {
        let what = disturb(home, &running, second, &song, &mut exports).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (signal_now, control_now) = (late(), control.late_blocks());
        let of_control = control_now - control_before;
        let of_signal = signal_now.total() - signal_before.total();
        signal_late += of_signal;
        control_late += of_control;
        beyond += of_signal.saturating_sub(of_control);
        if of_signal > of_control {
            println!(
                "second {second} ({what}): {of_signal} late blocks, {of_control} of the control loop; \
                 before {signal_before:?}, now {signal_now:?}"
            );
        }
        (signal_before, control_before) = (signal_now, control_now);
    }
    if let Some(mut export) = exports {
        std::process::Child::wait(&mut export)?;
    }
    println!(
        "{} at {} Hz, 64 frames, {} s: {signal_late} late blocks, {control_late} of the control loop, {beyond} beyond",
        now.name,
        now.sample_rate,
        seconds()
    );
    assert!(telemetry.transport().is_some_and(|transport| transport.playing), "the song stands");
    // Seconds say nothing of what is rare: there only a loop that can't keep up fails.
    let allowed =
        if std::env::var_os("LOOPHOLE_SOAK_SECONDS").is_some() { 0 } else { blocks(now.sample_rate) / 100 };
    assert!(beyond <= allowed, "{beyond} blocks were late in seconds in which the control loop was not");
    Ok(())
}

/// Blocks that are played.
fn blocks(rate: u32) -> u64 {
    seconds() * u64::from(rate) / 64
}

/// What goes on: an edit each second, a locate, a plugin killed and an export begun now and then.
async fn disturb(
    home: &Home,
    running: &Running<'_>,
    second: u64,
    song: &std::path::Path,
    export: &mut Option<std::process::Child>,
) -> anyhow::Result<&'static str> {
    let name = SetTrack { id: BASS, name: Some(format!("Track {second}")), ..SetTrack::default() };
    running.execute(vec![Command { kind: Some(Kind::SetTrack(name)) }]).await?;
    match second % 10 {
        1 => {
            running.signal().await?.locate(LocateRequest { position_samples: 48_000 * 8 }).await?;
            return Ok("locate");
        }
        2 | 6 => {
            let arm = SetTrack { id: BASS, armed: Some(second % 10 == 2), ..SetTrack::default() };
            running.execute(vec![Command { kind: Some(Kind::SetTrack(arm)) }]).await?;
            return Ok("arm");
        }
        3 => {
            running.kill_by_button(ProcessKind::Sandbox).await?;
            return Ok("kill of a sandbox");
        }
        4 if export.is_none() => {
            let output = home.path("export.wav");
            let arguments = ["render", text(song)?, "-o", text(&output)?, "--from", "1", "--to", "9"];
            *export = Some(home.loophole()?.args(arguments).stdout(std::process::Stdio::null()).spawn()?);
            return Ok("export begins");
        }
        9 => {
            if let Some(mut done) = export.take() {
                done.wait()?;
            }
        }
        _ => {}
    }
    Ok("edit")
}
