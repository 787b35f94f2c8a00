//! Sixteen delay lines that feed each other: what goes in becomes a dense tail that falls as fast as it is told.
//!
//! A feedback delay network with a lossless matrix and absorption in each line, after Jean-Marc Jot and Antoine Chaigne,
//! "Digital Delay Networks for Designing Artificial Reverberators", AES 90, 1991; the matrix is Hadamard's, which spreads
//! a line evenly over all (Sebastian Schlecht and Emanuël Habets, "On Lossless Feedback Delay Networks", IEEE Trans.
//! Signal Processing 65 (6), 2017). A line of m samples loses 60 m / (rate · RT60) dB a round in each of three bands.

use crate::effect::line::{DelayLine, Tap};
use crate::effect::settle;
use crate::math;
use crate::tick::{Begin, Line, Phase, TICK};

/// Delay lines.
pub const LINES: usize = 16;

/// Milliseconds of the shortest and the longest line at 100 %; the others lie between at equal ratios.
const SHORTEST_MS: f64 = 17.3;
const LONGEST_MS: f64 = 83.0;
/// Of the size.
const LARGEST: f64 = 2.0;
const FADE_SECONDS: f32 = 0.1;
/// The lines that modulation moves. Reading between samples costs highs, so they are few: two of each side.
const MOVED: [usize; 4] = [1, 6, 9, 14];
/// What modulation adds at most.
const DEEPEST_SECONDS: f32 = 0.0004;
/// Hertz of the slowest and the fastest modulation.
const RATES: [f32; 2] = [0.31, 0.97];

/// Times until a tail has fallen by 60 dB, and where they part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// Seconds, of the lows, middles and highs.
    pub seconds: [f32; 3],
    /// Hertz.
    pub crossovers: [f32; 2],
}

/// The network.
#[derive(Debug)]
pub struct Network {
    sample_rate: f32,
    lines: [DelayLine; LINES],
    taps: [Tap; LINES],
    absorption: Absorption,
    phases: [Phase; LINES],
    later: [Line; LINES],
    modulated: bool,
    size: f32,
}

/// What the lines lose: a gain and two shelves of first order each.
#[derive(Debug, Default)]
struct Absorption {
    gains: [f32; LINES],
    /// What the low shelf adds of the lows, and the high shelf takes of the highs.
    lows: [f32; LINES],
    highs: [f32; LINES],
    low_states: [f32; LINES],
    high_states: [f32; LINES],
    /// g / (1 + g) of the tangents of half the crossovers' angles.
    low_step: f32,
    high_step: f32,
}

impl Absorption {
    fn set(&mut self, times: &Times, taps: &[Tap; LINES], sample_rate: f32) {
        let step = |hertz: f32| {
            let g = math::half_tangent(hertz, sample_rate);
            g / (1.0 + g)
        };
        (self.low_step, self.high_step) = (step(times.crossovers[0]), step(times.crossovers[1]));
        for (line, tap) in taps.iter().enumerate() {
            let loss = 60.0 * tap.distance() as f32 / sample_rate;
            let [low, middle, high] = times.seconds.map(|seconds| math::amplitude(-loss / seconds));
            self.gains[line] = middle;
            self.lows[line] = low / middle - 1.0;
            self.highs[line] = high / middle - 1.0;
        }
    }

    fn apply(&mut self, samples: &mut [f32; LINES]) {
        for (line, sample) in samples.iter_mut().enumerate() {
            let step = self.low_step * (*sample - self.low_states[line]);
            let below = self.low_states[line] + step;
            self.low_states[line] = below + step;
            let with_lows = *sample + self.lows[line] * below;
            let step = self.high_step * (with_lows - self.high_states[line]);
            let not_above = self.high_states[line] + step;
            self.high_states[line] = not_above + step;
            *sample = self.gains[line] * (with_lows + self.highs[line] * (with_lows - not_above));
        }
    }
}

/// Hadamard's matrix of order 16, scaled so that it keeps the power.
fn mix(samples: &mut [f32; LINES]) {
    let mut half = LINES / 2;
    while half > 0 {
        let before = *samples;
        for line in 0..LINES {
            let other = before[line ^ half];
            samples[line] = if line & half == 0 { before[line] + other } else { other - before[line] };
        }
        half /= 2;
    }
    samples.iter_mut().for_each(|sample| *sample *= 0.25);
}

impl Network {
    /// [control] At 100 %.
    pub fn new(sample_rate: f32) -> Self {
        let longest = LONGEST_MS * 0.001 * LARGEST * f64::from(sample_rate);
        let room = longest as usize + 64 + (DEEPEST_SECONDS * sample_rate) as usize;
        let fade = (FADE_SECONDS * sample_rate) as u32;
        let mut network = Self {
            sample_rate,
            lines: std::array::from_fn(|_| DelayLine::new(room)),
            taps: [Tap::new(1, fade); LINES],
            absorption: Absorption::default(),
            phases: [Phase::default(); LINES],
            later: [Line::default(); LINES],
            modulated: false,
            size: 0.0,
        };
        network.clear();
        network
    }

    /// [audio] A part of 1; reached by a cross-fade.
    pub fn set_size(&mut self, size: f32, at_once: bool) {
        if size == self.size && !at_once {
            return;
        }
        self.size = size;
        for (line, tap) in self.taps.iter_mut().enumerate() {
            tap.aim(length(line, f64::from(size), f64::from(self.sample_rate)), at_once);
        }
    }

    /// [any] Ticks in which the lines surely reach a size that was just set: the fade that goes on, and the next.
    pub fn fade_ticks(&self) -> u32 {
        (2.0 * FADE_SECONDS * self.sample_rate) as u32 / TICK as u32 + 2
    }

    /// [audio] How fast it falls.
    pub fn set_times(&mut self, times: &Times) {
        self.absorption.set(times, &self.taps, self.sample_rate);
    }

    /// [audio] Begins a tick; `depth` is a part of the deepest modulation.
    pub fn tick(&mut self, depth: f32, begin: Begin) {
        self.modulated = depth > 0.0 || !self.later[MOVED[0]].is_silent();
        let deepest = depth * DEEPEST_SECONDS * self.sample_rate;
        for line in MOVED {
            let rate = RATES[0] + (RATES[1] - RATES[0]) * line as f32 * (1.0 / LINES as f32);
            let [_, phase] = self.phases[line].go(rate * TICK as f32 / self.sample_rate, begin);
            if self.modulated {
                let sine = libm::sinf(std::f32::consts::TAU * phase);
                self.later[line].go(deepest * (0.5 + 0.5 * sine), begin);
            }
        }
        for state in self.absorption.low_states.iter_mut().chain(&mut self.absorption.high_states) {
            *state = settle(*state);
        }
    }

    /// [audio] The next sample of both sides; even lines hear and give the left one, odd lines the right one.
    pub fn next(&mut self, tick: usize, input: [f32; 2]) -> [f32; 2] {
        let mut samples = [0.0; LINES];
        for (line, sample) in samples.iter_mut().enumerate() {
            let places = self.taps[line].advance();
            let past = &self.lines[line];
            *sample = if self.modulated && MOVED.contains(&line) {
                let later = self.later[line].at(tick).max(0.0);
                places.read(|back| past.read_between(back - 1, later))
            } else {
                places.read(|back| past.read(back - 1))
            };
        }
        let mut sides = [0.0; 2];
        for pair in 0..LINES / 2 {
            let sign = if pair % 2 == 0 { 1.0 } else { -1.0 };
            sides[0] += sign * samples[2 * pair];
            sides[1] += sign * samples[2 * pair + 1];
        }
        self.absorption.apply(&mut samples);
        mix(&mut samples);
        for (line, sample) in samples.iter().enumerate() {
            let sign = if line & 4 == 0 { 1.0 } else { -1.0 };
            self.lines[line].write(*sample + sign * input[line % 2]);
        }
        sides
    }

    /// [audio] Forgets all sound.
    pub fn clear(&mut self) {
        self.lines.iter_mut().for_each(DelayLine::clear);
        self.absorption.low_states = [0.0; LINES];
        self.absorption.high_states = [0.0; LINES];
        self.phases = std::array::from_fn(|line| Phase::at(line as f32 * (5.0 / LINES as f32) % 1.0));
        self.later = [Line::default(); LINES];
    }
}

/// A prime number of samples, so that no two lines repeat together.
fn length(line: usize, size: f64, sample_rate: f64) -> usize {
    let share = line as f64 / (LINES - 1) as f64;
    let ms = SHORTEST_MS * libm::pow(LONGEST_MS / SHORTEST_MS, share) * size;
    // Neighbours go to the two sides, so the order is kept; an even start would find even neighbours only.
    let mut samples = (ms * 0.001 * sample_rate) as usize | 1;
    while !is_prime(samples) {
        samples += 2;
    }
    samples
}

fn is_prime(odd: usize) -> bool {
    let mut divisor = 3;
    while divisor * divisor <= odd {
        if odd.is_multiple_of(divisor) {
            return false;
        }
        divisor += 2;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrix_keeps_the_power_and_spreads_a_line_over_all() {
        let mut samples = [0.0; LINES];
        samples[5] = 1.0;
        mix(&mut samples);
        assert!(samples.iter().all(|sample| sample.abs() == 0.25));
        mix(&mut samples);
        let power: f32 = samples.iter().map(|sample| sample * sample).sum();
        assert!((power - 1.0).abs() < 1e-6);
    }

    #[test]
    fn no_two_lines_are_alike() {
        for (size, rate) in [(0.25, 44_100.0), (1.0, 48_000.0), (2.0, 192_000.0)] {
            let lengths: Vec<usize> = (0..LINES).map(|line| length(line, size, rate)).collect();
            assert!(lengths.is_sorted_by(|one, two| one < two), "{lengths:?}");
        }
    }
}
