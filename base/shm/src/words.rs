//! Copies of samples to and from shared memory. Checks nothing: what arrives may be any bit pattern.

use std::sync::atomic::{AtomicU32, Ordering};

/// Copies samples out of shared memory, as many as both sides have. NaN and infinity come along.
pub fn load_f32s(from: &[AtomicU32], to: &mut [f32]) {
    for (from, to) in from.iter().zip(to) {
        *to = f32::from_bits(from.load(Ordering::Relaxed));
    }
}

/// Copies samples into shared memory, as many as both sides have.
pub fn store_f32s(from: &[f32], to: &[AtomicU32]) {
    for (from, to) in from.iter().zip(to) {
        to.store(from.to_bits(), Ordering::Relaxed);
    }
}
