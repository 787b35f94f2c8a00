//! A CLAP file for tests with one plugin, `test.host-check`, that checks its host. Not for music.
//!
//! It passes the sound on, times its gain, late by its latency. What CLAP's headers demand of hosts it expects:
//!
//! | file | checks |
//! |---|---|
//! | `ledger` | main and audio thread, also by the host's thread-check; order of activate, start, stop, deactivate, destroy; no two audio-thread calls at once; no callback that was not asked for |
//! | `audio` | frames within the announced bounds; steady time; transport; ports, channels, in-place buffers; finite input; flush never beside process |
//! | `events` | ascending times within the block; known ids; finite values within their range; flags of modulation and polyphony; notes, dialects |
//! | `main_thread` | latency asked for while active only; indices within counts; timers and descriptors that were registered; state, render, ports and parameters on the main thread |
//!
//! The first break of each rule is told through the host's log with the severity `HOST_MISBEHAVING`, all are counted by a
//! read-only parameter, and a host that broke one dies (by `abort`) when it destroys the plugin, so that no test can
//! overlook it. `clack-plugin`, on which it is built, answers a second `init`, an activation of an active plugin and
//! calls of an inactive one itself, in the same log.

mod audio;
mod events;
mod ledger;
mod main_thread;
mod parameters;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use clack_extensions::{
    audio_ports::PluginAudioPorts, latency::PluginLatency, note_ports::PluginNotePorts, params::PluginParams,
    posix_fd::PluginPosixFd, render::PluginRender, state::PluginState, tail::PluginTail, timer::PluginTimer,
};
use clack_plugin::{entry::prelude::*, prelude::*};

use ledger::Ledger;
use main_thread::Want;
use parameters::{GAIN, LATENCY, READS, VIOLATIONS, WANT};

/// The plugin.
struct HostCheck;

/// What both halves share. Floats are kept as bits.
struct Shared<'a> {
    ledger: Ledger<'a>,
    host: HostSharedHandle<'a>,
    gain: AtomicU32,
    /// As of the last activation.
    latency: AtomicU32,
    wanted_latency: AtomicU32,
    want: AtomicU32,
    /// The parameter's value; what it asks for was done.
    want_value: AtomicU32,
    pipe_reads: AtomicU32,
    activations: AtomicU32,
    /// The next flush gives the gain out.
    flushes: AtomicBool,
}

impl<'a> Shared<'a> {
    fn new(host: HostSharedHandle<'a>) -> Self {
        Self {
            ledger: Ledger::new(host),
            host,
            gain: AtomicU32::new(1.0_f32.to_bits()),
            latency: AtomicU32::new(0),
            wanted_latency: AtomicU32::new(0),
            want: AtomicU32::new(0),
            want_value: AtomicU32::new(0),
            pipe_reads: AtomicU32::new(0),
            activations: AtomicU32::new(0),
            flushes: AtomicBool::new(false),
        }
    }

    fn gain(&self) -> f32 {
        f32::from_bits(self.gain.load(Ordering::Relaxed))
    }

    fn take_want(&self) -> Want {
        Want::of(f64::from(self.want.swap(0, Ordering::AcqRel)))
    }

    fn get(&self, id: u32) -> Option<f64> {
        match id {
            GAIN => Some(f64::from(self.gain())),
            LATENCY => Some(f64::from(self.wanted_latency.load(Ordering::Relaxed))),
            WANT => Some(f64::from(self.want_value.load(Ordering::Relaxed))),
            VIOLATIONS => Some(f64::from(self.ledger.violations())),
            READS => Some(f64::from(self.pipe_reads.load(Ordering::Relaxed))),
            _ => None,
        }
    }

    fn set(&self, id: u32, value: f64) {
        match id {
            GAIN => self.gain.store((value as f32).to_bits(), Ordering::Relaxed),
            LATENCY => {
                let latency = value as u32;
                if self.wanted_latency.swap(latency, Ordering::AcqRel) != latency {
                    self.host.request_restart();
                }
            }
            WANT => {
                let want = value as u32;
                if self.want_value.swap(want, Ordering::AcqRel) != want {
                    self.want.store(want, Ordering::Release);
                    self.ledger.asks_for_callback();
                }
            }
            _ => {}
        }
    }
}

impl<'a> PluginShared<'a> for Shared<'a> {}

impl Plugin for HostCheck {
    type AudioProcessor<'a> = audio::AudioHalf<'a>;
    type Shared<'a> = Shared<'a>;
    type MainThread<'a> = main_thread::MainThread<'a>;

    fn declare_extensions(builder: &mut PluginExtensions<Self>, _shared: Option<&Shared<'_>>) {
        builder
            .register::<PluginAudioPorts>()
            .register::<PluginNotePorts>()
            .register::<PluginParams>()
            .register::<PluginState>()
            .register::<PluginLatency>()
            .register::<PluginTail>()
            .register::<PluginTimer>()
            .register::<PluginPosixFd>()
            .register::<PluginRender>();
    }
}

impl DefaultPluginFactory for HostCheck {
    fn get_descriptor() -> PluginDescriptor {
        PluginDescriptor::new("test.host-check", "Host check")
            .with_vendor("Loophole tests")
            .with_version("1.0")
            .with_features([clack_plugin::plugin::features::AUDIO_EFFECT])
    }

    fn new_shared(host: HostSharedHandle<'_>) -> Result<Shared<'_>, PluginError> {
        Ok(Shared::new(host))
    }

    fn new_main_thread<'a>(
        host: HostMainThreadHandle<'a>,
        shared: &'a Shared<'a>,
    ) -> Result<main_thread::MainThread<'a>, PluginError> {
        Ok(main_thread::MainThread::new(host, shared))
    }
}

clack_export_entry!(SinglePluginEntry<HostCheck>);
