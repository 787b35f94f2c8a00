//! The same plugins without a sandbox: the reference that a sandbox must equal.
#![allow(unsafe_code)]

use std::ffi::CString;

use clack_extensions::audio_ports::{AudioPortInfoBuffer, PluginAudioPorts};
use clack_host::{
    events::event_types::{ParamValueEvent, TransportEvent, TransportFlags},
    prelude::*,
    process::audio_buffers::{AudioPortBuffer, AudioPortBufferType, InputChannel},
    utils::{BeatTime, SecondsTime},
};

struct Shared;

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {}
    fn request_process(&self) {}
    fn request_callback(&self) {}
}

struct Host;

impl HostHandlers for Host {
    type Shared<'a> = Shared;
    type MainThread<'a> = ();
    type AudioProcessor<'a> = ();
}

/// A plugin in this process.
pub struct InProcess {
    instance: PluginInstance<Host>,
    processor: Option<StartedPluginAudioProcessor<Host>>,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
    steady: u64,
}

impl InProcess {
    /// Loads a plugin at 48 kHz.
    pub fn load(bundle: &str, plugin_id: &str) -> Self {
        // SAFETY: the test's own choice of plugins, which behave.
        let entry = unsafe { PluginEntry::load(bundle) }.unwrap();
        let id = CString::new(plugin_id).unwrap();
        let info = HostInfo::new("Loophole", "Loophole", "", "0").unwrap();
        let mut instance = PluginInstance::<Host>::new(|_| Shared, |_| (), &entry, &id, &info).unwrap();
        let handle = instance.plugin_handle();
        let ports = handle.get_extension::<PluginAudioPorts>().unwrap();
        let channels = |is_input: bool| {
            let mut buffer = AudioPortInfoBuffer::new();
            let mut channels =
                |index| ports.get(&handle, index, is_input, &mut buffer).unwrap().channel_count;
            (0..ports.count(&handle, is_input)).map(|index| channels(index) as usize).collect()
        };
        let (inputs, outputs) = (channels(true), channels(false));
        let configuration =
            PluginAudioConfiguration { sample_rate: 48_000.0, min_frames_count: 1, max_frames_count: 8192 };
        let stopped = instance.activate(|_, _| (), configuration).unwrap();
        Self { instance, processor: stopped.start_processing().ok(), inputs, outputs, steady: 0 }
    }

    /// One process call, in place, with values set at its first frame.
    pub fn block(&mut self, left: &mut [f32], right: &mut [f32], values: &[(u32, f64)]) {
        let frames = left.len();
        let silent = |channels: &usize| vec![vec![0.0; frames]; *channels];
        let mut input: Vec<Vec<Vec<f32>>> = self.inputs.iter().map(silent).collect();
        let mut output: Vec<Vec<Vec<f32>>> = self.outputs.iter().map(silent).collect();
        match input[0].as_mut_slice() {
            [mono] => *mono = left.iter().zip(&*right).map(|(left, right)| (left + right) * 0.5).collect(),
            channels => (channels[0], channels[1]) = (left.to_vec(), right.to_vec()),
        }
        let mut events = EventBuffer::new();
        for (id, value) in values {
            events.push(&ParamValueEvent::new(0, ClapId::new(*id), Pckn::match_all(), *value));
        }
        let (mut input_ports, mut output_ports) =
            (AudioPorts::with_capacity(4, 2), AudioPorts::with_capacity(4, 2));
        let inputs = input_ports.with_input_buffers(input.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_input_only(port.iter_mut().map(InputChannel::variable)),
        }));
        let mut outputs = output_ports.with_output_buffers(output.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(port.iter_mut().map(Vec::as_mut_slice)),
        }));
        let transport = transport(self.steady);
        let processor = self.processor.as_mut().unwrap();
        let mut void = OutputEvents::void();
        processor
            .process(
                &inputs,
                &mut outputs,
                &events.as_input(),
                &mut void,
                Some(self.steady),
                Some(&transport),
            )
            .unwrap();
        self.steady += frames as u64;
        left.copy_from_slice(&output[0][0]);
        right.copy_from_slice(output[0].last().unwrap());
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.instance.deactivate(processor.stop_processing());
        }
    }
}

fn transport(samples: u64) -> TransportEvent {
    let zero = BeatTime::from_int(0);
    TransportEvent {
        header: EventHeader::new_core(0, clack_host::events::EventFlags::empty()),
        flags: TransportFlags::HAS_TEMPO
            | TransportFlags::HAS_BEATS_TIMELINE
            | TransportFlags::HAS_SECONDS_TIMELINE
            | TransportFlags::HAS_TIME_SIGNATURE
            | TransportFlags::IS_PLAYING,
        song_pos_beats: BeatTime::from_float(samples as f64 / 24_000.0),
        song_pos_seconds: SecondsTime::from_float(samples as f64 / 48_000.0),
        tempo: 120.0,
        tempo_inc: 0.0,
        loop_start_beats: zero,
        loop_end_beats: zero,
        loop_start_seconds: SecondsTime::from_int(0),
        loop_end_seconds: SecondsTime::from_int(0),
        bar_start: zero,
        bar_number: 0,
        time_signature_numerator: 4,
        time_signature_denominator: 4,
    }
}
