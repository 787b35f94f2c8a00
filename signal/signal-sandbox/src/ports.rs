//! A plugin's ports, as it describes them: which carry the chain's sound, and which take and give notes.
//!
//! The chain is stereo, so plugins that can be are asked to be so too. What stays mono gets the mean of both channels and
//! is heard on both; of more channels the first two count. Holds no buffers.

pub mod buffers;

use clack_extensions::{
    audio_ports::{AudioPortFlags, AudioPortInfoBuffer, PluginAudioPorts},
    audio_ports_config::{AudioPortsConfigBuffer, PluginAudioPortsConfig},
    configurable_audio_ports::{AudioPortRequest, AudioPortRequestDetails, PluginConfigurableAudioPorts},
    note_ports::{NoteDialect, NotePortInfoBuffer, PluginNotePorts},
};
use clack_host::prelude::*;

/// Ports of one direction; no plugin has more than a drum machine's outputs.
const MAX_PORTS: u32 = 64;
/// Channels of one port; third-order ambisonics have 16.
const MAX_CHANNELS: u32 = 64;
/// Configurations of ports that one plugin offers.
const MAX_CONFIGURATIONS: u32 = 64;

/// How a plugin takes notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// CLAP's own events.
    Clap,
    /// MIDI 1 messages.
    Midi,
}

/// The ports of one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AudioSide {
    /// Channels of each port.
    pub channels: Vec<usize>,
    /// The one that carries the chain's sound.
    pub main: Option<usize>,
}

/// The ports of a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortLayout {
    /// Without a main one: it takes no audio.
    pub inputs: AudioSide,
    /// Without a main one: the sound passes by it.
    pub outputs: AudioSide,
    /// The input that a side-chain goes to.
    pub side_chain: Option<usize>,
    /// Of the first note port, if there is one.
    pub notes: Option<Dialect>,
    /// Whether that port takes MIDI messages too.
    pub midi: bool,
    /// Whether it has a note port that gives.
    pub gives_notes: bool,
}

impl PortLayout {
    /// Asks the plugin. `None`: it has neither an audio output nor one for notes, and so no place in a chain.
    pub fn of(plugin: &PluginMainThreadHandle) -> Option<Self> {
        let mut layout = Self::default();
        if let Some(audio) = plugin.get_extension::<PluginAudioPorts>() {
            layout.inputs = audio_side(&audio, plugin, true);
            layout.outputs = audio_side(&audio, plugin, false);
        }
        let beside =
            |(port, count): (usize, &usize)| (Some(port) != layout.inputs.main && *count > 0).then_some(port);
        layout.side_chain = layout.inputs.channels.iter().enumerate().find_map(beside);
        if let Some(notes) = plugin.get_extension::<PluginNotePorts>() {
            let mut buffer = NotePortInfoBuffer::new();
            layout.gives_notes = notes.count(plugin, false) > 0;
            let takes = notes.count(plugin, true) > 0;
            if let Some(port) = takes.then(|| notes.get(plugin, 0, true, &mut buffer)).flatten() {
                layout.midi = port.supported_dialects.supports(NoteDialect::Midi);
                let clap = port.supported_dialects.supports(NoteDialect::Clap);
                layout.notes = if clap { Some(Dialect::Clap) } else { layout.midi.then_some(Dialect::Midi) };
            }
        }
        (layout.outputs.main.is_some() || layout.gives_notes).then_some(layout)
    }

    /// Whether it makes sound from notes and takes no audio.
    pub fn is_instrument(&self) -> bool {
        self.inputs.main.is_none() && self.outputs.main.is_some()
    }
}

/// Asks an inactive plugin whose main ports are not stereo to make them so, by whichever way it offers.
pub fn negotiate(instance: &mut PluginInstance<crate::host::Host>) {
    let Some(layout) = PortLayout::of(&instance.plugin_handle()) else { return };
    let is_stereo = |side: &AudioSide| side.main.is_none_or(|main| side.channels[main] == 2);
    if is_stereo(&layout.inputs) && is_stereo(&layout.outputs) {
        return;
    }
    let Some(mut plugin) = instance.inactive_plugin_handle() else { return };
    if let Some(configurable) = plugin.get_extension::<PluginConfigurableAudioPorts>() {
        let sides = [(true, &layout.inputs), (false, &layout.outputs)];
        let mains = sides.into_iter().filter_map(|(is_input, side)| Some((is_input, side.main? as u32)));
        let stereo =
            |(is_input, port)| AudioPortRequest::new(is_input, port, AudioPortRequestDetails::stereo());
        let requests: Vec<_> = mains.map(stereo).collect();
        if configurable.can_apply_configuration(&mut plugin, &requests)
            && configurable.apply_configuration(&mut plugin, &requests)
        {
            return;
        }
    }
    let Some(configurations) = plugin.get_extension::<PluginAudioPortsConfig>() else { return };
    let mut buffer = AudioPortsConfigBuffer::new();
    let stereo = (0..configurations.count(&plugin).min(MAX_CONFIGURATIONS)).find_map(|index| {
        let offered = configurations.get(&plugin, index, &mut buffer)?;
        let input = offered.main_input.as_ref().is_none_or(|main| main.channel_count == 2);
        let output = offered.main_output.as_ref().is_some_and(|main| main.channel_count == 2);
        let takes_as_before = offered.main_input.is_some() == layout.inputs.main.is_some();
        (input && output && takes_as_before).then_some(offered.id)
    });
    if let Some(id) = stereo {
        // Refused: it stays as it is, which works too.
        let _ = configurations.select(&plugin, id);
    }
}

fn audio_side(extension: &PluginAudioPorts, plugin: &PluginMainThreadHandle, is_input: bool) -> AudioSide {
    let mut side = AudioSide::default();
    let mut buffer = AudioPortInfoBuffer::new();
    for index in 0..extension.count(plugin, is_input).min(MAX_PORTS) {
        let Some(port) = extension.get(plugin, index, is_input, &mut buffer) else { break };
        if side.main.is_none() && port.flags.contains(AudioPortFlags::IS_MAIN) && port.channel_count > 0 {
            side.main = Some(side.channels.len());
        }
        side.channels.push(port.channel_count.min(MAX_CHANNELS) as usize);
    }
    // An input that is not the main one is a side-chain, but the first output is always worth hearing.
    let first = || (!is_input).then(|| side.channels.iter().position(|count| *count > 0)).flatten();
    side.main = side.main.or_else(first);
    side
}
