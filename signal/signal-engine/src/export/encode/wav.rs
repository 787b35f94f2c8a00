//! WAV, and RF64 where it grows beyond 4 GiB (EBU Tech 3306).
//!
//! | bytes | chunk |
//! |---|---|
//! | 12 | `RIFF` or `RF64`, length, `WAVE` |
//! | 36 | `JUNK`, which becomes `ds64` in an RF64 file |
//! | 24 or 26 | `fmt ` |
//! | 12 | `fact`, with floats |
//! | any | `LIST` with the title, if there is one |
//! | 8 + n | `data` |

use std::fs::File;
use std::io::{BufWriter, Result, Seek as _, SeekFrom, Write as _};

use sha2::{Digest as _, Sha256};

use super::super::dither::Quantiser;
use super::{Encoded, Target};
use crate::device::CHANNELS;
use crate::wav_file::SampleFormat;

/// What a length of 32 bits says in RF64: look in the ds64 chunk.
const ELSEWHERE: u32 = u32::MAX;

/// A WAV file being written.
pub(super) struct Wav {
    writer: BufWriter<File>,
    head: Vec<u8>,
    has_head: bool,
    bytes: u64,
    format: SampleFormat,
    quantiser: Option<Quantiser>,
    hash: Sha256,
    block: Vec<u8>,
}

impl Wav {
    pub(super) fn begin(
        file: File,
        target: &Target<'_>,
        format: SampleFormat,
        quantiser: Option<Quantiser>,
    ) -> Self {
        Self {
            writer: BufWriter::new(file),
            head: head(target, format),
            has_head: false,
            bytes: 0,
            format,
            quantiser,
            hash: Sha256::new(),
            block: Vec::new(),
        }
    }

    pub(super) fn write(&mut self, interleaved: &[f32]) -> Result<()> {
        self.write_head_once()?;
        self.block.clear();
        for sample in interleaved {
            match &mut self.quantiser {
                None => self.block.extend_from_slice(&sample.to_le_bytes()),
                Some(quantiser) => {
                    let bytes = quantiser.quantise(*sample).to_le_bytes();
                    self.block.extend_from_slice(&bytes[..usize::from(self.format.bytes())]);
                }
            }
        }
        self.hash.update(&self.block);
        self.bytes += self.block.len() as u64;
        self.writer.write_all(&self.block)
    }

    fn write_head_once(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.has_head, true) { Ok(()) } else { self.writer.write_all(&self.head) }
    }

    pub(super) fn end(&mut self) -> Result<Encoded> {
        self.write_head_once()?;
        if !self.bytes.is_multiple_of(2) {
            self.writer.write_all(&[0])?;
        }
        let frames = self.bytes / (u64::from(self.format.bytes()) * CHANNELS as u64);
        complete(&mut self.head, self.bytes, frames, self.format == SampleFormat::Float32);
        self.writer.seek(SeekFrom::Start(0))?;
        self.writer.write_all(&self.head)?;
        self.writer.flush()?;
        Ok(Encoded {
            clipped_samples: self.quantiser.as_ref().map_or(0, Quantiser::clipped),
            data_sha256: self.hash.finalize_reset().iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }
}

/// Everything before the samples, with lengths of 0.
fn head(target: &Target<'_>, format: SampleFormat) -> Vec<u8> {
    let float = format == SampleFormat::Float32;
    let mut head = Vec::new();
    head.extend_from_slice(b"RIFF\0\0\0\0WAVE");
    chunk(&mut head, *b"JUNK", &[0; 28]);
    let frame_bytes = u32::from(format.bytes()) * CHANNELS as u32;
    let mut description = Vec::new();
    description.extend_from_slice(&(if float { 3_u16 } else { 1 }).to_le_bytes());
    description.extend_from_slice(&(CHANNELS as u16).to_le_bytes());
    description.extend_from_slice(&target.sample_rate.to_le_bytes());
    description.extend_from_slice(&(target.sample_rate * frame_bytes).to_le_bytes());
    description.extend_from_slice(&(frame_bytes as u16).to_le_bytes());
    description.extend_from_slice(&(8 * format.bytes()).to_le_bytes());
    if float {
        description.extend_from_slice(&[0, 0]);
    }
    chunk(&mut head, *b"fmt ", &description);
    if float {
        chunk(&mut head, *b"fact", &[0; 4]);
    }
    if !target.title.is_empty() {
        let mut text = target.title.as_bytes().to_vec();
        text.push(0);
        let mut list = b"INFO".to_vec();
        chunk(&mut list, *b"INAM", &text);
        chunk(&mut head, *b"LIST", &list);
    }
    head.extend_from_slice(b"data\0\0\0\0");
    head
}

fn chunk(into: &mut Vec<u8>, name: [u8; 4], bytes: &[u8]) {
    into.extend_from_slice(&name);
    into.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    into.extend_from_slice(bytes);
    if !bytes.len().is_multiple_of(2) {
        into.push(0);
    }
}

/// Puts the lengths in, as RF64 where they are too long for RIFF.
fn complete(head: &mut [u8], data_bytes: u64, frames: u64, float: bool) {
    let riff_bytes = head.len() as u64 - 8 + data_bytes.next_multiple_of(2);
    let is_long = riff_bytes >= u64::from(ELSEWHERE) || data_bytes >= u64::from(ELSEWHERE);
    let short = |length: u64| u32::try_from(length).unwrap_or(ELSEWHERE).to_le_bytes();
    if is_long {
        head[..4].copy_from_slice(b"RF64");
        head[12..16].copy_from_slice(b"ds64");
        head[20..28].copy_from_slice(&riff_bytes.to_le_bytes());
        head[28..36].copy_from_slice(&data_bytes.to_le_bytes());
        head[36..44].copy_from_slice(&frames.to_le_bytes());
    }
    head[4..8].copy_from_slice(&if is_long { ELSEWHERE.to_le_bytes() } else { short(riff_bytes) });
    if float {
        // 12 bytes of RIFF, 36 of JUNK, 26 of fmt, 8 of fact's own.
        head[82..86].copy_from_slice(&short(frames));
    }
    let end = head.len();
    head[end - 4..].copy_from_slice(&if is_long { ELSEWHERE.to_le_bytes() } else { short(data_bytes) });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target<'static> {
        Target { path: std::path::Path::new("/nowhere"), sample_rate: 48_000, title: "Öl" }
    }

    #[test]
    fn head_of_a_long_file_is_that_of_rf64() {
        let mut head = head(&target(), SampleFormat::Float32);
        let bytes = 6 << 30;
        complete(&mut head, bytes, bytes / 8, true);
        assert_eq!(&head[..16], b"RF64\xff\xff\xff\xffWAVEds64");
        assert_eq!(head[28..36], bytes.to_le_bytes());
        assert_eq!(head[36..44], (bytes / 8).to_le_bytes());
        assert_eq!(&head[head.len() - 8..], b"data\xff\xff\xff\xff");
    }

    #[test]
    fn head_of_a_short_file_is_that_of_riff() {
        let mut head = head(&target(), SampleFormat::Float32);
        complete(&mut head, 80, 10, true);
        assert_eq!(&head[..4], b"RIFF");
        assert_eq!(u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize, head.len() - 8 + 80);
        assert_eq!(&head[74..82], b"fact\x04\0\0\0");
        assert_eq!(head[82..86], 10_u32.to_le_bytes());
    }
}
