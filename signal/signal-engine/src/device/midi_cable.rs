//! The virtual device's MIDI: one port out that leads to one port in, an exact number of frames long, as its audio cable is.
//!
//! It neither wakes nor waits; whoever plays the device turns it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU16, Ordering};

use super::{Latency, MidiDirection, MidiMessage, OuterPort, WantedPort};

/// What both ports are called.
pub const LOOPBACK: &str = "Loopback";
/// Messages on their way through the cable, and of one block.
const UNDER_WAY: usize = 16_384;
const OF_A_BLOCK: usize = 4096;

/// Numbers that the ports are known by now; 0: closed.
#[derive(Debug, Default)]
pub struct LoopbackPorts {
    input: AtomicU16,
    output: AtomicU16,
}

impl LoopbackPorts {
    /// [control] Both ports, as they are.
    pub fn list(&self, latency: Latency) -> Vec<OuterPort> {
        let port = |direction, number: &AtomicU16, latency| OuterPort {
            name: LOOPBACK.to_owned(),
            direction,
            // Nobody's keyboard: it is heard by tracks that name it.
            physical: false,
            open: number.load(Ordering::Relaxed) != 0,
            latency,
        };
        vec![
            port(MidiDirection::Input, &self.input, latency.input),
            port(MidiDirection::Output, &self.output, latency.output),
        ]
    }

    /// [control] Opens those that are wanted, closes the others.
    pub fn open(&self, wanted: &[WantedPort]) {
        let number = |direction| {
            let port = wanted.iter().find(|port| port.direction == direction && port.name == LOOPBACK);
            port.map_or(0, |port| port.number)
        };
        self.input.store(number(MidiDirection::Input), Ordering::Relaxed);
        self.output.store(number(MidiDirection::Output), Ordering::Relaxed);
    }
}

/// The cable. `[audio]`
#[derive(Debug)]
pub struct MidiCable {
    /// The frame at which it arrives, and the message.
    under_way: VecDeque<(u64, MidiMessage)>,
    arrived: Vec<MidiMessage>,
    frames: u32,
    early: u32,
}

impl MidiCable {
    /// [control] `frames` long, of which `early` count as the way in.
    pub fn new(frames: u32, early: u32) -> Self {
        let (under_way, arrived) = (VecDeque::with_capacity(UNDER_WAY), Vec::with_capacity(OF_A_BLOCK));
        Self { under_way, arrived, frames, early }
    }

    /// [audio] What arrives in a block, by ascending frame; empty while the port is closed.
    pub fn arriving(&mut self, position: u64, frames: usize, ports: &LoopbackPorts) -> &[MidiMessage] {
        self.arrived.clear();
        let (end, port) = (position + frames as u64, ports.input.load(Ordering::Relaxed));
        while let Some((due, message)) = self.under_way.front().filter(|(due, _)| *due < end) {
            if port != 0 && self.arrived.len() < OF_A_BLOCK {
                let frame = due.saturating_sub(position) as u32;
                self.arrived.push(MidiMessage { port, frame, early: self.early, ..*message });
            }
            self.under_way.pop_front();
        }
        &self.arrived
    }

    /// [audio] Sends a message off, in the order of frames. What finds no room falls out of the cable.
    pub fn send(&mut self, position: u64, message: &MidiMessage, ports: &LoopbackPorts) {
        let is_ours = message.port == ports.output.load(Ordering::Relaxed);
        if is_ours && self.under_way.len() < UNDER_WAY {
            let due = position + u64::from(message.frame) + u64::from(self.frames);
            self.under_way.push_back((due, *message));
        }
    }
}
