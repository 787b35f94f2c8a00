//! MIDI on the block thread: what came in at our ports, and what leaves at them.
//!
//! It registers and connects nothing; which ports there are is in [`super::slots`].
#![allow(unsafe_code)]

use std::ffi::c_void;

use super::library::{Functions, RawMidi};
use super::slots::{MOST_MIDI_PORTS, MidiSlots, Slot};
use crate::device::{BlockCallback, MidiMessage};

/// MIDI messages taken in one block; a stream at full wire speed brings 6 in the longest.
const HEARD: usize = 256;
/// Messages that found no room in a port's buffer, and leave in the next block.
const LEFT: usize = 4096;

/// What the block thread keeps of MIDI.
pub struct BlockMidi {
    heard: Vec<MidiMessage>,
    left: Vec<MidiMessage>,
}

impl Default for BlockMidi {
    fn default() -> Self {
        Self { heard: Vec::with_capacity(HEARD), left: Vec::with_capacity(LEFT) }
    }
}

/// Buffers of one block, by the slot's number.
type Buffers = [Option<(u16, *mut c_void)>; MOST_MIDI_PORTS];

impl BlockMidi {
    /// What came in, by ascending frame.
    pub fn heard(&self) -> &[MidiMessage] {
        &self.heard
    }

    /// Takes what came in at all inputs.
    pub fn read(&mut self, functions: &Functions, slots: &MidiSlots, frames: u32) {
        self.heard.clear();
        for slot in &slots.inputs {
            let (port, Some(number)) = (slot.port(), slot.number()) else { continue };
            if port.is_null() {
                continue;
            }
            // SAFETY: the port is registered for as long as the client is open, and this is its block thread.
            let buffer = unsafe { (functions.port_buffer)(port, frames) };
            if !buffer.is_null() {
                self.read_port(functions, buffer, (number, slot), frames);
            }
        }
    }

    fn read_port(
        &mut self,
        functions: &Functions,
        buffer: *mut c_void,
        (port, slot): (u16, &Slot),
        frames: u32,
    ) {
        // SAFETY: the buffer is a MIDI port's for this block; an event's bytes are valid within it. There is room: no more
        // than the capacity are taken.
        unsafe {
            let count = (functions.midi_count)(buffer);
            for index in 0..count {
                let mut event = RawMidi { time: 0, size: 0, buffer: std::ptr::null() };
                let read = (functions.midi_event)(&raw mut event, buffer, index) == 0;
                if self.heard.len() >= HEARD {
                    return;
                }
                if !read || event.buffer.is_null() || !(1..=3).contains(&event.size) {
                    continue;
                }
                let mut bytes = [0; 3];
                std::ptr::copy_nonoverlapping(event.buffer, bytes.as_mut_ptr(), event.size);
                let frame = event.time.min(frames.saturating_sub(1));
                let (early, length) = (slot.latency(), event.size as u8);
                let later = self.heard.iter().rev().take_while(|other| other.frame > frame).count();
                let message = MidiMessage { port, frame, early, length, bytes };
                self.heard.insert(self.heard.len() - later, message);
            }
        }
    }

    /// Writes what leaves at all outputs.
    pub fn write(
        &mut self,
        functions: &Functions,
        slots: &MidiSlots,
        frames: u32,
        callback: &mut dyn BlockCallback,
    ) {
        let mut buffers: Buffers = [None; MOST_MIDI_PORTS];
        for (buffer, slot) in buffers.iter_mut().zip(&slots.outputs) {
            if slot.port().is_null() {
                continue;
            }
            // SAFETY: the port is registered for as long as the client is open, and this is its block thread; its buffer is
            // cleared before anything is written.
            unsafe {
                let of_port = (functions.port_buffer)(slot.port(), frames);
                if !of_port.is_null() {
                    (functions.midi_clear)(of_port);
                    *buffer = slot.number().map(|number| (number, of_port));
                }
            }
        }
        let last = frames.saturating_sub(1);
        let before = self.left.len();
        for at in 0..before {
            let message = self.left[at];
            put(functions, &buffers, &MidiMessage { frame: 0, ..message }, last, &mut self.left);
        }
        self.left.drain(..before);
        callback.midi_out(&mut |message| put(functions, &buffers, message, last, &mut self.left));
    }
}

/// Writes one message; what finds no room is kept for the next block.
fn put(
    functions: &Functions,
    buffers: &Buffers,
    message: &MidiMessage,
    last: u32,
    left: &mut Vec<MidiMessage>,
) {
    let buffer = buffers.iter().flatten().find(|(number, _)| *number == message.port);
    let Some((_, buffer)) = buffer else { return };
    let length = usize::from(message.length).min(message.bytes.len());
    // SAFETY: the buffer is a MIDI port's for this block, and the bytes live through the call, which copies them.
    let written =
        unsafe { (functions.midi_write)(*buffer, message.frame.min(last), message.bytes.as_ptr(), length) };
    if written != 0 && left.len() < LEFT {
        left.push(*message);
    }
}
