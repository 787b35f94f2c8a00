//! MIDI ports of a server: a thread that looks which there are, and keeps ours connected to those that are wanted.
//!
//! The server may take its time for each call, so neither the audio thread nor the control thread makes them. A port that is
//! gone and comes back under its name is connected again.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::sys::client::Running;
use super::sys::slots::{MOST_MIDI_PORTS, Slot};
use crate::device::{MidiDirection, OuterPort, WantedPort};

/// Between two looks; what is wanted otherwise is looked at sooner.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// The control thread's end. `[control]`
pub struct MidiPorts {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    listed: Vec<OuterPort>,
    wanted: Vec<WantedPort>,
    stop: bool,
}

impl MidiPorts {
    /// Starts the thread.
    pub fn start(client: Arc<Running>) -> Self {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let spawned = std::thread::Builder::new()
            .name("midi ports".into())
            .spawn(move || Thread { client, connected: Vec::new() }.run(&of_thread))
            .inspect_err(|error| tracing::warn!("no thread for MIDI ports: {error}"));
        Self { shared, thread: spawned.ok() }
    }

    /// The ports there were at the last look.
    pub fn list(&self) -> Vec<OuterPort> {
        self.shared.state().listed.clone()
    }

    /// Opens these, as soon as they are there, and closes all others.
    pub fn open(&self, wanted: &[WantedPort]) {
        let mut state = self.shared.state();
        if state.wanted != wanted {
            state.wanted = wanted.to_vec();
            self.shared.news.notify_all();
        }
    }
}

impl Drop for MidiPorts {
    fn drop(&mut self) {
        self.shared.state().stop = true;
        self.shared.news.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Thread {
    client: Arc<Running>,
    /// What slots are in use for, by their index.
    connected: Vec<(usize, WantedPort)>,
}

impl Thread {
    fn run(mut self, shared: &Shared) {
        let mut wanted = Vec::new();
        loop {
            let listed = self.look(&wanted);
            let mut state = shared.state();
            state.listed = listed;
            if !state.stop && state.wanted == wanted {
                let waited = shared.news.wait_timeout(state, LOOK_INTERVAL);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            if state.stop {
                return;
            }
            wanted.clone_from(&state.wanted);
        }
    }

    fn look(&mut self, wanted: &[WantedPort]) -> Vec<OuterPort> {
        let of_way = |direction| {
            let ports = self.client.midi_ports(direction).into_iter();
            ports.map(move |(name, physical)| OuterPort {
                name,
                direction,
                physical,
                open: false,
                latency: 0,
            })
        };
        let mut listed: Vec<OuterPort> =
            of_way(MidiDirection::Input).chain(of_way(MidiDirection::Output)).collect();
        let is_there = |it: &WantedPort| listed.iter().any(|port| is_port(port, it));
        let client = &self.client;
        self.connected.retain(|(index, it)| {
            let stays = wanted.contains(it) && is_there(it);
            if !stays {
                let slot = slot(client, it.direction, *index);
                slot.set_number(None);
                client.disconnect_midi(slot, it.direction, &it.name);
            }
            stays
        });
        for port in &mut listed {
            let Some(it) = wanted.iter().find(|it| is_port(port, it)) else { continue };
            let Some(index) = self.index(it) else { continue };
            let slot = slot(&self.client, it.direction, index);
            port.open =
                self.client.connect_midi(slot, it.direction, &own_name(it.direction, index), &it.name);
            if port.open {
                port.latency = self.client.midi_latency(slot, it.direction);
                slot.set_latency(port.latency);
                slot.set_number(Some(it.number));
            }
        }
        listed
    }

    /// The slot of a port, or a free one.
    fn index(&mut self, wanted: &WantedPort) -> Option<usize> {
        if let Some((index, _)) = self.connected.iter().find(|(_, it)| it == wanted) {
            return Some(*index);
        }
        let taken = |index: &usize| {
            let same_way = self.connected.iter().filter(|(_, it)| it.direction == wanted.direction);
            same_way.map(|(index, _)| index).any(|other| other == index)
        };
        // The first input is everybody's.
        let first = if wanted.direction == MidiDirection::Input { 1 } else { 0 };
        let index = (first..MOST_MIDI_PORTS).find(|index| !taken(index))?;
        self.connected.push((index, wanted.clone()));
        Some(index)
    }
}

fn slot(client: &Running, direction: MidiDirection, index: usize) -> &Slot {
    match direction {
        MidiDirection::Input => &client.midi().inputs[index],
        MidiDirection::Output => &client.midi().outputs[index],
    }
}

fn own_name(direction: MidiDirection, index: usize) -> String {
    match direction {
        MidiDirection::Input => format!("midi_in_{}", index + 1),
        MidiDirection::Output => format!("midi_out_{}", index + 1),
    }
}

fn is_port(port: &OuterPort, wanted: &WantedPort) -> bool {
    port.direction == wanted.direction && port.name == wanted.name
}
