//! A CLAP file for tests, with plugins that behave, and plugins that do not. Not for music.
//!
//! | id | what it does |
//! |---|---|
//! | `test.gain` | input times a gain plus an internal offset that only its state holds; reports any latency asked for |
//! | `test.tone` | an instrument: holds the sum of the velocities of the notes that are on |
//! | `test.crash` | aborts once its trigger is 1 |
//! | `test.hang` | never returns from a block once its trigger is 1 |
//! | `test.nan` | gives NaN while its trigger is 1 |
//! | `test.deed` | does to its host what parameters 6 and 7 say, once its trigger is 1: see `deed.rs` |
//! | `test.liar` | says of its ports what no plugin should |
//! | `test.scribble` | from its trigger on, writes garbage into the memory it shares with its host, without end |
//! | `test.escape` | a gain that tries to break out when it is asked to put its attempt in words ([`escape`]) |
//!
//! With `LOOPHOLE_TEST_PLUGIN=crash` or `=hang` in the environment `test.crash` and `test.hang` do so when they are made.
//!
//! | parameter | id | range |
//! |---|---|---|
//! | gain | 1 | 0 to 4, default 1 |
//! | latency | 2 | 0 to 4800 samples, default 0 |
//! | imprint | 3 | -1 to 1: is added to the internal offset when it is set; reads as 0 |
//! | trigger | 4 | 0 or 1 |
//! | deed | 6 | 0 to 15, see `deed.rs` |
//! | phase | 7 | 0 to 6, likewise |
//! | level | 5 | read-only: the peak of the last block, given out as a meter |
//! | attempt | 8 | 0 to 16, default 0: nothing; of `test.escape` alone |

mod audio;
mod deed;
mod escape;
mod main_thread;
mod sys;

use std::{
    ffi::CStr,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use clack_extensions::{
    audio_ports::PluginAudioPorts, latency::PluginLatency, note_ports::PluginNotePorts, params::PluginParams,
    state::PluginState,
};
use clack_plugin::{entry::prelude::*, prelude::*};
use deed::{Order, Phase};

/// What a plugin of this file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Gain,
    Tone,
    Crash,
    Hang,
    Nan,
    Scribble,
    Deed,
    Liar,
    Escape,
}

const KINDS: [(Kind, &str); 9] = [
    (Kind::Gain, "test.gain"),
    (Kind::Tone, "test.tone"),
    (Kind::Crash, "test.crash"),
    (Kind::Hang, "test.hang"),
    (Kind::Nan, "test.nan"),
    (Kind::Scribble, "test.scribble"),
    (Kind::Deed, "test.deed"),
    (Kind::Liar, "test.liar"),
    (Kind::Escape, "test.escape"),
];

const GAIN: u32 = 1;
const LATENCY: u32 = 2;
const IMPRINT: u32 = 3;
const TRIGGER: u32 = 4;
const LEVEL: u32 = 5;
const DEED: u32 = 6;
const PHASE: u32 = 7;
const ATTEMPT: u32 = 8;
const MAX_LATENCY: f64 = 4800.0;

struct TestPlugin;

/// Values, shared by the plugin's threads. Floats are kept as bits.
struct Shared<'a> {
    kind: Kind,
    host: HostSharedHandle<'a>,
    gain: AtomicU32,
    latency: AtomicU32,
    offset: AtomicU32,
    triggered: AtomicBool,
    is_dirty: AtomicBool,
    order: Order,
}

impl<'a> Shared<'a> {
    fn new(kind: Kind, host: HostSharedHandle<'a>) -> Self {
        Self {
            kind,
            host,
            gain: AtomicU32::new(1.0_f32.to_bits()),
            latency: AtomicU32::new(0),
            offset: AtomicU32::new(0),
            triggered: AtomicBool::new(false),
            is_dirty: AtomicBool::new(false),
            order: Order::default(),
        }
    }

    fn gain(&self) -> f32 {
        f32::from_bits(self.gain.load(Ordering::Relaxed))
    }

    fn offset(&self) -> f32 {
        f32::from_bits(self.offset.load(Ordering::Relaxed))
    }

    fn get(&self, parameter: u32) -> Option<f64> {
        match parameter {
            GAIN => Some(f64::from(self.gain())),
            LATENCY => Some(f64::from(self.latency.load(Ordering::Relaxed))),
            IMPRINT | LEVEL | ATTEMPT => Some(0.0),
            TRIGGER => Some(f64::from(u8::from(self.triggered.load(Ordering::Relaxed)))),
            DEED => Some(f64::from(self.order.numbers().0)),
            PHASE => Some(f64::from(self.order.numbers().1)),
            _ => None,
        }
    }

    fn set(&self, parameter: u32, value: f64) {
        match parameter {
            GAIN => self.gain.store((value as f32).to_bits(), Ordering::Relaxed),
            LATENCY => {
                let latency = value.clamp(0.0, MAX_LATENCY) as u32;
                if self.latency.swap(latency, Ordering::Relaxed) != latency {
                    self.host.request_restart();
                }
            }
            IMPRINT if value != 0.0 => {
                self.offset.store((self.offset() + value as f32).to_bits(), Ordering::Relaxed);
                self.is_dirty.store(true, Ordering::Relaxed);
                self.host.request_callback();
            }
            TRIGGER => {
                self.triggered.store(value >= 0.5, Ordering::Relaxed);
                self.order.give(self.kind == Kind::Deed && value >= 0.5);
                if self.order.is_due(Phase::Callback) {
                    self.host.request_callback();
                }
            }
            DEED => self.order.set_deed(value as u32),
            PHASE => self.order.set_phase(value as u32),
            _ => {}
        }
    }
}

impl<'a> PluginShared<'a> for Shared<'a> {}

impl Plugin for TestPlugin {
    type AudioProcessor<'a> = audio::Processor<'a>;
    type Shared<'a> = Shared<'a>;
    type MainThread<'a> = main_thread::MainThread<'a>;

    fn declare_extensions(builder: &mut PluginExtensions<Self>, _shared: Option<&Shared<'_>>) {
        builder
            .register::<PluginAudioPorts>()
            .register::<PluginNotePorts>()
            .register::<PluginParams>()
            .register::<PluginState>()
            .register::<PluginLatency>();
    }
}

struct Factory(Vec<(Kind, PluginDescriptor)>);

impl PluginFactoryImpl for Factory {
    fn plugin_count(&self) -> u32 {
        self.0.len() as u32
    }

    fn plugin_descriptor(&self, index: u32) -> Option<&PluginDescriptor> {
        self.0.get(index as usize).map(|(_, descriptor)| descriptor)
    }

    fn create_plugin<'a>(&'a self, host: HostInfo<'a>, id: &CStr) -> Option<PluginInstance<'a>> {
        let (kind, descriptor) = self.0.iter().find(|(_, descriptor)| descriptor.id() == Some(id))?;
        let kind = *kind;
        let told = std::env::var("LOOPHOLE_TEST_PLUGIN").unwrap_or_default();
        match (kind, told.as_str()) {
            (Kind::Crash, "crash") => std::process::abort(),
            (Kind::Hang, "hang") => loop {
                std::thread::park();
            },
            _ => {}
        }
        Some(PluginInstance::new::<TestPlugin>(
            host,
            descriptor,
            move |host| Ok(Shared::new(kind, host)),
            |host, shared| Ok(main_thread::MainThread { host, shared }),
        ))
    }
}

struct TestEntry(PluginFactoryWrapper<Factory>);

impl Entry for TestEntry {
    fn new(_bundle_path: Option<&CStr>) -> Result<Self, EntryLoadError> {
        let descriptor = |id: &str| PluginDescriptor::new(id, id).with_vendor("Loophole tests");
        let factory = Factory(KINDS.iter().map(|(kind, id)| (*kind, descriptor(id))).collect());
        Ok(Self(PluginFactoryWrapper::new(factory)))
    }

    fn declare_factories<'a>(&'a self, builder: &mut EntryFactories<'a>) {
        builder.register_factory(&self.0);
    }
}

clack_export_entry!(TestEntry);
