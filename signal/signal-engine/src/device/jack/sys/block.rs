//! What happens on the threads of libjack: blocks on its real-time thread, news of the server on another.
//!
//! It registers and ends nothing; the ports and the client stay those of [`super::client`].
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::library::{Functions, RawClient, RawPort};
use super::midi::BlockMidi;
use super::slots::MidiSlots;
use crate::device::{Block, BlockCallback, LARGEST_BLOCK_FRAMES, Latency, MOST_CHANNELS};

/// What the library's threads tell the control thread.
#[derive(Default)]
pub struct Shared {
    pub gone: AtomicBool,
    /// What the server last said of its blocks; 0: nothing yet.
    pub block_frames: AtomicU32,
    pub xruns: AtomicU32,
    pub input_latency: AtomicU32,
    pub output_latency: AtomicU32,
    pub midi: MidiSlots,
}

/// What the block thread owns.
pub struct BlockThread {
    pub functions: Functions,
    pub raw: *mut RawClient,
    pub sample_rate: u32,
    pub inputs: Vec<*mut RawPort>,
    pub outputs: Vec<*mut RawPort>,
    pub midi: BlockMidi,
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
        self.midi.read(&self.functions, &self.shared.midi, frames);
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
                midi: self.midi.heard(),
                latency: self.shared.latency(),
                start,
                end,
                xruns: self.shared.xruns.swap(0, Ordering::Relaxed),
            });
        }
        // Also after a block that could not be played: buffers of outputs hold anything at first.
        self.midi.write(&self.functions, &self.shared.midi, frames, self.callback.as_mut());
        self.position += u64::from(frames);
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
