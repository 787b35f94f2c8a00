//! FLAC (RFC 9639), block by block, so that a long song needs no more memory than a short one.
//!
//! The head is written twice: it holds the length and the hash of the sound.

use std::fs::File;
use std::io::{BufWriter, Seek as _, SeekFrom, Write as _};

use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr as _, MetadataBlockData, Stream};
use flacenc::config;
use flacenc::error::{Verified, Verify as _};
use flacenc::source::{Context, Fill as _, FrameBuf};

use super::super::dither::Quantiser;
use super::{Encoded, Target};
use crate::device::CHANNELS;
use crate::refusal::disk_reason;
use crate::wav_file::SampleFormat;

/// Frames of a block; decoders want the head to say that all are as long.
const BLOCK_FRAMES: usize = 4096;
/// The metadata block of Vorbis comments.
const COMMENTS: u8 = 4;

/// A FLAC file being written.
pub(super) struct Flac {
    writer: BufWriter<File>,
    config: Verified<config::Encoder>,
    stream: Stream,
    hashed: Context,
    buffer: FrameBuf,
    block: Vec<i32>,
    blocks: usize,
    quantiser: Quantiser,
}

impl Flac {
    pub(super) fn begin(
        file: File,
        target: &Target<'_>,
        format: SampleFormat,
        quantiser: Quantiser,
    ) -> Result<Self, String> {
        let bits = 8 * usize::from(format.bytes());
        let config = config::Encoder::default().into_verified().map_err(|(_, error)| error.to_string())?;
        let mut stream = Stream::new(target.sample_rate as usize, CHANNELS, bits).map_err(text)?;
        if !target.title.is_empty() {
            let comments = comments(target.title);
            stream.add_metadata_block(MetadataBlockData::new_unknown(COMMENTS, &comments).map_err(text)?);
        }
        let mut flac = Self {
            writer: BufWriter::new(file),
            config,
            stream,
            hashed: Context::new(bits, CHANNELS),
            buffer: FrameBuf::with_size(CHANNELS, BLOCK_FRAMES).map_err(text)?,
            block: Vec::new(),
            blocks: 0,
            quantiser,
        };
        flac.write_head()?;
        Ok(flac)
    }

    pub(super) fn write(&mut self, interleaved: &[f32]) -> Result<(), String> {
        for sample in interleaved {
            self.block.push(self.quantiser.quantise(*sample));
            if self.block.len() == BLOCK_FRAMES * CHANNELS {
                self.write_block()?;
            }
        }
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<Encoded, String> {
        if !self.block.is_empty() {
            self.write_block()?;
        }
        let info = self.stream.stream_info_mut();
        info.set_md5_digest(&self.hashed.md5_digest());
        info.set_total_samples(self.hashed.total_samples());
        self.writer.seek(SeekFrom::Start(0)).map_err(disk)?;
        self.write_head()?;
        self.writer.flush().map_err(disk)?;
        Ok(Encoded { clipped_samples: self.quantiser.clipped(), data_sha256: String::new() })
    }

    fn write_head(&mut self) -> Result<(), String> {
        self.stream.stream_info_mut().set_block_sizes(BLOCK_FRAMES, BLOCK_FRAMES).map_err(text)?;
        let mut head = ByteSink::new();
        self.stream.write(&mut head).map_err(text)?;
        self.writer.write_all(head.as_slice()).map_err(disk)
    }

    fn write_block(&mut self) -> Result<(), String> {
        self.buffer.fill_interleaved(&self.block).map_err(text)?;
        self.hashed.fill_interleaved(&self.block).map_err(text)?;
        let info = self.stream.stream_info();
        let frame = flacenc::encode_fixed_size_frame(&self.config, &self.buffer, self.blocks, info);
        let frame = frame.map_err(text)?;
        let mut bytes = ByteSink::new();
        frame.write(&mut bytes).map_err(text)?;
        self.stream.stream_info_mut().update_frame_info(&frame);
        self.writer.write_all(bytes.as_slice()).map_err(disk)?;
        self.blocks += 1;
        self.block.clear();
        Ok(())
    }
}

fn disk(error: std::io::Error) -> String {
    disk_reason(&error)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Vorbis comments: vendor, number of comments, the one comment; texts after their lengths.
fn comments(title: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_text(&mut bytes, "Loophole");
    bytes.extend_from_slice(&1_u32.to_le_bytes());
    put_text(&mut bytes, &format!("TITLE={title}"));
    bytes
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}
