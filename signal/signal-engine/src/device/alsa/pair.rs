//! Capture and playback of a device, kept in step: when a block is due, what came in, what goes out.
//!
//! A block is due when as many frames were heard, or one block is left to be played. Then [`BLOCKS_AHEAD`] blocks less one
//! wait to be played, always: what is heard in the room comes back exactly that many frames later, however the card began.
//! It knows no callback and ends with no thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::io::Errno;

use super::holder;
use super::pace::{Pace, lasting};
use super::setup::{BLOCKS_AHEAD, Directions};
use super::sys::pcm::Stream;
use crate::device::{DeviceFormat, Latency};
use crate::sys;

/// Longest wait for a card that gives no sign, beyond four of its blocks.
const PATIENCE: Duration = Duration::from_secs(1);
/// Longest wait before somebody looks whether it should end.
const LOOK_UP: Duration = Duration::from_millis(100);
/// Times that a card may wake us for less than a block before it is left alone for a while: one sign may be an old one.
const FALSE_ALARMS: u32 = 2;
/// Shortest time that it is left alone.
const BREATH: Duration = Duration::from_micros(100);
/// How long a machine that slept may take to get its card going.
const RESUMING: Duration = Duration::from_millis(10);
const RESUMINGS: u32 = 500;

/// Why no block is due.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Somebody was late, and the card stopped: it can be begun again.
    Stopped,
    /// It was asked to end.
    Ended,
    /// It plays no more, for people.
    Gone(String),
}

impl From<Errno> for Trouble {
    fn from(error: Errno) -> Self {
        match error {
            // Of a card in another state than it was, beginning anew tells whether it is still there.
            Errno::PIPE | Errno::STRPIPE | Errno::AGAIN | Errno::BADFD => Self::Stopped,
            Errno::NODEV => Self::Gone("it was unplugged".to_owned()),
            error => Self::Gone(format!("it failed: {}", holder::words(error))),
        }
    }
}

/// Both directions, as far as there are. `[audio]`
pub struct Pair {
    /// What is heard.
    pub capture: Option<Stream>,
    /// What is played.
    pub playback: Option<Stream>,
    format: DeviceFormat,
    linked: bool,
    pace: Pace,
}

impl Pair {
    /// Not begun.
    pub fn new(directions: Directions) -> Self {
        let Directions { capture, playback, format, .. } = directions;
        let linked = match (&capture, &playback) {
            (Some(capture), Some(playback)) => capture.link(playback),
            _ => false,
        };
        let pace = Pace::new(format.sample_rate, 0, Instant::now());
        Self { capture, playback, format, linked, pace }
    }

    fn block(&self) -> usize {
        self.format.block_frames as usize
    }

    /// Begins, also after trouble: empty, with silence ahead of what will be played.
    pub fn begin(&mut self, stop: &AtomicBool) -> Result<(), Trouble> {
        self.wake_up(stop);
        let block = self.block();
        for stream in self.streams() {
            // What does not run can't be stopped.
            let _ = stream.stop();
            stream.prepare()?;
        }
        let buffer = self.streams().map(|stream| stream.setup.buffer).max().unwrap_or(0);
        self.pace = Pace::new(self.format.sample_rate, buffer + BLOCKS_AHEAD * block, Instant::now());
        let together = self.linked || self.capture.is_none();
        if let Some(playback) = &self.playback {
            // A card that begins its capture later must not run dry meanwhile.
            let ahead = if together { BLOCKS_AHEAD * block } else { playback.setup.buffer };
            self.play_silence(ahead)?;
        }
        match (&self.capture, &self.playback) {
            (Some(capture), _) if self.linked => capture.start()?,
            (capture, playback) => {
                playback.as_ref().map_or(Ok(()), Stream::start)?;
                capture.as_ref().map_or(Ok(()), Stream::start)?;
            }
        }
        if together || self.playback.is_none() { Ok(()) } else { self.fall_in_step(stop) }
    }

    fn streams(&self) -> impl Iterator<Item = &Stream> {
        self.capture.iter().chain(&self.playback)
    }

    /// The machine may have slept.
    fn wake_up(&self, stop: &AtomicBool) {
        for stream in self.streams() {
            for _ in 0..RESUMINGS {
                // Anything but "not yet" is told by what comes next.
                if stream.resume() != Err(Errno::AGAIN) || stop.load(Ordering::Relaxed) {
                    break;
                }
                std::thread::sleep(RESUMING);
            }
        }
    }

    /// Lets what was put ahead run out until exactly as much of it is left as is kept ahead in step.
    fn fall_in_step(&mut self, stop: &AtomicBool) -> Result<(), Trouble> {
        let block = self.block();
        loop {
            self.due(stop)?;
            self.read()?;
            // Some directions move on one after the other. Counted in between, what was played is missing already and what
            // was heard is not there yet: a block too little. So the larger of two counts is true, or too much; then the
            // next block tells.
            let ahead = self.ahead_a_little_later()?.max(self.ahead_a_little_later()?);
            if ahead < BLOCKS_AHEAD * block {
                return self.play_silence(BLOCKS_AHEAD * block - ahead);
            }
        }
    }

    /// Frames that wait to be played and to be read, a quarter of a block from now. As long as nobody writes or reads, what
    /// is played is heard, and the sum stays.
    fn ahead_a_little_later(&self) -> Result<usize, Trouble> {
        sys::sleep_until(Instant::now() + lasting(self.block(), self.format.sample_rate) / 4);
        let waiting = |playback: &Stream| Ok(playback.setup.buffer.saturating_sub(playback.available()?));
        let played = self.playback.as_ref().map_or(Ok::<_, Trouble>(0), waiting)?;
        Ok(played + self.capture.as_ref().map_or(Ok(0), Stream::available)?)
    }

    fn play_silence(&mut self, frames: usize) -> Result<(), Trouble> {
        let block = self.block();
        let Some(playback) = &mut self.playback else { return Ok(()) };
        playback.silence();
        let mut left = frames;
        while left > 0 {
            let written = playback.write(0, left.min(block))?;
            if written == 0 {
                return Err(Trouble::Stopped);
            }
            left -= written;
        }
        Ok(())
    }

    /// Waits until a block is due. Returns by how many frames it is late.
    pub fn due(&mut self, stop: &AtomicBool) -> Result<usize, Trouble> {
        let (block, rate) = (self.block(), self.format.sample_rate);
        let deadline = Instant::now() + PATIENCE + 4 * lasting(block, rate);
        let (stream, due) = match (&mut self.capture, &mut self.playback) {
            (Some(capture), _) => (capture, block),
            (None, Some(playback)) => {
                let due = playback.setup.buffer - (BLOCKS_AHEAD - 1) * block;
                (playback, due)
            }
            (None, None) => return Err(Trouble::Gone("it has no direction".to_owned())),
        };
        let mut alarms = 0;
        loop {
            let available = stream.available()?;
            if available >= due {
                if !self.pace.count(block, Instant::now()) {
                    return Err(Trouble::Gone(NO_CLOCK.to_owned()));
                }
                return Ok(available - due);
            }
            if stop.load(Ordering::Relaxed) {
                return Err(Trouble::Ended);
            }
            let now = Instant::now();
            if now > deadline {
                return Err(Trouble::Gone("it gives no sign any more".to_owned()));
            }
            let missing = lasting(due - available, rate);
            if alarms > FALSE_ALARMS {
                sys::sleep_until(now + (missing / 2).clamp(BREATH, LOOK_UP));
                alarms = 0;
            } else if stream.wait((missing * 2).clamp(BREATH, LOOK_UP))? {
                alarms += 1;
            }
        }
    }

    /// Takes in the block that is due.
    pub fn read(&mut self) -> Result<(), Trouble> {
        let (block, patience) = (self.block(), self.patience());
        self.capture.as_mut().map_or(Ok(()), |capture| transfer(capture, block, patience, Stream::read))
    }

    /// Sends the block off.
    pub fn write(&mut self) -> Result<(), Trouble> {
        let (block, patience) = (self.block(), self.patience());
        self.playback.as_mut().map_or(Ok(()), |playback| transfer(playback, block, patience, Stream::write))
    }

    /// A card that has no room for a block after two is out of step.
    fn patience(&self) -> Duration {
        2 * lasting(self.block(), self.format.sample_rate)
    }

    /// The way of a block in and out, to be asked when one is due. What is not in the card's buffer is the driver's to say.
    pub fn latency(&self) -> Result<Latency, Trouble> {
        let beyond = |stream: &Stream, held: i64| -> Result<u32, Trouble> {
            Ok((stream.delay()? - held).clamp(0, i64::from(self.format.sample_rate)) as u32)
        };
        let block = self.format.block_frames;
        let mut latency = Latency::default();
        if let Some(capture) = &self.capture {
            latency.input = block + beyond(capture, capture.available()? as i64)?;
        }
        if let Some(playback) = &self.playback {
            let held = playback.setup.buffer as i64 - playback.available()? as i64;
            latency.output = (BLOCKS_AHEAD as u32 - 1) * block + beyond(playback, held)?;
        }
        Ok(latency)
    }
}

fn transfer(
    stream: &mut Stream,
    block: usize,
    patience: Duration,
    some: impl Fn(&mut Stream, usize, usize) -> Result<usize, Errno>,
) -> Result<(), Trouble> {
    let deadline = Instant::now() + patience;
    let mut done = 0;
    while done < block {
        match some(stream, done, block) {
            Ok(frames) => done += frames,
            Err(Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
        if done < block {
            let now = Instant::now();
            if now > deadline {
                return Err(Trouble::Stopped);
            }
            stream.wait(BREATH)?;
            sys::sleep_until(now + BREATH);
        }
    }
    Ok(())
}

/// What a PCM that free-runs is told.
const NO_CLOCK: &str = "it has no clock of its own: it takes and gives sound faster than time passes, as ALSA's null and \
    files do; choose a card, or the virtual device";
