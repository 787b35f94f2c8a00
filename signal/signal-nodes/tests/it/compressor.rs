//! What the compressor does to sound: its curve, its times, what it publishes.

use signal_nodes::compressor::{self, Id};

use crate::rig::{Rig, decibels, sine};

const RATE: u32 = 48_000;

fn rig(parameters: &[(Id, f64)]) -> Rig {
    let parameters: Vec<_> = parameters.iter().map(|(id, value)| (id.number(), *value)).collect();
    Rig::new(compressor::NAME, &parameters, RATE)
}

/// The gain in decibels that a constant level has come to.
fn gain_at(level: f64, parameters: &[(Id, f64)]) -> f64 {
    let amplitude = 10.0_f64.powf(level / 20.0) as f32;
    let output = rig(parameters).mono(&vec![amplitude; 48_000]);
    decibels(f64::from(output[47_999])) - level
}

#[test]
fn static_curve_is_threshold_ratio_and_knee() {
    let hard = [(Id::Threshold, -20.0), (Id::Ratio, 4.0), (Id::Knee, 0.0)];
    for (level, gain) in [(-40.0, 0.0), (-20.5, 0.0), (-20.0, 0.0), (-16.0, -3.0), (-8.0, -9.0), (0.0, -15.0)]
    {
        let measured = gain_at(level, &hard);
        assert!((measured - gain).abs() < 0.02, "{level} dB: {measured} instead of {gain}");
    }
    let soft = [(Id::Threshold, -20.0), (Id::Ratio, 4.0), (Id::Knee, 12.0)];
    // (1/4 - 1) (0 + 6)² / 24 at the threshold.
    for (level, gain) in [(-26.0, 0.0), (-20.0, -1.125), (-14.0, -4.5), (-8.0, -9.0)] {
        let measured = gain_at(level, &soft);
        assert!((measured - gain).abs() < 0.02, "{level} dB: {measured} instead of {gain}");
    }
}

#[test]
fn make_up_and_mix_are_what_they_say() {
    let curve = [(Id::Threshold, -20.0), (Id::Ratio, 4.0), (Id::Knee, 0.0)];
    let with = |more: &[(Id, f64)]| [&curve[..], more].concat();
    assert!((gain_at(-40.0, &with(&[(Id::MakeUp, 9.0)])) - 9.0).abs() < 0.01);
    assert!((gain_at(-40.0, &with(&[(Id::AutoMakeUp, 1.0)])) - 7.5).abs() < 0.01);
    assert!(gain_at(-8.0, &with(&[(Id::Mix, 0.0)])).abs() < 0.001);
    let half = decibels(0.5 + 0.5 * 10.0_f64.powf(-9.0 / 20.0));
    assert!((gain_at(-8.0, &with(&[(Id::Mix, 50.0)])) - half).abs() < 0.02);
}

#[test]
fn attack_and_release_reach_63_percent_in_their_times() {
    let parameters = [
        (Id::Threshold, -40.0),
        (Id::Ratio, 100.0),
        (Id::Knee, 0.0),
        (Id::Attack, 20.0),
        (Id::Release, 100.0),
    ];
    let quiet = 0.0099_f32;
    let mut sound = vec![quiet; 60_000];
    sound[10_000..40_000].fill(1.0);
    let output = rig(&parameters).mono(&sound);
    let reduction = |at: usize| decibels(f64::from(sound[at])) - decibels(f64::from(output[at]));
    let full = 40.0 * 0.99;
    let part = 1.0 - (-1.0_f64).exp();
    assert!((reduction(10_000 + 960) / full - part).abs() < 0.01, "{}", reduction(10_960) / full);
    assert!((reduction(39_999) - full).abs() < 0.01);
    let left = reduction(40_000 + 4_800) / full;
    assert!((left - (1.0 - part)).abs() < 0.01, "{left} is left after the release");
}

#[test]
fn power_of_a_sine_reads_three_decibels_below_its_peak() {
    let gain = |detection| {
        let parameters = [
            (Id::Threshold, -20.0),
            (Id::Ratio, 2.0),
            (Id::Knee, 0.0),
            (Id::Attack, 0.1),
            (Id::Release, 2_000.0),
            (Id::Detection, detection),
        ];
        let output = rig(&parameters).mono(&sine(1_000.0, 0.5, 96_000, RATE));
        decibels(f64::from(crate::wave::peak(&output[90_000..])) / 0.5)
    };
    let apart = gain(1.0) - gain(0.0);
    assert!((apart - 1.5).abs() < 0.15, "ratio 2 makes 1.5 dB of 3: {apart}");
}

#[test]
fn low_cut_keeps_the_bass_from_compressing() {
    let gain = |low_cut| {
        let parameters = [(Id::Threshold, -40.0), (Id::Ratio, 4.0), (Id::LowCut, low_cut)];
        let output = rig(&parameters).mono(&sine(40.0, 0.5, 96_000, RATE));
        decibels(f64::from(crate::wave::peak(&output[48_000..])) / 0.5)
    };
    assert!(gain(500.0) - gain(20.0) > 12.0, "{} and {}", gain(500.0), gain(20.0));
}

#[test]
fn meter_shows_a_hundredth_of_the_reduction_in_decibels() {
    let mut rig = rig(&[(Id::Threshold, -20.0), (Id::Ratio, 2.0), (Id::Knee, 0.0)]);
    rig.mono(&vec![1.0; 48_000]);
    let (left, right) = rig.meter.take();
    assert!((left - 0.1).abs() < 1e-4 && left == right, "{left}");
}
