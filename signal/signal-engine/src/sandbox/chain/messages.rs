//! What a chain's process says, and the states and values that are kept of it. Waits for nothing.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use signal_graph::ParameterChange;

use super::{Chain, SavedState};
use crate::sandbox::{
    SandboxEvent,
    process::{Process, SocketError},
    wire::{self, FromSandbox},
};

/// A state is saved this long after it last changed (S4).
const REST_BEFORE_SAVE: Duration = Duration::from_secs(2);

impl Chain {
    pub(super) fn serve(
        &mut self,
        process: &mut Process,
        out: &mut Vec<SandboxEvent>,
    ) -> Result<(), SocketError> {
        process.write()?;
        while let Some(message) = process.receive()? {
            match message {
                FromSandbox::Hello | FromSandbox::Loaded(_) => {}
                FromSandbox::StatePart { request_id, total_bytes, offset, data } => {
                    if let Some((device, state)) = self.saving.add(request_id, total_bytes, offset, &data) {
                        self.keep_state(device, state, out);
                    }
                }
                FromSandbox::NoState { request_id, error } => {
                    if let Some(device) = self.saving.give_up(request_id) {
                        log(device, &error);
                    }
                }
                FromSandbox::Converted { request_id, result } => {
                    if let Some(answer) = self.conversions.remove(&request_id) {
                        let _ = answer.send(result);
                    }
                }
                FromSandbox::LatencyChanged { device, latency } => {
                    self.change_latency(device, latency, out);
                }
                FromSandbox::StateDirty { device } if self.plan.slot(device).is_some() => {
                    self.dirty.insert(device, Instant::now());
                }
                FromSandbox::ParameterEdited { device, parameter, value } => {
                    let change = ParameterChange { target: device, parameter, value };
                    self.keep_edit(&change, out);
                }
                FromSandbox::StateDirty { .. } | FromSandbox::PresetLoaded => {}
                FromSandbox::TailChanged { device, tail } => {
                    self.renew(device, |it| Arc::make_mut(&mut it.facts).tail = tail);
                }
                FromSandbox::FactsChanged { device, facts } => {
                    self.renew(device, |it| it.facts = Arc::new(facts));
                }
                FromSandbox::ParametersDescribed { device, parameters } => {
                    self.renew(device, |it| it.parameters = parameters);
                }
                FromSandbox::Log { device, text } => log(device, &text),
            }
        }
        Ok(())
    }

    pub(super) fn keep_state(&mut self, device: u64, state: Vec<u8>, out: &mut Vec<SandboxEvent>) {
        let state = SavedState::new(state.into());
        if let Some(slot) = self.plan.slot_mut(device)
            && slot.state.as_ref() != Some(&state)
        {
            out.push(SandboxEvent::StateSaved { device, state: state.bytes.clone() });
            slot.state = Some(state);
        }
    }

    pub(super) fn keep_edit(&mut self, change: &ParameterChange, out: &mut Vec<SandboxEvent>) {
        if let Some(slot) = self.plan.slot_mut(change.target).filter(|_| change.value.is_finite()) {
            slot.parameters.insert(change.parameter, change.value);
            out.push(SandboxEvent::ParameterEdited(*change));
        }
    }

    pub(super) fn rested(&mut self, now: Instant) -> Vec<u64> {
        let rested = |since: &Instant| now.duration_since(*since) >= REST_BEFORE_SAVE;
        let due = self.dirty.iter().filter(|(_, since)| rested(since)).map(|(device, _)| *device);
        let due: Vec<u64> = due.collect();
        self.dirty.retain(|device, _| !due.contains(device));
        due
    }

    pub(super) fn save(&mut self, device: u64) {
        let Some(process) = &mut self.running else { return };
        self.next_request += 1;
        if process.send(wire::save_state(device, self.next_request)).is_ok() {
            self.saving.begin(self.next_request, device);
        }
    }
}

pub(super) fn log(device: u64, text: &str) {
    tracing::info!(device, "{text}");
}
