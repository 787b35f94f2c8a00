//! What the delay does to sound: echoes at their samples, levels and sides.

use signal_nodes::delay::{self, Id};

use crate::rig::{Rig, Step, decibels, impulse, magnitude, sine};
use crate::wave::peak;

const RATE: u32 = 48_000;

/// Nothing but echoes, and loops as open as they go.
const WET: &[(Id, f64)] =
    &[(Id::Mix, 100.0), (Id::LowCut, 20.0), (Id::HighCut, 20_000.0), (Id::Feedback, 0.0)];

fn rig(parameters: &[(Id, f64)], rate: u32) -> Rig {
    let parameters: Vec<_> = WET.iter().chain(parameters).map(|(id, value)| (id.number(), *value)).collect();
    Rig::new(delay::NAME, &parameters, rate)
}

/// Where a sound is loudest.
fn loudest(sound: &[f32]) -> usize {
    let by_level = |one: &(usize, &f32), other: &(usize, &f32)| one.1.abs().total_cmp(&other.1.abs());
    sound.iter().enumerate().max_by(by_level).map_or(0, |(at, _)| at)
}

#[test]
fn first_echo_is_the_input_at_its_exact_sample() {
    for (time, rate, samples) in
        [(1.0, 48_000, 48), (350.0, 48_000, 16_800), (123.4, 44_100, 5_442), (4_000.0, 96_000, 384_000)]
    {
        let output = rig(&[(Id::Time, time)], rate).mono(&impulse(10, samples + 1_000));
        assert_eq!(output[10 + samples], 1.0);
        assert!(output.iter().enumerate().all(|(at, sample)| at == 10 + samples || *sample == 0.0));
    }
}

#[test]
fn synced_time_is_the_note_at_the_songs_tempo() {
    // 120 quarter notes a minute.
    for (note, samples) in [(5.0, 24_000), (7.0, 18_000), (9.0, 8_000), (13.0, 3_000), (0.0, 96_000)] {
        let output = rig(&[(Id::Sync, 1.0), (Id::Note, note)], RATE).mono(&impulse(0, 100_000));
        assert_eq!(loudest(&output), samples, "note {note}");
    }
}

#[test]
fn echoes_fall_by_the_feedback() {
    let output = rig(&[(Id::Time, 100.0), (Id::Feedback, 50.0)], RATE).mono(&sine(1_000.0, 0.5, 1_600, RATE));
    assert!(peak(&output) <= 0.5);
    let mut sound = sine(1_000.0, 0.5, 1_600, RATE);
    sound.resize(48_000, 0.0);
    let output = rig(&[(Id::Time, 100.0), (Id::Feedback, 50.0)], RATE).mono(&sound);
    for echo in 1..5 {
        let level = |number: usize| f64::from(peak(&output[4_800 * number + 800..4_800 * number + 1_600]));
        let fall = decibels(level(echo + 1) / level(echo));
        assert!((fall + 6.05).abs() < 0.1, "echo {echo} falls by {fall} dB");
    }
}

#[test]
fn ping_pong_goes_from_left_to_right_and_back() {
    let sound = impulse(0, 40_000);
    let parameters = [(Id::Time, 200.0), (Id::Feedback, 50.0), (Id::Mode, 1.0)];
    let [left, right] = rig(&parameters, RATE).run(&sound, &sound, &[]);
    let around = |side: &[f32], echo: usize| peak(&side[9_600 * echo - 10..9_600 * echo + 10]);
    assert_eq!((around(&left, 1), around(&right, 1)), (1.0, 0.0));
    assert!(around(&left, 2) < 1e-6 && around(&right, 2) > 0.3);
    assert!(around(&left, 3) > 0.1 && around(&right, 3) < 1e-6);
}

#[test]
fn filters_make_each_echo_darker_and_thinner() {
    let level = |hertz: f64, echo: usize| {
        let mut sound = sine(hertz, 0.5, 9_600, RATE);
        sound.resize(48_000, 0.0);
        let parameters =
            [(Id::Time, 250.0), (Id::Feedback, 99.0), (Id::LowCut, 200.0), (Id::HighCut, 2_000.0)];
        let output = rig(&parameters, RATE).mono(&sound);
        decibels(f64::from(peak(&output[12_000 * echo + 4_800..12_000 * echo + 9_600])) / 0.5)
    };
    assert!(level(2_000.0, 1).abs() < 0.01, "the first echo is what went in");
    assert!((level(2_000.0, 2) + 3.1).abs() < 0.3, "{}", level(2_000.0, 2));
    assert!((level(200.0, 3) + 6.2).abs() < 0.5, "{}", level(200.0, 3));
}

#[test]
fn moving_time_makes_no_zipper() {
    let sound = sine(750.0, 0.5, 96_000, RATE);
    let moves: Vec<Step> = (0..100)
        .map(|step| Step { at: 24_000 + step * 300, id: Id::Time.number(), value: 300.0 + 2.0 * step as f64 })
        .collect();
    let [output, _] = rig(&[], RATE).run(&sound, &sound, &moves);
    let window = windowed(&output[24_000..72_000]);
    let reference = magnitude(&windowed(&sound[24_000..72_000]), 750.0, RATE);
    for hertz in [3_000.0, 5_000.0, 9_000.0, 15_000.0] {
        let level = decibels(magnitude(&window, hertz, RATE) / reference);
        assert!(level < -90.0, "{level} dB at {hertz} Hz");
    }
}

#[test]
fn ducking_takes_echoes_down_while_something_is_played() {
    let sound = sine(500.0, 0.5, 48_000, RATE);
    let during = |ducking: f64| {
        let [_, right] = rig(&[(Id::Time, 100.0), (Id::Ducking, ducking)], RATE).run(&sound, &sound, &[]);
        f64::from(peak(&right[24_000..48_000]))
    };
    let fall = decibels(during(12.0) / during(0.0));
    assert!((fall + 12.0).abs() < 0.2, "{fall} dB");
}

#[test]
fn modulation_bends_the_pitch_and_keeps_the_level() {
    let sound = sine(1_000.0, 0.5, 192_000, RATE);
    let output = rig(&[(Id::Depth, 2.0), (Id::Rate, 1.0)], RATE).mono(&sound);
    let settled = &output[48_000..];
    assert!((decibels(f64::from(peak(settled)) / 0.5)).abs() < 0.1);
    let beside = decibels(magnitude(settled, 1_005.0, RATE) / magnitude(&sound[48_000..], 1_000.0, RATE));
    assert!(beside > -30.0, "sidebands: {beside} dB");
}

/// Through Hann's window.
pub fn windowed(sound: &[f32]) -> Vec<f32> {
    let angle = std::f64::consts::TAU / sound.len() as f64;
    let window = |(at, sample): (usize, &f32)| sample * (0.5 - 0.5 * (angle * at as f64).cos()) as f32;
    sound.iter().enumerate().map(window).collect()
}
