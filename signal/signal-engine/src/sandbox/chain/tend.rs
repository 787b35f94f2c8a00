//! What a chain does each time the keeper looks around: hears its tenants and its voice, changes over to the next line-up,
//! restarts what died.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use shm::{Deadline, sandbox_block::Runner};
use signal_graph::ParameterChange;

use super::{
    Chain, Heard, SavedState, Tools,
    deaths::{Accused, Outcome, is_due},
    incidents::{Cause, Following},
    part::{Lineup, Part},
    tenant::{End, Tenant},
};
use crate::incident::{IncidentKind, Remedy};
use crate::sandbox::{
    SandboxEvent,
    voice::{DryDelay, FromVoice, Line, Link, Place, ToVoice},
};

/// A sandbox that answers no block for this long hangs.
const HANG_LIMIT: Duration = Duration::from_secs(2);
/// Blocks come more often than this while anything plays.
const BLOCKS_FLOW: Duration = Duration::from_millis(500);
/// A state is saved this long after it last changed (S4).
const REST_BEFORE_SAVE: Duration = Duration::from_secs(2);

impl Chain {
    /// Looks after everything that is due: messages, deaths, limits, restarts.
    pub fn tend(&mut self, tools: &mut Tools<'_>) {
        self.hear_voice(tools.out);
        self.flush_voice();
        self.tend_heard(tools);
        self.tend_next(tools);
        self.save_rested(tools.now);
        if std::mem::take(&mut self.is_news) {
            self.announce_latency(tools.out);
            self.report(tools.out);
        }
        self.answer_opener();
    }

    /// The line-up that is heard.
    fn tend_heard(&mut self, tools: &mut Tools<'_>) {
        let mut lineup = std::mem::take(&mut self.lineup);
        let mut rearranges = false;
        for (link, part) in lineup.parts.iter_mut().enumerate() {
            let place = Place { line: lineup.number, link };
            rearranges |= self.tend_active(part, place, tools);
            rearranges |= self.tend_replacement(part, place, tools);
            part.tend_standby(tools.now);
            let wanted = self.wants_standby(part, tools);
            part.keep_standby(wanted, &self.plan, tools.hosts, tools.setup, tools.now);
        }
        self.lineup = lineup;
        if rearranges {
            // What has not changed since it was saved need not be asked for: the chain is back the sooner.
            let changed = self.dirty.keys().copied().collect();
            self.arrange(&changed, tools.now);
        }
    }

    fn wants_standby(&self, part: &Part, tools: &Tools<'_>) -> bool {
        // The chain is asked, not the part: what only stands by otherwise is no reason to cut it anew.
        let marked = part.plan.devices().any(|device| self.plan.slot(device).is_some_and(|it| it.standby));
        let failed = part.plan.devices().any(|device| self.incidents.has_failed(device));
        !tools.setup.offline && (marked || failed)
    }

    /// Whether the chain has to be cut otherwise.
    fn tend_active(&mut self, part: &mut Part, place: Place, tools: &mut Tools<'_>) -> bool {
        let Some(active) = &mut part.active else { return false };
        let mut heard = Vec::new();
        let ended = match active.tend(tools.now, &mut heard) {
            Ok(()) if !tools.setup.offline && self.ends.is_hanging(active) => {
                let seconds = HANG_LIMIT.as_secs();
                let reason = format!("it answered no block for {seconds} seconds");
                Some(End::Condemned(active.condemn(IncidentKind::Hang, Runner::Audio, reason)))
            }
            Ok(()) => None,
            Err(end) => Some(end),
        };
        for heard in heard {
            self.take_heard(part, place, heard, tools);
        }
        match ended {
            Some(end) => self.bury(part, place, end, tools),
            None => {
                self.note_bad_sound(part, tools);
                false
            }
        }
    }

    /// Sound first: how it ended is found out while the one that stood by is heard already.
    fn bury(&mut self, part: &mut Part, place: Place, end: End, tools: &mut Tools<'_>) -> bool {
        part.bury();
        self.tell_voice(ToVoice::Gone(place));
        if let Some(loaded) = part.promote(tools.setup) {
            self.tell_voice(ToVoice::Loaded(place, loaded));
        }
        let Some(death) = part.dead.as_mut().map(|dead| dead.inquire(end)) else { return false };
        let outcome = self.judge(part, &death, false, tools);
        part.dead = None;
        // What is left out is so wherever it runs.
        if part.plan.devices().any(|device| self.left_out.contains_key(&device)) && part.active.is_some() {
            part.bury();
            part.dead = None;
            self.tell_voice(ToVoice::Gone(place));
        } else if let Outcome::Again(wait) = outcome
            && part.active.is_none()
        {
            part.retry_at = Some(tools.now + wait);
        }
        outcome == Outcome::Rearrange
    }

    /// What loads in the place of a tenant that died. Whether the chain has to be cut otherwise.
    fn tend_replacement(&mut self, part: &mut Part, place: Place, tools: &mut Tools<'_>) -> bool {
        if is_due(part.retry_at, tools.now) && part.active.is_none() {
            self.start_part(part, tools);
        }
        match self.tend_loading(part, tools) {
            Some(Ok(())) => {}
            Some(Err(outcome)) => return outcome == Outcome::Rearrange,
            None => return false,
        }
        match part.take_over(tools.setup) {
            Ok(loaded) => {
                self.tell_voice(ToVoice::Loaded(place, loaded));
                self.note_loaded(part);
            }
            Err(reason) => tracing::error!("a loaded sandbox can't be used: {reason}"),
        }
        self.is_news = true;
        false
    }

    /// `None`: it is not loaded yet, or nothing loads.
    fn tend_loading(&mut self, part: &mut Part, tools: &mut Tools<'_>) -> Option<Result<(), Outcome>> {
        let loading = part.loading.as_mut()?;
        if loading.is_loaded() {
            return Some(Ok(()));
        }
        match loading.tend(tools.now, &mut Vec::new()) {
            Ok(()) => loading.is_loaded().then_some(Ok(())),
            Err(end) => {
                let death = loading.inquire(end);
                let outcome = self.judge(part, &death, true, tools);
                part.loading = None;
                if let Outcome::Again(wait) = outcome {
                    part.retry_at = Some(tools.now + wait);
                }
                Some(Err(outcome))
            }
        }
    }

    fn note_loaded(&mut self, part: &Part) {
        part.plan.devices().for_each(|device| self.incidents.loaded(device));
        self.reason.clear();
    }

    /// The line-up that loads.
    fn tend_next(&mut self, tools: &mut Tools<'_>) {
        if let Some(limit) = self.arranging {
            let mut active = self.lineup.parts.iter().filter_map(|part| part.active.as_ref());
            if tools.now < limit && !active.all(Tenant::has_saved) {
                return;
            }
            self.begin_next(tools);
        }
        let Some(mut next) = self.next.take() else { return };
        let mut rearranges = false;
        for part in &mut next.parts {
            if is_due(part.retry_at, tools.now) {
                self.start_part(part, tools);
            }
            if let Some(Err(outcome)) = self.tend_loading(part, tools) {
                rearranges |= outcome == Outcome::Rearrange;
                if outcome == Outcome::Fail {
                    return;
                }
            }
        }
        if rearranges {
            self.begin_next(tools);
        } else if next.is_ready() {
            self.change_over(next, tools);
        } else {
            self.next = Some(next);
        }
    }

    /// The next line-up is heard from now on.
    fn change_over(&mut self, mut next: Lineup, tools: &mut Tools<'_>) {
        let mut links = Vec::new();
        for part in &mut next.parts {
            let loaded = match part.take_over(tools.setup) {
                Ok(loaded) => loaded,
                Err(reason) => return tracing::error!("a loaded sandbox can't be used: {reason}"),
            };
            links.push(Link::new(loaded, tools.open.clone(), tools.setup.sample_rate));
            self.note_loaded(part);
        }
        let frames = tools.setup.max_frames as usize;
        let line = Line::new(next.number, links, next.latency(), frames);
        self.retired.push(std::mem::replace(&mut self.lineup, next));
        self.tell_voice(ToVoice::Line(Box::new(line)));
        self.dirty.clear();
        self.is_news = true;
    }

    /// Tells whoever waits for the first line-up that it is heard. After its latency was told: a render reads it at once.
    fn answer_opener(&mut self) {
        if self.lineup.number == 0 {
            return;
        }
        let Some(opener) = self.opener.take() else { return };
        let reports = self.lineup.parts.iter().filter_map(|part| part.active.as_ref());
        let error = reports.flat_map(|tenant| tenant.reports()).find(|report| !report.error.is_empty());
        let _ = opener.send(error.map_or(Ok(()), |report| Err(report.error.clone())));
    }

    fn take_heard(&mut self, part: &mut Part, place: Place, heard: Heard, tools: &mut Tools<'_>) {
        match heard {
            Heard::Loaded => {}
            Heard::State { device, state } => self.keep_state(device, state, tools.out),
            Heard::Dirty { device } if self.plan.slot(device).is_some() => {
                self.dirty.insert(device, Instant::now());
            }
            Heard::Dirty { .. } => {}
            Heard::Latency { device } => self.follow_latency(part, place, device, tools),
            Heard::Renewed => self.is_news = true,
            Heard::Edited(change) => self.keep_edit(&change, tools.out),
        }
    }

    /// A change of latency aligns the whole song anew, and is heard: a plugin that changes its own all the time is not
    /// followed any more (E7).
    fn follow_latency(&mut self, part: &mut Part, place: Place, device: u64, tools: &mut Tools<'_>) {
        match self.incidents.judge_latency(device, tools.now) {
            Following::Yes => {
                part.refresh_latency();
                self.tell_voice(ToVoice::Dry(place, Box::new(DryDelay::new(part.latency()))));
                self.is_news = true;
            }
            Following::NoMore => {
                let accused = Accused { device, certain: true };
                self.record(part, accused, &Cause::restless_latency(), Remedy::None, tools);
                self.is_news = true;
            }
            Following::No => {}
        }
    }

    fn hear_voice(&mut self, out: &mut Vec<SandboxEvent>) {
        while let Ok(message) = self.ends.from_voice.pop() {
            match message {
                FromVoice::Edited(change) => self.keep_edit(&change, out),
                FromVoice::Line(line) => self.retired.retain(|retired| retired.number != line.number),
                FromVoice::Loaded(_) | FromVoice::Dry(_) => {}
            }
        }
    }

    fn keep_state(&mut self, device: u64, state: Vec<u8>, out: &mut Vec<SandboxEvent>) {
        let state = SavedState::new(state.into());
        if let Some(slot) = self.plan.slot_mut(device)
            && slot.state.as_ref() != Some(&state)
        {
            out.push(SandboxEvent::StateSaved { device, state: state.bytes.clone() });
            slot.state = Some(state);
        }
    }

    fn keep_edit(&mut self, change: &ParameterChange, out: &mut Vec<SandboxEvent>) {
        if let Some(slot) = self.plan.slot_mut(change.target).filter(|_| change.value.is_finite()) {
            slot.parameters.insert(change.parameter, change.value);
            out.push(SandboxEvent::ParameterEdited(*change));
        }
    }

    fn save_rested(&mut self, now: Instant) {
        let rested = |since: &Instant| now.duration_since(*since) >= REST_BEFORE_SAVE;
        let due: Vec<u64> =
            self.dirty.iter().filter(|(_, since)| rested(since)).map(|(device, _)| *device).collect();
        for device in due {
            self.dirty.remove(&device);
            if let Some(tenant) = self.lineup.part_of(device).and_then(|part| part.active.as_mut()) {
                tenant.save(device);
            }
        }
    }
}

impl super::VoiceEnds {
    /// Whether a tenant answers nothing though blocks flow.
    fn is_hanging(&self, tenant: &Tenant) -> bool {
        let time = |nanoseconds: &AtomicU64| Deadline::from_nanoseconds(nanoseconds.load(Ordering::Relaxed));
        let (now, open_since) = (Deadline::now(), time(&tenant.facts().open_since));
        open_since.nanoseconds() != 0
            && now.since(open_since) > HANG_LIMIT
            && now.since(time(&self.facts.last_block)) < BLOCKS_FLOW
    }
}
