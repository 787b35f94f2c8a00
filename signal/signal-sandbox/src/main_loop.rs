//! The main thread: requests from Signal, and what plugins want of it. Touches no audio.

use std::{
    collections::BTreeMap,
    os::{
        fd::{AsFd as _, AsRawFd as _, OwnedFd},
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
use shm::sandbox_block::{MAX_FRAMES, MAX_SLOTS, Runner, SandboxEnd, Witness};

use crate::{
    audio_thread::AudioThread,
    chain::{Chain, Command, Returned},
    crash::{self, Blamed},
    host::{HostShared, MAX_LOG_LINES, Wake, Wish, Wishes},
    instance::Names,
    plugin::{Format, LoadError, MAX_STATE_BYTES, Plugin},
    slot::{DryDelay, Slot},
    wire::{ChainRequest, Notice, Request, SlotReport, SlotRequest, Wire},
};

/// Lowest and highest rate plugins are asked to run at.
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 8_000..=768_000;

/// Serves Signal until it asks for the end or goes away.
pub fn run(socket: UnixStream, block: OwnedFd) -> anyhow::Result<()> {
    crash::install(socket.as_raw_fd()).context("cannot handle fatal signals")?;
    let wake = Wake::new().context("cannot make an event descriptor")?;
    // The first one is the process's own: others join through it, and end with it.
    let mut sandboxes = vec![Sandbox::new(socket, block, wake.clone())?];
    loop {
        match next_event(&mut sandboxes, &wake)? {
            Event::Request(0, Request::Shutdown) => break,
            Event::Gone(0) => return Ok(()),
            Event::Request(0, Request::Join(socket, block)) => {
                sandboxes.push(Sandbox::new(socket, block, wake.clone())?);
            }
            Event::Request(at, Request::Shutdown) | Event::Gone(at) => sandboxes.remove(at).close(),
            Event::Request(at, request) => sandboxes[at].serve(request)?,
            Event::Wake => {}
        }
        for sandbox in &mut sandboxes {
            sandbox.serve_plugins()?;
        }
    }
    sandboxes.into_iter().for_each(Sandbox::close);
    Ok(())
}

/// Why the main thread woke.
enum Event {
    /// Signal asks for something, over this connection.
    Request(usize, Request),
    /// Signal has gone from this connection.
    Gone(usize),
    /// A plugin wants something, or a timer is due.
    Wake,
}

fn next_event(sandboxes: &mut [Sandbox], wake: &Wake) -> anyhow::Result<Event> {
    let next_timer = sandboxes.iter().filter_map(Sandbox::until_next_timer).min();
    let timeout =
        next_timer.map(|wait| Timespec { tv_sec: wait.as_secs() as _, tv_nsec: wait.subsec_nanos().into() });
    let mut ready = vec![PollFd::from_borrowed_fd(wake.descriptor().as_fd(), PollFlags::IN)];
    for sandbox in &*sandboxes {
        ready.push(PollFd::from_borrowed_fd(sandbox.wire.socket().as_fd(), PollFlags::IN));
    }
    match poll(&mut ready, timeout.as_ref()) {
        Err(rustix::io::Errno::INTR) => return Ok(Event::Wake),
        polled => polled.context("cannot wait for events")?,
    };
    let mut is_ready = ready.iter().map(|descriptor| !descriptor.revents().is_empty());
    let woken = is_ready.next().unwrap_or_default();
    let speaks = is_ready.position(|it| it);
    drop(ready);
    if woken {
        wake.clear();
    }
    let Some(at) = speaks else { return Ok(Event::Wake) };
    let request = sandboxes[at].wire.receive().context("cannot read from Signal")?;
    Ok(request.map_or(Event::Gone(at), |request| Event::Request(at, request)))
}

/// One connection, and the chain that runs over it.
struct Sandbox {
    wire: Wire,
    block: OwnedFd,
    witness: Arc<Witness>,
    wake: Wake,
    log: SyncSender<(u64, String)>,
    lines: Receiver<(u64, String)>,
    /// States under way or complete, until the chain is loaded.
    states: BTreeMap<u64, Vec<u8>>,
    /// By slot; none where loading failed.
    plugins: Vec<Option<Plugin>>,
    audio: Option<AudioThread>,
}

impl Sandbox {
    fn new(socket: UnixStream, block: OwnedFd, wake: Wake) -> anyhow::Result<Self> {
        let (log, lines) = sync_channel(MAX_LOG_LINES);
        let witness = Arc::new(Witness::open(&block).context("the shared block is unusable")?);
        Ok(Self {
            wire: Wire::new(socket),
            block,
            witness,
            wake,
            log,
            lines,
            states: BTreeMap::new(),
            plugins: Vec::new(),
            audio: None,
        })
    }

    fn until_next_timer(&self) -> Option<Duration> {
        let next = self.plugins.iter().flatten().filter_map(Plugin::next_timer).min();
        next.map(|next| next.saturating_duration_since(Instant::now()))
    }

    fn serve(&mut self, request: Request) -> anyhow::Result<()> {
        let witness = self.witness.clone();
        let _blamed = Blamed::new(Runner::Main, &witness);
        match request {
            Request::Hello => self.wire.hello()?,
            Request::RestoreState { device, total_bytes, offset, data } => {
                self.take_state_part(device, total_bytes, offset, &data)?;
            }
            Request::Load(chain) => self.load(chain)?,
            Request::SaveState { device, request_id } => {
                let state = self.plugin(device).and_then(Plugin::save);
                witness.enter(Runner::Main, None);
                self.wire.state(device, request_id, state)?;
            }
            Request::Convert { request_id, device, parameter, from } => {
                let converted = self.plugin(device).and_then(|plugin| plugin.convert(parameter, &from));
                witness.enter(Runner::Main, None);
                self.wire.converted(request_id, converted)?;
            }
            Request::Join(..) | Request::Shutdown => {}
        }
        Ok(())
    }

    /// The plugin of a device; the witness says that it runs.
    fn plugin(&mut self, device: u64) -> Result<&mut Plugin, String> {
        let mut plugins = self.plugins.iter_mut().enumerate();
        let found = plugins.find_map(|(slot, plugin)| {
            Some((slot, plugin.as_mut()?)).filter(|(_, it)| it.device() == device)
        });
        let (slot, plugin) = found.ok_or_else(|| format!("device {device} does not run"))?;
        self.witness.enter(Runner::Main, Some(slot));
        Ok(plugin)
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

    fn load(&mut self, chain: ChainRequest) -> anyhow::Result<()> {
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
        let audio =
            AudioThread::start(chain_of_slots, block, self.witness.clone(), chain.offline, self.wake.clone())
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
                let Names { name, vendor, version } = plugin.names().clone();
                (report.name, report.vendor, report.version) = (name, vendor, version);
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

    fn serve_plugins(&mut self) -> anyhow::Result<()> {
        let witness = self.witness.clone();
        let _blamed = Blamed::new(Runner::Main, &witness);
        for (device, text) in self.lines.try_iter() {
            self.wire.notice(Notice::Log { device, text })?;
        }
        let now = Instant::now();
        for (index, plugin) in self.plugins.iter_mut().enumerate() {
            let Some(plugin) = plugin else { continue };
            witness.enter(Runner::Main, Some(index));
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
        witness.enter(Runner::Main, None);
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
        self.witness.enter(Runner::Main, Some(index));
        let processor = plugin.reactivate(processor)?;
        self.witness.enter(Runner::Main, None);
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
