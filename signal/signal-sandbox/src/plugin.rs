//! A plugin on the main thread: its life from loading to its end. Processes no audio.

mod facts;
mod parameters;
mod preset;
mod state;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};

use clack_extensions::{
    latency::PluginLatency,
    params::PluginParams,
    posix_fd::{FdFlags, PluginPosixFd},
    render::{PluginRender, RenderMode},
    tail::PluginTail,
    timer::PluginTimer,
};
use clack_host::prelude::*;

use crate::{
    block_start,
    bundle::find_bundle,
    host::{Host, HostAudio, HostMain, HostShared, Watched, Wish, Wishes},
    instance::{Identity, instantiate},
    ports::{self, PortLayout},
    running::{Activation, Running, tail_samples},
    table::ParameterTable,
    wire::SlotRequest,
};

pub use state::MAX_STATE_BYTES;

/// What a plugin that answers nonsense may claim as latency: ten seconds of 384 kHz.
const MAX_LATENCY: u32 = 3_840_000;

/// Why a plugin does not run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file, or no such plugin in it.
    #[error("{0}")]
    Missing(String),
    /// It is there and does not work.
    #[error("{0}")]
    Failed(String),
}

/// What all plugins of a chain have in common.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    pub sample_rate: f64,
    pub max_frames: usize,
    pub offline: bool,
}

/// One plugin, loaded and active, or between two activations.
pub struct Plugin {
    device: u64,
    instance: PluginInstance<Host>,
    wishes: Arc<Wishes>,
    identity: Identity,
    format: Format,
    /// It would apply a value from the block's start.
    splits: bool,
    layout: PortLayout,
    latency: u32,
    tail: Arc<AtomicU32>,
    /// As they were last reported, by id.
    values: BTreeMap<u32, f64>,
}

impl Plugin {
    /// Loads a plugin, restores `state` and then the values asked for, and activates it.
    pub fn load(
        request: &SlotRequest,
        state: Option<&[u8]>,
        format: Format,
        shared: HostShared,
    ) -> Result<(Self, Box<Running>), LoadError> {
        let bundle = find_bundle(&request.bundle)
            .ok_or_else(|| LoadError::Missing(format!("there is no plugin file {}", request.bundle)))?;
        let (wishes, tail) = (shared.wishes.clone(), shared.tail.clone());
        let (instance, identity) = instantiate(&bundle, &request.plugin_id, shared)?;
        let mut plugin = Self {
            device: request.device,
            instance,
            wishes,
            identity,
            format,
            splits: block_start::applies_values_early(&bundle),
            layout: PortLayout::default(),
            latency: 0,
            tail,
            values: BTreeMap::new(),
        };
        ports::negotiate(&mut plugin.instance);
        plugin.set_render_mode();
        if let Some(state) = state {
            plugin.restore(state)?;
        }
        plugin.set_values(&request.parameters);
        let running = plugin.activate()?;
        plugin.changed_values();
        // What it said while it was loaded is in its description.
        for wish in [Wish::Restart, Wish::ReadValues, Wish::Describe, Wish::ReadFacts] {
            plugin.wishes.take(wish);
        }
        Ok((plugin, running))
    }

    /// The device it is.
    pub fn device(&self) -> u64 {
        self.device
    }

    /// What its bundle says of it.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// In samples, as of its last activation.
    pub fn latency(&self) -> u32 {
        self.latency
    }

    /// In samples; the greatest number: without end.
    pub fn tail(&self) -> u32 {
        self.tail.load(Ordering::Acquire)
    }

    /// Whether it makes sound from notes and takes no audio.
    pub fn is_instrument(&self) -> bool {
        self.layout.is_instrument()
    }

    /// Whether it wished for something; it counts as fulfilled.
    pub fn take_wish(&self, wish: Wish) -> bool {
        self.wishes.take(wish)
    }

    /// The callback it asked for.
    pub fn call_back(&mut self) {
        self.instance.call_on_main_thread_callback();
    }

    /// When its next timer is due.
    pub fn next_timer(&self) -> Option<Instant> {
        self.instance.access_handler(|host: &HostMain<'_>| host.next_timer())
    }

    /// Calls its timers that are due.
    pub fn fire_timers(&mut self, now: Instant) {
        let due = self.instance.access_handler(|host: &HostMain<'_>| host.fire_timers(now));
        let handle = self.instance.plugin_handle();
        if let Some(timer) = handle.get_extension::<PluginTimer>() {
            due.into_iter().for_each(|id| timer.on_timer(&handle, id));
        }
    }

    /// The descriptors it wants to hear of.
    pub fn watched(&self) -> Vec<Watched> {
        self.instance.access_handler(|host: &HostMain<'_>| host.watched())
    }

    /// Tells it of a descriptor; without flags that is none any more, and it is not told.
    pub fn on_descriptor(&mut self, descriptor: i32, flags: FdFlags) {
        if flags.is_empty() {
            return self.instance.access_handler(|host: &HostMain<'_>| host.forget_descriptor(descriptor));
        }
        // An earlier call may have taken it back.
        if self.watched().iter().any(|it| it.descriptor == descriptor) {
            let handle = self.instance.plugin_handle();
            if let Some(extension) = handle.get_extension::<PluginPosixFd>() {
                extension.on_fd(&handle, descriptor, flags);
            }
        }
    }

    /// Takes it back and activates it anew: its latency and its ports may be others then.
    pub fn reactivate(&mut self, running: Box<Running>) -> Result<Box<Running>, LoadError> {
        self.instance.deactivate(running.into_processor());
        // What it says while it is inactive is read now; what it says from here on is a new wish.
        self.wishes.take(Wish::Restart);
        self.activate()
    }

    /// Ends it.
    pub fn close(mut self, running: Box<Running>) {
        self.instance.deactivate(running.into_processor());
    }

    fn activate(&mut self) -> Result<Box<Running>, LoadError> {
        self.layout = PortLayout::of(&self.instance.plugin_handle()).ok_or_else(|| {
            LoadError::Failed(format!("{} has neither an audio output nor one for notes", self.identity.name))
        })?;
        let table = ParameterTable::new(&self.describe());
        let configuration = PluginAudioConfiguration {
            sample_rate: self.format.sample_rate,
            min_frames_count: 1,
            max_frames_count: self.format.max_frames as u32,
        };
        let mut processor =
            self.instance.activate(|shared, _| HostAudio(shared), configuration).map_err(|error| {
                LoadError::Failed(format!("{} can not be activated: {error}", self.identity.name))
            })?;
        let handle = self.instance.plugin_handle();
        let latency = handle.get_extension::<PluginLatency>().map_or(0, |it| it.get(&handle));
        self.latency = latency.min(MAX_LATENCY);
        let params = handle.get_extension::<PluginParams>();
        let tail = handle.get_extension::<PluginTail>();
        // It says so during activation, and that is read here.
        self.wishes.take(Wish::Restart);
        let samples = tail.map_or(0, |tail| tail_samples(tail.get(&processor.plugin_handle())));
        self.tail.store(samples, Ordering::Release);
        Ok(Box::new(Running::new(Activation {
            processor,
            params,
            tail,
            layout: self.layout.clone(),
            table,
            latency: self.latency,
            splits: self.splits,
            sample_rate: self.format.sample_rate,
            max_frames: self.format.max_frames,
        })))
    }

    fn set_render_mode(&mut self) {
        let handle = self.instance.plugin_handle();
        if let Some(render) = handle.get_extension::<PluginRender>() {
            let mode = if self.format.offline { RenderMode::Offline } else { RenderMode::Realtime };
            // A plugin that has but one mode refuses, and that is fine.
            let _ = render.set(&handle, mode);
        }
    }

    /// Puts it into the state of a preset. `path` empty: of one that the bundle holds.
    pub fn load_preset(&mut self, path: &Path, load_key: &str) -> Result<(), String> {
        preset::load(&mut self.instance, path, load_key)
    }
}
