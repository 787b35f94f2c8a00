//! A plugin on the main thread: loading, describing, values and states. Processes no audio.

use std::{
    collections::BTreeMap,
    ffi::CString,
    io::{self, Cursor, Write},
    sync::Arc,
    time::Instant,
};

use clack_extensions::{
    latency::PluginLatency,
    params::{ParamInfoBuffer, ParamInfoFlags, PluginParams},
    render::{PluginRender, RenderMode},
    state::PluginState,
    timer::PluginTimer,
};
use clack_host::{events::io::EventBuffer, prelude::*};

use crate::{
    bundle::find_bundle,
    events,
    host::{Host, HostMain, HostShared, Wish, Wishes},
    instance::{Names, instantiate},
    ports::PortLayout,
    slot::SlotParts,
    wire::{Convertible, Description, SlotRequest},
};

/// Bytes of one state, as the contract says.
pub const MAX_STATE_BYTES: u64 = 256 << 20;
/// Parameters of one plugin; the largest known have about 10,000.
const MAX_PARAMETERS: u32 = 16_384;
/// Bytes of a value's text.
const TEXT_BYTES: usize = 256;
/// What a plugin that answers nonsense may claim as latency: ten seconds of 384 kHz.
const MAX_LATENCY: u32 = 3_840_000;

/// Why a plugin does not run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file, or no such plugin in it.
    #[error("{0}")]
    Missing(String),
    /// It is there and does not work.
    #[error("{0}")]
    Failed(String),
}

/// What all plugins of a chain have in common.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    pub sample_rate: f64,
    pub max_frames: usize,
    pub offline: bool,
}

/// One plugin, loaded and active, or between two activations.
pub struct Plugin {
    device: u64,
    instance: PluginInstance<Host>,
    wishes: Arc<Wishes>,
    layout: PortLayout,
    format: Format,
    latency: u32,
    names: Names,
    /// As they were last reported, by id.
    values: BTreeMap<u32, f64>,
}

impl Plugin {
    /// Loads a plugin, restores `state` and then the values asked for, and activates it.
    pub fn load(
        request: &SlotRequest,
        state: Option<&[u8]>,
        format: Format,
        shared: HostShared,
    ) -> Result<(Self, SlotParts), LoadError> {
        let bundle = find_bundle(&request.bundle)
            .ok_or_else(|| LoadError::Missing(format!("there is no plugin file {}", request.bundle)))?;
        let wishes = shared.wishes.clone();
        let (instance, names) = instantiate(&bundle, &request.plugin_id, shared)?;
        let mut plugin = Self {
            device: request.device,
            instance,
            wishes,
            layout: PortLayout::default(),
            format,
            latency: 0,
            names,
            values: BTreeMap::new(),
        };
        let handle = plugin.instance.plugin_handle();
        plugin.layout = PortLayout::of(&handle)
            .ok_or_else(|| LoadError::Failed(format!("{} has no audio output", plugin.names.name)))?;
        plugin.set_render_mode();
        if let Some(state) = state {
            plugin.restore(state)?;
        }
        plugin.set_values(&request.parameters);
        let processor = plugin.activate()?;
        plugin.changed_values();
        let mut settable: Vec<u32> =
            plugin.describe().iter().filter(|it| !it.read_only).map(|it| it.id).collect();
        settable.sort_unstable();
        let parts = SlotParts {
            processor,
            layout: plugin.layout.clone(),
            settable,
            latency: plugin.latency,
            bypass: request.bypass,
            sample_rate: format.sample_rate,
            max_frames: format.max_frames,
        };
        Ok((plugin, parts))
    }

    /// The device it is.
    pub fn device(&self) -> u64 {
        self.device
    }

    /// For people.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// In samples, as of its last activation.
    pub fn latency(&self) -> u32 {
        self.latency
    }

    /// Whether it takes no audio.
    pub fn is_instrument(&self) -> bool {
        self.layout.is_instrument()
    }

    /// Whether it wished for something; it counts as fulfilled.
    pub fn take_wish(&self, wish: Wish) -> bool {
        self.wishes.take(wish)
    }

    /// The callback it asked for.
    pub fn call_back(&mut self) {
        self.instance.call_on_main_thread_callback();
    }

    /// When its next timer is due.
    pub fn next_timer(&self) -> Option<Instant> {
        self.instance.access_handler(|host: &HostMain<'_>| host.next_timer())
    }

    /// Calls its timers that are due.
    pub fn fire_timers(&mut self, now: Instant) {
        let due = self.instance.access_handler(|host: &HostMain<'_>| host.fire_timers(now));
        let handle = self.instance.plugin_handle();
        if let Some(timer) = handle.get_extension::<PluginTimer>() {
            due.into_iter().for_each(|id| timer.on_timer(&handle, id));
        }
    }

    /// Whether it saves a state of its own.
    pub fn has_state(&mut self) -> bool {
        self.instance.plugin_handle().get_extension::<PluginState>().is_some()
    }

    /// Its state, at most [`MAX_STATE_BYTES`].
    pub fn save(&mut self) -> Result<Vec<u8>, String> {
        let handle = self.instance.plugin_handle();
        let state = handle.get_extension::<PluginState>().ok_or("it has no state of its own")?;
        let mut bytes = BoundedBytes(Vec::new());
        state.save(&handle, &mut bytes).map_err(|_| "it could not save its state")?;
        Ok(bytes.0)
    }

    /// Value to text or text to value, by the plugin itself.
    pub fn convert(&mut self, parameter: u32, from: &Convertible) -> Result<(f64, String), String> {
        let known = self.describe().into_iter().find(|it| it.id == parameter);
        let known = known.ok_or_else(|| format!("{} has no parameter {parameter}", self.names.name))?;
        let handle = self.instance.plugin_handle();
        let (params, id) = handle
            .get_extension::<PluginParams>()
            .zip(ClapId::from_raw(parameter))
            .ok_or("it has no parameters")?;
        let value = match from {
            Convertible::Value(value) => *value,
            Convertible::Text(text) => {
                let text_zero = CString::new(text.as_str()).map_err(|_| "the text holds a zero")?;
                let value = params.text_to_value(&handle, id, &text_zero);
                value
                    .or_else(|| leading_number(text))
                    .ok_or_else(|| format!("it does not understand {text:?}"))?
            }
        };
        if !value.is_finite() {
            return Err("the value is no number".to_owned());
        }
        let value = value.clamp(known.minimum, known.maximum);
        Ok((value, text_of(&params, &handle, id, value)))
    }

    /// All parameters with their present values.
    pub fn describe(&mut self) -> Vec<Description> {
        let handle = self.instance.plugin_handle();
        let Some(params) = handle.get_extension::<PluginParams>() else { return Vec::new() };
        let mut buffer = ParamInfoBuffer::new();
        let mut descriptions = Vec::new();
        for index in 0..params.count(&handle).min(MAX_PARAMETERS) {
            let Some(info) = params.get_info(&handle, index, &mut buffer) else { continue };
            let finite = |value: f64, otherwise: f64| if value.is_finite() { value } else { otherwise };
            let minimum = finite(info.min_value, 0.0);
            let maximum = finite(info.max_value, minimum).max(minimum);
            let default_value = finite(info.default_value, minimum).clamp(minimum, maximum);
            let value = finite(params.get_value(&handle, info.id).unwrap_or(default_value), default_value);
            descriptions.push(Description {
                id: info.id.get(),
                name: String::from_utf8_lossy(info.name).into_owned(),
                module: String::from_utf8_lossy(info.module).into_owned(),
                minimum,
                maximum,
                default_value,
                stepped: info.flags.contains(ParamInfoFlags::IS_STEPPED),
                read_only: info.flags.contains(ParamInfoFlags::IS_READONLY),
                hidden: info.flags.contains(ParamInfoFlags::IS_HIDDEN),
                text: text_of(&params, &handle, info.id, value),
                value,
            });
        }
        descriptions
    }

    /// The values that differ from those of the last call.
    pub fn changed_values(&mut self) -> Vec<(u32, f64)> {
        let settable = self.describe().into_iter().filter(|it| !it.read_only);
        let values: BTreeMap<u32, f64> = settable.map(|it| (it.id, it.value)).collect();
        let changed = values.iter().filter(|(id, value)| self.values.get(*id) != Some(*value));
        let changed = changed.map(|(id, value)| (*id, *value)).collect();
        self.values = values;
        changed
    }

    /// Takes its processor back and activates it anew: its latency may be another then.
    pub fn reactivate(
        &mut self,
        processor: StoppedPluginAudioProcessor<Host>,
    ) -> Result<StoppedPluginAudioProcessor<Host>, LoadError> {
        self.instance.deactivate(processor);
        self.activate()
    }

    /// Ends it.
    pub fn close(mut self, processor: StoppedPluginAudioProcessor<Host>) {
        self.instance.deactivate(processor);
    }

    fn activate(&mut self) -> Result<StoppedPluginAudioProcessor<Host>, LoadError> {
        let configuration = PluginAudioConfiguration {
            sample_rate: self.format.sample_rate,
            min_frames_count: 1,
            max_frames_count: self.format.max_frames as u32,
        };
        let processor = self.instance.activate(|_, _| (), configuration).map_err(|error| {
            LoadError::Failed(format!("{} can not be activated: {error}", self.names.name))
        })?;
        let handle = self.instance.plugin_handle();
        let latency = handle.get_extension::<PluginLatency>().map_or(0, |it| it.get(&handle));
        self.latency = latency.min(MAX_LATENCY);
        Ok(processor)
    }

    fn set_render_mode(&mut self) {
        let handle = self.instance.plugin_handle();
        if let Some(render) = handle.get_extension::<PluginRender>() {
            let mode = if self.format.offline { RenderMode::Offline } else { RenderMode::Realtime };
            // A plugin that has but one mode refuses, and that is fine.
            let _ = render.set(&handle, mode);
        }
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        let handle = self.instance.plugin_handle();
        let restored = handle
            .get_extension::<PluginState>()
            .is_some_and(|state| state.load(&handle, &mut Cursor::new(bytes)).is_ok());
        if restored {
            Ok(())
        } else {
            Err(LoadError::Failed(format!("{} did not accept its saved state", self.names.name)))
        }
    }

    /// Values of unknown or read-only parameters are left out: some plugins crash on them.
    fn set_values(&mut self, values: &[(u32, f64)]) {
        let settable = self.describe();
        let mut buffer = EventBuffer::new();
        for (id, value) in values {
            let known = settable.iter().find(|it| it.id == *id && !it.read_only);
            if let (Some(known), Some(id)) = (known.filter(|_| value.is_finite()), ClapId::from_raw(*id)) {
                buffer.push(&events::parameter(0, id, value.clamp(known.minimum, known.maximum)));
            }
        }
        let params = self.instance.plugin_handle().get_extension::<PluginParams>();
        if let (Some(params), Some(mut handle)) = (params, self.instance.inactive_plugin_handle()) {
            params.flush(&mut handle, &buffer.as_input(), &mut OutputEvents::void());
        }
    }
}

fn text_of(params: &PluginParams, handle: &PluginMainThreadHandle, id: ClapId, value: f64) -> String {
    let mut buffer = [0; TEXT_BYTES];
    match params.value_to_text(handle, id, value, &mut buffer) {
        Ok(text) => String::from_utf8_lossy(text).into_owned(),
        Err(_) => format!("{value:.3}"),
    }
}

/// For plugins that put values in words and can not read them again: "3.5 dB" is 3.5.
fn leading_number(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c)).unwrap_or(text.len());
    text[..end].parse().ok()
}

/// A state on its way, refused when it is too large to be one.
struct BoundedBytes(Vec<u8>);

impl Write for BoundedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.0.len() + bytes.len()) as u64 > MAX_STATE_BYTES {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the state is too large"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_begins_with_its_number() {
        assert_eq!(leading_number(" -3.5 dB"), Some(-3.5));
        assert_eq!(leading_number("120ms"), Some(120.0));
        assert_eq!(leading_number("loud"), None);
    }

    #[test]
    fn a_state_without_end_is_refused() {
        let mut bytes = BoundedBytes(vec![0; MAX_STATE_BYTES as usize]);
        assert!(bytes.write(&[0]).is_err());
    }
}
