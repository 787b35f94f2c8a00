//! What the built-in effects share: ticks that begin anew where a parameter changes, smoothed parameters, bypass, and input that is made safe to compute with.
//!
//! An [`Effect`] only says what to do in a tick. How a single effect sounds is not known here.

use signal_graph::{Block, BuiltinSpec, Io, Node, ParameterChange, Timeline};

use crate::bypass::Bypass;
use crate::parameter::ParameterSpec;
use crate::tick::Ticks;

pub mod line;
pub mod values;

use line::DelayLine;
use values::Values;

/// Louder input, or what is no number, counts as silence: 120 dB above full scale is a broken neighbour, and in a loop
/// it would never go away.
const LOUDEST: f32 = 1e6;

/// Below this a state is 0: -240 dB. So silence becomes exact, and no state is ever denormal.
const NOTHING: f32 = 1e-12;

/// [audio] `state`, or 0 where nobody will ever hear it.
pub fn settle(state: f32) -> f32 {
    if state.abs() < NOTHING { 0.0 } else { state }
}

/// What an effect is told about a tick.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Song position of the first sample of the tick; where the playhead rests, while stopped.
    pub position: i64,
    /// Tempo of the song.
    pub timeline: &'a Timeline,
}

/// An effect on two channels. All functions but `parameters` and `latency` run on an audio thread.
pub trait Effect: Send {
    /// By ascending id.
    fn parameters() -> &'static [ParameterSpec];

    /// Begins a tick: takes over the values, which have moved on.
    fn tick(&mut self, values: &Values, moment: &Moment<'_>);

    /// Processes in place; `first` is the sample of the tick that `left` and `right` begin with.
    fn run(&mut self, first: usize, left: &mut [f32], right: &mut [f32]);

    /// Forgets all sound.
    fn clear(&mut self);

    /// Samples between input and output.
    fn latency(&self) -> u32 {
        0
    }
}

/// An effect as a node of the graph.
#[derive(Debug)]
pub struct EffectNode<E> {
    effect: E,
    values: Values,
    bypass: Bypass,
    /// The input, as late as the output.
    dry: Option<[DelayLine; 2]>,
    ticks: Ticks,
}

impl<E: Effect> EffectNode<E> {
    /// [control] With the values of `spec`; ids the effect does not have are ignored.
    pub fn new(effect: E, spec: &BuiltinSpec, sample_rate: u32) -> Self {
        let mut values = Values::new(E::parameters(), sample_rate);
        for parameter in &spec.parameters {
            values.set(parameter.id, parameter.value);
        }
        values.settle();
        let latency = effect.latency() as usize;
        let dry = (latency > 0).then(|| [DelayLine::new(latency), DelayLine::new(latency)]);
        Self { effect, values, bypass: Bypass::new(spec.bypass, sample_rate), dry, ticks: Ticks::default() }
    }

    fn stretch(&mut self, io: &mut Io<'_>, block: &Block<'_>, done: usize) -> usize {
        if let Some(begin) = self.ticks.begin() {
            self.values.tick(begin);
            let moved = if block.playing { done as i64 } else { 0 };
            let moment = Moment { position: block.position + moved, timeline: block.timeline };
            self.effect.tick(&self.values, &moment);
            self.values.follow();
        }
        let end = block.frames.min(done + self.ticks.left());
        let (left, right) = (&mut io.output.left[done..end], &mut io.output.right[done..end]);
        copy_safe(&io.input.left[done..end], left);
        copy_safe(&io.input.right[done..end], right);
        self.effect.run(self.ticks.within(), left, right);
        self.ticks.advance(end - done);
        end
    }
}

fn copy_safe(input: &[f32], output: &mut [f32]) {
    for (input, output) in input.iter().zip(output) {
        *output = if input.abs() <= LOUDEST { *input } else { 0.0 };
    }
}

impl<E: Effect> Node for EffectNode<E> {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        let mut done = 0;
        while done < block.frames {
            done = self.stretch(io, block, done);
        }
        let Some([left, right]) = &mut self.dry else {
            self.bypass.process(io);
            return;
        };
        let latency = self.effect.latency() as usize;
        for frame in 0..block.frames {
            let wet = self.bypass.next_wet();
            for (line, input, output) in [
                (&mut *left, io.input.left, &mut *io.output.left),
                (&mut *right, io.input.right, &mut *io.output.right),
            ] {
                let dry = line.read(latency - 1);
                line.write(input[frame]);
                output[frame] = if wet == 1.0 { output[frame] } else { dry + wet * (output[frame] - dry) };
            }
        }
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        if !self.bypass.set_parameter(change) && self.values.set(change.parameter, change.value) {
            self.ticks.cut();
        }
    }

    fn reset(&mut self, _position: i64) {
        self.values.settle();
        self.effect.clear();
        self.bypass.reset();
        self.dry.iter_mut().flatten().for_each(DelayLine::clear);
        self.ticks = Ticks::default();
    }

    fn latency(&self) -> u32 {
        self.effect.latency()
    }
}
