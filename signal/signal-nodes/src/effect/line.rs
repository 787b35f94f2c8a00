//! A delay line, and a place in it that moves without a click.

use crate::effect::settle;

/// The last samples of a channel.
#[derive(Debug)]
pub struct DelayLine {
    past: Box<[f32]>,
    /// Where the next sample goes.
    next: usize,
}

impl DelayLine {
    /// [control] Can be read up to `longest` samples back, and two more for what lies between samples.
    pub fn new(longest: usize) -> Self {
        let length = (longest + 4).next_power_of_two();
        Self { past: vec![0.0; length].into_boxed_slice(), next: 0 }
    }

    /// [audio] The sample written `back` calls before the last: 0 is the last.
    pub fn read(&self, back: usize) -> f32 {
        self.past[self.next.wrapping_sub(back + 1) & (self.past.len() - 1)]
    }

    /// [audio] The wave `back + later` samples before the last, `back` at least 1, by the cubic through four samples
    /// (Catmull and Rom); it is exact on samples.
    pub fn read_between(&self, back: usize, later: f32) -> f32 {
        let whole = back + later as usize;
        let part = later - (later as usize) as f32;
        let [newer, here, older, oldest] =
            [self.read(whole - 1), self.read(whole), self.read(whole + 1), self.read(whole + 2)];
        let slope = 0.5 * (older - newer);
        let bend = newer - 2.5 * here + 2.0 * older - 0.5 * oldest;
        let twist = 0.5 * (oldest - newer) + 1.5 * (here - older);
        ((twist * part + bend) * part + slope) * part + here
    }

    /// [audio] Adds a sample.
    pub fn write(&mut self, sample: f32) {
        self.past[self.next] = settle(sample);
        self.next = (self.next + 1) & (self.past.len() - 1);
    }

    /// [audio] Silence.
    pub fn clear(&mut self) {
        self.past.fill(0.0);
        self.next = 0;
    }
}

/// A distance in a delay line. It jumps by a cross-fade, so that neither a click nor a glide is heard; while one is going
/// on, a new target waits.
#[derive(Clone, Copy, Debug)]
pub struct Tap {
    from: usize,
    to: usize,
    target: usize,
    /// Samples of the cross-fade that are left.
    left: u32,
    length: u32,
}

/// A tap at one sample: two distances and how much of the second is heard.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// Samples back, where the tap was.
    pub from: usize,
    /// Samples back, where it goes.
    pub to: usize,
    /// 1: it has arrived.
    pub share: f32,
}

impl Tap {
    /// [control] Rests at `distance`; a jump takes `fade` samples.
    pub fn new(distance: usize, fade: u32) -> Self {
        Self { from: distance, to: distance, target: distance, left: 0, length: fade.max(1) }
    }

    /// [audio] Where to go.
    pub fn aim(&mut self, distance: usize, at_once: bool) {
        self.target = distance;
        if at_once {
            (self.from, self.to, self.left) = (distance, distance, 0);
        }
    }

    /// [any] Where it goes, or is.
    pub fn distance(&self) -> usize {
        self.to
    }

    /// [audio] Moves on by a sample.
    pub fn advance(&mut self) -> Places {
        if self.left > 0 {
            self.left -= 1;
        }
        if self.left == 0 {
            self.from = self.to;
            if self.target != self.to {
                self.to = self.target;
                // The first sample is on its way already.
                self.left = self.length - 1;
            }
        }
        let share = 1.0 - self.left as f32 / self.length as f32;
        Places { from: self.from, to: self.to, share }
    }
}

impl Places {
    /// [audio] Reads a line at both places.
    pub fn read(&self, read: impl Fn(usize) -> f32) -> f32 {
        let to = read(self.to);
        if self.share == 1.0 {
            return to;
        }
        let from = read(self.from);
        from + self.share * (to - from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_gives_back_what_was_written_and_what_lies_between() {
        let mut line = DelayLine::new(10);
        (0..40_u8).for_each(|sample| line.write(f32::from(sample)));
        assert_eq!((line.read(0), line.read(10)), (39.0, 29.0));
        assert_eq!((line.read_between(1, 0.0), line.read_between(2, 1.25)), (38.0, 35.75));
    }

    #[test]
    fn tap_goes_in_small_steps_and_arrives() {
        let mut tap = Tap::new(3, 100);
        tap.aim(50, false);
        let heard: Vec<f32> = (0..102).map(|_| tap.advance().read(|back| back as f32)).collect();
        assert!((heard[0] - 3.47).abs() < 1e-5, "the first sample is on its way already");
        assert_eq!((heard[99], heard[100]), (50.0, 50.0));
        assert!(heard.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.6));
    }
}
