//! The built-in drums: sixteen sounds made by computation when a drum machine is made, in the order of General MIDI's keys
//! from 36 on.
//!
//! Each is a sum of swept sines, filtered noise and, for metal, the six inharmonic squares of the cymbals of the Roland
//! TR-808 (K. Werner, J. Abel, J. Smith: "The TR-808 Cymbal: a Physically-Informed, Circuit-Bendable, Digital Model", ICMC
//! 2014, which gives their frequencies), here without what would fold back. Every run gives the same bits (E11).

use std::sync::{Arc, OnceLock};

use crate::sample::{Sample, SampleSet, ZONES};
use crate::tide::filter::{Coefficients, Filter, Response};

/// What they are called.
pub const NAMES: &[&str] = &[
    "Kick",
    "Rim",
    "Snare",
    "Clap",
    "Snare 2",
    "Floor tom",
    "Closed hat",
    "Low tom 2",
    "Pedal hat",
    "Low tom",
    "Open hat",
    "Mid tom",
    "High tom 2",
    "Crash",
    "High tom",
    "Ride",
];

/// A sine whose pitch falls.
#[derive(Clone, Copy)]
struct Tone {
    /// Hertz at first and in the end.
    sweep: [f64; 2],
    /// Milliseconds in which the pitch has fallen by two thirds.
    fall: f64,
    /// Milliseconds until -60 dB.
    decay: f64,
    level: f64,
}

/// Filtered noise.
#[derive(Clone, Copy)]
struct Noise {
    response: Response,
    hertz: f64,
    decay: f64,
    level: f64,
    /// It begins so often anew, 11 ms apart: hands do not meet at once.
    claps: u32,
}

/// Six squares through a high-pass.
#[derive(Clone, Copy)]
struct Metal {
    hertz: f64,
    decay: f64,
    level: f64,
}

/// What a drum is made of.
#[derive(Clone, Copy)]
struct Recipe {
    milliseconds: f64,
    /// The largest sample.
    peak: f64,
    tones: &'static [Tone],
    noises: &'static [Noise],
    metals: &'static [Metal],
}

const fn tone(from: f64, to: f64, fall: f64, decay: f64, level: f64) -> Tone {
    Tone { sweep: [from, to], fall, decay, level }
}

const fn noise(response: Response, hertz: f64, decay: f64, level: f64) -> Noise {
    Noise { response, hertz, decay, level, claps: 1 }
}

const fn drum(
    milliseconds: f64,
    peak: f64,
    tones: &'static [Tone],
    noises: &'static [Noise],
    metals: &'static [Metal],
) -> Recipe {
    Recipe { milliseconds, peak, tones, noises, metals }
}

const fn metal(hertz: f64, decay: f64, level: f64) -> Metal {
    Metal { hertz, decay, level }
}

use Response::{BandPass, HighPass, LowPass12};

/// In the order of [`NAMES`].
const RECIPES: [Recipe; 16] = [
    drum(600.0, 0.95, &[tone(260.0, 48.0, 18.0, 480.0, 1.0)], &[noise(LowPass12, 3500.0, 12.0, 0.25)], &[]),
    drum(
        120.0,
        0.6,
        &[tone(1700.0, 1660.0, 5.0, 45.0, 0.8), tone(490.0, 470.0, 5.0, 40.0, 0.5)],
        &[noise(BandPass, 3000.0, 25.0, 0.5)],
        &[],
    ),
    drum(
        320.0,
        0.85,
        &[tone(240.0, 182.0, 12.0, 150.0, 0.7), tone(400.0, 330.0, 8.0, 90.0, 0.35)],
        &[noise(HighPass, 1400.0, 240.0, 0.75)],
        &[],
    ),
    drum(
        350.0,
        0.8,
        &[],
        &[Noise { response: BandPass, hertz: 1150.0, decay: 260.0, level: 1.0, claps: 4 }],
        &[],
    ),
    drum(260.0, 0.85, &[tone(330.0, 215.0, 9.0, 120.0, 0.6)], &[noise(HighPass, 2600.0, 190.0, 0.9)], &[]),
    drum(650.0, 0.85, &[tone(130.0, 74.0, 40.0, 520.0, 1.0)], &[noise(LowPass12, 1200.0, 40.0, 0.2)], &[]),
    drum(110.0, 0.5, &[], &[noise(HighPass, 8500.0, 55.0, 0.5)], &[metal(7000.0, 70.0, 1.0)]),
    drum(600.0, 0.85, &[tone(160.0, 92.0, 36.0, 470.0, 1.0)], &[noise(LowPass12, 1400.0, 38.0, 0.2)], &[]),
    drum(150.0, 0.45, &[], &[noise(HighPass, 7000.0, 70.0, 0.6)], &[metal(6000.0, 95.0, 0.8)]),
    drum(550.0, 0.85, &[tone(190.0, 112.0, 32.0, 430.0, 1.0)], &[noise(LowPass12, 1600.0, 36.0, 0.2)], &[]),
    drum(700.0, 0.5, &[], &[noise(HighPass, 8000.0, 420.0, 0.4)], &[metal(6800.0, 560.0, 1.0)]),
    drum(500.0, 0.85, &[tone(230.0, 138.0, 28.0, 390.0, 1.0)], &[noise(LowPass12, 1900.0, 34.0, 0.2)], &[]),
    drum(450.0, 0.85, &[tone(280.0, 168.0, 25.0, 350.0, 1.0)], &[noise(LowPass12, 2200.0, 32.0, 0.2)], &[]),
    drum(1800.0, 0.65, &[], &[noise(HighPass, 4200.0, 1200.0, 1.0)], &[metal(4500.0, 1500.0, 0.6)]),
    drum(420.0, 0.85, &[tone(330.0, 205.0, 22.0, 320.0, 1.0)], &[noise(LowPass12, 2500.0, 30.0, 0.2)], &[]),
    drum(
        1300.0,
        0.5,
        &[tone(5200.0, 5180.0, 5.0, 500.0, 0.12)],
        &[noise(HighPass, 7500.0, 300.0, 0.25)],
        &[metal(5600.0, 1000.0, 1.0)],
    ),
];

/// Hertz of the squares.
const SQUARES: [f64; 6] = [205.3, 369.6, 304.4, 522.7, 359.4, 540.0];

/// Milliseconds at the end in which what is left fades.
const END: f64 = 10.0;

/// Damping of the filters: a slight peak.
const DAMPING: f32 = 0.9;

/// Hertz of the kits that are made once and shared by all machines; others are made for each.
const USUAL_RATES: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];

/// [control] All of them, in their slots.
pub(super) fn set(sample_rate: u32) -> SampleSet {
    static KITS: [OnceLock<SampleSet>; USUAL_RATES.len()] = [const { OnceLock::new() }; USUAL_RATES.len()];
    match USUAL_RATES.iter().position(|rate| *rate == sample_rate) {
        Some(at) => KITS[at].get_or_init(|| make_all(sample_rate)).clone(),
        None => make_all(sample_rate),
    }
}

fn make_all(sample_rate: u32) -> SampleSet {
    let mut set = SampleSet::default();
    for (at, recipe) in RECIPES.iter().enumerate() {
        let sound = make(recipe, f64::from(sample_rate), at as u32);
        set.put(ZONES + at, Arc::new(Sample::new(sound.clone(), sound)));
    }
    set
}

fn make(recipe: &Recipe, rate: f64, seed: u32) -> Vec<f32> {
    let mut sound = vec![0.0; (recipe.milliseconds * 0.001 * rate) as usize];
    recipe.tones.iter().for_each(|tone| add_tone(&mut sound, tone, rate));
    recipe.noises.iter().for_each(|noise| add_noise(&mut sound, noise, rate, seed));
    recipe.metals.iter().for_each(|metal| add_metal(&mut sound, metal, rate));
    let loudest = sound.iter().fold(0.0_f64, |loudest, sample| loudest.max(sample.abs()));
    let (frames, end) = (sound.len(), END * 0.001 * rate);
    let shaped = sound.iter().enumerate().map(|(at, sample)| {
        let fade = ((frames - at) as f64 / end).min(1.0);
        (sample * fade * recipe.peak / loudest) as f32
    });
    shaped.collect()
}

/// The factor a sample by which something falls 60 dB in so many milliseconds.
fn falling(milliseconds: f64, rate: f64) -> f64 {
    libm::exp(-6.907_755 / (milliseconds * 0.001 * rate))
}

fn add_tone(sound: &mut [f64], tone: &Tone, rate: f64) {
    let (mut phase, mut level, mut fall) = (0.0, tone.level, 1.0);
    let (decay, falls) = (falling(tone.decay, rate), libm::exp(-1.0 / (tone.fall * 0.001 * rate)));
    let [from, to] = tone.sweep;
    for sample in sound {
        *sample += level * libm::sin(std::f64::consts::TAU * phase);
        phase += (to + (from - to) * fall) / rate;
        fall *= falls;
        level *= decay;
    }
}

fn add_noise(sound: &mut [f64], noise: &Noise, rate: f64, seed: u32) {
    const BETWEEN_CLAPS: f64 = 0.011;
    let mut state = (seed + 1).wrapping_mul(0x9E37_79B1) | 1;
    let (mut filter, coefficients) = filter(noise.response, noise.hertz, rate);
    let (mut level, decay) = (noise.level, falling(noise.decay, rate));
    let short = falling(40.0, rate);
    let between = (BETWEEN_CLAPS * rate) as usize;
    for (at, sample) in sound.iter_mut().enumerate() {
        let clap = at / between.max(1);
        if at % between.max(1) == 0 && clap < noise.claps as usize {
            level = noise.level;
        }
        // Xorshift (Marsaglia, 2003).
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let white = (state as i32) as f32 * (1.0 / 2_147_483_648.0);
        *sample += level * f64::from(filter.next(white, &coefficients));
        level *= if clap + 1 < noise.claps as usize { short } else { decay };
    }
}

fn add_metal(sound: &mut [f64], metal: &Metal, rate: f64) {
    let mut squares = vec![0.0; sound.len()];
    for hertz in SQUARES {
        let highest = (0.45 * rate / hertz) as u32;
        for harmonic in (1..=highest).step_by(2) {
            let step = std::f64::consts::TAU * hertz * f64::from(harmonic) / rate;
            // A sine by its recurrence: exact enough for two seconds.
            let (factor, mut last) = (2.0 * libm::cos(step), [0.0, -libm::sin(step)]);
            for square in &mut squares {
                let next = factor * last[0] - last[1];
                last = [next, last[0]];
                *square += next / f64::from(harmonic);
            }
        }
    }
    let (mut filter, coefficients) = filter(HighPass, metal.hertz, rate);
    let (mut level, decay) = (metal.level, falling(metal.decay, rate));
    for (sample, square) in sound.iter_mut().zip(squares) {
        *sample += level * f64::from(filter.next(square as f32, &coefficients));
        level *= decay;
    }
}

fn filter(response: Response, hertz: f64, rate: f64) -> (Filter, Coefficients) {
    let tangent = libm::tan(std::f64::consts::PI * hertz.min(0.4 * rate) / rate);
    (Filter::default(), Coefficients::new(response, tangent as f32, DAMPING))
}
