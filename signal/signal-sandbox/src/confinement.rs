//! What keeps plugins from the rest of the machine, in layers: where two of them cover a thing, either holds alone
//! (decision 0016).
//!
//! 1. [`Confinement::enter`] is the first step of the process. It gives up what no plugin needs, moves into namespaces of its
//!    own, and leaves the hosting to a child: only that one returns.
//! 2. [`Confinement::close`] is the last step before foreign code is loaded, when it is known which files that needs.
//! 3. [`Report`] says what holds. A layer that can't be had is told, not missed: the others still hold.
//!
//! Without [`grants`] there is no network, no display, and no file but those of the bundles and the system's libraries.

mod calls;
mod descriptors;
mod environment;
mod files;
mod grants;
mod limits;
mod namespaces;
mod places;
mod privileges;
mod root;
mod warden;

use std::{os::fd::RawFd, path::PathBuf};

use anyhow::Context as _;
use places::Places;
use rustix::{process::Signal, thread::CapabilitySet};

pub use descriptors::{adopt, take_standard_output};
pub use grants::{Access, GrantedPlace};
pub use limits::limit_processor_time;

/// One of the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Layer {
    /// Descriptors, capabilities, environment, session and dumps are given up.
    Privileges,
    /// Users, processes, files, network and inter-process communication of its own.
    Namespaces,
    /// Memory, files, descriptors, processor time at real-time priority.
    Limits,
    /// No file but those of plugins and libraries; no TCP.
    Landlock,
    /// No system call that starts programs, opens sockets, or reaches other processes.
    Seccomp,
}

/// How a layer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// All of it.
    Whole,
    /// Some of it; what is missing, for people.
    Partly(String),
    /// Not at all; why, for people.
    Not(String),
}

impl Hold {
    /// Of a layer that is built in two steps.
    fn and(self, second: Self) -> Self {
        match (self, second) {
            (Self::Whole, second) => second,
            (Self::Partly(first), Self::Partly(second) | Self::Not(second)) => {
                Self::Partly(format!("{first}; {second}"))
            }
            (first, _) => first,
        }
    }
}

/// How each layer holds.
pub type Report = Vec<(Layer, Hold)>;

/// The confinement of this process.
#[derive(Debug)]
pub struct Confinement {
    /// This process, as whoever started it sees it.
    pub pid: u32,
    kept_capabilities: CapabilitySet,
    access: Vec<Access>,
    without: Vec<Layer>,
    report: Report,
    is_closed: bool,
}

impl Confinement {
    /// Keeps the descriptors `kept` and the standard ones, and returns in the child that is to host plugins, which have
    /// `access` to what is named there. It leaves out the layers `without`, which only tests name.
    ///
    /// The caller's process must have one thread.
    ///
    /// # Errors
    /// The process can't be tied to its parent, or no child be made.
    pub fn enter(kept: &[RawFd], access: Vec<Access>, without: &[Layer]) -> anyhow::Result<Self> {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
            .context("cannot tie this process to its parent")?;
        descriptors::silence_standard_streams().context("cannot open /dev/null")?;
        let kept_capabilities =
            if limits::allow_real_time() { CapabilitySet::SYS_NICE } else { CapabilitySet::empty() };
        let mut it = Self {
            pid: 0,
            kept_capabilities,
            access,
            without: without.to_vec(),
            report: Report::new(),
            is_closed: false,
        };
        let (network, display) = (it.has(Access::Network), it.has(Access::Display));
        it.build(Layer::Privileges, || {
            environment::forget(display);
            descriptors::close_all_but(kept).map_or_else(not("descriptors"), |()| Hold::Whole)
        });
        let mut own_processes = false;
        it.build(Layer::Namespaces, || {
            let (entered, hold) = namespaces::enter(!kept_capabilities.is_empty(), network);
            own_processes = entered;
            hold
        });
        it.pid = warden::leave_to_child(own_processes).context("cannot make a child")?;
        Ok(it)
    }

    /// Takes away what is left to take once the files `bundles`, and the places that were `granted` to their plugins, are
    /// known. Only threads that are started later are confined as well: the process must have one now.
    ///
    /// Returns how it holds; `None`: it was closed before, and what is named now changes nothing.
    pub fn close(&mut self, bundles: &[PathBuf], granted: &[GrantedPlace]) -> Option<&Report> {
        if std::mem::replace(&mut self.is_closed, true) {
            return None;
        }
        let places = Places::of(bundles, granted, &self.access);
        self.build(Layer::Namespaces, || {
            root::enter(&places).map_or_else(
                |error| Hold::Partly(format!("no file system of its own ({error})")),
                |()| Hold::Whole,
            )
        });
        let kept = self.kept_capabilities;
        self.build(Layer::Privileges, || privileges::give_up(kept));
        self.build(Layer::Limits, limits::lower);
        let (network, display) = (self.has(Access::Network), self.has(Access::Display));
        self.build(Layer::Landlock, || files::restrict(&places, network));
        self.build(Layer::Seccomp, || calls::restrict(network, display));
        Some(&self.report)
    }

    fn has(&self, access: Access) -> bool {
        self.access.contains(&access)
    }

    fn build(&mut self, layer: Layer, build: impl FnOnce() -> Hold) {
        let hold =
            if self.without.contains(&layer) { Hold::Not("left out for a test".to_owned()) } else { build() };
        match self.report.iter_mut().find(|(known, _)| *known == layer) {
            Some((_, first)) => *first = first.clone().and(hold),
            None => self.report.push((layer, hold)),
        }
    }
}

/// Says that something could not be had, and why.
fn not<E: std::fmt::Display>(what: &str) -> impl FnOnce(E) -> Hold {
    move |error| Hold::Not(format!("{what}: {error}"))
}
