//! Digital filters that follow the analog ones up to half the sampling rate, without the cramping of a bilinear transform.
//!
//! The method is Martin Vicanek's, "Matched Second Order Digital Filters", 2016: poles by impulse invariance, zeros such
//! that the magnitude is the analog one at zero, at the filter's own frequency and near half the rate. His expressions for
//! |H|² in φ₁ = sin²(ω/2) are those used here. A filter whose poles would lie higher than its frequency is designed as
//! the inverse of its opposite, which has them lower.
//!
//! The result is given as a state-variable filter, which stays stable while it moves (Vadim Zavalishin, "The Art of VA
//! Filter Design", chapter 4; Andrew Simper, "Solving the continuous SVF equations using trapezoidal integration",
//! Cytomic 2013): its outputs are mixed so that the whole is the designed ratio of polynomials.

use super::prototype::{Prototype, Shape};

/// The highest frequency of a filter, as a part of the sampling rate.
const HIGHEST: f64 = 0.47;

/// A state-variable filter and the mixture of its outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coefficients {
    /// The tangent of half the angle of the poles.
    pub cutoff: f64,
    /// The reciprocal of the quality of the poles.
    pub damping: f64,
    /// Factors of input, band-pass and low-pass.
    pub mix: [f64; 3],
}

/// b₀, b₁, b₂ over 1, a₁, a₂.
#[derive(Clone, Copy, Debug)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
}

/// [any] The filter for a band at `hertz`; `gain` in decibels.
#[must_use]
pub fn design(shape: Shape, hertz: f64, gain: f64, q: f64, sample_rate: f64) -> Coefficients {
    let ratio = (hertz / sample_rate).clamp(1e-5, HIGHEST);
    let angle = std::f64::consts::TAU * ratio;
    let biquad = match shape {
        Shape::HighPass => high_pass(angle, q),
        Shape::LowPass => matched(&Prototype::new(shape, 0.0, q), angle),
        Shape::Bell | Shape::LowShelf if gain < 0.0 => {
            matched(&Prototype::new(shape, -gain, q), angle).inverse()
        }
        Shape::HighShelf if gain > 0.0 => matched(&Prototype::new(shape, -gain, q), angle).inverse(),
        _ => matched(&Prototype::new(shape, gain, q), angle),
    };
    biquad.state_variable()
}

/// |D|² of 1, a₁, a₂ as factors of 1 - φ₁, φ₁ and 4 (1 - φ₁) φ₁.
fn power_of_poles([a1, a2]: [f64; 2]) -> [f64; 3] {
    let (zero, half) = (1.0 + a1 + a2, 1.0 - a1 + a2);
    [zero * zero, half * half, -4.0 * a2]
}

/// The factors' own values at an angle.
fn basis(angle: f64) -> [f64; 3] {
    let sine = libm::sin(0.5 * angle);
    let phi = sine * sine;
    [1.0 - phi, phi, 4.0 * (1.0 - phi) * phi]
}

fn sum([x0, x1, x2]: [f64; 3], [y0, y1, y2]: [f64; 3]) -> f64 {
    x0 * y0 + x1 * y1 + x2 * y2
}

/// The digital poles of s² + 2 ζ p s + p², by impulse invariance.
fn poles([second, first, zeroth]: [f64; 3], angle: f64) -> [f64; 2] {
    let own = angle * libm::sqrt(zeroth / second);
    let zeta = 0.5 * first / libm::sqrt(zeroth * second);
    let radius = libm::exp(-zeta * own);
    let a1 = if zeta <= 1.0 {
        -2.0 * radius * libm::cos(own * libm::sqrt(1.0 - zeta * zeta))
    } else {
        let apart = own * libm::sqrt(zeta * zeta - 1.0);
        -(libm::exp(apart - zeta * own) + libm::exp(-apart - zeta * own))
    };
    [a1, radius * radius]
}

fn matched(prototype: &Prototype, angle: f64) -> Biquad {
    let a = poles(prototype.denominator, angle);
    let power = power_of_poles(a);
    let zero = power[0] * prototype.power(0.0);
    let [own, high] = [angle, high_point(angle)].map(|point| {
        let at = basis(point);
        (at, sum(power, at) * prototype.power(point / angle) - zero * at[0])
    });
    let second = (own.1 * high.0[1] - high.1 * own.0[1]) / (own.0[2] * high.0[1] - high.0[2] * own.0[1]);
    let half = (high.1 - second * high.0[2]) / high.0[1];
    let (zero, half) = (libm::sqrt(zero), libm::sqrt(half.max(0.0)));
    let mean = 0.5 * (zero + half);
    let b0 = 0.5 * (mean + libm::sqrt((mean * mean + second).max(0.0)));
    Biquad { b: [b0, 0.5 * (zero - half), mean - b0], a }
}

/// The third angle of the match: 0.9 of half the rate, which halves the error below 20 kHz at the cost of what is above;
/// higher for the highest filters, whose own angle must lie apart from it.
fn high_point(angle: f64) -> f64 {
    let own = angle * std::f64::consts::FRAC_1_PI;
    std::f64::consts::PI * (0.9 + 0.1 * ((own - 0.75) / 0.15).clamp(0.0, 1.0))
}

/// Two zeros at zero, and the analog magnitude at its own frequency.
fn high_pass(angle: f64, q: f64) -> Biquad {
    let prototype = Prototype::new(Shape::HighPass, 0.0, q);
    let a = poles(prototype.denominator, angle);
    let at = basis(angle);
    let b0 = libm::sqrt(sum(power_of_poles(a), at) * prototype.power(1.0)) / (4.0 * at[1]);
    Biquad { b: [b0, -2.0 * b0, b0], a }
}

impl Biquad {
    /// Zeros are poles now; they lie within the circle, as `matched` chose them.
    fn inverse(self) -> Self {
        let [b0, b1, b2] = self.b;
        let [a1, a2] = self.a;
        Self { b: [1.0 / b0, a1 / b0, a2 / b0], a: [b1 / b0, b2 / b0] }
    }

    /// With s = (1/g) (1 - z⁻¹) / (1 + z⁻¹) the state-variable filter's low-pass is 1/D, its band-pass s/D and its
    /// high-pass s²/D, D = s² + k s + 1; the factors follow from comparing both sides.
    fn state_variable(self) -> Coefficients {
        let [b0, b1, b2] = self.b;
        let [a1, a2] = self.a;
        let (zero, half) = (1.0 + a1 + a2, 1.0 - a1 + a2);
        let cutoff = libm::sqrt(zero / half);
        let damping = 2.0 * (1.0 - a2) / (half * cutoff);
        let high = (b0 - b1 + b2) / half;
        let band = 2.0 * (b0 - b2) / (half * cutoff);
        let low = (b0 + b1 + b2) / zero;
        Coefficients { cutoff, damping, mix: [high, band - damping * high, low - high] }
    }
}
