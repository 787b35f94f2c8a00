//! "compressor": takes away level above a threshold, both channels alike.
//!
//! A feed-forward design in the logarithmic domain after Dimitrios Giannoulis, Michael Massberg, Joshua D. Reiss, "Digital
//! Dynamic Range Compressor Design: A Tutorial and Analysis", JAES 60 (6), 2012: level → [`reduction`] by the curve with a
//! soft knee (their equation 4) → attack and release on the reduction in decibels (their smooth branching detector,
//! equation 16) → gain. So times do not depend on how loud it is.
//!
//! There is no input of its own for the detector, and no look-ahead: the latency is 0.

mod parameters;

pub use parameters::{Id, parameters};

use std::sync::Arc;

use signal_graph::{BuiltinSpec, Node};

use crate::effect::values::Values;
use crate::effect::{Effect, EffectNode, Moment, settle};
use crate::math;
use crate::meter::Meter;
use crate::parameter::ParameterSpec;
use crate::tick::{Leg, Line};

/// The name it has in a graph.
pub const NAME: &str = "compressor";

/// Time constant of the mean power.
const MEAN_SECONDS: f32 = 0.01;

/// Logarithm to base 2 of the low cut's least frequency, 20 Hz.
const LOWEST_CUT: f32 = 4.321_928;

/// [control] A compressor with the values of `spec`, which publishes its reduction to `meter`.
#[must_use]
pub fn node(spec: &BuiltinSpec, sample_rate: u32, meter: Arc<Meter>) -> Box<dyn Node> {
    let rate = sample_rate as f32;
    let compressor = Compressor {
        sample_rate: rate,
        meter,
        threshold: Line::default(),
        slope: Line::default(),
        knee: Line::default(),
        make_up: Line::default(),
        automatic: Leg::default(),
        mix: Line::default(),
        detection: Leg::default(),
        power_share: Line::default(),
        low_cut: Line::default(),
        attack: 0.0,
        release: 0.0,
        mean_decay: math::decay(MEAN_SECONDS * rate),
        low: [0.0; 2],
        power: 0.0,
        reduction: 0.0,
    };
    Box::new(EffectNode::new(compressor, spec, sample_rate))
}

/// [any] Decibels that are taken away from `level`; `slope` is 1 - 1 / ratio, `knee` its whole width.
#[must_use]
pub fn reduction(level: f32, threshold: f32, slope: f32, knee: f32) -> f32 {
    let over = level - threshold;
    let into_knee = over + 0.5 * knee;
    if into_knee <= 0.0 {
        0.0
    } else if into_knee < knee {
        slope * into_knee * into_knee / (2.0 * knee)
    } else {
        slope * over
    }
}

/// The device.
#[derive(Debug)]
struct Compressor {
    sample_rate: f32,
    meter: Arc<Meter>,
    threshold: Line,
    slope: Line,
    knee: Line,
    /// Decibels.
    make_up: Line,
    /// How far automatic make-up is switched on.
    automatic: Leg,
    mix: Line,
    /// 0: peaks, 1: mean power.
    detection: Leg,
    power_share: Line,
    /// What a one-pole high-pass of the detector takes a sample.
    low_cut: Line,
    attack: f32,
    release: f32,
    mean_decay: f32,
    /// What the detector does not hear, by channel.
    low: [f32; 2],
    power: f32,
    /// Decibels.
    reduction: f32,
}

impl Compressor {
    /// The level that the curve is applied to, in decibels.
    fn level(&mut self, at: usize, channels: [f32; 2]) -> f32 {
        let cut = self.low_cut.at(at);
        let mut heard = [0.0; 2];
        for channel in 0..2 {
            self.low[channel] += cut * (channels[channel] - self.low[channel]);
            heard[channel] = channels[channel] - self.low[channel];
        }
        let peak = heard[0].abs().max(heard[1].abs());
        let power = 0.5 * (heard[0] * heard[0] + heard[1] * heard[1]);
        self.power = power + self.mean_decay * (self.power - power);
        let share = self.power_share.at(at);
        let by_peak = if share < 1.0 { math::decibels(peak) } else { 0.0 };
        let by_power = if share > 0.0 { 0.5 * math::decibels(self.power) } else { 0.0 };
        by_peak + share * (by_power - by_peak)
    }

    fn gain(&mut self, at: usize, channels: [f32; 2]) -> f32 {
        let level = self.level(at, channels);
        let wanted = reduction(level, self.threshold.at(at), self.slope.at(at), self.knee.at(at));
        let decay = if wanted > self.reduction { self.attack } else { self.release };
        self.reduction = wanted + decay * (self.reduction - wanted);
        let wet = math::amplitude(self.make_up.at(at) - self.reduction);
        1.0 + self.mix.at(at) * (wet - 1.0)
    }
}

impl Effect for Compressor {
    fn parameters() -> &'static [ParameterSpec] {
        parameters()
    }

    fn tick(&mut self, values: &Values, _moment: &Moment<'_>) {
        let begin = values.begin();
        let value = |id: Id| values.at(id as usize);
        let slope = 1.0 - math::exp2(-value(Id::Ratio));
        let (threshold, knee) = (value(Id::Threshold), value(Id::Knee));
        self.threshold.go(threshold, begin);
        self.slope.go(slope, begin);
        self.knee.go(knee, begin);
        self.automatic.switch(value(Id::AutoMakeUp), begin, self.sample_rate);
        let by_itself = 0.5 * self.automatic.end() * reduction(0.0, threshold, slope, knee);
        self.make_up.go(value(Id::MakeUp) + by_itself, begin);
        self.mix.go(value(Id::Mix), begin);
        self.detection.switch(value(Id::Detection), begin, self.sample_rate);
        self.power_share.go(self.detection.end(), begin);
        // The lowest setting is off, and comes in over the octave above.
        let low_cut = value(Id::LowCut);
        let into = (low_cut - LOWEST_CUT).clamp(0.0, 1.0);
        let angle = std::f32::consts::TAU * math::exp2(low_cut) / self.sample_rate;
        self.low_cut.go(into * (1.0 - math::exp2(-std::f32::consts::LOG2_E * angle)), begin);
        if values.is_moving() {
            self.attack = math::decay(value(Id::Attack) * 0.001 * self.sample_rate);
            self.release = math::decay(value(Id::Release) * 0.001 * self.sample_rate);
        }
        self.low = self.low.map(settle);
        self.power = settle(self.power);
        self.reduction = settle(self.reduction);
        self.meter.publish_reduction(self.reduction);
    }

    fn run(&mut self, first: usize, left: &mut [f32], right: &mut [f32]) {
        for (at, (left, right)) in left.iter_mut().zip(right).enumerate() {
            let gain = self.gain(first + at, [*left, *right]);
            *left *= gain;
            *right *= gain;
        }
    }

    fn clear(&mut self) {
        self.low = [0.0; 2];
        self.power = 0.0;
        self.reduction = 0.0;
    }
}
