//! Changes of parameters at frames of a block: how they reach their nodes, and how a block is cut at them.
//!
//! A built-in knows of no frame within a block: it is computed up to a change, told the value, and computed on. Its bits do
//! not depend on how time is cut (E11), so nothing but the value changes. A remote node is given the list and cuts by itself.
//! Whether a value is one that may be set is not known here.

use std::ops::Range;

use crate::node::{Block, Io, Node, ParameterChange};

/// Changes within one block, of all nodes. A value every 16 samples for sixty-four parameters fits into a block of 1,024;
/// one that finds no room acts at once, so nothing is lost.
pub(crate) const MAX_CHANGES: usize = 4096;

/// A value from a frame of a block on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParameterEvent {
    /// Frame within the block.
    pub offset: u32,
    /// What changes.
    pub change: ParameterChange,
}

/// [audio] Has a node compute a block within which parameters change: each value acts from exactly its frame on, before the
/// frame's notes, and of several at one frame the last counts. `changes` are by ascending offset; beyond the block they act
/// on the next one. Not for remote nodes: they are given the changes when they are given the block.
pub fn process_changing(node: &mut dyn Node, block: &Block<'_>, io: &mut Io<'_>, changes: &[ParameterEvent]) {
    let mut changes = changes.iter().peekable();
    let mut done = 0;
    while done < block.frames {
        while let Some(due) = changes.next_if(|next| next.offset as usize <= done) {
            node.set_parameter(&due.change);
        }
        let end = changes.peek().map_or(block.frames, |next| block.frames.min(next.offset as usize));
        if done == 0 && end == block.frames {
            node.process(block, io);
        } else {
            node.process(&piece(block, done..end), &mut io.piece(done..end));
        }
        done = end;
    }
    io.events_out.begin_piece(0);
    changes.for_each(|late| node.set_parameter(&late.change));
}

fn piece<'a>(block: &Block<'a>, frames: Range<usize>) -> Block<'a> {
    Block {
        frames: frames.len(),
        position: block.position + if block.playing { frames.start as i64 } else { 0 },
        steady: block.steady + frames.start as u64,
        jumped: block.jumped && frames.start == 0,
        ..*block
    }
}

/// The changes of one block, by the tasks of a schedule. [audio]
#[derive(Debug)]
pub(crate) struct Changes {
    collected: Vec<Collected>,
    events: Vec<ParameterEvent>,
    /// Ascending tasks, each with its part of `events`.
    tasks: Vec<(usize, Range<usize>)>,
}

#[derive(Clone, Copy, Debug)]
struct Collected {
    task: usize,
    /// Keeps the order of those at one frame.
    number: usize,
    event: ParameterEvent,
}

impl Changes {
    /// [control] Room for [`MAX_CHANGES`].
    pub fn new() -> Self {
        Self {
            collected: Vec::with_capacity(MAX_CHANGES),
            events: Vec::with_capacity(MAX_CHANGES),
            tasks: Vec::with_capacity(MAX_CHANGES),
        }
    }

    /// [control] Without room or memory, where nothing changes in mid-block.
    pub fn none() -> Self {
        Self { collected: Vec::new(), events: Vec::new(), tasks: Vec::new() }
    }

    /// [audio] Forgets those of the block before.
    pub fn clear(&mut self) {
        self.collected.clear();
        self.events.clear();
        self.tasks.clear();
    }

    /// [audio] Adds one, in any order of frames. False: there is no room.
    pub fn add(&mut self, task: usize, event: ParameterEvent) -> bool {
        let has_room = self.collected.len() < MAX_CHANGES.min(self.collected.capacity());
        if has_room {
            self.collected.push(Collected { task, number: self.collected.len(), event });
        }
        has_room
    }

    /// [audio] Puts what was added in order.
    pub fn arrange(&mut self) {
        self.collected.sort_unstable_by_key(|it| (it.task, it.event.offset, it.number));
        for collected in &self.collected {
            let at = self.events.len();
            self.events.push(collected.event);
            match self.tasks.last_mut() {
                Some((task, range)) if *task == collected.task => range.end = at + 1,
                _ => self.tasks.push((collected.task, at..at + 1)),
            }
        }
    }

    /// [audio] Those of a task, by ascending offset.
    pub fn of(&self, task: usize) -> &[ParameterEvent] {
        if self.tasks.is_empty() {
            return &[];
        }
        let found = self.tasks.binary_search_by_key(&task, |(task, _)| *task);
        found.map_or(&[], |found| &self.events[self.tasks[found].1.clone()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(offset: u32, value: f64) -> ParameterEvent {
        ParameterEvent { offset, change: ParameterChange { target: 1, parameter: 2, value } }
    }

    #[test]
    fn changes_are_sorted_by_task_and_frame_and_keep_their_order_within_a_frame() {
        let mut changes = Changes::new();
        for (task, offset, value) in [(7, 9, 1.0), (3, 5, 2.0), (7, 0, 3.0), (7, 9, 4.0), (3, 5, 5.0)] {
            assert!(changes.add(task, event(offset, value)));
        }
        changes.arrange();
        assert_eq!(changes.of(3), [event(5, 2.0), event(5, 5.0)]);
        assert_eq!(changes.of(7), [event(0, 3.0), event(9, 1.0), event(9, 4.0)]);
        assert_eq!(changes.of(4), []);
        changes.clear();
        changes.arrange();
        assert_eq!(changes.of(3), []);
    }

    #[test]
    fn one_too_many_is_refused() {
        let mut changes = Changes::new();
        let taken = (0..2 * MAX_CHANGES).filter(|at| changes.add(*at % 5, event(0, 0.0))).count();
        assert_eq!(taken, MAX_CHANGES);
        assert!(!Changes::none().add(0, event(0, 0.0)));
    }
}
