//! Loads a plugin's code into this process, which Loophole itself never does.
#![allow(unsafe_code)]

use std::path::Path;

use anyhow::Context as _;
use clack_host::prelude::PluginEntry;

/// Loads a bundle.
pub fn load(bundle: &Path) -> anyhow::Result<PluginEntry> {
    // SAFETY: the benchmark's own choice of plugins, which behave.
    unsafe { PluginEntry::load(bundle) }.with_context(|| format!("{} can't be loaded", bundle.display()))
}
