//! Sample buffers of a schedule and the kernels that add them.
//!
//! All loops run over fixed lanes in a fixed order, so the compiler vectorises them without changing a bit (E11, decision 14).

use crate::node::{Stereo, StereoMut};

/// Samples a kernel treats at once: one cache line.
const LANES: usize = 16;

/// Buffers that are added in f32; beyond, sums of groups are added in f64 (decision 14).
pub const SUM_GROUP: usize = 8;

/// Two channels for the largest block.
#[derive(Debug)]
pub struct StereoBuffer {
    left: Box<[f32]>,
    right: Box<[f32]>,
}

impl StereoBuffer {
    /// [control] Silence of `frames`.
    #[must_use]
    pub fn new(frames: usize) -> Self {
        let channel = || vec![0.0; frames].into_boxed_slice();
        Self { left: channel(), right: channel() }
    }

    /// [audio] The first `frames` to read.
    #[must_use]
    pub fn read(&self, frames: usize) -> Stereo<'_> {
        Stereo { left: &self.left[..frames], right: &self.right[..frames] }
    }

    /// [audio] The first `frames` to write.
    pub fn write(&mut self, frames: usize) -> StereoMut<'_> {
        StereoMut { left: &mut self.left[..frames], right: &mut self.right[..frames] }
    }
}

/// [audio] Adds `source` to `sum`, sample by sample.
pub fn add(sum: &mut [f32], source: &[f32]) {
    let (sum_chunks, sum_rest) = sum.as_chunks_mut::<LANES>();
    let (chunks, rest) = source.as_chunks::<LANES>();
    for (sum, chunk) in sum_chunks.iter_mut().zip(chunks) {
        for (sum, sample) in sum.iter_mut().zip(chunk) {
            *sum += *sample;
        }
    }
    for (sum, sample) in sum_rest.iter_mut().zip(rest) {
        *sum += *sample;
    }
}

/// [audio] Writes the sum of a full group, added from the first to the last. The bits are those of [`add`], one after the other.
pub fn add_group(sum: &mut [f32], sources: [&[f32]; SUM_GROUP]) {
    let frames = sum.len();
    let (sum_chunks, sum_rest) = sum.as_chunks_mut::<LANES>();
    let chunks = sources.map(|source| source[..frames].as_chunks::<LANES>());
    for (at, sum) in sum_chunks.iter_mut().enumerate() {
        let mut lanes = chunks[0].0[at];
        for (source, _) in &chunks[1..] {
            for (sum, sample) in lanes.iter_mut().zip(&source[at]) {
                *sum += *sample;
            }
        }
        *sum = lanes;
    }
    for (at, sum) in sum_rest.iter_mut().enumerate() {
        *sum = chunks[1..].iter().fold(chunks[0].1[at], |sum, (_, rest)| sum + rest[at]);
    }
}

/// [audio] Adds a group's sum to the wide one.
pub fn add_wide(wide: &mut [f64], group: &[f32]) {
    for (wide, sample) in wide.iter_mut().zip(group) {
        *wide += f64::from(*sample);
    }
}

/// [audio] Rounds the wide sum.
pub fn narrow(narrow: &mut [f32], wide: &[f64]) {
    for (narrow, sample) in narrow.iter_mut().zip(wide) {
        *narrow = *sample as f32;
    }
}
