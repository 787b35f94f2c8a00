//! Measures the way from an output to an input: plays a burst of noise and finds it in what comes in.
//!
//! Noise is like itself at one place alone, so the place of its return is found to the frame, also through a room.

/// Length of the burst in frames.
const BURST_FRAMES: usize = 2048;
/// How long it may take to come back, in frames: over half a second at 48 kHz.
const LONGEST_WAY: usize = 32_768;
/// Peak of the burst: -12 dB, loud enough for a room and harmless to ears.
const LEVEL: f32 = 0.25;
/// Likeness below which something else was heard.
const LEAST_LIKENESS: f32 = 0.3;

/// A measurement under way on the audio thread.
#[derive(Debug)]
pub struct Probe {
    output: usize,
    input: usize,
    burst: Vec<f32>,
    heard: Vec<f32>,
    frame: usize,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoundTrip {
    /// From output to input.
    pub frames: u32,
    /// 0 to 1.
    pub likeness: f32,
}

impl Probe {
    /// Between these channels of the device, from 0. `[control]`
    pub fn new(output: usize, input: usize) -> Self {
        Self { output, input, burst: burst(), heard: vec![0.0; BURST_FRAMES + LONGEST_WAY], frame: 0 }
    }

    /// One block: the burst goes out instead of what was there, and what comes in is kept. True: it is complete. `[audio]`
    pub fn process(&mut self, input: &[&[f32]], output: &mut [&mut [f32]]) -> bool {
        let frames = output.first().map_or(0, |channel| channel.len());
        if let Some(output) = output.get_mut(self.output) {
            let rest = self.burst.get(self.frame..).unwrap_or(&[]);
            output.fill(0.0);
            let frames = rest.len().min(output.len());
            output[..frames].copy_from_slice(&rest[..frames]);
        }
        let from = self.frame.min(self.heard.len());
        let heard = input.get(self.input).copied().unwrap_or(&[]);
        for (kept, sample) in self.heard[from..].iter_mut().zip(heard) {
            *kept = *sample;
        }
        self.frame += frames;
        self.frame >= self.heard.len()
    }

    /// Finds the burst; `None`: it did not come back. `[control]`
    pub fn find(&self) -> Option<RoundTrip> {
        let power = |samples: &[f32]| samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
        let own = power(&self.burst);
        let mut best = RoundTrip { frames: 0, likeness: 0.0 };
        for lag in 0..LONGEST_WAY {
            let window = &self.heard[lag..lag + BURST_FRAMES];
            let product: f32 = window.iter().zip(&self.burst).map(|(heard, burst)| heard * burst).sum();
            // A cheap bound first: most places are nothing like it.
            if f64::from(product.abs()) < own * 1e-6 {
                continue;
            }
            let likeness = (f64::from(product.abs()) / (own * power(window)).sqrt()) as f32;
            if likeness > best.likeness {
                best = RoundTrip { frames: lag as u32, likeness };
            }
        }
        (best.likeness >= LEAST_LIKENESS).then_some(best)
    }
}

/// The same noise each time (xorshift32: G. Marsaglia, "Xorshift RNGs", 2003).
fn burst() -> Vec<f32> {
    let mut state = 0x9E37_79B9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        if state & 1 == 0 { LEVEL } else { -LEVEL }
    };
    (0..BURST_FRAMES).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A room: late, quiet, upside down, with an echo and a hum.
    fn measured(way: usize, hum: f32) -> Option<RoundTrip> {
        let mut probe = Probe::new(1, 0);
        let mut air = vec![0.0_f32; way + 64];
        loop {
            let mut out = [[0.0_f32; 64]; 2];
            let heard: Vec<f32> = air[..64].to_vec();
            let [left, right] = &mut out;
            let complete = probe.process(&[&heard], &mut [left, right]);
            air.drain(..64);
            let echoed: Vec<f32> = right.iter().map(|sample| sample * -0.3 + hum).collect();
            air.extend(echoed);
            if complete {
                return probe.find();
            }
        }
    }

    #[test]
    fn the_way_is_found_to_the_frame() {
        for way in [0, 1, 256, 4711, 30_000] {
            let found = measured(way, 0.01).expect("found");
            assert_eq!(found.frames as usize, way + 64);
        }
    }

    #[test]
    fn silence_and_hum_are_no_way() {
        let mut probe = Probe::new(0, 0);
        assert_eq!(probe.find(), None);
        probe.heard.fill(0.5);
        assert_eq!(probe.find(), None);
    }
}
