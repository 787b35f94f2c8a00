//! What every device of the graph is doing, for whoever watches.
//!
//! It shows states and causes none: built-ins run as soon as they are in the graph, plugins report through their sandbox.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::incident::Incident;
use crate::sandbox::PluginFacts;

/// What a device is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// Its sandbox starts or it loads.
    Loading,
    /// It sounds.
    Running,
    /// Its process died or hung and is being started again.
    Restarting,
    /// It failed so often, or in such a way, that it is left out.
    Failed,
    /// The bundle or the plugin in it was not found, or a sound that a built-in plays.
    Missing,
    /// The song says that it is not to be loaded.
    Disabled,
}

/// A parameter as its device describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParameterDescription {
    /// The device's own number for it.
    pub id: u32,
    /// For people.
    pub name: String,
    /// Group within the device, separated by "/".
    pub module: String,
    /// Least value.
    pub minimum: f64,
    /// Greatest value.
    pub maximum: f64,
    /// What it is unless set.
    pub default_value: f64,
    /// Only whole numbers.
    pub stepped: bool,
    /// A meter: never edited.
    pub read_only: bool,
    /// Not to be shown.
    pub hidden: bool,
    /// Its value may follow a curve.
    pub automatable: bool,
    /// It can be moved away from its value without changing that.
    pub modulatable: bool,
    /// For single notes, too.
    pub modulatable_per_note: bool,
    /// The plugin's own bypass, which Loophole leaves to the musician.
    pub is_bypass: bool,
    /// Text of the current value.
    pub text: String,
    /// Current value.
    pub value: f64,
}

/// What one device is doing.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceStatus {
    /// The Device entity.
    pub device: u64,
    /// What it is doing.
    pub state: DeviceState,
    /// Why it failed, for people.
    pub reason: String,
    /// The sandbox it runs in; 0 for built-ins.
    pub pid: u32,
    /// How often that was started again.
    pub restarts: u32,
    /// In samples.
    pub latency: u32,
    /// Known while it runs.
    pub parameters: Vec<ParameterDescription>,
    /// For people.
    pub name: String,
    /// For people.
    pub vendor: String,
    /// What a plugin says of itself beside its parameters; nothing of a built-in.
    pub facts: Arc<PluginFacts>,
    /// How long loading a plugin took; of a built-in nothing.
    pub load_time: Duration,
    /// The last thing that went wrong with it, unless that was dismissed.
    pub incident: Option<Arc<Incident>>,
    /// How many things went wrong with it.
    pub incidents: u32,
}

/// What a sandbox is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxRole {
    /// Its plugins are heard.
    Active,
    /// Loads, to be heard.
    Loading,
    /// Waits for the death of an active one.
    Standby,
    /// Has no plugin yet.
    Warm,
}

/// A plugin in a sandbox.
#[derive(Clone, Debug, PartialEq)]
pub struct SandboxPlugin {
    /// The Device entity.
    pub device: u64,
    /// For people.
    pub name: String,
    /// Of its own processing of the last block, microseconds.
    pub block_us: f32,
    /// In samples.
    pub latency: u32,
    /// How many things went wrong with it.
    pub incidents: u32,
}

/// A sandbox and what it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct SandboxStatus {
    /// The node in the graph of the first chain in it; 0: none.
    pub node: u64,
    /// 0 while there is none.
    pub pid: u32,
    /// What it is doing.
    pub state: DeviceState,
    /// How often it was started again.
    pub restarts: u32,
    /// Its devices, in the chain's order.
    pub devices: Vec<u64>,
    /// Microseconds of a block's round trip.
    pub round_trip_us: f32,
    /// For people.
    pub name: String,
    /// What it is there for.
    pub role: SandboxRole,
    /// What it hosts.
    pub plugins: Vec<SandboxPlugin>,
    /// Microseconds of the round trip that were not the plugins' own.
    pub overhead_us: f32,
    /// Blocks without an answer in time.
    pub late_blocks: u64,
    /// Blocks whose answer was thrown away.
    pub bad_blocks: u64,
    /// The name that slots give it; empty: it is its chain's own.
    pub process: String,
}

/// Every device by its id. A status is replaced, never changed, so watchers compare pointers.
pub type Statuses = BTreeMap<u64, Arc<DeviceStatus>>;

/// The board itself. `[control]`
#[derive(Debug)]
pub struct DeviceBoard {
    shown: watch::Sender<Statuses>,
}

impl Default for DeviceBoard {
    fn default() -> Self {
        Self { shown: watch::Sender::new(Statuses::new()) }
    }
}

impl DeviceBoard {
    /// For a watcher: the statuses now, and when they change.
    pub fn watch(&self) -> watch::Receiver<Statuses> {
        self.shown.subscribe()
    }

    /// Shows a status in place of the device's last one. Watchers hear of it only if it differs.
    pub fn set(&self, status: DeviceStatus) {
        self.shown.send_if_modified(|statuses| {
            let same = statuses.get(&status.device).is_some_and(|shown| **shown == status);
            if !same {
                statuses.insert(status.device, Arc::new(status));
            }
            !same
        });
    }

    /// Takes down the devices that `is_there` does not know.
    pub fn retain(&self, is_there: impl Fn(u64) -> bool) {
        self.shown.send_if_modified(|statuses| {
            let before = statuses.len();
            statuses.retain(|device, _| is_there(*device));
            statuses.len() != before
        });
    }

    /// What a device is doing.
    pub fn get(&self, device: u64) -> Option<Arc<DeviceStatus>> {
        self.shown.borrow().get(&device).cloned()
    }
}
