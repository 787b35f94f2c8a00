//! What goes out: states of devices and sandboxes, answers about parameters and the device.

use chorus::signal::v1 as wire;

use crate::capture::Captured;
use crate::device::MidiDirection;
use crate::device::keeper::DeviceDescription;
use crate::device::listing::Listed;
use crate::device::settings::{AUTO, AudioSettings};
use crate::device_board::{
    DeviceState, DeviceStatus, ParameterDescription, SandboxPlugin, SandboxRole, SandboxStatus,
};
use crate::incident::{Incident, IncidentKind, Remedy};
use crate::main_loop::ToPulse;
use crate::midi::control::ShownPort;
use crate::refusal::{Refusal, RefusalKind};
use crate::wire::graph::state_messages;
use crate::wire::recording;

/// A refusal as gRPC knows it.
pub fn status(refusal: Refusal) -> tonic::Status {
    let code = match refusal.kind {
        RefusalKind::Invalid => tonic::Code::InvalidArgument,
        RefusalKind::NotNow => tonic::Code::FailedPrecondition,
        RefusalKind::NotFound => tonic::Code::NotFound,
        RefusalKind::Failed => tonic::Code::Internal,
    };
    tonic::Status::new(code, refusal.reason)
}

/// What Pulse is told. A state becomes several messages.
pub fn to_pulse(message: ToPulse) -> Vec<wire::RunGraphResponse> {
    use wire::run_graph_response::Kind;
    let kinds = match message {
        ToPulse::Format(format) => vec![Kind::Format(wire::EngineFormat {
            sample_rate: format.sample_rate,
            block_frames: format.block_frames,
        })],
        ToPulse::Applied(revision) => vec![Kind::Applied(wire::GraphApplied { revision })],
        ToPulse::Refused(revision, reason) => vec![Kind::Refused(wire::GraphRefused { revision, reason })],
        ToPulse::State { device, hash, state } => {
            state_messages(device, &hash.to_string(), &state).into_iter().map(Kind::PluginState).collect()
        }
        ToPulse::Incident(incident) => vec![Kind::Incident(self::incident(&incident))],
        ToPulse::TakesWaiting => vec![Kind::TakesWaiting(wire::TakesWaiting {})],
        ToPulse::Edited(change) => vec![Kind::ParameterEdited(wire::ParameterEdited {
            device: change.target,
            parameter: change.parameter,
            value: change.value,
        })],
    };
    kinds.into_iter().map(|kind| wire::RunGraphResponse { kind: Some(kind) }).collect()
}

/// What a device is doing.
pub fn device_status(status: &DeviceStatus) -> wire::DeviceStatus {
    wire::DeviceStatus {
        device: status.device,
        state: device_state(status.state) as i32,
        reason: status.reason.clone(),
        pid: status.pid,
        restarts: status.restarts,
        latency: status.latency,
        parameters: status.parameters.iter().map(parameter).collect(),
        name: status.name.clone(),
        vendor: status.vendor.clone(),
        version: status.facts.version.clone(),
        incident: status.incident.as_deref().map(incident),
        incidents: status.incidents,
    }
}

fn incident(incident: &Incident) -> wire::Incident {
    let kind = match incident.kind {
        IncidentKind::Crash => wire::IncidentKind::Crash,
        IncidentKind::Hang => wire::IncidentKind::Hang,
        IncidentKind::CrashOnLoad => wire::IncidentKind::CrashOnLoad,
        IncidentKind::HangOnLoad => wire::IncidentKind::HangOnLoad,
        IncidentKind::BadSound => wire::IncidentKind::BadSound,
        IncidentKind::BadMessage => wire::IncidentKind::BadMessage,
        IncidentKind::Flood => wire::IncidentKind::Flood,
    };
    let remedy = match incident.remedy {
        Remedy::None => wire::Remedy::None,
        Remedy::Restarted => wire::Remedy::Restarted,
        Remedy::Alone => wire::Remedy::Alone,
        Remedy::LeftOut => wire::Remedy::LeftOut,
    };
    let it = incident.clone();
    wire::Incident {
        device: it.device,
        certain: it.certain,
        kind: kind as i32,
        reason: it.reason,
        signal: it.signal,
        remedy: remedy as i32,
        backtrace: it.backtrace,
        plugin_id: it.plugin_id,
        name: it.name,
        vendor: it.vendor,
        version: it.version,
        state: it.state,
        position: it.position,
        sample_rate: it.sample_rate,
        unix_ms: it.unix_ms,
    }
}

fn device_state(state: DeviceState) -> wire::DeviceState {
    match state {
        DeviceState::Loading => wire::DeviceState::Loading,
        DeviceState::Running => wire::DeviceState::Running,
        DeviceState::Restarting => wire::DeviceState::Restarting,
        DeviceState::Failed => wire::DeviceState::Failed,
        DeviceState::Missing => wire::DeviceState::Missing,
        DeviceState::Disabled => wire::DeviceState::Disabled,
    }
}

fn parameter(parameter: &ParameterDescription) -> wire::ParameterDescription {
    wire::ParameterDescription {
        id: parameter.id,
        name: parameter.name.clone(),
        module: parameter.module.clone(),
        minimum: parameter.minimum,
        maximum: parameter.maximum,
        default_value: parameter.default_value,
        stepped: parameter.stepped,
        read_only: parameter.read_only,
        hidden: parameter.hidden,
        automatable: parameter.automatable,
        modulatable: parameter.modulatable,
        modulatable_per_note: parameter.modulatable_per_note,
        is_bypass: parameter.is_bypass,
        text: parameter.text.clone(),
        value: parameter.value,
    }
}

/// A sandbox and what it runs.
pub fn sandbox(status: SandboxStatus) -> wire::SandboxStatus {
    wire::SandboxStatus {
        node: status.node,
        pid: status.pid,
        state: device_state(status.state) as i32,
        restarts: status.restarts,
        devices: status.devices,
        round_trip_us: status.round_trip_us,
        name: status.name,
        role: sandbox_role(status.role) as i32,
        plugins: status.plugins.into_iter().map(sandbox_plugin).collect(),
        overhead_us: status.overhead_us,
        late_blocks: status.late_blocks,
        bad_blocks: status.bad_blocks,
        process: status.process,
    }
}

fn sandbox_role(role: SandboxRole) -> wire::SandboxRole {
    match role {
        SandboxRole::Active => wire::SandboxRole::Active,
        SandboxRole::Loading => wire::SandboxRole::Loading,
        SandboxRole::Standby => wire::SandboxRole::Standby,
        SandboxRole::Warm => wire::SandboxRole::Warm,
    }
}

fn sandbox_plugin(plugin: SandboxPlugin) -> wire::SandboxPlugin {
    let SandboxPlugin { device, name, block_us, latency, incidents } = plugin;
    wire::SandboxPlugin { device, name, block_us, latency, incidents }
}

/// The audio device.
pub fn device(description: DeviceDescription) -> wire::GetDeviceResponse {
    wire::GetDeviceResponse {
        name: description.name,
        sample_rate: description.format.sample_rate,
        block_frames: description.format.block_frames,
        realtime: description.realtime_remedy.is_none(),
        realtime_remedy: description.realtime_remedy.unwrap_or_default(),
        inputs: description.inputs as u32,
        outputs: description.outputs as u32,
        input_latency: description.latency.input,
        output_latency: description.latency.output,
        settings: Some(wire::AudioSettings {
            device: description.settings.device,
            sample_rate: description.settings.rate,
            block_frames: description.settings.block,
            inputs: description.settings.inputs,
            outputs: description.settings.outputs,
        }),
        notice: description.notice.unwrap_or_default(),
        loops_back: description.loops_back,
        metronome_output: Some(recording::click_output(description.click_output)),
        midi_ports: description.midi.ports.into_iter().map(midi_port).collect(),
        midi_notice: description.midi.notice,
    }
}

fn midi_port(port: ShownPort) -> wire::MidiPort {
    let direction = match port.direction {
        MidiDirection::Input => wire::MidiDirection::Input,
        MidiDirection::Output => wire::MidiDirection::Output,
    };
    let (name, system, physical) = (port.name, port.system, port.physical);
    wire::MidiPort { name, direction: direction as i32, system, physical }
}

/// What a client chose; still to be checked. An empty name means: seek one.
pub fn settings(settings: wire::AudioSettings) -> AudioSettings {
    let device = if settings.device.is_empty() { AUTO.to_owned() } else { settings.device };
    AudioSettings {
        device,
        rate: settings.sample_rate,
        block: settings.block_frames,
        inputs: settings.inputs,
        outputs: settings.outputs,
    }
}

/// A device that can be chosen.
pub fn listed_device(listed: Listed) -> wire::AudioDevice {
    wire::AudioDevice {
        id: listed.id,
        name: listed.name,
        inputs: listed.inputs as u32,
        outputs: listed.outputs as u32,
        sample_rate: listed.format.map_or(0, |format| format.sample_rate),
        block_frames: listed.format.map_or(0, |format| format.block_frames),
    }
}

/// What a capture holds.
pub fn captured(captured: Captured) -> wire::StopCaptureResponse {
    wire::StopCaptureResponse {
        frames: captured.frames,
        lost_frames: captured.lost_frames,
        start_sample: captured.start_sample,
    }
}
