//! When a part of a chain dies or can't be loaded: whose fault it is, who is told, and what is done.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    Chain, Tools,
    incidents::{Cause, Verdict},
    part::Part,
    tenant::{Culprit, Death},
};
use crate::incident::{IncidentKind, Remedy};
use crate::sandbox::{SandboxEvent, accusation::words};

/// A machine that starts no process now is not asked again at once.
const NO_PROCESS_PAUSE: Duration = Duration::from_secs(1);

/// A plugin that is held to have done it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accused {
    pub device: u64,
    /// No other one could have done it.
    pub certain: bool,
}

/// What becomes of the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is started again in its place after this long.
    Again(Duration),
    /// The chain is cut otherwise.
    Rearrange,
    /// A render: there is no second try.
    Fail,
}

impl Chain {
    /// Starts a part; one that gets no process is tried again like one that died.
    pub(super) fn start_part(&mut self, part: &mut Part, tools: &mut Tools<'_>) {
        if let Err(reason) = part.start(&self.plan, tools.hosts, tools.setup) {
            let cause =
                Cause { kind: IncidentKind::CrashOnLoad, reason, signal: 0, backtrace: String::new() };
            let death = Death { culprit: Culprit::Innocent, cause };
            part.retry_at = match self.judge(part, &death, true, tools) {
                Outcome::Again(wait) => Some(tools.now + wait.max(NO_PROCESS_PAUSE)),
                Outcome::Rearrange | Outcome::Fail => None,
            };
        }
    }

    /// Judges the death of a tenant of a part, and tells everybody.
    pub(super) fn judge(
        &mut self,
        part: &Part,
        death: &Death,
        while_loading: bool,
        tools: &mut Tools<'_>,
    ) -> Outcome {
        tracing::warn!(node = self.node, reason = death.cause.reason, culprit = ?death.culprit, "a sandbox failed");
        self.restarts += 1;
        self.is_news = true;
        self.reason.clone_from(&death.cause.reason);
        if tools.setup.offline {
            if let Some(opener) = self.opener.take() {
                let _ = opener.send(Err(death.cause.reason.clone()));
            }
            part.plan.devices().for_each(|device| self.leave_out(device, &death.cause.reason));
            return Outcome::Fail;
        }
        match death.culprit {
            Culprit::Innocent => Outcome::Again(Duration::ZERO),
            Culprit::Device { device, certain } => {
                self.judge_device(part, Accused { device, certain }, &death.cause, while_loading, tools)
            }
            Culprit::Unknown => self.judge_all(part, &death.cause, while_loading, tools),
        }
    }

    fn judge_device(
        &mut self,
        part: &Part,
        accused: Accused,
        cause: &Cause,
        while_loading: bool,
        tools: &mut Tools<'_>,
    ) -> Outcome {
        let device = accused.device;
        let verdict = self.incidents.judge(device, while_loading, tools.now);
        let (remedy, outcome) = match verdict {
            Verdict::LeaveOut => {
                self.leave_out(device, &cause.reason);
                (Remedy::LeftOut, Outcome::Rearrange)
            }
            Verdict::Again(_) if part.plan.is_shared() => {
                self.alone.insert(device);
                (Remedy::Alone, Outcome::Rearrange)
            }
            Verdict::Again(wait) => (Remedy::Restarted, Outcome::Again(wait)),
        };
        self.record(part, accused, cause, remedy, tools);
        outcome
    }

    /// It is not known which of them it was. The second time each gets a process of its own, and then it will be.
    fn judge_all(
        &mut self,
        part: &Part,
        cause: &Cause,
        while_loading: bool,
        tools: &mut Tools<'_>,
    ) -> Outcome {
        let devices: Vec<u64> = part.plan.devices().collect();
        let again = devices.iter().any(|device| self.incidents.has_failed(*device)) || while_loading;
        let mut wait = Duration::ZERO;
        for device in devices {
            if let Verdict::Again(longer) = self.incidents.judge(device, while_loading, tools.now) {
                wait = wait.max(longer);
            }
            if again {
                self.alone.insert(device);
            }
            let remedy = if again { Remedy::Alone } else { Remedy::Restarted };
            self.record(part, Accused { device, certain: false }, cause, remedy, tools);
        }
        if again { Outcome::Rearrange } else { Outcome::Again(wait) }
    }

    fn leave_out(&mut self, device: u64, reason: &str) {
        self.left_out.insert(device, reason.to_owned());
    }

    /// Makes the record of an incident, shows and tells it.
    pub(super) fn record(
        &mut self,
        part: &Part,
        accused: Accused,
        cause: &Cause,
        remedy: Remedy,
        tools: &mut Tools<'_>,
    ) {
        let Accused { device, certain } = accused;
        let mut incident = cause.incident(device, certain, remedy);
        let tenant = part.dead.as_ref().or(part.active.as_ref()).or(part.loading.as_ref());
        let reports = tenant.map_or(&[][..], |tenant| tenant.reports());
        if let Some(report) = reports.iter().find(|report| report.device == device) {
            incident.name.clone_from(&report.name);
            incident.vendor.clone_from(&report.vendor);
            incident.version.clone_from(&report.facts.version);
        }
        if let Some(slot) = self.plan.slot(device) {
            incident.plugin_id.clone_from(&slot.plugin_id);
            incident.state = slot.state.as_ref().map(|state| state.hash.to_string()).unwrap_or_default();
        }
        incident.position = self.ends.facts.position.load(Ordering::Relaxed);
        incident.sample_rate = tools.setup.sample_rate;
        let incident = Arc::new(incident);
        self.incidents.add(Arc::clone(&incident));
        tools.out.push(SandboxEvent::Incident(incident));
    }

    /// Tells of bad sound, now and then.
    pub(super) fn note_bad_sound(&mut self, part: &mut Part, tools: &mut Tools<'_>) {
        let Some(active) = &part.active else { return };
        let bad = active.facts().bad_blocks.load(Ordering::Relaxed);
        if bad == part.bad_blocks {
            return;
        }
        part.bad_blocks = bad;
        // The sandbox says who it was, unless somebody wrote over what it said.
        let accused = active.facts().accusation.take();
        let accused = accused.and_then(|(slot, fault)| Some((part.plan.slots.get(slot)?.device, fault)));
        let devices = accused.map_or_else(|| part.plan.devices().collect(), |(device, _)| vec![device]);
        let certain = devices.len() == 1;
        let did = accused.map_or("gave samples or messages that make no sense", |(_, fault)| words(fault));
        let cause = Cause {
            kind: IncidentKind::BadSound,
            reason: format!("it {did}"),
            signal: 0,
            backtrace: String::new(),
        };
        for device in devices {
            if self.incidents.is_bad_sound_news(device, tools.now) {
                self.record(part, Accused { device, certain }, &cause, Remedy::None, tools);
                self.is_news = true;
            }
        }
    }
}

/// Whether it is time.
pub(super) fn is_due(at: Option<Instant>, now: Instant) -> bool {
    at.is_some_and(|at| at <= now)
}
