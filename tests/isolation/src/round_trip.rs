//! What a block's way to a plugin's process and back adds to the plugin's own time, against a bare futex.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use shm::Deadline;
use signal_graph::{Block, EventBuffer, Events, Io, Node, Stereo, StereoMut, Timeline};
use signal_rt::{Role, audio_scope, enter};

use crate::{
    FRAMES, RATE,
    figures::{Durations, median_of},
    in_process::{InProcessChain, Instances},
    machine,
    ping_pong::PingPong,
    plugins,
    song::{Hosting, Song},
};

/// Rounds of each contender, by turns.
const ROUNDS: usize = 15;
/// Round trips of a round: some 60 ms, far below what the kernel lets a real-time thread have at a stretch.
const TRIPS: usize = 300;

/// Before each round trip, so that the other side sleeps as it does between blocks. Nobody sleeps here: the core that asks is
/// at work when it asks.
const REST: Duration = Duration::from_micros(150);

/// Of each block: nothing but a broken machine reaches it.
const DEADLINE: Duration = Duration::from_secs(1);

/// What a round trip costs, where.
#[derive(Clone, Debug)]
pub struct RoundTrip {
    /// In words.
    pub pinning: String,
    /// Of a bare futex, microseconds.
    pub futex_us: f64,
    /// Of a block, microseconds.
    pub block_us: f64,
    /// Of the plugin in this process, microseconds.
    pub plugin_us: f64,
    /// What isolation adds, as a multiple of the futex.
    pub ratio: f64,
}

/// One round's median of each.
struct Round {
    futex_us: f64,
    block_us: f64,
    plugin_us: f64,
}

/// Measures it with both processes on one core, and on two.
///
/// # Errors
/// A plugin or a peer does not run.
pub fn measure() -> anyhow::Result<Vec<RoundTrip>> {
    let cores = machine::cores()?;
    let first = *cores.first().context("no core")?;
    let mut ways = vec![("both processes on one core", first, first)];
    if let Some(second) = cores.get(1) {
        ways.push(("each process on a core of its own", first, *second));
    }
    let mut measured = Vec::new();
    for (pinning, ours, theirs) in ways {
        let measure = || measure_on(pinning, ours, theirs);
        let thread = std::thread::scope(|scope| scope.spawn(measure).join());
        measured.push(thread.map_err(|_| anyhow::anyhow!("the measuring thread panicked"))??);
    }
    Ok(measured)
}

fn measure_on(pinning: &str, ours: usize, theirs: usize) -> anyhow::Result<RoundTrip> {
    let gain = plugins::gain()?;
    let mut song = Song::load(Hosting::Isolated, &[vec![vec![gain.clone()]]])?;
    let sandbox = song.sandboxes().first().context("no sandbox")?.pid;
    let mut instances = Instances::new();
    let mut here = InProcessChain::load(&[gain], &mut instances)?;
    let mut ping_pong = PingPong::start()?;
    machine::stay_on(None, &[ours])?;
    machine::process_stays_on(sandbox, &[theirs])?;
    ping_pong.stay_on(&[theirs])?;
    enter(Role::Device);
    let mut rounds = Vec::new();
    // The first warms up.
    for round in 0..=ROUNDS {
        let figures = Round {
            futex_us: ping_pong.rounds(TRIPS, REST).percentile_us(50.0),
            block_us: trips(song.chain(0, 0)?).percentile_us(50.0),
            plugin_us: trips(&mut here).percentile_us(50.0),
        };
        if round > 0 {
            rounds.push(figures);
        }
        // Others of this machine have their turn.
        std::thread::sleep(Duration::from_millis(20));
    }
    ensure!(song.playable().lost_blocks() == 0, "blocks were lost: the figures mean nothing");
    Ok(RoundTrip {
        pinning: pinning.to_owned(),
        futex_us: median_of(&rounds, |round| round.futex_us),
        block_us: median_of(&rounds, |round| round.block_us),
        plugin_us: median_of(&rounds, |round| round.plugin_us),
        ratio: median_of(&rounds, |round| (round.block_us - round.plugin_us) / round.futex_us),
    })
}

/// Blocks through a node, one after the other, and how long each took.
fn trips(node: &mut dyn Node) -> Durations {
    let timeline = Timeline::constant(RATE);
    let input = [0.25; FRAMES];
    let (mut left, mut right) = ([0.0; FRAMES], [0.0; FRAMES]);
    let mut events_out = EventBuffer::new();
    let mut durations = Vec::with_capacity(TRIPS);
    for trip in 0..TRIPS as u64 {
        machine::stay_awake(REST);
        let begun = Deadline::now();
        let block = Block {
            frames: FRAMES,
            position: (trip * FRAMES as u64).cast_signed(),
            steady: trip * FRAMES as u64,
            playing: true,
            jumped: false,
            offline: false,
            deadline: signal_graph::Deadline(begun.later(DEADLINE).nanoseconds()),
            timeline: &timeline,
        };
        let input = Stereo { left: &input, right: &input };
        let output = StereoMut { left: &mut left, right: &mut right };
        let mut io = Io { input, events: Events::NONE, output, events_out: &mut events_out };
        audio_scope(|| {
            node.submit(&block, input, &[], &[]);
            node.process(&block, &mut io);
        });
        durations.push(Deadline::now().since(begun).as_nanos() as u64);
    }
    Durations::new(durations)
}

/// As Markdown.
#[must_use]
pub fn table(round_trips: &[RoundTrip]) -> String {
    let row = |it: &RoundTrip| {
        let RoundTrip { pinning, futex_us, block_us, plugin_us, ratio } = it;
        format!("| {pinning} | {futex_us:.2} | {block_us:.2} | {plugin_us:.2} | {ratio:.2} |\n")
    };
    let rows: String = round_trips.iter().map(row).collect();
    format!(
        "| one gain, p50 µs | bare futex and back | block to a sandbox and back | the gain in this process | (block - gain) ÷ \
         futex |\n|---|---|---|---|---|\n{rows}"
    )
}
