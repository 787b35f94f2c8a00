//! Plays audio regions from decoded files, without ever waiting for a disk.
//!
//! Every gain and fade is a function of the song position, so the bits do not depend on where blocks begin.

mod content;
mod file;
mod layout;
mod library;
mod region;

pub use content::SoundContent;
pub use file::{CHUNK_FRAMES, PcmFile, PcmFileError};
pub use library::{Library, ReadAhead};
pub use region::SoundRegion;

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use signal_graph::{Block, Io, Node, ParameterChange, StereoMut};

/// The fade where play begins or leaves in the middle of a region, in samples. A region's own edges are left as they are.
pub(crate) const EDGE_FRAMES: usize = 32;

/// The fade where the song stops, in samples.
const STOP_FRAMES: usize = 240;

/// Blocks in which a player had to be silent because the disk was late.
#[derive(Debug, Default)]
pub struct DiskLate(AtomicU64);

impl DiskLate {
    /// [any] How many, since it was made.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The player of one track's audio.
#[derive(Debug)]
pub struct SoundPlayer {
    content: SoundContent,
    /// Where play began: what is under way there fades in.
    origin: i64,
    /// Position of the next block while playing.
    next: Option<i64>,
    leaving: Leaving,
    scratch: Scratch,
    late: Arc<DiskLate>,
}

/// Room for one region's part of a block.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub left: Box<[f32]>,
    pub right: Box<[f32]>,
}

/// What would have come next where the song was left, fading out under what comes instead.
#[derive(Debug)]
struct Leaving {
    left: [f32; STOP_FRAMES],
    right: [f32; STOP_FRAMES],
    done: usize,
    length: usize,
}

impl SoundPlayer {
    /// [control] A player for blocks of up to `max_frames` that counts in `late`.
    #[must_use]
    pub fn new(max_frames: usize, late: Arc<DiskLate>) -> Self {
        let room = || vec![0.0; max_frames.max(STOP_FRAMES)].into_boxed_slice();
        Self {
            content: SoundContent::default(),
            origin: 0,
            next: None,
            leaving: Leaving { left: [0.0; STOP_FRAMES], right: [0.0; STOP_FRAMES], done: 0, length: 0 },
            scratch: Scratch { left: room(), right: room() },
            late,
        }
    }

    /// Takes what follows at `position` into the fade.
    fn leave(&mut self, position: i64, frames: usize) {
        let leaving = &mut self.leaving;
        let mut output = StereoMut { left: &mut leaving.left[..frames], right: &mut leaving.right[..frames] };
        self.content.write(position, self.origin, &mut output, &mut self.scratch);
        for frame in 0..frames {
            let gain = (frames - frame) as f32 / (frames + 1) as f32;
            leaving.left[frame] *= gain;
            leaving.right[frame] *= gain;
        }
        (leaving.done, leaving.length) = (0, frames);
    }
}

impl Leaving {
    fn add(&mut self, output: &mut StereoMut<'_>) {
        let frames = (self.length - self.done).min(output.left.len());
        for frame in 0..frames {
            output.left[frame] += self.left[self.done + frame];
            output.right[frame] += self.right[self.done + frame];
        }
        self.done += frames;
    }
}

impl Node for SoundPlayer {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        if let Some(expected) = self.next {
            if !block.playing {
                self.leave(expected, STOP_FRAMES);
                self.next = None;
            } else if block.jumped || expected != block.position {
                self.leave(expected, EDGE_FRAMES);
                self.origin = block.position;
            }
        } else if block.playing {
            self.origin = block.position;
        }
        if block.playing {
            let complete = self.content.write(block.position, self.origin, &mut io.output, &mut self.scratch);
            if !complete {
                self.late.0.fetch_add(1, Ordering::Relaxed);
            }
            self.next = Some(block.position + block.frames as i64);
        } else {
            io.output.silence();
        }
        self.leaving.add(&mut io.output);
    }

    fn set_parameter(&mut self, _change: &ParameterChange) {}

    fn reset(&mut self, position: i64) {
        self.origin = position;
        self.next = None;
        self.leaving.length = self.leaving.done;
    }

    fn swap_content(&mut self, content: &mut (dyn Any + Send)) {
        let Some(content) = content.downcast_mut::<SoundContent>() else { return };
        if let Some(next) = self.next
            && !self.content.sounds_like(content, next)
        {
            self.leave(next, EDGE_FRAMES);
            self.origin = next;
        }
        std::mem::swap(&mut self.content, content);
    }
}
