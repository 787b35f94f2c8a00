//! The values of tide's parameters, smoothed, and what they mean for a tick.

use super::TICK;
use super::envelope::{Shape, decay_factor};
use super::filter::Response;
use super::parameters::Id;
use super::wave::Wave;
use crate::tick::{Begin, Leg, Line};

/// Time in which a value has gone two thirds of the way to a new one.
const SMOOTHING_SECONDS: f32 = 0.005;

/// Damping at full resonance: rings, does not whistle by itself.
const LEAST_DAMPING: f32 = 0.06;

/// Where parameters are and where they go.
#[derive(Debug)]
pub(super) struct Settings {
    sample_rate: f32,
    smoothing: f32,
    target: [f32; Id::COUNT],
    now: [Leg; Id::COUNT],
    control: Control,
}

/// What all voices share during a tick.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Control {
    pub sample_rate: f32,
    pub waves: [Wave; 2],
    /// Semitones from the key.
    pub pitches: [f32; 2],
    pub levels: [Line; 2],
    pub sub: Line,
    pub noise: Line,
    /// Phase between the edges of a square.
    pub width: u32,
    /// How much the far oscillator is missing from a side: 0 to 1.
    pub spread: Line,
    pub response: Response,
    /// Logarithm to base 2 of hertz.
    pub cutoff: f32,
    pub damping: f32,
    /// Octaves.
    pub filter_envelope: f32,
    pub key_tracking: f32,
    /// Octaves.
    pub filter_velocity: f32,
    /// Factor before saturation, and how much of the saturated is heard.
    pub drive: Line,
    pub saturation: Line,
    pub volume: Line,
    pub amplitude_shape: Shape,
    pub amplitude_velocity: f32,
    pub filter_shape: Shape,
    /// Semitones.
    pub pitch_envelope: f32,
    pub pitch_decay: f32,
    /// Periods a tick.
    pub lfo_step: f32,
    /// Semitones.
    pub vibrato: f32,
    /// Octaves.
    pub lfo_cutoff: f32,
    /// Samples until the LFO has faded in.
    pub lfo_delay: f32,
    pub mode: Mode,
    /// Samples from one pitch to the next.
    pub glide: f32,
    /// Semitones.
    pub bend_range: f32,
}

/// How notes share voices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    #[default]
    Poly,
    Mono,
    Legato,
}

impl Settings {
    /// [control] All at their defaults.
    pub fn new(sample_rate: u32) -> Self {
        let sample_rate = sample_rate as f32;
        let mut settings = Self {
            sample_rate,
            smoothing: 1.0 - libm::expf(-(TICK as f32) / (SMOOTHING_SECONDS * sample_rate)),
            target: [0.0; Id::COUNT],
            now: [Leg::default(); Id::COUNT],
            control: Control { sample_rate, ..Control::default() },
        };
        for parameter in super::parameters() {
            settings.set(parameter.id, parameter.default_value);
        }
        settings.settle();
        settings
    }

    /// [audio] A new value; an id that does not exist is ignored. Whether anything has to move.
    pub fn set(&mut self, number: u32, value: f64) -> bool {
        let Some(id) = Id::from_number(number) else { return false };
        let value = internal(id, id.spec().clamp(value));
        let is_new = std::mem::replace(&mut self.target[id as usize], value) != value;
        if id.spec().is_stepped() {
            self.now[id as usize] = Leg::at(value);
        }
        is_new
    }

    /// [audio] Arrives at once.
    pub fn settle(&mut self) {
        self.now = self.target.map(Leg::at);
        self.update(Begin::AtOnce);
        self.update_shapes();
    }

    /// [audio] Moves on by a tick, which begins after so many samples of the one before.
    pub fn tick(&mut self, begin: Begin) {
        let mut moving = false;
        for (now, target) in self.now.iter_mut().zip(&self.target) {
            let reached = now.reached(begin);
            let distance = target - reached;
            moving |= distance != 0.0;
            let arrived = distance.abs() <= 1e-5 * target.abs().max(0.01);
            now.go(if arrived { *target } else { reached + self.smoothing * distance }, begin);
        }
        self.update(begin);
        if moving {
            self.update_shapes();
        }
    }

    /// [audio] What holds during this tick.
    pub fn control(&self) -> &Control {
        &self.control
    }

    fn update(&mut self, begin: Begin) {
        let value = |id: Id| self.now[id as usize].end();
        let control = &mut self.control;
        control.waves = [wave(value(Id::Osc1Wave)), wave(value(Id::Osc2Wave))];
        control.pitches = [value(Id::Osc1Pitch), value(Id::Osc2Pitch) + value(Id::Osc2Fine)];
        control.levels[0].go(value(Id::Osc1Level), begin);
        control.levels[1].go(value(Id::Osc2Level), begin);
        control.sub.go(value(Id::SubLevel), begin);
        control.noise.go(value(Id::NoiseLevel), begin);
        control.width = (f64::from(value(Id::PulseWidth)) * 4_294_967_296.0) as u32;
        control.spread.go(value(Id::Spread), begin);
        control.response = response(value(Id::FilterType));
        control.cutoff = value(Id::Cutoff);
        control.damping = 2.0 - (2.0 - LEAST_DAMPING) * value(Id::Resonance);
        control.filter_envelope = value(Id::FilterEnvelope);
        control.key_tracking = value(Id::KeyTracking);
        control.filter_velocity = value(Id::FilterVelocity);
        control.drive.go(value(Id::Drive), begin);
        control.saturation.go((value(Id::Drive) - 1.0).min(1.0), begin);
        control.volume.go(value(Id::Volume), begin);
        control.amplitude_velocity = value(Id::AmpVelocity);
        control.pitch_envelope = value(Id::PitchEnvelope);
        control.lfo_step = value(Id::LfoRate) * TICK as f32 / self.sample_rate;
        control.vibrato = value(Id::Vibrato);
        control.lfo_cutoff = value(Id::LfoCutoff);
        control.mode = mode(value(Id::Mode));
        control.bend_range = value(Id::BendRange);
        let samples = |id: Id| self.now[id as usize].end() * 0.001 * self.sample_rate;
        control.lfo_delay = samples(Id::LfoDelay);
        control.glide = samples(Id::Glide);
    }

    fn update_shapes(&mut self) {
        let rate = self.sample_rate;
        let amplitude = [Id::AmpAttack, Id::AmpDecay, Id::AmpSustain, Id::AmpRelease];
        let filter = [Id::FilterAttack, Id::FilterDecay, Id::FilterSustain, Id::FilterRelease];
        let value = |id: Id| self.now[id as usize].end();
        self.control.amplitude_shape = Shape::new(amplitude.map(value), rate);
        self.control.filter_shape = Shape::new(filter.map(value), rate);
        self.control.pitch_decay = decay_factor(value(Id::PitchDecay) * 0.001 * rate);
    }
}

/// From the unit of the parameter to the one it is computed and smoothed in.
fn internal(id: Id, value: f64) -> f32 {
    use crate::parameter::Unit;
    let value = match (id, id.spec().unit) {
        (Id::Cutoff, _) => libm::log2(value),
        (_, Unit::Decibels) => libm::pow(10.0, value / 20.0),
        (_, Unit::Percent | Unit::Cents) => value / 100.0,
        _ => value,
    };
    value as f32
}

fn wave(value: f32) -> Wave {
    [Wave::Saw, Wave::Square, Wave::Triangle, Wave::Sine][(value as usize).min(3)]
}

fn response(value: f32) -> Response {
    use Response::{BandPass, HighPass, LowPass12, LowPass24};
    [LowPass12, LowPass24, BandPass, HighPass][(value as usize).min(3)]
}

fn mode(value: f32) -> Mode {
    [Mode::Poly, Mode::Mono, Mode::Legato][(value as usize).min(2)]
}
