//! `loophole record`, `keep`, `calibrate` and `metronome`: recording on a Loophole that runs, for scripts and for hands on an instrument.

use std::{path::Path, process::ExitCode, time::Duration};

use anyhow::{anyhow, bail};
use link::Hello;

use crate::{
    metronome_output::MetronomeOutput,
    runtime_folder::{self, SIGNAL_SOCKET},
    wire::{OWN_NAME, signal::Signal},
};

/// How long Signal may take to let somebody in; it answers from memory.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// Signal of the one Loophole that runs.
async fn reach() -> anyhow::Result<Signal> {
    let running = runtime_folder::running()?;
    let [(_, folder)] = running.as_slice() else {
        match running.len() {
            0 => bail!("Loophole is not running: open a song first"),
            count => bail!("{count} Loopholes run: end the others first"),
        }
    };
    connect(&folder.join(SIGNAL_SOCKET)).await
}

async fn connect(socket: &Path) -> anyhow::Result<Signal> {
    let connected = tokio::time::timeout(ANSWER_LIMIT, link::connect(socket, Hello::new(OWN_NAME)));
    let connection = connected.await.map_err(|_| anyhow!("{} does not answer", socket.display()))??;
    Ok(Signal::new(&connection))
}

/// Begins or ends recording.
pub(super) async fn record(stop: bool) -> anyhow::Result<ExitCode> {
    reach().await?.record(!stop).await?;
    println!("{}", if stop { "recording has ended" } else { "recording" });
    Ok(ExitCode::SUCCESS)
}

/// Makes takes of what was played last.
pub(super) async fn keep(track: u64) -> anyhow::Result<ExitCode> {
    let tracks = reach().await?.keep(track).await?;
    let tracks: Vec<String> = tracks.iter().map(ToString::to_string).collect();
    println!("kept what was played on track {}", tracks.join(", "));
    Ok(ExitCode::SUCCESS)
}

/// Measures the way from an output to an input.
pub(super) async fn calibrate(output: u32, input: u32) -> anyhow::Result<ExitCode> {
    let (measured, stated) = reach().await?.calibrate(output, input).await?;
    println!("{measured} samples from output {output} to input {input}; the device says {stated}");
    Ok(ExitCode::SUCCESS)
}

/// Chooses where the metronome is heard, or says it.
pub(super) async fn metronome(output: Option<MetronomeOutput>) -> anyhow::Result<ExitCode> {
    let mut signal = reach().await?;
    if let Some(output) = output {
        signal.set_metronome_output(output).await?;
    }
    let (chosen, outputs) = signal.metronome_output().await?;
    let absent = chosen.last_channel().is_some_and(|last| last > outputs);
    let absent =
        if absent { format!(": silent, for the device has {outputs} outputs") } else { String::new() };
    println!("the metronome is heard on {chosen}{absent}");
    Ok(ExitCode::SUCCESS)
}
