//! All-pass filters in series that smear a click into many, before the tail begins.
//!
//! Manfred Schroeder's all-pass; four in series at the input are Jon Dattorro's, "Effect Design, Part 1: Reverberator and
//! Other Filters", JAES 45 (9), 1997.

use crate::effect::line::DelayLine;

/// Filters in series.
const STAGES: usize = 4;

/// Milliseconds of the filters of both sides.
const LENGTHS_MS: [[f32; STAGES]; 2] = [[4.771, 3.595, 12.73, 9.307], [4.999, 3.413, 12.21, 9.871]];

/// The filters of one side.
#[derive(Debug)]
pub struct Diffuser {
    stages: [(DelayLine, usize); STAGES],
}

impl Diffuser {
    /// [control] For the left (0) or right (1) side.
    pub fn new(side: usize, sample_rate: f32) -> Self {
        let stage = |ms: f32| {
            let samples = ((ms * 0.001 * sample_rate) as usize).max(1);
            (DelayLine::new(samples), samples)
        };
        Self { stages: LENGTHS_MS[side].map(stage) }
    }

    /// [audio] The next sample; `amount` is the filters' factor.
    pub fn next(&mut self, input: f32, amount: f32) -> f32 {
        self.stages.iter_mut().fold(input, |input, (line, samples)| {
            let past = line.read(*samples - 1);
            let inner = input - amount * past;
            line.write(inner);
            past + amount * inner
        })
    }

    /// [audio] Forgets all sound.
    pub fn clear(&mut self) {
        self.stages.iter_mut().for_each(|(line, _)| line.clear());
    }
}
