//! A plugin that tries to get out, in a song that plays: what it is granted on the command line opens, and nothing else does.

use std::fs;

use chorus::signal::v1::{ConvertParameterRequest, convert_parameter_request::From};
use e2e::{
    Home, Running,
    home::{program, text},
    song::{RIGHT, script, with_sandbox},
    until,
};
use serde_json::json;

const PLUGIN: &str = "test.escape";
const DEVICE: u64 = 206;
/// Its parameter whose text says what came of an attempt, and attempts by number (`tests/test-plugin/src/escape.rs`).
const ATTEMPT: u32 = 8;
const READ_SECRET: u32 = 1;
const WRITE: u32 = 2;

/// What the plugin says of an attempt; `None` while it does not run.
async fn attempt(running: &Running<'_>, number: u32) -> Option<String> {
    let from = Some(From::Value(f64::from(number)));
    let request = ConvertParameterRequest { device: DEVICE, parameter: ATTEMPT, from };
    Some(running.signal().await.ok()?.convert_parameter(request).await.ok()?.into_inner().text)
}

async fn wait_for(running: &Running<'_>, number: u32, outcome: &str) -> anyhow::Result<()> {
    let what = format!("attempt {number} is {outcome}");
    until(&what, || async { attempt(running, number).await.filter(|said| said.starts_with(outcome)) })
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn plugin_reaches_what_it_is_granted_until_that_is_revoked() -> anyhow::Result<()> {
    let home = Home::new()?;
    // As it was told of no secret, it looks for an empty one.
    let (secret, planted) = (home.path("secret"), home.path("planted"));
    fs::write(&secret, "")?;
    fs::write(&planted, "")?;
    let plugin = program("libtest_plugin.so")?;
    let escape = json!({"add_device": {
        "id": DEVICE, "track": RIGHT, "name": "Escape",
        "clap": {"plugin_id": PLUGIN, "bundle": text(&plugin)?}
    }});
    let song = home.make_song("granted", &(with_sandbox()? + &script(&[escape])))?;
    let running = home.open(&song).await?;
    running.devices_running(4).await?;
    for number in [READ_SECRET, WRITE] {
        wait_for(&running, number, "refused").await?;
    }

    let said = home.run(&["grants", PLUGIN, "--read", text(&secret)?, "--write", text(&planted)?])?;
    assert!(said.contains("reads ") && said.contains("writes"), "{said}");
    wait_for(&running, READ_SECRET, "escaped").await?;
    wait_for(&running, WRITE, "escaped").await?;
    assert_eq!(fs::read_to_string(&planted)?, "planted");

    let refusal = home.run_failing(&["grants", PLUGIN, "--write", "/"])?;
    assert!(refusal.contains("holds nearly everything"), "{refusal}");
    assert_eq!(home.run(&["grants", PLUGIN])?, said, "what is refused changes nothing");

    home.run(&["grants", PLUGIN, "--revoke", text(&secret)?])?;
    wait_for(&running, READ_SECRET, "refused").await?;
    wait_for(&running, WRITE, "escaped").await?;
    home.run(&["grants", PLUGIN, "--revoke", "all"])?;
    wait_for(&running, WRITE, "refused").await?;
    assert!(running.interrupt().await?.success());
    Ok(())
}
