//! An instrument with single notes: each sounds as its velocity × its volume + its modulation.

use std::{
    ffi::CStr,
    fmt::Write as _,
    sync::atomic::{AtomicBool, Ordering},
};

use clack_extensions::{
    audio_ports::{AudioPortInfoWriter, PluginAudioPorts, PluginAudioPortsImpl},
    note_name::{NoteName, NoteNameWriter, PluginNoteName, PluginNoteNameImpl},
    note_ports::{NotePortInfoWriter, PluginNotePorts, PluginNotePortsImpl},
    params::{
        HostParams, ParamDisplayWriter, ParamInfo, ParamInfoFlags, ParamInfoWriter, ParamRescanFlags,
        PluginAudioProcessorParams, PluginMainThreadParams, PluginParams,
    },
    remote_controls::{
        PluginRemoteControls, PluginRemoteControlsImpl, RemoteControlsPage, RemoteControlsPageWriter,
    },
    render::{PluginRender, PluginRenderImpl, RenderMode},
    tail::{HostTail, PluginTail, PluginTailImpl, TailLength},
    voice_info::{PluginVoiceInfo, PluginVoiceInfoImpl, VoiceInfo, VoiceInfoFlags},
};
use clack_plugin::{
    events::{Match, Pckn, event_types::ParamValueEvent, spaces::CoreEventSpace},
    prelude::*,
    process::audio::SampleType,
    utils::Cookie,
};

use crate::{note_port, port};

/// Can be modulated, for single notes too.
const LEVEL: u32 = 5;
/// Can't. Above 0.5: its name is another, and the tail is without end.
const SWITCH: u32 = 6;
/// Notes that sound at once.
const VOICES: usize = 16;

pub struct Singer;

#[derive(Default)]
pub struct Shared {
    is_switched: AtomicBool,
}

pub struct MainThread<'a> {
    pub host: HostMainThreadHandle<'a>,
    pub shared: &'a Shared,
}

pub struct AudioHalf<'a> {
    host: HostAudioProcessorHandle<'a>,
    shared: &'a Shared,
    voices: Vec<Voice>,
}

struct Voice {
    note: Pckn,
    velocity: f64,
    volume: f64,
    modulation: f64,
}

impl Plugin for Singer {
    type AudioProcessor<'a> = AudioHalf<'a>;
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread<'a>;

    fn declare_extensions(builder: &mut PluginExtensions<Self>, _shared: Option<&Shared>) {
        builder
            .register::<PluginAudioPorts>()
            .register::<PluginNotePorts>()
            .register::<PluginNoteName>()
            .register::<PluginParams>()
            .register::<PluginRemoteControls>()
            .register::<PluginRender>()
            .register::<PluginTail>()
            .register::<PluginVoiceInfo>();
    }
}

impl PluginShared<'_> for Shared {}

impl<'a> PluginAudioProcessor<'a, Shared, MainThread<'a>> for AudioHalf<'a> {
    fn activate(
        host: HostAudioProcessorHandle<'a>,
        _main_thread: &MainThread<'a>,
        shared: &'a Shared,
        _configuration: PluginAudioConfiguration,
    ) -> Result<Self, PluginError> {
        Ok(Self { host, shared, voices: Vec::with_capacity(VOICES) })
    }

    fn process(
        &mut self,
        _: Process,
        mut audio: Audio,
        events: Events,
    ) -> Result<ProcessStatus, PluginError> {
        let mut port = audio.output_port(0).ok_or(PluginError::Message("no port"))?;
        let SampleType::F32(mut channels) = port.channels()? else {
            return Err(PluginError::Message("not 32 bits"));
        };
        let frames = channels.frames_count() as usize;
        let mut input = events.input.iter().peekable();
        for frame in 0..frames {
            while let Some(event) = input.next_if(|event| event.header().time() as usize <= frame) {
                self.take(event);
            }
            let voice = |voice: &Voice| voice.velocity * voice.volume + voice.modulation;
            let sum: f64 = self.voices.iter().map(voice).sum();
            channels.iter_mut().for_each(|channel| channel[frame] = sum as f32);
        }
        Ok(ProcessStatus::Continue)
    }
}

impl AudioHalf<'_> {
    fn take(&mut self, event: &UnknownEvent) {
        match event.as_core_event() {
            Some(CoreEventSpace::NoteOn(on)) if self.voices.len() < VOICES => self.voices.push(Voice {
                note: on.pckn(),
                velocity: on.velocity(),
                volume: 1.0,
                modulation: 0.0,
            }),
            Some(CoreEventSpace::NoteOff(off)) => {
                self.voices.retain(|voice| !off.pckn().matches(&voice.note))
            }
            Some(CoreEventSpace::NoteChoke(choke)) => {
                self.voices.retain(|voice| !choke.pckn().matches(&voice.note));
            }
            Some(CoreEventSpace::NoteExpression(it)) => {
                let meant = self.voices.iter_mut().filter(|voice| it.pckn().matches(&voice.note));
                meant.for_each(|voice| voice.volume = it.value());
            }
            Some(CoreEventSpace::ParamMod(it)) => {
                let meant = self.voices.iter_mut().filter(|voice| it.pckn().matches(&voice.note));
                meant.for_each(|voice| voice.modulation = it.amount());
            }
            Some(CoreEventSpace::ParamValue(value)) => self.switch(value),
            _ => {}
        }
    }

    fn switch(&mut self, value: &ParamValueEvent) {
        if value.param_id() == Some(ClapId::new(SWITCH)) {
            self.shared.is_switched.store(value.value() > 0.5, Ordering::Release);
            if let Some(tail) = self.host.get_extension::<HostTail>() {
                tail.changed(&mut self.host);
            }
            self.host.shared().request_callback();
        }
    }
}

impl PluginTailImpl for AudioHalf<'_> {
    fn get(&self) -> TailLength {
        if self.shared.is_switched.load(Ordering::Acquire) {
            TailLength::Infinite
        } else {
            TailLength::Finite(123)
        }
    }
}

impl PluginAudioProcessorParams for AudioHalf<'_> {
    fn flush(&mut self, input: &InputEvents, _output: &mut OutputEvents) {
        input.iter().for_each(|event| self.take(event));
    }
}

impl<'a> PluginMainThread<'a, Shared> for MainThread<'a> {
    fn on_main_thread(&self) {
        if let Some(params) = self.host.get_extension::<HostParams>() {
            params.rescan(&self.host, ParamRescanFlags::INFO);
        }
    }
}

impl PluginAudioPortsImpl for MainThread<'_> {
    fn count(&self, is_input: bool) -> u32 {
        u32::from(!is_input)
    }

    fn get(&self, index: u32, _is_input: bool, writer: &mut AudioPortInfoWriter) {
        writer.set(&port(index, 2));
    }
}

impl PluginNotePortsImpl for MainThread<'_> {
    fn count(&self, is_input: bool) -> u32 {
        u32::from(is_input)
    }

    fn get(&self, _index: u32, _is_input: bool, writer: &mut NotePortInfoWriter) {
        writer.set(&note_port());
    }
}

impl PluginNoteNameImpl for MainThread<'_> {
    fn count(&self) -> u32 {
        1
    }

    fn get(&self, _index: u32, writer: &mut NoteNameWriter) {
        let (port, channel, key) = (Match::All, Match::All, Match::Specific(36));
        writer.write(&NoteName { name: b"Kick", port, channel, key });
    }
}

impl PluginVoiceInfoImpl for MainThread<'_> {
    fn get(&self) -> Option<VoiceInfo> {
        let flags = VoiceInfoFlags::SUPPORTS_OVERLAPPING_NOTES;
        Some(VoiceInfo { voice_count: 8, voice_capacity: VOICES as u32, flags })
    }
}

impl PluginRemoteControlsImpl for MainThread<'_> {
    fn count(&self) -> u32 {
        1
    }

    fn get(&self, _index: u32, writer: &mut RemoteControlsPageWriter) {
        let mut param_ids = [None; 8];
        param_ids[0] = Some(ClapId::new(LEVEL));
        writer.set(&RemoteControlsPage {
            section_name: b"Sound",
            page_id: ClapId::new(9),
            page_name: b"Main",
            param_ids,
            is_for_preset: false,
        });
    }
}

impl PluginRenderImpl for MainThread<'_> {
    fn has_hard_realtime_requirement(&self) -> bool {
        true
    }

    fn set(&self, mode: RenderMode) -> Result<(), PluginError> {
        match mode {
            RenderMode::Realtime => Ok(()),
            RenderMode::Offline => Err(PluginError::Message("in real time only")),
        }
    }
}

impl PluginMainThreadParams for MainThread<'_> {
    fn count(&self) -> u32 {
        2
    }

    fn get_info(&self, index: u32, writer: &mut ParamInfoWriter) {
        let is_switched = self.shared.is_switched.load(Ordering::Acquire);
        let polyphonic = ParamInfoFlags::IS_MODULATABLE | ParamInfoFlags::IS_MODULATABLE_PER_NOTE_ID;
        let (id, name, flags) = match index {
            0 => (LEVEL, "Level", polyphonic),
            _ if is_switched => (SWITCH, "On", ParamInfoFlags::IS_STEPPED),
            _ => (SWITCH, "Off", ParamInfoFlags::IS_STEPPED),
        };
        writer.set(&ParamInfo {
            id: ClapId::new(id),
            flags,
            cookie: Cookie::empty(),
            name: name.as_bytes(),
            module: b"",
            min_value: 0.0,
            max_value: 1.0,
            default_value: 0.0,
        });
    }

    fn get_value(&self, id: ClapId) -> Option<f64> {
        let is_switched = self.shared.is_switched.load(Ordering::Acquire);
        Some(if id.get() == SWITCH { f64::from(u8::from(is_switched)) } else { 0.0 })
    }

    fn value_to_text(&self, _id: ClapId, value: f64, writer: &mut ParamDisplayWriter) -> std::fmt::Result {
        write!(writer, "{value:.3}")
    }

    fn text_to_value(&self, _id: ClapId, text: &CStr) -> Option<f64> {
        text.to_str().ok()?.parse().ok()
    }

    fn flush(&self, _input: &InputEvents, _output: &mut OutputEvents) {}
}
