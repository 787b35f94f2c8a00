//! Changes of parameters that wait for their frame.
//!
//! The order in which they were sent is kept: a value without a frame is newer than all that wait of its parameter.

use std::collections::VecDeque;

use crate::change::ParameterEvent;
use crate::node::ParameterChange;

/// Changes that wait at once: what the ring of commands holds, four times over.
const MAX_WAITING: usize = 4096;

/// Those that wait, by ascending frame. [audio]
#[derive(Debug)]
pub(crate) struct Stamped(VecDeque<(u64, ParameterChange)>);

impl Stamped {
    /// [control] None, and room for [`MAX_WAITING`].
    pub fn new() -> Self {
        Self(VecDeque::with_capacity(MAX_WAITING))
    }

    /// [audio] Takes one. False: there is no room.
    pub fn push(&mut self, frame: u64, change: ParameterChange) -> bool {
        let has_room = self.0.len() < MAX_WAITING;
        if has_room {
            let at = self.0.partition_point(|(other, _)| *other <= frame);
            self.0.insert(at, (frame, change));
        }
        has_room
    }

    /// [audio] A newer value acts at once: those that wait of its parameter must not come after it.
    pub fn forget(&mut self, newer: &ParameterChange) {
        let is_other =
            |change: &ParameterChange| (change.target, change.parameter) != (newer.target, newer.parameter);
        self.0.retain(|(_, change)| is_other(change));
    }

    /// [audio] Takes the next that is due within `frames` from frame `first` on. One that is late acts at once.
    pub fn next_due(&mut self, first: u64, frames: usize) -> Option<ParameterEvent> {
        let (frame, change) = *self.0.front()?;
        let offset = frame.saturating_sub(first);
        if offset >= frames as u64 {
            return None;
        }
        self.0.pop_front();
        Some(ParameterEvent { offset: offset as u32, change })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(parameter: u32, value: f64) -> ParameterChange {
        ParameterChange { target: 1, parameter, value }
    }

    #[test]
    fn changes_come_at_their_frames_and_late_ones_at_once() {
        let mut stamped = Stamped::new();
        for (frame, value) in [(130, 1.0), (90, 2.0), (110, 3.0), (110, 4.0)] {
            assert!(stamped.push(frame, change(5, value)));
        }
        let due = |stamped: &mut Stamped, first, frames| -> Vec<(u32, f64)> {
            let due = std::iter::from_fn(|| stamped.next_due(first, frames));
            due.map(|event| (event.offset, event.change.value)).collect()
        };
        assert_eq!(due(&mut stamped, 100, 30), [(0, 2.0), (10, 3.0), (10, 4.0)]);
        assert_eq!(due(&mut stamped, 130, 1), [(0, 1.0)]);
    }

    #[test]
    fn a_newer_value_without_a_frame_outranks_those_that_wait() {
        let mut stamped = Stamped::new();
        stamped.push(10, change(1, 1.0));
        stamped.push(20, change(2, 2.0));
        stamped.forget(&change(1, 9.0));
        assert_eq!(stamped.next_due(0, 100).map(|event| event.change), Some(change(2, 2.0)));
        assert_eq!(stamped.next_due(0, 100), None);
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let mut stamped = Stamped::new();
        let taken = (0..2 * MAX_WAITING).filter(|at| stamped.push(*at as u64, change(1, 0.0))).count();
        assert_eq!(taken, MAX_WAITING);
    }
}
