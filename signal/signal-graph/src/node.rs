//! What every part of the graph implements, whether it computes here or in another process.
//!
//! A node knows neither its neighbours nor the threads it runs on: it is given summed input and writes its own output.

use std::any::Any;
use std::ops::Range;

use crate::change::ParameterEvent;
use crate::event::{Event, EventBuffer, Events};
use crate::timeline::Timeline;

/// The absolute time a block must be finished at, in nanoseconds of `CLOCK_MONOTONIC`. Only remote nodes look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(pub u64);

impl Deadline {
    /// Nobody waits for this block: offline rendering and tests.
    pub const NONE: Self = Self(u64::MAX);
}

/// What a node is told about the stretch of time it computes.
///
/// No loop end, no locate and no change of a built-in's parameter lies inside a block: it is split there.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// At least 1, at most the largest block the graph was compiled for.
    pub frames: usize,
    /// Song position of the first frame, in samples. While stopped: where the playhead rests.
    pub position: i64,
    /// Frames computed since the last reset, before this block. Never jumps.
    pub steady: u64,
    /// Whether the song moves on during this block.
    pub playing: bool,
    /// The position does not follow from the block before: a loop went back to its start.
    pub jumped: bool,
    /// Nobody listens: accuracy counts, not time.
    pub offline: bool,
    /// When the device needs the whole block.
    pub deadline: Deadline,
    /// Tempo and signature of the song.
    pub timeline: &'a Timeline,
}

/// Two channels of equal length to read.
#[derive(Clone, Copy, Debug)]
pub struct Stereo<'a> {
    /// Left.
    pub left: &'a [f32],
    /// Right.
    pub right: &'a [f32],
}

/// Two channels of equal length to write. They hold anything before; a node writes every frame.
#[derive(Debug)]
pub struct StereoMut<'a> {
    /// Left.
    pub left: &'a mut [f32],
    /// Right.
    pub right: &'a mut [f32],
}

impl StereoMut<'_> {
    /// [any] Writes zeros.
    pub fn silence(&mut self) {
        self.left.fill(0.0);
        self.right.fill(0.0);
    }

    /// [any] Writes what `input` holds, which must be of the same length.
    pub fn copy_from(&mut self, input: Stereo<'_>) {
        self.left.copy_from_slice(input.left);
        self.right.copy_from_slice(input.right);
    }
}

/// What goes into and out of a node during one block. Slices are exactly `Block::frames` long.
///
/// A node without audio input reads silence there; one without audio output is given empty slices to write.
#[derive(Debug)]
pub struct Io<'a> {
    /// The sum of everything connected.
    pub input: Stereo<'a>,
    /// Incoming events by ascending offset.
    pub events: Events<'a>,
    /// Audio out.
    pub output: StereoMut<'a>,
    /// Notes out, empty before. A node writes by ascending offset.
    pub events_out: &'a mut EventBuffer,
}

impl Io<'_> {
    /// [audio] The same for a piece of the block: what lies within `frames`, counted from the piece's first.
    pub(crate) fn piece(&mut self, frames: Range<usize>) -> Io<'_> {
        // Nodes without audio output are given empty slices.
        let part = |channel: &mut [f32]| if channel.is_empty() { 0..0 } else { frames.clone() };
        let (left, right) = (part(self.output.left), part(self.output.right));
        self.events_out.begin_piece(frames.start);
        Io {
            input: Stereo {
                left: &self.input.left[frames.clone()],
                right: &self.input.right[frames.clone()],
            },
            events: self.events.piece(&frames),
            output: StereoMut { left: &mut self.output.left[left], right: &mut self.output.right[right] },
            events_out: self.events_out,
        }
    }
}

/// A value from now on, for a strip, a send level or a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParameterChange {
    /// The strip's or send level's node, or the device: a plugin's device names its slot in the chain.
    pub target: u64,
    /// One of the target's own ids, or [`ParameterChange::BYPASS`].
    pub parameter: u32,
    /// In the parameter's own unit.
    pub value: f64,
}

impl ParameterChange {
    /// Every device has it: 1 lets its input through instead, without a click.
    pub const BYPASS: u32 = u32::MAX;
}

/// What a player of regions plays: made by whoever makes the player, and known to both alone.
pub type Content = Box<dyn Any + Send>;

/// A part of the graph. All functions but the two marked run on an audio thread: none of those may block, allocate, free
/// or make a system call that can wait.
///
/// The order of calls for one block: `set_parameter` any number of times, `submit` and `advance` if remote, `process`. A built-in gives the same
/// bits however time is cut into blocks (E11), so where a parameter changes in mid-block, whoever drives it cuts there: see
/// [`process_changing`](crate::process_changing).
pub trait Node: Send {
    /// [audio] Computes `block.frames` frames. A remote node collects here what it was handed in `submit`, waiting at most
    /// until `block.deadline` (offline: a long limit of its own); `io` holds the same input again for the dry signal.
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>);

    /// [audio] Remote nodes: hands the block over and returns at once. All that are ready are submitted before the
    /// built-ins compute, and collected as late as the graph allows. `changes` are by ascending offset; at one frame they
    /// come before its events.
    fn submit(
        &mut self,
        _block: &Block<'_>,
        _input: Stereo<'_>,
        _events: &[Event],
        _changes: &[ParameterEvent],
    ) {
    }

    /// [audio] Remote nodes that pass a block through several processes, one after the other: passes it on as far as they have
    /// answered, without waiting; with `wait`, waits for one of them first, at most until `block.deadline`. Returns whether it
    /// is still to be passed on. Called after `submit`, so that such nodes come on side by side while one is waited for.
    fn advance(&mut self, _block: &Block<'_>, _wait: bool) -> bool {
        false
    }

    /// [audio] A new value. It acts on the first frame of the next `process` (a remote node: `submit`) and on none before.
    /// Steps are smoothed by the node, beginning at that frame; what is no number is ignored or becomes the default.
    fn set_parameter(&mut self, change: &ParameterChange);

    /// [audio] Forgets all sound and all notes; smoothed values arrive at their targets. What follows is bit for bit what a
    /// new node with the same parameters and content gives from `position` on.
    fn reset(&mut self, position: i64);

    /// [audio] New content for a player of regions. The node swaps it with what it has; the old is dropped elsewhere.
    fn swap_content(&mut self, _content: &mut (dyn Any + Send)) {}

    /// [control] Delay of the output against the input, in samples. Asked once, before the node enters a schedule.
    fn latency(&self) -> u32 {
        0
    }

    /// [control] Whether the work is done elsewhere, so that `submit` is worth calling.
    fn is_remote(&self) -> bool {
        false
    }
}
