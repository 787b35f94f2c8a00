//! The analog filters that the bands follow: what a page draws and a measurement is compared with. Filters no sound.
//!
//! With `s = j f / frequency`, `A = 10^(gain / 40)`:
//!
//! | band | H(s) |
//! |---|---|
//! | bell | (s² + s A/Q + 1) / (s² + s/(A Q) + 1) |
//! | low shelf | A (s² + s √A/Q + A) / (A s² + s √A/Q + 1) |
//! | high shelf | A (A s² + s √A/Q + 1) / (s² + s √A/Q + A) |
//! | low-pass section | 1 / (s² + s/Q + 1) |
//! | high-pass section | s² / (s² + s/Q + 1) |
//!
//! They are those of Robert Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients". Low-pass and
//! high-pass are as many sections as their slope has 12 dB, with the qualities of Butterworth's filter of that order, of
//! which the highest is multiplied by Q / √½.

use std::f64::consts::FRAC_1_SQRT_2;

/// What a section does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Takes away what lies below.
    HighPass,
    /// Moves what lies below.
    LowShelf,
    /// Moves what lies around.
    Bell,
    /// Moves what lies above.
    HighShelf,
    /// Takes away what lies above.
    LowPass,
}

/// A ratio of two polynomials of second order: factors of s², s and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prototype {
    /// Above.
    pub numerator: [f64; 3],
    /// Below.
    pub denominator: [f64; 3],
}

/// Qualities of the sections of Butterworth's filters of order 2, 4, 6, 8; the highest last.
const BUTTERWORTH: [&[f64]; 4] = [
    &[FRAC_1_SQRT_2],
    &[0.541_196_100_146_197, 1.306_562_964_876_377],
    &[0.517_638_090_205_041_5, FRAC_1_SQRT_2, 1.931_851_652_578_137],
    &[0.509_795_579_104_159_2, 0.601_344_886_935_045_3, 0.899_976_223_136_415_7, 2.562_915_447_741_506],
];

/// [any] The quality of a section of a low-pass or high-pass; 0.71 stands for √½. None: the slope has fewer sections.
#[must_use]
pub fn quality(slope: usize, section: usize, q: f64) -> Option<f64> {
    let qualities = BUTTERWORTH[slope.min(3)];
    let flat = *qualities.get(section)?;
    Some(if section + 1 == qualities.len() { flat * q / 0.71 } else { flat })
}

impl Prototype {
    /// [any] A section; `gain` in decibels, of bells and shelves.
    #[must_use]
    pub fn new(shape: Shape, gain: f64, q: f64) -> Self {
        let a = libm::exp10(gain / 40.0);
        let root = libm::sqrt(a) / q;
        let (numerator, denominator) = match shape {
            Shape::HighPass => ([1.0, 0.0, 0.0], [1.0, 1.0 / q, 1.0]),
            Shape::LowPass => ([0.0, 0.0, 1.0], [1.0, 1.0 / q, 1.0]),
            Shape::Bell => ([1.0, a / q, 1.0], [1.0, 1.0 / (a * q), 1.0]),
            Shape::LowShelf => ([a, a * root, a * a], [a, root, 1.0]),
            Shape::HighShelf => ([a * a, a * root, a], [1.0, root, a]),
        };
        Self { numerator, denominator }
    }

    /// [any] The square of its magnitude at a frequency, as a multiple of its own.
    #[must_use]
    pub fn power(&self, ratio: f64) -> f64 {
        let square = |[second, first, zeroth]: [f64; 3]| {
            let real = zeroth - second * ratio * ratio;
            let imaginary = first * ratio;
            real * real + imaginary * imaginary
        };
        square(self.numerator) / square(self.denominator)
    }
}
