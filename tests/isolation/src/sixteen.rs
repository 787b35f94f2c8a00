//! Sixteen sandboxes against sixteen clients of jackd2 and of PipeWire: one behind the other, and side by side.
//!
//! They take turns. Nothing is pinned: the kernel places all of them as it does for musicians.

use std::fmt::Write as _;

use e2e::Home;

use crate::{
    PERIOD_NS,
    device::{self, Played},
    figures::{Durations, median_of},
    layouts::CLIENTS,
    plugins::{self, Sharing},
    song::{Hosting, Song},
    sound_server::{Kind, Measured, SoundServer},
};

/// Turns of each.
const ROUNDS: usize = 5;
/// Blocks of a turn: 1.3 s.
const BLOCKS: usize = 1000;

/// What one contender did in one turn.
struct Turn {
    blocks: Durations,
    lost: usize,
    /// Blocks that there should have been.
    due: usize,
}

/// All turns of one contender.
struct Contender {
    name: &'static str,
    turns: Vec<Turn>,
    /// Of servers: from the cycle's beginning, as they say.
    since_beginning_us: Option<f64>,
    priority: Option<u32>,
}

/// Measures both shapes and says how they compare.
///
/// # Errors
/// A server, a client or a plugin does not run.
pub fn measure() -> anyhow::Result<String> {
    let gain = plugins::gain()?;
    // A track whose plugins run alone each.
    let alone = gain.clone().shared_by(Sharing::Plugin);
    let mut behind = Song::load(Hosting::Isolated, &[vec![vec![alone; CLIENTS]]])?;
    let mut beside = Song::load(Hosting::Isolated, &vec![vec![vec![gain]]; CLIENTS])?;
    let (mut ours, mut servers) =
        ([Vec::new(), Vec::new()], [[Vec::new(), Vec::new()], [Vec::new(), Vec::new()]]);
    for _ in 0..ROUNDS {
        ours[0].push(device::play(&mut behind, BLOCKS)?);
        ours[1].push(device::play(&mut beside, BLOCKS)?);
        for (kind, [chained, parallel]) in [Kind::Jack, Kind::PipeWire].into_iter().zip(&mut servers) {
            let home = Home::new()?;
            let mut server = SoundServer::start(kind, &home)?;
            parallel.push(server.measure(BLOCKS)?);
            server.connect()?;
            chained.push(server.measure(BLOCKS)?);
        }
    }
    let [[jack_behind, jack_beside], [pipewire_behind, pipewire_beside]] = servers;
    let [ours_behind, ours_beside] = ours;
    let priority = signal_rt::Role::LiveSandbox.priority().map(i32::unsigned_abs);
    let mut text = String::new();
    for (title, ours, jack, pipewire) in [
        ("one behind the other", ours_behind, jack_behind, pipewire_behind),
        ("side by side", ours_beside, jack_beside, pipewire_beside),
    ] {
        let contenders = [
            Contender::ours(ours, priority),
            Contender::server(Kind::Jack, jack),
            Contender::server(Kind::PipeWire, pipewire),
        ];
        text += &table(title, &contenders)?;
    }
    Ok(text)
}

impl Contender {
    fn ours(rounds: Vec<Played>, priority: Option<u32>) -> Self {
        let turn = |played: Played| Turn {
            lost: played.late.len(),
            due: played.blocks.count(),
            blocks: played.blocks,
        };
        let turns = rounds.into_iter().map(turn).collect();
        Self { name: "Loophole, sandboxes", turns, since_beginning_us: None, priority }
    }

    fn server(kind: Kind, rounds: Vec<Measured>) -> Self {
        let since_beginning_us =
            Some(median_of(&rounds, |measured| measured.since_beginning.percentile_us(50.0)));
        let priority = rounds.iter().map(|measured| measured.priority).min().flatten();
        let turn = |measured: Measured| Turn {
            lost: measured.missing,
            due: measured.cycles.count() + measured.missing,
            blocks: measured.cycles,
        };
        let turns = rounds.into_iter().map(turn).collect();
        Self { name: kind.name(), turns, since_beginning_us, priority }
    }

    fn percentile_us(&self, percent: f64) -> f64 {
        median_of(&self.turns, |turn| turn.blocks.percentile_us(percent))
    }
}

/// The first of them is ours.
fn table(title: &str, contenders: &[Contender]) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "\n| {CLIENTS} processes {title} | p50 µs | p99 µs | ours, × p50 | ours, × p99 | p50 since the server's cycle began | \
         SCHED_FIFO | blocks lost |\n|---|---|---|---|---|---|---|---|"
    )?;
    let [p50, p99] = [50.0, 99.0].map(|percent| contenders[0].percentile_us(percent));
    for contender in contenders {
        let [their_p50, their_p99] = [50.0, 99.0].map(|percent| contender.percentile_us(percent));
        // What is longer than a block is no cycle's beginning.
        let since = contender.since_beginning_us.filter(|us| us * 1e3 < PERIOD_NS as f64);
        let since = since.map_or_else(|| "–".to_owned(), |us| format!("{us:.0}"));
        let priority = contender.priority.map_or_else(|| "no RT".to_owned(), |it| it.to_string());
        let lost: usize = contender.turns.iter().map(|turn| turn.lost).sum();
        let all: usize = contender.turns.iter().map(|turn| turn.due).sum();
        writeln!(
            text,
            "| {} | {their_p50:.0} | {their_p99:.0} | {:.2} | {:.2} | {since} | {priority} | {lost} of {all} |",
            contender.name,
            p50 / their_p50,
            p99 / their_p99,
        )?;
    }
    Ok(text)
}
