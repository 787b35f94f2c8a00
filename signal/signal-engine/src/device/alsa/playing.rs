//! The device thread: waits for a block, reads it, has it computed, writes it; begins anew where that was too late.
//!
//! It opens nothing and tells nobody but by the block and by [`Shared`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::Shared;
use super::pace::{lasting, lost};
use super::pair::{Pair, Trouble};
use crate::device::{Block, BlockCallback, DeviceFormat, Latency, MOST_CHANNELS};

/// Begins in a row with hardly a block between them, before the device counts as failed.
const BREATHLESS: u32 = 20;
/// Blocks after which a device has got its breath back.
const BREATH_BLOCKS: u32 = 16;

/// What a device is told that stops again and again.
pub const OUT_OF_BREATH: &str =
    "it stops again and again, for nobody is quick enough for it: choose a longer block";

/// What the blocks are like.
#[derive(Clone, Copy)]
pub struct Shape {
    pub format: DeviceFormat,
    pub inputs: usize,
    pub outputs: usize,
    pub latency: Latency,
}

/// What the device thread owns.
pub struct Player {
    pair: Pair,
    callback: Box<dyn BlockCallback>,
    shape: Shape,
    heard: Vec<Vec<f32>>,
    played: Vec<Vec<f32>>,
    position: u64,
    /// When the next block is due if nothing is lost.
    due: Option<Instant>,
    xruns: u32,
}

impl Player {
    /// With room for its blocks.
    pub fn new(pair: Pair, callback: Box<dyn BlockCallback>, shape: Shape) -> Self {
        let silence = |channels| vec![vec![0.0; shape.format.block_frames as usize]; channels];
        let (heard, played) = (silence(shape.inputs), silence(shape.outputs));
        Self { pair, callback, shape, heard, played, position: 0, due: None, xruns: 0 }
    }

    /// Until it is asked to end, or the device fails, which it tells.
    pub fn play(mut self, shared: &Shared) {
        let reason = self.play_on(&shared.stop);
        if let Some(reason) = reason {
            // Nobody set it before: there is one thread.
            let _ = shared.failure.set(reason);
        }
    }

    /// Why it plays no more; none if it was asked to end.
    fn play_on(&mut self, stop: &AtomicBool) -> Option<String> {
        let mut begins = 0;
        loop {
            let mut blocks = 0;
            match self.play_until_trouble(stop, &mut blocks) {
                Trouble::Ended => return None,
                Trouble::Gone(reason) => return Some(reason),
                Trouble::Stopped if stop.load(Ordering::Relaxed) => return None,
                Trouble::Stopped => {}
            }
            self.xruns += 1;
            begins = if blocks > BREATH_BLOCKS { 1 } else { begins + 1 };
            if begins > BREATHLESS {
                return Some(OUT_OF_BREATH.to_owned());
            }
        }
    }

    /// Begins and counts the blocks that it plays.
    fn play_until_trouble(&mut self, stop: &AtomicBool, blocks: &mut u32) -> Trouble {
        if let Err(trouble) = self.pair.begin(stop) {
            return trouble;
        }
        loop {
            if let Err(trouble) = self.turn(stop) {
                return trouble;
            }
            *blocks = blocks.saturating_add(1);
        }
    }

    fn turn(&mut self, stop: &AtomicBool) -> Result<(), Trouble> {
        let late = self.pair.due(stop)?;
        let rate = self.shape.format.sample_rate;
        let period = lasting(self.shape.format.block_frames as usize, rate);
        let now = Instant::now();
        let start = now.checked_sub(lasting(late, rate)).unwrap_or(now);
        self.pair.read()?;
        self.decode();
        let xruns = std::mem::take(&mut self.xruns);
        if xruns > 0
            && let Some(due) = self.due
        {
            self.position += lost(due, start, rate);
        }
        self.compute(start, start + period, xruns);
        self.due = Some(start + period);
        self.position += u64::from(self.shape.format.block_frames);
        self.encode();
        self.pair.write()
    }

    fn decode(&mut self) {
        let Some(capture) = &mut self.pair.capture else { return };
        let format = capture.setup.format;
        for (channel, samples) in self.heard.iter_mut().enumerate() {
            let (bytes, lane) = capture.bytes(channel);
            format.decode(bytes, lane, samples);
        }
    }

    /// Channels that nobody uses stay silent, as they were at the beginning.
    fn encode(&mut self) {
        let Some(playback) = &mut self.pair.playback else { return };
        let format = playback.setup.format;
        for (channel, samples) in self.played.iter().enumerate() {
            let (bytes, lane) = playback.bytes(channel);
            format.encode(samples, bytes, lane);
        }
    }

    fn compute(&mut self, start: Instant, end: Instant, xruns: u32) {
        let mut input: [&[f32]; MOST_CHANNELS] = [&[]; MOST_CHANNELS];
        for (channel, heard) in input.iter_mut().zip(&self.heard) {
            *channel = heard;
        }
        let mut output: [&mut [f32]; MOST_CHANNELS] = std::array::from_fn(|_| [].as_mut_slice());
        for (channel, played) in output.iter_mut().zip(&mut self.played) {
            played.fill(0.0);
            *channel = played;
        }
        self.callback.process(&mut Block {
            frames: self.shape.format.block_frames as usize,
            position: self.position,
            input: &input[..self.shape.inputs],
            output: &mut output[..self.shape.outputs],
            midi: &[],
            latency: self.shape.latency,
            start,
            end,
            xruns,
        });
    }
}
