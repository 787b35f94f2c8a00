//! What a chain tells of itself: states, figures and latency. Changes nothing but what it tells.

use std::sync::atomic::Ordering;

use super::{
    Chain,
    part::Part,
    plan::{SlotPlan, own_process},
    tenant::Tenant,
};
use crate::device_board::{DeviceState, DeviceStatus, SandboxPlugin, SandboxRole, SandboxStatus};
use crate::sandbox::SandboxEvent;

impl Chain {
    /// Its processes, for people who watch. A part without one is shown with process id 0.
    pub fn statuses(&self) -> Vec<SandboxStatus> {
        let mut statuses = Vec::new();
        let lineups = std::iter::once((&self.lineup, true)).chain(self.next.iter().map(|next| (next, false)));
        for (lineup, is_heard) in lineups {
            for part in &lineup.parts {
                let active = part.active.as_ref().map(|tenant| (tenant, SandboxRole::Active));
                let loading = part.loading.as_ref().map(|tenant| (tenant, SandboxRole::Loading));
                let standby = part.standby().map(|tenant| (tenant, SandboxRole::Standby));
                let tenants = [active, loading, standby].into_iter().flatten();
                statuses.extend(tenants.map(|(tenant, role)| self.status_of(part, Some(tenant), role)));
                if is_heard && part.active.is_none() && part.loading.is_none() {
                    statuses.push(self.status_of(part, None, SandboxRole::Loading));
                }
            }
        }
        statuses.extend(self.plan.slots.iter().filter_map(|slot| {
            let state = match slot {
                slot if slot.disabled => DeviceState::Disabled,
                slot if self.left_out.contains_key(&slot.device) => DeviceState::Failed,
                _ => return None,
            };
            let status = self.bare_status(state, SandboxRole::Loading);
            Some(SandboxStatus { devices: vec![slot.device], ..status })
        }));
        statuses
    }

    fn status_of(&self, part: &Part, tenant: Option<&Tenant>, role: SandboxRole) -> SandboxStatus {
        let state = match (tenant.is_some_and(Tenant::is_loaded), self.restarts) {
            (true, _) => DeviceState::Running,
            (false, 0) => DeviceState::Loading,
            (false, _) => DeviceState::Restarting,
        };
        let mut status = self.bare_status(state, role);
        status.devices = part.plan.devices().collect();
        status.process = self.process_name(part);
        let Some(tenant) = tenant else { return status };
        let facts = tenant.facts();
        let micros = |nanoseconds: u64| nanoseconds as f32 / 1000.0;
        let round_trip = facts.round_trip.load(Ordering::Relaxed);
        let spent = facts.spent.load(Ordering::Relaxed).min(round_trip);
        status.pid = tenant.process().pid();
        status.round_trip_us = micros(round_trip);
        status.overhead_us = micros(round_trip - spent);
        status.late_blocks = facts.late_blocks.load(Ordering::Relaxed);
        status.bad_blocks = facts.bad_blocks.load(Ordering::Relaxed);
        let plugins = tenant.reports().iter().zip(&facts.slots).map(|(report, spent)| SandboxPlugin {
            device: report.device,
            name: report.name.clone(),
            block_us: micros(u64::from(spent.load(Ordering::Relaxed))),
            latency: report.latency,
            incidents: self.incidents.of(report.device).1,
        });
        status.plugins = plugins.collect();
        let names = status.plugins.iter().map(|plugin| plugin.name.as_str()).filter(|name| !name.is_empty());
        status.name = names.collect::<Vec<_>>().join(" > ");
        status
    }

    /// As slots name it; of one that runs alone, for whatever reason, as a slot would that asks for it.
    fn process_name(&self, part: &Part) -> String {
        match part.plan.slots.as_slice() {
            [slot] if self.alone.contains(&slot.device) || slot.runs_alone() => own_process(slot.device),
            _ => part.plan.process.clone(),
        }
    }

    fn bare_status(&self, state: DeviceState, role: SandboxRole) -> SandboxStatus {
        SandboxStatus {
            node: self.node,
            pid: 0,
            state,
            restarts: self.restarts,
            devices: Vec::new(),
            round_trip_us: 0.0,
            name: String::new(),
            role,
            plugins: Vec::new(),
            overhead_us: 0.0,
            late_blocks: 0,
            bad_blocks: 0,
            process: String::new(),
        }
    }

    pub(super) fn announce_latency(&self, out: &mut Vec<SandboxEvent>) {
        let latency = self.lineup.latency();
        if self.ends.facts.latency.swap(latency, Ordering::AcqRel) != latency {
            out.push(SandboxEvent::LatencyChanged { node: self.node, latency });
        }
    }

    /// Tells everybody what each device is doing.
    pub(super) fn report(&self, out: &mut Vec<SandboxEvent>) {
        for slot in &self.plan.slots {
            let of_device = |part: &&Part| part.plan.devices().any(|device| device == slot.device);
            let part = self.lineup.parts.iter().find(of_device);
            out.push(SandboxEvent::Status(Box::new(self.device_status(slot, part))));
        }
    }

    fn device_status(&self, slot: &SlotPlan, part: Option<&Part>) -> DeviceStatus {
        let device = slot.device;
        let active = part.and_then(|part| part.active.as_ref());
        let report = active.and_then(|it| it.reports().iter().find(|report| report.device == device));
        let (state, reason) = match (report, self.left_out.get(&device)) {
            _ if slot.disabled => (DeviceState::Disabled, String::new()),
            (_, Some(reason)) => (DeviceState::Failed, reason.clone()),
            (Some(report), None) if report.error.is_empty() => (DeviceState::Running, String::new()),
            (Some(report), None) if report.missing => (DeviceState::Missing, report.error.clone()),
            (Some(report), None) => (DeviceState::Failed, report.error.clone()),
            (None, None) if self.restarts == 0 => (DeviceState::Loading, self.reason.clone()),
            (None, None) => (DeviceState::Restarting, self.reason.clone()),
        };
        let (incident, incidents) = self.incidents.of(device);
        let running = report.filter(|_| state == DeviceState::Running);
        DeviceStatus {
            device,
            state,
            reason,
            pid: active.map_or(0, |tenant| tenant.process().pid()),
            restarts: self.restarts,
            latency: report.map_or(0, |report| report.latency),
            parameters: running.map_or_else(Vec::new, |report| report.parameters.clone()),
            name: report.map_or_else(String::new, |report| report.name.clone()),
            vendor: report.map_or_else(String::new, |report| report.vendor.clone()),
            facts: report.map(|report| report.facts.clone()).unwrap_or_default(),
            load_time: report.map(|report| report.load_time).unwrap_or_default(),
            incident,
            incidents,
        }
    }
}
