//! Samples as cards have them, to and from ours: little-endian, of 16, 24 or 32 bits, or floating point.
//!
//! What is beyond full scale is cut off there, in every format; what is no number is silence. It transfers nothing.

/// How a PCM holds a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleFormat {
    /// 32 bits.
    S32,
    /// 24 bits in three bytes, as USB cards have them.
    S24In3,
    /// 24 bits in the lower three of four bytes.
    S24In4,
    /// 16 bits.
    S16,
    /// Floating point of 32 bits.
    Float,
}

/// Where in a block's bytes the samples of a channel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The first byte of the first sample.
    pub first: usize,
    /// Bytes from one sample to the next.
    pub step: usize,
}

impl SampleFormat {
    /// Those we know, best first. Floating point comes last: it is no card's own, and a library below would convert again.
    pub const ALL: [Self; 5] = [Self::S32, Self::S24In3, Self::S24In4, Self::S16, Self::Float];

    /// `snd_pcm_format_t`.
    pub fn number(self) -> i32 {
        match self {
            Self::S16 => 2,
            Self::S24In4 => 6,
            Self::S32 => 10,
            Self::Float => 14,
            Self::S24In3 => 32,
        }
    }

    /// Of a sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::S16 => 2,
            Self::S24In3 => 3,
            Self::S24In4 | Self::S32 | Self::Float => 4,
        }
    }

    /// Writes a channel's samples into a block's bytes, as far as both go. `[audio]`
    pub fn encode(self, samples: &[f32], bytes: &mut [u8], lane: Lane) {
        match self {
            Self::S32 => each(samples, bytes, lane, |it| whole(it, 31).to_le_bytes()),
            Self::S24In4 => each(samples, bytes, lane, |it| whole(it, 23).to_le_bytes()),
            Self::S24In3 => each(samples, bytes, lane, |it| {
                let [low, middle, high, _] = whole(it, 23).to_le_bytes();
                [low, middle, high]
            }),
            Self::S16 => each(samples, bytes, lane, |it| (whole(it, 15) as i16).to_le_bytes()),
            Self::Float => each(samples, bytes, lane, |it| within(it).to_le_bytes()),
        }
    }

    /// Reads a channel's samples out of a block's bytes, as far as both go. `[audio]`
    pub fn decode(self, bytes: &[u8], lane: Lane, samples: &mut [f32]) {
        match self {
            Self::S32 => every(bytes, lane, samples, |it| part(i32::from_le_bytes(it), 31)),
            // The upper byte may hold anything.
            Self::S24In4 => every(bytes, lane, samples, |it| part(i32::from_le_bytes(it) << 8 >> 8, 23)),
            Self::S24In3 => every(bytes, lane, samples, |[low, middle, high]| {
                part(i32::from_le_bytes([0, low, middle, high]) >> 8, 23)
            }),
            Self::S16 => every(bytes, lane, samples, |it| part(i16::from_le_bytes(it).into(), 15)),
            Self::Float => every(bytes, lane, samples, |it| within(f32::from_le_bytes(it))),
        }
    }
}

/// Full scale is 1; no number is silence.
fn within(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) }
}

/// The nearest whole number of `2^-bits`, within the format.
fn whole(sample: f32, bits: i32) -> i32 {
    let scale = (1_i64 << bits) as f32;
    // The cast cuts off what 32 bits can't hold and makes zero of what is no number; the rest is cut off for fewer bits.
    ((sample * scale).round_ties_even() as i32).clamp((-(1_i64 << bits)) as i32, ((1_i64 << bits) - 1) as i32)
}

fn part(value: i32, bits: i32) -> f32 {
    value as f32 / (1_i64 << bits) as f32
}

fn each<const N: usize>(samples: &[f32], bytes: &mut [u8], lane: Lane, value: impl Fn(f32) -> [u8; N]) {
    let Some(bytes) = bytes.get_mut(lane.first..) else { return };
    for (sample, place) in samples.iter().zip(bytes.chunks_mut(lane.step)) {
        if let Some(place) = place.first_chunk_mut() {
            *place = value(*sample);
        }
    }
}

fn every<const N: usize>(bytes: &[u8], lane: Lane, samples: &mut [f32], value: impl Fn([u8; N]) -> f32) {
    let Some(bytes) = bytes.get(lane.first..) else { return };
    for (sample, place) in samples.iter_mut().zip(bytes.chunks(lane.step)) {
        if let Some(place) = place.first_chunk() {
            *sample = value(*place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: [f32; 9] = [0.0, 1.0, -1.0, 1.5, -7.0, 0.5, -0.25, f32::NAN, f32::INFINITY];

    fn encoded(format: SampleFormat) -> Vec<u8> {
        let mut bytes = vec![0; TEST.len() * format.bytes()];
        format.encode(&TEST, &mut bytes, Lane { first: 0, step: format.bytes() });
        bytes
    }

    #[test]
    fn what_is_beyond_full_scale_is_cut_off_there_and_no_number_is_silence() {
        let expected = [0, 32_767, -32_768, 32_767, -32_768, 16_384, -8_192, 0, 32_767_i16];
        assert_eq!(encoded(SampleFormat::S16), expected.map(i16::to_le_bytes).concat());
        let expected = [0, 0x7f_ffff, -0x80_0000, 0x7f_ffff, -0x80_0000, 0x40_0000, -0x20_0000, 0, 0x7f_ffff];
        assert_eq!(encoded(SampleFormat::S24In4), expected.map(i32::to_le_bytes).concat());
        let three = expected.map(|it: i32| [it as u8, (it >> 8) as u8, (it >> 16) as u8]).concat();
        assert_eq!(encoded(SampleFormat::S24In3), three);
        let max = i32::MAX;
        let expected = [0, max, i32::MIN, max, i32::MIN, 1 << 30, -(1 << 29), 0, max];
        assert_eq!(encoded(SampleFormat::S32), expected.map(i32::to_le_bytes).concat());
        let expected = [0.0, 1.0, -1.0, 1.0, -1.0, 0.5, -0.25, 0.0, 1.0_f32];
        assert_eq!(encoded(SampleFormat::Float), expected.map(f32::to_le_bytes).concat());
    }

    #[test]
    fn every_value_of_24_bits_comes_back_as_it_was() {
        for format in [SampleFormat::S24In3, SampleFormat::S24In4, SampleFormat::S32, SampleFormat::Float] {
            let samples: Vec<f32> =
                (-0x80_0000..0x80_0000).step_by(997).map(|value| value as f32 / 8_388_608.0).collect();
            let mut bytes = vec![0; samples.len() * format.bytes()];
            let lane = Lane { first: 0, step: format.bytes() };
            format.encode(&samples, &mut bytes, lane);
            let mut back = vec![0.0; samples.len()];
            format.decode(&bytes, lane, &mut back);
            assert_eq!(back, samples, "{format:?}");
        }
    }

    #[test]
    fn each_channel_has_its_own_bytes() {
        let mut bytes = [0xaa; 12];
        let second = Lane { first: 2, step: 4 };
        SampleFormat::S16.encode(&[0.5, -0.5], &mut bytes, second);
        assert_eq!(bytes, [0xaa, 0xaa, 0, 0x40, 0xaa, 0xaa, 0, 0xc0, 0xaa, 0xaa, 0xaa, 0xaa]);
        let mut samples = [9.0; 4];
        SampleFormat::S16.decode(&bytes[..8], second, &mut samples);
        assert_eq!(samples, [0.5, -0.5, 9.0, 9.0], "no more than there is");
    }

    #[test]
    fn an_upper_byte_that_holds_anything_is_left_out() {
        let mut sample = [0.0];
        SampleFormat::S24In4.decode(&[0, 0, 0xc0, 0x55], Lane { first: 0, step: 4 }, &mut sample);
        assert_eq!(sample, [-0.5]);
    }
}
