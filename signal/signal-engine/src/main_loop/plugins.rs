//! Plugins, as the control thread carries out what is asked of them, and passes on what they do. Starts no process.

use std::sync::Arc;

use signal_graph::Command;

use super::{Converted, Parts, Reply, ToPulse};
use crate::audio_thread::DeviceHangs;
use crate::parameters;
use crate::refusal::Refusal;
use crate::sandbox::{Convertible, SandboxEvent};

impl Parts {
    pub(super) fn kill_sandbox(&mut self, pid: u32) -> Result<(), Refusal> {
        let unknown = || Refusal::not_found(format!("process {pid} is no sandbox of this Signal"));
        self.sandboxes.kill(pid).then_some(()).ok_or_else(unknown)
    }

    pub(super) fn restart_device(&mut self, device: u64) -> Result<(), Refusal> {
        let unknown = || Refusal::not_found(format!("device {device} is no plugin of the graph"));
        let is_there = self.board.get(device).is_some() && self.sandboxes.restart(device);
        is_there.then_some(()).ok_or_else(unknown)
    }

    pub(super) fn dismiss_incident(&mut self, device: u64) -> Result<(), Refusal> {
        let unknown = || Refusal::not_found(format!("device {device} is no plugin of the graph"));
        let is_there = self.board.get(device).is_some() && self.sandboxes.dismiss_incident(device);
        is_there.then_some(()).ok_or_else(unknown)
    }

    pub(super) fn convert(
        &mut self,
        device: u64,
        parameter: u32,
        from: Convertible,
        reply: Reply<Converted>,
    ) {
        if let Some(converted) = parameters::convert_builtin(self.graph.spec(), device, parameter, &from) {
            let _ = reply.send(converted);
            return;
        }
        let answer = self.sandboxes.convert(device, parameter, from);
        tokio::spawn(async move {
            let converted = match answer.await {
                Ok(Ok((value, text))) => Ok(Converted { value, text }),
                Ok(Err(reason)) => Err(Refusal::invalid(reason)),
                Err(_) => Err(Refusal::not_now(format!("device {device} runs no plugin that could tell"))),
            };
            let _ = reply.send(converted);
        });
    }

    pub(super) fn take_from_sandbox(&mut self, event: SandboxEvent) -> Result<(), DeviceHangs> {
        match event {
            SandboxEvent::Status(status) => {
                // A chain that is being taken down may still report.
                if parameters::is_device(self.graph.spec(), status.device) {
                    self.board.set(*status);
                }
            }
            SandboxEvent::LatencyChanged { node, latency } => {
                if let Some(change) = self.graph.set_latency(node, latency) {
                    self.audio.send(Command::Change(Box::new(change)))?;
                }
            }
            SandboxEvent::ParameterEdited(change) => self.tell(ToPulse::Edited(change)),
            SandboxEvent::StateSaved { device, state } => {
                let hash = self.graph.keep_state(device, Arc::clone(&state));
                self.tell(ToPulse::State { device, hash, state });
            }
            SandboxEvent::Incident(incident) => self.tell(ToPulse::Incident(incident)),
        }
        Ok(())
    }
}
