//! Loading the chain, with the states that were sent before it. Happens once in a connection's life.

use std::{os::fd::AsRawFd as _, time::Instant};

use anyhow::{Context as _, bail, ensure};
use shm::sandbox_block::{MAX_FRAMES, MAX_SLOTS, Runner, SandboxEnd};

use super::Sandbox;
use crate::{
    audio_thread::AudioThread,
    bundle::find_bundle,
    chain::Chain,
    confinement::Confinement,
    host::HostShared,
    plugin::{Format, LoadError, MAX_STATE_BYTES, Plugin},
    slot::Slot,
    wire::{ChainRequest, SlotReport, SlotRequest},
};

/// Lowest and highest rate plugins are asked to run at.
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 8_000..=768_000;

impl Sandbox {
    pub(super) fn take_state_part(
        &mut self,
        device: u64,
        total: u64,
        offset: u64,
        data: &[u8],
    ) -> anyhow::Result<()> {
        ensure!(total <= MAX_STATE_BYTES, "a state of {total} bytes");
        ensure!(self.states.len() < MAX_SLOTS || self.states.contains_key(&device), "too many states");
        let state = self.states.entry(device).or_default();
        ensure!(state.len() as u64 == offset, "a part of a state at {offset} instead of {}", state.len());
        ensure!(offset + data.len() as u64 <= total, "more state than announced");
        state.extend_from_slice(data);
        Ok(())
    }

    /// The last step before foreign code is loaded. A process that has some already is confined already.
    pub(super) fn confine(
        &mut self,
        chain: &ChainRequest,
        confinement: &mut Confinement,
    ) -> anyhow::Result<()> {
        let bundles: Vec<_> = chain.slots.iter().filter_map(|slot| find_bundle(&slot.bundle)).collect();
        let granted: Vec<_> = chain.slots.iter().flat_map(|slot| slot.granted.iter().cloned()).collect();
        if let Some(report) = confinement.close(&bundles, &granted) {
            self.wire.confined(report)?;
        }
        Ok(())
    }

    pub(super) fn load(&mut self, chain: ChainRequest) -> anyhow::Result<()> {
        if self.audio.is_some() {
            bail!("a second chain for one sandbox");
        }
        ensure!(chain.slots.len() <= MAX_SLOTS, "a chain of {} plugins", chain.slots.len());
        ensure!((1..=MAX_FRAMES).contains(&chain.max_frames), "blocks of {} frames", chain.max_frames);
        ensure!(SAMPLE_RATES.contains(&chain.sample_rate), "a rate of {} Hz", chain.sample_rate);
        let format = Format {
            sample_rate: f64::from(chain.sample_rate),
            max_frames: chain.max_frames,
            offline: chain.offline,
        };
        let (mut slots, mut reports) = (Vec::new(), Vec::new());
        for (index, request) in chain.slots.iter().enumerate() {
            self.witness.enter(Runner::Main, Some(index));
            let (slot, plugin, report) = self.load_slot(request, format);
            slots.push(slot);
            self.plugins.push(plugin);
            reports.push(report);
        }
        self.witness.enter(Runner::Main, None);
        self.states.clear();
        let block =
            SandboxEnd::open(&self.block, chain.max_frames).context("the shared block is unusable")?;
        let chain_of_slots = Chain::new(slots, chain.max_frames);
        let (witness, socket) = (self.witness.clone(), self.wire.socket().as_raw_fd());
        let audio =
            AudioThread::start(chain_of_slots, block, witness, socket, chain.offline, self.wake.clone())
                .context("cannot start the audio thread")?;
        self.audio = Some(audio);
        self.wire.loaded(reports)?;
        Ok(())
    }

    fn load_slot(
        &mut self,
        request: &SlotRequest,
        format: Format,
    ) -> (Option<Slot>, Option<Plugin>, SlotReport) {
        let began = Instant::now();
        let shared = HostShared::new(request.device, &self.wake, &self.log);
        let state = self.states.get(&request.device).map(Vec::as_slice);
        let mut report = SlotReport { device: request.device, ..SlotReport::default() };
        let loaded = Plugin::load(request, state, format, shared);
        report.load_time = began.elapsed();
        match loaded {
            Ok((mut plugin, running)) => {
                report.latency = plugin.latency();
                report.parameters = plugin.describe();
                report.has_state = plugin.has_state();
                report.is_instrument = plugin.is_instrument();
                report.facts = plugin.facts();
                let identity = plugin.identity();
                (report.name, report.vendor) = (identity.name.clone(), identity.vendor.clone());
                (Some(Slot::new(running, request.bypass, format.sample_rate)), Some(plugin), report)
            }
            Err(error) => {
                report.missing = matches!(error, LoadError::Missing(_));
                report.error = error.to_string();
                (None, None, report)
            }
        }
    }
}
