//! `loophole devices`: the audio devices and MIDI ports there are. They are asked by Signal's program, which alone knows libraries of sound.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::places;

/// What Signal's program says of this machine.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Devices {
    pub devices: Vec<Listed>,
    #[serde(default)]
    pub midi_ports: Vec<MidiPort>,
    /// Why whole kinds are absent, for people.
    pub absent: Vec<String>,
    /// What to do to get real-time priority; `None` if a thread gets it.
    pub realtime_remedy: Option<String>,
}

/// A device that can be chosen.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Listed {
    pub id: String,
    pub name: String,
    pub inputs: u32,
    pub outputs: u32,
    /// None: as chosen.
    pub sample_rate: Option<u32>,
    pub block_frames: Option<u32>,
}

/// A MIDI port, seen from here.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct MidiPort {
    pub name: String,
    /// "input" or "output".
    pub direction: String,
    /// What it is reached by: "virtual", "jack", "pipewire" or "alsa".
    pub system: String,
    /// Hardware.
    pub physical: bool,
}

/// Asks for every device. Takes as long as sound servers take to answer.
pub(super) fn ask() -> anyhow::Result<Devices> {
    let program = places::program("loophole-signal")?;
    let output = Command::new(&program).arg("--list-devices").output()?;
    ensure!(output.status.success(), "{} ended with {}", program.display(), output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("{} lists no devices", program.display()))
}

/// Lists the devices.
pub(super) fn run(json: bool) -> anyhow::Result<ExitCode> {
    let found = ask()?;
    if json {
        println!("{}", serde_json::to_string(&found)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("{:<32} {:>3} {:>4}  {:<22} NAME", "DEVICE", "IN", "OUT", "RUNS AT");
    for Listed { id, name, inputs, outputs, sample_rate, block_frames } in &found.devices {
        let runs_at = match (sample_rate, block_frames) {
            (Some(rate), Some(frames)) => format!("{rate} Hz, {frames} frames"),
            _ => "as you choose".to_owned(),
        };
        println!("{id:<32} {inputs:>3} {outputs:>4}  {runs_at:<22} {name}");
    }
    println!("\n{:<8} {:<9} MIDI PORT", "", "BY");
    for MidiPort { name, direction, system, physical } in &found.midi_ports {
        let hardware = if *physical { " (hardware)" } else { "" };
        println!("{direction:<8} {system:<9} {name}{hardware}");
    }
    println!();
    for reason in &found.absent {
        println!("{reason}");
    }
    println!("Choose one by `loophole --device DEVICE`, or on the page by the device in the bottom line.");
    Ok(ExitCode::SUCCESS)
}
