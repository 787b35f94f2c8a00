//! The demo on real sound servers, with everything going on at once: no block is late where a thread that does nothing was
//! on time (T3). Prints its figures; `./x soak` plays for ten minutes.

use std::{
    fmt,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use chorus::{
    pulse::v1::{Command, SetParameter, SetTrack, command::Kind},
    signal::v1::{GetDeviceRequest, GetDeviceResponse, LocateRequest, PlayRequest, RestartDeviceRequest},
    supervisor::v1::ProcessKind,
};
use e2e::{
    Home, PATIENCE, Running,
    control_loop::ControlLoop,
    home::{program, text},
    server::Server,
    song::{script, with_sandbox},
    until,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use shm::telemetry::{LateBlocks, Reader};

/// Seconds that are played unless LOOPHOLE_SOAK_SECONDS says more.
const SECONDS: u64 = 5;
const FRAMES: u64 = 64;
/// How much later than the control loop's a late block may be told.
const EDGE: Duration = Duration::from_millis(50);
/// The demo's bass, an instrument.
const BASS: u64 = 102;
/// The hostile plugin, and the parameters that say what it does (`tests/test-plugin`).
const HOSTILE: u64 = 902;
const DEED: u32 = 6;
const TRIGGER: u32 = 4;
/// All that it can do.
const DEEDS: u64 = 16;

fn seconds() -> u64 {
    std::env::var("LOOPHOLE_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS)
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_on_jack_at_64_frames_is_late_only_where_the_machine_is() -> anyhow::Result<()> {
    let home = Home::new()?;
    let (_name, _server) = Server::chosen_jack(&home, 48_000, 64)?;
    soak(&home, "jack:").await
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_on_pipewire_at_64_frames_is_late_only_where_the_machine_is() -> anyhow::Result<()> {
    let home = Home::new()?;
    let _server = Server::pipewire(&home, "nowhere").await?;
    home.choose_device(r#"{"device": "pipewire", "block": 64}"#)?;
    soak(&home, "pipewire:").await
}

/// A plugin does the worst that it can while it processes, one deed after the other, beside tracks that play.
#[tokio::test(flavor = "multi_thread")]
async fn tracks_beside_a_hostile_plugin_are_late_only_where_the_machine_is() -> anyhow::Result<()> {
    let home = Home::new()?;
    let (_name, _server) = Server::chosen_jack(&home, 48_000, 64)?;
    let plugin = program("libtest_plugin.so")?;
    let bundle = text(&plugin)?;
    let hostile = [
        json!({"add_track": {"id": HOSTILE - 1, "kind": "TRACK_KIND_AUDIO", "name": "Hostile"}}),
        json!({"add_device": {"id": HOSTILE, "track": HOSTILE - 1, "name": "Deed",
            "clap": {"plugin_id": "test.deed", "bundle": bundle}}}),
    ];
    let song = home.make_song("hostile", &(with_sandbox()? + &script(&hostile)))?;
    let running = home.open(&song).await?;
    running.devices_running(4).await?;
    let mut judge = Judge::of_song_that_plays(&running, "jack:").await?;
    let mut signal = running.signal().await?;
    for second in 0..seconds() {
        let deed = (second / 2) % DEEDS;
        let is_begun = second % 2 == 0;
        let turned = |parameter, value| {
            let value = SetParameter { device: HOSTILE, parameter, value };
            Command { kind: Some(Kind::SetParameter(value)) }
        };
        if is_begun {
            running.execute(vec![turned(DEED, deed as f64), turned(TRIGGER, 1.0)]).await?;
        } else {
            running.execute(vec![turned(TRIGGER, 0.0)]).await?;
            // As a user would: what was left out is tried again.
            signal.restart_device(RestartDeviceRequest { device: HOSTILE }).await?;
        }
        judge.after_a_second(&format!("deed {deed}, {}", if is_begun { "done" } else { "reloaded" })).await;
    }
    let known = home.run(&["plugins", "--incidents"])?;
    ensure!(known.contains("test.deed"), "it did no harm to judge: {known}");
    judge.conclude()
}

/// Makes the demo by rendering a bar of it.
fn demo(home: &Home) -> anyhow::Result<PathBuf> {
    let output = home.path("demo.wav");
    home.run(&["render", "demo", "-o", text(&output)?, "--from", "1", "--to", "2"])?;
    Ok(home.path("data/loophole/demo/Low Tide.loophole"))
}

/// A Signal that itself stands still, for fifteen blocks a second, must not pass for a machine that does. A busy machine may
/// stand still as long in the same second: then the next one tells.
#[tokio::test(flavor = "multi_thread")]
async fn signal_that_stands_still_is_not_excused() -> anyhow::Result<()> {
    let home = Home::new()?;
    let (_name, _server) = Server::chosen_jack(&home, 48_000, 64)?;
    let running = home.open(&demo(&home)?).await?;
    let mut judge = Judge::of_song_that_plays(&running, "jack:").await?;
    let signal = running.process(ProcessKind::Signal).await?;
    let signal = Pid::from_raw(i32::try_from(signal.pid)?).context("a pid above 0")?;
    while judge.beyond == 0 {
        assert!(judge.seconds < PATIENCE.as_secs(), "{judge}");
        kill_process(signal, Signal::STOP)?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        kill_process(signal, Signal::CONT)?;
        judge.after_a_second("stands still").await;
    }
    Ok(())
}

async fn soak(home: &Home, device: &str) -> anyhow::Result<()> {
    let song = demo(home)?;
    let running = home.open(&song).await?;
    let mut judge = Judge::of_song_that_plays(&running, device).await?;
    let mut exports = None;
    for second in 0..seconds() {
        let what = disturb(home, &running, second, &song, &mut exports).await?;
        judge.after_a_second(what).await;
    }
    if let Some(mut export) = exports {
        std::process::Child::wait(&mut export)?;
    }
    judge.conclude()
}

/// Holds Signal's late blocks against those of the control loop, second by second.
struct Judge {
    device: GetDeviceResponse,
    telemetry: Reader,
    control: ControlLoop,
    /// What Signal had told at the last look, and when that was.
    told: LateBlocks,
    looked: Instant,
    seconds: u64,
    of_signal: u64,
    of_control: u64,
    beyond: u64,
}

impl Judge {
    /// Starts the song, and begins once it has played for a while: what starting took is not the point.
    async fn of_song_that_plays(running: &Running<'_>, device: &str) -> anyhow::Result<Self> {
        // A server that was started a moment ago is taken as soon as it answers.
        let now = until(&format!("it plays on {device}"), || async {
            let now = running.signal().await.ok()?.get_device(GetDeviceRequest {}).await.ok()?.into_inner();
            now.name.starts_with(device).then_some(now)
        })
        .await?;
        running.process(ProcessKind::Sandbox).await?;
        running.signal().await?.play(PlayRequest {}).await?;
        running.played_past(0).await?;
        let telemetry = running.telemetry()?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let control = ControlLoop::start(now.sample_rate, FRAMES as u32)?;
        let (told, looked) = (late(&telemetry), Instant::now());
        Ok(Self {
            device: now,
            telemetry,
            control,
            told,
            looked,
            seconds: 0,
            of_signal: 0,
            of_control: 0,
            beyond: 0,
        })
    }

    async fn after_a_second(&mut self, what: &str) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (told, now) = (late(&self.telemetry), Instant::now());
        // What holds up the audio thread may hold up the telling of it too.
        let of_control = self.control.late_between(self.looked - EDGE, now);
        let of_signal = told.total() - self.told.total();
        if of_signal > of_control {
            println!(
                "second {} ({what}): {of_signal} late blocks, {of_control} of the control loop; before {:?}, now {told:?}",
                self.seconds, self.told
            );
        }
        self.seconds += 1;
        self.of_signal += of_signal;
        self.of_control += of_control;
        self.beyond += of_signal.saturating_sub(of_control);
        (self.told, self.looked) = (told, now);
    }
}

impl Judge {
    /// Prints the figures and judges them.
    fn conclude(self) -> anyhow::Result<()> {
        println!("{self}");
        let plays = self.telemetry.transport().is_some_and(|transport| transport.playing);
        ensure!(plays, "the song stands");
        // Seconds say nothing of what is rare: there only a loop that can't keep up fails.
        let soaks = std::env::var_os("LOOPHOLE_SOAK_SECONDS").is_some();
        let allowed = if soaks { 0 } else { seconds() * u64::from(self.device.sample_rate) / FRAMES / 100 };
        let beyond = self.beyond;
        ensure!(beyond <= allowed, "{beyond} blocks were late in seconds in which the control loop was not");
        Ok(())
    }
}

impl fmt::Display for Judge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device, seconds, of_signal, of_control, beyond, .. } = self;
        write!(
            formatter,
            "{} at {} Hz, {FRAMES} frames, {seconds} s: {of_signal} late blocks, {of_control} of the control loop, \
             {beyond} beyond",
            device.name, device.sample_rate
        )
    }
}

fn late(telemetry: &Reader) -> LateBlocks {
    telemetry.transport().map_or_else(LateBlocks::default, |transport| transport.late_blocks)
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
