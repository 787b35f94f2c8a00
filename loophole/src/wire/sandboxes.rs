//! What Signal says of its sandboxes, and what the supervisor says on of them.

use chorus::signal::v1 as wire;

use crate::supervisor::{SandboxDetail, SandboxPlugin, SandboxRole};

pub(super) fn from_wire(status: &wire::SandboxStatus) -> SandboxDetail {
    let role = match status.role() {
        wire::SandboxRole::Active | wire::SandboxRole::Unspecified => SandboxRole::Active,
        wire::SandboxRole::Loading => SandboxRole::Loading,
        wire::SandboxRole::Standby => SandboxRole::Standby,
        wire::SandboxRole::Warm => SandboxRole::Warm,
    };
    let plugins = status.plugins.iter().map(|plugin| SandboxPlugin {
        device: plugin.device,
        name: plugin.name.clone(),
        block_us: plugin.block_us,
        latency: plugin.latency,
        incidents: plugin.incidents,
    });
    SandboxDetail {
        role,
        process: status.process.clone(),
        overhead_us: status.overhead_us,
        late_blocks: status.late_blocks,
        bad_blocks: status.bad_blocks,
        plugins: plugins.collect(),
    }
}

/// The rest of the status is in the process's own fields.
pub(super) fn to_wire(detail: SandboxDetail) -> wire::SandboxStatus {
    let role = match detail.role {
        SandboxRole::Active => wire::SandboxRole::Active,
        SandboxRole::Loading => wire::SandboxRole::Loading,
        SandboxRole::Standby => wire::SandboxRole::Standby,
        SandboxRole::Warm => wire::SandboxRole::Warm,
    };
    let plugins = detail.plugins.into_iter().map(|plugin| wire::SandboxPlugin {
        device: plugin.device,
        name: plugin.name,
        block_us: plugin.block_us,
        latency: plugin.latency,
        incidents: plugin.incidents,
    });
    wire::SandboxStatus {
        role: role.into(),
        process: detail.process,
        overhead_us: detail.overhead_us,
        late_blocks: detail.late_blocks,
        bad_blocks: detail.bad_blocks,
        plugins: plugins.collect(),
        ..wire::SandboxStatus::default()
    }
}
