//! From samples to integers: TPDF dither, rounding, clipping.
//!
//! The noise is the difference of two independent uniform variables of one step each: triangular, two steps wide, which
//! makes mean and variance of the error independent of the sound (Lipshitz, Wannamaker, Vanderkooy: Quantization and
//! Dither, J. Audio Eng. Soc. 40, 1992). The same seed gives the same bits.

/// Turns samples into integers of `bits`.
pub(super) struct Quantiser {
    full_scale: f64,
    state: Option<u64>,
    clipped: u64,
}

impl Quantiser {
    /// For 16 or 24 `bits`; without a seed there is no dither.
    pub(super) fn new(bits: u32, seed: Option<u64>) -> Self {
        Self { full_scale: f64::from(1_u32 << (bits - 1)), state: seed, clipped: 0 }
    }

    /// The nearest integer, ties away from zero, of the sample with its noise.
    pub(super) fn quantise(&mut self, sample: f32) -> i32 {
        let exact = f64::from(sample) * self.full_scale;
        let noise = match &mut self.state {
            // Digital silence stays what it is: a file that ends in zeros can be seen to be over.
            Some(state) if sample != 0.0 => uniform(state) - uniform(state),
            _ => 0.0,
        };
        let rounded = (exact + noise).round();
        let held = rounded.clamp(-self.full_scale, self.full_scale - 1.0);
        // Full scale itself is one step too high for an integer: that is no clipping anybody hears.
        if exact.abs() > self.full_scale {
            self.clipped += 1;
        }
        held as i32
    }

    /// Samples beyond full scale so far.
    pub(super) fn clipped(&self) -> u64 {
        self.clipped
    }
}

/// 0 to 1, by SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^= word >> 31;
    (word >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLES: usize = 400_000;

    /// Errors in steps, of a constant between two steps.
    fn errors(level_steps: f64, seed: Option<u64>) -> Vec<f64> {
        let mut quantiser = Quantiser::new(16, seed);
        let sample = (level_steps / 32_768.0) as f32;
        let exact = f64::from(sample) * 32_768.0;
        (0..SAMPLES).map(|_| f64::from(quantiser.quantise(sample)) - exact).collect()
    }

    fn mean(values: impl Iterator<Item = f64>) -> f64 {
        values.sum::<f64>() / SAMPLES as f64
    }

    #[test]
    fn error_has_no_mean_and_the_same_variance_wherever_the_sound_lies() {
        for level in [0.1, 0.25, 0.5, 0.77, 100.4] {
            let errors = errors(level, Some(1));
            let mean_error = mean(errors.iter().copied());
            let variance = mean(errors.iter().map(|error| error * error));
            // The standard error of the mean is 0.0008 steps; TPDF and rounding leave a quarter of a step squared.
            assert!(mean_error.abs() < 0.004, "{level}: {mean_error}");
            assert!((variance - 0.25).abs() < 0.004, "{level}: {variance}");
        }
    }

    #[test]
    fn error_follows_neither_the_sound_nor_itself() {
        let mut quantiser = Quantiser::new(16, Some(9));
        let sound: Vec<f32> = (0..SAMPLES).map(|i| (i as f32 * 0.01).sin() * 1e-4).collect();
        let errors: Vec<f64> = sound
            .iter()
            .map(|sample| f64::from(quantiser.quantise(*sample)) - f64::from(*sample) * 32_768.0)
            .collect();
        let power = mean(sound.iter().map(|sample| f64::from(*sample).powi(2))).sqrt();
        let with_sound =
            mean(sound.iter().zip(&errors).map(|(sample, error)| f64::from(*sample) * error)) / (power * 0.5);
        assert!(with_sound.abs() < 0.006, "correlation with the sound: {with_sound}");
        for lag in [1, 2, 7] {
            let own = mean(errors.iter().zip(&errors[lag..]).map(|(a, b)| a * b)) / 0.25;
            assert!(own.abs() < 0.006, "correlation with itself at {lag}: {own}");
        }
    }

    #[test]
    fn without_dither_a_quiet_constant_is_lost_and_with_it_kept() {
        assert!(errors(0.4, None).iter().all(|error| (*error + 0.4).abs() < 1e-3));
        assert!(mean(errors(0.4, Some(3)).into_iter()).abs() < 0.004);
    }

    #[test]
    fn same_seed_gives_the_same_bits_and_another_other_ones() {
        assert_eq!(errors(0.3, Some(5)), errors(0.3, Some(5)));
        assert_ne!(errors(0.3, Some(5)), errors(0.3, Some(6)));
    }

    #[test]
    fn what_is_too_loud_is_held_at_the_limits_and_counted() {
        let mut quantiser = Quantiser::new(24, Some(1));
        assert_eq!(quantiser.quantise(2.0), 8_388_607);
        assert_eq!(quantiser.quantise(-2.0), -8_388_608);
        assert_eq!(quantiser.quantise(0.0), 0);
        assert_eq!(quantiser.clipped(), 2);
    }
}
