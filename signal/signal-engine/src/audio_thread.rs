//! What happens in a block: the player, the capture, the telemetry. Nothing here allocates, locks or asks the system for
//! anything but the time.
//!
//! [`audio_thread`] makes the two ends: the callback for the device, and the control thread's [`AudioControl`].

mod control;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use shm::telemetry;
use signal_graph::{BlockReport, Deadline, Player, StereoMut, player};
use signal_rt::audio_scope;
use signal_rt::rtrb::{Consumer, Producer, RingBuffer};

pub use self::control::{AudioControl, DeviceHangs};
use crate::audition::{self, AuditionVoice};
use crate::capture::CaptureTap;
use crate::device::{Block, BlockCallback, DeviceFormat, LARGEST_BLOCK_FRAMES, MidiMessage};
use crate::late_blocks::{LateBlocks, Timing};
use crate::loudness::LoudnessTap;
use crate::meters::{MeterReader, meters};
use crate::midi::TimedMessage;
use crate::midi::outlet::{Outlet, OutletBlock};
use crate::recording::feed::MidiIn;
use crate::recording::{AudioEnd, InputBlock};

/// Captures on their way to and from the audio thread: one at a time, and one being replaced.
const TAPS: usize = 2;
/// Part of a block's period that is kept for what comes after the remote nodes: 1/8, and no less than [`SHORTEST_MARGIN`].
const DEADLINE_MARGIN: u32 = 8;
/// What waking up, mixing and handing over may take however short a block is; a third of 64 frames at 48 kHz, and never
/// more than half of a block.
const SHORTEST_MARGIN: Duration = Duration::from_micros(400);
/// Weight of a block in the load shown: falls to a third within 32 blocks.
const LOAD_WEIGHT: f32 = 1.0 / 32.0;

/// No position: the song does not rest.
const MOVES: i64 = -1;

/// What the control thread asks of the capture.
enum TapOrder {
    Begin(CaptureTap),
    End,
}

/// What both threads see without a ring.
#[derive(Debug, Default)]
struct Shared {
    /// Song position of the next block.
    playhead: Arc<AtomicI64>,
    /// Play was asked for. Told as playing before it begins, so that a Signal killed in between goes on all the same.
    intent: AtomicBool,
    /// Where the telemetry says that the song rests; [`MOVES`] while it says that it plays.
    rests_at: AtomicI64,
    /// `CLOCK_MONOTONIC` nanoseconds at which the player's frame 0 would have begun, by the last block; 0: none came yet.
    origin: AtomicU64,
}

/// The device's callback. `[audio]`
pub struct AudioThread {
    player: Player,
    telemetry: telemetry::Writer,
    format: DeviceFormat,
    taps: Consumer<TapOrder>,
    returns: Producer<CaptureTap>,
    tap: Option<CaptureTap>,
    meters: MeterReader,
    loudness: LoudnessTap,
    audition: AuditionVoice,
    load: f32,
    playing: bool,
    late: LateBlocks,
    /// What the song plays, before it goes to the device's channels.
    main: [Box<[f32]>; 2],
    recording: AudioEnd,
    midi: MidiEnds,
    clock: Clock,
    shared: Arc<Shared>,
}

/// The audio thread's ends of MIDI.
pub struct MidiEnds {
    /// What goes out.
    pub outlet: Outlet,
    /// What the sequencer hears.
    pub heard: Consumer<TimedMessage>,
}

/// Counts the frames of one device after the other, those they lost included.
#[derive(Debug, Default)]
struct Clock {
    /// What the device's own count is added to.
    base: u64,
    /// Where the device's count ended.
    device: u64,
}

impl Clock {
    /// The number of a block's first frame.
    fn tick(&mut self, position: u64, frames: usize) -> u64 {
        if position < self.device {
            self.base += self.device;
        }
        self.device = position + frames as u64;
        self.base + position
    }
}

/// Makes both ends, at song position 0 with an empty graph. `[control]`
pub fn audio_thread(
    format: DeviceFormat,
    telemetry: telemetry::Writer,
    loudness: LoudnessTap,
    recording: AudioEnd,
    midi: MidiEnds,
) -> (AudioControl, AudioThread) {
    let (player, ring) = player(format.sample_rate, format.block_frames as usize);
    let (taps, tap_orders) = RingBuffer::new(TAPS);
    let (returns, returned) = RingBuffer::new(TAPS);
    let (mut meters, meter_reader) = meters(format);
    let (audition, voice) = audition::audition(meters.assign(audition::METER_NODE));
    let shared = Arc::new(Shared::default());
    let control = AudioControl {
        player: ring.transport(),
        ring,
        format,
        unsent: Default::default(),
        taps,
        returned,
        meters,
        audition,
        shared: Arc::clone(&shared),
    };
    let thread = AudioThread {
        player,
        telemetry,
        format,
        taps: tap_orders,
        returns,
        tap: None,
        meters: meter_reader,
        loudness,
        audition: voice,
        load: 0.0,
        playing: false,
        late: LateBlocks::default(),
        main: std::array::from_fn(|_| vec![0.0; LARGEST_BLOCK_FRAMES as usize].into()),
        recording,
        midi,
        clock: Clock::default(),
        shared,
    };
    (control, thread)
}

/// [any] Time before a block's end at which remote nodes are no longer waited for.
pub fn margin(period: Duration) -> Duration {
    (period / DEADLINE_MARGIN).max(SHORTEST_MARGIN).min(period / 2)
}

impl BlockCallback for AudioThread {
    fn process(&mut self, block: &mut Block<'_>) {
        let called = Instant::now();
        audio_scope(|| self.play(block));
        let done = Instant::now();
        let spent = done.duration_since(called).as_secs_f32();
        let period = self.format.block_frames as f32 / self.format.sample_rate as f32;
        self.load += (spent / period - self.load) * LOAD_WEIGHT;
        self.late.count(Timing { start: block.start, end: block.end, called, done }, block.xruns);
        self.publish();
    }

    fn midi_out(&mut self, give: &mut dyn FnMut(&MidiMessage)) {
        self.midi.outlet.leaving().iter().for_each(give);
    }
}

impl MidiEnds {
    /// What the sequencer heard in the period before a block that begins at `start_ns`: each message in the place of the
    /// block that it had in that period, so that all come equally late.
    fn heard(
        &mut self,
        start_ns: u64,
        frames: usize,
        sample_rate: u32,
    ) -> impl Iterator<Item = MidiIn> + use<'_> {
        let heard = &mut self.heard;
        std::iter::from_fn(move || {
            heard.peek().ok().filter(|message| message.time_ns < start_ns)?;
            let TimedMessage { time_ns, port, data } = heard.pop().ok()?;
            let before = (start_ns - time_ns).saturating_mul(u64::from(sample_rate)) / 1_000_000_000;
            let offset = (frames as u64).saturating_sub(before + 1) as u32;
            Some(MidiIn { track: 0, port, offset, early: frames as u32, data })
        })
    }
}

impl AudioThread {
    fn play(&mut self, block: &mut Block<'_>) {
        let period = block.end.saturating_duration_since(block.start);
        let margin = margin(period);
        let deadline = shm::Deadline::from_instant(block.end - margin);
        self.tell_origin(deadline.later(margin).nanoseconds().saturating_sub(period.as_nanos() as u64));
        let input = InputBlock {
            frame: self.clock.tick(block.position, block.frames),
            frames: block.frames,
            input: block.input,
            input_latency: block.latency.input,
            output_latency: block.latency.output,
        };
        let midi = block.midi.iter().map(|midi| MidiIn {
            track: 0,
            port: midi.port,
            offset: midi.frame.min(block.frames.saturating_sub(1) as u32),
            early: midi.early,
            data: midi.bytes,
        });
        let since_start = Instant::now().saturating_duration_since(block.start).as_nanos() as u64;
        let start_ns = shm::Deadline::now().nanoseconds().saturating_sub(since_start);
        let rate = self.format.sample_rate;
        let midi = midi.chain(self.midi.heard(start_ns, block.frames, rate)).map(|midi| MidiIn {
            // Recording waits for what comes in only as long as for sound.
            early: midi.early.min(block.latency.input),
            ..midi
        });
        self.recording.before(&input, midi, &mut self.player);
        self.midi.outlet.before(input.frame);
        let [left, right] = &mut self.main;
        let output = StereoMut { left: &mut left[..block.frames], right: &mut right[..block.frames] };
        let report = self.player.process(output, Deadline(deadline.nanoseconds()));
        self.playing = report.playing;
        self.midi.outlet.after(&OutletBlock {
            frame: input.frame,
            frames: block.frames,
            compensation: self.player.schedule().latency(),
            output_latency: block.latency.output,
            start_ns,
            sample_rate: rate,
        });
        self.measure(block.frames, report);
        let [left, right] = &mut self.main;
        self.audition.mix(&mut left[..block.frames], &mut right[..block.frames]);
        self.capture(block.frames, report);
        self.put_out(block);
        self.recording.after(&input, block.output, &self.player);
        self.shared.playhead.store(self.player.position(), Ordering::Relaxed);
        self.meters.read(&mut self.telemetry);
    }

    /// For stamps: the block that is about to be computed begins at `start` nanoseconds.
    fn tell_origin(&self, start: u64) {
        let frames = u128::from(self.player.frames()) * 1_000_000_000;
        let passed = (frames / u128::from(self.format.sample_rate)) as u64;
        self.shared.origin.store(start.saturating_sub(passed).max(1), Ordering::Relaxed);
    }

    /// The song on the device's first two channels; a device with one gets both in equal parts.
    fn put_out(&mut self, block: &mut Block<'_>) {
        let [left, right] = self.main.each_ref().map(|channel| &channel[..block.frames]);
        match block.output {
            [] => {}
            [only] => {
                for (sample, (left, right)) in only.iter_mut().zip(left.iter().zip(right)) {
                    *sample = 0.5 * (left + right);
                }
            }
            [first, second, ..] => {
                first.copy_from_slice(left);
                second.copy_from_slice(right);
            }
        }
    }

    /// Passes the block on to be measured: anew where the song begins from its start.
    fn measure(&mut self, frames: usize, report: BlockReport) {
        let [left, right] = self.main.each_ref().map(|channel| &channel[..frames]);
        let start = report.started.filter(|frame| self.player.position() <= (frames - frame) as i64);
        let first = start.unwrap_or(0);
        self.loudness.write(&left[..first], &right[..first]);
        if start.is_some() {
            self.loudness.begin_anew();
        }
        self.loudness.write(&left[first..], &right[first..]);
    }

    fn capture(&mut self, frames: usize, report: BlockReport) {
        while let Ok(order) = self.taps.pop() {
            match order {
                TapOrder::Begin(tap) => self.tap = Some(tap),
                // There is room: one tap is out at a time.
                TapOrder::End => {
                    if let Some(tap) = self.tap.take() {
                        let _ = self.returns.push(tap);
                    }
                }
            }
        }
        let Some(tap) = &mut self.tap else { return };
        let [left, right] = self.main.each_ref().map(|channel| &channel[..frames]);
        match report.started.filter(|_| !tap.is_armed()) {
            Some(frame) => {
                // Counted back from the end, for a block may begin with the fade of what played before.
                tap.arm(self.player.position() - (left.len() - frame) as i64);
                tap.write(&left[frame..], &right[frame..]);
            }
            None => tap.write(left, right),
        }
    }

    fn publish(&mut self) {
        let (position_samples, playing) =
            (self.player.position(), self.playing || self.shared.intent.load(Ordering::Relaxed));
        self.telemetry.publish(&telemetry::Transport {
            position_samples,
            playing,
            sample_rate: self.format.sample_rate,
            block_frames: self.format.block_frames,
            load: self.load,
            late_blocks: self.late.counts(),
            updated_ns: shm::Deadline::now().nanoseconds(),
        });
        self.shared.rests_at.store(if playing { MOVES } else { position_samples }, Ordering::Release);
    }
}
