//! One chain of plugins, as the keeper sees it: what it should be, the processes it runs in, and what happens when one of
//! those dies. Runs on the keeper's thread; waits for nothing.
//!
//! 1. [`Chain::open`] and [`Chain::change`] say what it should be. The plan is cut into parts, one a process.
//! 2. A new line-up of parts loads beside the one that is heard, with the states that the plugins have now; when all of it
//!    is loaded the voice changes over in one step.
//! 3. A part that dies is replaced in its place, by its standby or by a new process. If it is known which of several
//!    plugins did it, a new line-up has that one by itself.
//! 4. A plugin that fails too often, or that can't be loaded, is left out of the line-up; state and values stay.

mod deaths;
mod incidents;
mod part;
mod plan;
mod report;
mod saving;
mod tenant;
mod tend;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, mpsc::SyncSender},
    time::{Duration, Instant},
};

use rtrb::{Consumer, Producer};
use signal_graph::NodeId;
use tokio::sync::oneshot;

use incidents::Incidents;
use part::{Lineup, Part};
pub use plan::{ChainPlan, PartPlan, SavedState, SlotPlan, own_process};
pub use saving::Saving;
pub use tenant::{Heard, Tenant};

use super::{
    Convertible, SandboxEvent, Setup,
    hosts::Hosts,
    voice::{FromVoice, OpenRequests, ToVoice, VoiceFacts},
};

/// Messages the voice has not taken: a device that stands still takes none.
const MAX_TO_VOICE: usize = 8192;
/// How long plugins may take to give their states before a new line-up is loaded.
const SAVE_LIMIT: Duration = Duration::from_secs(2);
/// After a standby was lost there is none for this long.
const STANDBY_PAUSE: Duration = Duration::from_secs(10);

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

/// What a chain's work needs.
pub struct Tools<'a> {
    pub setup: &'a Setup,
    pub open: &'a Arc<OpenRequests>,
    pub hosts: &'a mut Hosts,
    pub out: &'a mut Vec<SandboxEvent>,
    pub now: Instant,
}

/// One chain.
#[derive(Debug)]
pub struct Chain {
    node: NodeId,
    plan: ChainPlan,
    ends: VoiceEnds,
    waiting_for_voice: VecDeque<ToVoice>,
    /// Heard.
    lineup: Lineup,
    /// Loads, to be heard.
    next: Option<Lineup>,
    /// Until the voice has let go of them.
    retired: Vec<Lineup>,
    newest: u64,
    /// A new line-up is to be loaded once plugins have given their states, or at this time.
    arranging: Option<Instant>,
    /// Crashed beside others.
    alone: BTreeSet<u64>,
    /// Failed too often, and why.
    left_out: BTreeMap<u64, String>,
    incidents: Incidents,
    restarts: u32,
    /// Of the last death, until it is made good.
    reason: String,
    /// There is something to report.
    is_news: bool,
    dirty: BTreeMap<u64, Instant>,
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
        tools: &mut Tools<'_>,
    ) -> Self {
        let mut chain = Self {
            node,
            plan,
            ends,
            waiting_for_voice: VecDeque::new(),
            lineup: Lineup::default(),
            next: None,
            retired: Vec::new(),
            newest: 0,
            arranging: None,
            alone: BTreeSet::new(),
            left_out: BTreeMap::new(),
            incidents: Incidents::default(),
            restarts: 0,
            reason: String::new(),
            is_news: false,
            dirty: BTreeMap::new(),
            opener,
        };
        chain.begin_next(tools);
        chain.report(tools.out);
        chain
    }

    /// Becomes another plan. The processes go on where they can; else they play until new ones are loaded.
    pub fn change(&mut self, plan: ChainPlan, tools: &mut Tools<'_>) {
        let before = self.plan.parts(&self.alone, &self.left_out);
        let devices: BTreeSet<u64> = plan.slots.iter().map(|slot| slot.device).collect();
        let changed = self.plan.devices_changed_in(&plan);
        // What was left out is tried again once it is something else, and not because others of the chain are.
        self.left_out.retain(|device, _| devices.contains(device) && !changed.contains(device));
        // One that the song had run alone, and has no more, is forgiven.
        let own = &self.plan;
        let is_forgiven =
            |slot: &&SlotPlan| !slot.runs_alone() && own.slot(slot.device).is_some_and(SlotPlan::runs_alone);
        let forgiven: BTreeSet<u64> = plan.slots.iter().filter(is_forgiven).map(|slot| slot.device).collect();
        self.alone.retain(|device| devices.contains(device) && !forgiven.contains(device));
        self.incidents.retain(&devices);
        changed.iter().for_each(|device| self.incidents.forgive(*device));
        let after = plan.parts(&self.alone, &self.left_out);
        let same_shape = before.iter().map(PartPlan::shape).eq(after.iter().map(PartPlan::shape));
        let goes_on = same_shape && self.plan.is_played_by_the_processes_of(&plan);
        let values = self.plan.values_that_differ(&plan);
        let kept = self.plan.states_kept_in(&plan);
        self.plan.become_plan(plan, goes_on);
        if goes_on {
            values.into_iter().for_each(|change| self.tell_voice(ToVoice::Value(change)));
        } else {
            self.arrange(&kept, tools.now);
        }
        self.report(tools.out);
    }

    /// The devices, in order.
    pub fn devices(&self) -> impl Iterator<Item = u64> + '_ {
        self.plan.slots.iter().map(|slot| slot.device)
    }

    /// The tenants whose processes are to be watched.
    pub fn tenants(&self) -> impl Iterator<Item = &Tenant> {
        let lineups = std::iter::once(&self.lineup).chain(&self.next);
        lineups.flat_map(|lineup| &lineup.parts).flat_map(Part::tenants)
    }

    /// Its tenants that have states worth saving before they end.
    pub fn close(mut self) -> Vec<Tenant> {
        let mut leaving: Vec<Tenant> =
            self.lineup.parts.iter_mut().filter_map(|part| part.active.take()).collect();
        for device in self.dirty.keys() {
            leaving.iter_mut().for_each(|tenant| tenant.save(*device));
        }
        leaving
    }

    /// Kills a process on a user's wish: it is back at once. Returns whether one of its tenants has this process id.
    pub fn kill(&mut self, pid: u32) -> bool {
        let Some(process) = self.tenants().map(Tenant::process).find(|process| process.pid() == pid) else {
            return false;
        };
        process.condemn();
        process.kill();
        true
    }

    /// Begins anew on a user's wish, as if it had never failed. What runs is heard until the new line-up is loaded.
    pub fn start_again(&mut self, tools: &mut Tools<'_>) {
        self.forgive_all();
        let all = self.devices().collect();
        self.arrange(&all, tools.now);
        self.report(tools.out);
    }

    /// Takes an incident down.
    pub fn dismiss_incident(&mut self, device: u64, out: &mut Vec<SandboxEvent>) {
        self.incidents.dismiss(device);
        self.report(out);
    }

    /// Asks a plugin to put a value in words or the other way round.
    pub fn convert(&mut self, device: u64, parameter: u32, from: Convertible, answer: ConversionAnswer) {
        match self.lineup.part_of(device).and_then(|part| part.active.as_mut()) {
            Some(tenant) => tenant.convert(device, parameter, from, answer),
            None => drop(answer.send(Err("the plugin is not running".to_owned()))),
        }
    }

    fn forgive_all(&mut self) {
        self.left_out.clear();
        for slot in &self.plan.slots {
            self.incidents.forgive(slot.device);
        }
    }

    /// A new line-up is to be heard, with the states that the plugins of `kept` have now; others get what the plan says.
    fn arrange(&mut self, kept: &BTreeSet<u64>, now: Instant) {
        self.next = None;
        for tenant in self.lineup.parts.iter_mut().filter_map(|part| part.active.as_mut()) {
            kept.iter().for_each(|device| tenant.save(*device));
        }
        self.arranging = Some(now + SAVE_LIMIT);
    }

    fn begin_next(&mut self, tools: &mut Tools<'_>) {
        self.arranging = None;
        self.newest += 1;
        let plans = self.plan.parts(&self.alone, &self.left_out);
        let mut next = Lineup { number: self.newest, parts: plans.into_iter().map(Part::new).collect() };
        for part in &mut next.parts {
            self.start_part(part, tools);
        }
        self.next = Some(next);
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
