//! The main thread: requests from Signal, and what plugins want of it. Touches no audio.

use std::{
    collections::BTreeMap,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use shm::sandbox_block::{MAX_FRAMES, MAX_SLOTS, SandboxEnd};

use crate::{
    audio_thread::AudioThread,
    bundle::find_bundle,
    chain::{Chain, Command, Returned},
    confinement::Confinement,
    host::{HostShared, MAX_LOG_LINES, Wake, Wish, Wishes},
    plugin::{Format, LoadError, MAX_STATE_BYTES, Plugin},
    slot::{DryDelay, Slot},
    wire::{ChainRequest, Notice, Request, SlotReport, SlotRequest, Wire},
};

/// Lowest and highest rate plugins are asked to run at.
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 8_000..=768_000;

/// Serves Signal until it asks for the end or goes away.
pub fn run(socket: UnixStream, block: OwnedFd, confinement: Confinement) -> anyhow::Result<()> {
    let (log, lines) = sync_channel(MAX_LOG_LINES);
    let mut sandbox = Sandbox {
        wire: Wire::new(socket),
        confinement,
        wake: Wake::new().context("cannot make an event descriptor")?,
        log,
        states: BTreeMap::new(),
        plugins: Vec::new(),
        audio: None,
    };
    loop {
        match sandbox.next_event()? {
            Event::Request(Request::Shutdown) => break,
            Event::Request(request) => sandbox.serve(request, &block)?,
            Event::Gone => return Ok(()),
            Event::Wake => {}
        }
        sandbox.serve_plugins(&lines)?;
    }
    sandbox.close();
    Ok(())
}

/// Why the main thread woke.
enum Event {
    /// Signal asks for something.
    Request(Request),
    /// Signal has gone.
    Gone,
    /// A plugin wants something, or a timer is due.
    Wake,
}

struct Sandbox {
    wire: Wire,
    confinement: Confinement,
    wake: Wake,
    log: SyncSender<(u64, String)>,
    /// States under way or complete, until the chain is loaded.
    states: BTreeMap<u64, Vec<u8>>,
    /// By slot; none where loading failed.
    plugins: Vec<Option<Plugin>>,
    audio: Option<AudioThread>,
}

impl Sandbox {
    fn next_event(&mut self) -> anyhow::Result<Event> {
        let timeout = self
            .until_next_timer()
            .map(|wait| Timespec { tv_sec: wait.as_secs() as _, tv_nsec: wait.subsec_nanos().into() });
        let mut ready = [
            PollFd::from_borrowed_fd(self.wire.socket().as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.wake.descriptor().as_fd(), PollFlags::IN),
        ];
        match poll(&mut ready, timeout.as_ref()) {
            Err(rustix::io::Errno::INTR) => return Ok(Event::Wake),
            polled => polled.context("cannot wait for events")?,
        };
        let [socket, woken] = ready.map(|descriptor| !descriptor.revents().is_empty());
        if woken {
            self.wake.clear();
        }
        if !socket {
            return Ok(Event::Wake);
        }
        let request = self.wire.receive().context("cannot read from Signal")?;
        Ok(request.map_or(Event::Gone, Event::Request))
    }

    fn until_next_timer(&self) -> Option<Duration> {
        let next = self.plugins.iter().flatten().filter_map(Plugin::next_timer).min();
        next.map(|next| next.saturating_duration_since(Instant::now()))
    }

    fn serve(&mut self, request: Request, block: &OwnedFd) -> anyhow::Result<()> {
        match request {
            Request::Hello => self.wire.hello()?,
            Request::RestoreState { device, total_bytes, offset, data } => {
                self.take_state_part(device, total_bytes, offset, &data)?;
            }
            Request::Load(chain) => self.load(chain, block)?,
            Request::SaveState { device, request_id } => {
                let state = self.plugin(device).and_then(Plugin::save);
                self.wire.state(device, request_id, state)?;
            }
            Request::Convert { request_id, device, parameter, from } => {
                let converted = self.plugin(device).and_then(|plugin| plugin.convert(parameter, &from));
                self.wire.converted(request_id, converted)?;
            }
            Request::Shutdown => {}
        }
        Ok(())
    }

    fn plugin(&mut self, device: u64) -> Result<&mut Plugin, String> {
        let mut plugins = self.plugins.iter_mut().flatten();
        plugins
            .find(|plugin| plugin.device() == device)
            .ok_or_else(|| format!("device {device} does not run"))
    }

    fn take_state_part(&mut self, device: u64, total: u64, offset: u64, data: &[u8]) -> anyhow::Result<()> {
        ensure!(total <= MAX_STATE_BYTES, "a state of {total} bytes");
        ensure!(self.states.len() < MAX_SLOTS || self.states.contains_key(&device), "too many states");
        let state = self.states.entry(device).or_default();
        ensure!(state.len() as u64 == offset, "a part of a state at {offset} instead of {}", state.len());
        ensure!(offset + data.len() as u64 <= total, "more state than announced");
        state.extend_from_slice(data);
        Ok(())
    }

    fn load(&mut self, chain: ChainRequest, block: &OwnedFd) -> anyhow::Result<()> {
        if self.audio.is_some() {
            bail!("a second chain for one sandbox");
        }
        ensure!(chain.slots.len() <= MAX_SLOTS, "a chain of {} plugins", chain.slots.len());
        ensure!((1..=MAX_FRAMES).contains(&chain.max_frames), "blocks of {} frames", chain.max_frames);
        ensure!(SAMPLE_RATES.contains(&chain.sample_rate), "a rate of {} Hz", chain.sample_rate);
        self.confine(&chain)?;
        let format = Format {
            sample_rate: f64::from(chain.sample_rate),
            max_frames: chain.max_frames,
            offline: chain.offline,
        };
        let (mut slots, mut reports) = (Vec::new(), Vec::new());
        for request in &chain.slots {
            let (slot, plugin, report) = self.load_slot(request, format);
            slots.push(slot);
            self.plugins.push(plugin);
            reports.push(report);
        }
        self.states.clear();
        let block = SandboxEnd::open(block, chain.max_frames).context("the shared block is unusable")?;
        let chain_of_slots = Chain::new(slots, chain.max_frames);
        let audio = AudioThread::start(chain_of_slots, block, chain.offline, self.wake.clone())
            .context("cannot start the audio thread")?;
        self.audio = Some(audio);
        self.wire.loaded(reports)?;
        Ok(())
    }

    /// The last step before foreign code is loaded.
    fn confine(&mut self, chain: &ChainRequest) -> anyhow::Result<()> {
        let bundles: Vec<_> = chain.slots.iter().filter_map(|slot| find_bundle(&slot.bundle)).collect();
        let report = self.confinement.close(&bundles).clone();
        Ok(self.wire.confined(self.confinement.pid, report)?)
    }

    fn load_slot(
        &mut self,
        request: &SlotRequest,
        format: Format,
    ) -> (Option<Slot>, Option<Plugin>, SlotReport) {
        let shared = HostShared {
            device: request.device,
            wishes: Arc::new(Wishes::default()),
            wake: self.wake.clone(),
            log: self.log.clone(),
            main_thread: std::thread::current().id(),
        };
        let state = self.states.get(&request.device).map(Vec::as_slice);
        let mut report = SlotReport { device: request.device, ..SlotReport::default() };
        match Plugin::load(request, state, format, shared) {
            Ok((mut plugin, parts)) => {
                report.latency = plugin.latency();
                report.parameters = plugin.describe();
                report.has_state = plugin.has_state();
                report.is_instrument = plugin.is_instrument();
                let (name, vendor) = plugin.names();
                (report.name, report.vendor) = (name.to_owned(), vendor.to_owned());
                // What it reported while it was loaded is in the report.
                plugin.take_wish(Wish::Latency);
                plugin.take_wish(Wish::Restart);
                (Some(Slot::new(parts)), Some(plugin), report)
            }
            Err(error) => {
                report.missing = matches!(error, LoadError::Missing(_));
                report.error = error.to_string();
                (None, None, report)
            }
        }
    }

    fn serve_plugins(&mut self, lines: &Receiver<(u64, String)>) -> anyhow::Result<()> {
        for (device, text) in lines.try_iter() {
            self.wire.notice(Notice::Log { device, text })?;
        }
        let now = Instant::now();
        for (index, plugin) in self.plugins.iter_mut().enumerate() {
            let Some(plugin) = plugin else { continue };
            if plugin.take_wish(Wish::Callback) {
                plugin.call_back();
            }
            plugin.fire_timers(now);
            let new_latency = plugin.take_wish(Wish::Latency);
            if (plugin.take_wish(Wish::Restart) || new_latency)
                && let Some(audio) = &mut self.audio
            {
                audio.command(Command::Release(index));
            }
            if plugin.take_wish(Wish::ReadValues) {
                let device = plugin.device();
                for (parameter, value) in plugin.changed_values() {
                    self.wire.notice(Notice::ParameterEdited { device, parameter, value })?;
                }
            }
            if plugin.take_wish(Wish::SaveState) {
                self.wire.notice(Notice::StateDirty { device: plugin.device() })?;
            }
        }
        while let Some(returned) = self.audio.as_mut().and_then(AudioThread::take_returned) {
            self.take_returned(returned)?;
        }
        Ok(())
    }

    fn take_returned(&mut self, returned: Returned) -> anyhow::Result<()> {
        let (index, processor) = match returned {
            Returned::Processor(index, processor) => (index, processor),
            Returned::Delay(delay) => {
                drop(delay);
                return Ok(());
            }
        };
        let Some(plugin) = self.plugins.get_mut(index).and_then(Option::as_mut) else { return Ok(()) };
        let before = plugin.latency();
        let processor = plugin.reactivate(processor)?;
        let (device, latency) = (plugin.device(), plugin.latency());
        // Some report during activation what activation just took into account.
        plugin.take_wish(Wish::Latency);
        if let Some(audio) = &mut self.audio {
            audio.command(Command::Install(index, processor, DryDelay::new(latency)));
        }
        if latency != before {
            self.wire.notice(Notice::LatencyChanged { device, latency })?;
        }
        Ok(())
    }

    /// Ends plugins the way they expect. One that hangs here is cut short by Signal.
    fn close(mut self) {
        let returned = self.audio.take().map(AudioThread::end).unwrap_or_default();
        for item in returned {
            if let Returned::Processor(index, processor) = item
                && let Some(plugin) = self.plugins.get_mut(index).and_then(Option::take)
            {
                plugin.close(processor);
            }
        }
    }
}
