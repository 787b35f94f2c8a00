//! Sandboxes killed again and again: what is heard meanwhile, how soon they are back, and that they are back as they were.
//!
//! `./x soak plugin-kills` runs it with the full count. Times are printed there and asserted nowhere.

use std::time::{Duration, Instant};

use signal_engine::device_board::{DeviceState, SandboxRole};
use signal_graph::PluginSlot;

use crate::rig::{BLOCK, GAIN, IMPRINT, Rig, Track, slot};

/// Set to the full count by the soak.
const KILLS: &str = "LOOPHOLE_SOAK_PLUGIN_KILLS";
/// What is killed without being asked how often.
const FEW: usize = 6;

/// How a kill went.
struct Recovery {
    /// From the kill until another process answers in time.
    time: Duration,
    /// Blocks that were not the plugins', beside those of that time.
    blocks: f64,
}

/// Kills the process of the chain and plays until another one in its place plays as before.
fn kill(rig: &mut Rig, track: &mut Track, sample: f32) -> Recovery {
    let killed = rig.pid(1);
    track.listen();
    rig.signal(1, rustix::process::Signal::KILL);
    let begun = Instant::now();
    let mut back = None;
    let limit = begun + Duration::from_secs(100);
    // Back is the first block that is not the dry signal alone; it fades in for another 10 ms.
    while back.is_none() || !track.plays(sample) {
        rig.block(&mut [track]);
        let (now, rises) = (rig.pid(1), !track.plays(0.25));
        if back.is_none() && now != killed && now != 0 && rises {
            back = Some(begun.elapsed());
        }
        assert!(Instant::now() < limit, "it is not back: {:?}", rig.sandboxes.list());
    }
    let time = back.unwrap_or_default();
    let dry = track.played.chunks(BLOCK).filter(|block| block.iter().any(|it| (it - sample).abs() > 1e-6));
    let fade = 0.010 * 48_000.0 / BLOCK as f64;
    let while_recovering = time.as_secs_f64() * 48_000.0 / BLOCK as f64;
    Recovery { time, blocks: dry.count() as f64 - while_recovering - fade.ceil() }
}

fn kills() -> usize {
    std::env::var(KILLS).ok().and_then(|count| count.parse().ok()).unwrap_or(FEW)
}

fn print(what: &str, recoveries: &mut [Recovery]) {
    recoveries.sort_by_key(|recovery| recovery.time);
    let at = |share: f64| &recoveries[((recoveries.len() - 1) as f64 * share) as usize];
    let blocks = recoveries.iter().map(|recovery| recovery.blocks).fold(0.0, f64::max);
    println!(
        "{what}: {} kills, back after {:.1} ms (p50), {:.1} ms (p99), {:.1} ms (max); at most {blocks:.1} blocks of {BLOCK} \
         frames besides",
        recoveries.len(),
        at(0.5).time.as_secs_f64() * 1e3,
        at(0.99).time.as_secs_f64() * 1e3,
        at(1.0).time.as_secs_f64() * 1e3,
    );
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
    let mut rig = Rig::new(false);
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
    let mut rig = Rig::new(false);
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
