//! Time cut into ticks of a few samples, counted from the last reset wherever blocks begin.
//!
//! What moves slowly is computed once a tick and goes in straight lines between: so the bits do not depend on the block
//! size (E11).

/// Samples between two updates of what moves slowly: a third of a millisecond.
pub const TICK: usize = 16;

/// Time in which something is switched on or off without a click.
const SWITCH_SECONDS: f32 = 0.02;

/// [audio] A switch, 0 to 1, a tick later on its way from `from` to `to`.
pub fn switched(from: f32, to: f32, sample_rate: f32) -> f32 {
    let step = TICK as f32 / (SWITCH_SECONDS * sample_rate);
    from + (to - from).clamp(-step, step)
}

/// A value that goes in a straight line during a tick.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    start: f32,
    step: f32,
}

impl Line {
    /// [audio] At a sample of the tick.
    pub fn at(&self, sample: usize) -> f32 {
        self.start + self.step * sample as f32
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
    pub fn go(&mut self, to: f32, at_once: bool) {
        let end = self.start + self.step * TICK as f32;
        self.start = if at_once { to } else { end };
        self.step = (to - self.start) * (1.0 / TICK as f32);
    }
}
