//! What the isolation of plugins costs: `cargo bench --workspace --bench isolation`, with release builds of the programs.
//!
//! `docs/isolation-cost.md` explains the figures. With names of parts as arguments only those run. It judges no figure.

use isolation::{FRAMES, RATE, largest, machine, memory, round_trip, sixteen, tracks};

fn main() -> anyhow::Result<()> {
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wants = |part: &str| asked.is_empty() || asked.iter().any(|name| name == part);
    println!("{}\n", rights()?);
    let round_trips =
        if wants("round-trip") || wants("tracks") { round_trip::measure()? } else { Vec::new() };
    if wants("round-trip") {
        println!("{}", round_trip::table(&round_trips));
    }
    if wants("sixteen") {
        println!("{}", sixteen::measure()?);
    }
    if wants("tracks") {
        println!("{}", tracks::measure(&round_trips)?);
    }
    if wants("largest") {
        println!("{}", largest::measure()?);
    }
    if wants("memory") {
        println!("{}", memory::measure()?);
    }
    Ok(())
}

/// Pinning and rights of all that follows.
fn rights() -> anyhow::Result<String> {
    let held = signal_rt::hold_memory();
    let entered = std::thread::spawn(|| signal_rt::enter(signal_rt::Role::Device)).join();
    let entered = entered.map_err(|_| anyhow::anyhow!("a thread panicked"))?;
    let realtime = if entered.realtime {
        "Real-time: SCHED_FIFO 80 for the device's thread, 75 for sandboxes, 85 for jackd and 80 for its clients; what \
         PipeWire gave its clients is in the table."
            .to_owned()
    } else {
        format!("**No RT**: {}.", entered.remedy.unwrap_or_default())
    };
    let memory = if held.is_ok() { "held in place" } else { "not held in place" };
    Ok(format!(
        "Blocks of {FRAMES} frames at {RATE} Hz. {realtime} Pinning: only where a table says so; else the kernel places every \
         thread on {} cores. This process's memory is {memory}.",
        machine::cores()?.len()
    ))
}
