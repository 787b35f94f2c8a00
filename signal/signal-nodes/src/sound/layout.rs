//! How frames lie in a file of decoded sound, and how they are told apart by channel. Reads no file.
//!
//! Whoever mixes many tracks spends the time here, so that what is common goes by whole lanes.

/// Channels of a file at most. More than two: the first two are heard.
const MAX_CHANNELS: u32 = 8;

/// What integers of 16 bits are multiplied with; exact, like their sound.
const SIXTEEN_BITS: f32 = 1.0 / 32_768.0;

/// Frames a kernel treats at once.
const LANES: usize = 8;

/// How frames lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    samples: Samples,
    /// 1 to [`MAX_CHANNELS`].
    channels: usize,
}

/// How a sample lies in a file, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Samples {
    Float32,
    Int16,
}

impl Layout {
    /// [control] Of a header's words. None: there is no such layout.
    pub fn new(samples: u32, channels: u32) -> Option<Self> {
        let samples = match samples {
            0 => Samples::Float32,
            16 => Samples::Int16,
            _ => return None,
        };
        (1..=MAX_CHANNELS).contains(&channels).then_some(Self { samples, channels: channels as usize })
    }

    /// [any] Bytes of a frame.
    pub fn frame_bytes(self) -> usize {
        self.channels
            * match self.samples {
                Samples::Float32 => 4,
                Samples::Int16 => 2,
            }
    }

    /// [audio] Fills both channels with the frames at the start of `bytes`, times `gain`. Zero has no sign.
    pub fn read(self, bytes: &[u8], gain: f32, left: &mut [f32], right: &mut [f32]) {
        match (self.samples, self.channels) {
            (Samples::Float32, 1) => take_one(bytes, float, gain, left),
            (Samples::Int16, 1) => take_one(bytes, integer, gain, left),
            (Samples::Float32, 2) => take_two(bytes, two_floats, gain, left, right),
            (Samples::Int16, 2) => take_two(bytes, two_integers, gain, left, right),
            (Samples::Float32, channels) => take_first_two(bytes, channels, float, gain, left, right),
            (Samples::Int16, channels) => take_first_two(bytes, channels, integer, gain, left, right),
        }
        if self.channels == 1 {
            right.copy_from_slice(left);
        }
    }
}

fn float(sample: [u8; 4]) -> f32 {
    f32::from_le_bytes(sample)
}

fn integer(sample: [u8; 2]) -> f32 {
    f32::from(i16::from_le_bytes(sample)) * SIXTEEN_BITS
}

fn two_floats([a, b, c, d, e, f, g, h]: [u8; 8]) -> (f32, f32) {
    (float([a, b, c, d]), float([e, f, g, h]))
}

/// Both halves of one word, by which a compiler turns whole lanes.
fn two_integers(frame: [u8; 4]) -> (f32, f32) {
    let both = i32::from_le_bytes(frame);
    ((both << 16 >> 16) as f32 * SIXTEEN_BITS, (both >> 16) as f32 * SIXTEEN_BITS)
}

/// A sample times a gain. A sum that begins with nothing is never a negative zero, and so neither is this.
fn scaled(sample: f32, gain: f32) -> f32 {
    0.0 + sample * gain
}

fn take_one<const BYTES: usize>(
    bytes: &[u8],
    sample: impl Fn([u8; BYTES]) -> f32,
    gain: f32,
    to: &mut [f32],
) {
    let (samples, _) = bytes.as_chunks::<BYTES>();
    for (to, bytes) in to.iter_mut().zip(samples) {
        *to = scaled(sample(*bytes), gain);
    }
}

fn take_two<const BYTES: usize>(
    bytes: &[u8],
    pair: impl Fn([u8; BYTES]) -> (f32, f32),
    gain: f32,
    left: &mut [f32],
    right: &mut [f32],
) {
    let (frames, _) = bytes.as_chunks::<BYTES>();
    let frames = &frames[..left.len()];
    let (chunks, rest) = frames.as_chunks::<LANES>();
    let (left_chunks, left_rest) = left.as_chunks_mut::<LANES>();
    let (right_chunks, right_rest) = right.as_chunks_mut::<LANES>();
    for ((frames, left), right) in chunks.iter().zip(left_chunks).zip(right_chunks) {
        for lane in 0..LANES {
            let (one, two) = pair(frames[lane]);
            (left[lane], right[lane]) = (scaled(one, gain), scaled(two, gain));
        }
    }
    for ((frame, left), right) in rest.iter().zip(left_rest).zip(right_rest) {
        let (one, two) = pair(*frame);
        (*left, *right) = (scaled(one, gain), scaled(two, gain));
    }
}

fn take_first_two<const BYTES: usize>(
    bytes: &[u8],
    channels: usize,
    sample: impl Fn([u8; BYTES]) -> f32,
    gain: f32,
    left: &mut [f32],
    right: &mut [f32],
) {
    let (samples, _) = bytes.as_chunks::<BYTES>();
    let frames = samples.chunks_exact(channels);
    for ((left, right), frame) in left.iter_mut().zip(right).zip(frames) {
        (*left, *right) = (scaled(sample(frame[0]), gain), scaled(sample(frame[1]), gain));
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;

    /// What a file of floats and one of integers give for the same sound, over every path and length.
    #[test]
    fn integers_of_16_bits_sound_like_their_floats_to_the_bit() {
        let integers: Vec<i16> =
            (0..120_i16).map(|at| at.wrapping_mul(547)).chain([i16::MIN, -1, 0, 1, 2, i16::MAX]).collect();
        let as_integers: Vec<u8> = integers.iter().flat_map(|it| it.to_le_bytes()).collect();
        let as_floats: Vec<u8> =
            integers.iter().flat_map(|it| (f32::from(*it) / 32_768.0).to_le_bytes()).collect();
        for channels in [1, 2, 3] {
            for frames in [1, 7, 8, 42] {
                let read = |samples, bytes: &[u8]| {
                    let (mut left, mut right) = (vec![9.0; frames], vec![9.0; frames]);
                    let layout = Layout::new(samples, channels).expect("a layout");
                    layout.read(bytes, 0.7, &mut left, &mut right);
                    left.iter().chain(&right).map(|sample: &f32| sample.to_bits()).collect::<Vec<_>>()
                };
                assert_eq!(
                    read(16, &as_integers),
                    read(0, &as_floats),
                    "{channels} channels, {frames} frames"
                );
            }
        }
    }

    #[test]
    fn silence_has_no_sign() {
        let layout = Layout::new(0, 1).expect("a layout");
        let (mut left, mut right) = ([9.0; 1], [9.0; 1]);
        layout.read(&(-0.0_f32).to_le_bytes(), 1.0, &mut left, &mut right);
        assert_eq!((left[0].to_bits(), right[0].to_bits()), (0, 0));
    }

    #[test]
    fn impossible_layouts_are_refused() {
        for (samples, channels) in [(0, 0), (0, 9), (24, 2), (u32::MAX, 1)] {
            assert_eq!(Layout::new(samples, channels), None);
        }
    }
}
