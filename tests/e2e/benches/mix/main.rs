//! Many long tracks at once, as ratios within one run: mixed offline beside ecasound and sox, and played from disk.
//!
//! `cargo bench -p e2e --bench mix`, with release builds of the programs. Every program mixes the same sound from memory (its
//! files are read before each turn) and writes 24 bit; they take turns, and the best turn of each counts. With the argument
//! `streams` nothing is mixed. It judges no figure.

mod material;
mod programs;
mod streams;
mod usage;

use anyhow::ensure;
use e2e::Home;

use material::Material;
use programs::Program;
use usage::Usage;

/// Tracks of a mix, and turns each program has: the machine is noisy, and the longer run averages by itself.
const MIXES: [(usize, usize); 2] = [(64, 3), (256, 2)];
/// Tracks that are played at once.
const STREAMS: usize = 256;

fn main() -> anyhow::Result<()> {
    let home = Home::new()?;
    if std::env::args().any(|argument| argument == "streams") {
        print!("{}", streams::play(&home, &Material::make(&home, STREAMS)?)?);
        return Ok(());
    }
    println!(
        "| mix of 60 s | program | seconds | × real time | CPU seconds | memory |\n|---|---|---|---|---|---|"
    );
    let mut ratios = String::new();
    for (tracks, turns) in MIXES {
        let material = Material::make(&home, tracks)?;
        let best = race(&home, &material, turns)?;
        for (program, usage) in &best {
            println!("{}", row(tracks, *program, usage));
        }
        ratios += &against_the_faster(tracks, &best);
        if tracks == STREAMS {
            ratios += &streams::play(&home, &material)?;
        }
    }
    println!("\n{}", ratios.trim_end());
    Ok(())
}

/// What each program took in its best turn.
fn race(home: &Home, material: &Material, turns: usize) -> anyhow::Result<Vec<(Program, Usage)>> {
    let mut best: Vec<(Program, Usage)> = Vec::new();
    let decoded = material.decoded()?;
    for turn in 0..turns {
        for (at, program) in Program::ALL.into_iter().enumerate() {
            material::warm(if program == Program::Loophole { &decoded } else { &material.files })?;
            let usage = usage::of(&mut program.mix(home, material)?)?;
            programs::check(&home.path(programs::OUTPUT))?;
            if turn == 0 {
                best.push((program, usage));
            } else {
                best[at].1 = best[at].1.least(usage);
            }
        }
    }
    ensure!(best.len() == Program::ALL.len(), "no program has mixed");
    Ok(best)
}

fn row(tracks: usize, program: Program, usage: &Usage) -> String {
    format!(
        "| {tracks} tracks | {} | {:.2} | {:.1} | {:.2} | {:.0} MB |",
        program.name(),
        usage.seconds,
        f64::from(material::SECONDS) / usage.seconds,
        usage.cpu_seconds,
        usage.memory_bytes as f64 / 1e6
    )
}

fn against_the_faster(tracks: usize, best: &[(Program, Usage)]) -> String {
    let of = |figure: fn(&Usage) -> f64| {
        let own = figure(&best[0].1);
        best[1..].iter().map(|(_, usage)| figure(usage)).fold(f64::MAX, f64::min) / own
    };
    format!(
        "- {tracks} tracks: loophole is {:.2} × as fast as the faster of the others by the clock, {:.2} × per CPU second.\n",
        of(|usage| usage.seconds),
        of(|usage| usage.cpu_seconds)
    )
}
