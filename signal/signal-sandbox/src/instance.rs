//! From a file to a plugin that was made: the one place where foreign code is loaded. It activates nothing.
#![allow(unsafe_code)]

use std::{
    ffi::{CStr, CString},
    path::Path,
};

use clack_host::prelude::*;

use crate::{
    host::{Host, HostMain, HostShared},
    plugin::LoadError,
};

/// Loads a bundle's code.
pub fn open(bundle: &Path) -> Result<PluginEntry, LoadError> {
    // SAFETY: a shared library can do anything when it is loaded; that is why this process exists. It shares no memory
    // with Signal but the block, of which Signal believes nothing.
    unsafe { PluginEntry::load(bundle) }
        .map_err(|error| LoadError::Failed(format!("{} can not be loaded: {error}", bundle.display())))
}

/// What a bundle says of one of its plugins, for people.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    pub name: String,
    pub vendor: String,
    pub version: String,
    /// As CLAP names them.
    pub features: Vec<String>,
}

/// Features of one plugin; more are noise.
const MAX_FEATURES: usize = 32;

/// Makes the plugin `plugin_id` of a bundle.
pub fn instantiate(
    bundle: &Path,
    plugin_id: &str,
    shared: HostShared,
) -> Result<(PluginInstance<Host>, Identity), LoadError> {
    let entry = open(bundle)?;
    let missing = || LoadError::Missing(format!("{} holds no plugin {plugin_id}", bundle.display()));
    let id = CString::new(plugin_id).map_err(|_| missing())?;
    let factory = entry.get_plugin_factory().ok_or_else(missing)?;
    let descriptor = factory
        .plugin_descriptors()
        .find(|descriptor| descriptor.id() == Some(id.as_c_str()))
        .ok_or_else(missing)?;
    let text = |text: Option<&CStr>| text.map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let features = descriptor.features().take(MAX_FEATURES);
    let identity = Identity {
        name: text(descriptor.name()),
        vendor: text(descriptor.vendor()),
        version: text(descriptor.version()),
        features: features.map(|feature| feature.to_string_lossy().into_owned()).collect(),
    };
    let failed = |error| LoadError::Failed(format!("{} {error}", identity.name));
    let instance = make(&entry, &id, shared).map_err(failed)?;
    Ok((instance, identity))
}

/// Makes a plugin of an open bundle. The error continues a sentence that begins with its name.
pub fn make(entry: &PluginEntry, id: &CStr, shared: HostShared) -> Result<PluginInstance<Host>, LoadError> {
    let host = HostInfo::new("Loophole", "Loophole", "", env!("CARGO_PKG_VERSION"))
        .map_err(|error| LoadError::Failed(error.to_string()))?;
    PluginInstance::<Host>::new(move |_| shared, |shared| HostMain::new(shared), entry, id, &host)
        .map_err(|error| LoadError::Failed(format!("can not be started: {error}")))
}
