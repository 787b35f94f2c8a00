//! Ardour's objection as a session: 128 tracks of three plugins, isolated against the same in one process.
//!
//! Both are loaded and take turns; who waits for its turn sleeps. Nothing is pinned.

use std::fmt::Write as _;

use anyhow::ensure;

use crate::{
    PERIOD_NS,
    device::{self, Played},
    figures::median_of,
    plugins::{self, Plugin},
    round_trip::RoundTrip,
    song::{Hosting, Song},
};

/// Tracks of the session.
const TRACKS: usize = 128;
/// Turns of each.
const ROUNDS: usize = 5;
/// Blocks of a turn: 1.3 s.
const BLOCKS: usize = 1000;

/// Measures it with our gain and with real plugins.
///
/// # Errors
/// A plugin does not run, or the gain sounds otherwise in a sandbox.
pub fn measure(round_trips: &[RoundTrip]) -> anyhow::Result<String> {
    let mut text = format!(
        "| {TRACKS} tracks × 3, a sandbox a track | p50 µs | p99 µs | p99 of the block's {} µs | processor µs a block | × in \
         this process | late blocks |\n|---|---|---|---|---|---|---|\n",
        PERIOD_NS / 1000
    );
    let (isolated, here) = race(&vec![plugins::gain()?; 3])?;
    // After a late block the dry signal is heard for a while.
    let on_time = isolated.iter().zip(&here).filter(|(isolated, _)| isolated.late.is_empty());
    let same = on_time.into_iter().all(|(isolated, here)| isolated.sound == here.sound);
    ensure!(same, "the gain sounds otherwise in a sandbox than in this process");
    rows(&mut text, "gain", &isolated, &here)?;
    let (isolated, here) = race(&plugins::zam_chain()?)?;
    rows(&mut text, "ZamGate, ZamComp, ZamEQ2", &isolated, &here)?;
    text += "\nA late isolated block is cut at its deadline, with what is there by then: in a row with many of them neither times nor \
             processor time are those of the whole work.\n";
    text += "\nWhat isolation adds to each real chain, against the futex of this run:\n\n\
             | futex | processor time a chain | block's p50 a chain |\n|---|---|---|\n";
    let added = |figure: fn(&Played) -> f64| {
        (median_of(&isolated, figure) - median_of(&here, figure)) / TRACKS as f64
    };
    let (processor, block) = (added(|it| it.processor_us), added(|it| it.blocks.percentile_us(50.0)));
    for trip in round_trips {
        writeln!(
            text,
            "| {}: {:.2} µs | {processor:.2} µs: {:.2} round trips | {block:.2} µs: {:.2} round trips |",
            trip.pinning,
            trip.futex_us,
            processor / trip.futex_us,
            block / trip.futex_us
        )?;
    }
    Ok(text)
}

fn race(chain: &[Plugin]) -> anyhow::Result<(Vec<Played>, Vec<Played>)> {
    let tracks = vec![vec![chain.to_vec()]; TRACKS];
    let mut isolated = Song::load(Hosting::Isolated, &tracks)?;
    let mut here = Song::load(Hosting::InProcess, &tracks)?;
    let (mut of_isolated, mut of_here) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_isolated.push(device::play(&mut isolated, BLOCKS)?);
        of_here.push(device::play(&mut here, BLOCKS)?);
    }
    Ok((of_isolated, of_here))
}

fn rows(text: &mut String, plugins: &str, isolated: &[Played], here: &[Played]) -> std::fmt::Result {
    let processor_us = |rounds: &[Played]| median_of(rounds, |round| round.processor_us);
    for (place, rounds) in [("isolated", isolated), ("in this process", here)] {
        let percentile = |percent| median_of(rounds, |round| round.blocks.percentile_us(percent));
        let late: usize = rounds.iter().map(|round| round.late.len()).sum();
        writeln!(
            text,
            "| {plugins}: {place} | {:.0} | {:.0} | {:.1} % | {:.0} | {:.2} | {late} of {} |",
            percentile(50.0),
            percentile(99.0),
            percentile(99.0) * 1e5 / PERIOD_NS as f64,
            processor_us(rounds),
            processor_us(rounds) / processor_us(here),
            ROUNDS * BLOCKS
        )?;
    }
    Ok(())
}
