//! Sandboxes killed again and again: what is heard meanwhile, how soon they are back, and that they are back as they were.
//!
//! `./x soak plugin-kills` runs it with the full count. Times are printed there and asserted nowhere.

use std::time::{Duration, Instant};

use signal_engine::{
    device_board::{DeviceState, SandboxRole},
    sandbox::SandboxEvent,
};
use signal_graph::PluginSlot;

use crate::rig::{GAIN, IMPRINT, Rig, Track, slot};

/// Set to the full count by the soak.
const KILLS: &str = "LOOPHOLE_SOAK_PLUGIN_KILLS";
/// What is killed without being asked how often.
const FEW: usize = 6;

/// Short blocks: what comes back is heard at the next one.
const FRAMES: usize = 64;
/// A chain that comes back fades in.
const FADE_SECONDS: f64 = 0.010;

/// Blocks: twice as long as the fade.
const UNBROKEN: usize = 16;

/// How a kill went.
struct Recovery {
    /// From the kill until the first block in which another process is heard.
    time: Duration,
    /// What of that time the plugin took to load, as the new process says; with a standby that was before.
    load: Duration,
    /// Blocks that were not the plugins' alone, beside those of that time and of the fade.
    blocks: usize,
}

/// Kills the process of the chain and plays until another one in its place plays as before.
fn kill(rig: &mut Rig, track: &mut Track, sample: f32) -> Recovery {
    let killed = rig.pid(1);
    track.listen();
    rig.signal(1, rustix::process::Signal::KILL);
    let begun = Instant::now();
    let limit = begun + Duration::from_secs(100);
    // A standby may be there before a block is missed: then nothing fades in, and all goes on.
    let (mut back, mut unbroken) = (None, Vec::new());
    let (time, blocks_until_back) = loop {
        rig.block(&mut [track]);
        let moment = (rig.answered.duration_since(begun), track.played.len() / FRAMES);
        let is_another = ![0, killed].contains(&rig.pid(1));
        if is_another && track.rises() {
            back.get_or_insert(moment);
        }
        match is_another && track.plays(sample) {
            true => unbroken.push(moment),
            false => unbroken.clear(),
        }
        match (back, unbroken.as_slice()) {
            (Some(back), [_, ..]) => break back,
            (None, [first, _, ..]) if unbroken.len() > UNBROKEN => break *first,
            _ => assert!(Instant::now() < limit, "it is not back: {:?}", rig.sandboxes.list()),
        }
    };
    let load = rig.seen.iter().rev().find_map(|event| match event {
        SandboxEvent::Status(status) if !status.load_time.is_zero() => Some(status.load_time),
        _ => None,
    });
    rig.seen.clear();
    let dry = track.played[1..].chunks(FRAMES).filter(|it| it.iter().any(|it| (it - sample).abs() > 1e-6));
    let fade = (FADE_SECONDS * 48_000.0 / FRAMES as f64).ceil() as usize;
    Recovery {
        time,
        load: load.unwrap_or_default(),
        blocks: dry.count().saturating_sub(blocks_until_back - 1 + fade),
    }
}

fn kills() -> usize {
    std::env::var(KILLS).ok().and_then(|count| count.parse().ok()).unwrap_or(FEW)
}

/// In words: p50, p99 and the most.
fn spread(recoveries: &[Recovery], figure: impl Fn(&Recovery) -> f64, unit: &str) -> String {
    let mut figures: Vec<f64> = recoveries.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((figures.len() - 1) as f64 * share) as usize];
    let [p50, p99, most] = [0.5, 0.99, 1.0].map(at);
    format!("{p50:.1} {unit} (p50), {p99:.1} (p99), {most:.1} (max)")
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn print(what: &str, recoveries: &[Recovery]) {
    let times = spread(recoveries, |it| milliseconds(it.time), "ms");
    let blocks = spread(recoveries, |it| it.blocks as f64, "blocks");
    println!("{what}: {} kills, back after {times}", recoveries.len());
    println!("{what}: besides the recovery {blocks} of {FRAMES} frames were not the plugin's");
}

fn rig() -> Rig {
    let mut rig = Rig::new(false);
    rig.frames = FRAMES;
    rig
}

/// A chain whose sound needs its state (+0.5), a parameter (× 2) and its input (0.25).
fn chain(rig: &mut Rig, standby: bool) -> Track {
    let marked = PluginSlot { standby, ..slot(10, "test.gain", &[(GAIN, 1.0)]) };
    let mut track = rig.track(1, marked, 0.25);
    rig.until_plays(&mut track, 0.25);
    track.set(IMPRINT, 0.5);
    rig.until_plays(&mut track, 0.75);
    track.set(IMPRINT, 0.0);
    track.set(GAIN, 2.0);
    rig.until_plays(&mut track, 1.0);
    let saved =
        |rig: &Rig| rig.seen.iter().any(|event| matches!(event, SandboxEvent::StateSaved { device: 10, .. }));
    rig.until("the state", &mut [&mut track], |rig, _| saved(rig));
    track
}

#[test]
fn killed_plugins_are_back_as_they_were_from_a_process_that_loads() {
    let mut rig = rig();
    let mut track = chain(&mut rig, false);
    let mut recoveries = Vec::new();
    for _ in 0..kills() {
        // Forgiven, so that it does not stand by, nor wait longer each time.
        assert!(rig.sandboxes.restart(10));
        let settled = |rig: &Rig| {
            let list = rig.sandboxes.list();
            list.iter().any(|it| it.role == SandboxRole::Active && it.state == DeviceState::Running)
                && !list.iter().any(|it| matches!(it.role, SandboxRole::Loading | SandboxRole::Standby))
                && list.iter().any(|it| it.role == SandboxRole::Warm)
        };
        rig.until("one process", &mut [&mut track], |rig, tracks| settled(rig) && tracks[0].plays(1.0));
        recoveries.push(kill(&mut rig, &mut track, 1.0));
    }
    print("without a standby", &recoveries);
    let load = spread(&recoveries, |it| milliseconds(it.load), "ms");
    let without_load = spread(&recoveries, |it| milliseconds(it.time.saturating_sub(it.load)), "ms");
    println!("without a standby: the plugin's own loading took {load}; back less that {without_load}");
}

#[test]
fn killed_plugins_are_back_as_they_were_from_a_standby() {
    let mut rig = rig();
    let mut track = chain(&mut rig, true);
    let mut recoveries = Vec::new();
    for _ in 0..kills() {
        let stands_by = |rig: &Rig| {
            let list = rig.sandboxes.list();
            list.iter().any(|it| it.role == SandboxRole::Standby && it.state == DeviceState::Running)
        };
        rig.until("a standby", &mut [&mut track], |rig, tracks| stands_by(rig) && tracks[0].plays(1.0));
        recoveries.push(kill(&mut rig, &mut track, 1.0));
        assert!(rig.sandboxes.restart(10), "forgiven");
        rig.until_plays(&mut track, 1.0);
    }
    print("with a standby", &recoveries);
}
