//! What the plugins say of themselves, and their state. Touches no audio.

use std::{
    ffi::CStr,
    fmt::Write as _,
    io::{Read as _, Write as _},
    sync::atomic::Ordering,
};

use clack_extensions::{
    audio_ports::{AudioPortFlags, AudioPortInfo, AudioPortInfoWriter, AudioPortType, PluginAudioPortsImpl},
    latency::PluginLatencyImpl,
    note_ports::{NoteDialect, NoteDialects, NotePortInfo, NotePortInfoWriter, PluginNotePortsImpl},
    params::{ParamDisplayWriter, ParamInfo, ParamInfoFlags, ParamInfoWriter, PluginMainThreadParams},
    state::{HostState, PluginStateImpl},
};
use clack_plugin::{
    prelude::*,
    stream::{InputStream, OutputStream},
    utils::Cookie,
};

use crate::{
    ATTEMPT, DEED, GAIN, IMPRINT, Kind, LATENCY, LEVEL, MAX_LATENCY, PHASE, Shared, TRIGGER,
    audio::apply,
    deed::{self, DEEDS, LAST_PHASE, Phase},
    escape,
};

/// The main-thread half of a plugin.
pub struct MainThread<'a> {
    pub host: HostMainThreadHandle<'a>,
    pub shared: &'a Shared<'a>,
}

impl<'a> PluginMainThread<'a, Shared<'a>> for MainThread<'a> {
    fn on_main_thread(&self) {
        self.shared.order.obey(Phase::Callback);
        if self.shared.is_dirty.swap(false, Ordering::Relaxed)
            && let Some(state) = self.host.get_extension::<HostState>()
        {
            state.mark_dirty(&self.host);
        }
    }
}

impl PluginAudioPortsImpl for MainThread<'_> {
    fn count(&self, is_input: bool) -> u32 {
        match self.shared.kind {
            Kind::Liar => u32::MAX,
            Kind::Tone => u32::from(!is_input),
            _ => 1,
        }
    }

    fn get(&self, index: u32, is_input: bool, writer: &mut AudioPortInfoWriter) {
        if self.shared.kind == Kind::Liar && index > 0 {
            return;
        }
        if index < PluginAudioPortsImpl::count(self, is_input) {
            writer.set(&AudioPortInfo {
                id: ClapId::new(0),
                name: b"main",
                channel_count: if self.shared.kind == Kind::Liar { u32::MAX } else { 2 },
                flags: AudioPortFlags::IS_MAIN,
                port_type: Some(AudioPortType::STEREO),
                in_place_pair: None,
            });
        }
    }
}

impl PluginNotePortsImpl for MainThread<'_> {
    fn count(&self, is_input: bool) -> u32 {
        u32::from(is_input && self.shared.kind == Kind::Tone)
    }

    fn get(&self, index: u32, is_input: bool, writer: &mut NotePortInfoWriter) {
        if index < PluginNotePortsImpl::count(self, is_input) {
            writer.set(&NotePortInfo {
                id: ClapId::new(0),
                name: b"notes",
                supported_dialects: NoteDialects::CLAP,
                preferred_dialect: Some(NoteDialect::Clap),
            });
        }
    }
}

impl PluginLatencyImpl for MainThread<'_> {
    fn get(&self) -> u32 {
        self.shared.latency.load(Ordering::Relaxed)
    }
}

/// The state: gain, latency and offset, eight bytes each, little-endian f64. Then, where something is to be done by whoever
/// is given it, the number of the deed, likewise.
impl PluginStateImpl for MainThread<'_> {
    fn save(&self, output: &mut OutputStream) -> Result<(), PluginError> {
        let shared = self.shared;
        shared.order.obey(Phase::Save);
        let latency = f64::from(shared.latency.load(Ordering::Relaxed));
        for value in [f64::from(shared.gain()), latency, f64::from(shared.offset())] {
            output.write_all(&value.to_le_bytes())?;
        }
        if shared.order.is_due(Phase::Load) {
            output.write_all(&f64::from(shared.order.numbers().0).to_le_bytes())?;
        }
        Ok(())
    }

    fn load(&self, input: &mut InputStream) -> Result<(), PluginError> {
        let mut values = [0.0; 3];
        for value in &mut values {
            let mut bytes = [0; 8];
            input.read_exact(&mut bytes)?;
            *value = f64::from_le_bytes(bytes);
        }
        let mut rest = [0; 8];
        if input.read_exact(&mut rest).is_ok()
            && let Some(deed) = DEEDS.get(f64::from_le_bytes(rest) as usize)
        {
            deed::perform(*deed);
        }
        self.shared.set(GAIN, values[0]);
        self.shared.latency.store(values[1] as u32, Ordering::Relaxed);
        self.shared.offset.store((values[2] as f32).to_bits(), Ordering::Relaxed);
        Ok(())
    }
}

impl PluginMainThreadParams for MainThread<'_> {
    fn count(&self) -> u32 {
        if self.shared.kind == Kind::Escape { ATTEMPT } else { PHASE }
    }

    fn get_info(&self, index: u32, writer: &mut ParamInfoWriter) {
        let id = index + 1;
        let (name, min_value, max_value, default_value, flags) = match id {
            GAIN => ("Gain", 0.0, 4.0, 1.0, ParamInfoFlags::IS_AUTOMATABLE),
            LATENCY => ("Latency", 0.0, MAX_LATENCY, 0.0, ParamInfoFlags::IS_STEPPED),
            IMPRINT => ("Imprint", -1.0, 1.0, 0.0, ParamInfoFlags::IS_AUTOMATABLE),
            TRIGGER => ("Trigger", 0.0, 1.0, 0.0, ParamInfoFlags::IS_STEPPED),
            DEED => ("Deed", 0.0, DEEDS.len() as f64 - 1.0, 0.0, ParamInfoFlags::IS_STEPPED),
            PHASE => ("Phase", 0.0, f64::from(LAST_PHASE), 0.0, ParamInfoFlags::IS_STEPPED),
            LEVEL => ("Level", 0.0, 4.0, 0.0, ParamInfoFlags::IS_READONLY),
            ATTEMPT => ("Attempt", 0.0, 16.0, 0.0, ParamInfoFlags::IS_STEPPED),
            _ => return,
        };
        writer.set(&ParamInfo {
            id: ClapId::new(id),
            flags,
            cookie: Cookie::empty(),
            name: name.as_bytes(),
            module: b"",
            min_value,
            max_value,
            default_value,
        });
    }

    fn get_value(&self, id: ClapId) -> Option<f64> {
        self.shared.get(id.get())
    }

    fn value_to_text(&self, id: ClapId, value: f64, writer: &mut ParamDisplayWriter) -> std::fmt::Result {
        self.shared.order.obey(Phase::Convert);
        match id.get() {
            LATENCY => write!(writer, "{value:.0} samples"),
            ATTEMPT => writer.write_str(&escape::attempt(value as u32)),
            _ => write!(writer, "{value:.3} x"),
        }
    }

    fn text_to_value(&self, _id: ClapId, text: &CStr) -> Option<f64> {
        text.to_str().ok()?.split_whitespace().next()?.parse().ok()
    }

    fn flush(&self, input: &InputEvents, _output: &mut OutputEvents) {
        input.iter().for_each(|event| apply(self.shared, event));
    }
}
