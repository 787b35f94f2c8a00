//! Plugins in this very process, as other workstations host them: what isolation is compared with.
//!
//! Each block is one call a plugin, by the barest host there can be: no events, no bypass, nothing checked. Loophole itself
//! never does this.

use std::ffi::CString;

use anyhow::Context as _;
use clack_extensions::audio_ports::{AudioPortInfoBuffer, PluginAudioPorts};
use clack_host::{
    prelude::*,
    process::audio_buffers::{AudioPortBuffer, AudioPortBufferType, InputChannel},
};
use signal_graph::{Block, Io, Node, ParameterChange};

use crate::{FRAMES, RATE, plugins::Plugin, sys::plugin_file};

/// Hears no wish of a plugin.
pub struct Deaf;

impl SharedHandler<'_> for Deaf {
    fn request_restart(&self) {}
    fn request_process(&self) {}
    fn request_callback(&self) {}
}

/// A host that answers nothing.
pub struct Host;

impl HostHandlers for Host {
    type Shared<'a> = Deaf;
    type MainThread<'a> = ();
    type AudioProcessor<'a> = ();
}

/// What keeps plugins alive; to be dropped after their chains.
pub type Instances = Vec<PluginInstance<Host>>;

/// A chain of plugins as a node that computes here.
pub struct InProcessChain(Vec<Running>);

impl InProcessChain {
    /// Loads the plugins; what keeps them alive goes to `instances`.
    ///
    /// # Errors
    /// A plugin does not work.
    pub fn load(plugins: &[Plugin], instances: &mut Instances) -> anyhow::Result<Self> {
        let load = |plugin| {
            let (running, instance) = Running::load(plugin)?;
            instances.push(instance);
            Ok(running)
        };
        Ok(Self(plugins.iter().map(load).collect::<anyhow::Result<_>>()?))
    }
}

impl Node for InProcessChain {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        io.output.copy_from(io.input);
        for plugin in &mut self.0 {
            plugin.process(block.steady, io.output.left, io.output.right);
        }
    }

    fn set_parameter(&mut self, _change: &ParameterChange) {}

    fn reset(&mut self, _position: i64) {}
}

/// Samples by port and channel.
type Ports = Vec<Vec<Vec<f32>>>;

struct Running {
    processor: StartedPluginAudioProcessor<Host>,
    inputs: Ports,
    outputs: Ports,
    input_ports: AudioPorts,
    output_ports: AudioPorts,
}

impl Running {
    fn load(plugin: &Plugin) -> anyhow::Result<(Self, PluginInstance<Host>)> {
        let entry = plugin_file::load(&plugin.bundle)?;
        let id = CString::new(plugin.id.as_str())?;
        let info = HostInfo::new("Loophole", "Loophole", "", "0")?;
        let mut instance = PluginInstance::<Host>::new(|_| Deaf, |_| (), &entry, &id, &info)?;
        let (inputs, outputs) = (ports(&mut instance, true)?, ports(&mut instance, false)?);
        let configuration = PluginAudioConfiguration {
            sample_rate: f64::from(RATE),
            min_frames_count: 1,
            max_frames_count: FRAMES as u32,
        };
        let stopped = instance.activate(|_, _| (), configuration)?;
        let processor = stopped.start_processing().ok().context("the plugin does not start")?;
        let room = |ports: &Ports| AudioPorts::with_capacity(ports.iter().map(Vec::len).sum(), ports.len());
        let (input_ports, output_ports) = (room(&inputs), room(&outputs));
        Ok((Self { processor, inputs, outputs, input_ports, output_ports }, instance))
    }

    fn process(&mut self, steady: u64, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len();
        match self.inputs.first_mut().map(Vec::as_mut_slice) {
            Some([mono]) => {
                let both = left.iter().zip(&*right);
                mono.iter_mut().zip(both).for_each(|(mono, (left, right))| *mono = (left + right) * 0.5);
            }
            Some([to_left, to_right, ..]) => {
                to_left[..frames].copy_from_slice(left);
                to_right[..frames].copy_from_slice(right);
            }
            _ => {}
        }
        let inputs =
            self.input_ports.with_input_buffers(self.inputs.iter_mut().map(|port| AudioPortBuffer {
                latency: 0,
                channels: AudioPortBufferType::f32_input_only(
                    port.iter_mut().map(|channel| InputChannel::variable(&mut channel[..frames])),
                ),
            }));
        let outputs = self.outputs.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(
                port.iter_mut().map(|channel| &mut channel[..frames]),
            ),
        });
        let mut outputs = self.output_ports.with_output_buffers(outputs);
        let (events, mut nowhere) = (InputEvents::empty(), OutputEvents::void());
        let ran = self.processor.process(&inputs, &mut outputs, &events, &mut nowhere, Some(steady), None);
        if let (Ok(_), Some(port)) = (ran, self.outputs.first()) {
            left.copy_from_slice(&port[0][..frames]);
            right.copy_from_slice(&port[port.len().min(2) - 1][..frames]);
        }
    }
}

fn ports(instance: &mut PluginInstance<Host>, is_input: bool) -> anyhow::Result<Ports> {
    let plugin = instance.plugin_handle();
    let extension = plugin.get_extension::<PluginAudioPorts>().context("a plugin without audio")?;
    let mut buffer = AudioPortInfoBuffer::new();
    let mut ports = Ports::new();
    for index in 0..extension.count(&plugin, is_input) {
        let port =
            extension.get(&plugin, index, is_input, &mut buffer).context("a port that is not there")?;
        ports.push(vec![vec![0.0; FRAMES]; port.channel_count as usize]);
    }
    Ok(ports)
}
