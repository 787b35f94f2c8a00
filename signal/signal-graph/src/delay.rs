//! A delay line of fixed length, put where paths of different latency meet.

use crate::node::{Block, Io, Node, ParameterChange};

/// Delays two channels by a number of samples.
#[derive(Debug)]
pub(crate) struct Delay {
    left: Line,
    right: Line,
}

#[derive(Debug)]
struct Line {
    past: Box<[f32]>,
    next: usize,
}

impl Delay {
    /// [control] By `frames`, at least 1.
    pub fn new(frames: u32) -> Self {
        Self { left: Line::new(frames), right: Line::new(frames) }
    }
}

impl Line {
    fn new(frames: u32) -> Self {
        Self { past: vec![0.0; frames as usize].into_boxed_slice(), next: 0 }
    }

    fn process(&mut self, input: &[f32], output: &mut [f32]) {
        for (input, output) in input.iter().zip(output) {
            *output = std::mem::replace(&mut self.past[self.next], *input);
            self.next = if self.next + 1 == self.past.len() { 0 } else { self.next + 1 };
        }
    }
}

impl Node for Delay {
    fn process(&mut self, _block: &Block<'_>, io: &mut Io<'_>) {
        self.left.process(io.input.left, io.output.left);
        self.right.process(io.input.right, io.output.right);
    }

    fn set_parameter(&mut self, _change: &ParameterChange) {}

    fn reset(&mut self, _position: i64) {
        self.left.past.fill(0.0);
        self.right.past.fill(0.0);
    }
}

/// Passes its input on: what the device is given.
#[derive(Debug)]
pub(crate) struct Outlet;

impl Node for Outlet {
    fn process(&mut self, _block: &Block<'_>, io: &mut Io<'_>) {
        io.output.copy_from(io.input);
    }

    fn set_parameter(&mut self, _change: &ParameterChange) {}

    fn reset(&mut self, _position: i64) {}
}
