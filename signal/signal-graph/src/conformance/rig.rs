//! What a node under test is given, and what came out of it.

use signal_rt::audio_scope;

use super::{MAX_FRAMES, Subject};
use crate::change::{ParameterEvent, process_changing};
use crate::event::{Event, EventBody, EventBuffer};
use crate::node::{Block, Io, Node, Stereo, StereoMut};

/// What came out of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Heard {
    pub left: Vec<u32>,
    pub right: Vec<u32>,
    pub events: Vec<(usize, EventBody)>,
}

impl Heard {
    /// The first frame from which on the bits are others. None: they are the same.
    pub fn differs(&self, other: &Self) -> Option<usize> {
        let differs =
            |one: &[u32], other: &[u32]| one.iter().zip(other).position(|(one, other)| one != other);
        let sides = [differs(&self.left, &other.left), differs(&self.right, &other.right)];
        sides.into_iter().flatten().min()
    }
}

/// What goes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Stimulus,
    /// A thousand times full scale.
    Loud,
    Silence,
}

/// Feeds a node and keeps what comes out.
pub(super) struct Rig {
    audio: bool,
    audio_out: bool,
    notes: bool,
    input: Input,
    channels: [Vec<f32>; 4],
    events: EventBuffer,
    events_out: EventBuffer,
    pub heard: Heard,
}

impl Rig {
    pub fn new(subject: &Subject<'_>, input: Input) -> Self {
        let channel = || vec![0.0; MAX_FRAMES];
        Self {
            audio: subject.audio_in,
            audio_out: subject.audio_out,
            notes: subject.notes_in,
            input,
            channels: [channel(), channel(), channel(), channel()],
            events: EventBuffer::new(),
            events_out: EventBuffer::new(),
            heard: Heard::default(),
        }
    }

    /// One block, which begins with frame `first` of the stimulus.
    pub fn block(
        &mut self,
        node: &mut dyn Node,
        block: &Block<'_>,
        first: usize,
        changes: &[ParameterEvent],
    ) {
        self.prepare(first, block.frames);
        let [left, right, out_left, out_right] = &mut self.channels;
        let frames = block.frames;
        let written = if self.audio_out { frames } else { 0 };
        // A node that leaves out frames is found by the odd value.
        out_left.fill(f32::NAN);
        out_right.fill(f32::NAN);
        let input = Stereo { left: &left[..frames], right: &right[..frames] };
        self.events_out.clear();
        let events = self.events.as_slice();
        let output = StereoMut { left: &mut out_left[..written], right: &mut out_right[..written] };
        let io = &mut Io { input, events: events.into(), output, events_out: &mut self.events_out };
        audio_scope(|| {
            if node.is_remote() {
                node.submit(block, input, events, changes);
                node.process(block, io);
            } else {
                process_changing(node, block, io, changes);
            }
        });
        self.heard.left.extend(out_left[..written].iter().map(|sample| sample.to_bits()));
        self.heard.right.extend(out_right[..written].iter().map(|sample| sample.to_bits()));
        let events = self.events_out.as_slice();
        self.heard.events.extend(events.iter().map(|event| (first + event.offset as usize, event.body)));
    }

    fn prepare(&mut self, first: usize, frames: usize) {
        let scale = match self.input {
            Input::Stimulus => 0.5,
            Input::Loud => 1000.0,
            Input::Silence => 0.0,
        };
        for frame in 0..if self.audio { frames } else { 0 } {
            self.channels[0][frame] = scale * noise(first + frame);
            self.channels[1][frame] = scale * noise(first + frame + 1_000_000);
        }
        self.events.clear();
        if !self.notes {
            return;
        }
        if self.input == Input::Silence {
            if first == 0 {
                self.events.push(Event { offset: 0, body: EventBody::AllNotesOff });
            }
            return;
        }
        for (at, body) in melody() {
            if (first..first + frames).contains(&at) {
                self.events.push(Event { offset: (at - first) as u32, body });
            }
        }
    }
}

/// White noise that is a function of the frame.
fn noise(frame: usize) -> f32 {
    let mixed = (frame as u32).wrapping_mul(0x9E37_79B1);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA77);
    (mixed ^ (mixed >> 13)) as i32 as f32 / 2_147_483_648.0
}

/// Forty overlapping notes, a bend, a wheel and a pedal, at odd places.
fn melody() -> Vec<(usize, EventBody)> {
    let mut events = vec![
        (0, EventBody::Midi([0xE0, 0, 80])),
        (0, EventBody::Midi([0xB0, 1, 100])),
        (5_003, EventBody::Midi([0xB0, 64, 127])),
        (9_001, EventBody::Midi([0xB0, 64, 0])),
    ];
    for number in 0..40_u8 {
        let (note, pitch) = (u64::from(number) + 1, 30 + number.wrapping_mul(7) % 70);
        let (start, length) = (usize::from(number) * 211, 1_500 + usize::from(number) * 37);
        let velocity = 0.2 + f32::from(number % 5) * 0.2;
        events.push((start, EventBody::NoteOn { note, channel: 0, pitch, velocity }));
        events.push((start + length, EventBody::NoteOff { note, channel: 0, pitch, velocity }));
    }
    events.sort_by_key(|(at, _)| *at);
    events
}
