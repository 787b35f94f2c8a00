//! One stretch of a file in the song: fades, loop, direction, and what lies on top of it.
//!
//! Every sample is a function of the song position alone.

use std::ops::Range;
use std::sync::Arc;

use signal_graph::{AudioRegion, FadeCurve, RegionShape, StereoMut};

use super::{EDGE_FRAMES, PcmFile, Scratch};

/// A stretch of a file in the song.
#[derive(Clone, Debug)]
pub struct SoundRegion {
    /// Where it begins to sound.
    pub start: i64,
    /// Where it no longer sounds.
    pub end: i64,
    /// Linear.
    pub gain: f32,
    /// The decoded sound.
    pub file: Arc<PcmFile>,
    /// The frame at `start`.
    offset: i64,
    shape: RegionShape,
}

/// What a region gives at one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sound {
    file: *const PcmFile,
    frame: i64,
    reverse: bool,
    gain_bits: u32,
}

impl Sound {
    /// A number that differs where the sound does (SplitMix64's finaliser, Steele et al. 2014).
    pub(super) fn fingerprint(&self) -> u64 {
        let words = [
            self.file as usize as u64,
            self.frame as u64,
            u64::from(self.gain_bits) << 1 | u64::from(self.reverse),
        ];
        words.iter().fold(0x9e37_79b9_7f4a_7c15, |hash: u64, word| {
            let mixed = (hash ^ word).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb) ^ mixed >> 31
        })
    }
}

impl SoundRegion {
    /// [control] A region of the graph with its file.
    pub(super) fn new(region: &AudioRegion, file: &Arc<PcmFile>) -> Self {
        Self {
            start: region.start,
            end: region.start + region.length,
            gain: region.gain,
            file: Arc::clone(file),
            offset: region.offset,
            shape: region.shape.clone(),
        }
    }

    /// [any] The turn of the loop that a position lies in: its part of the song, and the frame at its beginning.
    fn turn_at(&self, position: i64) -> (Range<i64>, i64) {
        let starts = &self.shape.loop_starts;
        let begun = starts.partition_point(|start| *start <= position);
        let end = starts.get(begun).copied().unwrap_or(self.end);
        match begun.checked_sub(1) {
            Some(turn) => (starts[turn]..end, self.shape.loop_offset),
            None => (self.start..end, self.offset),
        }
    }

    /// [any] The stretches of the file that sound within a part of the song, in the order in which they do. A stretch may reach beyond the file, where there is silence.
    pub(super) fn stretches(&self, part: Range<i64>) -> impl Iterator<Item = Range<i64>> + '_ {
        let end = part.end.min(self.end);
        let mut at = part.start.max(self.start);
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let (turn, offset) = self.turn_at(at);
            let until = turn.end.min(end);
            let first = offset + (at - turn.start);
            let stretch = self.in_file(first, until - at);
            at = until;
            Some(stretch)
        })
    }

    /// [any] Whether the file is read backwards.
    pub(super) fn is_reversed(&self) -> bool {
        self.shape.reverse
    }

    /// The frames of the file that `length` frames of content from `first` on are.
    fn in_file(&self, first: i64, length: i64) -> Range<i64> {
        if self.shape.reverse {
            let end = self.file.frames() as i64 - first;
            end - length..end
        } else {
            first..first + length
        }
    }

    /// [audio] What it gives at a position inside it; `None` where something lies on top of it.
    pub(super) fn sound_at(&self, position: i64) -> Option<Sound> {
        let covered = self.shape.covered.partition_point(|(_, end)| *end <= position);
        if self.shape.covered.get(covered).is_some_and(|(start, _)| *start <= position) {
            return None;
        }
        let (turn, offset) = self.turn_at(position);
        Some(Sound {
            file: Arc::as_ptr(&self.file),
            frame: offset + (position - turn.start),
            reverse: self.shape.reverse,
            gain_bits: (self.gain * self.fade_at(position)).to_bits(),
        })
    }

    /// [audio] Writes what sounds of it from `position` on when play began at `origin`, and silence where it does not. False:
    /// some of it was not in memory.
    pub(super) fn write(&self, position: i64, origin: i64, output: &mut StereoMut<'_>) -> bool {
        let part = self.part_of(position, output.left.len());
        for channel in [&mut *output.left, &mut *output.right] {
            channel[..part.start].fill(0.0);
            channel[part.end..].fill(0.0);
        }
        let from = position + part.start as i64;
        self.sound(from, origin, &mut output.left[part.clone()], &mut output.right[part])
    }

    /// [audio] Adds the same to what is there.
    pub(super) fn add(
        &self,
        position: i64,
        origin: i64,
        output: &mut StereoMut<'_>,
        scratch: &mut Scratch,
    ) -> bool {
        let part = self.part_of(position, output.left.len());
        let (left, right) = (&mut scratch.left[..part.len()], &mut scratch.right[..part.len()]);
        let complete = self.sound(position + part.start as i64, origin, left, right);
        let outputs = [&mut output.left[part.clone()], &mut output.right[part]];
        for (output, input) in outputs.into_iter().zip([&*left, &*right]) {
            for (output, input) in output.iter_mut().zip(input) {
                *output += *input;
            }
        }
        complete
    }

    /// The frames of a block at `position` in which it sounds.
    fn part_of(&self, position: i64, frames: usize) -> Range<usize> {
        let (from, to) = (self.start.max(position), self.end.min(position + frames as i64));
        (from - position) as usize..(to - position) as usize
    }

    fn sound(&self, from: i64, origin: i64, left: &mut [f32], right: &mut [f32]) -> bool {
        let (mut done, mut complete) = (0, true);
        for stretch in self.stretches(from..from + left.len() as i64) {
            let length = (stretch.end - stretch.start) as usize;
            let (left, right) = (&mut left[done..done + length], &mut right[done..done + length]);
            complete &= self.file.read(stretch.start, self.gain, left, right);
            if self.shape.reverse {
                left.reverse();
                right.reverse();
            }
            done += length;
        }
        self.shape_sound(from, origin, left, right);
        complete
    }

    /// Fades, and silence under what lies on top. Zero has no sign.
    fn shape_sound(&self, from: i64, origin: i64, left: &mut [f32], right: &mut [f32]) {
        let to = from + left.len() as i64;
        let mut scale = |part: Range<i64>, gain: &dyn Fn(i64) -> f32| {
            for at in part.start.max(from)..part.end.min(to) {
                let gain = gain(at);
                for sample in [&mut left[(at - from) as usize], &mut right[(at - from) as usize]] {
                    *sample = 0.0 + *sample * gain;
                }
            }
        };
        let shape = &self.shape;
        scale(self.start..self.start + shape.fade_in, &|at| self.fade_in_at(at));
        scale(self.end - shape.fade_out..self.end, &|at| self.fade_out_at(at));
        if origin > self.start {
            let whole = EDGE_FRAMES as i64 + 1;
            scale(origin..origin + EDGE_FRAMES as i64, &|at| (at - origin + 1) as f32 / whole as f32);
        }
        let first = shape.covered.partition_point(|(_, end)| *end <= from);
        for (start, end) in shape.covered[first..].iter().take_while(|(start, _)| *start < to) {
            scale(*start..*end, &|_| 0.0);
        }
    }

    fn fade_at(&self, position: i64) -> f32 {
        let fade_in =
            if position < self.start + self.shape.fade_in { self.fade_in_at(position) } else { 1.0 };
        let fade_out =
            if position >= self.end - self.shape.fade_out { self.fade_out_at(position) } else { 1.0 };
        fade_in * fade_out
    }

    fn fade_in_at(&self, position: i64) -> f32 {
        curve(self.shape.fade_in_curve, position - self.start, self.shape.fade_in)
    }

    fn fade_out_at(&self, position: i64) -> f32 {
        curve(self.shape.fade_out_curve, self.end - position, self.shape.fade_out)
    }
}

/// The gain `distance` frames away from the silent end of a fade.
fn curve(curve: FadeCurve, distance: i64, length: i64) -> f32 {
    let t = distance as f64 / length as f64;
    let gain = match curve {
        FadeCurve::Linear => t,
        FadeCurve::EqualPower => libm::sin(std::f64::consts::FRAC_PI_2 * t),
        FadeCurve::SCurve => t * t * (3.0 - 2.0 * t),
    };
    gain as f32
}
