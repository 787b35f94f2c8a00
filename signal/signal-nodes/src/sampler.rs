//! "sampler": up to sixteen sounds across the keyboard.
//!
//! It makes its parameters into zones; `zone` plays them. Sounds come by [`Node::swap_content`] as a
//! [`SampleSet`], slot by zone; a zone without a sound is silent.

mod parameters;

pub use parameters::{Id, ZoneId, parameters, zone_parameter};

use std::any::Any;

use signal_graph::{Block, BuiltinSpec, Io, Node, ParameterChange};

use crate::bypass::Bypass;
use crate::sample::{Looping, SampleSet};
use crate::tide::envelope::Shape;
use crate::tide::filter::Response;
use crate::zone::{Mode, Shared, Zone, Zones};
use parameters::{Values, place};

/// The name it has in a graph.
pub const NAME: &str = "sampler";

/// Damping at full resonance: rings, does not whistle by itself.
const LEAST_DAMPING: f32 = 0.06;

/// The instrument.
#[derive(Debug)]
pub struct Sampler {
    values: Values,
    zones: Zones,
    bypass: Bypass,
}

impl Sampler {
    /// [control] With the values of `spec`; ids it does not have are ignored.
    #[must_use]
    pub fn new(spec: &BuiltinSpec, sample_rate: u32) -> Self {
        let mut values = Values::new();
        for parameter in &spec.parameters {
            values.set(parameter.id, parameter.value);
        }
        let sample_rate = sample_rate as f32;
        let zones = std::array::from_fn(|at| zone(&values, at, sample_rate));
        let zones = Zones::new(zones, shared(&values, sample_rate));
        Self { values, zones, bypass: Bypass::new(spec.bypass, sample_rate as u32) }
    }
}

impl Node for Sampler {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        self.zones.process(block, io);
        self.bypass.process(io);
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        if self.bypass.set_parameter(change) || !self.values.set(change.parameter, change.value) {
            return;
        }
        let sample_rate = self.zones.sample_rate();
        match place(change.parameter) {
            Some((at, _)) => self.zones.set_zone(at, zone(&self.values, at, sample_rate)),
            None => {
                let zones = std::array::from_fn(|at| zone(&self.values, at, sample_rate));
                self.zones.set_all(zones, shared(&self.values, sample_rate));
            }
        }
    }

    fn reset(&mut self, _position: i64) {
        self.zones.reset();
        self.bypass.reset();
    }

    fn swap_content(&mut self, content: &mut (dyn Any + Send)) {
        if let Some(sounds) = content.downcast_mut::<SampleSet>() {
            self.zones.swap_sounds(sounds);
        }
    }
}

fn shared(values: &Values, sample_rate: f32) -> Shared {
    let value = |id: Id| values.of(id) as f32;
    Shared {
        sample_rate,
        mode: [Mode::Poly, Mode::Mono, Mode::Legato][(value(Id::Mode) as usize).min(2)],
        polyphony: value(Id::Voices) as usize,
        glide: value(Id::Glide) * 0.001 * sample_rate,
        bend_range: value(Id::BendRange),
    }
}

fn zone(values: &Values, at: usize, sample_rate: f32) -> Zone {
    let all = |id: Id| values.of(id) as f32;
    let own = |id: ZoneId| values.of_zone(at, id);
    let part = |id: ZoneId| own(id) / 100.0;
    let shape = |ids: [Id; 4]| {
        let [attack, decay, sustain, release] = ids.map(all);
        Shape::of_times([attack, decay, release], sustain / 100.0, sample_rate)
    };
    Zone {
        fallback: None,
        root: own(ZoneId::Root) as f32,
        keys: [own(ZoneId::LowKey) as f32, own(ZoneId::HighKey) as f32],
        velocities: [own(ZoneId::LowVelocity) as f32, own(ZoneId::HighVelocity) as f32],
        tune: own(ZoneId::Tune) as f32
            + own(ZoneId::Fine) as f32 / 100.0
            + all(Id::Tune)
            + all(Id::Fine) / 100.0,
        tracking: part(ZoneId::Tracking) as f32,
        gains: gains(own(ZoneId::Level) + values.of(Id::Volume), part(ZoneId::Pan)),
        span: [part(ZoneId::Start), part(ZoneId::End)],
        reverse: own(ZoneId::Direction) >= 0.5,
        one_shot: own(ZoneId::Trigger) >= 0.5,
        looping: [Looping::Off, Looping::Forward, Looping::PingPong][(own(ZoneId::Loop) as usize).min(2)],
        loop_span: [part(ZoneId::LoopStart), part(ZoneId::LoopEnd)],
        loop_fade: (own(ZoneId::LoopFade) * 0.001 * f64::from(sample_rate)) as i64,
        choke: own(ZoneId::Choke) as u8,
        amplitude: shape([Id::AmpAttack, Id::AmpDecay, Id::AmpSustain, Id::AmpRelease]),
        amplitude_velocity: all(Id::AmpVelocity) / 100.0,
        response: response(all(Id::FilterType)),
        cutoff: libm::log2f(all(Id::Cutoff)),
        damping: damping(all(Id::Resonance)),
        filter: shape([Id::FilterAttack, Id::FilterDecay, Id::FilterSustain, Id::FilterRelease]),
        filter_envelope: all(Id::FilterEnvelope),
        filter_tracking: all(Id::KeyTracking) / 100.0,
        filter_velocity: all(Id::FilterVelocity),
    }
}

fn response(value: f32) -> Option<Response> {
    use Response::{BandPass, HighPass, LowPass12, LowPass24};
    let all = [None, Some(LowPass12), Some(LowPass24), Some(BandPass), Some(HighPass)];
    all[(value as usize).min(4)]
}

/// From a resonance in percent.
pub(crate) fn damping(resonance: f32) -> f32 {
    2.0 - (2.0 - LEAST_DAMPING) * resonance / 100.0
}

/// Of both sides: a level in decibels, and a balance from -1 to 1 that takes from the other side.
pub(crate) fn gains(level: f64, pan: f64) -> [f32; 2] {
    let gain = if level <= -60.0 { 0.0 } else { libm::pow(10.0, level / 20.0) };
    [(gain * (1.0 - pan.max(0.0))) as f32, (gain * (1.0 + pan.min(0.0))) as f32]
}
