//! Plugins that are mono until somebody asks for stereo, and give each channel its number.

use std::{cell::Cell, marker::PhantomData};

use clack_extensions::{
    audio_ports::{AudioPortInfoWriter, AudioPortType, PluginAudioPorts, PluginAudioPortsImpl},
    audio_ports_config::{
        AudioPortConfigWriter, AudioPortsConfiguration, MainPortInfo, PluginAudioPortsConfig,
        PluginAudioPortsConfigImpl,
    },
    configurable_audio_ports::{
        AudioPortRequest, PluginConfigurableAudioPorts, PluginConfigurableAudioPortsImpl,
    },
};
use clack_plugin::{prelude::*, process::audio::SampleType};

use crate::port;

/// How it is asked.
pub trait Way: Send + Sync + Sized + 'static {
    /// Offers that way.
    fn declare(builder: &mut PluginExtensions<Shape<Self>>);
}

/// By `configurable-audio-ports`.
pub struct Configurable;

impl Way for Configurable {
    fn declare(builder: &mut PluginExtensions<Shape<Self>>) {
        builder.register::<PluginConfigurableAudioPorts>();
    }
}

/// By `audio-ports-config`.
pub struct Choice;

impl Way for Choice {
    fn declare(builder: &mut PluginExtensions<Shape<Self>>) {
        builder.register::<PluginAudioPortsConfig>();
    }
}

pub struct Shape<W>(PhantomData<W>);

pub struct MainThread {
    channels: Cell<u32>,
}

impl Default for MainThread {
    fn default() -> Self {
        Self { channels: Cell::new(1) }
    }
}

pub struct AudioHalf;

impl<W: Way> Plugin for Shape<W> {
    type AudioProcessor<'a> = AudioHalf;
    type Shared<'a> = ();
    type MainThread<'a> = MainThread;

    fn declare_extensions(builder: &mut PluginExtensions<Self>, _shared: Option<&()>) {
        builder.register::<PluginAudioPorts>();
        W::declare(builder);
    }
}

impl PluginMainThread<'_, ()> for MainThread {}

impl PluginAudioPortsImpl for MainThread {
    fn count(&self, _is_input: bool) -> u32 {
        1
    }

    fn get(&self, index: u32, _is_input: bool, writer: &mut AudioPortInfoWriter) {
        writer.set(&port(index, self.channels.get()));
    }
}

impl PluginConfigurableAudioPortsImpl for MainThread {
    fn can_apply_configuration(&self, requests: &[AudioPortRequest]) -> bool {
        let counts = requests.iter().map(|request| request.details().channel_count());
        requests.len() == 2 && counts.into_iter().all(|count| count == 2)
    }

    fn apply_configuration(&self, requests: &[AudioPortRequest]) -> bool {
        let can = self.can_apply_configuration(requests);
        if can {
            self.channels.set(2);
        }
        can
    }
}

/// Configuration 0 is mono, 1 is stereo.
impl PluginAudioPortsConfigImpl for MainThread {
    fn count(&self) -> u32 {
        2
    }

    fn get(&self, index: u32, writer: &mut AudioPortConfigWriter) {
        let channel_count = index + 1;
        let main =
            Some(MainPortInfo { channel_count, port_type: AudioPortType::from_channel_count(channel_count) });
        writer.write(&AudioPortsConfiguration {
            id: ClapId::new(index),
            name: b"configuration",
            input_port_count: 1,
            output_port_count: 1,
            main_input: main,
            main_output: main,
        });
    }

    fn select(&self, id: ClapId) -> Result<(), PluginError> {
        self.channels.set(id.get() + 1);
        Ok(())
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

    /// The number of the channel, from 1.
    fn process(&mut self, _: Process, mut audio: Audio, _: Events) -> Result<ProcessStatus, PluginError> {
        let mut port = audio.output_port(0).ok_or(PluginError::Message("no port"))?;
        let SampleType::F32(mut channels) = port.channels()? else {
            return Err(PluginError::Message("not 32 bits"));
        };
        for (index, channel) in channels.iter_mut().enumerate() {
            channel.fill(index as f32 + 1.0);
        }
        Ok(ProcessStatus::Continue)
    }
}
