//! What no effect may do: zip when a parameter steps, add a constant, sound on for ever, or be poisoned by its input.

use signal_graph::ParameterChange;
use signal_nodes::{compressor, delay, eq, limiter, reverb, trim};

use crate::delay::windowed;
use crate::rig::{Rig, Step, decibels, magnitude, sine};
use crate::wave::noise;

const RATE: u32 = 48_000;

/// Effects with a setting in which they do something.
const EFFECTS: &[(&str, &[(u32, f64)])] = &[
    (trim::NAME, &[(1, -3.0)]),
    (eq::NAME, &[(10, 1.0), (22, 6.0), (32, 9.0), (52, -6.0), (72, 4.0), (80, 1.0)]),
    (compressor::NAME, &[(1, -24.0), (2, 4.0)]),
    (delay::NAME, &[(1, 20.0), (5, 40.0), (9, 1.0)]),
    (reverb::NAME, &[(10, 600.0), (23, 50.0)]),
    (limiter::NAME, &[(1, 3.0)]),
];

/// Steps from one end of a range towards the other that must not be heard as noise far from the tone.
const STEPS: &[(&str, u32, f64)] = &[
    (trim::NAME, 1, -24.0),
    (eq::NAME, 32, -12.0),
    (eq::NAME, 31, 2_000.0),
    (eq::NAME, 33, 8.0),
    (eq::NAME, 10, 0.0),
    (eq::NAME, 12, 3.0),
    (eq::NAME, 11, 400.0),
    (eq::NAME, 30, 0.0),
    (eq::NAME, 82, 0.0),
    (eq::NAME, 90, -12.0),
    (compressor::NAME, 1, -40.0),
    (compressor::NAME, 2, 20.0),
    (compressor::NAME, 8, 12.0),
    (compressor::NAME, 9, 1.0),
    (compressor::NAME, 10, 0.0),
    (delay::NAME, 5, 90.0),
    (delay::NAME, 1, 40.0),
    (delay::NAME, 4, 1.0),
    (delay::NAME, 9, 0.0),
    (delay::NAME, 11, 100.0),
    (reverb::NAME, 1, 80.0),
    (reverb::NAME, 2, 50.0),
    (reverb::NAME, 3, 0.0),
    (reverb::NAME, 10, 3_000.0),
    (reverb::NAME, 22, 0.0),
    (reverb::NAME, 23, 100.0),
    (limiter::NAME, 1, 12.0),
    (limiter::NAME, 2, -12.0),
    (limiter::NAME, 4, 0.5),
];

fn setting(name: &str) -> &'static [(u32, f64)] {
    EFFECTS.iter().find(|(other, _)| *other == name).map_or(&[], |(_, setting)| setting)
}

/// The highest level above 4 kHz that a step makes beside a tone of 500 Hz, against the tone.
fn zipper(name: &str, id: u32, value: f64) -> f64 {
    let sound = sine(500.0, 0.25, 96_000, RATE);
    let step = Step { at: 48_005, id, value };
    let [left, _] = Rig::new(name, setting(name), RATE).run(&sound, &sound, &[step]);
    let heard = windowed(&left[43_200..57_600]);
    let tone = magnitude(&windowed(&sound[43_200..57_600]), 500.0, RATE);
    let highs = (0..40).map(|at| 4_000.0 + 450.0 * f64::from(at) + 7.0);
    highs.map(|hertz| decibels(magnitude(&heard, hertz, RATE) / tone)).fold(f64::MIN, f64::max)
}

#[test]
fn steps_of_parameters_do_not_zip() {
    let mut loud = Vec::new();
    for (name, id, value) in STEPS {
        let level = zipper(name, *id, *value);
        if level > -80.0 {
            loud.push(format!("{name} {id}: {level:.1} dB"));
        }
    }
    assert!(loud.is_empty(), "{loud:#?}");
}

#[test]
fn bypass_does_not_zip() {
    for (name, _) in EFFECTS {
        let level = zipper(name, ParameterChange::BYPASS, 1.0);
        assert!(level < -80.0, "{name}: {level:.1} dB");
    }
}

#[test]
fn silence_becomes_exact() {
    for (name, setting) in EFFECTS {
        let mut rig = Rig::new(name, setting, RATE);
        rig.mono(&noise(48_000));
        let output = rig.mono(&vec![0.0; 8 * RATE as usize]);
        let rest = &output[7 * RATE as usize..];
        assert!(rest.iter().all(|sample| sample.to_bits() << 1 == 0), "{name} sounds on");
    }
}

#[test]
fn no_constant_is_added() {
    for (name, setting) in EFFECTS {
        let output = Rig::new(name, setting, RATE).mono(&sine(1_000.0, 0.5, 96_000, RATE));
        let mean: f64 = output[48_000..].iter().map(|sample| f64::from(*sample)).sum::<f64>() / 48_000.0;
        assert!(decibels(mean.abs()) < -100.0, "{name}: {mean}");
    }
}

#[test]
fn broken_input_is_forgotten() {
    for (name, setting) in &EFFECTS[1..] {
        let mut rig = Rig::new(name, setting, RATE);
        rig.mono(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, f32::MIN_POSITIVE / 8.0]);
        let output = rig.mono(&sine(1_000.0, 0.25, 48_000, RATE));
        assert!(output.iter().all(|sample| sample.is_finite()), "{name}");
        assert!(crate::wave::peak(&output[24_000..]) > 0.01, "{name} is dead");
    }
}

#[test]
fn noise_and_distortion_lie_below_ninety_decibels() {
    // Where it does not bend the level, an effect is a linear one: nothing but the tone comes out.
    let linear: &[(&str, &[(u32, f64)])] = &[
        (eq::NAME, &[(10, 1.0), (22, 6.0), (32, 9.0), (72, 4.0)]),
        (compressor::NAME, &[(1, 0.0), (8, 6.0)]),
        (delay::NAME, &[(1, 50.0)]),
        (reverb::NAME, &[(10, 500.0), (4, 0.0)]),
        (limiter::NAME, &[(1, 3.0)]),
    ];
    for (name, setting) in linear {
        let output = Rig::new(name, setting, RATE).mono(&sine(1_000.0, 0.25, 192_000, RATE));
        let heard = windowed(&output[144_000..]);
        let tone = magnitude(&heard, 1_000.0, RATE);
        for hertz in (2..20).map(|harmonic| 1_000.0 * f64::from(harmonic)) {
            let level = decibels(magnitude(&heard, hertz, RATE) / tone);
            assert!(level < -90.0, "{name}: {level:.1} dB at {hertz} Hz");
        }
    }
}
