//! The audio thread's part: what the graph's lines hold goes to ports, each message at its frame.
//!
//! Nothing here allocates, locks or waits. What the table says of ports is the control thread's.

use std::collections::VecDeque;
use std::sync::Arc;

use signal_graph::NodeId;
use signal_nodes::midi_out::{LineMessage, MidiLine};
use signal_rt::rtrb::{Consumer, Producer, RingBuffer};
use signal_rt::{Collector, Discard, discard_ring};

use super::held::{self, Held};
use super::{SEQUENCER_MESSAGES, TimedMessage};
use crate::device::MidiMessage;

/// Tables under way: one an edit.
const ORDERS: usize = 64;
/// Messages that wait for their frame: a second of the densest music there is.
const MOST_WAITING: usize = 16_384;
/// Messages that leave in one block; what finds no room leaves in the next.
const MOST_LEAVING: usize = 4096;

/// How a port is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the device that plays.
    Device,
    /// By ALSA's sequencer, which is told the moment.
    Sequencer,
}

/// Where a track's messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The port's number.
    pub port: u16,
    /// How it is reached.
    pub way: Way,
    /// 0 to 15; none: as they are.
    pub channel: Option<u8>,
    /// Frames that the port's own way takes.
    pub latency: u32,
}

/// A node that sends.
#[derive(Debug)]
pub struct Sender {
    node: NodeId,
    line: Arc<MidiLine>,
    /// None: it is muted, or its port is missing.
    route: Option<Route>,
    held: Held,
    /// When the last of its playback leaves: what follows leaves no sooner.
    last: u64,
}

impl Sender {
    /// [control] One that has sent nothing.
    pub fn new(node: NodeId, line: Arc<MidiLine>, route: Option<Route>) -> Self {
        Self { node, line, route, held: Held::default(), last: 0 }
    }
}

/// Every node that sends, and the ports that were opened for it.
#[derive(Debug, Default)]
pub struct Table {
    /// By ascending node.
    pub senders: Vec<Sender>,
    /// Ports that are open since the last table: who knows what sounds there.
    pub opened: Vec<(Way, u16)>,
}

/// What the control thread asks.
#[derive(Debug)]
pub enum OutletOrder {
    /// Other nodes or ports.
    Table(Box<Table>),
    /// Everything ends, at every port.
    Silence,
}

/// The control thread's rings. `[control]`
pub struct OutletRings {
    /// What to do.
    pub orders: Producer<OutletOrder>,
    /// Tables to free.
    pub done: Collector<Box<Table>>,
    /// To the sequencer's thread.
    pub to_sequencer: Option<Consumer<TimedMessage>>,
}

/// The audio thread's end. `[audio]`
#[derive(Debug)]
pub struct Outlet {
    orders: Consumer<OutletOrder>,
    done: Discard<Box<Table>>,
    table: Box<Table>,
    waiting: VecDeque<Waiting>,
    leaving: Vec<MidiMessage>,
    to_sequencer: Producer<TimedMessage>,
    /// Frame of the present block's start.
    now: u64,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    due: u64,
    way: Way,
    port: u16,
    data: [u8; 3],
}

/// What the outlet has to know of a block.
#[derive(Clone, Copy, Debug)]
pub struct OutletBlock {
    /// Number of its first frame, without end.
    pub frame: u64,
    /// Frames of it.
    pub frames: usize,
    /// Frames by which the graph's output comes after the song position.
    pub compensation: u32,
    /// Frames from the block to the jack.
    pub output_latency: u32,
    /// When its period began, in nanoseconds of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// In hertz.
    pub sample_rate: u32,
}

/// Makes both ends. `[control]`
pub fn outlet() -> (Outlet, OutletRings) {
    let (orders, incoming) = RingBuffer::new(ORDERS);
    let (done, collector) = discard_ring(ORDERS);
    let (to_sequencer, from_outlet) = RingBuffer::new(SEQUENCER_MESSAGES);
    let end = Outlet {
        orders: incoming,
        done,
        table: Box::default(),
        waiting: VecDeque::with_capacity(MOST_WAITING),
        leaving: Vec::with_capacity(MOST_LEAVING),
        to_sequencer,
        now: 0,
    };
    (end, OutletRings { orders, done: collector, to_sequencer: Some(from_outlet) })
}

impl Outlet {
    /// Begins a block: nothing is in the lines yet.
    pub fn before(&mut self, frame: u64) {
        self.now = frame;
        while self.done.has_room()
            && let Ok(order) = self.orders.pop()
        {
            match order {
                OutletOrder::Table(table) => self.change(table),
                OutletOrder::Silence => self.silence(),
            }
        }
        for sender in &self.table.senders {
            sender.line.begin();
        }
    }

    /// Takes what the block has put into the lines, and finds what leaves in it.
    pub fn after(&mut self, block: &OutletBlock) {
        let (waiting, now) = (&mut self.waiting, self.now);
        for Sender { line, route, held, last, .. } in &mut self.table.senders {
            let Some(route) = *route else { continue };
            let delay = u64::from(
                block.compensation.saturating_add(block.output_latency).saturating_sub(route.latency),
            );
            line.each(|message| {
                let at = now + u64::from(message.offset);
                let due = if message.live { at } else { (at + delay).max(*last) };
                if !message.live {
                    *last = due;
                }
                let Route { way, port, .. } = route;
                let mut send = |data| wait(waiting, Waiting { due, way, port, data });
                if message.data == LineMessage::RELEASE {
                    held.let_go(|data| _ = send(data));
                    return;
                }
                let data = on_channel(message.data, route.channel);
                if send(data) {
                    held.follow(data);
                }
            });
        }
        self.leave(block);
    }

    /// What leaves by the device's ports in the last block, by ascending frame.
    pub fn leaving(&self) -> &[MidiMessage] {
        &self.leaving
    }

    /// Moves what is due in the block to where it leaves.
    fn leave(&mut self, block: &OutletBlock) {
        self.leaving.clear();
        let end = block.frame + block.frames as u64;
        while self.leaving.len() < MOST_LEAVING
            && let Some(next) = self.waiting.front().filter(|next| next.due < end)
        {
            let offset = next.due.saturating_sub(block.frame);
            match next.way {
                Way::Device => self.leaving.push(held::message(next.port, offset as u32, next.data)),
                Way::Sequencer => {
                    let passed = offset * 1_000_000_000 / u64::from(block.sample_rate.max(1));
                    let (port, data) = (next.port, next.data);
                    let message = TimedMessage { time_ns: block.start_ns + passed, port, data };
                    // Without room its thread hangs or there is none, and nobody would send it.
                    let _ = self.to_sequencer.push(message);
                }
            }
            self.waiting.pop_front();
        }
    }

    /// Goes over to another table. What its nodes hold elsewhere ends where it was begun.
    fn change(&mut self, mut table: Box<Table>) {
        for old in &mut self.table.senders {
            let new = table.senders.binary_search_by_key(&old.node, |sender| sender.node).ok();
            let place = |route: Option<Route>| route.map(|route| (route.way, route.port, route.channel));
            match new.map(|at| &mut table.senders[at]).filter(|new| place(new.route) == place(old.route)) {
                Some(new) => (new.held, new.last) = (old.held.clone(), old.last),
                None => {
                    let Some(Route { way, port, .. }) = old.route else { continue };
                    let due = old.last.max(self.now);
                    old.held.lift(|data| _ = wait(&mut self.waiting, Waiting { due, way, port, data }));
                }
            }
        }
        for (way, port) in &table.opened {
            let (due, way, port) = (self.now, *way, *port);
            held::silence(|data| _ = wait(&mut self.waiting, Waiting { due, way, port, data }));
        }
        // There is room: it was asked for.
        let _ = self.done.push(std::mem::replace(&mut self.table, table));
    }

    /// Everything under way leaves at once, then everything ends, on every channel of every port.
    fn silence(&mut self) {
        let due = self.now;
        self.waiting.iter_mut().for_each(|waiting| waiting.due = due);
        for at in 0..self.table.senders.len() {
            let (before, rest) = self.table.senders.split_at_mut(at);
            let sender = &mut rest[0];
            let Some(Route { way, port, .. }) = sender.route else { continue };
            let waiting = &mut self.waiting;
            let mut send = |data| _ = wait(waiting, Waiting { due, way, port, data });
            sender.held.lift(&mut send);
            sender.held.clear();
            sender.last = due;
            let is_done =
                |other: &Sender| other.route.is_some_and(|route| (route.way, route.port) == (way, port));
            if !before.iter().any(is_done) {
                held::silence(&mut send);
            }
        }
    }
}

/// Puts a message among those that wait, after those of its frame. Without room a beginning is left out, which is silence;
/// for anything else the first that waits leaves early. False: it was left out.
fn wait(waiting: &mut VecDeque<Waiting>, message: Waiting) -> bool {
    if waiting.len() >= MOST_WAITING {
        let begins = message.data[0] & 0xF0 == 0x90 && message.data[2] > 0;
        let dispensable = waiting.iter().rposition(|other| !ends(other.data)).filter(|_| !begins);
        let Some(dispensable) = dispensable else { return false };
        waiting.remove(dispensable);
    }
    let later = waiting.iter().rev().take_while(|other| other.due > message.due).count();
    waiting.insert(waiting.len() - later, message);
    true
}

/// Whether it ends something: a note, a pedal, all notes.
fn ends(data: [u8; 3]) -> bool {
    match data[0] & 0xF0 {
        0x80 => true,
        0x90 => data[2] == 0,
        0xB0 => data[1] >= 120 || (data[1] == 64 && data[2] < 64),
        _ => false,
    }
}

fn on_channel(data: [u8; 3], channel: Option<u8>) -> [u8; 3] {
    match channel {
        Some(channel) if data[0] < 0xF0 => [data[0] & 0xF0 | channel & 0x0F, data[1], data[2]],
        _ => data,
    }
}

#[cfg(test)]
mod tests;
