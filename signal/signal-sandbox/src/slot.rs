//! A place in the chain on the audio thread: cuts a block where its plugin needs that, runs it, and lets the dry signal
//! through while the plugin is bypassed, away or at fault.
//!
//! Bypass is this cross-fade, whatever the plugin can do itself: a parameter flagged as bypass is one like any other,
//! because a plugin that ignores its own or clicks must be silent all the same, and two bypasses would contradict.

use shm::sandbox_block::{Event, Fault, MAX_EDITS, Position, TimedEvent};

use crate::{
    dry::DryDelay,
    given::MAX_GIVEN,
    running::{Piece, Running},
};

/// Length of the cross-fade into and out of bypass, seconds.
const BYPASS_FADE: f64 = 0.010;

/// One plugin's place.
pub struct Slot {
    running: Option<Box<Running>>,
    dry: DryDelay,
    /// 1: only the plugin is heard; 0: only the dry signal.
    wet: f32,
    wet_target: f32,
    wet_step: f32,
    /// Whether the plugins after it hear its notes in place of those it took.
    gives_notes: bool,
    /// Whether those were the plugin's own in the last piece, not the ones that came.
    notes_are_its_own: bool,
}

/// What a slot needs to know of the block it runs in.
#[derive(Clone, Copy, Debug)]
pub struct SlotBlock<'a> {
    /// Position of the slot in the chain.
    pub index: u32,
    /// Of the first frame.
    pub position: &'a Position,
    /// Of the whole chain, ascending.
    pub events: &'a [TimedEvent],
    /// The side-chain's sound, if it is fed.
    pub side_chain: Option<[&'a [f32]; 2]>,
}

/// What comes out of a slot beside its sound. Holds room for a block.
#[derive(Debug)]
pub struct SlotOutput {
    /// Parameters that plugins of the chain changed themselves, the last value of each.
    pub edits: Vec<TimedEvent>,
    /// The notes of the slot that ran last, if it [`Slot::gives_notes`].
    pub notes: Vec<TimedEvent>,
}

impl SlotOutput {
    /// Allocates its room.
    pub fn new() -> Self {
        Self { edits: Vec::with_capacity(MAX_EDITS), notes: Vec::with_capacity(MAX_GIVEN) }
    }

    fn edit(&mut self, edit: TimedEvent) {
        let of = |event: &Event| match *event {
            Event::Parameter { slot, id, .. } => Some((slot, id)),
            _ => None,
        };
        let earlier = self.edits.iter().position(|it| of(&it.event) == of(&edit.event));
        match earlier {
            Some(at) => self.edits[at].event = edit.event,
            None if self.edits.len() < self.edits.capacity() => self.edits.push(edit),
            None => {}
        }
    }

    fn note(&mut self, note: TimedEvent) {
        if self.notes.len() < self.notes.capacity() {
            self.notes.push(note);
        }
    }
}

impl Slot {
    /// With its plugin. Not for the audio thread.
    pub fn new(mut running: Box<Running>, bypass: bool, sample_rate: f64) -> Self {
        let wet = if bypass { 0.0 } else { 1.0 };
        Self {
            dry: std::mem::take(&mut running.dry),
            gives_notes: running.layout.gives_notes,
            running: Some(running),
            wet,
            wet_target: wet,
            wet_step: (1.0 / (BYPASS_FADE * sample_rate)) as f32,
            notes_are_its_own: !bypass,
        }
    }

    /// `[audio]` Gives the plugin away, to be deactivated. The dry signal goes on.
    pub fn release(&mut self) -> Option<Box<Running>> {
        let mut running = self.running.take()?;
        running.stop();
        Some(running)
    }

    /// `[audio]` Whether the plugin was given away.
    pub fn is_away(&self) -> bool {
        self.running.is_none()
    }

    /// `[audio]` Takes the plugin back and the delay that fits it, and leaves the old delay in its place.
    pub fn install(&mut self, running: Box<Running>) {
        let running = self.running.insert(running);
        self.gives_notes = running.layout.gives_notes;
        std::mem::swap(&mut self.dry, &mut running.dry);
    }

    /// `[audio]` Its plugin, while it is here.
    pub fn running(&mut self) -> Option<&mut Running> {
        self.running.as_deref_mut()
    }

    /// `[audio]` Whether the plugins after it hear its notes in place of those it took.
    pub fn gives_notes(&self) -> bool {
        self.gives_notes
    }

    /// `[audio]` Runs the plugin over `audio`, in place. What it gives beside goes to `output`.
    pub fn process(
        &mut self,
        block: SlotBlock<'_>,
        [left, right]: [&mut [f32]; 2],
        output: &mut SlotOutput,
    ) -> Result<(), Fault> {
        output.notes.clear();
        if block.position.reset {
            self.reset();
        }
        let mut start = 0;
        let mut result = Ok(());
        while start < left.len() {
            let end = self.piece_end(block, start, left.len());
            let piece = start..end;
            let events = within(block.events, start, end);
            self.take_bypass(block.index, events);
            let side_chain = block.side_chain.map(|side| side.map(|channel| &channel[piece.clone()]));
            let (left, right) = (&mut left[piece.clone()], &mut right[piece]);
            let audio = [&*left, &*right];
            let piece = Piece { slot: block.index, position: block.position, start, audio, side_chain };
            let ran = self.run(piece, events);
            self.give(block.index, start, events, ran.is_ok(), output);
            self.mix(left, right, ran.is_ok());
            result = result.and(ran);
            start = end;
        }
        result
    }

    fn reset(&mut self) {
        if let Some(running) = &mut self.running {
            running.reset();
        }
        self.dry.clear();
        self.wet = self.wet_target;
    }

    /// Where the next call has to begin: at a bypass, and at a value for plugins that would apply it too early.
    fn piece_end(&self, block: SlotBlock<'_>, start: usize, frames: usize) -> usize {
        let splits = self.running.as_ref().is_some_and(|running| running.splits);
        let cuts = |event: &&TimedEvent| {
            let is_bypass = matches!(event.event, Event::Bypass { .. });
            event.offset as usize > start && event.event.slot() == Some(block.index) && (splits || is_bypass)
        };
        block.events.iter().find(cuts).map_or(frames, |event| (event.offset as usize).min(frames))
    }

    fn take_bypass(&mut self, index: u32, events: &[TimedEvent]) {
        for event in events {
            if let Event::Bypass { slot, on } = event.event
                && slot == index
            {
                self.wet_target = if on { 0.0 } else { 1.0 };
            }
        }
    }

    fn run(&mut self, piece: Piece<'_>, events: &[TimedEvent]) -> Result<(), Fault> {
        let Some(running) = &mut self.running else { return Err(Fault::Refused) };
        running.begin_events();
        let for_it = |event: &&TimedEvent| event.event.slot().is_none_or(|slot| slot == piece.slot);
        for event in events.iter().filter(for_it) {
            running.push_event(event.offset - piece.start as u32, &event.event);
        }
        running.process(piece)
    }

    /// Values that come out are edits, except of parameters that can not be set: those are meters. Notes go on: the
    /// plugin's own, or those that came while it is bypassed or away. Where one kind takes over, what sounds is ended.
    fn give(&mut self, slot: u32, start: usize, events: &[TimedEvent], ran: bool, output: &mut SlotOutput) {
        let own = ran && self.wet_target == 1.0;
        if self.gives_notes && std::mem::replace(&mut self.notes_are_its_own, own) != own {
            output.note(TimedEvent { offset: start as u32, event: Event::AllNotesOff });
        }
        if let Some(running) = &self.running {
            for given in running.given.events() {
                match given.event {
                    Event::Parameter { id, value, .. } => {
                        if let Some(value) = running.table.value(id, value) {
                            let event = Event::Parameter { slot, id, value };
                            output.edit(TimedEvent { offset: given.offset, event });
                        }
                    }
                    _ if own => output.note(*given),
                    _ => {}
                }
            }
        }
        if !own {
            events.iter().filter(|event| event.event.slot().is_none()).for_each(|it| output.note(*it));
        }
    }

    fn mix(&mut self, left: &mut [f32], right: &mut [f32], ran: bool) {
        // Without sound of its own it is no part of the sound's way.
        let sound = self.running.as_ref().filter(|_| ran).and_then(|running| running.sound());
        let Some([wet_left, wet_right]) = sound else {
            self.wet = 0.0;
            for (left, right) in left.iter_mut().zip(right) {
                [*left, *right] = self.dry.push([*left, *right]);
            }
            return;
        };
        if self.wet == 1.0 && self.wet_target == 1.0 && self.dry.latency() == 0 {
            left.copy_from_slice(&wet_left[..left.len()]);
            right.copy_from_slice(&wet_right[..right.len()]);
            return;
        }
        let frames = left.iter_mut().zip(right).zip(wet_left.iter().zip(wet_right));
        for ((left, right), (wet_left, wet_right)) in frames {
            let [dry_left, dry_right] = self.dry.push([*left, *right]);
            self.wet += (self.wet_target - self.wet).clamp(-self.wet_step, self.wet_step);
            if self.wet == 1.0 {
                (*left, *right) = (*wet_left, *wet_right);
            } else if self.wet == 0.0 {
                (*left, *right) = (dry_left, dry_right);
            } else {
                *left = dry_left + (wet_left - dry_left) * self.wet;
                *right = dry_right + (wet_right - dry_right) * self.wet;
            }
        }
    }
}

/// Those of the frames from `start` to `end`.
fn within(events: &[TimedEvent], start: usize, end: usize) -> &[TimedEvent] {
    let at = |frame: usize| events.partition_point(|event| (event.offset as usize) < frame);
    &events[at(start)..at(end)]
}
