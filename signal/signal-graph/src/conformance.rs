//! What every [`Node`] must fulfil, as a suite to run over any of them, here or in another process.
//!
//! Call [`check`] from a test whose binary says [`signal_rt::guard_allocations!`], so that an allocation in `process` aborts it. It
//! panics with what was broken.

mod rig;
mod script;

use crate::node::{Block, Deadline, Node, ParameterChange};
use crate::offline::BlockSizes;
use crate::timeline::Timeline;
use rig::{Heard, Input, Rig};
use script::{CHANGE_FRAME, Script};

/// The largest block of the suite.
pub const MAX_FRAMES: usize = 512;

/// Frames of sound and notes that a node is given.
const STIMULUS_FRAMES: usize = 12_000;

/// Frames of changes before which it is looked whether anything is heard.
const MOST_LOOKED_AT: usize = 8;

/// A node under test, and what it promises.
pub struct Subject<'a> {
    /// Makes a new one, for blocks of up to [`MAX_FRAMES`], with its content.
    pub make: &'a mut dyn FnMut() -> Box<dyn Node>,
    /// Hertz that it is made for.
    pub sample_rate: u32,
    /// Whether it is given sound.
    pub audio_in: bool,
    /// Whether it gives sound.
    pub audio_out: bool,
    /// Whether it is given notes.
    pub notes_in: bool,
    /// Whether the same bits come out however time is cut: true for built-ins (E11).
    pub split_invariant: bool,
    /// Frames after the end of its input, or of its content, until it is silent. None: so long that nobody waits for it.
    pub tail_frames: Option<usize>,
    /// Values to set in mid-sound, extreme ones among them. The suite chooses the frames.
    pub changes: &'a [ParameterChange],
    /// Values that are heard from the very frame on at which they are set, each alone: where the node delays, at most as
    /// much later.
    pub prompt: &'a [ParameterChange],
}

impl std::fmt::Debug for Subject<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Subject").field("tail_frames", &self.tail_frames).finish_non_exhaustive()
    }
}

/// Runs the whole suite.
///
/// # Panics
/// With what the node broke.
pub fn check(mut subject: Subject<'_>) {
    let script = Script::of(subject.changes, subject.split_invariant);
    finite(&mut subject, &script);
    silence_stays_silent(&mut subject, &script);
    reset_is_as_new(&mut subject, &script);
    changes_act_from_their_frame_on(&mut subject, &script);
    if subject.split_invariant {
        splits_change_nothing(&mut subject, &script);
    }
}

/// However time is cut into blocks, the bits are the same: also where blocks begin wherever a parameter changes, and it is
/// set before them.
fn splits_change_nothing(subject: &mut Subject<'_>, script: &Script) {
    let cuts = [
        BlockSizes::Fixed(MAX_FRAMES),
        BlockSizes::Fixed(64),
        BlockSizes::Fixed(1),
        BlockSizes::Random { seed: 7, max: MAX_FRAMES },
        BlockSizes::Random { seed: 8, max: 40 },
    ];
    let between = run_new(subject, Input::Stimulus, Changes::BetweenBlocks(script), cuts[0].clone());
    for cut in cuts {
        let name = format!("{cut:?}");
        let heard = run_new(subject, Input::Stimulus, Changes::InBlocks(script), cut);
        assert_same(&between, &heard, &name);
    }
}

fn assert_same(one: &Heard, other: &Heard, name: &str) {
    assert_eq!(one.events, other.events, "events differ when time is cut by {name}");
    assert_eq!(one.differs(other), None, "the bits differ from this frame on when time is cut by {name}");
    assert_eq!(one.left.len(), other.left.len());
}

/// A change is heard from its frame on, and not before.
fn changes_act_from_their_frame_on(subject: &mut Subject<'_>, script: &Script) {
    let cut = || BlockSizes::Random { seed: 9, max: MAX_FRAMES };
    let whole = run_new(subject, Input::Stimulus, Changes::InBlocks(script), cut());
    let mut frames: Vec<usize> = script.frames().filter(|frame| *frame <= CHANGE_FRAME).collect();
    frames.dedup();
    let apart = frames.len().div_ceil(MOST_LOOKED_AT).max(1);
    for frame in frames.into_iter().rev().step_by(apart) {
        let without = script.before(frame);
        let mut node = (subject.make)();
        node.reset(0);
        let changes = Changes::InBlocks(&without);
        let heard = run_frames(&mut *node, subject, Input::Stimulus, changes, cut(), frame + 1);
        let differs = whole.differs(&heard).unwrap_or(frame);
        assert!(differs >= frame, "what changes at {frame} is heard at {differs}");
    }
    if subject.prompt.is_empty() {
        return;
    }
    let plain = run_new(subject, Input::Stimulus, Changes::InBlocks(&Script::default()), cut());
    for change in subject.prompt {
        let script = Script::one(CHANGE_FRAME, *change);
        let heard = run_new(subject, Input::Stimulus, Changes::InBlocks(&script), cut());
        let differs = plain.differs(&heard);
        let latency = (subject.make)().latency() as usize;
        let prompt = CHANGE_FRAME..=CHANGE_FRAME + latency;
        assert!(
            differs.is_some_and(|frame| prompt.contains(&frame)),
            "{change:?} at {CHANGE_FRAME} is heard at {differs:?}"
        );
    }
}

/// After sound, notes, changes and a reset, a node plays what a new one plays.
fn reset_is_as_new(subject: &mut Subject<'_>, script: &Script) {
    let mut used = (subject.make)();
    used.reset(0);
    let changes = Changes::InBlocks(script);
    run(&mut *used, subject, Input::Stimulus, changes, BlockSizes::Fixed(100));
    used.reset(0);
    let mut new = (subject.make)();
    script.changes().for_each(|change| new.set_parameter(change));
    new.reset(0);
    let used = run(&mut *used, subject, Input::Stimulus, changes, BlockSizes::Fixed(128));
    let new = run(&mut *new, subject, Input::Stimulus, changes, BlockSizes::Fixed(128));
    assert_same(&new, &used, "the same blocks, but after a reset");
}

/// No input gives no output, and what was played dies away within the tail.
fn silence_stays_silent(subject: &mut Subject<'_>, script: &Script) {
    let Some(tail) = subject.tail_frames else { return };
    let mut node = (subject.make)();
    node.reset(0);
    let (changes, none) = (Changes::InBlocks(script), Script::default());
    run(&mut *node, subject, Input::Stimulus, changes, BlockSizes::Fixed(256));
    let mut silence = |frames| {
        let changes = Changes::InBlocks(&none);
        run_frames(&mut *node, subject, Input::Silence, changes, BlockSizes::Fixed(256), frames)
    };
    silence(tail);
    let rest = silence(2_000);
    let silent = |channel: &[u32]| channel.iter().all(|bits| f32::from_bits(*bits).abs() < 1e-6);
    assert!(silent(&rest.left) && silent(&rest.right), "it sounds on beyond its tail");
    assert!(rest.events.is_empty(), "it gives events although nothing happens");
}

/// Whatever goes in, numbers come out.
fn finite(subject: &mut Subject<'_>, script: &Script) {
    for input in [Input::Stimulus, Input::Loud] {
        let heard = run_new(subject, input, Changes::InBlocks(script), BlockSizes::Fixed(300));
        let finite = |channel: &[u32]| channel.iter().all(|bits| f32::from_bits(*bits).is_finite());
        assert!(finite(&heard.left) && finite(&heard.right), "it gives what is no number");
    }
}

/// How changes reach the node.
#[derive(Clone, Copy)]
enum Changes<'a> {
    /// At frames of blocks.
    InBlocks(&'a Script),
    /// Before a block that begins there.
    BetweenBlocks(&'a Script),
}

fn run_new(subject: &mut Subject<'_>, input: Input, changes: Changes<'_>, sizes: BlockSizes) -> Heard {
    let mut node = (subject.make)();
    node.reset(0);
    run(&mut *node, subject, input, changes, sizes)
}

fn run(
    node: &mut dyn Node,
    subject: &Subject<'_>,
    input: Input,
    changes: Changes<'_>,
    sizes: BlockSizes,
) -> Heard {
    run_frames(node, subject, input, changes, sizes, STIMULUS_FRAMES)
}

fn run_frames(
    node: &mut dyn Node,
    subject: &Subject<'_>,
    input: Input,
    changes: Changes<'_>,
    sizes: BlockSizes,
    frames: usize,
) -> Heard {
    let timeline = Timeline::constant(subject.sample_rate);
    let mut rig = Rig::new(subject, input);
    let mut events = Vec::new();
    let mut done = 0;
    for size in sizes {
        if done == frames {
            break;
        }
        let mut size = size.min(frames - done);
        match changes {
            Changes::InBlocks(script) => script.events(done, size, &mut events),
            Changes::BetweenBlocks(script) => {
                let next = script.frames().find(|frame| *frame > done);
                size = size.min(next.map_or(size, |next| next - done));
                script.events(done, size, &mut events);
                events.drain(..).for_each(|event| node.set_parameter(&event.change));
            }
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
        rig.block(node, &block, done, &events);
        done += size;
    }
    rig.heard
}
