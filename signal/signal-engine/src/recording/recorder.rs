//! The recorder's thread: keeps what came in, and writes takes while a session is on.
//!
//! It wakes a hundred times a second, takes everything out of the feed, writes what is due, and brings it to the disk
//! twice a second at least. A take that the disk refuses is closed with what it has; the others go on.

mod takes;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use signal_graph::Piece;
use tokio::sync::watch;

use super::feed::{Entry, FeedReader, MidiIn};
use super::history::History;
use super::plan::{Plan, RecordSession, Stretch};
use super::setup::{PortChoice, RecordInput, RecordSetup};
use super::status::{Phase, RecordingStatus};
use super::take::{Origin, PlacedMidi, Take, unique};
use crate::refusal::Refusal;

/// Between two looks into the feed; short beside the ring's seconds.
const INTERVAL: Duration = Duration::from_millis(10);
/// Between two times that everything written is brought to the disk: at most half a second is lost (S6).
const SYNC_INTERVAL: Duration = Duration::from_millis(250);
/// Between two words to watchers.
const TELL_INTERVAL: Duration = Duration::from_millis(100);
/// Frames written at once, so that the feed is looked after in between.
const MOST_FRAMES: u64 = 16_384;
/// How far back notes and the song's way are kept.
pub(super) const NOTE_SECONDS: u64 = 120;
/// Messages kept: 500 a second for two minutes.
const MOST_MIDI: usize = 65_536;
/// Parts of the song's way kept: as many as loops and locates of two minutes.
const MOST_PIECES: usize = 65_536;

/// What the control thread tells the recorder.
pub enum Order {
    /// What can be recorded, and the numbers of the named ports.
    Setup(RecordSetup, BTreeMap<String, u16>),
    /// Other channels are taken from now on.
    Feed(FeedReader),
    /// A session is about to begin.
    Begin(RecordSession),
    /// Make takes of what was played.
    Keep {
        /// Whose undo takes it back.
        client: String,
        /// Gets it if no track is armed.
        track: u64,
        /// Told when they are complete.
        reply: Box<dyn FnOnce(Result<Vec<u64>, Refusal>) + Send>,
    },
    /// What was played so far is not kept any more.
    Forget,
    /// What the way from output to input is, and whether it was measured.
    RoundTrip(u32, bool),
    /// Input channels of the device.
    Inputs(u32),
}

/// Whom the recorder tells.
pub struct Words {
    /// Takes are complete.
    pub closed: Box<dyn Fn() + Send>,
    /// Nothing more of the session of this number can be recorded. Gives whether it was heard.
    pub ended: Box<dyn Fn(u64) -> bool + Send>,
}

/// The thread's state.
pub struct Recorder {
    sample_rate: u32,
    device_inputs: u32,
    pub(super) setup: RecordSetup,
    pub(super) ports: BTreeMap<String, u16>,
    pub(super) feed: FeedReader,
    next_feeds: VecDeque<FeedReader>,
    pub(super) history: History,
    pub(super) midi: VecDeque<(u64, MidiIn)>,
    pub(super) way: VecDeque<Went>,
    session: Option<(RecordSession, String)>,
    /// Number of the last session that began.
    begun: u64,
    plan: Plan,
    takes: Vec<Take>,
    /// Tracks whose take failed in this session.
    failed: BTreeSet<u64>,
    /// The last session that was said to be over.
    ended: u64,
    note_lead: u64,
    /// Frames that did not get here and are not told yet.
    losing: u64,
    /// Nothing before this frame is kept again.
    pub(super) kept_until: u64,
    synced: Instant,
    told: Instant,
    pub(super) status: RecordingStatus,
    watchers: watch::Sender<RecordingStatus>,
    counting: Arc<AtomicBool>,
    words: Words,
}

/// A part of the song's way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Went {
    pub frame: u64,
    pub piece: Piece,
    pub delay: u64,
    pub note_delay: u64,
}

impl Recorder {
    /// With a first feed.
    pub fn new(
        sample_rate: u32,
        feed: FeedReader,
        watchers: watch::Sender<RecordingStatus>,
        counting: Arc<AtomicBool>,
        words: Words,
    ) -> Self {
        let now = Instant::now();
        let status = RecordingStatus { keep_midi_seconds: NOTE_SECONDS as f32, ..RecordingStatus::default() };
        Self {
            sample_rate,
            device_inputs: 0,
            setup: RecordSetup::default(),
            ports: BTreeMap::new(),
            history: History::new(&feed.channels, sample_rate),
            feed,
            next_feeds: VecDeque::new(),
            midi: VecDeque::new(),
            way: VecDeque::new(),
            session: None,
            begun: 0,
            plan: Plan::default(),
            takes: Vec::new(),
            failed: BTreeSet::new(),
            ended: 0,
            note_lead: 0,
            losing: 0,
            kept_until: 0,
            synced: now,
            told: now,
            status,
            watchers,
            counting,
            words,
        }
    }

    /// Runs until nobody gives orders any more, then closes what is open.
    pub fn run(mut self, orders: &Receiver<Order>) {
        loop {
            match orders.recv_timeout(INTERVAL) {
                Ok(order) => self.obey(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            while let Ok(order) = orders.try_recv() {
                self.obey(order);
            }
            self.listen();
            self.write();
            self.sync();
            self.end_what_failed();
            self.tell();
        }
        self.close_takes();
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Setup(setup, ports) => {
                (self.setup, self.ports) = (setup, ports);
                let armed = |take: &Take| {
                    self.setup
                        .inputs
                        .iter()
                        .any(|input| input.track == take.input.track && input.can_record())
                };
                let gone: Vec<Take> = self.takes.extract_if(.., |take| !armed(take)).collect();
                self.finish(gone);
            }
            Order::Feed(feed) => self.next_feeds.push_back(feed),
            Order::Begin(session) => {
                self.listen();
                self.end_session();
                self.begun = session.number;
                self.session = Some((session, unique(0)));
            }
            Order::Keep { client, track, reply } => {
                self.listen();
                let kept = self.keep(&client, track);
                if kept.is_ok() {
                    (self.words.closed)();
                }
                reply(kept);
            }
            Order::Forget => {
                self.listen();
                self.kept_until = self.history.end();
            }
            Order::Inputs(inputs) => self.device_inputs = inputs,
            Order::RoundTrip(frames, measured) => {
                (self.status.round_trip, self.status.round_trip_measured) = (frames, measured);
            }
        }
    }

    pub(super) fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    pub(super) fn origin<'a>(&'a self, session: &'a str, client: &'a str) -> Option<Origin<'a>> {
        let folder = self.setup.folder.as_deref()?;
        Some(Origin { folder, session, client, sample_rate: self.sample_rate })
    }

    /// Takes everything out of the feed, and goes over to the next one when it is through.
    fn listen(&mut self) {
        loop {
            let abandoned = self.feed.entries.is_abandoned();
            while let Ok(next) = self.feed.entries.peek() {
                // The order that begins its session was given before, and is about to be read.
                if matches!(next, Entry::Piece { session, .. } if *session > self.begun) {
                    return;
                }
                let Ok(entry) = self.feed.entries.pop() else { break };
                self.take(entry);
            }
            let next = if abandoned { self.next_feeds.pop_front() } else { None };
            let Some(next) = next else { return };
            if next.channels != self.feed.channels {
                self.history.follow(&next.channels);
                self.status.keep_audio_seconds = self.history.seconds();
            }
            self.feed = next;
        }
    }

    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Block { frame, frames } => {
                self.miss(frame);
                self.tell_losses();
                let samples = &mut self.feed.samples;
                self.history.push(u64::from(frames), || samples.pop().unwrap_or(0.0));
            }
            Entry::Lost { frame, frames } => self.miss(frame + u64::from(frames)),
            Entry::Midi { frame, midi } => {
                // Ports differ in how long their way here takes.
                let later = self.midi.iter().rev().take_while(|(other, _)| *other > frame).count();
                self.midi.insert(self.midi.len() - later, (frame, midi));
            }
            Entry::Piece { frame, piece, session, delay, note_delay } => {
                let (delay, note_delay) = (u64::from(delay), u64::from(note_delay));
                self.go(Went { frame, piece, delay, note_delay });
                if let Some((own, _)) = &mut self.session {
                    if own.number == session {
                        self.note_lead = delay - note_delay.min(delay);
                        let runs = self.plan.add(own, frame, &piece, delay);
                        self.status.phase = if runs { Phase::Running } else { Phase::Waiting };
                    } else if self.status.phase != Phase::Off {
                        self.status.phase = Phase::Off;
                    }
                }
            }
        }
    }

    fn go(&mut self, went: Went) {
        let oldest = self.history.end().saturating_sub(NOTE_SECONDS * u64::from(self.sample_rate));
        while self.midi.front().is_some_and(|(frame, _)| *frame < oldest) || self.midi.len() > MOST_MIDI {
            self.midi.pop_front();
        }
        while self.way.front().is_some_and(|it| it.frame + (it.piece.frames as u64) < oldest)
            || self.way.len() > MOST_PIECES
        {
            self.way.pop_front();
        }
        if let Some(last) = self.way.back_mut()
            && last.follows_to(&went)
            && last.piece.frames < self.sample_rate as usize
        {
            last.piece.frames += went.piece.frames;
        } else {
            self.way.push_back(went);
        }
    }

    /// What did not get here up to a frame is silent.
    fn miss(&mut self, frame: u64) {
        if self.history.end() > 0 {
            self.losing += frame.saturating_sub(self.history.end());
        }
        self.history.skip_to(frame);
    }

    /// Says once what is missing of a stretch.
    pub(super) fn tell_losses(&mut self) {
        let frames = std::mem::take(&mut self.losing);
        if frames == 0 {
            return;
        }
        for take in self.takes.iter_mut().filter(|take| !take.input.channels.is_empty()) {
            let _ = take.note_loss(frames);
        }
        if !self.takes.is_empty() {
            let seconds = frames as f64 / f64::from(self.sample_rate);
            let text = format!(
                "the recording has {seconds:.3} s of silence where the disk or the machine was too slow; close what else \
                 is busy, or choose a larger block"
            );
            self.status.add(0, text);
        }
    }

    fn write(&mut self) {
        while let Some(stretch) = self.plan.next(self.history.end(), MOST_FRAMES) {
            self.open_takes(stretch.position);
            self.write_stretch(&stretch);
        }
        let is_over = self.status.phase == Phase::Off || self.session.is_none();
        if is_over && self.plan.is_empty() && !self.takes.is_empty() {
            self.close_takes();
        }
    }

    fn end_session(&mut self) {
        self.write();
        self.close_takes();
        self.plan.clear();
        self.failed.clear();
        self.session = None;
        self.status.phase = Phase::Off;
    }

    fn tell(&mut self) {
        if self.told.elapsed() < TELL_INTERVAL {
            return;
        }
        self.told = Instant::now();
        self.status.takes = self.takes.iter().map(|take| take.status().clone()).collect();
        let mut status = self.status.clone();
        if self.counting.load(Ordering::Relaxed) {
            status.phase = Phase::CountIn;
        }
        self.watchers.send_if_modified(|told| {
            let changed = *told != status;
            *told = status;
            changed
        });
    }
}

impl Went {
    /// Whether the song simply went on.
    fn follows_to(&self, next: &Self) -> bool {
        let moved = if self.piece.playing { self.piece.frames as i64 } else { 0 };
        self.piece.playing == next.piece.playing
            && self.frame + self.piece.frames as u64 == next.frame
            && self.piece.position + moved == next.piece.position
            && (self.delay, self.note_delay) == (next.delay, next.note_delay)
    }
}

/// The messages that belong to a stretch. `lead`: how much later sound comes in than they.
pub(super) fn placed(
    midi: &VecDeque<(u64, MidiIn)>,
    ports: &BTreeMap<String, u16>,
    input: &RecordInput,
    stretch: &Stretch,
    lead: u64,
) -> Vec<PlacedMidi> {
    let (from, to) = (stretch.from.saturating_sub(lead), stretch.to.saturating_sub(lead));
    let first = midi.partition_point(|(frame, _)| *frame < from);
    let of_stretch = midi.range(first..).take_while(|(frame, _)| *frame < to);
    of_stretch
        .filter(|(_, midi)| reaches(ports, input, midi) && midi.data[0] >= 0x80)
        .map(|(frame, midi)| PlacedMidi { sample: stretch.position + (frame - from) as i64, data: midi.data })
        .collect()
}

/// Whether a track takes a message.
pub(super) fn reaches(ports: &BTreeMap<String, u16>, input: &RecordInput, midi: &MidiIn) -> bool {
    match (midi.track, &input.port) {
        (0, PortChoice::Nothing) => false,
        (0, PortChoice::Any) => true,
        (0, PortChoice::Named(name)) => ports.get(name) == Some(&midi.port),
        (track, _) => track == input.track,
    }
}
