//! What plugins may ask of their host, on any thread. Notes each wish and wakes the main thread, which fulfils it.
//!
//! Not offered is what could only be pretended: a pool of threads (plugins then compute on the one they have), the name
//! of the track, a place to show pages of presets.

pub mod log;
mod main_half;
mod wake;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use clack_extensions::{
    audio_ports::HostAudioPorts,
    audio_ports_config::HostAudioPortsConfig,
    latency::HostLatency,
    log::{HostLog, HostLogImpl, LogSeverity},
    note_name::HostNoteName,
    note_ports::HostNotePorts,
    params::{HostParams, HostParamsImplShared},
    posix_fd::HostPosixFd,
    remote_controls::HostRemoteControls,
    state::HostState,
    tail::{HostTail, HostTailImpl},
    thread_check::{HostThreadCheck, HostThreadCheckImpl},
    timer::HostTimer,
    voice_info::HostVoiceInfo,
};
use clack_host::prelude::*;

pub use main_half::{HostMain, Watched};
pub use wake::Wake;

thread_local! {
    static IS_AUDIO_THREAD: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Marks the calling thread as the audio thread, for plugins that ask.
pub fn mark_audio_thread() {
    IS_AUDIO_THREAD.set(true);
}

/// A wish of a plugin.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub enum Wish {
    /// To be called on the main thread.
    Callback = 1,
    /// To be deactivated and activated again: latency, ports or whatever else needs that.
    Restart = 1 << 1,
    /// To have its state saved.
    SaveState = 1 << 2,
    /// To have its values read anew: it changed many at once, or while no block asked.
    ReadValues = 1 << 3,
    /// To have its parameters described anew.
    Describe = 1 << 4,
    /// To have what else it says of itself read anew.
    ReadFacts = 1 << 5,
    /// To exchange parameters though no block may come.
    Flush = 1 << 6,
    /// To have its tail read, on the audio thread.
    ReadTail = 1 << 7,
    /// The tail was read.
    TellTail = 1 << 8,
}

/// The wishes of a plugin that are not fulfilled yet.
#[derive(Debug, Default)]
pub struct Wishes(AtomicU32);

impl Wishes {
    /// `[any]` Whether there was this wish; it counts as fulfilled.
    pub fn take(&self, wish: Wish) -> bool {
        let bit = wish as u32;
        self.0.load(Ordering::Acquire) & bit != 0 && self.0.fetch_and(!bit, Ordering::AcqRel) & bit != 0
    }
}

/// What one plugin's callbacks reach on any thread.
#[derive(Debug)]
pub struct HostShared {
    pub device: u64,
    pub wishes: Arc<Wishes>,
    /// As it was last read on the audio thread, in samples.
    pub tail: Arc<AtomicU32>,
    pub wake: Wake,
    pub log: log::LogWriter,
    pub main_thread: std::thread::ThreadId,
}

impl HostShared {
    /// For a plugin that the calling thread, the main thread, makes.
    pub fn new(device: u64, wake: &Wake, log: &log::LogWriter) -> Self {
        Self {
            device,
            wishes: Arc::default(),
            tail: Arc::default(),
            wake: wake.clone(),
            log: log.clone(),
            main_thread: std::thread::current().id(),
        }
    }

    /// `[any]` Notes a wish.
    pub fn wish(&self, wish: Wish) {
        self.wishes.0.fetch_or(wish as u32, Ordering::AcqRel);
        self.wake.wake();
    }
}

impl SharedHandler<'_> for HostShared {
    fn request_restart(&self) {
        self.wish(Wish::Restart);
    }

    // It is processed whenever Signal asks, sleeping or not.
    fn request_process(&self) {}

    fn request_callback(&self) {
        self.wish(Wish::Callback);
    }
}

impl HostThreadCheckImpl for HostShared {
    fn is_main_thread(&self) -> bool {
        std::thread::current().id() == self.main_thread
    }

    fn is_audio_thread(&self) -> bool {
        IS_AUDIO_THREAD.get()
    }
}

impl HostLogImpl for HostShared {
    fn log(&self, severity: LogSeverity, message: &str) {
        if self.log.write(self.device, severity, message) {
            self.wake.wake();
        }
    }
}

impl HostParamsImplShared for HostShared {
    fn request_flush(&self) {
        self.wish(Wish::Flush);
    }
}

/// What one plugin's callbacks reach on the audio thread.
#[derive(Debug)]
pub struct HostAudio<'a>(pub &'a HostShared);

impl<'a> AudioProcessorHandler<'a> for HostAudio<'a> {}

impl HostTailImpl for HostAudio<'_> {
    fn changed(&mut self) {
        // Read after the call in which it was said, on the same thread, which nobody has to wake.
        self.0.wishes.0.fetch_or(Wish::ReadTail as u32, Ordering::AcqRel);
    }
}

/// The host as `clack` names it.
#[derive(Debug)]
pub struct Host;

impl HostHandlers for Host {
    type Shared<'a> = HostShared;
    type MainThread<'a> = HostMain<'a>;
    type AudioProcessor<'a> = HostAudio<'a>;

    fn declare_extensions(builder: &mut HostExtensions<Self>, _shared: &Self::Shared<'_>) {
        builder
            .register::<HostAudioPorts>()
            .register::<HostAudioPortsConfig>()
            .register::<HostNotePorts>()
            .register::<HostNoteName>()
            .register::<HostParams>()
            .register::<HostRemoteControls>()
            .register::<HostVoiceInfo>()
            .register::<HostState>()
            .register::<HostLatency>()
            .register::<HostTail>()
            .register::<HostThreadCheck>()
            .register::<HostTimer>()
            .register::<HostPosixFd>()
            .register::<HostLog>();
    }
}
