//! What the EQ does to sound: the curve of its analog filters, at every rate.

use signal_nodes::eq::{self, Id};

use crate::rig::{Rig, decibels, impulse, magnitude};

type Setting<'a> = &'a [(Id, f64)];

const SETTINGS: &[Setting<'_>] = &[
    &[(Id::Bell1Frequency, 100.0), (Id::Bell1Gain, 12.0), (Id::Bell1Q, 4.0)],
    &[(Id::Bell2Frequency, 1_000.0), (Id::Bell2Gain, -18.0), (Id::Bell2Q, 0.5)],
    &[(Id::Bell3Frequency, 10_000.0), (Id::Bell3Gain, 9.0), (Id::Bell3Q, 1.0)],
    &[(Id::Bell4Frequency, 16_000.0), (Id::Bell4Gain, 12.0), (Id::Bell4Q, 0.7)],
    &[(Id::Bell4Frequency, 16_000.0), (Id::Bell4Gain, -12.0), (Id::Bell4Q, 2.0)],
    &[(Id::LowShelfFrequency, 80.0), (Id::LowShelfGain, 9.0)],
    &[(Id::LowShelfFrequency, 3_000.0), (Id::LowShelfGain, -15.0), (Id::LowShelfQ, 1.4)],
    &[(Id::HighShelfFrequency, 4_000.0), (Id::HighShelfGain, 12.0)],
    &[(Id::HighShelfFrequency, 12_000.0), (Id::HighShelfGain, -12.0), (Id::HighShelfQ, 0.5)],
    &[(Id::HighShelfFrequency, 15_000.0), (Id::HighShelfGain, 18.0)],
    &[(Id::HighPassOn, 1.0), (Id::HighPassFrequency, 30.0), (Id::HighPassSlope, 3.0)],
    &[(Id::HighPassOn, 1.0), (Id::HighPassFrequency, 500.0), (Id::HighPassSlope, 0.0), (Id::HighPassQ, 3.0)],
    &[(Id::LowPassOn, 1.0), (Id::LowPassFrequency, 1_000.0), (Id::LowPassSlope, 1.0)],
    &[(Id::LowPassOn, 1.0), (Id::LowPassFrequency, 12_000.0), (Id::LowPassSlope, 2.0)],
    &[(Id::Output, -6.0), (Id::Bell1Gain, 6.0), (Id::Bell1On, 0.0), (Id::Bell2Gain, 3.0)],
];

fn value(setting: Setting<'_>, id: Id) -> f64 {
    let set = setting.iter().find(|(other, _)| *other == id);
    set.map_or(id.spec().default_value, |(_, value)| *value)
}

fn response(setting: Setting<'_>, rate: u32) -> Vec<f32> {
    let parameters: Vec<_> = setting.iter().map(|(id, value)| (id.number(), *value)).collect();
    Rig::new(eq::NAME, &parameters, rate).mono(&impulse(0, 65_536))
}

/// The largest distance in decibels from the analog curve up to `highest`, where that is above -40 dB.
fn distance(setting: Setting<'_>, rate: u32, highest: f64) -> f64 {
    let response = response(setting, rate);
    let hertz = (0..60).map(|step| 20.0 * 1000.0_f64.powf(f64::from(step) / 59.0));
    let mut worst = 0.0_f64;
    for hertz in hertz.filter(|hertz| *hertz <= highest) {
        let analog = eq::response(|id| value(setting, id), hertz);
        if analog > -40.0 {
            worst = worst.max((decibels(magnitude(&response, hertz, rate)) - analog).abs());
        }
    }
    worst
}

#[test]
fn curve_is_the_analog_one_at_every_rate() {
    for (rate, tolerance) in [(44_100, 1.0), (48_000, 0.9), (96_000, 0.2), (192_000, 0.1)] {
        let distances = SETTINGS.iter().map(|setting| (distance(setting, rate, 20_000.0), setting));
        let far: Vec<_> = distances.filter(|(distance, _)| *distance > tolerance).collect();
        assert!(far.is_empty(), "farther than {tolerance} dB at {rate} Hz: {far:#?}");
    }
}

#[test]
fn curve_is_the_one_that_the_page_draws() {
    let text = include_str!("../../../../chorus/conformance/eq.json");
    let cases: serde_json::Value = serde_json::from_str(text).expect("cases");
    for case in cases["cases"].as_array().expect("cases") {
        let set = |id: Id| case["values"][id.number().to_string().as_str()].as_f64();
        for point in case["points"].as_array().expect("points") {
            let [hertz, expected] = [0, 1].map(|at| point[at].as_f64().expect("a number"));
            let ours = eq::response(|id| set(id).unwrap_or(id.spec().default_value), hertz);
            assert!((ours - expected).abs() < 0.001, "{ours} instead of {expected} dB at {hertz}: {case}");
        }
    }
}

#[test]
fn flat_eq_changes_no_bit() {
    let sound = crate::wave::noise(10_000);
    assert_eq!(Rig::new(eq::NAME, &[], 48_000).mono(&sound), sound);
}

#[test]
fn what_boosts_and_what_cuts_the_same_cancel() {
    let boost = [(Id::Bell1Frequency, 9_000.0), (Id::Bell1Gain, 15.0), (Id::HighShelfGain, 10.0)];
    let by_number = |sign: f64| -> Vec<(u32, f64)> {
        let signed = |(id, value): &(Id, f64)| {
            let is_gain = matches!(id, Id::Bell1Gain | Id::HighShelfGain);
            (id.number(), if is_gain { sign * value } else { *value })
        };
        boost.iter().map(signed).collect()
    };
    let sound = crate::wave::noise(20_000);
    let boosted = Rig::new(eq::NAME, &by_number(1.0), 48_000).mono(&sound);
    let back = Rig::new(eq::NAME, &by_number(-1.0), 48_000).mono(&boosted);
    let worst = sound.iter().zip(&back).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-5, "{worst}");
}
