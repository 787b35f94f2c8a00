//! Runs a built-in effect over a sound, with parameters that change at samples. Judges nothing.

use std::sync::Arc;

use signal_graph::{
    Block, BuiltinSpec, Deadline, Event, EventBody, EventBuffer, Io, Node, NodeKind, Parameter,
    ParameterChange, ParameterEvent, Stereo, StereoMut, Timeline, process_changing,
};
use signal_nodes::meter::Meter;
use signal_nodes::workshop::{self, Setting};

/// The largest block.
const FRAMES: usize = 512;

/// A value from a sample on.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Sample.
    pub at: usize,
    /// Parameter.
    pub id: u32,
    /// In its unit.
    pub value: f64,
}

/// An effect, made for a rate.
pub struct Rig {
    /// The effect.
    pub node: Box<dyn Node>,
    /// What it publishes.
    pub meter: Arc<Meter>,
    rate: u32,
    done: usize,
    notes: Vec<Event>,
}

impl Rig {
    /// A built-in by its name, with parameters by their ids.
    pub fn new(name: &str, parameters: &[(u32, f64)], rate: u32) -> Self {
        let parameters = parameters.iter().map(|(id, value)| Parameter { id: *id, value: *value }).collect();
        let spec = BuiltinSpec { name: name.to_owned(), parameters, bypass: false, media: Vec::new() };
        let setting = Setting { sample_rate: rate, max_frames: FRAMES, late: Arc::default() };
        let meter = Arc::new(Meter::default());
        let node = workshop::make(&NodeKind::Builtin(spec), &setting, || Arc::clone(&meter));
        let mut node = node.expect("a built-in");
        node.reset(0);
        Self { node, meter, rate, done: 0, notes: Vec::new() }
    }

    /// Begins a note with the next block.
    #[allow(dead_code, reason = "the plots, which share this file, play notes by themselves")]
    pub fn play(&mut self, pitch: u8) {
        let body = EventBody::NoteOn { note: u64::from(pitch), channel: 0, pitch, velocity: 1.0 };
        self.notes.push(Event { offset: 0, body });
    }

    /// Both channels of what comes out of both channels of what goes in, while parameters change in the middle of blocks.
    pub fn run(&mut self, left: &[f32], right: &[f32], steps: &[Step]) -> [Vec<f32>; 2] {
        let mut output = [vec![0.0; left.len()], vec![0.0; left.len()]];
        let timeline = Timeline::constant(self.rate);
        let mut at = 0;
        while at < left.len() {
            let end = left.len().min(at + FRAMES);
            let event = |step: &Step| ParameterEvent {
                offset: (step.at - at) as u32,
                change: ParameterChange { target: 1, parameter: step.id, value: step.value },
            };
            let mut changes: Vec<_> =
                steps.iter().filter(|step| (at..end).contains(&step.at)).map(event).collect();
            changes.sort_by_key(|change| change.offset);
            self.block(&timeline, [&left[at..end], &right[at..end]], &mut output, at, &changes);
            at = end;
        }
        output
    }

    /// The same sound on both channels; the left one of what comes out.
    pub fn mono(&mut self, input: &[f32]) -> Vec<f32> {
        let [left, _] = self.run(input, input, &[]);
        left
    }

    fn block(
        &mut self,
        timeline: &Timeline,
        input: [&[f32]; 2],
        output: &mut [Vec<f32>; 2],
        at: usize,
        changes: &[ParameterEvent],
    ) {
        let frames = input[0].len();
        let block = Block {
            frames,
            position: self.done as i64,
            steady: self.done as u64,
            playing: true,
            jumped: false,
            offline: true,
            deadline: Deadline::NONE,
            timeline,
        };
        let [left, right] = output;
        let output = StereoMut { left: &mut left[at..at + frames], right: &mut right[at..at + frames] };
        let input = Stereo { left: input[0], right: input[1] };
        let mut events_out = EventBuffer::new();
        let events = std::mem::take(&mut self.notes);
        let io = &mut Io { input, events: events.as_slice().into(), output, events_out: &mut events_out };
        process_changing(&mut *self.node, &block, io, changes);
        self.done += frames;
    }
}

/// A sine.
pub fn sine(hertz: f64, level: f64, frames: usize, rate: u32) -> Vec<f32> {
    let angle = std::f64::consts::TAU * hertz / f64::from(rate);
    (0..frames).map(|at| (level * (angle * at as f64).sin()) as f32).collect()
}

/// A single sample of 1 among zeros.
pub fn impulse(at: usize, frames: usize) -> Vec<f32> {
    let mut sound = vec![0.0; frames];
    sound[at] = 1.0;
    sound
}

/// Magnitude of a sound's spectrum at one frequency.
pub fn magnitude(sound: &[f32], hertz: f64, rate: u32) -> f64 {
    let angle = std::f64::consts::TAU * hertz / f64::from(rate);
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (at, sample) in sound.iter().enumerate() {
        let (sine, cosine) = (angle * at as f64).sin_cos();
        real += f64::from(*sample) * cosine;
        imaginary += f64::from(*sample) * sine;
    }
    real.hypot(imaginary)
}

/// Decibels of an amplitude.
pub fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.max(1e-20).log10()
}
