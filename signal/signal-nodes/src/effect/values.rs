//! The values of an effect's parameters, smoothed towards where they were set.

use crate::parameter::{ParameterSpec, Unit};
use crate::tick::{Begin, Leg, TICK};

/// Time in which a value has gone two thirds of the way to a new one.
const SMOOTHING_SECONDS: f32 = 0.008;

/// Where parameters are and where they go, by their index in the table, in the unit they are computed in: frequencies,
/// ratios and qualities as logarithms to base 2, percent as a part of 1, all else as it is set.
#[derive(Debug)]
pub struct Values {
    specs: &'static [ParameterSpec],
    smoothing: f32,
    target: Box<[f32]>,
    now: Box<[Leg]>,
    begin: Begin,
    /// A target changed since the last tick.
    changed: bool,
    moving: bool,
}

impl Values {
    /// [control] All at their defaults.
    pub fn new(specs: &'static [ParameterSpec], sample_rate: u32) -> Self {
        let target: Box<[f32]> = specs.iter().map(|spec| internal(spec, spec.default_value)).collect();
        let now = target.iter().map(|value| Leg::at(*value)).collect();
        let smoothing = 1.0 - libm::expf(-(TICK as f32) / (SMOOTHING_SECONDS * sample_rate as f32));
        Self { specs, smoothing, target, now, begin: Begin::AtOnce, changed: false, moving: true }
    }

    /// [audio] A new value; an id that does not exist is ignored. Whether anything has to move.
    pub fn set(&mut self, id: u32, value: f64) -> bool {
        let Ok(index) = self.specs.binary_search_by_key(&id, |spec| spec.id) else { return false };
        let spec = &self.specs[index];
        let value = internal(spec, spec.clamp(value));
        let is_new = std::mem::replace(&mut self.target[index], value) != value;
        self.changed |= is_new;
        is_new
    }

    /// [audio] Arrives at once, with the next tick.
    pub fn settle(&mut self) {
        for (now, target) in self.now.iter_mut().zip(&self.target) {
            *now = Leg::at(*target);
        }
        self.begin = Begin::AtOnce;
    }

    /// [audio] Moves on by a tick, which begins after so many samples of the one before.
    pub fn tick(&mut self, begin: Begin) {
        let is_first = self.begin.is_at_once();
        if !(is_first || self.moving || self.changed) {
            self.begin = begin;
            return;
        }
        self.begin = if is_first { Begin::AtOnce } else { begin };
        (self.changed, self.moving) = (false, is_first);
        for ((now, target), spec) in self.now.iter_mut().zip(&self.target).zip(self.specs) {
            let reached = now.reached(self.begin);
            let distance = target - reached;
            self.moving |= distance != 0.0;
            let arrived = spec.is_stepped() || distance.abs() <= 1e-5 * target.abs().max(0.1);
            now.go(if arrived { *target } else { reached + self.smoothing * distance }, self.begin);
        }
    }

    /// [audio] The tick has been taken over.
    pub fn follow(&mut self) {
        if self.begin.is_at_once() {
            self.begin = Begin::After(TICK);
        }
    }

    /// [audio] The value at the end of this tick.
    pub fn at(&self, index: usize) -> f32 {
        self.now[index].end()
    }

    /// [audio] Which of a list.
    pub fn choice(&self, index: usize) -> usize {
        self.now[index].end() as usize
    }

    /// [audio] How this tick follows the one before: at once in the first after a reset.
    pub fn begin(&self) -> Begin {
        self.begin
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
