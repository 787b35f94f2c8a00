//! "reverb": a room by calculation: pre-delay → filters → diffusion → sixteen delay lines that feed each other.
//!
//! The network and its sources are in `network`, the diffusion in `diffuser`.

mod diffuser;
mod network;
mod parameters;

pub use parameters::{Id, parameters};

use signal_graph::{BuiltinSpec, Node};

use crate::effect::line::{DelayLine, Tap};
use crate::effect::values::Values;
use crate::effect::{Effect, EffectNode, Moment, settle};
use crate::math;
use crate::parameter::ParameterSpec;
use crate::tick::Line;
use diffuser::Diffuser;
use network::{Network, Times};

/// The name it has in a graph.
pub const NAME: &str = "reverb";

const LONGEST_PRE_DELAY_SECONDS: f32 = 0.25;
const FADE_SECONDS: f32 = 0.05;
/// The factor of the all-passes at full diffusion: more rings.
const FULL_DIFFUSION: f32 = 0.75;
/// Into the lines, and out of them: noise comes out of a room of 2 s about as loud as it went in.
const INTO: f32 = 0.5;
const OUT: f32 = 0.22;
/// How much of the diffused sound is heard at once, before the first line gives it back.
const EARLY: f32 = 0.2;

/// [control] A reverb with the values of `spec`.
#[must_use]
pub fn node(spec: &BuiltinSpec, sample_rate: u32) -> Box<dyn Node> {
    let rate = sample_rate as f32;
    let line = || DelayLine::new((LONGEST_PRE_DELAY_SECONDS * rate) as usize + 1);
    let reverb = Reverb {
        sample_rate: rate,
        pre_delay: [line(), line()],
        tap: Tap::new(0, (FADE_SECONDS * rate) as u32),
        cuts: [[0.0; 2]; 2],
        low_cut: Line::default(),
        high_cut: Line::default(),
        diffusers: [Diffuser::new(0, rate), Diffuser::new(1, rate)],
        diffusion: Line::default(),
        network: Network::new(rate),
        width: Line::default(),
        mix: Line::default(),
        fading: 0,
    };
    Box::new(EffectNode::new(reverb, spec, sample_rate))
}

/// The device.
#[derive(Debug)]
struct Reverb {
    sample_rate: f32,
    pre_delay: [DelayLine; 2],
    tap: Tap,
    /// States of low cut and high cut of both sides.
    cuts: [[f32; 2]; 2],
    low_cut: Line,
    high_cut: Line,
    diffusers: [Diffuser; 2],
    diffusion: Line,
    network: Network,
    width: Line,
    mix: Line,
    /// Ticks until the lines have the lengths that were asked for.
    fading: u32,
}

impl Reverb {
    fn set_room(&mut self, values: &Values) {
        let value = |id: Id| values.at(id as usize);
        self.network.set_size((value(Id::Size) * 100.0).round() * 0.01, values.begin().is_at_once());
        let middle = value(Id::Decay) * 0.001;
        self.network.set_times(&Times {
            seconds: [middle * value(Id::LowRatio), middle, middle * value(Id::HighRatio)],
            crossovers: [math::exp2(value(Id::LowCrossover)), math::exp2(value(Id::HighCrossover))],
        });
    }

    fn before_room(&mut self, tick: usize, dry: [f32; 2]) -> [f32; 2] {
        let places = self.tap.advance();
        let (low_cut, high_cut) = (self.low_cut.at(tick), self.high_cut.at(tick));
        let diffusion = self.diffusion.at(tick);
        [0, 1].map(|side: usize| {
            let line = &mut self.pre_delay[side];
            line.write(dry[side]);
            let sample = places.read(|back| line.read(back));
            let [low, high] = &mut self.cuts[side];
            let step = low_cut * (sample - *low);
            let below = *low + step;
            *low = below + step;
            let step = high_cut * (sample - below - *high);
            let kept = *high + step;
            *high = kept + step;
            self.diffusers[side].next(kept, diffusion)
        })
    }
}

impl Effect for Reverb {
    fn parameters() -> &'static [ParameterSpec] {
        parameters()
    }

    fn tick(&mut self, values: &Values, _moment: &Moment<'_>) {
        let begin = values.begin();
        let value = |id: Id| values.at(id as usize);
        let one_pole = |id: Id| {
            let g = math::half_tangent(math::exp2(value(id)), self.sample_rate);
            g / (1.0 + g)
        };
        if values.is_moving() || !self.low_cut.rests() || !self.high_cut.rests() {
            self.low_cut.go(one_pole(Id::LowCut), begin);
            self.high_cut.go(one_pole(Id::HighCut), begin);
        }
        if values.is_moving() {
            self.tap.aim((value(Id::PreDelay) * 0.001 * self.sample_rate + 0.5) as usize, begin.is_at_once());
            self.fading = self.network.fade_ticks();
        }
        if self.fading > 0 {
            self.fading -= 1;
            self.set_room(values);
        }
        self.network.tick(value(Id::Modulation), begin);
        self.diffusion.go(FULL_DIFFUSION * value(Id::Diffusion), begin);
        self.width.go(value(Id::Width), begin);
        self.mix.go(value(Id::Mix), begin);
        for state in self.cuts.iter_mut().flatten() {
            *state = settle(*state);
        }
    }

    fn run(&mut self, first: usize, left: &mut [f32], right: &mut [f32]) {
        for at in 0..left.len() {
            let tick = first + at;
            let dry = [left[at], right[at]];
            let early = self.before_room(tick, dry);
            let late = self.network.next(tick, early.map(|sample| INTO * sample));
            let wet = [0, 1].map(|side: usize| OUT * late[side] + EARLY * early[side]);
            let (middle, apart) = (0.5 * (wet[0] + wet[1]), 0.5 * self.width.at(tick) * (wet[0] - wet[1]));
            let mix = self.mix.at(tick);
            left[at] = dry[0] + mix * (middle + apart - dry[0]);
            right[at] = dry[1] + mix * (middle - apart - dry[1]);
        }
    }

    fn clear(&mut self) {
        self.pre_delay.iter_mut().for_each(DelayLine::clear);
        self.cuts = [[0.0; 2]; 2];
        self.diffusers.iter_mut().for_each(Diffuser::clear);
        self.network.clear();
    }
}
