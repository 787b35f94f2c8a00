//! WAV files that 32 bits of length are too few for: RF64 (EBU Tech 3306) and BW64 (ITU-R BS.2088), Wave64, and RIFF files
//! that outgrew their header. Shorter RIFF files are symphonia's.
//!
//! | kind | a chunk | where its length is |
//! |---|---|---|
//! | RIFF | 4 bytes of name, 4 of length, even | there |
//! | RF64, BW64 | the same | of `data` in the `ds64` chunk, where its own says 2^32 - 1 |
//! | Wave64 | 16 bytes of name, 8 of length with these 24, a multiple of 8 | there |
//!
//! Nothing in a header is believed that the file's own length does not allow. Samples are read as they are asked for.

use std::{fs::File, io, os::unix::fs::FileExt as _};

/// Chunks before the samples; more is damage or malice.
const MAX_CHUNKS: usize = 1024;
/// Channels of a file.
const MAX_CHANNELS: u16 = 256;
/// A length of 32 bits that says: look elsewhere.
const ELSEWHERE: u64 = u32::MAX as u64;
/// Frames read at once.
const BLOCK_FRAMES: u64 = 4096;
/// The last 12 bytes of Wave64's names, but for the first two chunks.
const W64_TAIL: [u8; 12] = [0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0x00, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A];
const W64_RIFF: [u8; 16] = *b"riff\x2E\x91\xCF\x11\xA5\xD6\x28\xDB\x04\xC1\x00\x00";
/// A `fmt ` chunk that holds its format further on.
const EXTENSIBLE: u16 = 0xFFFE;
const INTEGER: u16 = 1;
const FLOAT: u16 = 3;

/// Why such a file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum WaveError {
    /// Its chunks contradict each other, or the file's length.
    #[error("its header is damaged: {0}")]
    Damaged(&'static str),
    /// Samples of a kind that isn't read here.
    #[error("its samples are of format {format} with {bits} bits, which can't be read")]
    Encoding {
        /// As the header says.
        format: u16,
        /// Of a sample.
        bits: u16,
    },
    /// The disk refused.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// How samples lie in the file, little endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sample {
    Unsigned8,
    Signed16,
    Signed24,
    Signed32,
    Float32,
    Float64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Riff,
    Rf64,
    Wave64,
}

/// A file that is read from its first sample to its last.
#[derive(Debug)]
pub struct WaveReader {
    file: File,
    sample: Sample,
    bytes: Vec<u8>,
    /// Of the next frame.
    at: u64,
    /// Of the end of the last whole frame.
    end: u64,
    /// Frames a second.
    pub sample_rate: u32,
    /// Samples of a frame.
    pub channels: u16,
    /// The header promises more frames than there are.
    pub is_cut_off: bool,
}

/// What the header says of the samples.
#[derive(Clone, Copy, Debug)]
struct Format {
    sample: Sample,
    sample_rate: u32,
    channels: u16,
}

/// Reads the header of a file of these kinds; `None` if it is of another.
///
/// # Errors
/// See [`WaveError`].
pub fn open(file: File) -> Result<Option<WaveReader>, WaveError> {
    let length = file.metadata()?.len();
    let Some(kind) = kind(&file, length)? else { return Ok(None) };
    let (format, data, declared) = Chunks::new(&file, kind, length).find()?;
    let frame = u64::from(format.channels) * format.sample.bytes();
    let there = length - data;
    let bytes = match declared {
        // Its writer never came to say.
        0 | u64::MAX => there,
        declared if kind == Kind::Riff => wrapped(declared, there),
        declared => declared.min(there),
    };
    let is_cut_off = !matches!(declared, 0 | u64::MAX) && declared > there;
    Ok(Some(WaveReader {
        file,
        sample: format.sample,
        bytes: Vec::new(),
        at: data,
        end: data + bytes - bytes % frame,
        sample_rate: format.sample_rate,
        channels: format.channels,
        is_cut_off,
    }))
}

/// What a length was before it lost its upper half, if `there` bytes are there.
fn wrapped(declared: u64, there: u64) -> u64 {
    if declared == ELSEWHERE {
        return there;
    }
    let turns = there.saturating_sub(declared) >> 32;
    (declared + (turns << 32)).min(there)
}

fn kind(file: &File, length: u64) -> Result<Option<Kind>, WaveError> {
    let mut head = [0; 40];
    let bytes = usize::try_from(length).map_or(head.len(), |length| length.min(head.len()));
    file.read_exact_at(&mut head[..bytes], 0)?;
    let is_wave = &head[8..12] == b"WAVE";
    Ok(match &head[..4] {
        b"RF64" | b"BW64" if is_wave => Some(Kind::Rf64),
        b"RIFF" if is_wave && length > ELSEWHERE => Some(Kind::Riff),
        _ if head[..16] == W64_RIFF && head[24..28] == *b"wave" && head[28..] == W64_TAIL => {
            Some(Kind::Wave64)
        }
        _ => None,
    })
}

/// A walk over the chunks.
struct Chunks<'a> {
    file: &'a File,
    kind: Kind,
    length: u64,
    at: u64,
    /// Length of the samples, from the `ds64` chunk.
    long: Option<u64>,
    format: Option<Format>,
}

impl<'a> Chunks<'a> {
    fn new(file: &'a File, kind: Kind, length: u64) -> Self {
        let at = if kind == Kind::Wave64 { 40 } else { 12 };
        Self { file, kind, length, at, long: None, format: None }
    }

    /// The format, where the samples begin, and how many bytes of them the header promises.
    fn find(mut self) -> Result<(Format, u64, u64), WaveError> {
        for _ in 0..MAX_CHUNKS {
            let (name, body, bytes) = self.next()?;
            match &name {
                b"data" => {
                    let format =
                        self.format.ok_or(WaveError::Damaged("its samples come before their format"))?;
                    let bytes = match (self.kind, self.long) {
                        (Kind::Rf64, Some(long)) if bytes == ELSEWHERE => long,
                        (Kind::Rf64, None) if bytes == ELSEWHERE => u64::MAX,
                        _ => bytes,
                    };
                    return Ok((format, body, bytes));
                }
                b"fmt " => self.format = Some(self.read_format(body, bytes)?),
                b"ds64" if self.kind == Kind::Rf64 => {
                    let mut fields = [0; 16];
                    self.read(&mut fields, body, bytes)?;
                    self.long = Some(u64_at(&fields, 8));
                }
                _ => {}
            }
            let alignment = if self.kind == Kind::Wave64 { 8 } else { 2 };
            let end = body.checked_add(bytes).and_then(|end| end.checked_next_multiple_of(alignment));
            self.at = end.filter(|end| *end < self.length).ok_or(WaveError::Damaged("it has no samples"))?;
        }
        Err(WaveError::Damaged("it has too many chunks"))
    }

    /// The next chunk: its name, where its body begins, and how long that is.
    fn next(&self) -> Result<([u8; 4], u64, u64), WaveError> {
        let mut head = [0; 24];
        let bytes: u64 = if self.kind == Kind::Wave64 { 24 } else { 8 };
        if self.length - self.at < bytes {
            return Err(WaveError::Damaged("it has no samples"));
        }
        self.file.read_exact_at(&mut head[..bytes as usize], self.at)?;
        let mut name = [head[0], head[1], head[2], head[3]];
        let body = self.at + bytes;
        if self.kind != Kind::Wave64 {
            return Ok((name, body, u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]))));
        }
        if head[4..16] != W64_TAIL {
            name = [0; 4];
        }
        let whole = u64_at(&head, 16).checked_sub(bytes);
        Ok((name, body, whole.ok_or(WaveError::Damaged("a chunk is shorter than its head"))?))
    }

    /// Fills `into` from the beginning of a chunk.
    fn read(&self, into: &mut [u8], body: u64, bytes: u64) -> Result<(), WaveError> {
        if bytes < into.len() as u64 || self.length - body < into.len() as u64 {
            return Err(WaveError::Damaged("a chunk is too short"));
        }
        Ok(self.file.read_exact_at(into, body)?)
    }

    fn read_format(&self, body: u64, bytes: u64) -> Result<Format, WaveError> {
        let mut fields = [0; 26];
        let is_long = bytes >= fields.len() as u64;
        self.read(&mut fields[..if is_long { 26 } else { 16 }], body, bytes)?;
        let half = |at: usize| u16::from_le_bytes([fields[at], fields[at + 1]]);
        let (mut format, channels, frame_bytes, bits) = (half(0), half(2), half(12), half(14));
        if format == EXTENSIBLE && is_long {
            format = half(24);
        }
        let sample = match (format, bits) {
            (INTEGER, 8) => Sample::Unsigned8,
            (INTEGER, 16) => Sample::Signed16,
            (INTEGER, 24) => Sample::Signed24,
            (INTEGER, 32) => Sample::Signed32,
            (FLOAT, 32) => Sample::Float32,
            (FLOAT, 64) => Sample::Float64,
            _ => return Err(WaveError::Encoding { format, bits }),
        };
        if !(1..=MAX_CHANNELS).contains(&channels)
            || u64::from(frame_bytes) != u64::from(channels) * sample.bytes()
        {
            return Err(WaveError::Damaged("its channels and the length of a frame do not fit"));
        }
        let sample_rate = u32::from_le_bytes([fields[4], fields[5], fields[6], fields[7]]);
        Ok(Format { sample, sample_rate, channels })
    }
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

impl Sample {
    fn bytes(self) -> u64 {
        match self {
            Self::Unsigned8 => 1,
            Self::Signed16 => 2,
            Self::Signed24 => 3,
            Self::Signed32 | Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }

    /// One sample of its bytes, 1 being full scale.
    fn value(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::Unsigned8, &[a]) => f32::from(i16::from(a) - 128) / 128.0,
            (Self::Signed16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
            (Self::Signed24, &[a, b, c]) => (i32::from_le_bytes([0, a, b, c]) >> 8) as f32 / 8_388_608.0,
            (Self::Signed32, &[a, b, c, d]) => {
                (f64::from(i32::from_le_bytes([a, b, c, d])) / 2_147_483_648.0) as f32
            }
            (Self::Float32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Self::Float64, &[a, b, c, d, e, f, g, h]) => f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32,
            _ => 0.0,
        }
    }
}

impl WaveReader {
    /// Bits of an integer sample; 0 for others.
    #[must_use]
    pub fn bits(&self) -> u32 {
        match self.sample {
            Sample::Float32 | Sample::Float64 => 0,
            integer => 8 * integer.bytes() as u32,
        }
    }

    /// Frames that are left.
    #[must_use]
    pub fn frames(&self) -> u64 {
        (self.end - self.at) / (u64::from(self.channels) * self.sample.bytes())
    }

    /// Reads the next frames, interleaved; none at the end.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn read(&mut self, interleaved: &mut Vec<f32>) -> io::Result<()> {
        let frame = u64::from(self.channels) * self.sample.bytes();
        let bytes = (BLOCK_FRAMES * frame).min(self.end - self.at);
        self.bytes.resize(bytes as usize, 0);
        self.file.read_exact_at(&mut self.bytes, self.at)?;
        self.at += bytes;
        interleaved.clear();
        let samples = self.bytes.chunks_exact(self.sample.bytes() as usize);
        interleaved.extend(samples.map(|bytes| self.sample.value(bytes)));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
