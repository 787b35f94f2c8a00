//! Plays a graph block by block: transport, changes of the graph, fades where the song is left.
//!
//! 1. [`player`] makes the two ends: the audio thread's [`Player`] and the control thread's [`CommandRing`].
//! 2. Commands take effect between two blocks, in their order; what they replace comes back to be dropped elsewhere.
//! 3. Play starts from reset nodes, so that a device hears the same bits as an offline render from the same position.
//!
//! It measures no time and knows no device.

use signal_rt::rtrb::{Consumer, RingBuffer};
use signal_rt::{Discard, discard_ring};

use crate::change::Changes;
use crate::command::{Command, CommandRing};
use crate::graph::Change;
use crate::node::{Block, Deadline, ParameterChange, StereoMut};
use crate::schedule::Schedule;
use crate::stamped::Stamped;
use crate::timeline::Timeline;
use crate::transport::TransportView;

/// Commands on their way. A drag sends some hundred a second and blocks come at least ten times a second.
const COMMANDS: usize = 1024;

/// Commands taken before one block. More wait for the next, so that a burst cannot make a block late.
const COMMANDS_A_BLOCK: usize = 256;

/// Length of the fade where the song is left, in samples: 5 ms at 48 kHz, short enough to feel immediate, long enough not to click.
const FADE_FRAMES: usize = 240;

/// Below this nothing is heard and nothing needs to fade: -140 dB.
const SILENCE: f32 = 1e-7;

/// Pieces of a block that are told. A loop has to be shorter than 1/64 of a block to make more.
const MOST_PIECES: usize = 64;

/// The end of a block that says whether something sounds now: too long for a wave to hide in its zero crossing.
const JUST_HEARD_FRAMES: usize = 64;

/// What one call of [`Player::process`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockReport {
    /// Song position of the first frame.
    pub position: i64,
    /// Whether the song moved on at the end of the block.
    pub playing: bool,
    /// The frame of the block at which play began from reset, if it did.
    pub started: Option<usize>,
}

/// A stretch of a block within which the song did not jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// At least 1.
    pub frames: usize,
    /// Song position of its first frame.
    pub position: i64,
    /// Whether the song moved on.
    pub playing: bool,
}

/// Where the song goes after it has faded.
#[derive(Clone, Copy, Debug)]
struct Departure {
    frames_left: usize,
    position: i64,
    playing: bool,
}

/// The audio thread's end.
#[derive(Debug)]
pub struct Player {
    commands: Consumer<Command>,
    discard: Discard<Box<Change>>,
    transport: TransportView,
    schedule: Box<Schedule>,
    timeline: Timeline,
    /// Changes that wait for their frame, and those of the block that is computed.
    stamped: Stamped,
    changes: Changes,
    /// Frames since it was made.
    frames: u64,
    position: i64,
    steady: u64,
    playing: bool,
    jumped: bool,
    loudest: f32,
    departure: Option<Departure>,
    pieces: Vec<Piece>,
}

/// [control] The two ends of a player that holds an empty graph, stopped at 0.
#[must_use]
pub fn player(sample_rate: u32, max_frames: usize) -> (Player, CommandRing) {
    let (producer, consumer) = RingBuffer::new(COMMANDS);
    let (discard, discarded) = discard_ring(COMMANDS);
    let transport = TransportView::default();
    let player = Player {
        commands: consumer,
        discard,
        transport: transport.clone(),
        schedule: Box::new(Schedule::silent(max_frames)),
        timeline: Timeline::constant(sample_rate),
        stamped: Stamped::new(),
        changes: Changes::new(),
        frames: 0,
        position: 0,
        steady: 0,
        playing: false,
        jumped: false,
        loudest: 0.0,
        departure: None,
        pieces: Vec::with_capacity(MOST_PIECES),
    };
    (player, CommandRing::new(producer, discarded, transport))
}

impl Player {
    /// [audio] Fills `output`, of any length, before `deadline`.
    pub fn process(&mut self, output: StereoMut<'_>, deadline: Deadline) -> BlockReport {
        self.take_commands();
        self.pieces.clear();
        let started = self.depart(0).then_some(0);
        let mut report = BlockReport { position: self.position, playing: self.playing, started };
        let frames = output.left.len();
        let mut done = 0;
        while done < frames {
            let piece = self.piece(frames - done);
            self.compute(piece, deadline);
            if self.pieces.len() < MOST_PIECES {
                let (position, playing) = (self.position, self.playing);
                self.pieces.push(Piece { frames: piece, position, playing });
            }
            let (left, right) = (&mut output.left[done..done + piece], &mut output.right[done..done + piece]);
            self.write(StereoMut { left, right });
            self.advance(piece);
            done += piece;
            if self.depart(piece) {
                report.started = Some(done);
            }
        }
        report.playing = self.playing;
        self.transport.publish(self.position, self.playing, self.frames);
        report
    }

    /// [any] Song position of the next block, in samples.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.position
    }

    /// [any] Frames computed since it was made: the number of the next block's first frame.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// [any] The schedule in force.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// [audio] Where the song was during the last block, piece by piece.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// [any] Tempo, signature and loop in force.
    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// [audio] Plays from the playhead with the next block, as [`Command::Play`] does.
    pub fn start(&mut self) {
        self.play();
    }

    fn take_commands(&mut self) {
        for _ in 0..COMMANDS_A_BLOCK {
            if !self.discard.has_room() {
                return;
            }
            match self.commands.pop() {
                Ok(Command::Change(change)) => self.change(change),
                Ok(Command::Parameter(change)) => self.set_parameter(&change),
                Ok(Command::ParameterAt { frame, change }) => {
                    if !self.stamped.push(frame, change) {
                        self.set_parameter(&change);
                    }
                }
                Ok(Command::Play) => self.play(),
                Ok(Command::Stop) => self.stop(),
                Ok(Command::Locate(position)) => self.locate(position),
                Ok(Command::Silence) => self.silence(),
                Err(_) => return,
            }
        }
    }

    fn change(&mut self, mut change: Box<Change>) {
        if let Some(next) = &mut change.schedule {
            next.take_over(&mut self.schedule, self.position);
            std::mem::swap(&mut self.schedule, next);
        }
        for (task, content) in &mut change.contents {
            if let Some(node) = self.schedule.node_mut(*task) {
                node.swap_content(&mut **content);
            }
        }
        for parameter in &change.parameters {
            self.set_parameter(parameter);
        }
        if let Some(timeline) = &mut change.timeline {
            std::mem::swap(&mut self.timeline, timeline);
        }
        // There is room: it was asked for before the command was taken.
        let _ = self.discard.push(change);
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        self.stamped.forget(change);
        self.schedule.set_parameter(change);
    }

    fn play(&mut self) {
        match self.departure {
            Some(ref mut departure) => departure.playing = true,
            None if !self.playing => self.leave_for(self.position, true),
            None => {}
        }
    }

    fn stop(&mut self) {
        self.playing = false;
        if let Some(departure) = &mut self.departure {
            departure.playing = false;
        }
    }

    fn locate(&mut self, position: i64) {
        match self.departure {
            Some(ref mut departure) => departure.position = position,
            None if self.playing => self.leave_for(position, true),
            None => self.position = position,
        }
    }

    fn silence(&mut self) {
        if self.departure.is_none() {
            self.leave_for(self.position, self.playing);
        }
    }

    /// Goes on elsewhere: at once if nothing sounds, so that the first frame is the one an offline render begins with.
    fn leave_for(&mut self, position: i64, playing: bool) {
        let frames_left = if self.loudest > SILENCE { FADE_FRAMES } else { 0 };
        self.departure = Some(Departure { frames_left, position, playing });
    }

    /// Frames until something changes: the end of the block, of a fade, or of the loop.
    fn piece(&self, frames: usize) -> usize {
        let mut piece = frames.min(self.schedule.max_frames());
        if let Some(departure) = &self.departure {
            piece = piece.min(departure.frames_left);
        }
        match self.timeline.loop_range {
            Some((_, end)) if self.playing && self.position < end => {
                piece.min(usize::try_from(end - self.position).unwrap_or(piece))
            }
            _ => piece,
        }
    }

    /// Hands out the changes of the next `frames`.
    fn stamp(&mut self, frames: usize) {
        self.changes.clear();
        while let Some(event) = self.stamped.next_due(self.frames, frames) {
            // One whose target is gone is ignored: the graph moved on.
            let Some(task) = self.schedule.task_of(event.change.target) else { continue };
            if !self.changes.add(task, event) {
                self.schedule.set_parameter(&event.change);
            }
        }
        self.changes.arrange();
    }

    fn compute(&mut self, frames: usize, deadline: Deadline) {
        self.stamp(frames);
        let block = Block {
            frames,
            position: self.position,
            steady: self.steady,
            playing: self.playing,
            jumped: self.jumped,
            offline: false,
            deadline,
            timeline: &self.timeline,
        };
        self.schedule.run(&block, &self.changes);
    }

    fn write(&mut self, mut output: StereoMut<'_>) {
        let frames = output.left.len();
        output.copy_from(self.schedule.output(frames));
        if let Some(departure) = &self.departure {
            let gain = |frame: usize| (departure.frames_left - frame - 1) as f32 / FADE_FRAMES as f32;
            for frame in 0..frames {
                output.left[frame] *= gain(frame);
                output.right[frame] *= gain(frame);
            }
        }
        let last = frames.saturating_sub(JUST_HEARD_FRAMES);
        let peak =
            |channel: &[f32]| channel[last..].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        self.loudest = peak(output.left).max(peak(output.right));
    }

    fn advance(&mut self, frames: usize) {
        self.frames += frames as u64;
        self.steady += frames as u64;
        self.jumped = false;
        if !self.playing {
            return;
        }
        self.position += frames as i64;
        if let Some((start, end)) = self.timeline.loop_range
            && self.position == end
        {
            self.position = start;
            self.jumped = true;
        }
    }

    /// Counts the fade down, and at its end moves on from reset nodes. True: the song plays from here.
    fn depart(&mut self, frames: usize) -> bool {
        let Some(departure) = &mut self.departure else { return false };
        departure.frames_left -= frames;
        if departure.frames_left > 0 {
            return false;
        }
        self.position = departure.position;
        self.playing = departure.playing;
        self.departure = None;
        self.steady = 0;
        self.jumped = false;
        self.schedule.reset(self.position);
        self.playing
    }
}
