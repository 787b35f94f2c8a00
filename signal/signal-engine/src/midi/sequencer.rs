//! ALSA's sequencer: MIDI ports beside any audio device, for who has no sound server that brings them.
//!
//! 1. A thread of its own opens the sequencer; a kernel or machine without one has no such ports, which is no error.
//! 2. What comes in is stamped by the kernel, put on the system's clock here, and read by the audio thread.
//! 3. What goes out was given its moment by the audio thread; the kernel's queue sends it then.
//! 4. The sequencer announces ports that come and go; one that comes back under its name is connected again.
//!
//! **Not tested with hardware**: the machines of the tests have no sequencer. What is tested is its absence, and the form of
//! messages. Why by libasound at run time: decision 0013.

mod sys;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use signal_rt::rtrb::{Consumer, Producer, RingBuffer};

use self::sys::client::{Address, Client, Found, Received};
use super::held::{self, HeldPorts};
use super::{SEQUENCER_MESSAGES, TimedMessage};
use crate::device::{MidiDirection, OuterPort, WantedPort};

/// Between two looks into the audio thread's ring while something can be sent: what a message played live waits at most.
const OUTPUT_TURN_MS: i32 = 1;
/// Between two looks at what is wanted otherwise.
const IDLE_TURN_MS: i32 = 50;
/// Between two comparisons of the queue's clock with the system's.
const CLOCK_INTERVAL: Duration = Duration::from_secs(1);

/// What the control thread and the sequencer's share. Neither is an audio thread.
#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ports: Vec<OuterPort>,
    wanted: Vec<WantedPort>,
    /// Why there are none, for people.
    absence: Option<String>,
}

/// The control thread's end. `[control]`
pub struct Sequencer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Sequencer {
    /// Starts the thread. Also gives what comes in, for the audio thread.
    pub fn start(outgoing: Consumer<TimedMessage>) -> (Self, Consumer<TimedMessage>) {
        let (heard, incoming) = RingBuffer::new(SEQUENCER_MESSAGES);
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let spawned = std::thread::Builder::new()
            .name("sequencer".into())
            .spawn(move || run(&of_thread, outgoing, heard))
            .inspect_err(|error| tracing::warn!("no thread for ALSA's MIDI: {error}"));
        (Self { shared, thread: spawned.ok() }, incoming)
    }

    /// The ports there are.
    pub fn ports(&self) -> Vec<OuterPort> {
        self.state().ports.clone()
    }

    /// Why there are none; `None` if the sequencer is there.
    pub fn absence(&self) -> Option<String> {
        self.state().absence.clone()
    }

    /// Opens these, and closes all others.
    pub fn open(&self, wanted: &[WantedPort]) {
        let mut state = self.state();
        if state.wanted != wanted {
            state.wanted = wanted.to_vec();
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Sequencer {
    /// Lets go of what sounds and closes the ports.
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The ports there are, for a list; by a client of its own. `[any]`
///
/// # Errors
/// Why there are none, for people.
pub fn list() -> Result<Vec<OuterPort>, String> {
    let found = Client::open()?.ports();
    Ok(named(&found).into_iter().map(|(_, port)| port).collect())
}

/// Ports by the names that people know them by: the client's and the port's, unless one says both.
fn named(found: &[Found]) -> Vec<(Address, OuterPort)> {
    let mut named: Vec<(Address, OuterPort)> = Vec::new();
    for it in found {
        let full = match it.port_name.starts_with(&it.client_name) {
            true => it.port_name.clone(),
            false => format!("{}: {}", it.client_name, it.port_name),
        };
        let ways = [(it.reads, MidiDirection::Input), (it.writes, MidiDirection::Output)];
        for direction in ways.into_iter().filter_map(|(can, direction)| can.then_some(direction)) {
            let same = |(_, port): &&(Address, OuterPort)| {
                port.direction == direction
                    && (port.name == full || port.name.starts_with(&format!("{full} #")))
            };
            let name = match named.iter().filter(same).count() {
                0 => full.clone(),
                others => format!("{full} #{}", others + 1),
            };
            let port = OuterPort { name, direction, physical: it.hardware, open: false, latency: 0 };
            named.push((it.address, port));
        }
    }
    named
}

/// A port of ours that is connected to somebody's.
struct Connection {
    wanted: WantedPort,
    address: Address,
    own: i32,
}

struct Thread<'a> {
    shared: &'a Shared,
    client: Client,
    connections: Vec<Connection>,
    /// What was wanted at the last look.
    wired: Vec<WantedPort>,
    outgoing: Consumer<TimedMessage>,
    heard: Producer<TimedMessage>,
    held: HeldPorts,
    /// What the kernel had no room for.
    late: VecDeque<TimedMessage>,
    /// The queue's clock less the system's.
    ahead_ns: i64,
}

fn run(shared: &Shared, outgoing: Consumer<TimedMessage>, heard: Producer<TimedMessage>) {
    let client = match Client::open() {
        Ok(client) => client,
        Err(reason) => {
            tracing::info!("no MIDI ports of ALSA: {reason}");
            shared.state.lock().unwrap_or_else(PoisonError::into_inner).absence = Some(reason);
            return;
        }
    };
    let (connections, wired, late) = (Vec::new(), Vec::new(), VecDeque::new());
    let held = HeldPorts::default();
    Thread { shared, client, connections, wired, outgoing, heard, held, late, ahead_ns: 0 }.run();
}

impl Thread<'_> {
    fn run(mut self) {
        let mut compared = None::<Instant>;
        let mut changed = true;
        while !self.shared.stop.load(Ordering::Relaxed) {
            if compared.is_none_or(|at| at.elapsed() >= CLOCK_INTERVAL) {
                self.compare_clocks();
                compared = Some(Instant::now());
                // Also a port that refused once is tried again.
                changed = true;
            }
            self.wire(std::mem::take(&mut changed));
            let sends = self.connections.iter().any(|it| it.wanted.direction == MidiDirection::Output);
            self.client.wait(if sends { OUTPUT_TURN_MS } else { IDLE_TURN_MS });
            while let Some(received) = self.client.receive() {
                changed |= matches!(received, Received::Changed);
                self.hear(received);
            }
            self.send();
        }
        self.let_go();
    }

    /// The middle of two looks at the system's clock belongs to the look at the queue's.
    fn compare_clocks(&mut self) {
        let before = shm::Deadline::now().nanoseconds();
        if let Some(queue) = self.client.queue_ns() {
            let middle = before + (shm::Deadline::now().nanoseconds() - before) / 2;
            self.ahead_ns = queue as i64 - middle as i64;
        }
    }

    /// Connects what is wanted and there, and ends what is not.
    fn wire(&mut self, look: bool) {
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !look && state.wanted == self.wired {
            return;
        }
        self.wired.clone_from(&state.wanted);
        let is_wanted = |it: &Connection| state.wanted.contains(&it.wanted);
        let found = named(&self.client.ports());
        let address =
            |wanted: &WantedPort| found.iter().find(|(_, port)| is_port(port, wanted)).map(|(it, _)| *it);
        let client = &self.client;
        self.connections.retain(|it| {
            let stays = is_wanted(it) && address(&it.wanted) == Some(it.address);
            if !stays {
                client.delete_port(it.own);
            }
            stays
        });
        for wanted in &state.wanted {
            let Some(address) = address(wanted) else { continue };
            if self.connections.iter().any(|it| it.wanted == *wanted) {
                continue;
            }
            if let Some(own) = client.connect(wanted.direction, address, &wanted.name) {
                self.connections.push(Connection { wanted: wanted.clone(), address, own });
            }
        }
        let connections = &self.connections;
        state.ports = found.into_iter().map(|(_, port)| port).collect();
        for port in &mut state.ports {
            port.open = connections.iter().any(|it| is_port(port, &it.wanted));
        }
    }

    fn hear(&mut self, received: Received) {
        let Received::Message { port, time_ns, data } = received else { return };
        let from = self.connections.iter().find(|it| it.own == port);
        if let Some(from) = from.filter(|it| it.wanted.direction == MidiDirection::Input) {
            let time_ns = (time_ns as i64 - self.ahead_ns).max(0) as u64;
            // A device that stands still takes none; what it missed is of no use later.
            let _ = self.heard.push(TimedMessage { time_ns, port: from.wanted.number, data });
        }
    }

    fn send(&mut self) {
        while let Some(message) = self.late.pop_front().or_else(|| self.outgoing.pop().ok()) {
            let Some(own) = self.own(message.port) else { continue };
            let at = (message.time_ns as i64 + self.ahead_ns).max(0) as u64;
            if !self.client.send(own, Some(at), message.data) {
                self.late.push_front(message);
                return;
            }
            self.held.follow(&held::message(message.port, 0, message.data));
        }
    }

    fn let_go(&mut self) {
        let (client, connections) = (&self.client, &self.connections);
        self.held.let_go(&mut |message| {
            if let Some(own) = own(connections, message.port) {
                client.send(own, None, message.bytes);
            }
        });
    }

    fn own(&self, number: u16) -> Option<i32> {
        own(&self.connections, number)
    }
}

fn own(connections: &[Connection], number: u16) -> Option<i32> {
    let mut outputs = connections.iter().filter(|it| it.wanted.direction == MidiDirection::Output);
    outputs.find(|it| it.wanted.number == number).map(|it| it.own)
}

fn is_port(port: &OuterPort, wanted: &WantedPort) -> bool {
    port.direction == wanted.direction && port.name == wanted.name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(client: i32, client_name: &str, port_name: &str, reads: bool, writes: bool) -> Found {
        let address = Address { client, port: 0 };
        let (client_name, port_name) = (client_name.to_owned(), port_name.to_owned());
        Found { address, client_name, port_name, hardware: true, reads, writes }
    }

    #[test]
    fn ports_have_one_name_each_way_and_two_of_a_kind_are_numbered() {
        let ports = named(&[
            found(20, "Keystation", "Keystation MIDI 1", true, true),
            found(24, "Synth", "in", false, true),
            found(28, "Synth", "in", false, true),
        ]);
        let names: Vec<_> = ports.iter().map(|(it, port)| (it.client, port.name.as_str())).collect();
        let expected =
            [(20, "Keystation MIDI 1"), (20, "Keystation MIDI 1"), (24, "Synth: in"), (28, "Synth: in #2")];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_machine_without_a_sequencer_has_no_ports_and_says_why() {
        if std::path::Path::new("/dev/snd/seq").exists() {
            return;
        }
        let reason = list().expect_err("there is none");
        assert!(reason.contains("ALSA"), "{reason}");
        let (_, outgoing) = RingBuffer::new(1);
        let (sequencer, _heard) = Sequencer::start(outgoing);
        while sequencer.absence().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!((sequencer.ports(), sequencer.absence()), (Vec::new(), Some(reason)));
    }
}
