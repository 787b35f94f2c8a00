//! "delay": echoes in time or in notes, with filters and modulation in their loop.
//!
//! The first echo is what went in; what goes round passes the filters once each time. A new time is reached by a
//! cross-fade of 50 ms, so there is neither click nor glide. Without modulation the time is a whole number of samples.

mod parameters;

pub use parameters::{Id, NOTES, parameters};

use signal_graph::{BuiltinSpec, Node};

use crate::effect::line::{DelayLine, Tap};
use crate::effect::values::Values;
use crate::effect::{Effect, EffectNode, Moment, settle};
use crate::math;
use crate::parameter::ParameterSpec;
use crate::tick::{Leg, Line, Phase, TICK};

/// The name it has in a graph.
pub const NAME: &str = "delay";

const FADE_SECONDS: f32 = 0.05;
const LONGEST_SECONDS: f32 = 4.0;
/// What modulation adds at most.
const DEEPEST_SECONDS: f32 = 0.01;
/// The input's level from which on echoes are ducked all the way: -20 dB.
const DUCKING_LEVEL: f32 = 0.1;
const DUCKING_ATTACK_SECONDS: f32 = 0.005;
const DUCKING_RELEASE_SECONDS: f32 = 0.3;

/// [control] A delay with the values of `spec`.
#[must_use]
pub fn node(spec: &BuiltinSpec, sample_rate: u32) -> Box<dyn Node> {
    let rate = sample_rate as f32;
    let line = || DelayLine::new(((LONGEST_SECONDS + DEEPEST_SECONDS) * rate) as usize + TICK);
    let delay = Delay {
        sample_rate: rate,
        lines: [line(), line()],
        tap: Tap::new(1, (FADE_SECONDS * rate) as u32),
        loops: [Loop::default(); 2],
        feedback: Line::default(),
        ping_pong: Leg::default(),
        cross: Line::default(),
        low_cut: Line::default(),
        high_cut: Line::default(),
        phase: Phase::default(),
        modulation: [Line::default(); 2],
        mix: Line::default(),
        ducking: Line::default(),
        follower: 0.0,
        follower_decays: [DUCKING_ATTACK_SECONDS, DUCKING_RELEASE_SECONDS]
            .map(|seconds| math::decay(seconds * rate)),
    };
    Box::new(EffectNode::new(delay, spec, sample_rate))
}

/// The device.
#[derive(Debug)]
struct Delay {
    sample_rate: f32,
    lines: [DelayLine; 2],
    tap: Tap,
    loops: [Loop; 2],
    feedback: Line,
    /// 1: ping-pong.
    ping_pong: Leg,
    cross: Line,
    low_cut: Line,
    high_cut: Line,
    /// Of the modulation.
    phase: Phase,
    /// Samples later, of both sides.
    modulation: [Line; 2],
    mix: Line,
    /// The part of the echoes that ducking takes away.
    ducking: Line,
    follower: f32,
    follower_decays: [f32; 2],
}

/// The filters of a side: two one-pole filters without delay in their loop (Zavalishin, chapter 3).
#[derive(Clone, Copy, Debug, Default)]
struct Loop {
    low: f32,
    high: f32,
}

impl Loop {
    /// `low_cut` and `high_cut` are g / (1 + g) of the tangents of half the angles.
    fn next(&mut self, input: f32, low_cut: f32, high_cut: f32) -> f32 {
        let step = low_cut * (input - self.low);
        let below = self.low + step;
        self.low = below + step;
        let input = input - below;
        let step = high_cut * (input - self.high);
        let out = self.high + step;
        self.high = out + step;
        out
    }
}

impl Delay {
    /// Samples until the first echo.
    fn distance(&self, values: &Values, moment: &Moment<'_>) -> usize {
        let mut seconds = f64::from(values.at(Id::Time as usize)) * 0.001;
        if values.choice(Id::Sync as usize) == 1 {
            let bpm = moment.timeline.at(moment.position).bpm.max(1.0);
            let note = values.choice(Id::Note as usize).min(NOTES.len() - 1);
            seconds = NOTES[note].1 * 60.0 / bpm;
            while seconds > f64::from(LONGEST_SECONDS) {
                seconds *= 0.5;
            }
        }
        ((seconds * f64::from(self.sample_rate) + 0.5) as usize).max(1)
    }

    fn modulate(&mut self, values: &Values) {
        let depth = values.at(Id::Depth as usize) * 0.001 * self.sample_rate;
        let rate = math::exp2(values.at(Id::Rate as usize));
        let [_, phase] = self.phase.go(rate * TICK as f32 / self.sample_rate, values.begin());
        for (side, line) in self.modulation.iter_mut().enumerate() {
            let angle = std::f32::consts::TAU * (phase - 0.25 * side as f32);
            line.go(depth * (0.5 + 0.5 * libm::sinf(angle)), values.begin());
        }
    }

    fn duck(&mut self, at: usize, input: f32) -> f32 {
        let decay = self.follower_decays[usize::from(input < self.follower)];
        self.follower = input + decay * (self.follower - input);
        1.0 - self.ducking.at(at) * (self.follower * (1.0 / DUCKING_LEVEL)).min(1.0)
    }
}

impl Effect for Delay {
    fn parameters() -> &'static [ParameterSpec] {
        parameters()
    }

    fn tick(&mut self, values: &Values, moment: &Moment<'_>) {
        let begin = values.begin();
        let value = |id: Id| values.at(id as usize);
        self.tap.aim(self.distance(values, moment), begin.is_at_once());
        self.modulate(values);
        self.feedback.go(value(Id::Feedback), begin);
        self.ping_pong.switch(value(Id::Mode), begin, self.sample_rate);
        self.cross.go(self.ping_pong.end(), begin);
        let one_pole = |id: Id| {
            let g = math::half_tangent(math::exp2(value(id)), self.sample_rate);
            g / (1.0 + g)
        };
        if values.is_moving() || !self.low_cut.rests() || !self.high_cut.rests() {
            self.low_cut.go(one_pole(Id::LowCut), begin);
            self.high_cut.go(one_pole(Id::HighCut), begin);
        }
        self.mix.go(value(Id::Mix), begin);
        self.ducking.go(1.0 - math::amplitude(-value(Id::Ducking)), begin);
        self.follower = settle(self.follower);
        for side in &mut self.loops {
            (side.low, side.high) = (settle(side.low), settle(side.high));
        }
    }

    fn run(&mut self, first: usize, left: &mut [f32], right: &mut [f32]) {
        for at in 0..left.len() {
            let tick = first + at;
            let dry = [left[at], right[at]];
            let places = self.tap.advance();
            let echo = [0, 1].map(|side: usize| {
                let (line, later) = (&self.lines[side], &self.modulation[side]);
                if later.is_silent() {
                    return places.read(|back| line.read(back - 1));
                }
                let later = later.at(tick).max(0.0);
                places.read(|back| line.read_between(back - 1, later))
            });
            let (low_cut, high_cut) = (self.low_cut.at(tick), self.high_cut.at(tick));
            let feedback = self.feedback.at(tick);
            let round = [0, 1].map(|side| feedback * self.loops[side].next(echo[side], low_cut, high_cut));
            let cross = self.cross.at(tick);
            let middle = 0.5 * (dry[0] + dry[1]);
            self.lines[0]
                .write(dry[0] + cross * (middle - dry[0]) + round[0] + cross * (round[1] - round[0]));
            self.lines[1].write(dry[1] - cross * dry[1] + round[1] + cross * (round[0] - round[1]));
            let duck = self.duck(tick, dry[0].abs().max(dry[1].abs()));
            let mix = self.mix.at(tick);
            left[at] = dry[0] + mix * (duck * echo[0] - dry[0]);
            right[at] = dry[1] + mix * (duck * echo[1] - dry[1]);
        }
    }

    fn clear(&mut self) {
        self.lines.iter_mut().for_each(DelayLine::clear);
        self.loops = [Loop::default(); 2];
        self.phase = Phase::default();
        self.follower = 0.0;
    }
}
