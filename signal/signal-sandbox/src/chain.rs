//! The plugins of a chain on the audio thread, one after the other over each block. Knows no socket and loads nothing.

use std::time::Instant;

use shm::sandbox_block::{MAX_EVENTS, Runner, SandboxEnd, TimedEvent, Witness};

use crate::{
    running::{Running, replace_notes},
    slot::{Slot, SlotBlock, SlotOutput},
    table::ParameterTable,
};

/// What the main thread asks of the audio thread, between two blocks.
pub enum Command {
    /// Give the plugin of this slot away.
    Release(usize),
    /// Here is the plugin of this slot, activated anew.
    Install(usize, Box<Running>),
    /// What may be done to its parameters is this from now on.
    Describe(usize, ParameterTable),
    /// It wants to exchange parameters.
    Flush(usize),
    /// Give everything away and end.
    End,
}

/// What the audio thread gives back.
pub enum Returned {
    /// The plugin of this slot, to be deactivated.
    Running(usize, Box<Running>),
    /// To be freed.
    Table(ParameterTable),
}

/// The chain. A slot whose plugin could not be loaded lets everything through.
pub struct Chain {
    slots: Vec<Option<Slot>>,
    left: Vec<f32>,
    right: Vec<f32>,
    side_left: Vec<f32>,
    side_right: Vec<f32>,
    events: Vec<TimedEvent>,
    /// Room for `events` with another slot's notes.
    merged: Vec<TimedEvent>,
    output: SlotOutput,
}

impl Chain {
    /// Allocates everything blocks of up to `max_frames` need.
    pub fn new(slots: Vec<Option<Slot>>, max_frames: usize) -> Self {
        let silence = || vec![0.0; max_frames];
        Self {
            slots,
            left: silence(),
            right: silence(),
            side_left: silence(),
            side_right: silence(),
            events: Vec::with_capacity(MAX_EVENTS),
            merged: Vec::with_capacity(MAX_EVENTS),
            output: SlotOutput::new(),
        }
    }

    /// `[audio]` Answers the request that `block` holds. A plugin that fails passes its input on, and Signal is told.
    pub fn answer(&mut self, block: &mut SandboxEnd, witness: &Witness, frames: usize) {
        let began = Instant::now();
        let frames = frames.min(self.left.len());
        let (left, right) = (&mut self.left[..frames], &mut self.right[..frames]);
        let side = [&mut self.side_left[..frames], &mut self.side_right[..frames]];
        let position = block.read([&mut *left, &mut *right], &mut self.events);
        let is_fed = block.read_side_chain(side);
        let side_chain = is_fed.then(|| [&self.side_left[..frames], &self.side_right[..frames]]);
        self.output.edits.clear();
        let mut failed = None;
        let mut slot_began = began;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let Some(slot) = slot else { continue };
            witness.enter(Runner::Audio, Some(index));
            let of_slot =
                SlotBlock { index: index as u32, position: &position, events: &self.events, side_chain };
            if let Err(fault) = slot.process(of_slot, [&mut *left, &mut *right], &mut self.output)
                && !slot.is_away()
            {
                failed = failed.or(Some((index as u32, fault)));
            }
            let slot_ended = Instant::now();
            let spent = slot_ended.duration_since(slot_began).as_nanos();
            block.note_slot(index, u32::try_from(spent).unwrap_or(u32::MAX));
            slot_began = slot_ended;
            if slot.gives_notes() {
                replace_notes(&mut self.events, &self.output.notes, &mut self.merged);
            }
        }
        witness.enter(Runner::Audio, None);
        // The last slot's end: the clock is not asked once more.
        let spent = slot_began.duration_since(began).as_nanos();
        let nanoseconds = u64::try_from(spent).unwrap_or(u64::MAX);
        block.complete([left, right], &self.output.edits, failed, nanoseconds);
    }

    fn slot(&mut self, index: usize) -> Option<&mut Slot> {
        self.slots.get_mut(index).and_then(Option::as_mut)
    }

    fn running(&mut self, index: usize) -> Option<&mut Running> {
        self.slot(index).and_then(Slot::running)
    }

    /// `[audio]` Does what the main thread asks; what comes back goes to `give`. Returns whether to go on.
    pub fn obey(&mut self, command: Command, witness: &Witness, mut give: impl FnMut(Returned)) -> bool {
        match command {
            Command::Release(index) => {
                witness.enter(Runner::Audio, Some(index));
                if let Some(running) = self.slot(index).and_then(Slot::release) {
                    give(Returned::Running(index, running));
                }
            }
            Command::Install(index, running) => {
                if let Some(slot) = self.slot(index) {
                    slot.install(running);
                }
            }
            Command::Describe(index, mut table) => {
                if let Some(running) = self.running(index) {
                    std::mem::swap(&mut running.table, &mut table);
                }
                give(Returned::Table(table));
            }
            Command::Flush(index) => {
                witness.enter(Runner::Audio, Some(index));
                if let Some(running) = self.running(index) {
                    running.flush();
                }
            }
            Command::End => {
                for index in 0..self.slots.len() {
                    witness.enter(Runner::Audio, Some(index));
                    if let Some(running) = self.slot(index).and_then(Slot::release) {
                        give(Returned::Running(index, running));
                    }
                }
                return false;
            }
        }
        witness.enter(Runner::Audio, None);
        true
    }
}
