//! Adds a mono side-chain to a stereo sound.

use clack_extensions::audio_ports::{AudioPortInfoWriter, PluginAudioPorts, PluginAudioPortsImpl};
use clack_plugin::prelude::*;

use crate::port;

pub struct Side;
pub struct MainThread;
pub struct AudioHalf;

impl Plugin for Side {
    type AudioProcessor<'a> = AudioHalf;
    type Shared<'a> = ();
    type MainThread<'a> = MainThread;

    fn declare_extensions(builder: &mut PluginExtensions<Self>, _shared: Option<&()>) {
        builder.register::<PluginAudioPorts>();
    }
}

impl PluginMainThread<'_, ()> for MainThread {}

impl PluginAudioPortsImpl for MainThread {
    fn count(&self, is_input: bool) -> u32 {
        if is_input { 2 } else { 1 }
    }

    fn get(&self, index: u32, _is_input: bool, writer: &mut AudioPortInfoWriter) {
        writer.set(&port(index, if index == 0 { 2 } else { 1 }));
    }
}

impl<'a> PluginAudioProcessor<'a, (), MainThread> for AudioHalf {
    fn activate(
        _host: HostAudioProcessorHandle<'a>,
        _main_thread: &MainThread,
        _shared: &'a (),
        _configuration: PluginAudioConfiguration,
    ) -> Result<Self, PluginError> {
        Ok(Self)
    }

    fn process(&mut self, _: Process, mut audio: Audio, _: Events) -> Result<ProcessStatus, PluginError> {
        let none = || PluginError::Message("a port without 32-bit samples");
        let inputs =
            [0, 1].map(|index| audio.input_port(index).and_then(|port| port.channels().ok()?.into_f32()));
        let [Some(main), Some(side)] = inputs else { return Err(none()) };
        let side = side.channel(0).ok_or_else(none)?;
        let main: Vec<Vec<f32>> = main.iter().map(<[f32]>::to_vec).collect();
        let side = side.to_vec();
        let mut port = audio.output_port(0).ok_or_else(none)?;
        let mut output = port.channels()?.into_f32().ok_or_else(none)?;
        for (channel, main) in output.iter_mut().zip(main) {
            for ((sample, main), side) in channel.iter_mut().zip(main).zip(&side) {
                *sample = main + side;
            }
        }
        Ok(ProcessStatus::Continue)
    }
}
