//! Looking at one bundle for a list of plugins: what it holds, and whether each plugin can be made.
//!
//! What the bundle lists is told before any plugin is made, so that one which crashes or hangs is known by name all the
//! same. No plugin is activated and none processes sound; whoever started this process limits its time.

use std::{ffi::CStr, os::fd::AsRawFd as _, path::Path};

use clack_extensions::params::PluginParams;
use clack_host::{plugin::PluginDescriptor, prelude::*};

use crate::{
    confinement::{Confinement, Layer, limit_processor_time, take_standard_output},
    host::{HostShared, Wake, log::log},
    instance::{make, open},
    wire::bundle::{BundleWire, Listed},
};

/// Processor time in seconds: ZamVerb takes 5.
const TIME_LIMIT_S: u64 = 60;
/// Plugins of one bundle; the largest known has 40.
const MAX_PLUGINS: usize = 500;
/// Characters of a name or description, and features of a plugin; what is longer is cut.
const MAX_CHARACTERS: usize = 200;
const MAX_FEATURES: usize = 32;

/// Writes what the bundle at `path` holds to standard output.
///
/// # Errors
/// Standard output can't be written. A bundle that can't be used is said so there.
pub fn run(path: &Path, without: &[Layer]) -> anyhow::Result<()> {
    let output = take_standard_output()?;
    let mut confinement = Confinement::enter(&[output.as_raw_fd()], Vec::new(), without)?;
    limit_processor_time(TIME_LIMIT_S);
    confinement.close(&[path.to_owned()], &[]);
    let mut wire = BundleWire::new(output);
    let entry = match open(path) {
        Ok(entry) => entry,
        Err(error) => return Ok(wire.error(error.to_string())?),
    };
    let Some(factory) = entry.get_plugin_factory() else {
        return Ok(wire.error("it holds no plugins".to_owned())?);
    };
    let descriptors: Vec<_> = factory.plugin_descriptors().take(MAX_PLUGINS).collect();
    for descriptor in &descriptors {
        wire.listed(listed(descriptor))?;
    }
    for descriptor in &descriptors {
        let Some(id) = descriptor.id() else { continue };
        let started = parameters(&entry, id);
        wire.started(id.to_string_lossy().into_owned(), started)?;
    }
    Ok(wire.end()?)
}

fn listed(descriptor: &PluginDescriptor) -> Listed {
    let features = descriptor.features().take(MAX_FEATURES);
    Listed {
        plugin_id: short(descriptor.id()),
        name: short(descriptor.name()),
        vendor: short(descriptor.vendor()),
        version: short(descriptor.version()),
        description: short(descriptor.description()),
        features: features.map(|feature| short(Some(feature))).collect(),
    }
}

fn short(text: Option<&CStr>) -> String {
    text.map(|text| text.to_string_lossy().chars().take(MAX_CHARACTERS).collect()).unwrap_or_default()
}

/// Makes a plugin and counts its parameters.
fn parameters(entry: &PluginEntry, id: &CStr) -> Result<u32, String> {
    let wake = Wake::new().map_err(|error| error.to_string())?;
    let (log, _lines) = log();
    let shared = HostShared::new(0, &wake, &log);
    let mut instance = make(entry, id, shared).map_err(|error| error.to_string())?;
    let handle = instance.plugin_handle();
    Ok(handle.get_extension::<PluginParams>().map_or(0, |params| params.count(&handle)))
}
