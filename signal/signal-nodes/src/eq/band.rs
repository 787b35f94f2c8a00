//! The bands of the EQ: shelves and bells, and the steep filters at both ends.

use super::design::design;
use super::prototype::{Shape, quality};
use super::section::Section;
use crate::effect::values::Values;
use crate::tick::{Begin, Leg, Line};

/// A shelf or a bell.
#[derive(Debug)]
pub struct Band {
    shape: Shape,
    /// Index of "On" in the table; frequency, gain and Q follow.
    index: usize,
    section: Section,
    /// How far it is switched on.
    on: Leg,
    /// Frequency, gain and Q that the section was designed for.
    designed: [f32; 3],
    /// Whether it changes the sound in this tick.
    heard: bool,
}

impl Band {
    /// [control] With "On" at `index` of the table.
    pub fn new(shape: Shape, index: usize) -> Self {
        Self {
            shape,
            index,
            section: Section::default(),
            on: Leg::default(),
            designed: [f32::NAN; 3],
            heard: false,
        }
    }

    /// [audio] Begins a tick.
    pub fn tick(&mut self, values: &Values, sample_rate: f32) {
        let begin = values.begin();
        self.on.switch(values.at(self.index), begin, sample_rate);
        let gain = values.at(self.index + 2) * self.on.end();
        let wanted = [values.at(self.index + 1), gain, values.at(self.index + 3)];
        let was_heard = self.heard && (self.designed[1] != 0.0 || self.section.is_cut(begin));
        self.heard = wanted[1] != 0.0 || was_heard;
        if !self.heard {
            self.section.clear();
            self.designed = [f32::NAN, 0.0, f32::NAN];
            return;
        }
        let [frequency, gain, q] = wanted.map(f64::from);
        let design =
            |gain| design(self.shape, libm::exp2(frequency), gain, libm::exp2(q), f64::from(sample_rate));
        if !was_heard {
            self.section.go(design(if begin.is_at_once() { gain } else { 0.0 }), Begin::AtOnce);
        }
        if self.designed != wanted {
            self.section.go(design(gain), begin);
            self.designed = wanted;
        } else {
            self.section.hold(begin);
        }
    }

    /// [audio] Filters in place.
    pub fn run(&mut self, first: usize, channels: &mut [[f64; 2]]) {
        if self.heard {
            self.section.run(first, channels);
        }
    }

    /// [audio] Forgets its sound.
    pub fn clear(&mut self) {
        self.section.clear();
        self.heard = false;
    }
}

/// A low-pass or high-pass of one to four sections, which are faded in and out one by one.
#[derive(Debug)]
pub struct Cut {
    shape: Shape,
    /// Index of "On" in the table; frequency, slope and Q follow.
    index: usize,
    sections: [CutSection; 4],
}

#[derive(Clone, Copy, Debug, Default)]
struct CutSection {
    section: Section,
    on: Leg,
    wet: Line,
    /// Logarithm of the section's quality: it glides when the slope changes.
    quality: Leg,
    /// Frequency and quality it was designed for.
    designed: Option<[f32; 2]>,
}

impl Cut {
    /// [control] With "On" at `index` of the table.
    pub fn new(shape: Shape, index: usize) -> Self {
        Self { shape, index, sections: [CutSection::default(); 4] }
    }

    /// [audio] Begins a tick.
    pub fn tick(&mut self, values: &Values, sample_rate: f32) {
        let (on, slope) = (values.at(self.index) > 0.5, values.choice(self.index + 2));
        let frequency = values.at(self.index + 1);
        let q = libm::exp2(f64::from(values.at(self.index + 3)));
        for (number, section) in self.sections.iter_mut().enumerate() {
            let wanted = quality(slope, number, q).filter(|_| on).map(|quality| libm::log2(quality) as f32);
            section.tick(self.shape, [frequency, sample_rate], wanted, values.begin());
        }
    }

    /// [audio] Filters in place.
    pub fn run(&mut self, first: usize, channels: &mut [[f64; 2]]) {
        for section in &mut self.sections {
            section.run(first, channels);
        }
    }

    /// [audio] Forgets its sound.
    pub fn clear(&mut self) {
        for section in &mut self.sections {
            section.section.clear();
            section.designed = None;
        }
    }
}

impl CutSection {
    fn tick(&mut self, shape: Shape, [frequency, sample_rate]: [f32; 2], wanted: Option<f32>, begin: Begin) {
        let on = if wanted.is_some() { 1.0 } else { 0.0 };
        self.on.switch(on, begin, sample_rate);
        self.wet.go(self.on.end(), begin);
        if self.wet.is_silent() {
            self.section.clear();
            self.designed = None;
            return;
        }
        let begin = if self.designed.is_none() { Begin::AtOnce } else { begin };
        let reached = self.quality.reached(begin);
        let wanted = wanted.unwrap_or(reached);
        let is_there = begin.is_at_once() || (wanted - reached).abs() < 1e-4;
        self.quality.go(if is_there { wanted } else { reached + 0.05 * (wanted - reached) }, begin);
        let now = [frequency, self.quality.end()];
        if self.designed == Some(now) {
            self.section.hold(begin);
            return;
        }
        let [frequency, quality] = now.map(|value| libm::exp2(f64::from(value)));
        let coefficients = design(shape, frequency, 0.0, quality, f64::from(sample_rate));
        self.section.go(coefficients, begin);
        self.designed = Some(now);
    }

    fn run(&mut self, first: usize, channels: &mut [[f64; 2]]) {
        if self.wet.is_silent() {
            return;
        }
        if self.wet.rests_at(1.0) {
            self.section.run(first, channels);
            return;
        }
        for (at, frame) in channels.iter_mut().enumerate() {
            let dry = *frame;
            self.section.run(first + at, std::slice::from_mut(frame));
            let wet = f64::from(self.wet.at(first + at));
            for (sample, dry) in frame.iter_mut().zip(dry) {
                *sample = dry + wet * (*sample - dry);
            }
        }
    }
}
