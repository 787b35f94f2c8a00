//! "trim": a gain in decibels.

use signal_graph::{Block, BuiltinSpec, Io, Node, ParameterChange};

use crate::bypass::Bypass;
use crate::parameter::{Unit, parameter_table};
use crate::ramp::Ramp;

/// The name it has in a graph.
pub const NAME: &str = "trim";

parameter_table! {
    Gain = 1, "Trim", "Gain", Unit::Decibels, -60.0..=24.0, 0.0, "Of both channels.";
}

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
        let set = spec.parameters.iter().rfind(|parameter| parameter.id == Id::Gain.number());
        let gain = linear(set.map_or(0.0, |parameter| parameter.value));
        let ramp = Ramp::new(gain, sample_rate);
        Self { left: ramp, right: ramp, bypass: Bypass::new(spec.bypass, sample_rate) }
    }
}

fn linear(decibels: f64) -> f32 {
    libm::pow(10.0, Id::Gain.spec().clamp(decibels) / 20.0) as f32
}

impl Node for Trim {
    fn process(&mut self, _block: &Block<'_>, io: &mut Io<'_>) {
        self.left.multiply(io.input.left, io.output.left);
        self.right.multiply(io.input.right, io.output.right);
        self.bypass.process(io);
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        if !self.bypass.set_parameter(change) && change.parameter == Id::Gain.number() {
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
