//! A mixer strip and a send level: gains without clicks, and a meter.
//!
//! Summing is the graph's; what arrives here is one stereo signal.

use std::sync::Arc;

use signal_graph::{Block, Io, Node, ParameterChange, StripSpec};

use crate::meter::Meter;
use crate::ramp::Ramp;

/// Phase, fader, pan, mute and peak meter, in this order.
#[derive(Debug)]
pub struct Strip {
    spec: StripSpec,
    left: Ramp,
    right: Ramp,
    meter: Arc<Meter>,
}

impl Strip {
    /// [control] A strip that publishes its peaks to `meter`.
    #[must_use]
    pub fn new(spec: StripSpec, sample_rate: u32, meter: Arc<Meter>) -> Self {
        let (left, right) = gains(&spec);
        Self { spec, left: Ramp::new(left, sample_rate), right: Ramp::new(right, sample_rate), meter }
    }
}

/// What each channel is multiplied with. A turn of the phase ramps through silence, like any other change.
fn gains(spec: &StripSpec) -> (f32, f32) {
    if spec.mute {
        return (0.0, 0.0);
    }
    let (left, right) = panned(spec);
    if spec.phase_invert { (-left, -right) } else { (left, right) }
}

/// Equal-power pan: the centre is 3 dB below the sides. It is scaled so that the centre is unity, since every strip of a path
/// pans: a track through a bus and the master would lose 9 dB otherwise.
fn panned(spec: &StripSpec) -> (f32, f32) {
    if spec.pan == 0.0 {
        return (spec.gain, spec.gain);
    }
    let angle = (f64::from(spec.pan) + 1.0) * std::f64::consts::FRAC_PI_4;
    let gain = f64::from(spec.gain) * std::f64::consts::SQRT_2;
    let (left, right) = (gain * libm::cos(angle), gain * libm::sin(angle));
    // The cosine of a right angle is not quite zero.
    ((if spec.pan >= 1.0 { 0.0 } else { left }) as f32, (if spec.pan <= -1.0 { 0.0 } else { right }) as f32)
}

impl Node for Strip {
    fn process(&mut self, _block: &Block<'_>, io: &mut Io<'_>) {
        let left = self.left.multiply(io.input.left, io.output.left);
        let right = self.right.multiply(io.input.right, io.output.right);
        self.meter.publish_peaks(left, right);
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        if change.value.is_nan() {
            return;
        }
        match change.parameter {
            StripSpec::GAIN => self.spec.gain = change.value.clamp(0.0, 2.0) as f32,
            StripSpec::PAN => self.spec.pan = change.value.clamp(-1.0, 1.0) as f32,
            StripSpec::MUTE => self.spec.mute = change.value >= 0.5,
            StripSpec::PHASE_INVERT => self.spec.phase_invert = change.value >= 0.5,
            _ => return,
        }
        let (left, right) = gains(&self.spec);
        self.left.set(left);
        self.right.set(right);
    }

    fn reset(&mut self, _position: i64) {
        self.left.settle();
        self.right.settle();
    }
}

/// Its input times a level.
#[derive(Debug)]
pub struct SendLevel {
    left: Ramp,
    right: Ramp,
}

impl SendLevel {
    /// [control] With a linear gain.
    #[must_use]
    pub fn new(gain: f32, sample_rate: u32) -> Self {
        let ramp = Ramp::new(gain, sample_rate);
        Self { left: ramp, right: ramp }
    }
}

impl Node for SendLevel {
    fn process(&mut self, _block: &Block<'_>, io: &mut Io<'_>) {
        self.left.multiply(io.input.left, io.output.left);
        self.right.multiply(io.input.right, io.output.right);
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        if change.parameter == StripSpec::GAIN && !change.value.is_nan() {
            let gain = change.value.clamp(0.0, 2.0) as f32;
            self.left.set(gain);
            self.right.set(gain);
        }
    }

    fn reset(&mut self, _position: i64) {
        self.left.settle();
        self.right.settle();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panned(pan: f32) -> (f32, f32) {
        gains(&StripSpec { gain: 1.0, pan, mute: false, phase_invert: false })
    }

    #[test]
    fn the_centre_is_unity_and_three_decibels_below_the_sides() {
        assert_eq!(panned(0.0), (1.0, 1.0));
        let (left, right) = panned(-1.0);
        assert!((20.0 * left.log10() - 3.0103).abs() < 1e-3 && right == 0.0);
        assert_eq!(panned(1.0).0, 0.0);
    }

    #[test]
    fn power_is_the_same_wherever_it_is_panned() {
        for step in -10..=10_i8 {
            let (left, right) = panned(f32::from(step) / 10.0);
            assert!((left * left + right * right - 2.0).abs() < 1e-5);
        }
    }
}
