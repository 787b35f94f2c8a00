//! Lets the device's input into a track, so that a musician hears what is about to be recorded.
//!
//! It records nothing. Input is never delayed to match playback (E7).

use std::sync::Arc;

use signal_graph::{AudioInputSpec, Block, Io, Node, ParameterChange};

use crate::live::{Cursor, LiveInput};
use crate::ramp::Ramp;

/// The node.
#[derive(Debug)]
pub struct Monitor {
    spec: AudioInputSpec,
    /// None: offline, where nothing comes in.
    input: Option<Arc<LiveInput>>,
    cursor: Cursor,
    gate: [Ramp; 2],
    heard: [Vec<f32>; 2],
}

impl Monitor {
    /// [control] Hears `input`; without one it is silent.
    #[must_use]
    pub fn new(
        spec: AudioInputSpec,
        input: Option<Arc<LiveInput>>,
        max_frames: usize,
        sample_rate: u32,
    ) -> Self {
        let silence = || vec![0.0; max_frames];
        let gate = [Ramp::new(0.0, sample_rate); 2];
        Self { spec, input, cursor: Cursor::default(), gate, heard: [silence(), silence()] }
    }
}

impl Node for Monitor {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        let Some(input) = &self.input else { return io.output.silence() };
        let frames = self.cursor.advance(input.block(), block.frames);
        let is_heard = self.spec.always || input.is_heard(block.playing);
        let outputs = [&mut *io.output.left, &mut *io.output.right];
        for (side, output) in outputs.into_iter().enumerate() {
            let channel = self.spec.channels.get(side).or(self.spec.channels.first());
            let heard = &mut self.heard[side][..block.frames];
            match channel {
                Some(channel) => input.read(*channel as usize, frames.start, heard),
                None => heard.fill(0.0),
            }
            self.gate[side].set(if is_heard { 1.0 } else { 0.0 });
            self.gate[side].multiply(heard, output);
        }
    }

    fn set_parameter(&mut self, _change: &ParameterChange) {}

    fn reset(&mut self, _position: i64) {
        for gate in &mut self.gate {
            gate.settle();
        }
    }
}

#[cfg(test)]
mod tests {
    use signal_graph::{Deadline, EventBuffer, Events, Stereo, StereoMut, Timeline};

    use super::*;

    fn heard(monitor: &mut Monitor, frames: usize, playing: bool) -> (Vec<f32>, Vec<f32>) {
        let (mut left, mut right) = (vec![9.0; frames], vec![9.0; frames]);
        let timeline = Timeline::constant(100);
        let block = Block {
            frames,
            position: 0,
            steady: 0,
            playing,
            jumped: false,
            offline: false,
            deadline: Deadline::NONE,
            timeline: &timeline,
        };
        let mut events_out = EventBuffer::new();
        let io = &mut Io {
            input: Stereo { left: &[], right: &[] },
            events: Events::NONE,
            output: StereoMut { left: &mut left, right: &mut right },
            events_out: &mut events_out,
        };
        monitor.process(&block, io);
        (left, right)
    }

    fn monitor(always: bool, loops_back: bool) -> (Arc<LiveInput>, Monitor) {
        let input = Arc::new(LiveInput::new(2, 4));
        input.set_loops_back(loops_back);
        let spec = AudioInputSpec { channels: vec![1, 0], always };
        (input.clone(), Monitor::new(spec, Some(input), 4, 100))
    }

    #[test]
    fn pieces_of_a_block_hear_one_after_the_other() {
        let (input, mut monitor) = monitor(true, false);
        input.fill([[1.0, 2.0, 3.0, 4.0].as_slice(), &[5.0, 6.0, 7.0, 8.0]].into_iter(), 4, false);
        assert_eq!(heard(&mut monitor, 1, false), (vec![5.0], vec![1.0]));
        assert_eq!(heard(&mut monitor, 3, false), (vec![6.0, 7.0, 8.0], vec![2.0, 3.0, 4.0]));
    }

    #[test]
    fn automatic_monitoring_is_silent_while_the_song_plays_and_is_not_recorded() {
        let (input, mut monitor) = monitor(false, false);
        let loud = || [[1.0; 4].as_slice(), &[1.0; 4]].into_iter();
        input.fill(loud(), 4, false);
        assert_eq!(heard(&mut monitor, 4, false).0, [1.0; 4]);
        input.fill(loud(), 4, false);
        assert_eq!(heard(&mut monitor, 4, true).0, [0.0; 4]);
        input.fill(loud(), 4, true);
        assert_eq!(heard(&mut monitor, 4, true).0, [1.0; 4]);
    }

    #[test]
    fn what_loops_back_is_not_heard_by_itself() {
        let (input, mut monitor) = monitor(false, true);
        input.fill([[1.0; 4].as_slice(), &[1.0; 4]].into_iter(), 4, true);
        assert_eq!(heard(&mut monitor, 4, false).0, [0.0; 4]);
    }
}
