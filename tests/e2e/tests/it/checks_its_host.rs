//! The plugin that checks its host, in a song: played, turned, located, killed, rendered and ended.

use std::fs;

use chorus::{
    pulse::v1::{Command, SetParameter, command::Kind},
    signal::v1::LocateRequest,
    supervisor::v1::ProcessKind,
};
use e2e::{
    Home,
    home::{program, text},
    song::{BAR_SAMPLES, RIGHT, script, with_sandbox},
};
use serde_json::json;

const CHECK: u64 = 205;
/// Of the plugin.
const GAIN: u32 = 10;
const LATENCY: u32 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn no_rule_of_clap_is_broken_while_a_song_is_played_turned_killed_and_rendered() -> anyhow::Result<()> {
    let home = Home::new()?;
    let plugin = program("libhost_check.so")?;
    let check = json!({"add_device": {
        "id": CHECK, "track": RIGHT, "name": "Host check",
        "clap": {"plugin_id": "test.host-check", "bundle": text(&plugin)?}
    }});
    let song = home.make_song("checked", &(with_sandbox()? + &script(&[check])))?;
    let running = home.open(&song).await?;
    running.devices_running(4).await?;
    let mut signal = running.signal().await?;
    running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES).await?;
    for (parameter, value) in [(GAIN, 0.5), (LATENCY, 100.0), (GAIN, 2.0)] {
        let turned = SetParameter { device: CHECK, parameter, value };
        running.execute(vec![Command { kind: Some(Kind::SetParameter(turned)) }]).await?;
    }
    running.played_past(2 * BAR_SAMPLES).await?;
    signal.locate(LocateRequest { position_samples: 8 * BAR_SAMPLES }).await?;
    running.played_past(9 * BAR_SAMPLES).await?;
    running.kill(ProcessKind::Sandbox).await?;
    running.devices_running(4).await?;
    running.stop_capture().await?;
    let rendered = home.path("rendered.wav");
    home.run(&["render", text(&song)?, "-o", text(&rendered)?])?;
    assert!(running.interrupt().await?.success());

    let log = fs::read_to_string(home.path("state/loophole/loophole.log"))?;
    let broken: Vec<&str> = log.lines().filter(|line| line.contains("HOST_MISBEHAVING")).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    let checkers = log.lines().filter(|line| line.contains("this plugin checks its host")).count();
    assert!(checkers >= 3, "at first, after the kill, and for the render:\n{log}");
    Ok(())
}
