//! Levels that no music has: input times a power of ten. Multiplies at run time, so that the processor's way with
//! denormals shows.

use std::{
    ffi::CStr,
    fmt::Write as _,
    sync::atomic::{AtomicU32, Ordering},
};

use clack_extensions::{
    audio_ports::{AudioPortInfoWriter, PluginAudioPorts, PluginAudioPortsImpl},
    params::{
        HostParams, ParamDisplayWriter, ParamInfo, ParamInfoFlags, ParamInfoWriter, ParamRescanFlags,
        PluginAudioProcessorParams, PluginMainThreadParams, PluginParams,
    },
};
use clack_plugin::{
    events::spaces::CoreEventSpace,
    prelude::*,
    process::audio::{ChannelPair, SampleType},
    utils::Cookie,
};

use crate::{
    port,
    sys::{PluginPresetLoad, PresetLoad},
};

/// The exponent of ten.
const EXPONENT: u32 = 1;

pub struct Level;

/// The exponent, as bits of an f32.
#[derive(Default)]
pub struct Shared(AtomicU32);

impl Shared {
    fn take(&self, event: &UnknownEvent) {
        if let Some(CoreEventSpace::ParamValue(value)) = event.as_core_event() {
            self.0.store((value.value() as f32).to_bits(), Ordering::Relaxed);
        }
    }

    fn exponent(&self) -> f32 {
        f32::from_bits(self.0.load(Ordering::Relaxed))
    }
}

pub struct MainThread<'a> {
    pub host: HostMainThreadHandle<'a>,
    pub shared: &'a Shared,
}

pub struct AudioHalf<'a> {
    shared: &'a Shared,
}

impl Plugin for Level {
    type AudioProcessor<'a> = AudioHalf<'a>;
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread<'a>;

    fn declare_extensions(builder: &mut PluginExtensions<Self>, _shared: Option<&Shared>) {
        builder.register::<PluginAudioPorts>().register::<PluginParams>().register::<PluginPresetLoad>();
    }
}

impl PluginShared<'_> for Shared {}

impl<'a> PluginMainThread<'a, Shared> for MainThread<'a> {}

impl<'a> PluginAudioProcessor<'a, Shared, MainThread<'a>> for AudioHalf<'a> {
    fn activate(
        _host: HostAudioProcessorHandle<'a>,
        _main_thread: &MainThread<'a>,
        shared: &'a Shared,
        _configuration: PluginAudioConfiguration,
    ) -> Result<Self, PluginError> {
        Ok(Self { shared })
    }

    fn process(
        &mut self,
        _: Process,
        mut audio: Audio,
        events: Events,
    ) -> Result<ProcessStatus, PluginError> {
        events.input.iter().for_each(|event| self.shared.take(event));
        let factor = 10.0_f32.powf(self.shared.exponent());
        let mut port = audio.port_pair(0).ok_or(PluginError::Message("no port"))?;
        let SampleType::F32(mut channels) = port.channels()? else {
            return Err(PluginError::Message("not 32 bits"));
        };
        for pair in channels.iter_mut() {
            if let ChannelPair::InputOutput(input, output) = pair {
                output.iter_mut().zip(input).for_each(|(output, input)| *output = input * factor);
            }
        }
        Ok(ProcessStatus::Continue)
    }
}

impl PluginAudioProcessorParams for AudioHalf<'_> {
    fn flush(&mut self, input: &InputEvents, _output: &mut OutputEvents) {
        input.iter().for_each(|event| self.shared.take(event));
    }
}

impl PresetLoad for MainThread<'_> {
    fn load_preset(&self, location: Option<&CStr>, load_key: Option<&CStr>) -> bool {
        let exponent = match (location, load_key) {
            (None, Some(key)) => (key == c"loud").then_some(1.0_f32),
            (Some(path), None) => {
                let text = path.to_str().ok().and_then(|path| std::fs::read_to_string(path).ok());
                text.and_then(|text| text.trim().parse().ok())
            }
            _ => None,
        };
        let Some(exponent) = exponent else { return false };
        self.shared.0.store(exponent.to_bits(), Ordering::Relaxed);
        if let Some(params) = self.host.get_extension::<HostParams>() {
            params.rescan(&self.host, ParamRescanFlags::VALUES);
        }
        true
    }
}

impl PluginAudioPortsImpl for MainThread<'_> {
    fn count(&self, _is_input: bool) -> u32 {
        1
    }

    fn get(&self, index: u32, _is_input: bool, writer: &mut AudioPortInfoWriter) {
        writer.set(&port(index, 2));
    }
}

impl PluginMainThreadParams for MainThread<'_> {
    fn count(&self) -> u32 {
        1
    }

    fn get_info(&self, _index: u32, writer: &mut ParamInfoWriter) {
        writer.set(&ParamInfo {
            id: ClapId::new(EXPONENT),
            flags: ParamInfoFlags::IS_AUTOMATABLE,
            cookie: Cookie::empty(),
            name: b"Exponent",
            module: b"",
            min_value: -40.0,
            max_value: 40.0,
            default_value: 0.0,
        });
    }

    fn get_value(&self, _id: ClapId) -> Option<f64> {
        Some(f64::from(self.shared.exponent()))
    }

    fn value_to_text(&self, _id: ClapId, value: f64, writer: &mut ParamDisplayWriter) -> std::fmt::Result {
        write!(writer, "{value:.3}")
    }

    fn text_to_value(&self, _id: ClapId, text: &CStr) -> Option<f64> {
        text.to_str().ok()?.parse().ok()
    }

    fn flush(&self, input: &InputEvents, _output: &mut OutputEvents) {
        input.iter().for_each(|event| self.shared.take(event));
    }
}
