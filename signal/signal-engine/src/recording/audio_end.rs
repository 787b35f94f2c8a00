//! The audio thread's part in recording: what happens before and after the player computes a block.
//!
//! Keyboards' notes and the device's input are handed to the nodes that play them; clicks are added to what goes out; all
//! that came in is put into the feed. Nothing here allocates, locks or waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_graph::{Piece, Player};
use signal_nodes::live::LiveInput;
use signal_rt::rtrb::{Consumer, Producer, RingBuffer};
use signal_rt::{Collector, Discard, discard_ring};

use super::calibration::Probe;
use super::click_output::ClickOutput;
use super::feed::{Feed, FeedReader, Heard, MidiIn, feed};
use super::live::LiveRoutes;
use super::metronome::{CountIn, Metronome};

/// Orders under way: a few an edit.
const ORDERS: usize = 256;
/// Messages of keyboards that reach one block.
const MOST_MIDI: usize = 512;

/// What the control thread asks of the audio thread.
#[derive(Debug)]
pub enum AudioOrder {
    /// Other channels are taken.
    Feed(Box<Feed>),
    /// Other instruments listen.
    Routes(Box<LiveRoutes>),
    /// This session is recorded within these song positions; 0: none.
    Record {
        /// Its number.
        session: u64,
        /// Half open.
        range: (i64, i64),
    },
    /// Click, then play.
    CountIn(Box<CountIn>),
    /// Play no more after the clicks.
    CancelCountIn,
    /// Clicks while the song plays.
    Metronome {
        /// Whether.
        on: bool,
        /// Linear.
        gain: f32,
    },
    /// Where clicks are heard.
    ClickOutput(ClickOutput),
    /// The way from output to input, as it was measured.
    RoundTrip(Option<u32>),
    /// Measure it.
    Probe(Box<Probe>),
}

/// What the audio thread is done with, to be freed elsewhere.
pub type Done = Box<dyn std::fmt::Debug + Send>;

/// The audio thread's end. `[audio]`
#[derive(Debug)]
pub struct AudioEnd {
    orders: Consumer<AudioOrder>,
    done: Discard<Done>,
    probes: Producer<Box<Probe>>,
    keyboard: Consumer<MidiIn>,
    feed: Box<Feed>,
    routes: Box<LiveRoutes>,
    input: Arc<LiveInput>,
    metronome: Metronome,
    session: u64,
    range: (i64, i64),
    count_in: Option<Counting>,
    counting: Arc<AtomicBool>,
    round_trip: Option<u32>,
    probe: Option<Box<Probe>>,
    midi: Vec<MidiIn>,
}

#[derive(Debug)]
struct Counting {
    count: Box<CountIn>,
    frame: u64,
    next: usize,
}

/// The control thread's rings to it. `[control]`
pub struct Rings {
    /// What to do.
    pub orders: Producer<AudioOrder>,
    /// Notes of keyboards.
    pub keyboard: Producer<MidiIn>,
    /// What it is done with.
    pub done: Collector<Done>,
    /// Measurements that are complete.
    pub probes: Consumer<Box<Probe>>,
    /// Bars are being counted in.
    pub counting: Arc<AtomicBool>,
}

/// One block, as the device gives it.
#[derive(Clone, Copy, Debug)]
pub struct InputBlock<'a> {
    /// Number of its first frame, without end.
    pub frame: u64,
    /// Frames of it.
    pub frames: usize,
    /// One slice for each channel of the device.
    pub input: &'a [&'a [f32]],
    /// From the jack to the block that holds it, in frames.
    pub input_latency: u32,
    /// From the block to the jack.
    pub output_latency: u32,
}

/// Makes the audio thread's end, the rings to it, and the recorder's first feed. `[control]`
pub fn audio_ends(sample_rate: u32, input: Arc<LiveInput>) -> (AudioEnd, Rings, FeedReader) {
    let (orders, incoming) = RingBuffer::new(ORDERS);
    let (done, collector) = discard_ring(ORDERS);
    let (probes, probed) = RingBuffer::new(1);
    let (keyboard, keys) = RingBuffer::new(MOST_MIDI);
    let (feed, reader) = feed(Vec::new(), sample_rate);
    let counting = Arc::new(AtomicBool::new(false));
    let end = AudioEnd {
        orders: incoming,
        done,
        probes,
        keyboard: keys,
        feed: Box::new(feed),
        routes: Box::default(),
        input,
        metronome: Metronome::new(sample_rate),
        session: 0,
        range: (0, 0),
        count_in: None,
        counting: counting.clone(),
        round_trip: None,
        probe: None,
        midi: Vec::with_capacity(MOST_MIDI),
    };
    (end, Rings { orders, keyboard, done: collector, probes: probed, counting }, reader)
}

impl AudioEnd {
    /// What comes before a block is computed. `midi`: of the ports.
    pub fn before(
        &mut self,
        block: &InputBlock<'_>,
        midi: impl Iterator<Item = MidiIn>,
        player: &mut Player,
    ) {
        self.take_orders();
        self.midi.clear();
        while self.midi.len() < MOST_MIDI
            && let Ok(key) = self.keyboard.pop()
        {
            self.midi.push(MidiIn { offset: 0, ..key });
        }
        let room = MOST_MIDI - self.midi.len();
        for midi in midi.take(room) {
            let later = self.midi.iter().rev().take_while(|other| other.offset > midi.offset).count();
            self.midi.insert(self.midi.len() - later, midi);
        }
        self.routes.begin();
        for midi in &self.midi {
            self.routes.deal(midi);
        }
        let position = player.position();
        let recording = self.session != 0 && (self.range.0..self.range.1).contains(&position);
        self.input.fill(block.input.iter().copied(), block.frames, recording);
        if self.count_in.as_ref().is_some_and(|counting| counting.frame >= counting.count.frames)
            && self.done.has_room()
            && let Some(counting) = self.count_in.take()
        {
            let _ = self.done.push(counting.count);
            self.counting.store(false, Ordering::Relaxed);
            player.start();
        }
    }

    /// What comes after it is computed and put into `output`.
    pub fn after(&mut self, block: &InputBlock<'_>, output: &mut [&mut [f32]], player: &Player) {
        let (pieces, compensation): (&[Piece], u32) = (player.pieces(), player.schedule().latency());
        self.metronome.follow(player.timeline(), pieces, compensation);
        self.count(block.frames, compensation as usize);
        self.metronome.sound(block.frames, output);
        let measured = self.round_trip.map_or(block.input_latency + block.output_latency, |frames| frames);
        let output_delay = measured.saturating_sub(block.input_latency);
        let heard = Heard {
            frame: block.frame,
            frames: block.frames,
            pieces,
            session: self.session,
            delay: measured + compensation,
            note_delay: output_delay + compensation,
            midi: &self.midi,
        };
        self.feed.push(&heard, |channel| block.input.get(channel as usize).copied());
        self.probe(block, output);
    }

    fn count(&mut self, frames: usize, delay: usize) {
        let Some(counting) = &mut self.count_in else { return };
        let end = counting.frame + frames as u64;
        while let Some((at, first)) = counting.count.clicks.get(counting.next).filter(|(at, _)| *at < end) {
            self.metronome.add((at - counting.frame) as usize + delay, *first);
            counting.next += 1;
        }
        counting.frame = end;
    }

    fn probe(&mut self, block: &InputBlock<'_>, output: &mut [&mut [f32]]) {
        let Some(probe) = &mut self.probe else { return };
        if probe.process(block.input, output)
            && let Some(probe) = self.probe.take()
        {
            // There is room: one is under way at a time.
            let _ = self.probes.push(probe);
        }
    }

    fn take_orders(&mut self) {
        while self.done.has_room()
            && let Ok(order) = self.orders.pop()
        {
            let done: Option<Done> = match order {
                AudioOrder::Feed(feed) => Some(std::mem::replace(&mut self.feed, feed) as Done),
                AudioOrder::Routes(routes) => {
                    // Whoever listens no more ends what it holds.
                    self.routes.begin();
                    Some(std::mem::replace(&mut self.routes, routes) as Done)
                }
                AudioOrder::Record { session, range } => {
                    (self.session, self.range) = (session, range);
                    None
                }
                AudioOrder::CountIn(count) => {
                    self.counting.store(true, Ordering::Relaxed);
                    let before = self.count_in.replace(Counting { count, frame: 0, next: 0 });
                    before.map(|counting| counting.count as Done)
                }
                AudioOrder::CancelCountIn => {
                    self.counting.store(false, Ordering::Relaxed);
                    self.metronome.cancel();
                    self.count_in.take().map(|counting| counting.count as Done)
                }
                AudioOrder::Metronome { on, gain } => {
                    (self.metronome.on, self.metronome.gain) = (on, gain);
                    None
                }
                AudioOrder::ClickOutput(output) => {
                    self.metronome.output = output;
                    None
                }
                AudioOrder::RoundTrip(frames) => {
                    self.round_trip = frames;
                    None
                }
                AudioOrder::Probe(probe) => {
                    // The control thread waits for one before it sends the next.
                    self.probe.get_or_insert(probe);
                    None
                }
            };
            if let Some(done) = done {
                let _ = self.done.push(done);
            }
        }
    }
}
