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
    chain::{Chain, ChainPlan, ConversionAnswer, SavedState, Saving, VoiceEnds},
    process::Process,
    wire::{self, FromSandbox},
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
    events: mpsc::Sender<SandboxEvent>,
    statuses: watch::Sender<Vec<SandboxStatus>>,
) -> io::Result<(Errands, JoinHandle<()>)> {
    let (queue, errands) = sync_channel(MAX_ERRANDS);
    let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
    let keeper = Keeper {
        setup,
        errands,
        wake: wake.clone(),
        events,
        statuses,
        waiting: VecDeque::new(),
        chains: BTreeMap::new(),
        leaving: Vec::new(),
    };
    let thread = std::thread::Builder::new().name("sandboxes".to_owned()).spawn(|| keeper.run())?;
    Ok((Errands { queue, wake }, thread))
}

/// A process that is to end, once its states are saved.
struct Leaving {
    process: Process,
    saving: Saving,
    is_told: bool,
    until: Instant,
}

struct Keeper {
    setup: Setup,
    errands: Receiver<Errand>,
    wake: Arc<OwnedFd>,
    events: mpsc::Sender<SandboxEvent>,
    statuses: watch::Sender<Vec<SandboxStatus>>,
    waiting: VecDeque<SandboxEvent>,
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
            let now = Instant::now();
            for chain in self.chains.values_mut() {
                chain.tend(now, &self.setup, &mut out);
            }
            self.leaving.retain_mut(|leaving| leaving.tend(now, &mut out));
            self.tell(out);
        }
    }

    /// Until something happens, or it is time to look around.
    fn wait(&self) {
        let processes = self.chains.values().flat_map(Chain::processes);
        let processes = processes.chain(self.leaving.iter().map(|leaving| &leaving.process));
        let mut watched = vec![PollFd::new(&*self.wake, PollFlags::IN)];
        for process in processes {
            let writable = if process.wants_to_write() { PollFlags::OUT } else { PollFlags::empty() };
            watched.push(PollFd::from_borrowed_fd(process.socket().as_fd(), PollFlags::IN | writable));
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
        match errand {
            Errand::Open { key, node, plan, ends, opener } => {
                let chain = Chain::open(node, plan, ends, opener, &self.setup, out);
                self.chains.insert(key, chain);
            }
            Errand::Change { key, plan } => {
                if let Some(chain) = self.chains.get_mut(&key) {
                    chain.change(plan, &self.setup, out);
                }
            }
            Errand::Forget { key } => {
                if let Some(chain) = self.chains.remove(&key) {
                    self.close(chain);
                }
            }
            Errand::Kill { pid } => {
                let mut chains = self.chains.values_mut();
                if let Some(chain) = chains.find(|chain| chain.processes().any(|it| it.pid() == pid)) {
                    chain.kill();
                }
            }
            Errand::Restart { device } => {
                let mut chains = self.chains.values_mut();
                if let Some(chain) = chains.find(|chain| chain.devices().any(|it| it == device)) {
                    chain.start_again(&self.setup, out);
                }
            }
            Errand::Convert { device, parameter, from, answer } => {
                let mut chains = self.chains.values_mut();
                match chains.find(|chain| chain.devices().any(|it| it == device)) {
                    Some(chain) => chain.convert(device, parameter, from, answer),
                    None => drop(answer.send(Err("there is no such plugin".to_owned()))),
                }
            }
            Errand::End => {
                for chain in std::mem::take(&mut self.chains).into_values() {
                    self.close(chain);
                }
                return false;
            }
        }
        true
    }

    fn close(&mut self, chain: Chain) {
        if let Some((process, saving)) = chain.close() {
            self.leaving.push(Leaving { process, saving, is_told: false, until: Instant::now() + FAREWELL });
        }
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
        let statuses: Vec<SandboxStatus> = self.chains.values().map(Chain::status).collect();
        self.statuses.send_if_modified(|shown| {
            let differs = *shown != statuses;
            *shown = statuses;
            differs
        });
    }
}

impl Leaving {
    /// Returns whether it is still there.
    fn tend(&mut self, now: Instant, out: &mut Vec<SandboxEvent>) -> bool {
        if now >= self.until || self.process.ended().is_some() {
            return false;
        }
        while let Ok(Some(message)) = self.process.receive() {
            match message {
                FromSandbox::StatePart { request_id, total_bytes, offset, data } => {
                    if let Some((device, state)) = self.saving.add(request_id, total_bytes, offset, &data) {
                        let state = SavedState::new(state.into()).bytes;
                        out.push(SandboxEvent::StateSaved { device, state });
                    }
                }
                FromSandbox::NoState { request_id, .. } => drop(self.saving.give_up(request_id)),
                _ => {}
            }
        }
        if self.saving.is_empty() && !self.is_told {
            self.is_told = self.process.send(wire::shutdown()).is_ok();
        }
        self.process.write().is_ok()
    }
}
