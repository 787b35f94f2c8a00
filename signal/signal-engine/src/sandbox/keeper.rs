//! The one thread that starts sandboxes, listens to them and buries them. It must outlive them all: the kernel kills a
//! child when the thread that started it ends. It touches no audio.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    os::fd::{AsFd as _, OwnedFd},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use signal_graph::NodeId;
use tokio::sync::{mpsc, watch};

use super::{
    Convertible, SandboxEvent, Setup,
    chain::{Chain, ChainPlan, ConversionAnswer, Heard, SavedState, Tenant, Tools, VoiceEnds},
    hosts::Hosts,
    voice::OpenRequests,
};
use crate::device_board::SandboxStatus;

/// Errands waiting for the keeper, which never waits for anything but them.
const MAX_ERRANDS: usize = 1024;
/// Events waiting for the engine. When it takes none, edits and old statuses give way.
const MAX_EVENTS: usize = 4096;
/// How often voices, limits and figures are looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long a sandbox may take to save and to end before it is killed.
const FAREWELL: Duration = Duration::from_secs(2);

/// Something for the keeper to do.
#[derive(Debug)]
pub enum Errand {
    /// A new chain.
    Open {
        key: u64,
        node: NodeId,
        plan: ChainPlan,
        ends: VoiceEnds,
        opener: Option<SyncSender<Result<(), String>>>,
    },
    /// A chain is to become another.
    Change { key: u64, plan: ChainPlan },
    /// The last node of a chain is gone.
    Forget { key: u64 },
    /// A user wants to see it die.
    Kill { pid: u32 },
    /// A user wants it to be tried again.
    Restart { device: u64 },
    /// A user has seen what went wrong.
    DismissIncident { device: u64 },
    /// Value to text or text to value.
    Convert { device: u64, parameter: u32, from: Convertible, answer: ConversionAnswer },
    /// Everything ends.
    End,
}

/// The way to the keeper, from any thread but an audio thread.
#[derive(Clone, Debug)]
pub struct Errands {
    queue: SyncSender<Errand>,
    wake: Arc<OwnedFd>,
}

impl Errands {
    /// Hands an errand over. Returns whether the keeper is there to take it.
    pub fn send(&self, errand: Errand) -> bool {
        let sent = self.queue.send(errand).is_ok();
        // It fails only when the counter is full, and then the keeper is awake.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
        sent
    }

    /// The chain is no longer needed.
    pub fn forget(&self, key: u64) {
        self.send(Errand::Forget { key });
    }
}

/// Starts the keeper.
pub fn start(
    setup: Setup,
    open: Arc<OpenRequests>,
    events: mpsc::Sender<SandboxEvent>,
    statuses: watch::Sender<Vec<SandboxStatus>>,
) -> io::Result<(Errands, JoinHandle<()>)> {
    let (queue, errands) = sync_channel(MAX_ERRANDS);
    let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
    let woken = wake.clone();
    let keep = move || {
        let keeper = Keeper {
            setup,
            open,
            errands,
            wake: woken,
            events,
            statuses,
            waiting: VecDeque::new(),
            hosts: Hosts::new(),
            chains: BTreeMap::new(),
            leaving: Vec::new(),
        };
        keeper.run();
    };
    let thread = std::thread::Builder::new().name("sandboxes".to_owned()).spawn(keep)?;
    Ok((Errands { queue, wake }, thread))
}

/// What is to end, once its states are saved.
struct Leaving {
    tenant: Tenant,
    is_told: bool,
    until: Instant,
}

struct Keeper {
    setup: Setup,
    open: Arc<OpenRequests>,
    errands: Receiver<Errand>,
    wake: Arc<OwnedFd>,
    events: mpsc::Sender<SandboxEvent>,
    statuses: watch::Sender<Vec<SandboxStatus>>,
    waiting: VecDeque<SandboxEvent>,
    hosts: Hosts,
    chains: BTreeMap<u64, Chain>,
    leaving: Vec<Leaving>,
}

impl Keeper {
    fn run(mut self) {
        let mut goes_on = true;
        while goes_on || !self.leaving.is_empty() {
            self.wait();
            let mut out = Vec::new();
            while let Ok(errand) = self.errands.try_recv() {
                goes_on &= self.serve(errand, &mut out);
            }
            let Self { setup, open, hosts, chains, leaving, .. } = &mut self;
            let mut tools = Tools { setup, open, hosts, out: &mut out, now: Instant::now() };
            chains.values_mut().for_each(|chain| chain.tend(&mut tools));
            leaving.retain_mut(|leaving| leaving.tend(tools.now, tools.out));
            if goes_on {
                hosts.tend(setup);
            }
            self.tell(out);
        }
    }

    /// Until something happens, or it is time to look around.
    fn wait(&self) {
        let tenants = self.chains.values().flat_map(Chain::tenants);
        let tenants = tenants.chain(self.leaving.iter().map(|leaving| &leaving.tenant));
        let (connections, processes): (Vec<_>, Vec<_>) =
            tenants.map(|tenant| (tenant.connection(), tenant.process())).unzip();
        let mut watched = vec![PollFd::new(&*self.wake, PollFlags::IN)];
        for connection in connections.into_iter().chain(self.hosts.connections()) {
            let writable = if connection.wants_to_write() { PollFlags::OUT } else { PollFlags::empty() };
            watched.push(PollFd::from_borrowed_fd(connection.socket().as_fd(), PollFlags::IN | writable));
        }
        for process in &processes {
            watched.push(PollFd::from_borrowed_fd(process.pidfd().as_fd(), PollFlags::IN));
        }
        let idle = watched.len() == 1;
        let tick = Timespec { tv_sec: 0, tv_nsec: TICK.subsec_nanos().into() };
        // Whatever it says, what is due is looked at next.
        let _ = poll(&mut watched, if idle && self.chains.is_empty() { None } else { Some(&tick) });
        let _ = rustix::io::read(&*self.wake, &mut [0_u8; 8]);
    }

    /// Returns whether to go on.
    fn serve(&mut self, errand: Errand, out: &mut Vec<SandboxEvent>) -> bool {
        let Self { setup, open, hosts, chains, .. } = self;
        let mut tools = Tools { setup, open, hosts, out, now: Instant::now() };
        match errand {
            Errand::Open { key, node, plan, ends, opener } => {
                chains.insert(key, Chain::open(node, plan, ends, opener, &mut tools));
            }
            Errand::Change { key, plan } => {
                if let Some(chain) = chains.get_mut(&key) {
                    chain.change(plan, &mut tools);
                }
            }
            Errand::Forget { key } => {
                if let Some(chain) = chains.remove(&key) {
                    self.close(chain);
                }
            }
            Errand::Kill { pid } => {
                // One process may host parts of many chains: it is killed once.
                let _ = tools.hosts.kill(pid) || chains.values_mut().any(|chain| chain.kill(pid));
            }
            Errand::Restart { device } => {
                if let Some(chain) = chain_of(chains, device) {
                    chain.start_again(&mut tools);
                }
            }
            Errand::DismissIncident { device } => {
                if let Some(chain) = chain_of(chains, device) {
                    chain.dismiss_incident(device, tools.out);
                }
            }
            Errand::Convert { device, parameter, from, answer } => match chain_of(chains, device) {
                Some(chain) => chain.convert(device, parameter, from, answer),
                None => drop(answer.send(Err("there is no such plugin".to_owned()))),
            },
            Errand::End => {
                for chain in std::mem::take(chains).into_values() {
                    self.close(chain);
                }
                return false;
            }
        }
        true
    }

    fn close(&mut self, chain: Chain) {
        let until = Instant::now() + FAREWELL;
        let tenants = chain.close().into_iter();
        self.leaving.extend(tenants.map(|tenant| Leaving { tenant, is_told: false, until }));
    }

    fn tell(&mut self, out: Vec<SandboxEvent>) {
        for event in out {
            self.waiting.retain(|older| !event.replaces(older));
            if self.waiting.len() >= MAX_EVENTS {
                self.waiting.pop_front();
            }
            self.waiting.push_back(event);
        }
        while let Some(event) = self.waiting.pop_front() {
            if let Err(mpsc::error::TrySendError::Full(event)) = self.events.try_send(event) {
                self.waiting.push_front(event);
                break;
            }
        }
        let statuses =
            by_process(self.chains.values().flat_map(Chain::statuses).chain(self.hosts.statuses()));
        self.statuses.send_if_modified(|shown| {
            let differs = *shown != statuses;
            *shown = statuses;
            differs
        });
    }
}

fn chain_of(chains: &mut BTreeMap<u64, Chain>, device: u64) -> Option<&mut Chain> {
    chains.values_mut().find(|chain| chain.devices().any(|it| it == device))
}

/// Puts what shares a process together.
fn by_process(statuses: impl Iterator<Item = SandboxStatus>) -> Vec<SandboxStatus> {
    let mut merged: Vec<SandboxStatus> = Vec::new();
    for status in statuses {
        match merged.iter_mut().find(|it| it.pid != 0 && it.pid == status.pid) {
            Some(same) => {
                same.devices.extend(status.devices);
                same.plugins.extend(status.plugins);
                same.round_trip_us = same.round_trip_us.max(status.round_trip_us);
                same.overhead_us = same.overhead_us.max(status.overhead_us);
                same.late_blocks += status.late_blocks;
                same.bad_blocks += status.bad_blocks;
                same.name = [&*same.name, &*status.name].join(" | ");
            }
            None => merged.push(status),
        }
    }
    merged
}

impl Leaving {
    /// Returns whether it is still there.
    fn tend(&mut self, now: Instant, out: &mut Vec<SandboxEvent>) -> bool {
        let mut heard = Vec::new();
        let lives = self.tenant.tend(now, &mut heard).is_ok() && now < self.until;
        for heard in heard {
            if let Heard::State { device, state } = heard {
                out.push(SandboxEvent::StateSaved { device, state: SavedState::new(state.into()).bytes });
            }
        }
        if self.tenant.has_saved() && !self.is_told {
            self.is_told = self.tenant.shut_down();
        }
        lives
    }
}
