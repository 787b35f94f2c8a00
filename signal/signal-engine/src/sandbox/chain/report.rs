//! What a chain tells of itself: states, figures and latency. Changes nothing but what it tells.

use std::sync::atomic::Ordering;

use super::{Chain, plan};
use crate::device_board::{DeviceState, DeviceStatus, SandboxStatus};
use crate::sandbox::SandboxEvent;
use crate::sandbox::process::Process;
use crate::sandbox::voice::{DryDelay, ToVoice};
use crate::sandbox::wire::SlotReport;

impl Chain {
    /// What it is doing, for people who watch.
    pub fn status(&self) -> SandboxStatus {
        let names = self.reports.iter().map(|report| report.name.as_str()).filter(|name| !name.is_empty());
        SandboxStatus {
            node: self.node,
            pid: self.processes().next().map_or(0, Process::pid),
            state: self.state(),
            restarts: self.restarts,
            devices: self.devices().collect(),
            round_trip_us: self.ends.facts.round_trip.load(Ordering::Relaxed) as f32 / 1000.0,
            name: names.collect::<Vec<_>>().join(" > "),
        }
    }

    fn state(&self) -> DeviceState {
        match (&self.running, self.is_failed, self.restarts) {
            (Some(_), ..) => DeviceState::Running,
            (None, true, _) => DeviceState::Failed,
            (None, false, 0) => DeviceState::Loading,
            (None, false, _) => DeviceState::Restarting,
        }
    }

    pub(super) fn change_latency(&mut self, device: u64, latency: u32, out: &mut Vec<SandboxEvent>) {
        let Some(report) = self.reports.iter_mut().find(|report| report.device == device) else { return };
        report.latency = latency;
        let latency = self.latency();
        self.tell_voice(ToVoice::Dry(Box::new(DryDelay::new(latency))));
        self.announce_latency(latency, out);
        self.is_renewed = true;
    }

    /// A plugin says something else of itself now.
    pub(super) fn renew(&mut self, device: u64, change: impl FnOnce(&mut SlotReport)) {
        if let Some(report) = self.reports.iter_mut().find(|report| report.device == device) {
            change(report);
            self.is_renewed = true;
        }
    }

    pub(super) fn latency(&self) -> u32 {
        plan::total_latency(&self.reports)
    }

    pub(super) fn announce_latency(&self, latency: u32, out: &mut Vec<SandboxEvent>) {
        if self.ends.facts.latency.swap(latency, Ordering::AcqRel) != latency {
            out.push(SandboxEvent::LatencyChanged { node: self.node, latency });
        }
    }

    /// Tells everybody what each device is doing.
    pub(super) fn report(&self, out: &mut Vec<SandboxEvent>) {
        let state = self.state();
        for (index, slot) in self.plan.slots.iter().enumerate() {
            let report = self.reports.get(index).filter(|report| report.device == slot.device);
            let slot_error = report.filter(|report| !report.error.is_empty());
            let running = state == DeviceState::Running && slot_error.is_none();
            let (state, reason) = match slot_error {
                Some(report) if state == DeviceState::Running && report.missing => {
                    (DeviceState::Missing, report.error.clone())
                }
                Some(report) if state == DeviceState::Running => (DeviceState::Failed, report.error.clone()),
                _ => (state, self.reason.clone()),
            };
            out.push(SandboxEvent::Status(DeviceStatus {
                device: slot.device,
                state,
                reason,
                pid: self.running.as_ref().map_or(0, Process::pid),
                restarts: self.restarts,
                latency: report.map_or(0, |report| report.latency),
                parameters: report.filter(|_| running).map_or_else(Vec::new, |it| it.parameters.clone()),
                name: report.map_or_else(String::new, |report| report.name.clone()),
                vendor: report.map_or_else(String::new, |report| report.vendor.clone()),
                facts: report.map(|report| report.facts.clone()).unwrap_or_default(),
                load_time: report.map(|report| report.load_time).unwrap_or_default(),
            }));
        }
    }
}
