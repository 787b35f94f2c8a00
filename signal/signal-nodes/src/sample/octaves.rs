//! A sound again at half its rate, and at half of that: what is read of it when it is played an octave higher and more.
//!
//! Frame n of an octave lies at frame n·2^octave of the sound exactly.

use super::kernel::{kaiser, sinc};

/// Octaves above the sound itself: more than any key is away from another that still sounds like it.
pub(super) const MAX_OCTAVES: usize = 6;

/// Shorter ones hold nothing.
const LEAST_FRAMES: usize = 32;

/// Samples on each side of the one in the middle.
const HALF_TAPS: usize = 31;

/// Of half the lower rate.
const CUTOFF: f64 = 0.92;

/// Two channels of one octave.
#[derive(Debug)]
pub(super) struct Octave {
    pub left: Box<[f32]>,
    pub right: Box<[f32]>,
}

/// [control] The sound and its octaves.
pub(super) fn of(mut left: Vec<f32>, mut right: Vec<f32>, frames: usize) -> Vec<Octave> {
    for channel in [&mut left, &mut right] {
        channel.truncate(frames);
        for sample in channel.iter_mut().filter(|sample| !sample.is_finite()) {
            *sample = 0.0;
        }
    }
    let taps = half_band();
    let mut octaves = vec![Octave { left: left.into(), right: right.into() }];
    while octaves.len() <= MAX_OCTAVES {
        let last = &octaves[octaves.len() - 1];
        if last.left.len() < LEAST_FRAMES {
            break;
        }
        let next = Octave { left: halved(&last.left, &taps), right: halved(&last.right, &taps) };
        octaves.push(next);
    }
    octaves
}

/// The middle tap and those on one side.
fn half_band() -> [f32; HALF_TAPS + 1] {
    let tap = |at: usize| sinc(CUTOFF * at as f64 / 2.0) * kaiser(at as f64 / (HALF_TAPS + 1) as f64);
    let exact: [f64; HALF_TAPS + 1] = std::array::from_fn(tap);
    let sum = exact[0] + 2.0 * exact[1..].iter().sum::<f64>();
    exact.map(|tap| (tap / sum) as f32)
}

fn halved(sound: &[f32], taps: &[f32; HALF_TAPS + 1]) -> Box<[f32]> {
    let mut padded = vec![0.0; HALF_TAPS];
    padded.extend_from_slice(sound);
    padded.resize(sound.len() + 2 * HALF_TAPS + 1, 0.0);
    let frame = |at: usize| {
        let middle = 2 * at + HALF_TAPS;
        let mut sum = taps[0] * padded[middle];
        for (distance, tap) in taps.iter().enumerate().skip(1) {
            sum += tap * (padded[middle - distance] + padded[middle + distance]);
        }
        sum
    };
    (0..sound.len().div_ceil(2)).map(frame).collect()
}
