//! Sounds held in memory as a whole, for instruments that begin anywhere in them at any moment.
//!
//! 1. A [`SampleLibrary`] loads decoded files off the audio thread, each once however many instruments play it.
//! 2. An instrument takes a [`SampleSet`] as its content.
//! 3. A [`Cursor`] goes through a sound at any speed, in loops or backwards, by a windowed sinc.
//!
//! Nothing here waits for a disk while it plays: what is not in memory is not in the set.

mod cursor;
mod kernel;
mod library;
mod octaves;

pub use cursor::{Cursor, Looping, Span};
pub use library::{MAX_FRAMES, SampleError, SampleLibrary};

use std::sync::Arc;

use octaves::Octave;

/// Zones or pads of one instrument, each with a slot for a sound.
pub const ZONES: usize = 16;

/// Sounds one instrument can hold: those of its zones, and as many that it has by itself.
pub const SLOTS: usize = 2 * ZONES;

/// [control] Makes what reading needs, so that no audio thread has to.
pub fn prepare() {
    kernel::Kernels::shared();
}

/// A sound at the graph's rate and, for high notes, at each half of it.
#[derive(Debug)]
pub struct Sample {
    frames: usize,
    /// The first is the sound itself.
    octaves: Vec<Octave>,
}

impl Sample {
    /// [control] Of two channels of equal length; what is no number is silence.
    #[must_use]
    pub fn new(left: Vec<f32>, right: Vec<f32>) -> Self {
        let frames = left.len().min(right.len());
        Self { frames, octaves: octaves::of(left, right, frames) }
    }

    /// [any] Length.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }
}

/// What an instrument plays, by slot: its content (see [`signal_graph::Node::swap_content`]).
#[derive(Clone, Debug, Default)]
pub struct SampleSet {
    slots: [Option<Arc<Sample>>; SLOTS],
}

impl SampleSet {
    /// [control] Puts a sound into a slot; beyond the last, nothing happens.
    pub fn put(&mut self, slot: usize, sample: Arc<Sample>) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = Some(sample);
        }
    }

    /// [audio] Takes from `other` what its own slots lack.
    pub fn add_missing(&mut self, other: &Self) {
        for (slot, other) in self.slots.iter_mut().zip(&other.slots) {
            if slot.is_none() {
                slot.clone_from(other);
            }
        }
    }

    /// [any] The sound of a slot.
    #[must_use]
    pub fn get(&self, slot: usize) -> Option<&Sample> {
        self.slots.get(slot)?.as_deref()
    }

    /// [any] Whether both hold the very same sound in a slot.
    #[must_use]
    pub fn is_same(&self, other: &Self, slot: usize) -> bool {
        match (self.slots.get(slot), other.slots.get(slot)) {
            (Some(Some(one)), Some(Some(two))) => Arc::ptr_eq(one, two),
            (Some(None), Some(None)) => true,
            _ => false,
        }
    }
}
