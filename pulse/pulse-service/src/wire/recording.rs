//! What can be recorded, on its way to Signal.

use std::path::Path;

use chorus::signal::v1 as wire;
use pulse_derive::{RecordInput, Recording};
use pulse_model::Monitor;

/// With the folder for takes; a path that is not Unicode can't be told, and then nothing can be recorded.
#[must_use]
pub fn setup(it: &Recording, takes: Option<&Path>) -> wire::Recording {
    wire::Recording {
        folder: takes.and_then(Path::to_str).unwrap_or_default().to_owned(),
        inputs: it.inputs.iter().map(input).collect(),
        punch_enabled: it.punch_enabled,
        punch_in_sample: it.punch_in_sample,
        punch_out_sample: it.punch_out_sample,
        metronome: it.metronome,
        metronome_gain: it.metronome_gain,
        count_in_bars: it.count_in_bars,
        pre_roll_bars: it.pre_roll_bars,
    }
}

fn input(it: &RecordInput) -> wire::RecordInput {
    let monitor = match it.monitor {
        Monitor::Off => wire::Monitor::Off,
        Monitor::Auto => wire::Monitor::Auto,
        Monitor::On => wire::Monitor::On,
    };
    wire::RecordInput {
        track: it.track.0,
        name: it.name.clone(),
        armed: it.armed,
        monitor: monitor as i32,
        audio_channels: it.audio_channels.clone(),
        note_player: it.note_player,
        midi_port: it.midi_port.clone(),
    }
}
