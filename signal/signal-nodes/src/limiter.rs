//! "limiter": keeps the true peak below a ceiling, with gain that falls before the peak comes.
//!
//! Peaks are read between samples as BS.1770-5 does (`true_peak`), the gain is made from them in `gain`, and the sound is
//! delayed by the longest look-ahead, whatever is set: a change of look-ahead is no change of latency. Both channels have
//! the same gain. By a meter of BS.1770 the output stays below the ceiling within 0.1 dB.

mod gain;
mod parameters;
pub mod true_peak;

pub use parameters::{Id, parameters};

use std::sync::Arc;

use signal_graph::{BuiltinSpec, Node};

use crate::effect::line::DelayLine;
use crate::effect::values::Values;
use crate::effect::{Effect, EffectNode, Moment};
use crate::math;
use crate::meter::Meter;
use crate::parameter::ParameterSpec;
use crate::tick::Line;
use gain::GainPath;
use true_peak::{TAPS, TruePeak};

/// The name it has in a graph.
pub const NAME: &str = "limiter";

const LONGEST_SECONDS: f32 = 0.005;
/// A change of look-ahead is faded over this time.
const FADE_SECONDS: f32 = 0.01;
/// Samples that a gain is held beyond the look-ahead, so that all samples of a reading get it.
const HOLD: usize = TAPS + 1;

/// [any] Samples between input and output.
#[must_use]
pub fn latency(sample_rate: u32) -> u32 {
    longest(sample_rate) as u32 + TAPS as u32 - 2
}

fn longest(sample_rate: u32) -> usize {
    (LONGEST_SECONDS * sample_rate as f32) as usize
}

/// [control] A limiter with the values of `spec`, which publishes its reduction to `meter`.
#[must_use]
pub fn node(spec: &BuiltinSpec, sample_rate: u32, meter: Arc<Meter>) -> Box<dyn Node> {
    let (longest, delay) = (longest(sample_rate), latency(sample_rate) as usize);
    let limiter = Limiter {
        sample_rate: sample_rate as f32,
        meter,
        longest,
        input: Line::default(),
        ceiling: Line::default(),
        rise: 0.0,
        delayed: [DelayLine::new(delay), DelayLine::new(delay)],
        peaks: [TruePeak::default(); 2],
        needed: DelayLine::new(longest),
        paths: [GainPath::new(longest, HOLD), GainPath::new(longest, HOLD)],
        lengths: [longest; 2],
        wanted: longest,
        change: 0,
        least: 1.0,
    };
    Box::new(EffectNode::new(limiter, spec, sample_rate))
}

/// The device.
#[derive(Debug)]
struct Limiter {
    sample_rate: f32,
    meter: Arc<Meter>,
    longest: usize,
    input: Line,
    ceiling: Line,
    rise: f64,
    delayed: [DelayLine; 2],
    peaks: [TruePeak; 2],
    /// What would have to be taken away from each reading: 1 - gain, so that silence is 0.
    needed: DelayLine,
    /// The path that is heard, and the one that takes over after a change of look-ahead.
    paths: [GainPath; 2],
    lengths: [usize; 2],
    wanted: usize,
    /// Samples since the second path began; 0: it rests.
    change: u32,
    /// The least gain of this tick.
    least: f32,
}

impl Limiter {
    fn need(&mut self, at: usize, frame: [f32; 2]) -> f32 {
        let [left, right] = &mut self.peaks;
        let peak = left.next(frame[0]).max(right.next(frame[1]));
        let ceiling = self.ceiling.at(at);
        if peak > ceiling { 1.0 - ceiling / peak } else { 0.0 }
    }

    /// A shorter look-ahead gets its readings later, so that all have the same latency.
    fn path(&mut self, which: usize) -> f32 {
        let needed = 1.0 - self.needed.read(self.longest - self.lengths[which]);
        self.paths[which].next(needed, self.rise)
    }

    fn gain(&mut self) -> f32 {
        let gain = self.path(0);
        if self.change == 0 {
            return gain;
        }
        let other = self.path(1);
        // Its window and its means have to fill before it is heard.
        let filled = (2 * self.longest + HOLD) as u32;
        let fade = (FADE_SECONDS * self.sample_rate) as u32;
        self.change += 1;
        if self.change <= filled {
            return gain;
        }
        if self.change > filled + fade {
            self.paths.swap(0, 1);
            self.lengths.swap(0, 1);
            self.change = 0;
            return other;
        }
        gain + (self.change - filled) as f32 / fade as f32 * (other - gain)
    }
}

impl Effect for Limiter {
    fn parameters() -> &'static [ParameterSpec] {
        parameters()
    }

    fn tick(&mut self, values: &Values, _moment: &Moment<'_>) {
        let begin = values.begin();
        let value = |id: Id| values.at(id as usize);
        self.input.go(math::amplitude(value(Id::Input)), begin);
        self.ceiling.go(math::amplitude(value(Id::Ceiling)), begin);
        if values.is_moving() {
            self.rise = 1.0 - f64::from(math::decay(value(Id::Release) * 0.001 * self.sample_rate));
            let length = (value(Id::LookAhead) * 0.001 * self.sample_rate) as usize;
            self.wanted = length.clamp(2, self.longest);
        }
        if begin.is_at_once() {
            self.lengths[0] = self.wanted;
            self.paths[0].clear(self.wanted, HOLD);
            self.change = 0;
        } else if self.change == 0 && self.wanted != self.lengths[0] {
            self.lengths[1] = self.wanted;
            self.paths[1].clear(self.wanted, HOLD);
            self.change = 1;
        }
        self.meter.publish_reduction(-math::decibels(self.least));
        self.least = 1.0;
    }

    fn run(&mut self, first: usize, left: &mut [f32], right: &mut [f32]) {
        let back = self.latency() as usize;
        for (at, (left, right)) in left.iter_mut().zip(right).enumerate() {
            let input = self.input.at(first + at);
            let frame = [*left * input, *right * input];
            let need = self.need(first + at, frame);
            self.needed.write(need);
            let gain = self.gain();
            self.least = self.least.min(gain);
            for (line, (sample, out)) in self.delayed.iter_mut().zip(frame.iter().zip([left, right])) {
                line.write(*sample);
                *out = gain * line.read(back);
            }
        }
    }

    fn clear(&mut self) {
        self.delayed.iter_mut().for_each(DelayLine::clear);
        self.peaks = [TruePeak::default(); 2];
        self.needed.clear();
        self.least = 1.0;
    }

    fn latency(&self) -> u32 {
        (self.longest + TAPS - 2) as u32
    }
}
