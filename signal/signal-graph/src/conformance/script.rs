//! Which parameter has which value from which frame on: the awkward places and values of the suite.

use super::STIMULUS_FRAMES;
use crate::change::ParameterEvent;
use crate::node::ParameterChange;

/// Where all parameters change at once. No power of two divides it, so that a node that moves on in steps of its own is
/// met between two of them.
pub(super) const CHANGE_FRAME: usize = 4_099;

/// Where the first parameters change one after the other, several in a block.
const FIRST_FRAME: usize = 301;

/// Changes by ascending frame; at one frame they keep their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Script(Vec<(usize, ParameterChange)>);

impl Script {
    /// A single change.
    pub fn one(frame: usize, change: ParameterChange) -> Self {
        Self(vec![(frame, change)])
    }

    /// The changes at the first and the last frame, at those beside the edges of blocks, several in a block, twice at a
    /// frame, at frame after frame; and, for built-ins, values that are out of every range.
    pub fn of(changes: &[ParameterChange], hostile: bool) -> Self {
        let Some(first) = changes.first() else { return Self::default() };
        let at = |frame, value| (frame, ParameterChange { value, ..*first });
        let (whole, half) = (first.value, 0.5 * first.value);
        let mut script = vec![(0, *first), at(63, half), at(64, whole), at(1_023, half), at(1_024, whole)];
        let apart = changes.iter().enumerate().map(|(place, change)| (FIRST_FRAME + 7 * place, *change));
        script.extend(apart);
        script.extend([at(2_047, half), at(2_047, whole)]);
        script.extend(changes.iter().map(|change| (CHANGE_FRAME, *change)));
        script.extend((0..33).map(|step| at(6_001 + step, if step % 2 == 0 { half } else { whole })));
        if hostile {
            script.extend([at(8_003, f64::NAN), at(8_017, f64::MAX), at(8_031, f64::MIN), at(8_045, whole)]);
        }
        script.push(at(STIMULUS_FRAMES - 1, whole));
        script.sort_by_key(|(frame, _)| *frame);
        Self(script)
    }

    /// Those before a frame.
    pub fn before(&self, frame: usize) -> Self {
        Self(self.0.iter().filter(|(at, _)| *at < frame).copied().collect())
    }

    /// The frames at which something changes.
    pub fn frames(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().map(|(frame, _)| *frame)
    }

    /// All changes in their order.
    pub fn changes(&self) -> impl Iterator<Item = &ParameterChange> {
        self.0.iter().map(|(_, change)| change)
    }

    /// Those of a block, as its driver is given them.
    pub fn events(&self, first: usize, frames: usize, events: &mut Vec<ParameterEvent>) {
        events.clear();
        let within = self.0.iter().filter(|(frame, _)| (first..first + frames).contains(frame));
        events.extend(
            within.map(|(frame, change)| ParameterEvent { offset: (frame - first) as u32, change: *change }),
        );
    }
}
