//! The plugins of a chain on the audio thread, one after the other over each block. Knows no socket and loads nothing.

use std::time::Instant;

use clack_host::prelude::StoppedPluginAudioProcessor;
use shm::sandbox_block::{MAX_EDITS, MAX_EVENTS, Runner, SandboxEnd, TimedEvent, Witness};

use crate::{
    host::Host,
    slot::{DryDelay, Slot, SlotBlock},
};

/// What the main thread asks of the audio thread, between two blocks.
pub enum Command {
    /// Give the processor of this slot away.
    Release(usize),
    /// Here is the processor of this slot, activated anew, with the delay that fits it.
    Install(usize, StoppedPluginAudioProcessor<Host>, DryDelay),
    /// Give everything away and end.
    End,
}

/// What the audio thread gives back.
pub enum Returned {
    /// The processor of this slot, to be deactivated.
    Processor(usize, StoppedPluginAudioProcessor<Host>),
    /// To be freed.
    Delay(DryDelay),
}

/// The chain. A slot whose plugin could not be loaded lets everything through.
pub struct Chain {
    slots: Vec<Option<Slot>>,
    left: Vec<f32>,
    right: Vec<f32>,
    events: Vec<TimedEvent>,
    edits: Vec<TimedEvent>,
}

impl Chain {
    /// Allocates everything blocks of up to `max_frames` need.
    pub fn new(slots: Vec<Option<Slot>>, max_frames: usize) -> Self {
        Self {
            slots,
            left: vec![0.0; max_frames],
            right: vec![0.0; max_frames],
            events: Vec::with_capacity(MAX_EVENTS),
            edits: Vec::with_capacity(MAX_EDITS),
        }
    }

    /// `[audio]` Answers the request that `block` holds. A plugin that fails passes its input on, and Signal is told.
    pub fn answer(&mut self, block: &mut SandboxEnd, witness: &Witness, frames: usize) {
        let began = Instant::now();
        let frames = frames.min(self.left.len());
        let (left, right) = (&mut self.left[..frames], &mut self.right[..frames]);
        let position = block.read([&mut *left, &mut *right], &mut self.events);
        self.edits.clear();
        let mut failed = None;
        let mut slot_began = began;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let Some(slot) = slot else { continue };
            witness.enter(Runner::Audio, Some(index));
            let of_slot = SlotBlock { index: index as u32, position: &position, events: &self.events };
            if slot.process(of_slot, left, right, &mut self.edits).is_err() && !slot.is_away() {
                failed = failed.or(Some(index as u32));
            }
            let slot_ended = Instant::now();
            let spent = slot_ended.duration_since(slot_began).as_nanos();
            block.note_slot(index, u32::try_from(spent).unwrap_or(u32::MAX));
            slot_began = slot_ended;
        }
        witness.enter(Runner::Audio, None);
        let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        block.complete([left, right], &self.edits, failed, nanoseconds);
    }

    fn slot(&mut self, index: usize) -> Option<&mut Slot> {
        self.slots.get_mut(index).and_then(Option::as_mut)
    }

    /// `[audio]` Does what the main thread asks; what comes back goes to `give`. Returns whether to go on.
    pub fn obey(&mut self, command: Command, mut give: impl FnMut(Returned)) -> bool {
        match command {
            Command::Release(index) => {
                if let Some(processor) = self.slot(index).and_then(Slot::release) {
                    give(Returned::Processor(index, processor));
                }
            }
            Command::Install(index, processor, delay) => {
                if let Some(slot) = self.slot(index) {
                    give(Returned::Delay(slot.install(processor, delay)));
                }
            }
            Command::End => {
                for index in 0..self.slots.len() {
                    if let Some(processor) = self.slot(index).and_then(Slot::release) {
                        give(Returned::Processor(index, processor));
                    }
                }
                return false;
            }
        }
        true
    }
}
