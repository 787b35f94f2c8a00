//! Time cut into ticks of a few samples, wherever blocks begin.
//!
//! What moves slowly is computed once a tick and goes in straight lines between: so the bits do not depend on the block
//! size (E11). A tick has [`TICK`] samples, counted from the last reset; a parameter that changes in the middle of one ends
//! it there, and the next begins at that very sample. What was on its way goes on from where it is: nothing jumps, and the
//! change is heard from its sample on.

/// Samples between two updates of what moves slowly: a third of a millisecond.
pub const TICK: usize = 16;

/// Time in which something is switched on or off without a click.
const SWITCH_SECONDS: f32 = 0.02;

/// A part of a tick, by samples.
const PART: f32 = 1.0 / TICK as f32;

/// How a tick follows what came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Nothing came before: everything is where it should be.
    AtOnce,
    /// So many samples of a tick did, at most [`TICK`].
    After(usize),
}

impl Begin {
    /// [audio] Whether everything is to be where it should be.
    pub fn is_at_once(self) -> bool {
        self == Self::AtOnce
    }

    /// [audio] Whether the tick before was cut short.
    pub fn is_cut(self) -> bool {
        matches!(self, Self::After(samples) if samples < TICK)
    }

    /// [audio] The part of a whole tick that has gone by; of nothing, all.
    pub fn part(self) -> f32 {
        match self {
            Self::AtOnce => 1.0,
            Self::After(samples) => samples as f32 * PART,
        }
    }
}

/// Where in a tick the next sample is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ticks {
    within: usize,
    cut: bool,
}

impl Ticks {
    /// [audio] The next tick begins with the next sample, whatever is left of the present one.
    pub fn cut(&mut self) {
        self.cut = true;
    }

    /// [audio] Begins a tick if one begins with the next sample, and says after how many samples of the one before.
    pub fn begin(&mut self) -> Option<Begin> {
        let cut = std::mem::take(&mut self.cut) && self.within > 0;
        if self.within > 0 && self.within < TICK && !cut {
            return None;
        }
        let before = if self.within == 0 { TICK } else { self.within };
        self.within = 0;
        Some(Begin::After(before))
    }

    /// [audio] The next sample's number within the tick.
    pub fn within(&self) -> usize {
        self.within
    }

    /// [audio] Samples until the tick ends.
    pub fn left(&self) -> usize {
        TICK - self.within
    }

    /// [audio] So many samples have gone by, at most those left.
    pub fn advance(&mut self, samples: usize) {
        self.within += samples;
    }
}

/// A value that goes in a straight line during a tick. The first sample of the tick is on its way already.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    start: f32,
    step: f32,
}

impl Line {
    /// [audio] At a sample of the tick.
    pub fn at(&self, sample: usize) -> f32 {
        self.start + self.step * (sample + 1) as f32
    }

    /// [audio] Whether it is 0 during the whole tick.
    pub fn is_silent(&self) -> bool {
        self.rests_at(0.0)
    }

    /// [audio] Whether it has this value during the whole tick.
    pub fn rests_at(&self, value: f32) -> bool {
        self.start == value && self.step == 0.0
    }

    /// [audio] Whether it has one value during the whole tick.
    pub fn rests(&self) -> bool {
        self.step == 0.0
    }

    /// [audio] Begins the next tick, at the end of which it has arrived.
    pub fn go(&mut self, to: f32, begin: Begin) {
        self.start = match begin {
            Begin::AtOnce => to,
            Begin::After(samples) => self.start + self.step * samples as f32,
        };
        self.step = (to - self.start) * PART;
    }
}

/// A value that is computed with once a tick: where it was at the tick's start, and where it is at its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leg {
    from: f32,
    to: f32,
}

impl Leg {
    /// [any] Rests at a value.
    pub fn at(value: f32) -> Self {
        Self { from: value, to: value }
    }

    /// [audio] At the end of the tick.
    pub fn end(self) -> f32 {
        self.to
    }

    /// [audio] Where it is when the next tick begins.
    pub fn reached(self, begin: Begin) -> f32 {
        if begin.is_cut() { self.from + begin.part() * (self.to - self.from) } else { self.to }
    }

    /// [audio] Begins the next tick, at the end of which it is there.
    pub fn go(&mut self, to: f32, begin: Begin) {
        self.from = if begin.is_at_once() { to } else { self.reached(begin) };
        self.to = to;
    }

    /// [audio] The same for a switch, 0 to 1, which takes [`SWITCH_SECONDS`] from one end to the other.
    pub fn switch(&mut self, to: f32, begin: Begin, sample_rate: f32) {
        let step = TICK as f32 / (SWITCH_SECONDS * sample_rate);
        let from = self.reached(begin);
        self.go(if begin.is_at_once() { to } else { from + (to - from).clamp(-step, step) }, begin);
    }
}

/// The phase of something that goes round and round, in periods from 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phase {
    now: f32,
    /// Periods of a whole tick.
    step: f32,
}

impl Phase {
    /// [any] Begins there.
    pub fn at(phase: f32) -> Self {
        Self { now: phase, step: 0.0 }
    }

    /// [audio] Begins a tick, in which it goes on by `step`; gives where it is and where it will be.
    pub fn go(&mut self, step: f32, begin: Begin) -> [f32; 2] {
        self.now = wrapped(self.now + self.step * begin.part());
        self.step = step;
        [self.now, wrapped(self.now + step)]
    }
}

fn wrapped(phase: f32) -> f32 {
    phase - phase.floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_begin_every_sixteen_samples_and_where_they_are_cut() {
        let mut ticks = Ticks::default();
        assert_eq!(ticks.begin(), Some(Begin::After(TICK)));
        ticks.advance(5);
        assert_eq!((ticks.begin(), ticks.left()), (None, 11));
        ticks.cut();
        assert_eq!(ticks.begin(), Some(Begin::After(5)));
        assert_eq!((ticks.begin(), ticks.within()), (Some(Begin::After(TICK)), 0));
        ticks.advance(16);
        ticks.cut();
        assert_eq!(ticks.begin(), Some(Begin::After(TICK)));
        ticks.advance(1);
        assert_eq!(ticks.begin(), None);
    }

    #[test]
    fn line_and_leg_go_on_from_where_they_were_cut() {
        let (mut line, mut leg) = (Line::default(), Leg::default());
        line.go(1.0, Begin::AtOnce);
        leg.go(1.0, Begin::AtOnce);
        assert!(line.rests_at(1.0) && leg.end() == 1.0);
        line.go(17.0, Begin::After(TICK));
        leg.go(17.0, Begin::After(TICK));
        assert_eq!((line.at(0), line.at(15)), (2.0, 17.0));
        line.go(-4.0, Begin::After(4));
        assert_eq!(leg.reached(Begin::After(4)), 5.0);
        assert_eq!((line.at(0), line.at(15)), (5.0 - 9.0 / 16.0, -4.0));
    }

    #[test]
    fn a_switch_takes_as_long_however_often_its_ticks_are_cut() {
        let samples = |length: usize| {
            let (mut leg, mut begin, mut samples) = (Leg::default(), Begin::AtOnce, 0);
            leg.switch(0.0, begin, 48_000.0);
            while leg.reached(begin) < 0.999 {
                begin = if samples == 0 { Begin::After(TICK) } else { begin };
                leg.switch(1.0, begin, 48_000.0);
                begin = Begin::After(length);
                samples += length;
            }
            samples
        };
        assert_eq!(samples(TICK), 960);
        // A tick that is cut before its end arrives by ever smaller steps.
        let near = |length| samples(length).abs_diff(960) <= 3 * TICK;
        assert!(near(3) && near(1), "{} {}", samples(3), samples(1));
    }

    #[test]
    fn a_phase_goes_round_as_fast_however_often_its_ticks_are_cut() {
        let mut phase = Phase::at(0.5);
        assert_eq!(phase.go(0.25, Begin::After(TICK)), [0.5, 0.75]);
        assert_eq!(phase.go(0.25, Begin::After(TICK)), [0.75, 0.0]);
        assert_eq!(phase.go(0.5, Begin::After(4)), [0.8125, 0.3125]);
    }
}
