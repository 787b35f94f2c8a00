//! Peaks between samples: four times oversampled, as Recommendation ITU-R BS.1770-5, Annex 2 describes.
//!
//! Only the peak is computed, not the oversampled sound. Shorter filters than an ideal one read peaks near half the
//! sampling rate up to 0.6 dB low, as that annex says of itself.

/// Samples that a reading looks at.
pub const TAPS: usize = 12;

/// Phases 0 and 1 of the interpolating filter of BS.1770-5, Annex 2; 2 and 3 are these in reverse.
const PHASES: [[f32; TAPS]; 2] = [
    [
        0.001_708_984_4,
        0.010_986_328,
        -0.019_653_32,
        0.033_203_125,
        -0.059_448_242,
        0.137_329_1,
        0.972_167_97,
        -0.102_294_92,
        0.047_607_42,
        -0.026_611_328,
        0.014_892_578,
        -0.008_300_781,
    ],
    [
        -0.029_174_805,
        0.029_296_875,
        -0.051_757_813,
        0.089_111_33,
        -0.166_503_9,
        0.465_087_9,
        0.779_785_16,
        -0.200_317_38,
        0.101_562_5,
        -0.058_227_54,
        0.033_081_055,
        -0.018_920_898,
    ],
];

/// The last samples of a channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct TruePeak {
    /// Twice, so that the last `TAPS` always lie side by side.
    past: [f32; 2 * TAPS],
    next: usize,
}

impl TruePeak {
    /// [any] Takes a sample, and gives the highest of the sample in the middle and the four points around it.
    pub fn next(&mut self, sample: f32) -> f32 {
        self.past[self.next] = sample;
        self.past[self.next + TAPS] = sample;
        self.next = (self.next + 1) % TAPS;
        let window = &self.past[self.next..self.next + TAPS];
        let mut sums = [0.0_f32; 4];
        for (tap, sample) in window.iter().enumerate() {
            let mirrored = TAPS - 1 - tap;
            sums[0] += PHASES[0][mirrored] * sample;
            sums[1] += PHASES[1][mirrored] * sample;
            sums[2] += PHASES[1][tap] * sample;
            sums[3] += PHASES[0][tap] * sample;
        }
        let middle = window[TAPS / 2 - 1].abs().max(window[TAPS / 2].abs());
        sums.iter().fold(middle, |peak, sum| peak.max(sum.abs()))
    }
}
