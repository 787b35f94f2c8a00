//! What the command line says of the audio device, put into the file that Signal reads and writes.
//!
//! What the line leaves out stays as it was remembered. It checks no device: Signal does.

use std::{fs, io, path::PathBuf};

use anyhow::Context as _;
use serde_json::{Map, Value};

use crate::{command_line::Start, places};

const FILE: &str = "audio.json";

/// Remembers what the command line asks for. Returns where.
///
/// # Errors
/// The file can't be read or written.
pub(crate) fn remember(start: &Start) -> anyhow::Result<PathBuf> {
    let path = places::config_folder()?.join(FILE);
    let device = start.device.clone().map(Value::from);
    let asked = [
        ("device", device),
        ("rate", start.rate.map(Value::from)),
        ("block", start.block.map(Value::from)),
        ("inputs", start.inputs.map(Value::from)),
        ("outputs", start.outputs.map(Value::from)),
    ];
    if asked.iter().all(|(_, value)| value.is_none()) {
        return Ok(path);
    }
    let mut settings: Map<String, Value> = match fs::read(&path) {
        // What makes no sense is what Signal would leave alone too.
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Map::new(),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    for (key, value) in asked {
        if let Some(value) = value {
            settings.insert(key.to_owned(), value);
        }
    }
    fs::create_dir_all(places::config_folder()?)?;
    let beside = path.with_extension("json.new");
    fs::write(&beside, serde_json::to_string_pretty(&settings)? + "\n")
        .and_then(|()| fs::rename(&beside, &path))
        .with_context(|| format!("the audio device can't be remembered in {}", path.display()))?;
    Ok(path)
}
