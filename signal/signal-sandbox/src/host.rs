//! What plugins may ask of their host, on any thread. Notes each wish and wakes the main thread, which fulfils it.

use std::{
    cell::RefCell,
    os::fd::OwnedFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
    time::{Duration, Instant},
};

use clack_extensions::{
    audio_ports::{AudioPortRescanFlags, HostAudioPorts, HostAudioPortsImpl},
    latency::{HostLatency, HostLatencyImpl},
    log::{HostLog, HostLogImpl, LogSeverity},
    note_ports::{HostNotePorts, HostNotePortsImpl, NoteDialects, NotePortRescanFlags},
    params::{HostParams, HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamRescanFlags},
    state::{HostState, HostStateImpl},
    thread_check::{HostThreadCheck, HostThreadCheckImpl},
    timer::{HostTimer, HostTimerImpl, TimerId},
};
use clack_host::prelude::*;

/// Lines of plugins waiting for the main thread; more are dropped.
pub const MAX_LOG_LINES: usize = 64;
/// Characters of one line; what a plugin prints beyond is noise.
const MAX_LOG_CHARACTERS: usize = 500;
/// Timers of one plugin.
const MAX_TIMERS: usize = 16;
/// No screen is redrawn faster, and timers serve nothing else.
const SHORTEST_TIMER: Duration = Duration::from_millis(10);

thread_local! {
    static IS_AUDIO_THREAD: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Marks the calling thread as the audio thread, for plugins that ask.
pub fn mark_audio_thread() {
    IS_AUDIO_THREAD.set(true);
}

/// Ends the main thread's `poll`.
#[derive(Clone, Debug)]
pub struct Wake(Arc<OwnedFd>);

impl Wake {
    /// An event descriptor.
    pub fn new() -> std::io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        Ok(Self(Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)))
    }

    /// `[any]` Wakes, without waiting.
    pub fn wake(&self) {
        // It fails only when the counter is full, and then it is awake.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Takes notice of all wakes so far.
    pub fn clear(&self) {
        let _ = rustix::io::read(&self.0, &mut [0_u8; 8]);
    }

    /// For `poll`.
    pub fn descriptor(&self) -> &OwnedFd {
        &self.0
    }
}

/// A wish of a plugin, until it is fulfilled.
#[derive(Debug, Default)]
pub struct Wishes {
    callback: AtomicBool,
    restart: AtomicBool,
    latency: AtomicBool,
    dirty: AtomicBool,
    values: AtomicBool,
}

/// One of [`Wishes`].
#[derive(Clone, Copy, Debug)]
pub enum Wish {
    /// To be called on the main thread.
    Callback,
    /// To be deactivated and activated again.
    Restart,
    /// To be asked for its latency.
    Latency,
    /// To have its state saved.
    SaveState,
    /// To have its values read anew: it changed many at once.
    ReadValues,
}

impl Wishes {
    fn flag(&self, wish: Wish) -> &AtomicBool {
        match wish {
            Wish::Callback => &self.callback,
            Wish::Restart => &self.restart,
            Wish::Latency => &self.latency,
            Wish::SaveState => &self.dirty,
            Wish::ReadValues => &self.values,
        }
    }

    /// Whether there was this wish; it counts as fulfilled.
    pub fn take(&self, wish: Wish) -> bool {
        self.flag(wish).swap(false, Ordering::AcqRel)
    }
}

/// What one plugin's callbacks reach on any thread.
#[derive(Debug)]
pub struct HostShared {
    pub device: u64,
    pub wishes: Arc<Wishes>,
    pub wake: Wake,
    pub log: SyncSender<(u64, String)>,
    pub main_thread: std::thread::ThreadId,
}

impl HostShared {
    fn wish(&self, wish: Wish) {
        self.wishes.flag(wish).store(true, Ordering::Release);
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
        let text = message.chars().take(MAX_LOG_CHARACTERS).collect::<String>();
        if self.log.try_send((self.device, format!("{severity}: {text}"))).is_ok() {
            self.wake.wake();
        }
    }
}

impl HostParamsImplShared for HostShared {
    // Parameters are exchanged with the next block.
    fn request_flush(&self) {}
}

/// A timer of a plugin.
#[derive(Debug)]
struct Timer {
    id: TimerId,
    period: Duration,
    next: Instant,
}

/// What one plugin's callbacks reach on the main thread.
#[derive(Debug)]
pub struct HostMain<'a> {
    shared: &'a HostShared,
    timers: RefCell<Vec<Timer>>,
    next_timer: std::cell::Cell<u32>,
}

impl<'a> HostMain<'a> {
    /// For a plugin about to be made.
    pub fn new(shared: &'a HostShared) -> Self {
        Self { shared, timers: RefCell::default(), next_timer: std::cell::Cell::new(0) }
    }

    /// When the next timer is due.
    pub fn next_timer(&self) -> Option<Instant> {
        self.timers.borrow().iter().map(|timer| timer.next).min()
    }

    /// The timers that are due, which count as fired.
    pub fn fire_timers(&self, now: Instant) -> Vec<TimerId> {
        let mut timers = self.timers.borrow_mut();
        let due = timers.iter_mut().filter(|timer| timer.next <= now);
        due.map(|timer| {
            timer.next = now + timer.period;
            timer.id
        })
        .collect()
    }
}

impl<'a> MainThreadHandler<'a> for HostMain<'a> {}

impl HostTimerImpl for HostMain<'_> {
    fn register_timer(&self, period_ms: u32) -> Result<TimerId, HostError> {
        let mut timers = self.timers.borrow_mut();
        if timers.len() >= MAX_TIMERS {
            return Err(HostError::Message("too many timers"));
        }
        let id = TimerId(self.next_timer.get());
        self.next_timer.set(id.0.wrapping_add(1));
        let period = Duration::from_millis(u64::from(period_ms)).max(SHORTEST_TIMER);
        timers.push(Timer { id, period, next: Instant::now() + period });
        Ok(id)
    }

    fn unregister_timer(&self, timer_id: TimerId) -> Result<(), HostError> {
        self.timers.borrow_mut().retain(|timer| timer.id != timer_id);
        Ok(())
    }
}

impl HostLatencyImpl for HostMain<'_> {
    fn changed(&self) {
        self.shared.wish(Wish::Latency);
    }
}

impl HostStateImpl for HostMain<'_> {
    fn mark_dirty(&self) {
        self.shared.wish(Wish::SaveState);
    }
}

impl HostParamsImplMainThread for HostMain<'_> {
    // Descriptions are sent once, when the plugin is loaded; values may change later.
    fn rescan(&self, flags: ParamRescanFlags) {
        if flags.contains(ParamRescanFlags::VALUES) {
            self.shared.wish(Wish::ReadValues);
        }
    }

    fn clear(&self, _param_id: ClapId, _flags: ParamClearFlags) {}
}

impl HostAudioPortsImpl for HostMain<'_> {
    fn is_rescan_flag_supported(&self, flag: AudioPortRescanFlags) -> bool {
        flag == AudioPortRescanFlags::NAMES
    }

    fn rescan(&self, _flags: AudioPortRescanFlags) {}
}

impl HostNotePortsImpl for HostMain<'_> {
    fn supported_dialects(&self) -> NoteDialects {
        NoteDialects::CLAP | NoteDialects::MIDI
    }

    fn rescan(&self, _flags: NotePortRescanFlags) {}
}

/// The host as `clack` names it.
#[derive(Debug)]
pub struct Host;

impl HostHandlers for Host {
    type Shared<'a> = HostShared;
    type MainThread<'a> = HostMain<'a>;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _shared: &Self::Shared<'_>) {
        builder
            .register::<HostAudioPorts>()
            .register::<HostNotePorts>()
            .register::<HostParams>()
            .register::<HostState>()
            .register::<HostLatency>()
            .register::<HostThreadCheck>()
            .register::<HostTimer>()
            .register::<HostLog>();
    }
}
