//! Letting the input of a device through instead of its output, without a click.

use signal_graph::{Io, ParameterChange};

use crate::ramp::Ramp;

/// How much of a device is heard.
#[derive(Debug)]
pub struct Bypass {
    wet: Ramp,
}

impl Bypass {
    /// [control] Bypassed or not.
    #[must_use]
    pub fn new(bypass: bool, sample_rate: u32) -> Self {
        Self { wet: Ramp::new(if bypass { 0.0 } else { 1.0 }, sample_rate) }
    }

    /// [audio] Takes the change if it is about bypass.
    pub fn set_parameter(&mut self, change: &ParameterChange) -> bool {
        let mine = change.parameter == ParameterChange::BYPASS;
        if mine {
            self.wet.set(if change.value >= 0.5 { 0.0 } else { 1.0 });
        }
        mine
    }

    /// [audio] Arrives at once.
    pub fn reset(&mut self) {
        self.wet.settle();
    }

    /// [audio] How much of the device is heard in the next sample, for one that delays: it mixes by itself.
    pub fn next_wet(&mut self) -> f32 {
        self.wet.next_value()
    }

    /// [audio] Mixes the input into what the device wrote.
    pub fn process(&mut self, io: &mut Io<'_>) {
        if self.wet.rests_at(1.0) {
            return;
        }
        if self.wet.rests_at(0.0) {
            io.output.copy_from(io.input);
            return;
        }
        for frame in 0..io.output.left.len() {
            let wet = self.wet.next_value();
            let mix = |output: f32, input: f32| input + wet * (output - input);
            io.output.left[frame] = mix(io.output.left[frame], io.input.left[frame]);
            io.output.right[frame] = mix(io.output.right[frame], io.input.right[frame]);
        }
    }
}
