//! "eq": a parametric equaliser of eight bands, as exact near half the sampling rate as an analog one.
//!
//! High-pass, low shelf, four bells, high shelf, low-pass, in this order. The curve is that of [`prototype`], with the
//! magnitude matched as `design` tells; [`response`] gives it for a set of values.

mod band;
mod design;
mod parameters;
pub mod prototype;
mod section;

pub use parameters::{Id, parameters};

use signal_graph::{BuiltinSpec, Node};

use crate::effect::values::Values;
use crate::effect::{Effect, EffectNode, Moment};
use crate::math;
use crate::parameter::ParameterSpec;
use crate::tick::{Line, TICK};
use band::{Band, Cut};
use prototype::{Prototype, Shape};

/// The name it has in a graph.
pub const NAME: &str = "eq";

/// Shelves and bells, each with the first of its four parameters.
const BANDS: [(Shape, Id); 6] = [
    (Shape::LowShelf, Id::LowShelfOn),
    (Shape::Bell, Id::Bell1On),
    (Shape::Bell, Id::Bell2On),
    (Shape::Bell, Id::Bell3On),
    (Shape::Bell, Id::Bell4On),
    (Shape::HighShelf, Id::HighShelfOn),
];

/// The bands at both ends.
const CUTS: [(Shape, Id); 2] = [(Shape::HighPass, Id::HighPassOn), (Shape::LowPass, Id::LowPassOn)];

/// [control] An EQ with the values of `spec`.
#[must_use]
pub fn node(spec: &BuiltinSpec, sample_rate: u32) -> Box<dyn Node> {
    let eq = Eq {
        sample_rate: sample_rate as f32,
        bands: BANDS.map(|(shape, on)| Band::new(shape, on as usize)),
        cuts: CUTS.map(|(shape, on)| Cut::new(shape, on as usize)),
        output: Line::default(),
    };
    Box::new(EffectNode::new(eq, spec, sample_rate))
}

/// [any] The curve in decibels at `hertz`, by the analog filters; what `value` gives for an id is in the parameter's unit.
#[must_use]
pub fn response(value: impl Fn(Id) -> f64, hertz: f64) -> f64 {
    let parameter = |first: Id, offset: usize| value(parameters::ALL[first as usize + offset]);
    let mut power = 1.0;
    for (shape, on) in BANDS {
        let prototype = Prototype::new(shape, parameter(on, 2), parameter(on, 3));
        power *= if value(on) > 0.5 { prototype.power(hertz / parameter(on, 1)) } else { 1.0 };
    }
    for (shape, on) in CUTS {
        let sections = if value(on) > 0.5 { parameter(on, 2) as usize + 1 } else { 0 };
        for section in 0..sections {
            let quality = prototype::quality(sections - 1, section, parameter(on, 3)).unwrap_or(1.0);
            power *= Prototype::new(shape, 0.0, quality).power(hertz / parameter(on, 1));
        }
    }
    10.0 * libm::log10(power) + value(Id::Output)
}

/// The device.
#[derive(Debug)]
struct Eq {
    sample_rate: f32,
    bands: [Band; 6],
    cuts: [Cut; 2],
    output: Line,
}

impl Effect for Eq {
    fn parameters() -> &'static [ParameterSpec] {
        parameters()
    }

    fn tick(&mut self, values: &Values, _moment: &Moment<'_>) {
        self.bands.iter_mut().for_each(|band| band.tick(values, self.sample_rate));
        self.cuts.iter_mut().for_each(|cut| cut.tick(values, self.sample_rate));
        self.output.go(math::amplitude(values.at(Id::Output as usize)), values.begin());
    }

    fn run(&mut self, first: usize, left: &mut [f32], right: &mut [f32]) {
        let mut frames = [[0.0; 2]; TICK];
        let frames = &mut frames[..left.len()];
        for (frame, (left, right)) in frames.iter_mut().zip(left.iter().zip(&*right)) {
            *frame = [f64::from(*left), f64::from(*right)];
        }
        let [high_pass, low_pass] = &mut self.cuts;
        high_pass.run(first, frames);
        self.bands.iter_mut().for_each(|band| band.run(first, frames));
        low_pass.run(first, frames);
        for (at, frame) in frames.iter().enumerate() {
            let gain = self.output.at(first + at);
            left[at] = frame[0] as f32 * gain;
            right[at] = frame[1] as f32 * gain;
        }
    }

    fn clear(&mut self) {
        self.bands.iter_mut().for_each(Band::clear);
        self.cuts.iter_mut().for_each(Cut::clear);
    }
}
