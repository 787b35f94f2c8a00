//! Sandboxes killed again and again: what is heard meanwhile, how soon they are back, and that they are back as they were.
//!
//! `./x soak plugin-kills` runs it with the full count. Times are printed there and asserted nowhere.

use std::time::{Duration, Instant};

use signal_engine::device_board::{DeviceState, SandboxRole};
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

/// How a kill went.
struct Recovery {
    /// From the kill until the first block in which another process is heard.
    time: Duration,
    /// Blocks that were not the plugins' alone, beside those of that time and of the fade.
    blocks: usize,
}

/// Kills the process of the chain and plays until another one in its place plays as before.
fn kill(rig: &mut Rig, track: &mut Track, sample: f32) -> Recovery {
    let killed = rig.pid(1);
    track.listen();
    rig.signal(1, rustix::process::Signal::KILL);
    let begun = Instant::now();
    let mut back = None;
    let limit = begun + Duration::from_secs(100);
    while back.is_none() || !track.plays(sample) {
        rig.block(&mut [track]);
        let now = rig.pid(1);
        // Between two blocks nothing is missed, and nothing fades in.
        let is_heard = track.rises() || track.plays(sample);
        if back.is_none() && now != killed && now != 0 && is_heard {
            back = Some((rig.answered.duration_since(begun), track.played.len() / FRAMES));
        }
        assert!(Instant::now() < limit, "it is not back: {:?}", rig.sandboxes.list());
    }
    let (time, blocks_until_back) = back.unwrap_or_default();
    let dry = track.played[1..].chunks(FRAMES).filter(|it| it.iter().any(|it| (it - sample).abs() > 1e-6));
    let fade = (FADE_SECONDS * 48_000.0 / FRAMES as f64).ceil() as usize;
    Recovery { time, blocks: dry.count().saturating_sub(blocks_until_back - 1 + fade) }
}

fn kills() -> usize {
    std::env::var(KILLS).ok().and_then(|count| count.parse().ok()).unwrap_or(FEW)
}

fn print(what: &str, recoveries: &mut [Recovery]) {
    let last = recoveries.len() - 1;
    let at = |share: f64| (last as f64 * share) as usize;
    recoveries.sort_by_key(|recovery| recovery.time);
    let times = [0.5, 0.99, 1.0].map(|share| recoveries[at(share)].time.as_secs_f64() * 1e3);
    recoveries.sort_by_key(|recovery| recovery.blocks);
    let blocks = [0.5, 0.99, 1.0].map(|share| recoveries[at(share)].blocks);
    println!(
        "{what}: {} kills, back after {:.1} ms (p50), {:.1} ms (p99), {:.1} ms (max); besides {} blocks of {FRAMES} frames (p50), \
         {} (p99), {} (max)",
        recoveries.len(),
        times[0],
        times[1],
        times[2],
        blocks[0],
        blocks[1],
        blocks[2],
    );
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
    let saved = |rig: &Rig| {
        use signal_engine::sandbox::SandboxEvent::StateSaved;
        rig.seen.iter().any(|event| matches!(event, StateSaved { device: 10, .. }))
    };
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
    print("without a standby", &mut recoveries);
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
    print("with a standby", &mut recoveries);
}
