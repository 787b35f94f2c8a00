//! A plugin's parameters on the main thread: descriptions, texts and values.

use std::{collections::BTreeMap, ffi::CString};

use clack_extensions::params::{ParamInfoBuffer, ParamInfoFlags, PluginParams};
use clack_host::{events::io::EventBuffer, prelude::*};

use super::Plugin;
use crate::{
    events,
    table::ParameterTable,
    wire::{Convertible, Description},
};

/// Parameters of one plugin; the largest known have about 10,000.
const MAX_PARAMETERS: u32 = 16_384;
/// Bytes of a value's text.
const TEXT_BYTES: usize = 256;

impl Plugin {
    /// Value to text or text to value, by the plugin itself.
    pub fn convert(&mut self, parameter: u32, from: &Convertible) -> Result<(f64, String), String> {
        let known = self.describe().into_iter().find(|it| it.id == parameter);
        let known = known.ok_or_else(|| format!("{} has no parameter {parameter}", self.identity.name))?;
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
            let has = |flag| info.flags.contains(flag);
            descriptions.push(Description {
                id: info.id.get(),
                name: String::from_utf8_lossy(info.name).into_owned(),
                module: String::from_utf8_lossy(info.module).into_owned(),
                minimum,
                maximum,
                default_value,
                stepped: has(ParamInfoFlags::IS_STEPPED),
                read_only: has(ParamInfoFlags::IS_READONLY),
                hidden: has(ParamInfoFlags::IS_HIDDEN),
                automatable: has(ParamInfoFlags::IS_AUTOMATABLE),
                modulatable: has(ParamInfoFlags::IS_MODULATABLE),
                modulatable_per_note: has(ParamInfoFlags::IS_MODULATABLE_PER_NOTE_ID),
                is_bypass: has(ParamInfoFlags::IS_BYPASS),
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

    /// Sets values while it is inactive. Those of unknown or read-only parameters are left out, as on the audio thread.
    pub(super) fn set_values(&mut self, values: &[(u32, f64)]) {
        let table = ParameterTable::new(&self.describe());
        let mut buffer = EventBuffer::new();
        for (id, value) in values {
            if let (Some(value), Some(id)) = (table.value(*id, *value), ClapId::from_raw(*id)) {
                buffer.push(&events::parameter(0, id, value));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_begins_with_its_number() {
        assert_eq!(leading_number(" -3.5 dB"), Some(-3.5));
        assert_eq!(leading_number("120ms"), Some(120.0));
        assert_eq!(leading_number("loud"), None);
    }
}
