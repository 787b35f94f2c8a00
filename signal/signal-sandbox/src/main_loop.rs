//! The main thread: requests from Signal, and what plugins want of it. Touches no audio.

mod loading;
mod upkeep;

use std::{
    collections::BTreeMap,
    os::{
        fd::{AsRawFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clack_extensions::posix_fd::FdFlags;
use shm::sandbox_block::{Runner, Witness};

use crate::{
    audio_thread::AudioThread,
    chain::Returned,
    confinement::Confinement,
    crash::{self, Blamed},
    descriptors::{self, Awaited},
    host::{
        Wake,
        log::{LogReader, LogWriter, log},
    },
    plugin::Plugin,
    wire::{Request, Wire},
};

/// A plugin whose descriptors are always ready must leave the thread to others: it is told this often at most.
const DESCRIPTOR_REST: Duration = Duration::from_millis(5);

/// Serves Signal until it asks for the end or goes away.
pub fn run(socket: UnixStream, block: OwnedFd, mut confinement: Confinement) -> anyhow::Result<()> {
    crash::install(socket.as_raw_fd()).context("cannot handle fatal signals")?;
    let wake = Wake::new().context("cannot make an event descriptor")?;
    // The first one is the process's own: others join through it, and end with it.
    let mut sandboxes = vec![Sandbox::new(socket, block, wake.clone())?];
    let mut descriptors_from = Instant::now();
    loop {
        match next_event(&mut sandboxes, &wake, &mut descriptors_from)? {
            Event::Request(0, Request::Shutdown) => break,
            Event::Gone(0) => return Ok(()),
            Event::Request(0, Request::Join(socket, block)) => {
                sandboxes.push(Sandbox::new(socket, block, wake.clone())?);
            }
            Event::Request(at, Request::Shutdown) | Event::Gone(at) => sandboxes.remove(at).close(),
            Event::Request(at, request) => sandboxes[at].serve(request, &mut confinement)?,
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
    /// A plugin wants something, or a timer or a descriptor is due.
    Wake,
}

/// Waits. Each descriptor of a plugin is served once at most before Signal is heard again; none before `descriptors_from`.
fn next_event(
    sandboxes: &mut [Sandbox],
    wake: &Wake,
    descriptors_from: &mut Instant,
) -> anyhow::Result<Event> {
    let own = |descriptor| Awaited { descriptor, flags: FdFlags::READ };
    let mut awaited = vec![own(wake.descriptor().as_raw_fd())];
    awaited.extend(sandboxes.iter().map(|sandbox| own(sandbox.wire.socket().as_raw_fd())));
    let own_count = awaited.len();
    let now = Instant::now();
    let watched: Vec<Vec<(usize, Awaited)>> = sandboxes.iter().map(Sandbox::watched_descriptors).collect();
    let rests = *descriptors_from > now && watched.iter().any(|it| !it.is_empty());
    if !rests {
        awaited.extend(watched.iter().flatten().map(|(_, awaited)| *awaited));
    }
    let rest = rests.then_some(*descriptors_from);
    let until = sandboxes.iter().filter_map(Sandbox::next_timer).chain(rest).min();
    let ready = descriptors::wait(&awaited, until.map(|until| until.saturating_duration_since(now)))
        .context("cannot wait for events")?;
    if ready[0].is_some_and(|flags| !flags.is_empty()) {
        wake.clear();
    }
    let mut rest = &ready[own_count..];
    for (sandbox, watched) in sandboxes.iter_mut().zip(&watched) {
        let (of_it, others) = rest.split_at(watched.len().min(rest.len()));
        if sandbox.tell_of_descriptors(watched, of_it) {
            *descriptors_from = Instant::now() + DESCRIPTOR_REST;
        }
        rest = others;
    }
    let speaks = ready[1..own_count].iter().position(|flags| flags.is_none_or(|flags| !flags.is_empty()));
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
    log: LogWriter,
    lines: LogReader,
    /// States under way or complete, until the chain is loaded.
    states: BTreeMap<u64, Vec<u8>>,
    /// By slot; none where loading failed.
    plugins: Vec<Option<Plugin>>,
    audio: Option<AudioThread>,
}

impl Sandbox {
    fn new(socket: UnixStream, block: OwnedFd, wake: Wake) -> anyhow::Result<Self> {
        let (log, lines) = log();
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

    fn next_timer(&self) -> Option<Instant> {
        self.plugins.iter().flatten().filter_map(Plugin::next_timer).min()
    }

    /// By slot.
    fn watched_descriptors(&self) -> Vec<(usize, Awaited)> {
        let of_slot = |(index, plugin): (usize, &Option<Plugin>)| {
            let watched = plugin.as_ref().map(Plugin::watched).unwrap_or_default();
            let awaited = |it: crate::host::Watched| Awaited { descriptor: it.descriptor, flags: it.flags };
            watched.into_iter().map(move |it| (index, awaited(it)))
        };
        self.plugins.iter().enumerate().flat_map(of_slot).collect()
    }

    /// Whether any plugin was told.
    fn tell_of_descriptors(&mut self, watched: &[(usize, Awaited)], ready: &[Option<FdFlags>]) -> bool {
        let witness = self.witness.clone();
        let _blamed = Blamed::new(Runner::Main, &witness, self.wire.socket().as_raw_fd());
        let mut told = false;
        for ((index, awaited), ready) in watched.iter().zip(ready) {
            let flags = ready.unwrap_or(FdFlags::empty());
            if ready.is_some() && flags.is_empty() {
                continue;
            }
            told = true;
            if let Some(plugin) = self.plugins.get_mut(*index).and_then(Option::as_mut) {
                witness.enter(Runner::Main, Some(*index));
                plugin.on_descriptor(awaited.descriptor, flags);
            }
        }
        witness.enter(Runner::Main, None);
        told
    }

    fn serve(&mut self, request: Request, confinement: &mut Confinement) -> anyhow::Result<()> {
        let witness = self.witness.clone();
        let _blamed = Blamed::new(Runner::Main, &witness, self.wire.socket().as_raw_fd());
        match request {
            Request::Hello => self.wire.hello(confinement.pid)?,
            Request::RestoreState { device, total_bytes, offset, data } => {
                self.take_state_part(device, total_bytes, offset, &data)?;
            }
            Request::Load(chain) => {
                self.confine(&chain, confinement)?;
                self.load(chain)?;
            }
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
            Request::LoadPreset { request_id, device, path, load_key } => {
                let loaded = self.plugin(device).and_then(|plugin| plugin.load_preset(&path, &load_key));
                witness.enter(Runner::Main, None);
                self.wire.preset_loaded(request_id, device, loaded)?;
            }
            Request::Join(..) | Request::Shutdown => {}
        }
        Ok(())
    }

    /// The plugin of a device; the witness says that it runs.
    fn plugin(&mut self, device: u64) -> Result<&mut Plugin, String> {
        let mut plugins = self.plugins.iter_mut().enumerate();
        let found = plugins.find_map(|(slot, plugin)| {
            let plugin = plugin.as_mut().filter(|plugin| plugin.device() == device)?;
            Some((slot, plugin))
        });
        let (slot, plugin) = found.ok_or_else(|| format!("device {device} does not run"))?;
        self.witness.enter(Runner::Main, Some(slot));
        Ok(plugin)
    }

    /// Ends plugins the way they expect. One that hangs here is cut short by Signal.
    fn close(mut self) {
        let returned = self.audio.take().map(AudioThread::end).unwrap_or_default();
        for item in returned {
            if let Returned::Running(index, running) = item
                && let Some(plugin) = self.plugins.get_mut(index).and_then(Option::take)
            {
                plugin.close(running);
            }
        }
    }
}
