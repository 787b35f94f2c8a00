//! Changes the rate of a whole sound, so that frame 0 stays frame 0.
//!
//! One FFT filter of fixed size for each pair of rates, computed in f64 and rounded once to f32: the result depends on
//! the sound and the two rates alone, not on how the sound was cut into packets.

use rubato::{
    Fft, FixedSync, Indexing, Resampler as _, ResamplerConstructionError, WindowFunction,
    audioadapter_buffers::direct::InterleavedSlice,
};

/// Frames of input that one filter spans at least: steep enough to keep what is below 20 kHz.
const MIN_FILTER_FRAMES: usize = 1024;

/// Resamples one sound of interleaved frames, from beginning to end.
pub struct Resampler {
    channels: usize,
    filter: Filter,
}

enum Filter {
    SameRate,
    Fft(Box<FftFilter>),
}

struct FftFilter {
    fft: Fft<f64>,
    from_rate: u64,
    to_rate: u64,
    input: Vec<f64>,
    output: Vec<f64>,
    frames_in: u64,
    frames_out: u64,
    frames_to_skip: usize,
}

impl Resampler {
    /// From one rate to the other, frames a second.
    ///
    /// # Errors
    /// If a rate is 0.
    pub fn new(from_rate: u32, to_rate: u32, channels: usize) -> Result<Self, ResamplerConstructionError> {
        if from_rate == to_rate {
            return Ok(Self { channels, filter: Filter::SameRate });
        }
        let (from, to) = (from_rate as usize, to_rate as usize);
        let step = from / gcd(from, to).max(1);
        // An even number of steps gives a filter whose middle is a whole frame on both sides.
        let steps = MIN_FILTER_FRAMES.div_ceil(step.max(1)).next_multiple_of(2);
        let window = WindowFunction::BlackmanHarris2;
        let fft = Fft::new_custom(from, to, step * steps, 1, channels, window, FixedSync::Both)?;
        let frames_to_skip = fft.output_delay();
        Ok(Self {
            channels,
            filter: Filter::Fft(Box::new(FftFilter {
                output: vec![0.0; fft.output_frames_max() * channels],
                fft,
                from_rate: u64::from(from_rate),
                to_rate: u64::from(to_rate),
                input: Vec::new(),
                frames_in: 0,
                frames_out: 0,
                frames_to_skip,
            })),
        })
    }

    /// Adds interleaved samples and passes on what is ready.
    ///
    /// # Errors
    /// What `sink` returns.
    pub fn push<E>(
        &mut self,
        samples: &[f32],
        sink: &mut impl FnMut(&[f32]) -> Result<(), E>,
    ) -> Result<(), E> {
        match &mut self.filter {
            Filter::SameRate => sink(samples),
            Filter::Fft(filter) => {
                filter.frames_in += (samples.len() / self.channels) as u64;
                filter.input.extend(samples.iter().copied().map(f64::from));
                filter.run(self.channels, u64::MAX, sink)
            }
        }
    }

    /// Passes on the rest: in all ⌈frames × to ÷ from⌉ frames.
    ///
    /// # Errors
    /// What `sink` returns.
    pub fn finish<E>(self, sink: &mut impl FnMut(&[f32]) -> Result<(), E>) -> Result<(), E> {
        let Filter::Fft(mut filter) = self.filter else { return Ok(()) };
        let wanted = (filter.frames_in * filter.to_rate).div_ceil(filter.from_rate);
        while filter.frames_out < wanted {
            let chunk = filter.fft.input_frames_next() * self.channels;
            filter.input.resize(filter.input.len().next_multiple_of(chunk).max(chunk), 0.0);
            filter.run(self.channels, wanted, sink)?;
        }
        Ok(())
    }
}

impl FftFilter {
    fn run<E>(
        &mut self,
        channels: usize,
        wanted: u64,
        sink: &mut impl FnMut(&[f32]) -> Result<(), E>,
    ) -> Result<(), E> {
        let chunk = self.fft.input_frames_next();
        let mut input = std::mem::take(&mut self.input);
        let whole_chunks = input.len() - input.len() % (chunk * channels);
        for samples in input[..whole_chunks].chunks_exact(chunk * channels) {
            let produced = self.process(samples, chunk, channels);
            let skipped = produced.min(self.frames_to_skip);
            self.frames_to_skip -= skipped;
            let kept = ((produced - skipped) as u64).min(wanted.saturating_sub(self.frames_out)) as usize;
            self.frames_out += kept as u64;
            let ready: Vec<f32> = self.output[skipped * channels..(skipped + kept) * channels]
                .iter()
                .map(|&s| s as f32)
                .collect();
            sink(&ready)?;
        }
        input.drain(..whole_chunks);
        self.input = input;
        Ok(())
    }

    /// Filters one chunk into `output` and returns its frames.
    fn process(&mut self, input: &[f64], frames: usize, channels: usize) -> usize {
        let capacity = self.output.len() / channels;
        let (Ok(from), Ok(mut to)) = (
            InterleavedSlice::new(input, channels, frames),
            InterleavedSlice::new_mut(&mut self.output, channels, capacity),
        ) else {
            unreachable!("both buffers were sized for the chunk");
        };
        match self.fft.process_into_buffer(&from, &mut to, None::<&Indexing>) {
            Ok((_, produced)) => produced,
            Err(error) => unreachable!("both buffers were sized for the chunk: {error}"),
        }
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn resample(from: u32, to: u32, input: &[f32], packet: usize) -> Vec<f32> {
        let mut output = Vec::new();
        let mut sink = |samples: &[f32]| {
            output.extend_from_slice(samples);
            Ok::<_, Infallible>(())
        };
        let mut resampler = Resampler::new(from, to, 1).expect("rates");
        for samples in input.chunks(packet) {
            resampler.push(samples, &mut sink).expect("infallible");
        }
        resampler.finish(&mut sink).expect("infallible");
        output
    }

    fn sine(rate: u32, frames: usize) -> Vec<f32> {
        (0..frames)
            .map(|n| (std::f64::consts::TAU * 997.0 * n as f64 / f64::from(rate)).sin() as f32)
            .collect()
    }

    #[test]
    fn a_sine_keeps_its_phase_at_every_rate() {
        for (from, to) in
            [(44_100, 48_000), (48_000, 44_100), (22_050, 48_000), (96_000, 48_000), (8_000, 44_101)]
        {
            let output = resample(from, to, &sine(from, from as usize), 1000);
            let expected = sine(to, output.len());
            let middle = output.len() / 4..output.len() * 3 / 4;
            let worst = middle.map(|n| (output[n] - expected[n]).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-4, "{from} to {to}: off by {worst}");
        }
    }

    #[test]
    fn an_impulse_at_the_first_frame_stays_there() {
        let mut input = vec![0.0; 3000];
        input[0] = 1.0;
        let output = resample(44_100, 48_000, &input, 512);
        let loudest = (0..output.len()).max_by(|&a, &b| output[a].total_cmp(&output[b]));
        assert_eq!(loudest, Some(0));
    }

    #[test]
    fn the_length_is_rounded_up_and_packets_make_no_difference() {
        for frames in [0_usize, 1, 146, 147, 148, 44_100] {
            let input = sine(44_100, frames);
            let whole = resample(44_100, 48_000, &input, usize::MAX);
            assert_eq!(whole.len(), (frames * 160).div_ceil(147));
            assert_eq!(whole, resample(44_100, 48_000, &input, 33));
        }
        assert_eq!(resample(48_000, 48_000, &[0.25, 0.5], 1), [0.25, 0.5]);
    }
}
