//! What every [`Node`] must fulfil, as a suite to run over any of them, here or in another process.
//!
//! Call [`check`] from a test whose binary says [`signal_rt::guard_allocations!`], so that an allocation in `process` aborts it. It
//! panics with what was broken.

use signal_rt::audio_scope;

use crate::event::{Event, EventBody, EventBuffer};
use crate::node::{Block, Deadline, Io, Node, ParameterChange, Stereo, StereoMut};
use crate::offline::BlockSizes;
use crate::timeline::Timeline;

/// The largest block of the suite.
pub const MAX_FRAMES: usize = 512;

/// Frames of sound and notes that a node is given.
const STIMULUS_FRAMES: usize = 12_000;

/// Where parameters change: every cut of time has a block that begins here. No power of two divides it, so that a node
/// that moves on in steps of its own is met between two of them.
const CHANGE_FRAME: usize = 4_099;

/// A node under test, and what it promises.
pub struct Subject<'a> {
    /// Makes a new one, for 48 kHz and blocks of up to [`MAX_FRAMES`], with its content.
    pub make: &'a mut dyn FnMut() -> Box<dyn Node>,
    /// Whether it is given sound.
    pub audio_in: bool,
    /// Whether it gives sound.
    pub audio_out: bool,
    /// Whether it is given notes.
    pub notes_in: bool,
    /// Whether the same bits come out however time is cut: true for built-ins (E11).
    pub split_invariant: bool,
    /// Frames after the end of its input, or of its content, until it is silent.
    pub tail_frames: usize,
    /// Values to set in mid-sound, extreme ones among them.
    pub changes: &'a [ParameterChange],
}

impl std::fmt::Debug for Subject<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Subject").field("tail_frames", &self.tail_frames).finish_non_exhaustive()
    }
}

/// What came out of a node.
#[derive(Clone, Debug, Default, PartialEq)]
struct Heard {
    left: Vec<u32>,
    right: Vec<u32>,
    events: Vec<(usize, EventBody)>,
}

/// Runs the whole suite.
///
/// # Panics
/// With what the node broke.
pub fn check(mut subject: Subject<'_>) {
    finite(&mut subject);
    silence_stays_silent(&mut subject);
    reset_is_as_new(&mut subject);
    if subject.split_invariant {
        splits_change_nothing(&mut subject);
    }
}

/// However time is cut into blocks, the bits are the same.
fn splits_change_nothing(subject: &mut Subject<'_>) {
    let cuts = [
        BlockSizes::Fixed(MAX_FRAMES),
        BlockSizes::Fixed(64),
        BlockSizes::Fixed(1),
        BlockSizes::Random { seed: 7, max: MAX_FRAMES },
        BlockSizes::Random { seed: 8, max: 40 },
    ];
    let mut first: Option<Heard> = None;
    for cut in cuts {
        let mut node = (subject.make)();
        node.reset(0);
        let name = format!("{cut:?}");
        let heard = run(&mut *node, subject, Input::Stimulus, cut);
        match &first {
            None => first = Some(heard),
            Some(first) => assert_same(first, &heard, &name),
        }
    }
}

fn assert_same(one: &Heard, other: &Heard, name: &str) {
    assert_eq!(one.events, other.events, "events differ when time is cut by {name}");
    let differs = |one: &[u32], other: &[u32]| one.iter().zip(other).position(|(one, other)| one != other);
    let at = (differs(&one.left, &other.left), differs(&one.right, &other.right));
    assert_eq!(at, (None, None), "the bits differ from these frames on when time is cut by {name}");
}

/// After sound, notes, changes and a reset, a node plays what a new one plays.
fn reset_is_as_new(subject: &mut Subject<'_>) {
    let mut used = (subject.make)();
    used.reset(0);
    run(&mut *used, subject, Input::Stimulus, BlockSizes::Fixed(100));
    used.reset(0);
    let mut new = (subject.make)();
    for change in subject.changes {
        new.set_parameter(change);
    }
    new.reset(0);
    let used = run(&mut *used, subject, Input::Stimulus, BlockSizes::Fixed(128));
    let new = run(&mut *new, subject, Input::Stimulus, BlockSizes::Fixed(128));
    assert_same(&new, &used, "the same blocks, but after a reset");
}

/// No input gives no output, and what was played dies away within the tail.
fn silence_stays_silent(subject: &mut Subject<'_>) {
    let mut node = (subject.make)();
    node.reset(0);
    run(&mut *node, subject, Input::Stimulus, BlockSizes::Fixed(256));
    let frames = subject.tail_frames;
    run_frames(&mut *node, subject, Input::Silence, BlockSizes::Fixed(256), frames);
    let rest = run_frames(&mut *node, subject, Input::Silence, BlockSizes::Fixed(256), 2_000);
    let silent = |channel: &[u32]| channel.iter().all(|bits| f32::from_bits(*bits).abs() < 1e-6);
    assert!(silent(&rest.left) && silent(&rest.right), "it sounds on beyond its tail");
    assert!(rest.events.is_empty(), "it gives events although nothing happens");
}

/// Whatever goes in, numbers come out.
fn finite(subject: &mut Subject<'_>) {
    for input in [Input::Stimulus, Input::Loud] {
        let mut node = (subject.make)();
        node.reset(0);
        let heard = run(&mut *node, subject, input, BlockSizes::Fixed(300));
        let finite = |channel: &[u32]| channel.iter().all(|bits| f32::from_bits(*bits).is_finite());
        assert!(finite(&heard.left) && finite(&heard.right), "it gives what is no number");
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Stimulus,
    /// A thousand times full scale.
    Loud,
    Silence,
}

fn run(node: &mut dyn Node, subject: &Subject<'_>, input: Input, sizes: BlockSizes) -> Heard {
    run_frames(node, subject, input, sizes, STIMULUS_FRAMES)
}

fn run_frames(
    node: &mut dyn Node,
    subject: &Subject<'_>,
    input: Input,
    sizes: BlockSizes,
    frames: usize,
) -> Heard {
    let timeline = Timeline::constant(48_000);
    let mut rig = Rig::new(subject, input);
    let mut done = 0;
    for size in sizes {
        if done == frames {
            break;
        }
        if done == CHANGE_FRAME && input != Input::Silence {
            subject.changes.iter().for_each(|change| node.set_parameter(change));
        }
        let mut size = size.min(frames - done);
        if done < CHANGE_FRAME {
            size = size.min(CHANGE_FRAME - done);
        }
        let block = Block {
            frames: size,
            position: done as i64,
            steady: done as u64,
            playing: input != Input::Silence,
            jumped: false,
            offline: true,
            deadline: Deadline::NONE,
            timeline: &timeline,
        };
        rig.block(node, &block, done);
        done += size;
    }
    rig.heard
}

/// Feeds a node and keeps what comes out.
struct Rig {
    audio: bool,
    audio_out: bool,
    notes: bool,
    input: Input,
    channels: [Vec<f32>; 4],
    events: EventBuffer,
    events_out: EventBuffer,
    heard: Heard,
}

impl Rig {
    fn new(subject: &Subject<'_>, input: Input) -> Self {
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

    fn block(&mut self, node: &mut dyn Node, block: &Block<'_>, first: usize) {
        self.prepare(first, block.frames);
        let [left, right, out_left, out_right] = &mut self.channels;
        let frames = block.frames;
        let written = if self.audio_out { frames } else { 0 };
        // A node that leaves out frames is found by the odd value.
        out_left.fill(f32::NAN);
        out_right.fill(f32::NAN);
        let input = Stereo { left: &left[..frames], right: &right[..frames] };
        self.events_out.clear();
        audio_scope(|| {
            if node.is_remote() {
                node.submit(block, input, self.events.as_slice());
            }
            let output = StereoMut { left: &mut out_left[..written], right: &mut out_right[..written] };
            let events = self.events.as_slice();
            node.process(block, &mut Io { input, events, output, events_out: &mut self.events_out });
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
