//! What can be set in the graph: which values a preview may have, which the song has, and how built-ins describe theirs.
//!
//! Plugins describe theirs through the device board. Nothing is set here.

use std::sync::Arc;
use std::time::Duration;

use signal_graph::{GraphSpec, NodeKind, ParameterChange, StripSpec};
use signal_nodes::device;
use signal_nodes::parameter::{self, ParameterSpec};

use crate::device_board::{DeviceBoard, DeviceState, DeviceStatus, ParameterDescription};
use crate::main_loop::Converted;
use crate::refusal::Refusal;
use crate::sandbox::Convertible;

/// Who made the built-ins.
const VENDOR: &str = "Loophole";

/// What a target of parameters is.
enum Target {
    Strip,
    Send,
    Builtin(&'static [ParameterSpec]),
    Plugin,
}

fn target(spec: &GraphSpec, id: u64) -> Option<Target> {
    match spec.nodes.get(&id) {
        Some(NodeKind::Strip(_)) => return Some(Target::Strip),
        Some(NodeKind::SendLevel(_)) => return Some(Target::Send),
        Some(NodeKind::Builtin(builtin)) => return parameter::of_builtin(&builtin.name).map(Target::Builtin),
        _ => {}
    }
    let mut chains = spec.nodes.values().filter_map(|kind| match kind {
        NodeKind::PluginChain(slots) => Some(slots),
        _ => None,
    });
    chains.any(|slots| slots.iter().any(|slot| slot.device == id)).then_some(Target::Plugin)
}

/// Whether every plugin of the graph has been loaded, or has failed to. One that has not told anything yet is loading.
pub fn are_plugins_settled(spec: &GraphSpec, board: &DeviceBoard) -> bool {
    let settled = |device| board.get(device).is_some_and(|status| status.state != DeviceState::Loading);
    spec.nodes.values().all(|kind| match kind {
        NodeKind::PluginChain(slots) => slots.iter().all(|slot| settled(slot.device)),
        _ => true,
    })
}

/// Whether an id is one of a device of the graph.
pub fn is_device(spec: &GraphSpec, id: u64) -> bool {
    matches!(target(spec, id), Some(Target::Builtin(_) | Target::Plugin))
}

/// Whether a gesture may set this value.
///
/// # Errors
/// What is wrong with the target, the parameter or the value.
pub fn check_preview(spec: &GraphSpec, board: &DeviceBoard, change: &ParameterChange) -> Result<(), Refusal> {
    let id = change.target;
    let target = target(spec, id).ok_or_else(|| Refusal::not_found(format!("{id} has no parameters")))?;
    let range = match (&target, change.parameter) {
        (Target::Strip | Target::Send, StripSpec::GAIN) => Some((0.0, 2.0)),
        (Target::Strip, StripSpec::PAN) => Some((-1.0, 1.0)),
        (Target::Strip, StripSpec::MUTE | StripSpec::PHASE_INVERT) => Some((0.0, 1.0)),
        (Target::Strip | Target::Send, _) => None,
        (_, ParameterChange::BYPASS) => Some((0.0, 1.0)),
        (Target::Builtin(specs), number) => {
            specs.iter().find(|spec| spec.id == number).map(|spec| (spec.minimum, spec.maximum))
        }
        (Target::Plugin, number) => plugin_parameter(board, id, number)?
            .filter(|described| !described.read_only)
            .map(|described| (described.minimum, described.maximum)),
    };
    let Some((least, most)) = range else {
        return Err(Refusal::not_found(format!("{id} has no parameter {} to be set", change.parameter)));
    };
    if (least..=most).contains(&change.value) {
        return Ok(());
    }
    Err(Refusal::invalid(format!("{} is not within {least} to {most}", change.value)))
}

fn plugin_parameter(
    board: &DeviceBoard,
    device: u64,
    number: u32,
) -> Result<Option<ParameterDescription>, Refusal> {
    let status = board.get(device).filter(|status| status.state == DeviceState::Running);
    let status =
        status.ok_or_else(|| Refusal::not_now(format!("the plugin of device {device} is not running")))?;
    Ok(status.parameters.iter().find(|described| described.id == number).cloned())
}

/// The value that a parameter has in the song, or by default. `None`: its plugin has never told.
pub fn song_value(spec: &GraphSpec, board: &DeviceBoard, id: u64, number: u32) -> Option<f64> {
    spec.parameter(id, number).or_else(|| match target(spec, id)? {
        Target::Builtin(specs) => specs.iter().find(|spec| spec.id == number).map(|spec| spec.default_value),
        Target::Plugin => {
            let status = board.get(id)?;
            status.parameters.iter().find(|described| described.id == number).map(|described| described.value)
        }
        Target::Strip | Target::Send => None,
    })
}

/// A built-in as the device board shows it. `None`: `id` is no built-in.
pub fn builtin_status(spec: &GraphSpec, id: u64) -> Option<DeviceStatus> {
    let Some(NodeKind::Builtin(builtin)) = spec.nodes.get(&id) else { return None };
    let described = device::find(&builtin.name)?;
    let describe = |parameter: &ParameterSpec| {
        let value = spec.parameter(id, parameter.id).unwrap_or(parameter.default_value);
        ParameterDescription {
            id: parameter.id,
            name: parameter.name.to_owned(),
            module: parameter.module.to_owned(),
            minimum: parameter.minimum,
            maximum: parameter.maximum,
            default_value: parameter.default_value,
            stepped: parameter.is_stepped(),
            text: parameter.text(value),
            value,
            ..ParameterDescription::default()
        }
    };
    Some(DeviceStatus {
        device: id,
        state: DeviceState::Running,
        reason: String::new(),
        pid: 0,
        restarts: 0,
        latency: described.latency(spec.timeline.sample_rate),
        parameters: (described.parameters)().iter().map(describe).collect(),
        name: described.title.to_owned(),
        vendor: VENDOR.to_owned(),
        facts: Arc::default(),
        load_time: Duration::ZERO,
        incident: None,
        incidents: 0,
    })
}

/// Value to text or text to value, for a built-in. `None`: `device` is no built-in.
pub fn convert_builtin(
    spec: &GraphSpec,
    device: u64,
    number: u32,
    from: &Convertible,
) -> Option<Result<Converted, Refusal>> {
    let Some(Target::Builtin(specs)) = target(spec, device) else { return None };
    let Some(parameter) = specs.iter().find(|spec| spec.id == number) else {
        return Some(Err(Refusal::not_found(format!("device {device} has no parameter {number}"))));
    };
    let value = match from {
        Convertible::Value(value) => Some(parameter.clamp(*value)),
        Convertible::Text(text) => parameter.value(text),
    };
    let refused = || Refusal::invalid(format!("{} can't be set to that text", parameter.name));
    Some(value.map(|value| Converted { value, text: parameter.text(value) }).ok_or_else(refused))
}

#[cfg(test)]
mod tests {
    use super::*;
    use signal_graph::PluginSlot;

    #[test]
    fn plugin_is_loading_until_it_says_otherwise() {
        let slot =
            PluginSlot { device: 5, plugin_id: "x".into(), bundle: "/x".into(), ..PluginSlot::default() };
        let mut spec = GraphSpec::new(48_000);
        let board = DeviceBoard::default();
        assert!(are_plugins_settled(&spec, &board));
        spec.nodes.insert(9, NodeKind::PluginChain(vec![slot]));
        assert!(!are_plugins_settled(&spec, &board));
        let states =
            [(DeviceState::Loading, false), (DeviceState::Running, true), (DeviceState::Missing, true)];
        for (state, settled) in states {
            board.set(DeviceStatus {
                device: 5,
                state,
                reason: String::new(),
                pid: 0,
                restarts: 0,
                latency: 0,
                parameters: Vec::new(),
                name: String::new(),
                vendor: String::new(),
                facts: Arc::default(),
                load_time: Duration::ZERO,
                incident: None,
                incidents: 0,
            });
            assert_eq!(are_plugins_settled(&spec, &board), settled, "{state:?}");
        }
    }
}
