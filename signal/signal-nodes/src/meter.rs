//! Peaks and reductions, published by an audio thread and read by whoever draws them.

use std::sync::atomic::{AtomicU32, Ordering};

/// Samples a kernel treats at once.
const LANES: usize = 16;

/// The highest absolute sample of each channel since it was last read.
///
/// Bits of floats that are not negative ascend like the floats, so a maximum of integers is enough.
#[derive(Debug, Default)]
pub struct Meter {
    left: AtomicU32,
    right: AtomicU32,
}

impl Meter {
    /// [audio] Takes a block into account.
    pub fn publish(&self, left: &[f32], right: &[f32]) {
        self.publish_peaks(peak(left), peak(right));
    }

    /// [audio] Takes the highest absolute samples of a block into account.
    pub fn publish_peaks(&self, left: f32, right: f32) {
        self.left.fetch_max(left.to_bits(), Ordering::Relaxed);
        self.right.fetch_max(right.to_bits(), Ordering::Relaxed);
    }

    /// [audio] Takes a reduction in decibels into account: of a device that takes gain away, shown as a hundredth of it.
    pub fn publish_reduction(&self, decibels: f32) {
        let shown = (0.01 * decibels).max(0.0).to_bits();
        self.left.fetch_max(shown, Ordering::Relaxed);
        self.right.fetch_max(shown, Ordering::Relaxed);
    }

    /// [any] The peaks since the last call, linear.
    #[must_use]
    pub fn take(&self) -> (f32, f32) {
        let take = |peak: &AtomicU32| f32::from_bits(peak.swap(0, Ordering::Relaxed));
        (take(&self.left), take(&self.right))
    }
}

/// The highest absolute sample; what is no number counts nothing.
fn peak(samples: &[f32]) -> f32 {
    let (chunks, rest) = samples.as_chunks::<LANES>();
    let mut lanes = [0.0_f32; LANES];
    for chunk in chunks {
        for (lane, sample) in lanes.iter_mut().zip(chunk) {
            *lane = higher(sample.abs(), *lane);
        }
    }
    highest(lanes, rest)
}

/// The highest of peaks gathered by lanes and of a few samples more.
pub(crate) fn highest(mut lanes: [f32; LANES], rest: &[f32]) -> f32 {
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] = higher(lanes[lane + half], lanes[lane]);
        }
    }
    rest.iter().fold(lanes[0], |peak, sample| higher(sample.abs(), peak))
}

/// One instruction, unlike [`f32::max`], which looks after a second operand that is no number.
pub(crate) fn higher(sample: f32, peak: f32) -> f32 {
    if sample > peak { sample } else { peak }
}

#[cfg(test)]
mod tests {
    use super::Meter;

    #[test]
    fn a_peak_is_held_until_it_is_read() {
        let meter = Meter::default();
        let mut loud = [0.0; 50];
        (loud[20], loud[49]) = (-0.75, 0.5);
        meter.publish(&loud, &[0.0; 50]);
        meter.publish(&[0.25; 3], &[f32::NAN; 3]);
        assert_eq!(meter.take(), (0.75, 0.0));
        assert_eq!(meter.take(), (0.0, 0.0));
        meter.publish_reduction(12.5);
        meter.publish_reduction(3.0);
        assert_eq!(meter.take(), (0.125, 0.125));
    }
}
