//! Measurements of effects as curves: response, steps, distortion, aliases. Draws nothing.

use realfft::RealFftPlanner;

use crate::rig::{Rig, Step, decibels, impulse, magnitude, sine};
use crate::svg::{Axis, Chart, Curve};

/// Of all measurements.
pub const RATE: u32 = 48_000;

/// Frames of a spectrum.
const SPECTRUM: usize = 32_768;

/// A device with values by parameter id, and what the curve is called.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Beside the curve.
    pub name: &'static str,
    /// By id; the rest is at its default.
    pub values: &'static [(u32, f64)],
}

fn curve(setting: &Setting, points: Vec<(f64, f64)>) -> Curve {
    Curve { name: setting.name.to_owned(), points }
}

fn chart(title: &str, x: Axis, y: Axis, curves: Vec<Curve>) -> Chart {
    Chart { title: title.to_owned(), x, y, curves }
}

/// Frequencies by equal ratios.
fn hertz(count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |at| 20.0 * 1000.0_f64.powf(at as f64 / (count - 1) as f64))
}

/// Magnitude of the impulse response.
pub fn response(device: &str, settings: &[Setting], y: Axis) -> Chart {
    let one = |setting: &Setting| {
        let response = Rig::new(device, setting.values, RATE).mono(&impulse(0, SPECTRUM));
        curve(setting, hertz(200).map(|hertz| (hertz, decibels(magnitude(&response, hertz, RATE)))).collect())
    };
    chart("Frequency response", Axis::hertz(), y, settings.iter().map(one).collect())
}

/// What comes out of a constant while a parameter steps at 10 ms.
pub fn parameter_step(device: &str, setting: &Setting, (id, value): (u32, f64), y: Axis) -> Chart {
    let sound = vec![1.0; 2_400];
    let step = Step { at: 480, id, value };
    let [left, _] = Rig::new(device, setting.values, RATE).run(&sound, &sound, &[step]);
    let points = left.iter().enumerate().step_by(8);
    let points = points.map(|(at, sample)| (at as f64 / 48.0, f64::from(*sample))).collect();
    chart("A step of a parameter at 10 ms", Axis::linear("ms", 0.0, 50.0), y, vec![curve(setting, points)])
}

/// Level of a tone that steps up to `loud` at 50 ms and back at 250 ms, in decibels.
pub fn level_step(device: &str, settings: &[Setting], (quiet, loud): (f64, f64), y: Axis) -> Chart {
    let frames = 24_000;
    let level = |at: usize| 10.0_f64.powf(if (2_400..12_000).contains(&at) { loud } else { quiet } / 20.0);
    let tone = sine(1_000.0, 1.0, frames, RATE);
    let sound: Vec<f32> = tone.iter().enumerate().map(|(at, sample)| sample * level(at) as f32).collect();
    let one = |setting: &Setting| {
        let output = Rig::new(device, setting.values, RATE).mono(&sound);
        let peak = |window: &[f32]| window.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let windows = output.chunks_exact(48).enumerate();
        curve(setting, windows.map(|(ms, window)| (ms as f64, decibels(f64::from(peak(window))))).collect())
    };
    let x = Axis::linear("ms", 0.0, 500.0);
    chart("A tone that is louder from 50 to 250 ms", x, y, settings.iter().map(one).collect())
}

/// Levels of what follows a click, by windows of a hundredth of the whole.
pub fn decay(device: &str, settings: &[Setting], seconds: usize) -> Chart {
    let frames = seconds * RATE as usize;
    let one = |setting: &Setting| {
        let output = Rig::new(device, setting.values, RATE).mono(&impulse(0, frames));
        let window = frames / 200;
        let level = |(at, window): (usize, &[f32])| {
            let energy: f64 = window.iter().map(|sample| f64::from(*sample).powi(2)).sum();
            (at as f64 * window.len() as f64 / f64::from(RATE), 0.5 * decibels(energy))
        };
        curve(setting, output.chunks_exact(window).enumerate().map(level).collect())
    };
    let x = Axis::linear("s", 0.0, seconds as f64);
    let y = Axis::linear("dB", -90.0, 0.0);
    chart("Energy after a click", x, y, settings.iter().map(one).collect())
}

/// Output level over input level of a tone that has been there for long.
pub fn static_curve(device: &str, settings: &[Setting]) -> Chart {
    let level = |setting: &Setting, input: f64| {
        let sound = vec![10.0_f64.powf(input / 20.0) as f32; 48_000];
        decibels(f64::from(Rig::new(device, setting.values, RATE).mono(&sound)[47_999].abs()))
    };
    let one = |setting: &Setting| {
        let inputs = (0..=30).map(|step| -60.0 + 2.0 * f64::from(step));
        curve(setting, inputs.map(|input| (input, level(setting, input))).collect())
    };
    let [x, y] = ["dB in", "dB out"].map(|label| Axis::linear(label, -60.0, 0.0));
    chart("Output over input", x, y, settings.iter().map(one).collect())
}

/// What the device's meter shows, in decibels, over the level of a constant that has been there for long.
pub fn reduction(device: &str, settings: &[Setting]) -> Chart {
    let shown = |setting: &Setting, input: f64| {
        let sound = vec![10.0_f64.powf(input / 20.0) as f32; 48_000];
        let mut rig = Rig::new(device, setting.values, RATE);
        rig.mono(&sound);
        let _ = rig.meter.take();
        rig.mono(&sound[..480]);
        100.0 * f64::from(rig.meter.take().0)
    };
    let one = |setting: &Setting| {
        let inputs = (0..=30).map(|step| -60.0 + 2.0 * f64::from(step));
        curve(setting, inputs.map(|input| (input, shown(setting, input))).collect())
    };
    let (x, y) = (Axis::linear("dB in", -60.0, 0.0), Axis::linear("dB", 0.0, 32.0));
    chart("Reduction that the meter shows", x, y, settings.iter().map(one).collect())
}

/// Powers of the bins of a sound's end, through a window of Blackman and Harris.
pub fn spectrum(sound: &[f32]) -> Vec<f64> {
    let end = &sound[sound.len() - SPECTRUM..];
    let angle = std::f64::consts::TAU / SPECTRUM as f64;
    let window = |at: usize| {
        let cosine = |order: f64| (angle * at as f64 * order).cos();
        0.35875 - 0.48829 * cosine(1.0) + 0.14128 * cosine(2.0) - 0.01168 * cosine(3.0)
    };
    let mut input: Vec<f64> =
        end.iter().enumerate().map(|(at, sample)| f64::from(*sample) * window(at)).collect();
    let plan = RealFftPlanner::new().plan_fft_forward(SPECTRUM);
    let mut output = plan.make_output_vec();
    plan.process(&mut input, &mut output).expect("lengths fit");
    output.iter().map(num_power).collect()
}

/// The frequency of the nearest bin.
pub fn middle_of_bin(hertz: f64) -> f64 {
    let width = f64::from(RATE) / SPECTRUM as f64;
    (hertz / width).round() * width
}

fn num_power(bin: &realfft::num_complex::Complex<f64>) -> f64 {
    bin.norm_sqr()
}

/// Power of the bins that `belongs` takes, against the rest, leaving constants out.
pub fn parted(powers: &[f64], belongs: impl Fn(usize) -> bool) -> (f64, f64) {
    let sum = |part: bool| {
        powers
            .iter()
            .enumerate()
            .skip(4)
            .filter(|(bin, _)| belongs(*bin) == part)
            .map(|(_, power)| power)
            .sum()
    };
    (sum(true), sum(false))
}

fn near(bin: usize, other: usize) -> bool {
    bin.abs_diff(other) <= 5
}

/// All but the tone against the tone, over its level.
pub fn distortion(device: &str, settings: &[Setting]) -> Chart {
    let bin = 683;
    let hertz = bin as f64 * f64::from(RATE) / SPECTRUM as f64;
    let one = |setting: &Setting| {
        let at = |level: f64| {
            let tone = sine(hertz, 10.0_f64.powf(level / 20.0), 48_000 + SPECTRUM, RATE);
            let powers = spectrum(&Rig::new(device, setting.values, RATE).mono(&tone));
            let (tone, rest) = parted(&powers, |other| near(other, bin));
            (level, 0.5 * decibels(rest / tone))
        };
        curve(setting, (0..=15).map(|step| at(-60.0 + 4.0 * f64::from(step))).collect())
    };
    let y = Axis::linear("dB", -160.0, 0.0);
    chart(
        "THD+N of 1 kHz over its level",
        Axis::linear("dBFS", -60.0, 0.0),
        y,
        settings.iter().map(one).collect(),
    )
}

/// The loudest of what is no harmonic, against the tone, over the tone's frequency.
pub fn aliases(device: &str, settings: &[Setting]) -> Chart {
    let one = |setting: &Setting| {
        let at = |hertz: f64| {
            let bin = (hertz * SPECTRUM as f64 / f64::from(RATE)).round() as usize | 1;
            let hertz = bin as f64 * f64::from(RATE) / SPECTRUM as f64;
            let tone = sine(hertz, 0.5, 48_000 + SPECTRUM, RATE);
            (hertz, loudest_alias(&Rig::new(device, setting.values, RATE).mono(&tone), bin))
        };
        curve(setting, hertz(40).filter(|hertz| *hertz > 90.0).map(at).collect())
    };
    let y = Axis::linear("dB", -160.0, 0.0);
    chart("Loudest alias of a tone of -6 dBFS", Axis::hertz(), y, settings.iter().map(one).collect())
}

/// In decibels against the loudest bin; harmonics of `bin` are none.
pub fn loudest_alias(sound: &[f32], bin: usize) -> f64 {
    let powers = spectrum(sound);
    let highest = powers.iter().copied().fold(0.0, f64::max);
    let alone = |(other, _): &(usize, &f64)| {
        let harmonic = (*other + bin / 2) / bin * bin;
        !near(*other, harmonic)
    };
    let loudest =
        powers.iter().enumerate().skip(8).filter(alone).map(|(_, power)| *power).fold(0.0, f64::max);
    0.5 * decibels(loudest / highest)
}
