//! Commands on devices and their parameters.

use super::label::{Label, number};
use super::{Done, find, place};
use crate::builtin::{Builtin, UNKNOWN};
use crate::command::{
    AddDevice, MoveDevice, ReplaceDevice, SetDevice, SetDeviceMedia, SetDeviceState, SetParameter,
};
use crate::draft::Draft;
use crate::entity::{Device, DeviceKind, DeviceMedia, Isolation, Kind, ParameterValue};
use crate::extra::Extra;
use crate::id::Id;
use crate::rule::Rule;
use crate::validate::missing;

pub(super) fn add_device(draft: &mut Draft, it: &AddDevice) -> Result<Done, Rule> {
    find(draft, it.track, Kind::Track, |project, id| project.track(id))?;
    let name = name_or_own(&it.name, &it.kind)?;
    let id = draft.claim(it.id)?;
    let order = order_ahead(draft, it.track, it.before, id)?;
    let mut parameters = it.parameters.clone();
    parameters.sort_by_key(|parameter| parameter.id);
    let mut media = it.media.clone();
    media.sort_by_key(|sound| sound.slot);
    let label = Label::new(format!("Add {name}"), "Add", "devices");
    draft.put(Device {
        id,
        track: it.track,
        order,
        name,
        vendor: it.vendor.clone(),
        bypass: false,
        kind: it.kind.clone(),
        parameters,
        state: String::new(),
        media,
        isolation: None,
        standby: false,
        disabled: false,
        extra: Extra::default(),
    });
    Done::created(id, label)
}

/// The name given, or what the built-in or plugin is called without one.
fn name_or_own(name: &str, kind: &DeviceKind) -> Result<String, Rule> {
    let own = match kind {
        DeviceKind::Builtin(builtin) => Builtin::find(builtin).ok_or(Rule::Refused(UNKNOWN))?.title,
        DeviceKind::Clap(clap) => clap.plugin_id.rsplit('.').next().unwrap_or_default(),
    };
    Ok(if name.is_empty() { own } else { name }.to_owned())
}

pub(super) fn replace_device(draft: &mut Draft, it: &ReplaceDevice) -> Result<Done, Rule> {
    let old = find(draft, it.id, Kind::Device, |project, id| project.device(id))?.clone();
    let name = name_or_own(&it.name, &it.kind)?;
    let label = Label::new(format!("Replace {} with {name}", old.name), "Replace", "devices");
    draft.put(Device {
        id: old.id,
        track: old.track,
        order: old.order,
        name,
        vendor: it.vendor.clone(),
        bypass: old.bypass,
        kind: it.kind.clone(),
        parameters: Vec::new(),
        state: String::new(),
        media: Vec::new(),
        isolation: None,
        standby: false,
        disabled: false,
        extra: Extra::default(),
    });
    Done::changed(label)
}

/// The order of a device ahead of another or at the end; moves the others aside where there is no room.
fn order_ahead(draft: &mut Draft, track: Id, before: Option<Id>, moved: Id) -> Result<f64, Rule> {
    let project = draft.project();
    let siblings: Vec<_> =
        project.devices_of(track).filter(|it| it.id != moved).map(|it| (it.id, it.order)).collect();
    let Some((order, shifted)) = place(&siblings, before, f64::INFINITY) else {
        let before = before.unwrap_or_default();
        return Err(match project.device(before) {
            Some(_) => Rule::Refused("the device to go ahead of is on another track"),
            None => missing(project, before, Kind::Device),
        });
    };
    for (id, order) in shifted {
        let device = find(draft, id, Kind::Device, |project, id| project.device(id))?.clone();
        draft.put(Device { order, ..device });
    }
    Ok(order)
}

pub(super) fn set_device(draft: &mut Draft, it: &SetDevice) -> Result<Done, Rule> {
    let mut device = find(draft, it.id, Kind::Device, |project, id| project.device(id))?.clone();
    let label = label_of_set_device(&device.name, it);
    device.name = it.name.clone().unwrap_or(device.name);
    device.bypass = it.bypass.unwrap_or(device.bypass);
    device.isolation = it.isolation.unwrap_or(device.isolation);
    device.standby = it.standby.unwrap_or(device.standby);
    device.disabled = it.disabled.unwrap_or(device.disabled);
    draft.put(device);
    Done::changed(label)
}

/// What is set, if it is one thing.
fn label_of_set_device(device: &str, it: &SetDevice) -> Label {
    let bypass = it.bypass.map(|on| match on {
        true => (format!("Bypass {device}"), "Bypass"),
        false => (format!("Turn {device} on"), "Turn on"),
    });
    let disabled = it.disabled.map(|on| match on {
        true => (format!("Disable {device}"), "Disable"),
        false => (format!("Enable {device}"), "Enable"),
    });
    let standby = it.standby.map(|on| match on {
        true => (format!("Keep a standby for {device}"), "Keep a standby for"),
        false => (format!("Keep no standby for {device}"), "Keep no standby for"),
    });
    let isolation = it.isolation.map(|isolation| match isolation {
        None => (format!("Run {device} as the song says"), "Run as the song says"),
        Some(Isolation::Chain) => (format!("Run {device} with its chain"), "Run with their chains"),
        Some(Isolation::Plugin) => (format!("Run {device} alone"), "Run alone"),
        Some(Isolation::Vendor) => (format!("Run {device} with its vendor's"), "Run with their vendors'"),
        Some(Isolation::Shared) => (format!("Run {device} in the shared process"), "Share a process of"),
    });
    let name = it.name.as_ref().map(|name| (format!("Rename {device} to {name}"), "Rename"));
    let mut said = [name, bypass, disabled, standby, isolation].into_iter().flatten();
    let (text, verb) = match (said.next(), said.next()) {
        (Some(one), None) => one,
        _ => (format!("Change {device}"), "Change"),
    };
    Label::new(text, verb, "devices")
}

pub(super) fn move_device(draft: &mut Draft, it: &MoveDevice) -> Result<Done, Rule> {
    let device = find(draft, it.id, Kind::Device, |project, id| project.device(id))?.clone();
    let track = it.track.unwrap_or(device.track);
    find(draft, track, Kind::Track, |project, id| project.track(id))?;
    let label = Label::new(format!("Move {}", device.name), "Move", "devices");
    let next =
        draft.project().devices_of(track).skip_while(|other| other.id != it.id).nth(1).map(|next| next.id);
    if track == device.track && (it.before == Some(it.id) || it.before == next) {
        return Done::changed(label);
    }
    let order = order_ahead(draft, track, it.before, it.id)?;
    draft.put(Device { track, order, ..device });
    Done::changed(label)
}

pub(super) fn set_parameter(draft: &mut Draft, it: &SetParameter) -> Result<Done, Rule> {
    let mut device = find(draft, it.device, Kind::Device, |project, id| project.device(id))?.clone();
    let text = format!("Set parameter {} of {} to {}", it.parameter, device.name, number(it.value));
    match device.parameters.binary_search_by_key(&it.parameter, |parameter| parameter.id) {
        Ok(at) => device.parameters[at].value = it.value,
        Err(at) => device.parameters.insert(at, ParameterValue { id: it.parameter, value: it.value }),
    }
    draft.put(device);
    Done::changed(Label::new(text, "Set", "parameters"))
}

pub(super) fn set_media(draft: &mut Draft, it: &SetDeviceMedia) -> Result<Done, Rule> {
    let mut device = find(draft, it.device, Kind::Device, |project, id| project.device(id))?.clone();
    let at = device.media.binary_search_by_key(&it.slot, |sound| sound.slot);
    let text = match it.media {
        Some(media) => {
            let name = find(draft, media, Kind::Media, |project, id| project.media(id))?.name.clone();
            let sound = DeviceMedia { slot: it.slot, media };
            match at {
                Ok(at) => device.media[at] = sound,
                Err(at) => device.media.insert(at, sound),
            }
            format!("Load {name} into {}", device.name)
        }
        None => {
            device.media.retain(|sound| sound.slot != it.slot);
            format!("Clear a sound of {}", device.name)
        }
    };
    draft.put(device);
    Done::changed(Label::new(text, "Change", "sounds of devices"))
}

pub(super) fn set_state(draft: &mut Draft, it: &SetDeviceState) -> Result<Done, Rule> {
    let device = find(draft, it.device, Kind::Device, |project, id| project.device(id))?.clone();
    let label = Label::new(format!("Keep state of {}", device.name), "Keep state of", "devices");
    draft.put(Device { state: it.state.clone(), ..device });
    Done::changed(label)
}
