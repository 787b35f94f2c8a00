//! A piece of a chain with the tenants that run it: the one that is heard, one that loads to take its place, one that stands
//! by. Judges no failure.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use shm::sandbox_block::SignalEnd;

use super::{ChainPlan, PartPlan, plan, tenant::Tenant};
use crate::sandbox::{
    Setup,
    hosts::Hosts,
    voice::{DryDelay, Loaded},
};
use crate::state_store::StateHash;

/// A piece of a chain.
#[derive(Debug)]
pub struct Part {
    pub plan: PartPlan,
    /// In the voice's hands.
    pub active: Option<Tenant>,
    /// Was in the voice's hands until a moment ago, and is still to be judged.
    pub dead: Option<Tenant>,
    /// To take its place once it is loaded.
    pub loading: Option<Tenant>,
    /// When to try again.
    pub retry_at: Option<Instant>,
    /// Blocks of bad sound that were told.
    pub bad_blocks: u64,
    latency: u32,
    standby: Option<(Tenant, Vec<Option<StateHash>>)>,
    no_standby_before: Option<Instant>,
}

impl Part {
    /// A piece that runs nowhere yet.
    pub fn new(plan: PartPlan) -> Self {
        Self {
            plan,
            active: None,
            dead: None,
            loading: None,
            retry_at: None,
            bad_blocks: 0,
            latency: 0,
            standby: None,
            no_standby_before: None,
        }
    }

    /// Begins to load it, with values and states as `chain` has them now.
    ///
    /// # Errors
    /// Why there is no process, for people.
    pub fn start(&mut self, chain: &ChainPlan, hosts: &mut Hosts, setup: &Setup) -> Result<(), String> {
        self.retry_at = None;
        self.loading = None;
        self.plan.refresh(chain);
        self.loading = Some(Tenant::start(&self.plan, hosts, setup)?);
        Ok(())
    }

    /// Whether a loaded tenant is there to be heard.
    pub fn is_loaded(&self) -> bool {
        self.active.as_ref().is_some_and(Tenant::is_loaded)
    }

    /// The tenant that loaded becomes the one that is heard.
    pub fn take_over(&mut self, setup: &Setup) -> Result<Box<Loaded>, String> {
        let tenant = self.loading.take().ok_or("nothing was loaded")?;
        self.seat(tenant, setup)
    }

    fn seat(&mut self, tenant: Tenant, setup: &Setup) -> Result<Box<Loaded>, String> {
        let block = tenant.connection().block();
        let end = SignalEnd::open(block, setup.max_frames as usize).map_err(|error| error.to_string())?;
        self.latency = plan::total_latency(tenant.reports());
        let loaded = Loaded {
            end,
            devices: self.plan.devices().collect(),
            is_instrument: tenant.reports().iter().any(|report| report.is_instrument),
            dry: Box::new(DryDelay::new(self.latency)),
            facts: Arc::clone(tenant.facts()),
        };
        self.bad_blocks = 0;
        self.active = Some(tenant);
        Ok(Box::new(loaded))
    }

    /// The one that stands by becomes the one that is heard, if it is ready.
    pub fn promote(&mut self, setup: &Setup) -> Option<Box<Loaded>> {
        let (tenant, _) = self.standby.take_if(|(tenant, _)| tenant.is_loaded())?;
        self.seat(tenant, setup).inspect_err(|error| tracing::warn!("no standby: {error}")).ok()
    }

    /// Has one stand by that is loaded like the one that is heard, or none.
    pub fn keep_standby(
        &mut self,
        wanted: bool,
        chain: &ChainPlan,
        hosts: &mut Hosts,
        setup: &Setup,
        now: Instant,
    ) {
        let states: Vec<_> = self.plan.devices().map(|device| chain.state_of(device)).collect();
        let fits = self.standby.as_ref().is_some_and(|(_, loaded)| *loaded == states);
        if !wanted {
            self.standby = None;
        } else if !fits && self.is_loaded() && self.no_standby_before.is_none_or(|before| before <= now) {
            let mut own = PartPlan { process: String::new(), ..self.plan.clone() };
            own.refresh(chain);
            match Tenant::start(&own, hosts, setup) {
                Ok(tenant) => self.standby = Some((tenant, states)),
                Err(error) => self.lose_standby(&error, now),
            }
        }
    }

    /// Looks after the one that stands by.
    pub fn tend_standby(&mut self, now: Instant) {
        let Some((tenant, _)) = &mut self.standby else { return };
        // What it says is heard of the active one too.
        if let Err(end) = tenant.tend(now, &mut Vec::new()) {
            let death = tenant.inquire(end);
            self.lose_standby(&death.cause.reason, now);
        }
    }

    fn lose_standby(&mut self, reason: &str, now: Instant) {
        tracing::warn!(devices = ?self.plan.devices().collect::<Vec<_>>(), reason, "a standby was lost");
        self.standby = None;
        self.no_standby_before = Some(now + super::STANDBY_PAUSE);
    }

    /// Of all its plugins, in samples; the last that is known.
    pub fn latency(&self) -> u32 {
        self.latency
    }

    /// A plugin of the tenant that is heard has another latency.
    pub fn refresh_latency(&mut self) {
        if let Some(active) = &self.active {
            self.latency = plan::total_latency(active.reports());
        }
    }

    /// The tenant that stands by.
    pub fn standby(&self) -> Option<&Tenant> {
        self.standby.as_ref().map(|(tenant, _)| tenant)
    }

    /// All tenants, the one that is heard first.
    pub fn tenants(&self) -> impl Iterator<Item = &Tenant> {
        self.active.iter().chain(&self.loading).chain(self.standby())
    }

    /// The one that is heard has died: its facts say so from now on.
    pub fn bury(&mut self) {
        self.dead = self.active.take();
        if let Some(dead) = &self.dead {
            dead.facts().alive.store(false, Ordering::Release);
        }
    }
}

/// The parts of a chain that are, were or will be heard together.
#[derive(Debug, Default)]
pub struct Lineup {
    /// Tells them apart to the voice.
    pub number: u64,
    /// In order.
    pub parts: Vec<Part>,
}

impl Lineup {
    /// Of all parts, in samples.
    pub fn latency(&self) -> u32 {
        let sum = self.parts.iter().fold(0_u32, |sum, part| sum.saturating_add(part.latency()));
        sum.min(plan::MAX_LATENCY)
    }

    /// Whether every part can be heard.
    pub fn is_ready(&self) -> bool {
        self.parts.iter().all(|part| part.loading.as_ref().is_some_and(Tenant::is_loaded))
    }

    /// The part of a device.
    pub fn part_of(&mut self, device: u64) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.plan.devices().any(|it| it == device))
    }
}
