//! "trim": a gain in decibels.

use signal_graph::{Block, BuiltinSpec, Io, Node, ParameterChange};

use crate::bypass::Bypass;
use crate::parameter::{ParameterSpec, Unit};
use crate::ramp::Ramp;

/// The name it has in a graph.
pub const NAME: &str = "trim";

/// Id of the gain.
pub const GAIN: u32 = 1;

/// What can be set.
pub const PARAMETERS: &[ParameterSpec] = &[ParameterSpec {
    id: GAIN,
    name: "Gain",
    module: "Trim",
    minimum: -60.0,
    maximum: 24.0,
    default_value: 0.0,
    unit: Unit::Decibels,
}];

/// The device.
#[derive(Debug)]
pub struct Trim {
    left: Ramp,
    right: Ramp,
    bypass: Bypass,
}

impl Trim {
    /// [control] With the values of `spec`; ids it does not have are ignored.
    #[must_use]
    pub fn new(spec: &BuiltinSpec, sample_rate: u32) -> Self {
        let set = spec.parameters.iter().rfind(|parameter| parameter.id == GAIN);
        let gain = linear(set.map_or(0.0, |parameter| parameter.value));
        let ramp = Ramp::new(gain, sample_rate);
        Self { left: ramp, right: ramp, bypass: Bypass::new(spec.bypass, sample_rate) }
    }
}

fn linear(decibels: f64) -> f32 {
    libm::pow(10.0, PARAMETERS[0].clamp(decibels) / 20.0) as f32
}

impl Node for Trim {
    fn process(&mut self, _block: &Block<'_>, io: &mut Io<'_>) {
        self.left.multiply(io.input.left, io.output.left);
        self.right.multiply(io.input.right, io.output.right);
        self.bypass.process(io);
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        if !self.bypass.set_parameter(change) && change.parameter == GAIN {
            let gain = linear(change.value);
            self.left.set(gain);
            self.right.set(gain);
        }
    }

    fn reset(&mut self, _position: i64) {
        self.left.settle();
        self.right.settle();
        self.bypass.reset();
    }
}
