//! Loading presets: CLAP's `preset-load`, which `clack` 0.2 has no types for. Finds none; that is the library's work.
#![allow(unsafe_code)]

use std::{
    ffi::{CStr, CString},
    os::unix::ffi::OsStrExt as _,
    path::Path,
    ptr::null,
};

use clack_host::{
    extensions::prelude::{Extension, PluginExtensionSide, RawExtension},
    plugin::{PluginInstance, PluginMainThreadHandle},
};
use clap_sys::{
    ext::preset_load::{CLAP_EXT_PRESET_LOAD, CLAP_EXT_PRESET_LOAD_COMPAT, clap_plugin_preset_load},
    factory::preset_discovery::{CLAP_PRESET_DISCOVERY_LOCATION_FILE, CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN},
};

use crate::host::Host;

#[derive(Clone, Copy)]
struct PluginPresetLoad(RawExtension<PluginExtensionSide, clap_plugin_preset_load>);

// SAFETY: the identifiers are those of the struct that the type wraps.
unsafe impl Extension for PluginPresetLoad {
    const IDENTIFIERS: &[&CStr] = &[CLAP_EXT_PRESET_LOAD, CLAP_EXT_PRESET_LOAD_COMPAT];
    type ExtensionSide = PluginExtensionSide;

    unsafe fn from_raw(raw: RawExtension<Self::ExtensionSide>) -> Self {
        // SAFETY: the caller vouches for the extension being the one of the identifiers.
        Self(unsafe { raw.cast() })
    }
}

/// Whether the plugin can load presets.
pub fn is_offered(plugin: &PluginMainThreadHandle) -> bool {
    plugin.get_extension::<PluginPresetLoad>().is_some()
}

/// Has the plugin load a preset. `path` empty: one that the bundle holds. The error is for people.
pub fn load(instance: &mut PluginInstance<Host>, path: &Path, load_key: &str) -> Result<(), String> {
    let plugin = instance.plugin_handle();
    let extension = plugin.get_extension::<PluginPresetLoad>().ok_or("it can not load presets")?;
    let load = plugin.use_extension(&extension.0).from_location.ok_or("it can not load presets")?;
    let zero = |_| "the preset's place holds a zero".to_owned();
    let location = CString::new(path.as_os_str().as_bytes()).map_err(zero)?;
    let key = CString::new(load_key).map_err(zero)?;
    let (kind, location) = if location.is_empty() {
        (CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN, None)
    } else {
        (CLAP_PRESET_DISCOVERY_LOCATION_FILE, Some(&location))
    };
    let key = if key.is_empty() { null() } else { key.as_ptr() };
    // SAFETY: the function is the plugin's own for this instance, called on the main thread; both texts outlive the call.
    let loaded = unsafe { load(plugin.as_raw(), kind, location.map_or(null(), |it| it.as_ptr()), key) };
    if loaded { Ok(()) } else { Err(format!("it did not load the preset {}", path.display())) }
}
