//! The main thread: requests from Signal, and what plugins want of it. Touches no audio.

mod loading;
mod upkeep;

use std::{
    collections::BTreeMap,
    os::{
        fd::{AsRawFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clack_extensions::posix_fd::FdFlags;

use crate::{
    audio_thread::AudioThread,
    chain::Returned,
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
pub fn run(socket: UnixStream, block: OwnedFd) -> anyhow::Result<()> {
    let (writer, lines) = log();
    let mut sandbox = Sandbox {
        wire: Wire::new(socket),
        wake: Wake::new().context("cannot make an event descriptor")?,
        log: writer,
        lines,
        states: BTreeMap::new(),
        plugins: Vec::new(),
        audio: None,
        descriptors_from: Instant::now(),
    };
    loop {
        match sandbox.next_event()? {
            Event::Request(Request::Shutdown) => break,
            Event::Request(request) => sandbox.serve(request, &block)?,
            Event::Gone => return Ok(()),
            Event::Wake => {}
        }
        sandbox.serve_plugins()?;
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
    /// A plugin wants something, or a timer or a descriptor is due.
    Wake,
}

struct Sandbox {
    wire: Wire,
    wake: Wake,
    log: LogWriter,
    lines: LogReader,
    /// States under way or complete, until the chain is loaded.
    states: BTreeMap<u64, Vec<u8>>,
    /// By slot; none where loading failed.
    plugins: Vec<Option<Plugin>>,
    audio: Option<AudioThread>,
    /// When plugins' descriptors are looked at again.
    descriptors_from: Instant,
}

impl Sandbox {
    /// Waits. Each descriptor of a plugin is served once at most before Signal is heard again.
    fn next_event(&mut self) -> anyhow::Result<Event> {
        let own = |descriptor| Awaited { descriptor, flags: FdFlags::READ };
        let mut awaited = vec![own(self.wire.socket().as_raw_fd()), own(self.wake.descriptor().as_raw_fd())];
        let watched = self.watched_descriptors();
        let now = Instant::now();
        let rests = self.descriptors_from > now && !watched.is_empty();
        if !rests {
            awaited.extend(watched.iter().map(|(_, awaited)| *awaited));
        }
        let rest = rests.then_some(self.descriptors_from);
        let until = self.plugins.iter().flatten().filter_map(Plugin::next_timer).chain(rest).min();
        let ready = descriptors::wait(&awaited, until.map(|until| until.saturating_duration_since(now)))
            .context("cannot wait for events")?;
        if ready[1].is_some_and(|flags| !flags.is_empty()) {
            self.wake.clear();
        }
        self.tell_of_descriptors(&watched, &ready[2..]);
        if ready[0].is_some_and(|flags| flags.is_empty()) {
            return Ok(Event::Wake);
        }
        let request = self.wire.receive().context("cannot read from Signal")?;
        Ok(request.map_or(Event::Gone, Event::Request))
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

    fn tell_of_descriptors(&mut self, watched: &[(usize, Awaited)], ready: &[Option<FdFlags>]) {
        for ((index, awaited), ready) in watched.iter().zip(ready) {
            let flags = ready.unwrap_or(FdFlags::empty());
            if ready.is_some() && flags.is_empty() {
                continue;
            }
            self.descriptors_from = Instant::now() + DESCRIPTOR_REST;
            if let Some(plugin) = self.plugins.get_mut(*index).and_then(Option::as_mut) {
                plugin.on_descriptor(awaited.descriptor, flags);
            }
        }
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
            Request::LoadPreset { request_id, device, path, load_key } => {
                let loaded = self.plugin(device).and_then(|plugin| plugin.load_preset(&path, &load_key));
                self.wire.preset_loaded(request_id, device, loaded)?;
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
