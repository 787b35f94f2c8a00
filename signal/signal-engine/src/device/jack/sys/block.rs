//! What happens on the threads of libjack: blocks on its real-time thread, news of the server on another.
//!
//! It registers and ends nothing; the ports and the client stay those of [`super::client`].
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::library::{Functions, RawClient, RawMidi, RawPort};
use crate::device::{Block, BlockCallback, LARGEST_BLOCK_FRAMES, Latency, MOST_CHANNELS, MidiMessage};

/// MIDI messages taken in one block; a stream at full wire speed brings 6 in the longest.
pub const MIDI_MESSAGES: usize = 256;

/// What the library's threads tell the control thread.
#[derive(Default)]
pub struct Shared {
    pub gone: AtomicBool,
    /// What the server last said of its blocks; 0: nothing yet.
    pub block_frames: AtomicU32,
    pub xruns: AtomicU32,
    pub input_latency: AtomicU32,
    pub output_latency: AtomicU32,
}

/// What the block thread owns.
pub struct BlockThread {
    pub functions: Functions,
    pub raw: *mut RawClient,
    pub sample_rate: u32,
    pub inputs: Vec<*mut RawPort>,
    pub outputs: Vec<*mut RawPort>,
    pub midi: *mut RawPort,
    pub heard: Vec<MidiMessage>,
    pub callback: Box<dyn BlockCallback>,
    pub shared: Arc<Shared>,
    pub position: u64,
}

impl BlockThread {
    fn process(&mut self, frames: u32) {
        let period =
            Duration::from_nanos(u64::from(frames) * 1_000_000_000 / u64::from(self.sample_rate.max(1)));
        // SAFETY: called on the block thread of an open client.
        let since = u64::from(unsafe { (self.functions.frames_since_start)(self.raw) });
        let passed =
            Duration::from_nanos(since * 1_000_000_000 / u64::from(self.sample_rate.max(1))).min(period);
        let now = Instant::now();
        let start = now.checked_sub(passed).unwrap_or(now);
        let end = start + period;
        self.read_midi(frames);
        let mut input: [&[f32]; MOST_CHANNELS] = [&[]; MOST_CHANNELS];
        let mut output: [&mut [f32]; MOST_CHANNELS] = std::array::from_fn(|_| [].as_mut_slice());
        // SAFETY: each port's buffer holds `frames` samples for the length of this call, aligned by the library; no two
        // ports share one, and inputs are only read. An output may start with anything, and every f32 is valid.
        unsafe {
            for (channel, port) in input.iter_mut().zip(&self.inputs) {
                let samples = (self.functions.port_buffer)(*port, frames);
                if !samples.is_null() {
                    *channel = std::slice::from_raw_parts(samples.cast(), frames as usize);
                }
            }
            for (channel, port) in output.iter_mut().zip(&self.outputs) {
                let samples = (self.functions.port_buffer)(*port, frames);
                if !samples.is_null() {
                    *channel = std::slice::from_raw_parts_mut(samples.cast(), frames as usize);
                    channel.fill(0.0);
                }
            }
        }
        let (inputs, outputs) = (self.inputs.len(), self.outputs.len());
        let whole = input[..inputs].iter().all(|channel| channel.len() == frames as usize)
            && output[..outputs].iter().all(|channel| channel.len() == frames as usize);
        if whole {
            self.callback.process(&mut Block {
                frames: frames as usize,
                position: self.position,
                input: &input[..inputs],
                output: &mut output[..outputs],
                midi: &self.heard,
                latency: self.shared.latency(),
                start,
                end,
                xruns: self.shared.xruns.swap(0, Ordering::Relaxed),
            });
        }
        self.position += u64::from(frames);
    }

    fn read_midi(&mut self, frames: u32) {
        self.heard.clear();
        // SAFETY: the buffer is the MIDI port's for this block; an event's bytes are valid within it. There is room: no
        // more than the capacity are taken.
        unsafe {
            let buffer = (self.functions.port_buffer)(self.midi, frames);
            if buffer.is_null() {
                return;
            }
            let count = (self.functions.midi_count)(buffer).min(MIDI_MESSAGES as u32);
            for index in 0..count {
                let mut event = RawMidi { time: 0, size: 0, buffer: std::ptr::null() };
                let read = (self.functions.midi_event)(&raw mut event, buffer, index) == 0;
                if !read || event.buffer.is_null() || !(1..=3).contains(&event.size) {
                    continue;
                }
                let mut bytes = [0; 3];
                std::ptr::copy_nonoverlapping(event.buffer, bytes.as_mut_ptr(), event.size);
                let frame = event.time.min(frames.saturating_sub(1));
                self.heard.push(MidiMessage { port: 0, frame, length: event.size as u8, bytes });
            }
        }
    }
}

impl Shared {
    fn latency(&self) -> Latency {
        Latency {
            input: self.input_latency.load(Ordering::Relaxed),
            output: self.output_latency.load(Ordering::Relaxed),
        }
    }
}

pub unsafe extern "C" fn on_block(frames: u32, thread: *mut c_void) -> c_int {
    if (1..=LARGEST_BLOCK_FRAMES).contains(&frames) {
        // SAFETY: set with the thread, which lives until the client is closed; only this thread uses it.
        unsafe { &mut *thread.cast::<BlockThread>() }.process(frames);
    }
    0
}

pub unsafe extern "C" fn on_buffer_size(frames: u32, shared: *mut c_void) -> c_int {
    // SAFETY: set with the shared part, which lives until the client is closed.
    unsafe { &*shared.cast::<Shared>() }.block_frames.store(frames, Ordering::Relaxed);
    0
}

pub unsafe extern "C" fn on_xrun(shared: *mut c_void) -> c_int {
    // SAFETY: as above.
    unsafe { &*shared.cast::<Shared>() }.xruns.fetch_add(1, Ordering::Relaxed);
    0
}

pub unsafe extern "C" fn on_shutdown(shared: *mut c_void) {
    // SAFETY: as above.
    unsafe { &*shared.cast::<Shared>() }.gone.store(true, Ordering::Relaxed);
}
