//! The main-thread half: answers what hosts ask, checks who asks, and wants things of the host.

use std::{
    cell::Cell,
    ffi::CStr,
    fmt::Write as _,
    io::{PipeReader, PipeWriter, Read as _, Write as _, pipe},
    os::fd::{AsRawFd as _, RawFd},
    sync::atomic::Ordering,
};

use clack_extensions::{
    audio_ports::{AudioPortFlags, AudioPortInfo, AudioPortInfoWriter, AudioPortType, PluginAudioPortsImpl},
    latency::{HostLatency, PluginLatencyImpl},
    note_ports::{NoteDialect, NoteDialects, NotePortInfo, NotePortInfoWriter, PluginNotePortsImpl},
    params::{
        HostParams, ParamDisplayWriter, ParamInfo, ParamInfoWriter, ParamRescanFlags, PluginMainThreadParams,
    },
    posix_fd::{FdFlags, HostPosixFd, PluginPosixFdImpl},
    render::{PluginRenderImpl, RenderMode},
    state::{HostState, PluginStateImpl},
    timer::{HostTimer, PluginTimerImpl, TimerId},
};
use clack_plugin::{
    prelude::*,
    stream::{InputStream, OutputStream},
    utils::Cookie,
};

use crate::{
    Shared,
    audio::take,
    events,
    ledger::Phase,
    parameters::{GAIN, LATENCY, PARAMETERS, find},
};

/// Names and channels of the audio inputs: the second is a side-chain.
pub const INPUTS: [(&str, u32); 2] = [("main", 2), ("side", 2)];
/// Names and channels of the audio outputs.
pub const OUTPUTS: [(&str, u32); 1] = [("main", 2)];
/// Milliseconds between two calls of the timer.
const TIMER_MS: u32 = 20;

/// What the plugin wants of its host, by the value of its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Nothing.
    Nothing,
    /// Its state is worth saving.
    SaveState,
    /// Its values are to be read anew, after its gain became 0.5.
    ReadValues,
    /// Its parameters are to be described anew.
    ReadDescriptions,
    /// Its parameters are to be exchanged, playing or not.
    Flush,
    /// Its pipe is to be read from.
    ReadPipe,
    /// To be activated anew.
    Restart,
}

impl Want {
    /// Of the parameter's value.
    pub fn of(value: f64) -> Self {
        use Want::{Flush, Nothing, ReadDescriptions, ReadPipe, ReadValues, Restart, SaveState};
        let wants = [Nothing, SaveState, ReadValues, ReadDescriptions, Flush, ReadPipe, Restart];
        wants.get(value as usize).copied().unwrap_or(Nothing)
    }
}

/// Between creation and destruction.
pub struct MainThread<'a> {
    host: HostMainThreadHandle<'a>,
    shared: &'a Shared<'a>,
    timer: Option<TimerId>,
    pipe: Option<(PipeReader, PipeWriter)>,
    latency: Cell<u32>,
}

impl<'a> MainThread<'a> {
    /// Asks the host for a timer, and to watch a pipe, where it offers that.
    pub fn new(host: HostMainThreadHandle<'a>, shared: &'a Shared<'a>) -> Self {
        shared.ledger.greet();
        shared.ledger.on_main("init");
        let timer = host.get_extension::<HostTimer>();
        let timer = timer.and_then(|timer| timer.register_timer(&host, TIMER_MS).ok());
        let pipe = host.get_extension::<HostPosixFd>().and_then(|descriptors| {
            let (reader, writer) = pipe().ok()?;
            descriptors.register_fd(&host, reader.as_raw_fd(), FdFlags::READ).ok()?;
            Some((reader, writer))
        });
        Self { host, shared, timer, pipe, latency: Cell::new(0) }
    }

    fn rescan(&self, flags: ParamRescanFlags) {
        if let Some(params) = self.host.get_extension::<HostParams>() {
            params.rescan(&self.host, flags);
        }
    }
}

impl Drop for MainThread<'_> {
    fn drop(&mut self) {
        if let (Some(timer), Some(id)) = (self.host.get_extension::<HostTimer>(), self.timer) {
            let told = timer.unregister_timer(&self.host, id);
            self.shared.ledger.expect(told.is_ok(), "a registered timer can be unregistered", id.0);
        }
        if let (Some(descriptors), Some((reader, _))) = (self.host.get_extension::<HostPosixFd>(), &self.pipe)
        {
            let told = descriptors.unregister_fd(&self.host, reader.as_raw_fd());
            self.shared.ledger.expect(told.is_ok(), "a registered descriptor can be unregistered", "");
        }
    }
}

impl<'a> PluginMainThread<'a, Shared<'a>> for MainThread<'a> {
    fn on_main_thread(&self) {
        self.shared.ledger.on_main("on_main_thread");
        self.shared.ledger.is_called_back();
        match self.shared.take_want() {
            Want::Nothing => {}
            Want::SaveState => {
                if let Some(state) = self.host.get_extension::<HostState>() {
                    state.mark_dirty(&self.host);
                }
            }
            Want::ReadValues => {
                self.shared.set(GAIN, 0.5);
                self.rescan(ParamRescanFlags::VALUES);
            }
            Want::ReadDescriptions => self.rescan(ParamRescanFlags::INFO | ParamRescanFlags::TEXT),
            Want::Flush => {
                self.shared.flushes.store(true, Ordering::Release);
                if let Some(params) = self.host.get_extension::<HostParams>() {
                    params.request_flush(&self.host);
                }
            }
            Want::ReadPipe => {
                if let Some((_, writer)) = &self.pipe {
                    // A pipe that nobody reads from stays full.
                    let _ = (&*writer).write_all(b"x");
                }
            }
            Want::Restart => self.host.shared().request_restart(),
        }
    }
}

impl PluginTimerImpl for MainThread<'_> {
    fn on_timer(&self, id: TimerId) {
        self.shared.ledger.on_main("on_timer");
        self.shared.ledger.expect(self.timer == Some(id), "only registered timers fire", id.0);
    }
}

impl PluginPosixFdImpl for MainThread<'_> {
    fn on_fd(&self, fd: RawFd, flags: FdFlags) {
        self.shared.ledger.on_main("on_fd");
        let own = self.pipe.as_ref().filter(|(reader, _)| reader.as_raw_fd() == fd);
        let known = own.is_some() && flags.contains(FdFlags::READ);
        self.shared.ledger.expect(known, "only registered descriptors are told of", fd);
        if let Some((reader, _)) = own.filter(|_| known) {
            let read = (&*reader).read(&mut [0; 1]);
            self.shared.pipe_reads.fetch_add(read.unwrap_or(0) as u32, Ordering::Relaxed);
            self.rescan(ParamRescanFlags::INFO);
        }
    }
}

impl PluginRenderImpl for MainThread<'_> {
    fn has_hard_realtime_requirement(&self) -> bool {
        self.shared.ledger.on_main("render.has_hard_realtime_requirement");
        false
    }

    fn set(&self, _mode: RenderMode) -> Result<(), PluginError> {
        self.shared.ledger.on_main("render.set");
        Ok(())
    }
}

impl PluginAudioPortsImpl for MainThread<'_> {
    fn count(&self, is_input: bool) -> u32 {
        self.shared.ledger.on_main("audio_ports.count");
        if is_input { INPUTS.len() as u32 } else { OUTPUTS.len() as u32 }
    }

    fn get(&self, index: u32, is_input: bool, writer: &mut AudioPortInfoWriter) {
        self.shared.ledger.on_main("audio_ports.get");
        let ports = if is_input { &INPUTS[..] } else { &OUTPUTS[..] };
        let Some((name, channel_count)) = ports.get(index as usize) else {
            self.shared.ledger.violation("no port beyond the count is asked for", index);
            return;
        };
        writer.set(&AudioPortInfo {
            id: ClapId::new(index),
            name: name.as_bytes(),
            channel_count: *channel_count,
            flags: if index == 0 { AudioPortFlags::IS_MAIN } else { AudioPortFlags::empty() },
            port_type: Some(AudioPortType::STEREO),
            in_place_pair: None,
        });
    }
}

impl PluginNotePortsImpl for MainThread<'_> {
    fn count(&self, is_input: bool) -> u32 {
        self.shared.ledger.on_main("note_ports.count");
        u32::from(is_input)
    }

    fn get(&self, index: u32, is_input: bool, writer: &mut NotePortInfoWriter) {
        self.shared.ledger.on_main("note_ports.get");
        let exists = is_input && index == 0;
        self.shared.ledger.expect(exists, "no port beyond the count is asked for", index);
        if exists {
            writer.set(&NotePortInfo {
                id: ClapId::new(0),
                name: b"notes",
                supported_dialects: NoteDialects::CLAP | NoteDialects::MIDI,
                preferred_dialect: Some(NoteDialect::Clap),
            });
        }
    }
}

impl PluginLatencyImpl for MainThread<'_> {
    fn get(&self) -> u32 {
        let ledger = &self.shared.ledger;
        ledger.on_main("latency.get");
        let active = ledger.phase() != Phase::Inactive;
        ledger.expect(active, "latency is asked for while the plugin is active", "");
        let latency = self.shared.latency.load(Ordering::Acquire);
        if self.latency.replace(latency) != latency
            && let Some(host) = self.host.get_extension::<HostLatency>()
        {
            host.changed(&self.host);
        }
        latency
    }
}

/// The state: the gain and the latency, eight bytes each, little-endian f64.
impl PluginStateImpl for MainThread<'_> {
    fn save(&self, output: &mut OutputStream) -> Result<(), PluginError> {
        self.shared.ledger.on_main("state.save");
        let latency = f64::from(self.shared.wanted_latency.load(Ordering::Acquire));
        for value in [f64::from(self.shared.gain()), latency] {
            output.write_all(&value.to_le_bytes())?;
        }
        Ok(())
    }

    fn load(&self, input: &mut InputStream) -> Result<(), PluginError> {
        self.shared.ledger.on_main("state.load");
        for id in [GAIN, LATENCY] {
            let mut bytes = [0; 8];
            input.read_exact(&mut bytes)?;
            self.shared.set(id, f64::from_le_bytes(bytes));
        }
        Ok(())
    }
}

impl PluginMainThreadParams for MainThread<'_> {
    fn count(&self) -> u32 {
        self.shared.ledger.on_main("params.count");
        PARAMETERS.len() as u32
    }

    fn get_info(&self, index: u32, writer: &mut ParamInfoWriter) {
        self.shared.ledger.on_main("params.get_info");
        let Some(parameter) = PARAMETERS.get(index as usize) else {
            self.shared.ledger.violation("no parameter beyond the count is asked for", index);
            return;
        };
        writer.set(&ParamInfo {
            id: ClapId::new(parameter.id),
            flags: parameter.flags,
            cookie: Cookie::empty(),
            name: parameter.name.as_bytes(),
            module: b"",
            min_value: parameter.minimum,
            max_value: parameter.maximum,
            default_value: parameter.default_value,
        });
    }

    fn get_value(&self, id: ClapId) -> Option<f64> {
        self.shared.ledger.on_main("params.get_value");
        let value = self.shared.get(id.get());
        self.shared.ledger.expect(value.is_some(), "no unknown parameter is asked for", id.get());
        value
    }

    fn value_to_text(&self, id: ClapId, value: f64, writer: &mut ParamDisplayWriter) -> std::fmt::Result {
        self.shared.ledger.on_main("params.value_to_text");
        self.shared.ledger.expect(find(id.get()).is_some(), "no unknown parameter is asked for", id.get());
        self.shared.ledger.expect(value.is_finite(), "a value is a number", value);
        write!(writer, "{value:.3}")
    }

    fn text_to_value(&self, id: ClapId, text: &CStr) -> Option<f64> {
        self.shared.ledger.on_main("params.text_to_value");
        self.shared.ledger.expect(find(id.get()).is_some(), "no unknown parameter is asked for", id.get());
        text.to_str().ok()?.trim().parse().ok()
    }

    fn flush(&self, input: &InputEvents, _output: &mut OutputEvents) {
        self.shared.ledger.on_main("flush of an inactive plugin");
        events::check(&self.shared.ledger, input, None);
        input.iter().for_each(|event| take(self.shared, event));
    }
}
