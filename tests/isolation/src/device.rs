//! Plays a song as a device does: a thread of a device's priority, woken once a block by the clock, with the deadline
//! for plugins that Signal's own audio thread gives. Hears nothing and writes no file.

use std::time::{Duration, Instant};

use rustix::{
    thread::{ClockId, clock_nanosleep_absolute},
    time::Timespec,
};
use shm::Deadline;
use signal_engine::audio_thread::margin;
use signal_graph::StereoMut;
use signal_rt::{Role, audio_scope, enter};

use crate::{
    FRAMES, PERIOD_NS,
    figures::Durations,
    machine,
    song::{Playable, Song},
};

/// Blocks before it is measured: caches fill, and plugins fade in for 10 ms.
const WARM_UP: usize = 100;

/// What happened in some blocks.
#[derive(Clone, Debug)]
pub struct Played {
    /// From the device's call to its whole block.
    pub blocks: Durations,
    /// When a block was late, or a chain in it.
    pub late: Vec<Instant>,
    /// Processor time of a block: this process and every sandbox, with everything they do.
    pub processor_us: f64,
    /// The last block, left and right.
    pub sound: [Vec<f32>; 2],
}

/// Plays so many blocks, and some before.
///
/// # Errors
/// The kernel does not say what processors were used for.
pub fn play(song: &mut Song, blocks: usize) -> anyhow::Result<Played> {
    let sandboxes: Vec<u32> = song.sandboxes().iter().map(|sandbox| sandbox.pid).collect();
    let mut playable = song.playable();
    std::thread::scope(|scope| {
        let device = scope.spawn(|| {
            enter(Role::Device);
            let mut sound = [vec![0.0; FRAMES], vec![0.0; FRAMES]];
            run(&mut playable, WARM_UP, &mut sound);
            let before = processor_time_ns(&sandboxes)?;
            let (durations, late) = run(&mut playable, blocks, &mut sound);
            let used = processor_time_ns(&sandboxes)?.saturating_sub(before);
            let processor_us = used as f64 / 1e3 / blocks as f64;
            Ok(Played { blocks: Durations::new(durations), late, processor_us, sound })
        });
        device.join().unwrap_or_else(|_| anyhow::bail!("the device's thread panicked"))
    })
}

fn run(playing: &mut Playable<'_>, blocks: usize, sound: &mut [Vec<f32>; 2]) -> (Vec<u64>, Vec<Instant>) {
    let (mut durations, mut late) = (Vec::with_capacity(blocks), Vec::with_capacity(blocks));
    let mut lost = playing.lost_blocks();
    let period = Duration::from_nanos(PERIOD_NS);
    let mut due = Deadline::after(period);
    for _ in 0..blocks {
        sleep_until(due);
        let end = due.later(period);
        let deadline = end.nanoseconds() - margin(period).as_nanos() as u64;
        let [left, right] = &mut *sound;
        let begun = Deadline::now();
        audio_scope(|| {
            playing.player.process(StereoMut { left, right }, signal_graph::Deadline(deadline));
        });
        let done = Deadline::now();
        durations.push(done.since(begun).as_nanos() as u64);
        let lost_now = playing.lost_blocks();
        if done > end || lost_now > lost {
            late.push(Instant::now());
        }
        lost = lost_now;
        // A device that was late begins its pace anew.
        due = if done > end { Deadline::after(period) } else { end };
    }
    (durations, late)
}

fn sleep_until(moment: Deadline) {
    let nanoseconds = moment.nanoseconds();
    let until =
        Timespec { tv_sec: (nanoseconds / 1_000_000_000) as _, tv_nsec: (nanoseconds % 1_000_000_000) as _ };
    while clock_nanosleep_absolute(ClockId::Monotonic, &until) == Err(rustix::io::Errno::INTR) {}
}

fn processor_time_ns(sandboxes: &[u32]) -> anyhow::Result<u64> {
    let mut sum = machine::processor_time_ns(std::process::id())?;
    for sandbox in sandboxes {
        sum += machine::processor_time_ns(*sandbox)?;
    }
    Ok(sum)
}
