//! One chain of plugins, as the keeper sees it: what it should be, the process it runs in, and what happens when that
//! dies. Runs on the keeper's thread; waits for nothing.

mod failure;
mod messages;
mod plan;
mod report;
mod saving;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, atomic::Ordering, mpsc::SyncSender},
    time::{Duration, Instant},
};

use rtrb::{Consumer, Producer};
use shm::sandbox_block::{Fault, SignalEnd};
use signal_graph::NodeId;
use tokio::sync::oneshot;

pub use plan::{ChainPlan, SavedState, SlotPlan};
pub use saving::Saving;

use super::{
    Convertible, SandboxEvent, Setup, accusation,
    process::{Process, SocketError},
    voice::{DryDelay, FromVoice, Loaded, ToVoice, VoiceFacts},
    wire::{self, FromSandbox, SlotReport},
};

/// Loading may take this long. ZamVerb takes 5 s in some hosts; one that takes longer never returns.
const LOAD_LIMIT: Duration = Duration::from_secs(20);
/// Conversions a sandbox has not answered; the page asks for one at a time.
const MAX_CONVERSIONS: usize = 256;
/// Messages the voice has not taken: a device that stands still takes none.
const MAX_TO_VOICE: usize = 8192;

/// What somebody who asked for a conversion waits on.
pub type ConversionAnswer = oneshot::Sender<Result<(f64, String), String>>;

/// The keeper's ends of the rings to a voice, and the facts they share.
#[derive(Debug)]
pub struct VoiceEnds {
    /// To the audio thread.
    pub to_voice: Producer<ToVoice>,
    /// From the audio thread.
    pub from_voice: Consumer<FromVoice>,
    /// Read and written by both.
    pub facts: Arc<VoiceFacts>,
}

/// One chain.
#[derive(Debug)]
pub struct Chain {
    node: NodeId,
    plan: ChainPlan,
    ends: VoiceEnds,
    waiting_for_voice: VecDeque<ToVoice>,
    /// In the voice's hands.
    running: Option<Process>,
    /// Replaced, until the voice has let go of it.
    retired: Option<Process>,
    /// To take its place once it is loaded.
    loading: Option<(Process, Instant)>,
    reports: Vec<SlotReport>,
    restarts: u32,
    failures: VecDeque<Instant>,
    retry_at: Option<Instant>,
    reason: String,
    /// Told last: a plugin that spoils every block is told of once.
    accused: Option<(usize, Fault)>,
    /// A plugin said something new of itself, which is told once its process is back in its place.
    is_renewed: bool,
    is_failed: bool,
    dirty: BTreeMap<u64, Instant>,
    saving: Saving,
    conversions: BTreeMap<u64, ConversionAnswer>,
    next_request: u64,
    /// Offline: whoever waits for the chain to be loaded.
    opener: Option<SyncSender<Result<(), String>>>,
}

impl Chain {
    /// Begins to load the plan.
    pub fn open(
        node: NodeId,
        plan: ChainPlan,
        ends: VoiceEnds,
        opener: Option<SyncSender<Result<(), String>>>,
        setup: &Setup,
        out: &mut Vec<SandboxEvent>,
    ) -> Self {
        let mut chain = Self {
            node,
            plan,
            ends,
            waiting_for_voice: VecDeque::new(),
            running: None,
            retired: None,
            loading: None,
            reports: Vec::new(),
            restarts: 0,
            failures: VecDeque::new(),
            retry_at: None,
            reason: String::new(),
            accused: None,
            is_renewed: false,
            is_failed: false,
            dirty: BTreeMap::new(),
            saving: Saving::default(),
            conversions: BTreeMap::new(),
            next_request: 0,
            opener,
        };
        chain.start(setup, out);
        chain.report(out);
        chain
    }

    /// Becomes another plan. The process goes on where it can; else it plays until the new one is loaded.
    pub fn change(&mut self, plan: ChainPlan, setup: &Setup, out: &mut Vec<SandboxEvent>) {
        let goes_on = self.plan.is_played_by_the_process_of(&plan);
        let values = self.plan.values_that_differ(&plan);
        self.plan.become_plan(plan, goes_on);
        if goes_on && !self.is_failed {
            for change in values {
                self.tell_voice(ToVoice::Value(change));
            }
        } else {
            self.is_failed = false;
            self.failures.clear();
            self.start(setup, out);
        }
        self.report(out);
    }

    /// The processes to watch.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        self.running.iter().chain(self.loading.iter().map(|(process, _)| process))
    }

    /// The devices, in order.
    pub fn devices(&self) -> impl Iterator<Item = u64> + '_ {
        self.plan.slots.iter().map(|slot| slot.device)
    }

    /// Its process, and a state that is worth saving before that ends.
    pub fn close(mut self) -> Option<(Process, Saving)> {
        drop(self.loading.take());
        let mut running = self.running.take()?;
        for device in std::mem::take(&mut self.dirty).into_keys() {
            self.next_request += 1;
            if running.send(wire::save_state(device, self.next_request)).is_ok() {
                self.saving.begin(self.next_request, device);
            }
        }
        Some((running, self.saving))
    }

    /// Looks after everything that is due: messages, deaths, limits, restarts.
    pub fn tend(&mut self, now: Instant, setup: &Setup, out: &mut Vec<SandboxEvent>) {
        self.hear_voice(out);
        self.flush_voice();
        self.tell_accusation();
        self.tend_running(now, setup, out);
        self.tend_loading(now, setup, out);
        if self.retry_at.is_some_and(|at| at <= now) {
            self.retry_at = None;
            self.start(setup, out);
            self.report(out);
        }
    }

    /// Kills its process on a user's wish: it is back at once.
    pub fn kill(&mut self) {
        self.failures.clear();
        self.processes().for_each(Process::kill);
    }

    /// Begins anew on a user's wish, as if it had never failed. A process that runs plays until the new one is loaded.
    pub fn start_again(&mut self, setup: &Setup, out: &mut Vec<SandboxEvent>) {
        self.is_failed = false;
        self.failures.clear();
        self.retry_at = None;
        self.start(setup, out);
        self.report(out);
    }

    /// Asks a plugin to put a value in words or the other way round.
    pub fn convert(&mut self, device: u64, parameter: u32, from: Convertible, answer: ConversionAnswer) {
        let Some(process) = self.running.as_mut().filter(|_| self.conversions.len() < MAX_CONVERSIONS) else {
            let _ = answer.send(Err("the plugin is not running".to_owned()));
            return;
        };
        self.next_request += 1;
        if process.send(wire::convert(self.next_request, device, parameter, from)).is_ok() {
            self.conversions.insert(self.next_request, answer);
        }
    }

    fn start(&mut self, setup: &Setup, out: &mut Vec<SandboxEvent>) {
        self.loading = None;
        let started = Process::spawn(&setup.binary).map_err(|error| error.to_string());
        let asked = started.and_then(|mut process| {
            self.ask_to_load(&mut process, setup).map_err(|error| error.to_string())?;
            Ok(process)
        });
        match asked {
            Ok(process) => self.loading = Some((process, Instant::now())),
            Err(reason) => self.fail(reason, Instant::now(), setup, out),
        }
    }

    fn ask_to_load(&self, process: &mut Process, setup: &Setup) -> Result<(), SocketError> {
        process.send(wire::hello())?;
        for slot in &self.plan.slots {
            if let Some(state) = &slot.state {
                process.send_state(slot.device, state.bytes.clone())?;
            }
        }
        let frames = setup.max_frames;
        process.send(wire::load_chain(setup.sample_rate, frames, setup.offline, &self.plan.slots))
    }

    fn tend_running(&mut self, now: Instant, setup: &Setup, out: &mut Vec<SandboxEvent>) {
        let Some(mut process) = self.running.take() else { return };
        if !setup.offline && self.hangs() {
            process.kill();
            self.reason = "it answered no block for two seconds".to_owned();
        }
        let served = self.serve(&mut process, out).and_then(|()| process.check());
        match served {
            Ok(()) => {
                self.running = Some(process);
                if std::mem::take(&mut self.is_renewed) {
                    self.report(out);
                }
            }
            Err(error) => {
                let reason = self.reason_of_death(&mut process, &error);
                drop(process);
                self.ends.facts.alive.store(false, Ordering::Release);
                self.tell_voice(ToVoice::Gone);
                self.conversions.clear();
                self.restarts += 1;
                self.fail(reason, now, setup, out);
            }
        }
        for device in self.rested(now) {
            self.save(device);
        }
    }

    fn tend_loading(&mut self, now: Instant, setup: &Setup, out: &mut Vec<SandboxEvent>) {
        let Some((mut process, since)) = self.loading.take() else { return };
        if now.duration_since(since) > LOAD_LIMIT {
            let limit = LOAD_LIMIT.as_secs();
            self.fail(format!("it was not loaded within {limit} seconds"), now, setup, out);
            return;
        }
        let reports = process.write().and_then(|()| {
            loop {
                match process.receive()? {
                    Some(FromSandbox::Loaded(reports)) => break Ok(Some(reports)),
                    Some(FromSandbox::Log { device, text }) => messages::log(device, &text),
                    Some(_) => {}
                    None => break Ok(None),
                }
            }
        });
        match reports {
            Ok(None) => self.loading = Some((process, since)),
            Ok(Some(reports)) => self.take_over(process, reports, setup, out),
            Err(error) => {
                let reason = self.reason_of_death(&mut process, &error);
                drop(process);
                self.restarts += 1;
                self.fail(reason, now, setup, out);
            }
        }
    }

    /// A loaded process takes the place of the one before.
    fn take_over(
        &mut self,
        process: Process,
        mut reports: Vec<SlotReport>,
        setup: &Setup,
        out: &mut Vec<SandboxEvent>,
    ) {
        reports.resize_with(self.plan.slots.len(), SlotReport::default);
        for (report, slot) in reports.iter_mut().zip(&self.plan.slots) {
            report.device = slot.device;
        }
        let end = match SignalEnd::open(process.block(), setup.max_frames as usize) {
            Ok(end) => end,
            Err(error) => {
                drop(process);
                return self.fail(error.to_string(), Instant::now(), setup, out);
            }
        };
        self.reports = reports;
        let latency = self.latency();
        let loaded = Loaded {
            end,
            devices: self.devices().collect(),
            is_instrument: self.reports.iter().any(|report| report.is_instrument),
            dry: Box::new(DryDelay::new(latency)),
        };
        self.ends.facts.alive.store(true, Ordering::Release);
        self.tell_voice(ToVoice::Loaded(Box::new(loaded)));
        self.retired = self.running.replace(process);
        self.dirty.clear();
        self.accused = None;
        self.reason.clear();
        self.announce_latency(latency, out);
        self.report(out);
        if let Some(opener) = self.opener.take() {
            let error = self.reports.iter().find(|report| !report.error.is_empty());
            let _ = opener.send(error.map_or(Ok(()), |report| Err(report.error.clone())));
        }
    }

    fn tell_accusation(&mut self) {
        let Some((slot, fault)) = self.ends.facts.accusation.take() else { return };
        if self.accused.replace((slot, fault)) != Some((slot, fault))
            && let Some(report) = self.reports.get(slot)
        {
            let did = accusation::words(fault);
            tracing::warn!(device = report.device, "{} {did}; its chain's block is left out", report.name);
        }
    }

    fn hear_voice(&mut self, out: &mut Vec<SandboxEvent>) {
        while let Ok(message) = self.ends.from_voice.pop() {
            match message {
                FromVoice::Edited(change) => self.keep_edit(&change, out),
                FromVoice::Loaded(_) => self.retired = None,
                FromVoice::Dry(_) => {}
            }
        }
    }

    fn tell_voice(&mut self, message: ToVoice) {
        let full = self.waiting_for_voice.len() >= MAX_TO_VOICE;
        if full && let Some(at) = self.waiting_for_voice.iter().position(|it| matches!(it, ToVoice::Value(_)))
        {
            self.waiting_for_voice.remove(at);
        }
        self.waiting_for_voice.push_back(message);
        self.flush_voice();
    }

    fn flush_voice(&mut self) {
        while !self.ends.to_voice.is_full() {
            let Some(message) = self.waiting_for_voice.pop_front() else { return };
            let _ = self.ends.to_voice.push(message);
        }
    }
}
