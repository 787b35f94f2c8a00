//! Rules of devices.

use super::{
    MAX_NAME_BYTES, MAX_PATH_BYTES, check_hash, check_name, check_text, in_range, missing, track, track_kind,
};
use crate::builtin::Builtin;
use crate::entity::{Device, DeviceKind, Kind, TrackKind};
use crate::project::Project;
use crate::rule::Rule;

/// Most parameter values a device can carry: four times what the largest known plugins have.
pub const MAX_PARAMETERS: usize = 16_384;

/// Highest slot of a device's sounds: one for each MIDI key.
pub const MAX_DEVICE_SLOT: u32 = 127;

pub(super) fn check_device(project: &Project, it: &Device) -> Result<(), Rule> {
    check_name(&it.name)?;
    check_text("vendor", &it.vendor, MAX_NAME_BYTES)?;
    in_range(it.order.is_finite(), "order", "finite", || it.order.to_string())?;
    let track = track(project, it.track)?;
    match &it.kind {
        DeviceKind::Builtin(name) if is_instrument(name) && track.kind != TrackKind::Instrument => {
            let (track, is) = (track.name.clone(), track_kind(track.kind));
            return Err(Rule::TrackKind { what: "an instrument", needs: "instrument", track, is });
        }
        DeviceKind::Builtin(name) => check_text("name of the built-in", name, MAX_NAME_BYTES)?,
        DeviceKind::Clap(clap) => {
            let filled = !clap.plugin_id.is_empty() && !clap.bundle.is_empty();
            in_range(filled, "plugin id and bundle", "given", || "empty".into())?;
            check_text("plugin id", &clap.plugin_id, MAX_NAME_BYTES)?;
            check_text("bundle", &clap.bundle, MAX_PATH_BYTES)?;
        }
    }
    if it.parameters.len() > MAX_PARAMETERS {
        return Err(Rule::TooLong { what: "the list of parameters", most: MAX_PARAMETERS });
    }
    for parameter in &it.parameters {
        in_range(parameter.value.is_finite(), "a parameter", "finite", || parameter.value.to_string())?;
    }
    let ascending = it.parameters.windows(2).all(|pair| pair[0].id < pair[1].id);
    in_range(ascending, "parameters", "ascending by id", || "in disorder".into())?;
    check_device_media(project, it)?;
    check_process(it)?;
    if it.state.is_empty() { Ok(()) } else { check_hash("state", &it.state) }
}

fn is_instrument(name: &str) -> bool {
    Builtin::find(name).is_some_and(|builtin| builtin.is_instrument)
}

/// Built-in devices run inside the engine.
fn check_process(it: &Device) -> Result<(), Rule> {
    let has_process = matches!(it.kind, DeviceKind::Clap(_));
    if !has_process && (it.isolation.is_some() || it.standby || it.disabled) {
        return Err(Rule::Refused("only a plugin runs in a process, or is disabled: a built-in is bypassed"));
    }
    Ok(())
}

fn check_device_media(project: &Project, it: &Device) -> Result<(), Rule> {
    if !it.media.is_empty() && matches!(it.kind, DeviceKind::Clap(_)) {
        return Err(Rule::Refused("a plugin plays no sounds of the song"));
    }
    for sound in &it.media {
        in_range(sound.slot <= MAX_DEVICE_SLOT, "slot", "0 to 127", || sound.slot.to_string())?;
        project.media(sound.media).ok_or_else(|| missing(project, sound.media, Kind::Media))?;
    }
    let ascending = it.media.windows(2).all(|pair| pair[0].slot < pair[1].slot);
    in_range(ascending, "slots", "ascending", || "in disorder".into())
}
