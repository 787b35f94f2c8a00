//! One process of a line on the audio thread: hands it each block, takes the reply, and plays something decent when there
//! is none (E8). Believes nothing a sandbox wrote; neither allocates nor frees.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use std::time::Duration;

use shm::Deadline;
use shm::sandbox_block::{BadReply, MAX_EVENTS, MAX_FRAMES, MAX_SLOTS, SignalEnd, TimedEvent};
use signal_graph::{Block, ParameterChange, ParameterEvent, Stereo, StereoMut};

use super::{
    Failure, LinkFacts, VoiceFacts,
    dry::DryDelay,
    notes::Notes,
    position,
    transition::Transition,
    values::Values,
    waiting::{OpenRequests, Waiting},
};

/// Blocks sent out at once carry at most this many remembered values; the rest follows with the next.
const MAX_VALUES_A_BLOCK: usize = MAX_EVENTS / 2;
/// Events of a block that values at frames leave to notes, whose ends must not be lost.
const KEPT_FOR_NOTES: usize = MAX_EVENTS / 4;
/// Offline a block may take this long before rendering fails: the slowest plugins load files on their audio thread.
const OFFLINE_LIMIT: Duration = Duration::from_secs(30);
/// How often an offline wait looks whether the process still lives.
const OFFLINE_SLICE: Duration = Duration::from_millis(50);

/// A loaded process, as the voice needs it.
#[derive(Debug)]
pub struct Loaded {
    /// The shared block.
    pub end: SignalEnd,
    /// Devices by slot.
    pub devices: Vec<u64>,
    /// Its place is silent without it.
    pub is_instrument: bool,
    /// As long as the plugins' latency.
    pub dry: Box<DryDelay>,
    /// Shared with the keeper.
    pub facts: Arc<LinkFacts>,
}

/// A part of the chain. Without a process it plays the dry signal.
#[derive(Debug)]
pub struct Link {
    loaded: Option<Box<Loaded>>,
    dry: Box<DryDelay>,
    /// 0 for instruments: silence takes their place.
    dry_gain: f32,
    notes: Notes,
    events: Vec<TimedEvent>,
    transition: Transition,
    /// What comes next is a request, not a block that is left out.
    will_ask: bool,
    waiting: Waiting,
    /// A request of an earlier block is still open.
    is_behind: bool,
    /// What the plugins heard last is not what came before this block.
    lost: bool,
    reset: bool,
}

/// What a part does with a block, beside its sound.
pub struct Context<'a, 'b> {
    /// The block.
    pub block: &'a Block<'b>,
    /// Of the chain.
    pub facts: &'a VoiceFacts,
    /// Wait as long as it takes.
    pub unbounded: bool,
}

impl Link {
    /// `[control]` With its process.
    pub fn new(loaded: Box<Loaded>, open: Arc<OpenRequests>, sample_rate: u32) -> Self {
        let mut link = Self {
            loaded: None,
            dry: Box::new(DryDelay::new(0)),
            dry_gain: 1.0,
            notes: Notes::new(),
            events: Vec::with_capacity(MAX_EVENTS),
            transition: Transition::new(sample_rate, true),
            will_ask: false,
            waiting: Waiting::new(open),
            is_behind: false,
            lost: false,
            reset: false,
        };
        // There was none before it.
        let _ = link.install(loaded);
        link
    }

    /// `[audio]` Forgets all sound and notes, the plugins' too.
    pub fn reset(&mut self) {
        self.reset = true;
        self.dry.clear();
        self.notes.forget();
        self.transition.reset(self.loaded.is_some());
    }

    /// `[audio]` Takes a process, in place of the one before, which is returned to be freed elsewhere.
    pub fn install(&mut self, mut loaded: Box<Loaded>) -> Option<Box<Loaded>> {
        if loaded.dry.latency() != self.dry.latency() {
            std::mem::swap(&mut loaded.dry, &mut self.dry);
        }
        let old = self.remove();
        self.dry_gain = if loaded.is_instrument { 0.0 } else { 1.0 };
        self.loaded = Some(loaded);
        self.lost = true;
        old
    }

    /// `[audio]` Lets go of its process, which is to be freed elsewhere.
    pub fn remove(&mut self) -> Option<Box<Loaded>> {
        let old = self.loaded.take();
        if let Some(old) = &old {
            old.facts.open_since.store(0, Ordering::Relaxed);
        }
        self.will_ask = false;
        self.waiting.take();
        self.is_behind = false;
        self.notes.forget();
        old
    }

    /// `[audio]` Takes another delay of the dry signal; the old one is to be freed elsewhere.
    pub fn set_dry(&mut self, dry: Box<DryDelay>) -> Box<DryDelay> {
        std::mem::replace(&mut self.dry, dry)
    }

    /// `[audio]` Puts the events of a block together, unless the sandbox is behind: then they are lost as E8 says.
    pub fn prepare(
        &mut self,
        events: &[signal_graph::Event],
        changes: &[ParameterEvent],
        values: &mut Values,
    ) {
        self.will_ask = false;
        self.waiting.take();
        let Some(loaded) = &self.loaded else {
            self.notes.forget();
            return;
        };
        if self.is_behind && !loaded.end.is_answered() {
            self.lost = true;
            self.notes.lose(events);
            return;
        }
        self.is_behind = false;
        self.events.clear();
        self.notes.pay(&mut self.events);
        values.drain_changed(&loaded.devices, MAX_VALUES_A_BLOCK, &mut self.events);
        let devices = &loaded.devices;
        let mut changes = changes.iter().filter(|it| devices.contains(&it.change.target)).peekable();
        for event in events {
            while let Some(change) = changes.next_if(|change| change.offset <= event.offset) {
                values.pass(change, devices, MAX_EVENTS - KEPT_FOR_NOTES, &mut self.events);
            }
            self.notes.follow(event, &mut self.events);
        }
        for change in changes {
            values.pass(change, devices, MAX_EVENTS - KEPT_FOR_NOTES, &mut self.events);
        }
        self.will_ask = true;
    }

    /// `[audio]` Whether values at frames of this block go out with it.
    pub fn takes(&self, device: u64) -> bool {
        self.will_ask && self.loaded.as_ref().is_some_and(|loaded| loaded.devices.contains(&device))
    }

    /// `[audio]` Hands the prepared block over with its input. It counts as handed over `now`.
    pub fn submit(&mut self, context: &Context<'_, '_>, now: Deadline, input: Stereo<'_>) {
        let Some(loaded) = self.loaded.as_mut().filter(|_| std::mem::take(&mut self.will_ask)) else {
            return;
        };
        let position =
            position(context.block, std::mem::take(&mut self.lost), std::mem::take(&mut self.reset));
        let frames = context.block.frames.min(MAX_FRAMES);
        loaded.facts.open_since.store(now.nanoseconds(), Ordering::Relaxed);
        loaded.end.submit(&position, &self.events, [&input.left[..frames], &input.right[..frames]]);
        self.waiting.ask((!context.unbounded).then_some(deadline(context.block)));
    }

    /// `[audio]` Whether it was asked and has not answered.
    pub fn is_awaited(&self) -> bool {
        self.waiting.is_open() && self.loaded.as_ref().is_some_and(|loaded| !loaded.end.is_answered())
    }

    /// `[audio]` Wakes the process if it is to be asked next, while `before` answers.
    pub fn call_behind(&self, before: &Self) {
        if let Some(loaded) = self.loaded.as_ref().filter(|_| self.will_ask && before.waiting.is_short()) {
            loaded.end.call();
        }
    }

    /// `[audio]` Plays the block: what the sandbox made of it, or what E8 says instead. `edited` hears of every value that
    /// a plugin changed itself.
    pub fn process(
        &mut self,
        context: &Context<'_, '_>,
        input: Stereo<'_>,
        output: &mut StereoMut<'_>,
        edited: impl FnMut(ParameterChange),
    ) {
        let good = self.waiting.take() && self.collect(context, output, edited);
        self.transition.play(input, output, &mut self.dry, good, self.dry_gain);
    }

    /// Waits, copies and checks. Whether `output` holds the sandbox's sound.
    fn collect(
        &mut self,
        context: &Context<'_, '_>,
        output: &mut StereoMut<'_>,
        mut edited: impl FnMut(ParameterChange),
    ) -> bool {
        let Some(loaded) = &self.loaded else { return false };
        let facts = &loaded.facts;
        let answered = if context.unbounded {
            wait_offline(&loaded.end, context.facts, facts)
        } else {
            self.waiting.wait(&loaded.end, deadline(context.block))
        };
        if !answered {
            count(&facts.late_blocks, &context.facts.late_blocks);
            self.is_behind = true;
            return false;
        }
        let since = Deadline::from_nanoseconds(facts.open_since.load(Ordering::Relaxed));
        facts.open_since.store(0, Ordering::Relaxed);
        let round_trip = Deadline::now().since(since).as_nanos() as u64;
        facts.round_trip.store(round_trip, Ordering::Relaxed);
        let frames = context.block.frames.min(MAX_FRAMES);
        match loaded.end.collect([&mut output.left[..frames], &mut output.right[..frames]]) {
            Ok(head) => {
                facts.spent.store(head.nanoseconds, Ordering::Relaxed);
                for (slot, spent) in facts.slots.iter().enumerate().take(loaded.devices.len().min(MAX_SLOTS))
                {
                    spent.store(loaded.end.slot_nanoseconds(slot), Ordering::Relaxed);
                }
                for index in 0..head.edits {
                    let Some((slot, parameter, value)) = loaded.end.edit(index) else { continue };
                    let Some(target) = loaded.devices.get(slot as usize).copied() else { continue };
                    if parameter != ParameterChange::BYPASS {
                        edited(ParameterChange { target, parameter, value });
                    }
                }
                true
            }
            Err(error) => {
                if let BadReply::Plugin { slot, fault } = error {
                    facts.accusation.accuse(slot, fault);
                }
                count(&facts.bad_blocks, &context.facts.bad_blocks);
                if context.unbounded {
                    context.facts.failure.store(Failure::BadOutput as u32, Ordering::Release);
                }
                false
            }
        }
    }

    /// `[any]` Its process's devices.
    pub fn devices(&self) -> &[u64] {
        self.loaded.as_ref().map_or(&[], |loaded| &loaded.devices)
    }
}

fn deadline(block: &Block<'_>) -> Deadline {
    Deadline::from_nanoseconds(block.deadline.0)
}

fn count(own: &AtomicU64, whole: &AtomicU64) {
    own.fetch_add(1, Ordering::Relaxed);
    whole.fetch_add(1, Ordering::Relaxed);
}

/// Waits as long as it takes, up to [`OFFLINE_LIMIT`] and as long as the process lives.
fn wait_offline(end: &SignalEnd, facts: &VoiceFacts, link: &LinkFacts) -> bool {
    if facts.failure().is_some() {
        return false;
    }
    let limit = Deadline::after(OFFLINE_LIMIT);
    loop {
        if end.wait(Deadline::after(OFFLINE_SLICE).min(limit)) {
            return true;
        }
        let failure = match (link.alive.load(Ordering::Acquire), Deadline::now() >= limit) {
            (false, _) => Failure::Died,
            (true, true) => Failure::Hung,
            (true, false) => continue,
        };
        facts.failure.store(failure as u32, Ordering::Release);
        return false;
    }
}
