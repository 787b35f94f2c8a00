//! The audio thread's half of a plugin chain: hands each block to the sandbox, takes the reply, and plays something
//! decent when there is none (E8).
//!
//! 1. `submit` takes what the keeper sent (a loaded process, the news of its death, values) and makes a request.
//! 2. `process` waits for the reply until the block's deadline, copies and checks it, and plays it.
//! 3. A block without a good reply decays into the dry signal; the sandbox is not waited for again until it caught up.
//!
//! It starts and stops no process, and believes nothing a sandbox wrote. It neither allocates nor frees.

mod dry;
mod notes;
mod transition;
mod values;
mod waiting;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};
use std::time::Duration;

use rtrb::{Consumer, Producer};
use shm::Deadline;
use shm::sandbox_block::{Event, MAX_EVENTS, MAX_FRAMES, Position, SignalEnd, TimedEvent};
use signal_graph::{Block, EventBody, Io, ParameterChange, ParameterEvent, Stereo};

pub use dry::DryDelay;
use notes::Notes;
use transition::Transition;
use values::Values;
pub use waiting::OpenRequests;
use waiting::Waiting;

/// Blocks sent out at once carry at most this many remembered values; the rest follows with the next.
const MAX_VALUES_A_BLOCK: usize = MAX_EVENTS / 2;
/// Events of a block that values at frames leave to notes, whose ends must not be lost.
const KEPT_FOR_NOTES: usize = MAX_EVENTS / 4;
/// Offline a block may take this long before rendering fails: the slowest plugins load files on their audio thread.
pub const OFFLINE_LIMIT: Duration = Duration::from_secs(30);
/// How often an offline wait looks whether the process still lives.
const OFFLINE_SLICE: Duration = Duration::from_millis(50);

/// From the keeper to the voice.
#[derive(Debug)]
pub enum ToVoice {
    /// A process that is loaded and answers; takes the place of the one before.
    Loaded(Box<Loaded>),
    /// The process has died.
    Gone,
    /// The chain's latency changed: the delay that fits it.
    Dry(Box<DryDelay>),
    /// A value that no graph update will bring.
    Value(ParameterChange),
}

/// From the voice to the keeper.
#[derive(Debug)]
pub enum FromVoice {
    /// To be freed.
    Loaded(Box<Loaded>),
    /// To be freed.
    Dry(Box<DryDelay>),
    /// A plugin changed a parameter itself.
    Edited(ParameterChange),
}

/// A loaded process, as the voice needs it.
#[derive(Debug)]
pub struct Loaded {
    /// The shared block.
    pub end: SignalEnd,
    /// Devices by slot.
    pub devices: Vec<u64>,
    /// Its place is silent without it.
    pub is_instrument: bool,
    /// As long as the chain's latency.
    pub dry: Box<DryDelay>,
}

/// Why an offline chain gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Failure {
    /// Its process died.
    Died = 1,
    /// A block took longer than [`OFFLINE_LIMIT`].
    Hung = 2,
    /// It gave NaN, infinity or garbage.
    BadOutput = 3,
}

/// What keeper and watchers read of a voice, on any thread.
#[derive(Debug, Default)]
pub struct VoiceFacts {
    /// `CLOCK_MONOTONIC` nanoseconds since which a request is open; 0: none.
    pub open_since: AtomicU64,
    /// When the last block passed through the voice.
    pub last_block: AtomicU64,
    /// Of the last answered request, nanoseconds.
    pub round_trip: AtomicU64,
    /// Blocks without an answer in time.
    pub late_blocks: AtomicU64,
    /// Blocks whose answer was thrown away.
    pub bad_blocks: AtomicU64,
    /// A [`Failure`]; 0: none.
    pub failure: AtomicU32,
    /// Whether the process lives; written by the keeper.
    pub alive: AtomicBool,
    /// Samples of delay; written by the keeper.
    pub latency: AtomicU32,
}

impl VoiceFacts {
    /// Why the chain gave up, if it did.
    pub fn failure(&self) -> Option<Failure> {
        match self.failure.load(Ordering::Acquire) {
            1 => Some(Failure::Died),
            2 => Some(Failure::Hung),
            3 => Some(Failure::BadOutput),
            _ => None,
        }
    }
}

/// The audio thread's half of one chain.
#[derive(Debug)]
pub struct Voice {
    from_keeper: Consumer<ToVoice>,
    to_keeper: Producer<FromVoice>,
    facts: Arc<VoiceFacts>,
    loaded: Option<Box<Loaded>>,
    dry: Box<DryDelay>,
    /// 0 for instruments: silence takes their place.
    dry_gain: f32,
    values: Values,
    notes: Notes,
    events: Vec<TimedEvent>,
    transition: Transition,
    waiting: Waiting,
    /// A request of an earlier block is still open.
    is_behind: bool,
    /// What the plugins heard last is not what came before this block.
    lost: bool,
    reset: bool,
    offline: bool,
}

impl Voice {
    /// `[control]` A voice without a process.
    pub fn new(
        from_keeper: Consumer<ToVoice>,
        to_keeper: Producer<FromVoice>,
        facts: Arc<VoiceFacts>,
        open: Arc<OpenRequests>,
        sample_rate: u32,
        offline: bool,
    ) -> Self {
        Self {
            from_keeper,
            to_keeper,
            facts,
            loaded: None,
            dry: Box::new(DryDelay::new(0)),
            dry_gain: 1.0,
            values: Values::new(),
            notes: Notes::new(),
            events: Vec::with_capacity(MAX_EVENTS),
            transition: Transition::new(sample_rate, offline),
            waiting: Waiting::new(open),
            is_behind: false,
            lost: false,
            reset: false,
            offline,
        }
    }

    /// `[audio]` A new value from the next block on.
    pub fn set_parameter(&mut self, change: &ParameterChange) {
        self.values.set(change);
    }

    /// `[audio]` Forgets all sound and notes, the plugins' too.
    pub fn reset(&mut self) {
        self.take_messages();
        self.reset = true;
        self.dry.clear();
        self.notes.forget();
        self.transition.reset(self.loaded.is_some());
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
        self.take_messages();
        self.waiting.take();
        let Some(loaded) = &mut self.loaded else {
            self.notes.forget();
            self.values.set_last(changes);
            return;
        };
        if self.is_behind && !loaded.end.is_answered() {
            self.values.set_last(changes);
            self.lost = true;
            self.notes.lose(events);
            return;
        }
        self.is_behind = false;
        self.events.clear();
        self.notes.pay(&mut self.events);
        self.values.drain_changed(&loaded.devices, MAX_VALUES_A_BLOCK, &mut self.events);
        let mut changes = changes.iter().peekable();
        for event in events {
            while let Some(change) = changes.next_if(|change| change.offset <= event.offset) {
                self.values.pass(change, &loaded.devices, MAX_EVENTS - KEPT_FOR_NOTES, &mut self.events);
            }
            self.notes.follow(event, &mut self.events);
        }
        for change in changes {
            self.values.pass(change, &loaded.devices, MAX_EVENTS - KEPT_FOR_NOTES, &mut self.events);
        }
        let position = position(block, self.lost, std::mem::take(&mut self.reset));
        self.lost = false;
        let frames = block.frames.min(MAX_FRAMES);
        loaded.end.submit(&position, &self.events, [&input.left[..frames], &input.right[..frames]]);
        self.facts.open_since.store(now.nanoseconds(), Ordering::Relaxed);
        self.waiting.ask();
    }

    /// `[audio]` Plays the block: what the sandbox made of it, or what E8 says instead.
    pub fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        let good = self.waiting.take() && self.collect(block, io);
        self.transition.play(io, &mut self.dry, good, self.dry_gain);
    }

    /// Waits, copies and checks. Whether `io.output` holds the sandbox's sound.
    fn collect(&mut self, block: &Block<'_>, io: &mut Io<'_>) -> bool {
        let deadline = Deadline::from_nanoseconds(block.deadline.0);
        let Some(loaded) = &self.loaded else { return false };
        let unbounded = self.offline || block.offline || block.deadline == signal_graph::Deadline::NONE;
        let answered = if unbounded {
            wait_offline(&loaded.end, &self.facts)
        } else {
            self.waiting.wait(&loaded.end, deadline)
        };
        if !answered {
            self.facts.late_blocks.fetch_add(1, Ordering::Relaxed);
            self.is_behind = true;
            return false;
        }
        let since = Deadline::from_nanoseconds(self.facts.open_since.swap(0, Ordering::Relaxed));
        let round_trip = Deadline::now().since(since).as_nanos() as u64;
        self.facts.round_trip.store(round_trip, Ordering::Relaxed);
        let frames = block.frames.min(MAX_FRAMES);
        let output = [&mut io.output.left[..frames], &mut io.output.right[..frames]];
        match loaded.end.collect(output) {
            Ok(head) => {
                for edit in 0..head.edits {
                    self.take_edit(edit);
                }
                true
            }
            Err(_) => {
                self.facts.bad_blocks.fetch_add(1, Ordering::Relaxed);
                if unbounded {
                    self.facts.failure.store(Failure::BadOutput as u32, Ordering::Release);
                }
                false
            }
        }
    }

    /// An edit is the newest value of its parameter. The keeper hears of it unless it is too busy.
    fn take_edit(&mut self, index: usize) {
        let Some(loaded) = &self.loaded else { return };
        let Some((slot, parameter, value)) = loaded.end.edit(index) else { return };
        let Some(target) = loaded.devices.get(slot as usize).copied() else { return };
        let change = ParameterChange { target, parameter, value };
        if parameter != ParameterChange::BYPASS && self.values.learn(&change) {
            let _ = self.to_keeper.push(FromVoice::Edited(change));
        }
    }

    /// Every message may give one thing back, so none is taken without room for that.
    fn take_messages(&mut self) {
        while self.to_keeper.slots() >= 1 {
            let Ok(message) = self.from_keeper.pop() else { return };
            match message {
                ToVoice::Loaded(loaded) => self.install(loaded),
                ToVoice::Gone => self.remove(),
                ToVoice::Dry(dry) => {
                    let old = std::mem::replace(&mut self.dry, dry);
                    let _ = self.to_keeper.push(FromVoice::Dry(old));
                }
                ToVoice::Value(change) => self.values.set(&change),
            }
        }
    }

    fn install(&mut self, mut loaded: Box<Loaded>) {
        if loaded.dry.latency() != self.dry.latency() {
            std::mem::swap(&mut loaded.dry, &mut self.dry);
        }
        self.remove();
        self.dry_gain = if loaded.is_instrument { 0.0 } else { 1.0 };
        self.loaded = Some(loaded);
        self.values.mark_all();
        self.lost = true;
    }

    fn remove(&mut self) {
        if let Some(old) = self.loaded.take() {
            let _ = self.to_keeper.push(FromVoice::Loaded(old));
        }
        self.facts.open_since.store(0, Ordering::Relaxed);
        self.waiting.take();
        self.is_behind = false;
        self.notes.forget();
    }
}

/// Waits as long as it takes, up to [`OFFLINE_LIMIT`] and as long as the process lives.
fn wait_offline(end: &SignalEnd, facts: &VoiceFacts) -> bool {
    if facts.failure().is_some() {
        return false;
    }
    let limit = Deadline::after(OFFLINE_LIMIT);
    loop {
        if end.wait(Deadline::after(OFFLINE_SLICE).min(limit)) {
            return true;
        }
        let failure = match (facts.alive.load(Ordering::Acquire), Deadline::now() >= limit) {
            (false, _) => Failure::Died,
            (true, true) => Failure::Hung,
            (true, false) => continue,
        };
        facts.failure.store(failure as u32, Ordering::Release);
        return false;
    }
}

fn position(block: &Block<'_>, lost: bool, reset: bool) -> Position {
    let music = block.timeline.at(block.position);
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
    }
}

/// The event as the block holds it.
fn block_event(event: &signal_graph::Event) -> TimedEvent {
    // Ids of the song are wider than CLAP's; the low bits tell notes of one key apart just as well.
    let note_id = |note: u64| (note & u64::from(i32::MAX.cast_unsigned())) as u32;
    let body = match event.body {
        EventBody::NoteOn { note, channel, pitch, velocity } => {
            Event::NoteOn { channel, key: pitch, note_id: note_id(note), velocity: f64::from(velocity) }
        }
        EventBody::NoteOff { note, channel, pitch, velocity } => {
            Event::NoteOff { channel, key: pitch, note_id: note_id(note), velocity: f64::from(velocity) }
        }
        EventBody::Midi(message) => Event::Midi(message),
        EventBody::AllNotesOff => Event::AllNotesOff,
    };
    TimedEvent { offset: event.offset, event: body }
}
