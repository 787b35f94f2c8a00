//! Linear ramps of gains over a fixed number of samples.
//!
//! A ramp's value is computed from the count of samples since it began, so it has the same bits however time is cut into
//! blocks. All loops run over fixed lanes and vectorise (E11).

use crate::meter::{higher, highest};

/// Samples a kernel treats at once: one cache line.
const LANES: usize = 16;

const LANE: [f32; LANES] =
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0];

/// A gain that moves to its target in equal steps.
#[derive(Clone, Copy, Debug)]
pub struct Ramp {
    from: f32,
    to: f32,
    step: f32,
    done: u32,
    length: u32,
}

impl Ramp {
    /// [any] Rests at `value`; moves take 10 ms at `sample_rate`.
    #[must_use]
    pub fn new(value: f32, sample_rate: u32) -> Self {
        let length = (sample_rate / 100).max(1);
        Self { from: value, to: value, step: 0.0, done: length, length }
    }

    /// [audio] Moves to `target` from wherever it is.
    pub fn set(&mut self, target: f32) {
        if target == self.to {
            return;
        }
        self.from = self.value();
        self.to = target;
        self.step = (target - self.from) / self.length as f32;
        self.done = 0;
    }

    /// [audio] Arrives at once.
    pub fn settle(&mut self) {
        self.done = self.length;
    }

    /// [any] The value of the last sample.
    #[must_use]
    pub fn value(&self) -> f32 {
        if self.done >= self.length { self.to } else { self.from + self.step * self.done as f32 }
    }

    /// [any] Whether it rests at `value`.
    #[must_use]
    pub fn rests_at(&self, value: f32) -> bool {
        self.done >= self.length && self.to == value
    }

    /// [audio] Writes `input` times the ramp, moves it on, and gives the highest absolute sample it wrote.
    pub fn multiply(&mut self, input: &[f32], output: &mut [f32]) -> f32 {
        let moving = input.len().min((self.length - self.done) as usize);
        let (moving_in, resting_in) = input.split_at(moving);
        let (moving_out, resting_out) = output.split_at_mut(moving);
        let moving_peak = self.multiply_moving(moving_in, moving_out);
        self.done += moving as u32;
        higher(moving_peak, multiply_by(self.to, resting_in, resting_out))
    }

    fn multiply_moving(&self, input: &[f32], output: &mut [f32]) -> f32 {
        let (from, step) = (self.from, self.step);
        let mut peaks = [0.0; LANES];
        let mut count = (self.done + 1) as f32;
        let (inputs, input_rest) = input.as_chunks::<LANES>();
        let (outputs, output_rest) = output.as_chunks_mut::<LANES>();
        for (input, output) in inputs.iter().zip(outputs) {
            for lane in 0..LANES {
                output[lane] = input[lane] * (from + step * (count + LANE[lane]));
                peaks[lane] = higher(output[lane].abs(), peaks[lane]);
            }
            count += LANES as f32;
        }
        for ((input, output), lane) in input_rest.iter().zip(&mut *output_rest).zip(LANE) {
            *output = *input * (from + step * (count + lane));
        }
        highest(peaks, output_rest)
    }

    /// [audio] The next value, and moves on by one sample.
    pub fn next_value(&mut self) -> f32 {
        if self.done < self.length {
            self.done += 1;
        }
        self.value()
    }
}

fn multiply_by(gain: f32, input: &[f32], output: &mut [f32]) -> f32 {
    let (inputs, input_rest) = input.as_chunks::<LANES>();
    let (outputs, output_rest) = output.as_chunks_mut::<LANES>();
    let mut peaks = [0.0; LANES];
    for (input, output) in inputs.iter().zip(outputs) {
        for lane in 0..LANES {
            output[lane] = input[lane] * gain;
            peaks[lane] = higher(output[lane].abs(), peaks[lane]);
        }
    }
    for (input, output) in input_rest.iter().zip(&mut *output_rest) {
        *output = *input * gain;
    }
    highest(peaks, output_rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(splits: &[usize]) -> Vec<u32> {
        let mut ramp = Ramp::new(0.3, 4800);
        ramp.set(1.7);
        let mut bits = Vec::new();
        for frames in splits {
            let mut output = vec![0.0; *frames];
            ramp.multiply(&vec![0.9; *frames], &mut output);
            bits.extend(output.iter().map(|sample| sample.to_bits()));
        }
        bits
    }

    #[test]
    fn a_ramp_has_the_same_bits_however_time_is_cut() {
        let whole = run(&[100]);
        assert_eq!(whole, run(&[1, 2, 3, 17, 30, 40, 7]));
        assert_eq!(whole, run(&[64, 36]));
    }

    #[test]
    fn a_ramp_arrives_exactly_and_turns_from_where_it_is() {
        let mut ramp = Ramp::new(0.0, 4800);
        ramp.set(1.0);
        let mut output = [0.0; 24];
        ramp.multiply(&[1.0; 24], &mut output);
        assert!((output[23] - 0.5).abs() < 1e-6 && output.is_sorted());
        ramp.set(0.0);
        let mut output = [0.0; 60];
        ramp.multiply(&[1.0; 60], &mut output);
        assert!((output[0] - 0.5 * 47.0 / 48.0).abs() < 1e-6);
        assert_eq!(output[47..], [0.0; 13]);
    }
}
