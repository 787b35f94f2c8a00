//! Our MIDI ports, as both threads see them: the control side registers and connects them, the block thread reads and writes.
//!
//! A port that was registered stays until the client is closed, so that the block thread never holds one that is gone. One
//! whose counterpart is gone is used again for the next. It calls nothing.

use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use super::library::RawPort;

/// MIDI ports that are open at once, each way.
pub const MOST_MIDI_PORTS: usize = 64;
/// No number of a port: the slot is not in use.
const UNUSED: u32 = u32::MAX;

/// One port of ours.
pub struct Slot {
    port: AtomicPtr<RawPort>,
    number: AtomicU32,
    latency: AtomicU32,
}

impl Default for Slot {
    fn default() -> Self {
        let (number, latency) = (AtomicU32::new(UNUSED), AtomicU32::new(0));
        Self { port: AtomicPtr::default(), number, latency }
    }
}

impl Slot {
    /// [any] The port; null: not registered yet.
    pub fn port(&self) -> *mut RawPort {
        self.port.load(Ordering::Acquire)
    }

    /// [any] The number that messages have for it; none: it is not in use.
    pub fn number(&self) -> Option<u16> {
        u16::try_from(self.number.load(Ordering::Relaxed)).ok()
    }

    /// [any] Frames that its way takes.
    pub fn latency(&self) -> u32 {
        self.latency.load(Ordering::Relaxed)
    }

    /// [control] What is registered in its place, for good.
    pub fn set_port(&self, port: *mut RawPort) {
        self.port.store(port, Ordering::Release);
    }

    /// [control] From now on messages have this number for it; none: it is not in use.
    pub fn set_number(&self, number: Option<u16>) {
        self.number.store(number.map_or(UNUSED, u32::from), Ordering::Relaxed);
    }

    /// [control]
    pub fn set_latency(&self, frames: u32) {
        self.latency.store(frames, Ordering::Relaxed);
    }
}

/// All of them.
pub struct MidiSlots {
    /// The first is wired by whoever likes, and is never closed.
    pub inputs: [Slot; MOST_MIDI_PORTS],
    pub outputs: [Slot; MOST_MIDI_PORTS],
}

impl Default for MidiSlots {
    fn default() -> Self {
        let slots = || std::array::from_fn(|_| Slot::default());
        Self { inputs: slots(), outputs: slots() }
    }
}
