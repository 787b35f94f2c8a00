//! A place in a sound that moves at any speed: forwards or backwards, once or in a loop.
//!
//! Positions are whole numbers of 2^-32 frames, counted in the direction of play from where it begins, so that they do not
//! depend on blocks (E11). Where a loop turns without a cross-fade, the interpolation reads across the seam as if the sound
//! went on there.

use super::Sample;
use super::kernel::{BEFORE, Kernels, TAPS, apply};

/// Where a sound is cut off before its end, it fades over so many frames.
const CUT_FRAMES: i64 = 48;

/// Whether a sound repeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Looping {
    /// To its end, once.
    #[default]
    Off,
    /// From the loop's end to its start.
    Forward,
    /// There and back.
    PingPong,
}

/// Which part of a sound is played, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// First frame of the sound.
    start: i64,
    /// Frames played; at least 1.
    frames: i64,
    reverse: bool,
    looping: Looping,
    /// Frames after the beginning of play; `loop_start < loop_end <= frames`.
    loop_start: i64,
    loop_end: i64,
    /// Frames of the cross-fade before the loop's end.
    fade: i64,
    /// It ends where the sound itself does not.
    is_cut: bool,
}

impl Span {
    /// [audio] Of a sound of `frames`: places as parts of the whole from 0 to 1, in the order of the sound; `fade` in frames.
    /// Whatever the numbers, the result can be played.
    #[must_use]
    pub fn new(frames: usize, [start, end]: [f64; 2], reverse: bool) -> Self {
        let place = |part: f64| (part * frames as f64) as i64;
        let start = place(start).clamp(0, (frames as i64 - 1).max(0));
        let end = place(end).clamp(start + 1, (frames as i64).max(start + 1));
        let is_cut = if reverse { start > 0 } else { end < frames as i64 };
        let (looping, frames) = (Looping::Off, end - start);
        Self { start, frames, reverse, looping, loop_start: 0, loop_end: frames, fade: 0, is_cut }
    }

    /// [audio] The same in a loop, whose places are parts of the played stretch in the order of play.
    #[must_use]
    pub fn looped(mut self, looping: Looping, [start, end]: [f64; 2], fade: i64) -> Self {
        let place = |part: f64| (part * self.frames as f64) as i64;
        self.loop_start = place(start).clamp(0, self.frames - 1);
        self.loop_end = place(end).clamp(self.loop_start + 1, self.frames);
        self.looping = looping;
        let longest = self.loop_start.min(self.loop_end - self.loop_start);
        self.fade = if looping == Looping::Forward { fade.clamp(0, longest) } else { 0 };
        self
    }

    fn loop_frames(&self) -> i64 {
        self.loop_end - self.loop_start
    }

    /// The frame of the sound that is heard at a frame of play.
    fn frame(&self, at: i64, has_looped: bool) -> Option<i64> {
        let within = at - self.loop_start;
        let outside = at >= self.loop_end || (has_looped && within < 0);
        let at = match self.looping {
            Looping::Forward if outside && self.fade == 0 => {
                self.loop_start + within.rem_euclid(self.loop_frames())
            }
            Looping::PingPong if outside => {
                let back = within.rem_euclid(2 * self.loop_frames());
                self.loop_start + back.min(2 * self.loop_frames() - 1 - back)
            }
            _ => at,
        };
        let frame = if self.reverse { self.start + self.frames - 1 - at } else { self.start + at };
        // What lies beside the played stretch belongs to the sound: only its own ends are silence.
        (frame >= 0).then_some(frame)
    }
}

/// A place in a sound.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    position: i64,
    has_looped: bool,
}

impl Cursor {
    /// [audio] Whether the end has been passed.
    #[must_use]
    pub fn is_over(&self, span: &Span) -> bool {
        span.looping == Looping::Off && self.position >= span.frames << 32
    }

    /// [audio] Moves on by `step`, in 2^-32 frames.
    pub fn advance(&mut self, span: &Span, step: i64) {
        self.position = self.position.saturating_add(step);
        let period = match span.looping {
            Looping::Off => return,
            Looping::Forward => span.loop_frames() << 32,
            Looping::PingPong => (2 * span.loop_frames()) << 32,
        };
        let start = span.loop_start << 32;
        if self.position >= start + period {
            self.position = start + (self.position - start) % period;
            self.has_looped = true;
        }
    }

    /// [audio] The sound here, read for a speed of `step`.
    #[must_use]
    pub fn read(&self, sample: &Sample, span: &Span, step: i64) -> [f32; 2] {
        let here = self.read_at(self.position, sample, span, step);
        let edge = (span.loop_end << 32) - self.position;
        if span.fade > 0 && edge < span.fade << 32 && edge > 0 {
            let before = self.read_at(self.position - (span.loop_frames() << 32), sample, span, step);
            let part = 1.0 - edge as f32 / (span.fade << 32) as f32;
            return [0, 1].map(|side| here[side] + part * (before[side] - here[side]));
        }
        let left = (span.frames << 32) - self.position;
        if span.looping == Looping::Off && span.is_cut && left < CUT_FRAMES << 32 {
            let part = left.max(0) as f32 / (CUT_FRAMES << 32) as f32;
            return here.map(|sample| part * sample);
        }
        here
    }

    fn read_at(&self, position: i64, sample: &Sample, span: &Span, step: i64) -> [f32; 2] {
        let step = step.unsigned_abs();
        let wanted = (step >> 32).checked_ilog2().unwrap_or(0) as usize;
        let level = wanted.min(sample.octaves.len() - 1);
        let octave = &sample.octaves[level];
        let first = (position >> level >> 32) - BEFORE;
        let fraction = (position >> level) as u32;
        let row = Kernels::shared().row(step >> level, fraction);
        if let Some([left, right]) = self.in_place(octave, span, first, level) {
            return [apply(&row, left), apply(&row, right)];
        }
        let (mut left, mut right) = ([0.0; TAPS], [0.0; TAPS]);
        for tap in 0..TAPS {
            let at = (first + tap as i64) << level;
            let Some(frame) = span.frame(at, self.has_looped) else { continue };
            let frame = (frame >> level) as usize;
            left[tap] = octave.left.get(frame).copied().unwrap_or(0.0);
            right[tap] = octave.right.get(frame).copied().unwrap_or(0.0);
        }
        [apply(&row, &left), apply(&row, &right)]
    }

    /// The samples as they lie in memory, where no seam, end or turn is among them.
    fn in_place<'a>(
        &self,
        octave: &'a super::Octave,
        span: &Span,
        first: i64,
        level: usize,
    ) -> Option<[&'a [f32; TAPS]; 2]> {
        let (from, to) = (first << level, (first + TAPS as i64) << level);
        let seam = span.looping != Looping::Off && span.fade == 0;
        let crosses = seam && (to > span.loop_end || (self.has_looped && from < span.loop_start));
        if span.reverse || crosses || (level > 0 && span.start & ((1 << level) - 1) != 0) {
            return None;
        }
        let begin = usize::try_from(first + (span.start >> level)).ok()?;
        let channel = |samples: &'a [f32]| samples.get(begin..begin + TAPS)?.first_chunk::<TAPS>();
        Some([channel(&octave.left)?, channel(&octave.right)?])
    }
}
