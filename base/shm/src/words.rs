//! Copies of samples to and from shared memory, two at a time: half as many accesses as one by one, which the compiler may
//! not join. Checks nothing: what arrives may be any bit pattern.

use std::sync::atomic::{AtomicU64, Ordering};

/// Copies samples out of shared memory, as many as both sides have. NaN and infinity come along.
pub fn load_f32s(from: &[AtomicU64], to: &mut [f32]) {
    let (pairs, last) = to.as_chunks_mut::<2>();
    let load = |word: &AtomicU64| {
        let word = word.load(Ordering::Relaxed);
        [f32::from_bits(word as u32), f32::from_bits((word >> 32) as u32)]
    };
    for (word, pair) in from.iter().zip(pairs.iter_mut()) {
        *pair = load(word);
    }
    if let (Some(word), [last]) = (from.get(pairs.len()), last) {
        [*last, _] = load(word);
    }
}

/// Copies samples into shared memory, as many as both sides have. A last one without another has a zero for it.
pub fn store_f32s(from: &[f32], to: &[AtomicU64]) {
    let (pairs, last) = from.as_chunks::<2>();
    let store = |word: &AtomicU64, [first, second]: [f32; 2]| {
        word.store(u64::from(first.to_bits()) | u64::from(second.to_bits()) << 32, Ordering::Relaxed);
    };
    for (word, pair) in to.iter().zip(pairs) {
        store(word, *pair);
    }
    if let (Some(word), [last]) = (to.get(pairs.len()), last) {
        store(word, [*last, 0.0]);
    }
}
