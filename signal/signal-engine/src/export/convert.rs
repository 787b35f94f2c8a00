//! Another sample rate for a whole sound: frame 0 stays frame 0, and ⌈frames × to ÷ from⌉ frames come out.
//!
//! One FFT filter of a fixed size for each pair of rates, in f64: the result depends on the sound and the rates alone, not
//! on how it came in parts.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _, WindowFunction};

use crate::device::CHANNELS;
use crate::refusal::Refusal;

/// Frames of input that one filter spans at least: steep enough to keep what is below 20 kHz.
const LEAST_FILTER_FRAMES: usize = 1024;

/// Converts interleaved stereo.
pub(super) struct Converter {
    fft: Fft<f64>,
    from: u64,
    to: u64,
    input: Vec<f64>,
    output: Vec<f64>,
    ready: Vec<f32>,
    frames_in: u64,
    frames_out: u64,
    to_skip: usize,
}

impl Converter {
    /// `None`: the rates are the same.
    pub(super) fn between(from: u32, to: u32) -> Result<Option<Self>, Refusal> {
        if from == to {
            return Ok(None);
        }
        let step = (from / common_divisor(from, to)) as usize;
        // An even number of steps gives a filter whose middle is a whole frame on both sides.
        let steps = LEAST_FILTER_FRAMES.div_ceil(step).next_multiple_of(2);
        let window = WindowFunction::BlackmanHarris2;
        let (hertz_in, hertz_out) = (from as usize, to as usize);
        let fft = Fft::new_custom(hertz_in, hertz_out, step * steps, 1, CHANNELS, window, FixedSync::Both)
            .map_err(|error| Refusal::invalid(format!("{from} Hz can't be made {to} Hz: {error}")))?;
        Ok(Some(Self {
            output: vec![0.0; fft.output_frames_max() * CHANNELS],
            to_skip: fft.output_delay(),
            fft,
            from: u64::from(from),
            to: u64::from(to),
            input: Vec::new(),
            ready: Vec::new(),
            frames_in: 0,
            frames_out: 0,
        }))
    }

    /// Adds frames; gives what is ready.
    pub(super) fn push(&mut self, interleaved: &[f32]) -> Result<&[f32], Refusal> {
        self.frames_in += (interleaved.len() / CHANNELS) as u64;
        self.input.extend(interleaved.iter().map(|sample| f64::from(*sample)));
        self.ready.clear();
        self.run(u64::MAX)?;
        Ok(&self.ready)
    }

    /// Gives the rest.
    pub(super) fn finish(&mut self) -> Result<&[f32], Refusal> {
        let wanted = (self.frames_in * self.to).div_ceil(self.from);
        self.ready.clear();
        while self.frames_out < wanted {
            let chunk = self.fft.input_frames_next() * CHANNELS;
            self.input.resize(self.input.len().next_multiple_of(chunk).max(chunk), 0.0);
            self.run(wanted)?;
        }
        Ok(&self.ready)
    }

    fn run(&mut self, wanted: u64) -> Result<(), Refusal> {
        let chunk = self.fft.input_frames_next() * CHANNELS;
        let mut input = std::mem::take(&mut self.input);
        let whole = input.len() - input.len() % chunk;
        for samples in input[..whole].chunks_exact(chunk) {
            let produced = self.process(samples)?;
            let skipped = produced.min(self.to_skip);
            self.to_skip -= skipped;
            let kept = ((produced - skipped) as u64).min(wanted.saturating_sub(self.frames_out));
            self.frames_out += kept;
            let kept = &self.output[skipped * CHANNELS..(skipped + kept as usize) * CHANNELS];
            self.ready.extend(kept.iter().map(|sample| *sample as f32));
        }
        input.drain(..whole);
        self.input = input;
        Ok(())
    }

    fn process(&mut self, samples: &[f64]) -> Result<usize, Refusal> {
        let failed = |error: String| Refusal::failed(format!("the rate can't be converted: {error}"));
        let frames = samples.len() / CHANNELS;
        let input =
            InterleavedSlice::new(samples, CHANNELS, frames).map_err(|error| failed(error.to_string()))?;
        let room = self.output.len() / CHANNELS;
        let mut output = InterleavedSlice::new_mut(&mut self.output, CHANNELS, room)
            .map_err(|error| failed(error.to_string()))?;
        let indexing = Indexing::new();
        let (_, produced) = self
            .fft
            .process_into_buffer(&input, &mut output, Some(&indexing))
            .map_err(|error| failed(error.to_string()))?;
        Ok(produced)
    }
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a.max(1) } else { common_divisor(b, a % b) }
}
