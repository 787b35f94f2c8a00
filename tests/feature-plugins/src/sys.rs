//! CLAP's `preset-load` for plugins, which `clack` 0.2 has no types for.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char};

use clack_plugin::{
    extensions::{
        PluginExtensionSide,
        prelude::{Extension, ExtensionImplementation, RawExtension, RawExtensionImplementation},
        wrapper::PluginWrapper,
    },
    plugin::Plugin,
};
use clap_sys::{
    ext::preset_load::{CLAP_EXT_PRESET_LOAD, clap_plugin_preset_load},
    plugin::clap_plugin,
};

/// The extension.
#[derive(Clone, Copy)]
pub struct PluginPresetLoad(#[expect(dead_code)] RawExtension<PluginExtensionSide, clap_plugin_preset_load>);

// SAFETY: the identifier is that of the struct that the type wraps.
unsafe impl Extension for PluginPresetLoad {
    const IDENTIFIERS: &[&CStr] = &[CLAP_EXT_PRESET_LOAD];
    type ExtensionSide = PluginExtensionSide;

    unsafe fn from_raw(raw: RawExtension<Self::ExtensionSide>) -> Self {
        // SAFETY: the caller vouches for the extension being the one of the identifier.
        Self(unsafe { raw.cast() })
    }
}

/// What a plugin that loads presets does.
pub trait PresetLoad {
    /// Whether the preset `load_key` at `location`, a file or the bundle itself, was loaded.
    fn load_preset(&self, location: Option<&CStr>, load_key: Option<&CStr>) -> bool;
}

// SAFETY: the struct is the one of the extension.
unsafe impl<P> ExtensionImplementation<P> for PluginPresetLoad
where
    P: for<'a> Plugin<MainThread<'a>: PresetLoad>,
{
    const IMPLEMENTATION: RawExtensionImplementation =
        RawExtensionImplementation::new(&clap_plugin_preset_load { from_location: Some(from_location::<P>) });
}

unsafe extern "C" fn from_location<P>(
    plugin: *const clap_plugin,
    _kind: u32,
    location: *const c_char,
    load_key: *const c_char,
) -> bool
where
    P: for<'a> Plugin<MainThread<'a>: PresetLoad>,
{
    // SAFETY: hosts give null or a text that lives as long as the call.
    let text = |text: *const c_char| (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) });
    // SAFETY: hosts call this with the plugin it was asked of, on the main thread.
    let loaded = unsafe {
        PluginWrapper::<P>::handle(plugin, |plugin| {
            Ok(plugin.main_thread().load_preset(text(location), text(load_key)))
        })
    };
    loaded.unwrap_or(false)
}
