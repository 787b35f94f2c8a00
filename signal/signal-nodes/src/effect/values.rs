//! The values of an effect's parameters, smoothed towards where they were set.

use crate::parameter::{ParameterSpec, Unit};
use crate::tick::TICK;

/// Time in which a value has gone two thirds of the way to a new one.
const SMOOTHING_SECONDS: f32 = 0.008;

/// Where parameters are and where they go, by their index in the table, in the unit they are computed in: frequencies,
/// ratios and qualities as logarithms to base 2, percent as a part of 1, all else as it is set.
#[derive(Debug)]
pub struct Values {
    specs: &'static [ParameterSpec],
    smoothing: f32,
    target: Box<[f32]>,
    current: Box<[f32]>,
    at_once: bool,
    moving: bool,
}

impl Values {
    /// [control] All at their defaults.
    pub fn new(specs: &'static [ParameterSpec], sample_rate: u32) -> Self {
        let target: Box<[f32]> = specs.iter().map(|spec| internal(spec, spec.default_value)).collect();
        let current = target.clone();
        let smoothing = 1.0 - libm::expf(-(TICK as f32) / (SMOOTHING_SECONDS * sample_rate as f32));
        Self { specs, smoothing, target, current, at_once: true, moving: true }
    }

    /// [audio] A new value; an id that does not exist is ignored.
    pub fn set(&mut self, id: u32, value: f64) {
        let Ok(index) = self.specs.binary_search_by_key(&id, |spec| spec.id) else { return };
        let spec = &self.specs[index];
        self.target[index] = internal(spec, spec.clamp(value));
    }

    /// [audio] Arrives at once, with the next tick.
    pub fn settle(&mut self) {
        self.current.copy_from_slice(&self.target);
        self.at_once = true;
    }

    /// [audio] Moves on by a tick.
    pub fn tick(&mut self) {
        self.moving = self.at_once;
        for ((current, target), spec) in self.current.iter_mut().zip(&self.target).zip(self.specs) {
            if *current == *target {
                continue;
            }
            self.moving = true;
            let distance = target - *current;
            let arrived = spec.is_stepped() || distance.abs() <= 1e-5 * target.abs().max(0.1);
            *current = if arrived { *target } else { *current + self.smoothing * distance };
        }
    }

    /// [audio] The tick has been taken over.
    pub fn follow(&mut self) {
        self.at_once = false;
    }

    /// [audio] The value at the end of this tick.
    pub fn at(&self, index: usize) -> f32 {
        self.current[index]
    }

    /// [audio] Which of a list.
    pub fn choice(&self, index: usize) -> usize {
        self.current[index] as usize
    }

    /// [audio] Whether lines have to begin at the values: the first tick after a reset.
    pub fn at_once(&self) -> bool {
        self.at_once
    }

    /// [audio] Whether any value moves in this tick.
    pub fn is_moving(&self) -> bool {
        self.moving
    }
}

fn internal(spec: &ParameterSpec, value: f64) -> f32 {
    let value = match spec.unit {
        Unit::Hertz | Unit::Ratio | Unit::Quality => libm::log2(value),
        Unit::Percent => value / 100.0,
        _ => value,
    };
    value as f32
}
