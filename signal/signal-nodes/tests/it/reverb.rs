//! What the reverb does to sound: how long it lasts in each band, how dense it is, that it does not ring.

use signal_nodes::eq::{self, Id as Eq};
use signal_nodes::reverb::{self, Id};

use crate::rig::{Rig, impulse};
use crate::wave::{noise, spectrum};

const RATE: u32 = 48_000;

/// Nothing but the room, which treats all frequencies alike.
const EVEN: &[(Id, f64)] = &[
    (Id::Mix, 100.0),
    (Id::PreDelay, 0.0),
    (Id::LowRatio, 1.0),
    (Id::HighRatio, 1.0),
    (Id::LowCut, 20.0),
    (Id::HighCut, 20_000.0),
];

fn room(parameters: &[(Id, f64)], input: &[f32]) -> [Vec<f32>; 2] {
    let parameters: Vec<_> = EVEN.iter().chain(parameters).map(|(id, value)| (id.number(), *value)).collect();
    Rig::new(reverb::NAME, &parameters, RATE).run(input, input, &[])
}

/// Seconds in which a decay falls by 60 dB: Schroeder's backward integration, the line from -5 to -35 dB (ISO 3382).
fn rt60(decay: &[f32]) -> f64 {
    let mut left = 0.0;
    let mut curve: Vec<f64> = decay
        .iter()
        .rev()
        .map(|sample| {
            left += f64::from(*sample) * f64::from(*sample);
            left
        })
        .collect();
    curve.reverse();
    let begins = |level: f64| {
        let below = curve[0] * 10.0_f64.powf(level / 10.0);
        curve.iter().position(|energy| *energy < below).expect("it falls") as f64
    };
    (begins(-35.0) - begins(-5.0)) * 2.0 / f64::from(RATE)
}

/// What is left of a sound around a frequency.
fn band(sound: &[f32], low: f64, high: f64) -> Vec<f32> {
    let parameters = [
        (Eq::HighPassOn, 1.0),
        (Eq::HighPassFrequency, low),
        (Eq::HighPassSlope, 3.0),
        (Eq::LowPassOn, 1.0),
        (Eq::LowPassFrequency, high),
        (Eq::LowPassSlope, 3.0),
    ];
    let parameters: Vec<_> = parameters.iter().map(|(id, value)| (id.number(), *value)).collect();
    Rig::new(eq::NAME, &parameters, RATE).mono(sound)
}

#[test]
fn tail_falls_by_60_db_in_the_time_that_is_set() {
    for (ms, size) in [(500.0, 100.0), (1_500.0, 100.0), (4_000.0, 60.0), (2_500.0, 200.0)] {
        let frames = (ms * 0.001 * f64::from(RATE) * 1.5) as usize;
        let [left, right] = room(&[(Id::Decay, ms), (Id::Size, size)], &impulse(0, frames));
        for side in [left, right] {
            let measured = rt60(&band(&side, 300.0, 4_000.0)) * 1_000.0;
            assert!((measured / ms - 1.0).abs() < 0.05, "{measured:.0} instead of {ms} ms, size {size}");
        }
    }
}

#[test]
fn each_band_falls_in_its_own_time() {
    let parameters = [
        (Id::Decay, 2_000.0),
        (Id::LowRatio, 1.5),
        (Id::LowCrossover, 300.0),
        (Id::HighRatio, 0.3),
        (Id::HighCrossover, 3_000.0),
    ];
    let [left, _] = room(&parameters, &impulse(0, 5 * RATE as usize));
    // A filter of first order has to be two octaves away before it is done.
    for (low, high, seconds, tolerance) in
        [(40.0, 75.0, 3.0, 0.10), (800.0, 1_100.0, 2.0, 0.15), (15_000.0, 20_000.0, 0.6, 0.15)]
    {
        let measured = rt60(&band(&left, low, high));
        assert!(
            (measured / seconds - 1.0).abs() < tolerance,
            "{low} Hz: {measured:.2} instead of {seconds} s"
        );
    }
}

/// Echo density after Jonathan Abel and Patty Huang, "A Simple, Robust Measure of Reverberation Echo Density", AES 121,
/// 2006: the part of the samples of 20 ms outside of their standard deviation, over that of Gaussian noise. 1 is dense.
fn density(window: &[f32]) -> f64 {
    let power: f64 = window.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let deviation = (power / window.len() as f64).sqrt();
    let outside = window.iter().filter(|sample| f64::from(sample.abs()) > deviation).count();
    outside as f64 / window.len() as f64 / 0.317_310_5
}

#[test]
fn echoes_are_dense_after_a_tenth_of_a_second() {
    let [left, right] = room(&[(Id::Decay, 3_000.0), (Id::Diffusion, 80.0)], &impulse(0, 48_000));
    for side in [left, right] {
        for start in (4_800..40_000).step_by(960) {
            let density = density(&side[start..start + 960]);
            assert!(density > 0.8, "density {density:.2} at {} ms", start / 48);
        }
    }
}

#[test]
fn diffusion_makes_it_dense_sooner() {
    let early = |diffusion| {
        let [left, _] = room(&[(Id::Diffusion, diffusion)], &impulse(0, 9_600));
        density(&left[1_920..2_880])
    };
    assert!(early(100.0) > early(0.0) + 0.2, "{} and {}", early(100.0), early(0.0));
}

#[test]
fn no_tone_rings_out_of_the_tail() {
    let [left, _] = room(&[(Id::Decay, 5_000.0)], &impulse(0, 100_000));
    let levels = spectrum(&left[72_000..72_000 + 8_192]);
    let middle = &levels[100..3_500];
    let mean: f64 = middle.iter().map(|level| 10.0_f64.powf(level / 10.0)).sum::<f64>() / middle.len() as f64;
    // Of thousands of bins of noise the highest is some 10 dB above their mean.
    let highest = middle.iter().copied().fold(f64::MIN, f64::max) - 10.0 * mean.log10();
    assert!(highest < 14.0, "a tone stands {highest:.1} dB above the tail");
}

#[test]
fn sides_are_different_and_width_0_is_mono() {
    let sound = noise(48_000);
    let alike = |sides: &[Vec<f32>; 2]| {
        let product = |one: &[f32], other: &[f32]| -> f64 {
            one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
        };
        let [left, right] = sides;
        product(left, right) / (product(left, left) * product(right, right)).sqrt()
    };
    assert!(alike(&room(&[], &sound)).abs() < 0.3, "{}", alike(&room(&[], &sound)));
    let [left, right] = room(&[(Id::Width, 0.0)], &sound);
    assert_eq!(left, right);
}

#[test]
fn pre_delay_is_exact_and_early_sound_follows_at_once() {
    let [left, _] = room(&[(Id::PreDelay, 100.0)], &impulse(0, 9_600));
    assert_eq!(left.iter().position(|sample| sample.abs() > 1e-9), Some(4_800));
}
