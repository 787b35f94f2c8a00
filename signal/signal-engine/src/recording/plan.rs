//! Which frames are recorded, and where in the song they belong (rule E13).
//!
//! placement = captured frame - input latency - output latency - compensation of the playback heard. What is played at
//! frame *f* for song position *p* is heard `compensation + output` frames later, and what is played along to it arrives
//! `input` frames after that: so the frame that belongs to *p* is *f* + all three. A take therefore goes on for that long
//! after the song has stopped.
//!
//! It reads no sample.

use std::collections::VecDeque;

use signal_graph::Piece;

/// A recording that is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSession {
    /// Above 0.
    pub number: u64,
    /// Whose undo takes it back.
    pub client: String,
    /// Song positions that are recorded, half open.
    pub range: (i64, i64),
    /// After the pre-roll: nothing before this position is recorded until it is reached.
    pub begins: i64,
}

/// Frames to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// First frame to write, as it came in.
    pub from: u64,
    /// The frame after the last.
    pub to: u64,
    /// Song position of the first.
    pub position: i64,
    /// The song did not simply go on from the stretch before.
    pub begins_pass: bool,
    /// How long after its song position the first frame came in.
    pub delay: u64,
}

/// Turns the song's way into frames to write.
#[derive(Debug, Default)]
pub struct Plan {
    stretches: VecDeque<Stretch>,
    /// Where the last piece ended: frame and song position.
    ended: Option<(u64, i64)>,
}

impl Plan {
    /// Nothing is to be written, and what comes next begins a pass.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes note of a part of a block that began at `frame`. `delay`: input, output and compensation in frames. Gives
    /// whether any of it is recorded.
    pub fn add(&mut self, session: &mut RecordSession, frame: u64, piece: &Piece, delay: u64) -> bool {
        let Some((skipped, frames)) = overlap(session, piece) else { return false };
        let (from, position) = (frame + skipped + delay, piece.position + skipped as i64);
        let to = from + frames;
        if session.begins <= position {
            session.begins = i64::MIN;
        }
        let began = frame + skipped;
        // What did not get here is silent, and everything after it in its place.
        let missed = self.ended.map_or(0, |(at, ended)| {
            let gap = began.saturating_sub(at);
            if position - ended == gap as i64 { gap } else { 0 }
        });
        let goes_on = self.ended.is_some_and(|(_, ended)| ended + missed as i64 == position);
        self.ended = Some((began + frames, position + frames as i64));
        let (from, position) = (from - missed, position - missed as i64);
        match self.stretches.back_mut() {
            Some(last) if goes_on && last.to == from => last.to = to,
            _ => self.stretches.push_back(Stretch { from, to, position, begins_pass: !goes_on, delay }),
        }
        true
    }

    /// The next frames to write of those before `end`, at most `most`.
    pub fn next(&mut self, end: u64, most: u64) -> Option<Stretch> {
        let stretch = self.stretches.front_mut()?;
        let to = stretch.to.min(end).min(stretch.from.saturating_add(most));
        if to <= stretch.from {
            return None;
        }
        let part = Stretch { to, ..*stretch };
        stretch.position += (to - stretch.from) as i64;
        stretch.from = to;
        stretch.begins_pass = false;
        if stretch.from == stretch.to {
            self.stretches.pop_front();
        }
        Some(part)
    }

    /// Whether there is nothing left to write.
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }
}

/// The part of a piece that is recorded: frames to skip, and how many follow.
fn overlap(session: &RecordSession, piece: &Piece) -> Option<(u64, u64)> {
    let from = session.range.0.max(session.begins);
    let end = piece.position.saturating_add(piece.frames as i64);
    let (first, last) = (piece.position.max(from), end.min(session.range.1));
    (piece.playing && first < last).then(|| ((first - piece.position) as u64, (last - first) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: (i64, i64) = (0, i64::MAX);

    fn session(range: (i64, i64), begins: i64) -> RecordSession {
        RecordSession { number: 1, client: String::new(), range, begins }
    }

    fn play(session: &mut RecordSession, way: &[(i64, usize)], delay: u64) -> Vec<(u64, u64, i64, bool)> {
        let (mut plan, mut frame) = (Plan::default(), 1000);
        for &(position, frames) in way {
            plan.add(session, frame, &Piece { frames, position, playing: true }, delay);
            frame += frames as u64;
        }
        std::iter::from_fn(|| plan.next(u64::MAX, u64::MAX))
            .map(|it| (it.from, it.to, it.position, it.begins_pass))
            .collect()
    }

    #[test]
    fn a_frame_belongs_where_the_song_was_heard_when_it_was_played() {
        assert_eq!(
            play(&mut session(ALL, i64::MIN), &[(500, 64), (564, 64)], 256),
            [(1256, 1384, 500, true)]
        );
    }

    #[test]
    fn punch_is_exact_within_blocks() {
        assert_eq!(
            play(&mut session((510, 600), i64::MIN), &[(500, 64), (564, 64)], 0),
            [(1010, 1100, 510, true)]
        );
    }

    #[test]
    fn a_loop_begins_a_pass_each_time_round() {
        let way = [(90, 10), (50, 30), (80, 20), (50, 10)];
        let passes = play(&mut session(ALL, i64::MIN), &way, 0);
        assert_eq!(passes, [(1000, 1010, 90, true), (1010, 1060, 50, true), (1060, 1070, 50, true)]);
    }

    #[test]
    fn pre_roll_holds_off_the_first_pass_alone() {
        let passes = play(&mut session(ALL, 95), &[(90, 10), (50, 10)], 0);
        assert_eq!(passes, [(1005, 1010, 95, true), (1010, 1020, 50, true)]);
    }

    #[test]
    fn frames_that_did_not_arrive_are_part_of_the_pass() {
        let (mut plan, mut session) = (Plan::default(), session(ALL, i64::MIN));
        plan.add(&mut session, 0, &Piece { frames: 10, position: 100, playing: true }, 0);
        plan.next(10, 10).expect("the first frames");
        plan.add(&mut session, 17, &Piece { frames: 10, position: 117, playing: true }, 0);
        let rest = plan.next(100, 100).expect("the others");
        assert_eq!((rest.from, rest.to, rest.position, rest.begins_pass), (10, 27, 110, false));
    }

    #[test]
    fn another_latency_shifts_frames_and_begins_no_pass() {
        let (mut plan, mut session) = (Plan::default(), session(ALL, i64::MIN));
        plan.add(&mut session, 0, &Piece { frames: 10, position: 0, playing: true }, 5);
        plan.add(&mut session, 10, &Piece { frames: 10, position: 10, playing: true }, 7);
        let first = plan.next(12, u64::MAX).expect("there are frames");
        assert_eq!((first.from, first.to), (5, 12));
        assert_eq!(plan.next(12, u64::MAX), None, "they have not come in");
        let rest = plan.next(100, 100).expect("the rest");
        assert_eq!((rest.from, rest.to, rest.position, rest.begins_pass), (12, 15, 7, false));
        let shifted = plan.next(100, 100).expect("shifted");
        assert_eq!((shifted.from, shifted.position, shifted.begins_pass), (17, 10, false));
    }
}
