//! The outline of a sound, for drawing: the lowest and highest sample of every 256 frames at the media's own rate.
//!
//! | bytes | holds |
//! |---|---|
//! | 0..8 | magic `LOOPPKS1` |
//! | 8..12 | sample rate of the media, u32 little endian |
//! | 12..16 | channels, u32, 1 or 2 |
//! | 16..24 | frames of the media, u64 |
//! | 24..28 | frames a peak, u32 |
//! | 28..64 | zero |
//! | 64.. | per peak and channel: lowest and highest sample, i8, -127 to 127 |

/// Frames that share one peak: fine enough for the closest zoom that is not drawn from samples.
pub const FRAMES_PER_PEAK: u32 = 256;
const HEADER_BYTES: usize = 64;
const MAGIC: &[u8; 8] = b"LOOPPKS1";

/// Gathers peaks while a sound is decoded.
#[derive(Debug)]
pub struct PeakWriter {
    channels: usize,
    lowest: [f32; 2],
    highest: [f32; 2],
    filled: u32,
    frames: u64,
    bytes: Vec<u8>,
}

impl PeakWriter {
    /// For a sound of 1 or 2 channels.
    #[must_use]
    pub fn new(channels: usize) -> Self {
        Self {
            channels,
            lowest: [f32::MAX; 2],
            highest: [f32::MIN; 2],
            filled: 0,
            frames: 0,
            bytes: vec![0; HEADER_BYTES],
        }
    }

    /// Adds interleaved samples, whole frames.
    pub fn add(&mut self, interleaved: &[f32]) {
        for frame in interleaved.chunks_exact(self.channels) {
            for (channel, &sample) in frame.iter().enumerate() {
                self.lowest[channel] = self.lowest[channel].min(sample);
                self.highest[channel] = self.highest[channel].max(sample);
            }
            self.frames += 1;
            self.filled += 1;
            if self.filled == FRAMES_PER_PEAK {
                self.close_peak();
            }
        }
    }

    /// The whole file.
    #[must_use]
    pub fn finish(mut self, sample_rate: u32) -> Vec<u8> {
        if self.filled > 0 {
            self.close_peak();
        }
        self.bytes[..8].copy_from_slice(MAGIC);
        self.bytes[8..12].copy_from_slice(&sample_rate.to_le_bytes());
        self.bytes[12..16].copy_from_slice(&(self.channels as u32).to_le_bytes());
        self.bytes[16..24].copy_from_slice(&self.frames.to_le_bytes());
        self.bytes[24..28].copy_from_slice(&FRAMES_PER_PEAK.to_le_bytes());
        self.bytes
    }

    fn close_peak(&mut self) {
        for channel in 0..self.channels {
            let low = (self.lowest[channel] * 127.0).floor().clamp(-127.0, 127.0) as i8;
            let high = (self.highest[channel] * 127.0).ceil().clamp(-127.0, 127.0) as i8;
            self.bytes.extend([low as u8, high as u8]);
        }
        self.lowest = [f32::MAX; 2];
        self.highest = [f32::MIN; 2];
        self.filled = 0;
    }
}

/// The peaks of a sound, read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peaks {
    /// 1 or 2.
    pub channels: u32,
    /// At the media's own rate.
    pub frames_per_peak: u32,
    /// Per peak and channel, interleaved: lowest and highest sample as signed bytes.
    pub bytes: Vec<u8>,
}

impl Peaks {
    /// Reads a peak file. `None` if it is not whole.
    #[must_use]
    pub fn parse(file: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u32::from_le_bytes(file.get(at..at + 4)?.try_into().ok()?));
        if file.get(..8)? != MAGIC {
            return None;
        }
        let (channels, frames_per_peak) = (word(12)?, word(24)?);
        let frames = u64::from(word(16)?) | u64::from(word(20)?) << 32;
        if !matches!(channels, 1 | 2) || frames_per_peak == 0 {
            return None;
        }
        let peaks = frames.div_ceil(u64::from(frames_per_peak));
        let bytes = file.get(HEADER_BYTES..)?;
        (bytes.len() as u64 == peaks.checked_mul(u64::from(channels) * 2)?).then(|| Self {
            channels,
            frames_per_peak,
            bytes: bytes.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_enclose_the_samples_of_their_frames() {
        let mut writer = PeakWriter::new(2);
        let frames = (0..300).flat_map(|frame| [if frame == 10 { 0.5 } else { 0.0 }, -1.0]);
        writer.add(&frames.collect::<Vec<f32>>());
        let file = writer.finish(44_100);
        let peaks = Peaks::parse(&file).expect("whole");
        assert_eq!((peaks.channels, peaks.frames_per_peak), (2, 256));
        let signed: Vec<i8> = peaks.bytes.iter().map(|&byte| byte as i8).collect();
        assert_eq!(signed, [0, 64, -127, -127, 0, 0, -127, -127]);
        assert_eq!(Peaks::parse(&file[..file.len() - 1]), None);
    }
}
