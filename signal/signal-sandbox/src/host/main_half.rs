//! What one plugin's callbacks reach on the main thread: its timers and descriptors, and news of itself.

use std::{
    cell::{Cell, RefCell},
    os::fd::RawFd,
    time::{Duration, Instant},
};

use clack_extensions::{
    audio_ports::{AudioPortRescanFlags, HostAudioPortsImpl},
    audio_ports_config::HostAudioPortsConfigImpl,
    latency::HostLatencyImpl,
    note_name::HostNoteNameImpl,
    note_ports::{HostNotePortsImpl, NoteDialects, NotePortRescanFlags},
    params::{HostParamsImplMainThread, ParamClearFlags, ParamRescanFlags},
    posix_fd::{FdFlags, HostPosixFdImpl},
    remote_controls::HostRemoteControlsImpl,
    state::HostStateImpl,
    timer::{HostTimerImpl, TimerId},
    voice_info::HostVoiceInfoImpl,
};
use clack_host::prelude::*;

use super::{HostShared, Wish};

/// Timers of one plugin.
const MAX_TIMERS: usize = 16;
/// No screen is redrawn faster, and timers serve nothing else.
const SHORTEST_TIMER: Duration = Duration::from_millis(10);
/// Descriptors of one plugin: a connection to the display, and some to helpers of its own.
const MAX_DESCRIPTORS: usize = 32;

/// A timer of a plugin.
#[derive(Debug)]
struct Timer {
    id: TimerId,
    period: Duration,
    next: Instant,
}

/// A descriptor that a plugin wants to hear of.
#[derive(Clone, Copy, Debug)]
pub struct Watched {
    pub descriptor: RawFd,
    pub flags: FdFlags,
}

/// The main thread's half of the host of one plugin.
#[derive(Debug)]
pub struct HostMain<'a> {
    shared: &'a HostShared,
    timers: RefCell<Vec<Timer>>,
    next_timer: Cell<u32>,
    watched: RefCell<Vec<Watched>>,
}

impl<'a> HostMain<'a> {
    /// For a plugin about to be made.
    pub fn new(shared: &'a HostShared) -> Self {
        Self { shared, timers: RefCell::default(), next_timer: Cell::new(0), watched: RefCell::default() }
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

    /// The descriptors to watch.
    pub fn watched(&self) -> Vec<Watched> {
        self.watched.borrow().clone()
    }

    /// Watches it no more: it is none.
    pub fn forget_descriptor(&self, descriptor: RawFd) {
        self.watched.borrow_mut().retain(|it| it.descriptor != descriptor);
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

impl HostPosixFdImpl for HostMain<'_> {
    fn register_fd(&self, fd: RawFd, flags: FdFlags) -> Result<(), HostError> {
        let mut watched = self.watched.borrow_mut();
        if fd < 0 || watched.iter().any(|it| it.descriptor == fd) {
            return Err(HostError::Message("no descriptor, or one that is watched already"));
        }
        if watched.len() >= MAX_DESCRIPTORS {
            return Err(HostError::Message("too many descriptors"));
        }
        watched.push(Watched { descriptor: fd, flags });
        Ok(())
    }

    fn modify_fd(&self, fd: RawFd, flags: FdFlags) -> Result<(), HostError> {
        let mut watched = self.watched.borrow_mut();
        let known = watched.iter_mut().find(|it| it.descriptor == fd);
        known.ok_or(HostError::Message("a descriptor that is not watched"))?.flags = flags;
        Ok(())
    }

    fn unregister_fd(&self, fd: RawFd) -> Result<(), HostError> {
        self.forget_descriptor(fd);
        Ok(())
    }
}

impl HostLatencyImpl for HostMain<'_> {
    // A latency changes with an activation alone; whoever says so at another time gets one.
    fn changed(&self) {
        self.shared.wish(Wish::Restart);
    }
}

impl HostStateImpl for HostMain<'_> {
    fn mark_dirty(&self) {
        self.shared.wish(Wish::SaveState);
    }
}

impl HostParamsImplMainThread for HostMain<'_> {
    fn rescan(&self, flags: ParamRescanFlags) {
        if flags.intersects(ParamRescanFlags::VALUES | ParamRescanFlags::ALL) {
            self.shared.wish(Wish::ReadValues);
        }
        if flags.intersects(ParamRescanFlags::INFO | ParamRescanFlags::TEXT | ParamRescanFlags::ALL) {
            self.shared.wish(Wish::Describe);
        }
    }

    fn clear(&self, _param_id: ClapId, _flags: ParamClearFlags) {}
}

impl HostAudioPortsImpl for HostMain<'_> {
    fn is_rescan_flag_supported(&self, _flag: AudioPortRescanFlags) -> bool {
        true
    }

    // Ports are read at every activation.
    fn rescan(&self, flags: AudioPortRescanFlags) {
        if flags.requires_deactivate() {
            self.shared.wish(Wish::Restart);
        }
    }
}

impl HostAudioPortsConfigImpl for HostMain<'_> {
    fn rescan(&self) {}
}

impl HostNotePortsImpl for HostMain<'_> {
    fn supported_dialects(&self) -> NoteDialects {
        NoteDialects::CLAP | NoteDialects::MIDI
    }

    fn rescan(&self, flags: NotePortRescanFlags) {
        if flags.contains(NotePortRescanFlags::ALL) {
            self.shared.wish(Wish::Restart);
        }
    }
}

impl HostNoteNameImpl for HostMain<'_> {
    fn changed(&self) {
        self.shared.wish(Wish::ReadFacts);
    }
}

impl HostVoiceInfoImpl for HostMain<'_> {
    fn changed(&self) {
        self.shared.wish(Wish::ReadFacts);
    }
}

impl HostRemoteControlsImpl for HostMain<'_> {
    fn changed(&self) {
        self.shared.wish(Wish::ReadFacts);
    }

    // Which page is looked at is the musician's choice.
    fn suggest_page(&self, _page_id: ClapId) {}
}
