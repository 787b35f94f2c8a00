//! What the limiter does to sound: true peaks below the ceiling, nothing below it touched, latency as reported.

use signal_nodes::limiter::{self, Id};

use crate::rig::{Rig, Step, decibels, impulse, sine};
use crate::wave::noise;

const RATE: u32 = 48_000;

fn rig(parameters: &[(Id, f64)], rate: u32) -> Rig {
    let parameters: Vec<_> = parameters.iter().map(|(id, value)| (id.number(), *value)).collect();
    Rig::new(limiter::NAME, &parameters, rate)
}

/// The true peak in decibels, eight times oversampled by a sinc of 48 samples through Blackman's window.
fn true_peak(sound: &[f32]) -> f64 {
    const HALF: i64 = 24;
    let pi = std::f64::consts::PI;
    let kernel: Vec<Vec<f64>> = (0..8)
        .map(|phase| {
            let tap = |at: i64| {
                let x = at as f64 - f64::from(phase) / 8.0;
                let window =
                    0.42 + 0.5 * (pi * x / HALF as f64).cos() + 0.08 * (2.0 * pi * x / HALF as f64).cos();
                if x.abs() < 1e-9 { 1.0 } else { window * (pi * x).sin() / (pi * x) }
            };
            (1 - HALF..=HALF - 1).map(tap).collect()
        })
        .collect();
    let width = kernel[0].len();
    let highest = sound.windows(width).flat_map(|window| {
        kernel.iter().map(move |phase| {
            phase.iter().zip(window).map(|(tap, sample)| tap * f64::from(*sample)).sum::<f64>().abs()
        })
    });
    decibels(highest.fold(0.0, f64::max))
}

/// Loud sounds of many kinds, each with true peaks far above full scale.
fn loud_sounds(rate: u32) -> Vec<(&'static str, Vec<f32>)> {
    let frames = 12_000;
    let quarter: Vec<f32> = (0..frames)
        .map(|at| 2.0 * (std::f64::consts::FRAC_PI_4 * (2 * at + 1) as f64).sin() as f32)
        .collect();
    let scaled =
        |sound: Vec<f32>, gain: f32| sound.into_iter().map(|sample| sample * gain).collect::<Vec<f32>>();
    let square: Vec<f32> =
        sine(220.0, 1.0, frames, rate).iter().map(|sample| 3.0 * sample.signum()).collect();
    let bursts: Vec<f32> = sine(6_000.0, 4.0, frames, rate)
        .iter()
        .enumerate()
        .map(|(at, sample)| if (at / 900) % 2 == 0 { *sample } else { 0.01 * sample })
        .collect();
    vec![
        ("a quarter of the rate", quarter),
        ("noise", scaled(noise(frames), 4.0)),
        ("square", square),
        ("bursts", bursts),
        ("bass", sine(50.0, 4.0, frames, rate)),
    ]
}

#[test]
fn true_peak_stays_below_the_ceiling() {
    for rate in [44_100, 48_000, 96_000] {
        for (name, sound) in loud_sounds(rate) {
            for (ceiling, look_ahead) in [(-1.0, 3.0), (-6.0, 0.5)] {
                let parameters = [(Id::Ceiling, ceiling), (Id::LookAhead, look_ahead), (Id::Release, 30.0)];
                let output = rig(&parameters, rate).mono(&sound);
                let above = true_peak(&output) - ceiling;
                // A detector of 12 taps sees peaks near half the rate lower than they are: noise and edges have them.
                let tolerance = if ["noise", "square", "bursts"].contains(&name) { 1.0 } else { 0.1 };
                assert!(above < tolerance, "{name} at {rate} Hz: {above:.3} dB above {ceiling}");
                let by_meter = meter(&output) - ceiling;
                assert!(by_meter < 0.1, "{name} at {rate} Hz: the meter reads {by_meter:.3} dB above");
            }
        }
    }
}

/// The true peak in decibels as a meter of BS.1770 reads it.
fn meter(sound: &[f32]) -> f64 {
    let mut reader = limiter::true_peak::TruePeak::default();
    decibels(f64::from(sound.iter().map(|sample| reader.next(*sample)).fold(0.0, f32::max)))
}

#[test]
fn meter_reads_what_is_between_samples() {
    let quarter: Vec<f32> =
        (0..4_800).map(|at| (std::f64::consts::FRAC_PI_4 * (2 * at + 1) as f64).sin() as f32).collect();
    assert!((decibels(f64::from(crate::wave::peak(&quarter))) + 3.01).abs() < 0.01);
    let read = meter(&quarter[200..]);
    assert!((-0.4..0.2).contains(&read), "{read}");
}

#[test]
fn what_is_below_the_ceiling_comes_out_bit_for_bit_after_the_latency() {
    for rate in [44_100, 48_000, 192_000] {
        let sound: Vec<f32> = noise(20_000).iter().map(|sample| sample * 0.3).collect();
        let mut rig = rig(&[], rate);
        let latency = rig.node.latency() as usize;
        assert_eq!(latency, rate as usize / 200 + 10);
        let output = rig.mono(&sound);
        assert_eq!(output[latency..], sound[..sound.len() - latency]);
        assert!(output[..latency].iter().all(|sample| *sample == 0.0));
    }
}

#[test]
fn latency_is_the_same_for_every_look_ahead_and_bypassed() {
    for look_ahead in [0.5, 2.0, 5.0] {
        let output =
            rig(&[(Id::LookAhead, look_ahead), (Id::Ceiling, -12.0)], RATE).mono(&impulse(100, 2_000));
        let at = (0..2_000).max_by(|one, other| output[*one].abs().total_cmp(&output[*other].abs()));
        assert_eq!(at, Some(350));
    }
    let sound = noise(4_000);
    let bypass = Step { at: 0, id: signal_graph::ParameterChange::BYPASS, value: 1.0 };
    let [left, _] = rig(&[], RATE).run(&sound, &sound, &[bypass]);
    assert_eq!(left[1_000..], sound[750..3_750]);
}

#[test]
fn change_of_look_ahead_lets_no_peak_through() {
    let sound = sine(50.0, 4.0, 48_000, RATE);
    let changes: Vec<Step> = (0..20)
        .map(|step| Step {
            at: 1_000 + step * 2_111,
            id: Id::LookAhead.number(),
            value: [0.5, 5.0, 1.7][step % 3],
        })
        .collect();
    let [left, _] = rig(&[(Id::Release, 5.0)], RATE).run(&sound, &sound, &changes);
    assert!(meter(&left) < -0.9, "{}", meter(&left));
}

#[test]
fn release_gives_63_percent_back_in_its_time() {
    let mut sound = vec![0.25_f32; 60_000];
    sound[10_000..20_000].fill(1.0);
    // Without an edge: between the samples of one the wave is higher than they are.
    for step in 0..96 {
        sound[9_904 + step] += 0.75 * step as f32 / 96.0;
        sound[20_095 - step] += 0.75 * step as f32 / 96.0;
    }
    let output =
        rig(&[(Id::Ceiling, -6.0206), (Id::Release, 200.0), (Id::LookAhead, 0.5)], RATE).mono(&sound);
    let gain = |at: usize| f64::from(output[at]) / 0.25;
    // The gain is held and averaged for less than a millisecond more.
    let back = (gain(20_000 + 9_600 + 250 + 20) - 0.5) / 0.5;
    assert!((back - 0.632).abs() < 0.01, "{back}");
}

#[test]
fn meter_of_the_device_shows_what_it_takes_away() {
    let mut rig = rig(&[(Id::Ceiling, -6.0)], RATE);
    rig.mono(&vec![1.0; 48_000]);
    let _ = rig.meter.take();
    rig.mono(&vec![1.0; 9_600]);
    let shown = rig.meter.take().0;
    assert!((shown - 0.06).abs() < 0.001, "{shown}");
}
