//! A state-variable filter of two channels whose coefficients go in straight lines during a tick.
//!
//! The equations are Simper's, see `design`. Sound is computed in f64: a band at 20 Hz with a high quality loses 60 dB of
//! an f32's precision.

use super::design::Coefficients;
use crate::tick::{Begin, TICK};

/// Below this a state is 0: -300 dB.
const NOTHING: f64 = 1e-15;

/// The filter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Section {
    /// Two integrators of two channels.
    state: [[f64; 2]; 2],
    start: Coefficients,
    step: Coefficients,
    end: Coefficients,
    moving: bool,
}

impl Section {
    /// [audio] Begins a tick, at the end of which the coefficients are `to`.
    pub fn go(&mut self, to: Coefficients, begin: Begin) {
        self.start = match begin {
            Begin::AtOnce => to,
            Begin::After(samples) if self.moving && samples < TICK => self.coefficients(samples),
            Begin::After(_) => self.end,
        };
        self.end = to;
        self.moving = self.start != to;
        let part = |start: f64, end: f64| (end - start) * (1.0 / TICK as f64);
        self.step = Coefficients {
            cutoff: part(self.start.cutoff, to.cutoff),
            damping: part(self.start.damping, to.damping),
            mix: [0, 1, 2].map(|at| part(self.start.mix[at], to.mix[at])),
        };
        self.settle();
    }

    /// [audio] Begins a tick in which the coefficients stay, or go on to where they were going.
    pub fn hold(&mut self, begin: Begin) {
        if self.is_cut(begin) {
            self.go(self.end, begin);
            return;
        }
        self.start = self.end;
        self.moving = false;
        self.settle();
    }

    /// [any] Whether its coefficients were on their way when the tick before was cut short.
    pub fn is_cut(&self, begin: Begin) -> bool {
        self.moving && begin.is_cut()
    }

    /// After so many samples of the tick.
    fn coefficients(&self, samples: usize) -> Coefficients {
        let samples = samples as f64;
        Coefficients {
            cutoff: self.start.cutoff + self.step.cutoff * samples,
            damping: self.start.damping + self.step.damping * samples,
            mix: [0, 1, 2].map(|factor| self.start.mix[factor] + self.step.mix[factor] * samples),
        }
    }

    fn settle(&mut self) {
        for state in self.state.iter_mut().flatten() {
            if state.abs() < NOTHING {
                *state = 0.0;
            }
        }
    }

    /// [audio] Forgets its sound.
    pub fn clear(&mut self) {
        self.state = [[0.0; 2]; 2];
    }

    /// [audio] Filters in place, from a sample of the tick on.
    pub fn run(&mut self, first: usize, channels: &mut [[f64; 2]]) {
        if self.moving {
            for (at, frame) in channels.iter_mut().enumerate() {
                let now = self.coefficients(first + at + 1);
                self.next(frame, &Solved::new(&now));
            }
        } else {
            let solved = Solved::new(&self.start);
            for frame in channels {
                self.next(frame, &solved);
            }
        }
    }

    fn next(&mut self, frame: &mut [f64; 2], solved: &Solved) {
        let [a1, a2, a3] = solved.integrate;
        let [through, band_mix, low_mix] = solved.mix;
        for (channel, sample) in frame.iter_mut().enumerate() {
            let (one, two) = (self.state[0][channel], self.state[1][channel]);
            let rest = *sample - two;
            let band = a1 * one + a2 * rest;
            let low = two + a2 * one + a3 * rest;
            self.state[0][channel] = 2.0 * band - one;
            self.state[1][channel] = 2.0 * low - two;
            *sample = through * *sample + band_mix * band + low_mix * low;
        }
    }
}

/// The equations of a sample, solved.
struct Solved {
    integrate: [f64; 3],
    mix: [f64; 3],
}

impl Solved {
    fn new(of: &Coefficients) -> Self {
        let first = 1.0 / (1.0 + of.cutoff * (of.cutoff + of.damping));
        let second = of.cutoff * first;
        Self { integrate: [first, second, of.cutoff * second], mix: of.mix }
    }
}
