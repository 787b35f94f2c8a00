//! From the plugins' sound to the dry signal and back without a click (E8). Does not decide when.
//!
//! When a block is missing there are no samples to fade out from: the last one played is held and decays.

use signal_graph::{Stereo, StereoMut};

use super::DryDelay;

/// Decay of the last sample into the dry signal.
const FALL_SECONDS: f64 = 0.002;
/// Cross-fade from the dry signal back to the plugins.
const RISE_SECONDS: f64 = 0.010;

/// What is heard of a chain.
#[derive(Debug)]
pub struct Transition {
    state: State,
    last: [f32; 2],
    fall_frames: u32,
    rise_frames: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// The plugins.
    Wet,
    /// The dry signal.
    Dry,
    /// A held sample, giving way to the dry signal.
    Falling { from: [f32; 2], done: u32 },
    /// The dry signal, giving way to the plugins.
    Rising { done: u32 },
}

impl Transition {
    /// `[control]` At a rate in hertz; begins with the plugins or without.
    pub fn new(sample_rate: u32, wet: bool) -> Self {
        let frames = |seconds: f64| ((seconds * f64::from(sample_rate)) as u32).max(1);
        let state = if wet { State::Wet } else { State::Dry };
        Self { state, last: [0.0; 2], fall_frames: frames(FALL_SECONDS), rise_frames: frames(RISE_SECONDS) }
    }

    /// `[audio]` Begins anew, with the plugins or without, and nothing to fade from.
    pub fn reset(&mut self, wet: bool) {
        self.state = if wet { State::Wet } else { State::Dry };
        self.last = [0.0; 2];
    }

    /// `[audio]` Plays a block. With `wet`, `output` holds the plugins' sound, else anything. `dry_gain` is 0 where silence
    /// takes the place of the dry signal.
    pub fn play(
        &mut self,
        input: Stereo<'_>,
        output: &mut StereoMut<'_>,
        dry: &mut DryDelay,
        wet: bool,
        dry_gain: f32,
    ) {
        self.state = match (self.state, wet) {
            (State::Wet | State::Rising { .. }, false) => State::Falling { from: self.last, done: 0 },
            (State::Dry | State::Falling { .. }, true) => State::Rising { done: 0 },
            (state, _) => state,
        };
        if self.state == State::Wet && dry.latency() == 0 {
            let last = |channel: &[f32], before: f32| channel.last().copied().unwrap_or(before);
            self.last = [last(output.left, self.last[0]), last(output.right, self.last[1])];
            return;
        }
        let inputs = input.left.iter().zip(input.right);
        let outputs = output.left.iter_mut().zip(&mut *output.right);
        for ((left, right), (out_left, out_right)) in inputs.zip(outputs) {
            let dry = dry.push([*left, *right]).map(|sample| sample * dry_gain);
            self.last = self.step(dry, [*out_left, *out_right]);
            (*out_left, *out_right) = (self.last[0], self.last[1]);
        }
    }

    fn step(&mut self, dry: [f32; 2], wet: [f32; 2]) -> [f32; 2] {
        match self.state {
            State::Wet => wet,
            State::Dry => dry,
            State::Falling { from, done } => {
                let frame = blend(from, dry, done, self.fall_frames);
                let done = done + 1;
                self.state =
                    if done >= self.fall_frames { State::Dry } else { State::Falling { from, done } };
                frame
            }
            State::Rising { done } => {
                let frame = blend(dry, wet, done, self.rise_frames);
                let done = done + 1;
                self.state = if done >= self.rise_frames { State::Wet } else { State::Rising { done } };
                frame
            }
        }
    }
}

fn blend(from: [f32; 2], to: [f32; 2], done: u32, length: u32) -> [f32; 2] {
    let amount = done as f32 / length as f32;
    [0, 1].map(|channel: usize| from[channel] + (to[channel] - from[channel]) * amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays `frames` of a constant input over a constant plugin output; NaN where there is none.
    fn play(transition: &mut Transition, frames: usize, input: f32, plugin: Option<f32>) -> Vec<f32> {
        let input = vec![input; frames];
        let (mut left, mut right) = (vec![plugin.unwrap_or(f32::NAN); frames], vec![0.0; frames]);
        let input = Stereo { left: &input, right: &input };
        let mut output = StereoMut { left: &mut left, right: &mut right };
        transition.play(input, &mut output, &mut DryDelay::new(0), plugin.is_some(), 1.0);
        left
    }

    #[test]
    fn a_missing_block_decays_from_the_last_sample_within_two_milliseconds() {
        let mut transition = Transition::new(48_000, true);
        assert_eq!(play(&mut transition, 64, 0.0, Some(0.8)), [0.8; 64]);
        let fallen = play(&mut transition, 256, 0.0, None);
        assert_eq!(fallen[0], 0.8);
        assert!(fallen.windows(2).all(|pair| pair[1] <= pair[0]));
        assert_eq!(fallen[96..], [0.0; 160]);
    }

    #[test]
    fn the_plugins_come_back_over_ten_milliseconds() {
        let mut transition = Transition::new(48_000, false);
        let risen = play(&mut transition, 512, 0.25, Some(0.75));
        assert_eq!(risen[0], 0.25);
        assert!((risen[240] - 0.5).abs() < 1e-6);
        assert_eq!(risen[480..], [0.75; 32]);
    }

    #[test]
    fn a_fall_in_the_middle_of_a_rise_starts_where_the_rise_was() {
        let mut transition = Transition::new(48_000, false);
        let risen = play(&mut transition, 240, 0.0, Some(1.0));
        let fallen = play(&mut transition, 240, 0.0, None);
        assert!((fallen[0] - risen[239]).abs() < 1e-6);
        assert_eq!(fallen[239], 0.0);
    }
}
