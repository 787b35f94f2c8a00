//! The file of decoded sound that Pulse writes and Signal reads.
//!
//! | bytes | holds |
//! |---|---|
//! | 0..8 | magic `LOOPPCM1` |
//! | 8..12 | sample rate, u32 little endian |
//! | 12..16 | channels, u32, 1 or 2 |
//! | 16..24 | frames, u64 |
//! | 24..28 | 0: samples are f32; 16: they are i16, to be divided by 32,768 |
//! | 28..64 | zero |
//! | 64.. | samples, little endian, interleaved |
//!
//! Sound of 16 bits that is not resampled stays as it is: half as long, on disk and on its way from there.
//!
//! It does not resample and does not decode.

use std::{
    fs::File,
    io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

/// Length of the header in bytes.
pub const HEADER_BYTES: u64 = 64;
const MAGIC: &[u8; 8] = b"LOOPPCM1";

/// What the header of a PCM file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PcmHeader {
    /// Frames a second.
    pub sample_rate: u32,
    /// 1 or 2.
    pub channels: u32,
    /// Samples of each channel.
    pub frames: u64,
    /// How a sample lies in the file.
    pub format: PcmFormat,
}

/// How a sample lies in a PCM file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PcmFormat {
    /// 32 bits.
    Float,
    /// A sample times 32,768, which is an integer of 16 bits.
    Int16,
}

impl PcmFormat {
    fn word(self) -> u32 {
        match self {
            Self::Float => 0,
            Self::Int16 => 16,
        }
    }

    fn of_word(word: u32) -> Option<Self> {
        [Self::Float, Self::Int16].into_iter().find(|format| format.word() == word)
    }

    fn bytes(self) -> u64 {
        match self {
            Self::Float => 4,
            Self::Int16 => 2,
        }
    }
}

impl PcmHeader {
    fn to_bytes(self) -> [u8; HEADER_BYTES as usize] {
        let mut bytes = [0; HEADER_BYTES as usize];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&self.sample_rate.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.channels.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.frames.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.format.word().to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; HEADER_BYTES as usize]) -> Option<Self> {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let frames = u64::from(word(16)) | u64::from(word(20)) << 32;
        let format = PcmFormat::of_word(word(24))?;
        (&bytes[..8] == MAGIC).then(|| Self { sample_rate: word(8), channels: word(12), frames, format })
    }

    /// Reads the header of a file and checks that the file is as long as it says.
    /// `None` if there is no such file or it is not whole.
    #[must_use]
    pub fn of_whole_file(path: &Path) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let mut bytes = [0; HEADER_BYTES as usize];
        file.read_exact(&mut bytes).ok()?;
        let header = Self::from_bytes(&bytes)?;
        let samples = header.frames.checked_mul(u64::from(header.channels))?;
        let length = samples.checked_mul(header.format.bytes())?.checked_add(HEADER_BYTES)?;
        (matches!(header.channels, 1 | 2) && file.metadata().ok()?.len() == length).then_some(header)
    }
}

/// Writes a PCM file whose length is known only at its end.
#[derive(Debug)]
pub struct PcmWriter {
    file: BufWriter<File>,
    header: PcmHeader,
}

impl PcmWriter {
    /// Starts at the beginning of `file`, which is empty.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn new(file: File, sample_rate: u32, channels: u32, format: PcmFormat) -> io::Result<Self> {
        let mut file = BufWriter::new(file);
        file.write_all(&[0; HEADER_BYTES as usize])?;
        Ok(Self { file, header: PcmHeader { sample_rate, channels, frames: 0, format } })
    }

    /// Adds interleaved samples, whole frames.
    ///
    /// # Errors
    /// If the file can't be written, or a sample is none of the file's format.
    pub fn write(&mut self, interleaved: &[f32]) -> io::Result<()> {
        for sample in interleaved {
            match self.header.format {
                PcmFormat::Float => self.file.write_all(&sample.to_le_bytes())?,
                PcmFormat::Int16 => self.file.write_all(&sixteen_bits(*sample)?.to_le_bytes())?,
            }
        }
        self.header.frames += interleaved.len() as u64 / u64::from(self.header.channels);
        Ok(())
    }

    /// Writes the header, and syncs the file.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn finish(self) -> io::Result<PcmHeader> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&self.header.to_bytes())?;
        file.sync_all()?;
        Ok(self.header)
    }
}

/// The integer that a sample of 16 bits was.
fn sixteen_bits(sample: f32) -> io::Result<i16> {
    let integer = (sample * 32_768.0) as i16;
    if f32::from(integer) / 32_768.0 == sample {
        Ok(integer)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "it is finer than the 16 bits that its header states"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_stay_what_they_are_and_nothing_else_is_taken_for_them() {
        for integer in i16::MIN..=i16::MAX {
            assert_eq!(sixteen_bits(f32::from(integer) / 32_768.0).expect("16 bits"), integer);
        }
        for other in [1.0, -1.1, 0.3, 1.5 / 32_768.0, f32::NAN] {
            assert!(sixteen_bits(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_cut_off_file_is_not_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.pcm");
        for (format, first) in [
            (PcmFormat::Float, &0.5_f32.to_le_bytes()[..]),
            (PcmFormat::Int16, &16_384_i16.to_le_bytes()[..]),
        ] {
            let file = File::create(&path).expect("a file");
            let mut writer = PcmWriter::new(file, 48_000, 2, format).expect("writes");
            writer.write(&[0.5, -0.5, 0.25, -0.25]).expect("writes");
            let header = writer.finish().expect("writes");
            assert_eq!(header, PcmHeader { sample_rate: 48_000, channels: 2, frames: 2, format });
            assert_eq!(PcmHeader::of_whole_file(&path), Some(header));
            let bytes = std::fs::read(&path).expect("reads");
            assert_eq!(&bytes[64..64 + first.len()], first);
            for length in 0..bytes.len() {
                std::fs::write(&path, &bytes[..length]).expect("writes");
                assert_eq!(PcmHeader::of_whole_file(&path), None, "{length} bytes");
            }
        }
    }
}
