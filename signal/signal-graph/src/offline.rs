//! Renders a graph without a device, on any number of threads, with the bits a device would hear (E11).
//!
//! It writes no file and loads no sound: whoever renders does that between blocks.

use signal_rt::{Crew, audio_scope};

use crate::change::Changes;
use crate::graph::Change;
use crate::node::{Block, Deadline, Stereo};
use crate::schedule::Schedule;
use crate::spec::NodeId;
use crate::timeline::Timeline;

/// Lengths of the blocks of a render, without end.
#[derive(Clone, Debug)]
pub enum BlockSizes {
    /// All the same; at least 1.
    Fixed(usize),
    /// 1 to `max` frames, always the same for one seed.
    Random {
        /// State of the generator.
        seed: u64,
        /// At least 1.
        max: usize,
    },
}

impl Iterator for BlockSizes {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        match self {
            Self::Fixed(frames) => Some((*frames).max(1)),
            Self::Random { seed, max } => {
                *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
                Some(1 + (scramble(*seed) % (*max).max(1) as u64) as usize)
            }
        }
    }
}

/// The output function of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
fn scramble(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

/// A graph being rendered.
#[derive(Debug)]
pub struct OfflinePlayer {
    schedule: Box<Schedule>,
    timeline: Timeline,
    /// Nothing is played on while a song is rendered.
    changes: Changes,
    crew: Crew,
    position: i64,
    steady: u64,
}

impl OfflinePlayer {
    /// [control] Renders the graph that `change`, the first of a [`Graph`](crate::Graph), made, from song position `from`
    /// on, with `threads` threads. More than one make sense only for a graph compiled in
    /// [`Order::Parallel`](crate::Order::Parallel). None: the change holds no whole graph.
    #[must_use]
    pub fn new(change: Change, from: i64, threads: usize) -> Option<Self> {
        let mut schedule = change.schedule?;
        let timeline = change.timeline?;
        if schedule.fresh.len() != schedule.tasks.len() {
            return None;
        }
        schedule.reset(from);
        let changes = Changes::none();
        Some(Self { schedule, timeline, changes, crew: Crew::new(threads), position: from, steady: 0 })
    }

    /// [control] Samples by which the output comes after the song position: what to drop at the start, and to render on at
    /// the end.
    #[must_use]
    pub fn latency(&self) -> u32 {
        self.schedule.latency()
    }

    /// [control] The same of one node. None: the graph has no such node.
    #[must_use]
    pub fn latency_of(&self, node: NodeId) -> Option<u32> {
        self.schedule.latency_of(node)
    }

    /// [control] Song position of the next frame, in samples. Never loops.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.position
    }

    /// [control] Renders a block of `frames`, at most the largest the graph was compiled for, and gives its output.
    pub fn block(&mut self, frames: usize) -> Stereo<'_> {
        let frames = frames.clamp(1, self.schedule.max_frames());
        let block = Block {
            frames,
            position: self.position,
            steady: self.steady,
            playing: true,
            jumped: false,
            offline: true,
            deadline: Deadline::NONE,
            timeline: &self.timeline,
        };
        if self.crew.is_alone() {
            audio_scope(|| self.schedule.run(&block, &self.changes));
        } else {
            self.schedule.run_with(&block, &self.changes, &mut self.crew);
        }
        self.position += frames as i64;
        self.steady += frames as u64;
        self.schedule.output(frames)
    }
}
