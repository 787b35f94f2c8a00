//! The audio thread's half of a plugin chain: hands each block to its processes, takes the replies, and plays something
//! decent where there is none (E8).
//!
//! 1. `submit` takes what the keeper sent (a new line, a loaded process, the news of a death, values) and makes a request.
//! 2. `advance` passes it on where a chain has several processes.
//! 3. `process` waits for the reply until the block's deadline, copies and checks it, and plays it.
//! 4. A block without a good reply decays into the dry signal; the sandbox is not waited for again until it caught up.
//! 5. When the chain is rearranged a whole new line, loaded and ready, takes the place of the old one by a cross-fade:
//!    both run meanwhile.
//!
//! It starts and stops no process, and believes nothing a sandbox wrote. It neither allocates nor frees.

mod alarm;
mod block_event;
mod dry;
mod facts;
mod line;
mod link;
mod notes;
mod transition;
mod values;
mod waiting;

use std::sync::{Arc, atomic::Ordering};

use rtrb::{Consumer, Producer};
use shm::Deadline;
use shm::sandbox_block::Position;
use signal_graph::{Block, Io, ParameterChange, ParameterEvent, Stereo, StereoBuffer, StereoMut};

pub use dry::DryDelay;
pub use facts::{Failure, LinkFacts, VoiceFacts};
pub use line::Line;
use link::Context;
pub use link::{Link, Loaded};
use values::Values;
pub use waiting::OpenRequests;

/// Cross-fade from one line to the next.
const FADE_SECONDS: f64 = 0.010;

/// Names a process of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Of the line. A message for one that is gone comes to nothing.
    pub line: u64,
    /// Position of the link in it.
    pub link: usize,
}

/// From the keeper to the voice.
#[derive(Debug)]
pub enum ToVoice {
    /// Takes the place of the line before.
    Line(Box<Line>),
    /// A process that is loaded and answers; takes the place of the one before.
    Loaded(Place, Box<Loaded>),
    /// The process has died.
    Gone(Place),
    /// The latency changed: the delay that fits it.
    Dry(Place, Box<DryDelay>),
    /// A value that no graph update will bring.
    Value(ParameterChange),
}

/// From the voice to the keeper.
#[derive(Debug)]
pub enum FromVoice {
    /// To be freed, with the processes it used.
    Line(Box<Line>),
    /// To be freed. Its place uses another process now, or none.
    Loaded(Box<Loaded>),
    /// To be freed.
    Dry(Box<DryDelay>),
    /// A plugin changed a parameter itself.
    Edited(ParameterChange),
}

/// The old line, on its way out.
#[derive(Debug)]
struct Fade {
    old: Box<Line>,
    /// Frames until the new line is heard: as long as its latency.
    wait: u32,
    done: u32,
}

/// The audio thread's half of one chain.
#[derive(Debug)]
pub struct Voice {
    from_keeper: Consumer<ToVoice>,
    to_keeper: Producer<FromVoice>,
    facts: Arc<VoiceFacts>,
    line: Box<Line>,
    fade: Option<Fade>,
    fade_frames: u32,
    /// What the old line plays.
    fading: StereoBuffer,
    values: Values,
    offline: bool,
}

impl Voice {
    /// `[control]` A voice without a process.
    pub fn new(
        from_keeper: Consumer<ToVoice>,
        to_keeper: Producer<FromVoice>,
        facts: Arc<VoiceFacts>,
        setup: &super::Setup,
    ) -> Self {
        Self {
            from_keeper,
            to_keeper,
            facts,
            line: Box::new(Line::new(0, Vec::new(), 0, 0)),
            fade: None,
            fade_frames: ((FADE_SECONDS * f64::from(setup.sample_rate)) as u32).max(1),
            fading: StereoBuffer::new(setup.max_frames as usize),
            values: Values::new(),
            offline: setup.offline,
        }
    }

    /// `[audio]` A new value from the next block on.
    pub fn set_parameter(&mut self, change: &ParameterChange) {
        self.values.set(change);
    }

    /// `[audio]` Forgets all sound and notes, the plugins' too.
    pub fn reset(&mut self) {
        self.take_messages();
        self.end_fade();
        self.line.reset();
    }

    /// `[audio]` Hands the block over, unless the sandbox is behind: then the last of `changes` counts, later.
    pub fn submit(
        &mut self,
        block: &Block<'_>,
        input: Stereo<'_>,
        events: &[signal_graph::Event],
        changes: &[ParameterEvent],
    ) {
        let now = Deadline::now();
        self.facts.last_block.store(now.nanoseconds(), Ordering::Relaxed);
        self.facts.position.store(block.position, Ordering::Relaxed);
        self.take_messages();
        let context = context(block, &self.facts, self.offline);
        if let Some(fade) = &mut self.fade {
            // Values go to the new line: the old one ends before they would be missed.
            fade.old.prepare(events, &[], &mut Values::none());
            fade.old.submit(&context, now, input);
        }
        self.line.prepare(events, changes, &mut self.values);
        for change in changes.iter().filter(|it| !self.line.takes(it.change.target)) {
            self.values.set(&change.change);
        }
        self.line.submit(&context, now, input);
    }

    /// `[audio]` Passes the block on from process to process, see [`Line::advance`]. Returns whether it is still to be passed on.
    pub fn advance(&mut self, block: &Block<'_>, wait: bool) -> bool {
        let Self { facts, line, fade, values, to_keeper, .. } = self;
        let context = context(block, facts, self.offline);
        let goes_on = line.advance(&context, wait, &mut |change| learn(change, values, to_keeper));
        let fades_on = fade.as_mut().is_some_and(|fade| fade.old.advance(&context, wait, &mut |_| {}));
        goes_on || fades_on
    }

    /// `[audio]` Plays the block: what the sandboxes made of it, or what E8 says instead.
    pub fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        let Self { facts, line, values, to_keeper, .. } = self;
        let context = context(block, facts, self.offline);
        let mut edited = |change| learn(change, values, to_keeper);
        line.process(&context, io.input, &mut io.output, &mut edited);
        if let Some(fade) = &mut self.fade {
            let mut old = self.fading.write(block.frames);
            fade.old.process(&context, io.input, &mut old, &mut |_| {});
            if fade.blend(&old, &mut io.output, self.fade_frames) {
                self.end_fade();
            }
        }
    }

    /// Lets the old line go, if there is room to give it back; else it is tried again with the next block.
    fn end_fade(&mut self) {
        if let Some(fade) = self.fade.take()
            && let Err(rtrb::PushError::Full(FromVoice::Line(old))) =
                self.to_keeper.push(FromVoice::Line(fade.old))
        {
            self.fade = Some(Fade { old, wait: 0, done: self.fade_frames });
        }
    }

    /// Every message may give one thing back, a line two, so none is taken without room for that.
    fn take_messages(&mut self) {
        while self.to_keeper.slots() >= 2 {
            let Ok(message) = self.from_keeper.pop() else { return };
            match message {
                ToVoice::Line(line) => self.enter(line),
                ToVoice::Loaded(place, loaded) => {
                    let old = match self.link(place) {
                        Some(link) => link.install(loaded),
                        None => Some(loaded),
                    };
                    self.give_back(old.map(FromVoice::Loaded));
                    self.values.mark_all();
                }
                ToVoice::Gone(place) => {
                    let old = self.link(place).and_then(Link::remove);
                    self.give_back(old.map(FromVoice::Loaded));
                }
                ToVoice::Dry(place, dry) => {
                    let old = match self.link(place) {
                        Some(link) => link.set_dry(dry),
                        None => dry,
                    };
                    self.give_back(Some(FromVoice::Dry(old)));
                }
                ToVoice::Value(change) => self.values.set(&change),
            }
        }
    }

    fn give_back(&mut self, message: Option<FromVoice>) {
        // There is room: no message is taken otherwise.
        let _ = message.map(|message| self.to_keeper.push(message));
    }

    fn link(&mut self, place: Place) -> Option<&mut Link> {
        let lines = [Some(&mut self.line), self.fade.as_mut().map(|fade| &mut fade.old)];
        let line = lines.into_iter().flatten().find(|line| line.number == place.line)?;
        line.links.get_mut(place.link)
    }

    fn enter(&mut self, line: Box<Line>) {
        self.end_fade();
        let wait = line.latency;
        let old = std::mem::replace(&mut self.line, line);
        self.values.mark_all();
        // A render begins with its plugins; nobody hears what was before.
        let done = if self.offline { self.fade_frames } else { 0 };
        self.fade = Some(Fade { old, wait: if self.offline { 0 } else { wait }, done });
        if self.offline {
            self.end_fade();
        }
    }
}

impl Fade {
    /// Puts the old line's sound into `output` as far as it is still heard. Whether it no longer is.
    fn blend(&mut self, old: &StereoMut<'_>, output: &mut StereoMut<'_>, length: u32) -> bool {
        let out = output.left.iter_mut().zip(output.right.iter_mut());
        for ((left, right), (old_left, old_right)) in out.zip(old.left.iter().zip(old.right.iter())) {
            let amount = self.done.min(length) as f32 / length as f32;
            *left = old_left + (*left - old_left) * amount;
            *right = old_right + (*right - old_right) * amount;
            if self.wait > 0 {
                self.wait -= 1;
            } else {
                self.done = (self.done + 1).min(length);
            }
        }
        self.done >= length
    }
}

/// An edit is the newest value of its parameter. The keeper hears of it unless it is too busy.
fn learn(change: ParameterChange, values: &mut Values, to_keeper: &mut Producer<FromVoice>) {
    if values.learn(&change) {
        let _ = to_keeper.push(FromVoice::Edited(change));
    }
}

fn context<'a, 'b>(block: &'a Block<'b>, facts: &'a VoiceFacts, offline: bool) -> Context<'a, 'b> {
    let unbounded = offline || block.offline || block.deadline == signal_graph::Deadline::NONE;
    Context { block, facts, unbounded }
}

fn position(block: &Block<'_>, lost: bool, reset: bool) -> Position {
    let music = block.timeline.at(block.position);
    let (loop_start, loop_end) = block.timeline.loop_range.unwrap_or_default();
    let loop_quarters = block.timeline.loop_range.map_or((0.0, 0.0), |(start, end)| {
        (block.timeline.at(start).quarters, block.timeline.at(end).quarters)
    });
    Position {
        playing: block.playing,
        looping: block.timeline.loop_range.is_some(),
        jumped: block.jumped || lost,
        reset,
        samples: block.position,
        steady_samples: block.steady,
        tempo: music.bpm,
        quarters: music.quarters,
        bar_start_quarters: music.bar_start_quarters,
        bar: i32::try_from(music.bar).unwrap_or(i32::MAX),
        numerator: u16::try_from(music.numerator).unwrap_or(4),
        denominator: u16::try_from(music.denominator).unwrap_or(4),
        loop_start_quarters: loop_quarters.0,
        loop_end_quarters: loop_quarters.1,
        loop_start_samples: loop_start,
        loop_end_samples: loop_end,
    }
}
