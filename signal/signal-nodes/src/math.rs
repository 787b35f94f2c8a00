//! Logarithms and powers for every sample: polynomials of our own, the same bits on every processor (E11).
//!
//! Accurate to what a float holds of a level in decibels; for coefficients that are seldom computed there is `libm`.

/// Decibels of a doubling.
const DECIBELS_AN_OCTAVE: f32 = 6.020_6;

/// The quietest level that is told apart from silence: -400 dB.
const SILENCE: f32 = 1e-20;

/// [audio] 2 to the power of `x`, to 2e-7 of it; beyond what a float holds the nearest that it does.
///
/// The series of the exponential within half an octave, and the exponent written into the float.
pub fn exp2(x: f32) -> f32 {
    let x = x.clamp(-126.0, 126.0);
    let whole = (x + 0.5).floor();
    let u = (x - whole) * std::f32::consts::LN_2;
    let series = 1.0
        + u * (1.0
            + u * (1.0 / 2.0
                + u * (1.0 / 6.0
                    + u * (1.0 / 24.0 + u * (1.0 / 120.0 + u * (1.0 / 720.0 + u * (1.0 / 5040.0)))))));
    series * f32::from_bits(((whole as i32 + 127) as u32) << 23)
}

/// [audio] Logarithm to base 2 of what is above 0; less than -400 dB counts as that.
///
/// The exponent of the float, and the series of the area tangent of its mantissa around 1.
pub fn log2(x: f32) -> f32 {
    let bits = x.max(SILENCE).to_bits();
    // Puts the mantissa between the root of a half and the root of 2.
    let offset = bits.wrapping_sub(0x3F35_04F3);
    let exponent = (offset as i32) >> 23;
    let mantissa = f32::from_bits(bits.wrapping_sub((exponent as u32) << 23));
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let series =
        1.0 + square * (1.0 / 3.0 + square * (1.0 / 5.0 + square * (1.0 / 7.0 + square * (1.0 / 9.0))));
    exponent as f32 + 2.0 * std::f32::consts::LOG2_E * (s * series)
}

/// [audio] Decibels of an amplitude that is not negative.
pub fn decibels(amplitude: f32) -> f32 {
    DECIBELS_AN_OCTAVE * log2(amplitude)
}

/// [audio] The amplitude of a level in decibels.
pub fn amplitude(decibels: f32) -> f32 {
    exp2(decibels * (1.0 / DECIBELS_AN_OCTAVE))
}

/// [audio] What is left after a sample of a decay with this time constant, in samples.
pub fn decay(samples: f32) -> f32 {
    exp2(-std::f32::consts::LOG2_E / samples.max(1e-3))
}

/// [audio] The tangent of half the angle of a frequency, as filters without delay in their loop need it. Frequencies
/// above 0.49 of the rate count as that.
pub fn half_tangent(hertz: f32, sample_rate: f32) -> f32 {
    libm::tanf(std::f32::consts::PI * (hertz / sample_rate).clamp(1e-6, 0.49))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_and_logarithms_are_those_of_libm() {
        for step in -4_000..=4_000_i16 {
            let x = f32::from(step) / 100.0;
            let exact = libm::exp2(f64::from(x));
            assert!((f64::from(exp2(x)) / exact - 1.0).abs() < 4e-7, "2^{x}");
            let level = exp2(x);
            assert!((f64::from(log2(level)) - libm::log2(f64::from(level))).abs() < 4e-6, "log2 of {level}");
        }
        assert_eq!((exp2(0.0), exp2(10.0), log2(1.0), log2(0.25)), (1.0, 1024.0, 0.0, -2.0));
    }

    #[test]
    fn decibels_go_both_ways() {
        assert!((decibels(0.5) + 6.0206).abs() < 1e-4);
        for level in [-120.0, -60.0, -0.1, 0.0, 24.0] {
            assert!((decibels(amplitude(level)) - level).abs() < 1e-4);
        }
        assert!(decibels(0.0) < -390.0 && decibels(f32::NAN) < -390.0);
    }
}
