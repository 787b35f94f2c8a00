//! A host that breaks rules, so that the plugin that checks its host is seen to find them.
#![allow(unsafe_code)]

use std::{
    mem::ManuallyDrop,
    sync::{Arc, Mutex},
};

use clack_extensions::{
    latency::PluginLatency,
    log::{HostLog, HostLogImpl, LogSeverity},
};
use clack_host::{
    events::event_types::{NoteEndEvent, ParamModEvent, ParamValueEvent},
    prelude::*,
    process::audio_buffers::{AudioPortBuffer, AudioPortBufferType, InputChannel},
};

use crate::bundles::built;

type Lines = Arc<Mutex<Vec<String>>>;

struct Shared(Lines);

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {}
    fn request_process(&self) {}
    fn request_callback(&self) {}
}

impl HostLogImpl for Shared {
    fn log(&self, severity: LogSeverity, message: &str) {
        self.0.lock().unwrap().push(format!("{severity}: {message}"));
    }
}

struct Host;

impl HostHandlers for Host {
    type Shared<'a> = Shared;
    type MainThread<'a> = ();
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _shared: &Self::Shared<'_>) {
        builder.register::<HostLog>();
    }
}

/// A block of `frames` with these events on the calling thread, from a buffer that holds `sample`.
fn process(
    processor: &mut StartedPluginAudioProcessor<Host>,
    sample: f32,
    events: &EventBuffer,
    steady: u64,
    frames: usize,
) {
    let mut channels = [vec![sample; frames], vec![sample; frames]];
    let mut output = [vec![0.0; frames], vec![0.0; frames]];
    let (mut input_ports, mut output_ports) =
        (AudioPorts::with_capacity(2, 1), AudioPorts::with_capacity(2, 1));
    // One input port of two.
    let inputs = input_ports.with_input_buffers([AudioPortBuffer {
        latency: 0,
        channels: AudioPortBufferType::f32_input_only(channels.iter_mut().map(InputChannel::variable)),
    }]);
    let mut outputs = output_ports.with_output_buffers([AudioPortBuffer {
        latency: 0,
        channels: AudioPortBufferType::f32_output_only(output.iter_mut().map(Vec::as_mut_slice)),
    }]);
    let mut void = OutputEvents::void();
    processor.process(&inputs, &mut outputs, &events.as_input(), &mut void, Some(steady), None).unwrap();
}

/// What a host does that knows none of the rules. The plugin is never destroyed: it would end this process.
fn misbehave(lines: &Lines) {
    // SAFETY: our own plugin.
    let entry = unsafe { PluginEntry::load(built("host-check")) }.unwrap();
    let info = HostInfo::new("None", "None", "", "0").unwrap();
    let shared = |_: &()| Shared(lines.clone());
    let instance = PluginInstance::<Host>::new(shared, |_| (), &entry, c"test.host-check", &info);
    let mut instance = ManuallyDrop::new(instance.unwrap());
    instance.call_on_main_thread_callback();
    let handle = instance.plugin_handle();
    handle.get_extension::<PluginLatency>().unwrap().get(&handle);
    let bounds =
        PluginAudioConfiguration { sample_rate: 48_000.0, min_frames_count: 1, max_frames_count: 64 };
    let stopped = instance.activate(|_, _| (), bounds).unwrap();
    let mut processor = ManuallyDrop::new(stopped.start_processing().ok().unwrap());
    let mut events = EventBuffer::new();
    let all = Pckn::match_all();
    let one = Pckn::new(0_u16, 0_u16, 60_u16, 1_u32);
    events.push(&ParamValueEvent::new(99, ClapId::new(10), one, 0.5));
    events.push(&ParamValueEvent::new(5, ClapId::new(11), all, 0.5));
    events.push(&ParamValueEvent::new(5, ClapId::new(40), all, 0.5));
    events.push(&ParamValueEvent::new(5, ClapId::new(10), all, f64::NAN));
    events.push(&ParamModEvent::new(5, ClapId::new(20), all, 0.5));
    events.push(&NoteEndEvent::new(5, Pckn::new(0_u16, 16_u16, 60_u16, 1_u32)));
    process(&mut processor, f32::NAN, &events, 1000, 65);
    process(&mut processor, 0.0, &EventBuffer::new(), 1000, 64);
}

#[test]
fn the_plugin_that_checks_its_host_finds_what_a_bad_one_does() {
    let lines = Lines::default();
    misbehave(&lines);
    let lines = lines.lock().unwrap();
    for rule in [
        "on_main_thread answers request_callback",
        "latency is asked for while the plugin is active",
        "an audio-thread function is not called on the main thread",
        "events lie within their block",
        "events come by ascending time",
        "no unknown parameter is set",
        "no read-only parameter is set",
        "a parameter's value is within its range",
        "values go to single notes only where the flags allow it",
        "only parameters with the flag are modulated",
        "note-end is sent by plugins only",
        "no input is NaN or infinite",
        "all ports have buffers",
        "a block is as long as activation announced",
        "steady_time grows by each block's frames",
    ] {
        let told =
            lines.iter().filter(|line| line.starts_with(&format!("HOST_MISBEHAVING: {rule}: "))).count();
        assert_eq!(told, 1, "{rule}, of {lines:#?}");
    }
    let misbehaved = lines.iter().filter(|line| line.starts_with("HOST_MISBEHAVING"));
    assert_eq!(misbehaved.count(), 15, "{lines:#?}");
}
