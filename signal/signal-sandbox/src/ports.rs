//! A plugin's ports, and the buffers behind them: stereo in, stereo out, whatever its main ports are.
//!
//! 32-bit samples only, which every CLAP plugin takes. Ports beside the main ones get silence, and theirs is not heard.

use clack_extensions::{
    audio_ports::{AudioPortFlags, AudioPortInfoBuffer, PluginAudioPorts},
    note_ports::{NoteDialect, NotePortInfoBuffer, PluginNotePorts},
};
use clack_host::{
    prelude::*,
    process::audio_buffers::{AudioPortBuffer, AudioPortBufferType, InputChannel},
};

/// Ports of one direction; no plugin has more than a drum machine's outputs.
const MAX_PORTS: u32 = 64;
/// Channels of one port; third-order ambisonics have 16.
const MAX_CHANNELS: u32 = 64;

/// How a plugin takes notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// CLAP's own events.
    Clap,
    /// MIDI 1 messages.
    Midi,
}

/// The ports of a plugin.
#[derive(Clone, Debug, Default)]
pub struct PortLayout {
    /// Channels of each input port.
    pub inputs: Vec<usize>,
    /// The main one; none: it takes no audio.
    pub main_input: Option<usize>,
    /// Channels of each output port.
    pub outputs: Vec<usize>,
    /// The main one.
    pub main_output: usize,
    /// Of the first note port, if there is one.
    pub notes: Option<Dialect>,
    /// Whether that port takes MIDI messages too.
    pub midi: bool,
}

impl PortLayout {
    /// Asks the plugin. `None`: it has no audio output.
    pub fn of(plugin: &PluginMainThreadHandle) -> Option<Self> {
        let audio = plugin.get_extension::<PluginAudioPorts>()?;
        let (inputs, main_input) = audio_ports(&audio, plugin, true);
        let (outputs, main_output) = audio_ports(&audio, plugin, false);
        let mut layout =
            Self { inputs, main_input, outputs, main_output: main_output?, notes: None, midi: false };
        if let Some(notes) = plugin.get_extension::<PluginNotePorts>() {
            let mut buffer = NotePortInfoBuffer::new();
            if let Some(port) = notes.get(plugin, 0, true, &mut buffer) {
                layout.midi = port.supported_dialects.supports(NoteDialect::Midi);
                let clap = port.supported_dialects.supports(NoteDialect::Clap);
                layout.notes = if clap { Some(Dialect::Clap) } else { layout.midi.then_some(Dialect::Midi) };
            }
        }
        Some(layout)
    }

    /// Whether it makes sound from notes and takes no audio.
    pub fn is_instrument(&self) -> bool {
        self.main_input.is_none()
    }
}

fn audio_ports(
    extension: &PluginAudioPorts,
    plugin: &PluginMainThreadHandle,
    is_input: bool,
) -> (Vec<usize>, Option<usize>) {
    let (mut channels, mut main) = (Vec::new(), None);
    let mut buffer = AudioPortInfoBuffer::new();
    for index in 0..extension.count(plugin, is_input).min(MAX_PORTS) {
        let Some(port) = extension.get(plugin, index, is_input, &mut buffer) else { break };
        if main.is_none() && port.flags.contains(AudioPortFlags::IS_MAIN) && port.channel_count > 0 {
            main = Some(channels.len());
        }
        channels.push(port.channel_count.min(MAX_CHANNELS) as usize);
    }
    // An input that is not the main one is a side-chain, but the first output is always worth hearing.
    let first = || (!is_input).then(|| channels.iter().position(|count| *count > 0)).flatten();
    (channels.clone(), main.or_else(first))
}

/// Buffers of all ports of one direction.
#[derive(Debug)]
pub struct PortBuffers {
    ports: Vec<Vec<Vec<f32>>>,
    main: Option<usize>,
}

impl PortBuffers {
    /// For pieces of up to `max_frames`.
    pub fn new(channels: &[usize], main: Option<usize>, max_frames: usize) -> Self {
        let ports = channels.iter().map(|count| vec![vec![0.0; max_frames]; *count]).collect();
        Self { ports, main }
    }

    /// What `clack` needs room for.
    pub fn audio_ports(&self) -> AudioPorts {
        AudioPorts::with_capacity(self.ports.iter().map(Vec::len).sum(), self.ports.len())
    }

    /// `[audio]` Puts a stereo signal into the main port: a mono one gets the mean of both, others silence.
    pub fn fill(&mut self, left: &[f32], right: &[f32]) {
        for (index, port) in self.ports.iter_mut().enumerate() {
            let is_main = self.main == Some(index);
            for (channel, buffer) in port.iter_mut().enumerate() {
                let buffer = &mut buffer[..left.len()];
                match (is_main, channel) {
                    (true, 0) => buffer.copy_from_slice(left),
                    (true, 1) => buffer.copy_from_slice(right),
                    _ => buffer.fill(0.0),
                }
            }
            if let (true, [mono]) = (is_main, port.as_mut_slice()) {
                mono.iter_mut().zip(right).for_each(|(mono, right)| *mono = (*mono + right) * 0.5);
            }
        }
    }

    /// `[audio]` The main port's first two channels; a mono port gives its one twice.
    pub fn main(&self) -> (&[f32], &[f32]) {
        match self.main.and_then(|main| self.ports.get(main)).map(Vec::as_slice) {
            Some([left, right, ..]) => (left, right),
            Some([mono]) => (mono, mono),
            _ => (&[], &[]),
        }
    }

    /// `[audio]` The buffers as inputs.
    pub fn as_inputs<'a>(&'a mut self, ports: &'a mut AudioPorts, frames: usize) -> InputAudioBuffers<'a> {
        ports.with_input_buffers(self.ports.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_input_only(
                port.iter_mut().map(move |channel| InputChannel::variable(&mut channel[..frames])),
            ),
        }))
    }

    /// `[audio]` The buffers as outputs, silent at first: not every plugin writes every port.
    pub fn as_outputs<'a>(&'a mut self, ports: &'a mut AudioPorts, frames: usize) -> OutputAudioBuffers<'a> {
        ports.with_output_buffers(self.ports.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(port.iter_mut().map(move |channel| {
                let channel = &mut channel[..frames];
                channel.fill(0.0);
                channel
            })),
        }))
    }
}
