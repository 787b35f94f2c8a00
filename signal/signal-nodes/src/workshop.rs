//! Makes the built-in nodes of a graph.
//!
//! Plugin chains are not made here: whoever runs processes makes those.

use std::sync::Arc;

use signal_graph::{BuiltinSpec, Content, Node, NodeKind, NoteRegion};

use crate::meter::Meter;
use crate::midi_out::MidiOut;
use crate::monitor::Monitor;
use crate::notes::{NoteContent, NotePlayer};
use crate::sample::{SampleLibrary, SampleSet, ZONES};
use crate::sound::{DiskLate, SoundPlayer};
use crate::strip::{SendLevel, Strip};
use crate::tide::{self, Tide};
use crate::trim::{self, Trim};
use crate::{compressor, delay, drums, eq, limiter, reverb, sampler};

/// What a node is made for.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Hertz.
    pub sample_rate: u32,
    /// The largest block.
    pub max_frames: usize,
    /// Counts for all audio players.
    pub late: Arc<DiskLate>,
}

/// [control] Makes a node; strips publish peaks to `meter`, compressors and limiters how much they take away. The output needs
/// no node. Nothing comes in from outside: whoever has a device makes the nodes that listen to it.
///
/// # Errors
/// Why there is no such built-in, for people.
pub fn make(
    kind: &NodeKind,
    setting: &Setting,
    meter: impl FnOnce() -> Arc<Meter>,
) -> Result<Box<dyn Node>, String> {
    let rate = setting.sample_rate;
    Ok(match kind {
        NodeKind::AudioPlayer => Box::new(SoundPlayer::new(setting.max_frames, Arc::clone(&setting.late))),
        NodeKind::NotePlayer => Box::<NotePlayer>::default(),
        NodeKind::AudioInput(spec) => Box::new(Monitor::new(spec.clone(), None, setting.max_frames, rate)),
        NodeKind::MidiOutput(_) => Box::new(MidiOut::to_nowhere()),
        NodeKind::Strip(spec) => Box::new(Strip::new(*spec, rate, meter())),
        NodeKind::SendLevel(gain) => Box::new(SendLevel::new(*gain, rate)),
        NodeKind::Builtin(spec) if spec.name == tide::NAME => Box::new(Tide::new(spec, rate)),
        NodeKind::Builtin(spec) if spec.name == sampler::NAME => Box::new(sampler::Sampler::new(spec, rate)),
        NodeKind::Builtin(spec) if spec.name == drums::NAME => Box::new(drums::Drums::new(spec, rate)),
        NodeKind::Builtin(spec) if spec.name == trim::NAME => Box::new(Trim::new(spec, rate)),
        NodeKind::Builtin(spec) => return effect(spec, rate, meter),
        NodeKind::PluginChain(_) | NodeKind::Output => return Err("not a built-in".to_owned()),
    })
}

fn effect(
    spec: &BuiltinSpec,
    rate: u32,
    meter: impl FnOnce() -> Arc<Meter>,
) -> Result<Box<dyn Node>, String> {
    Ok(match spec.name.as_str() {
        eq::NAME => eq::node(spec, rate),
        compressor::NAME => compressor::node(spec, rate, meter()),
        delay::NAME => delay::node(spec, rate),
        reverb::NAME => reverb::node(spec, rate),
        limiter::NAME => limiter::node(spec, rate, meter()),
        name => return Err(format!("there is no built-in device \"{name}\"")),
    })
}

/// [any] Whether a node is given a meter.
#[must_use]
pub fn has_meter(kind: &NodeKind) -> bool {
    match kind {
        NodeKind::Strip(_) => true,
        NodeKind::Builtin(spec) => [compressor::NAME, limiter::NAME].contains(&spec.name.as_str()),
        _ => false,
    }
}

/// [control] What a note player takes, from its regions in any order.
#[must_use]
pub fn note_content(regions: &[&NoteRegion]) -> Content {
    Box::new(NoteContent::new(regions))
}

/// [control] What an instrument of sounds takes at `sample_rate`, and what is wrong with those it can't have, for people.
/// None: the device is no such instrument.
pub fn sample_content(
    spec: &BuiltinSpec,
    library: &mut SampleLibrary,
    sample_rate: u32,
) -> Option<(SampleSet, Vec<String>)> {
    if spec.name != sampler::NAME && spec.name != drums::NAME {
        return None;
    }
    let (mut set, mut problems) = (SampleSet::default(), Vec::new());
    for media in &spec.media {
        let slot = media.slot as usize;
        match library.load(&media.path, sample_rate) {
            Ok(sample) if slot < ZONES => set.put(slot, sample),
            Ok(_) => problems.push(format!("there is no slot {}", slot + 1)),
            Err(error) => problems.push(format!("the sound of slot {} is silent: {error}", slot + 1)),
        }
    }
    Some((set, problems))
}
