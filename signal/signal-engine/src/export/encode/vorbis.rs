//! Ogg Vorbis, by the reference encoder with aoTuV's tuning. The same sound gives the same bytes.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::num::{NonZeroU8, NonZeroU32};

use vorbis_rs::{VorbisBitrateManagementStrategy, VorbisEncoder, VorbisEncoderBuilder, VorbisError};

use super::{Encoded, Target};
use crate::device::CHANNELS;
use crate::refusal::disk_reason;

/// Names the one stream of the file; a chained file would need others.
const SERIAL: i32 = 1;
/// Frames that the encoder is given at once.
const BLOCK_FRAMES: usize = 1024;

/// An Ogg file being written.
pub(super) struct Vorbis {
    /// `None` once ended.
    encoder: Option<VorbisEncoder<BufWriter<File>>>,
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Vorbis {
    pub(super) fn begin(file: File, target: &Target<'_>, quality: f32) -> Result<Self, String> {
        let rate = NonZeroU32::new(target.sample_rate).ok_or("no sample rate")?;
        let channels = NonZeroU8::new(CHANNELS as u8).ok_or("no channels")?;
        let mut builder = VorbisEncoderBuilder::new_with_serial(rate, channels, BufWriter::new(file), SERIAL);
        builder.bitrate_management_strategy(VorbisBitrateManagementStrategy::QualityVbr {
            target_quality: quality,
        });
        if !target.title.is_empty() {
            builder.comment_tag("TITLE", target.title).map_err(|error| error.to_string())?;
        }
        let encoder = builder
            .build()
            .map_err(|error| format!("Vorbis can't be made of {} Hz: {error}", target.sample_rate))?;
        Ok(Self { encoder: Some(encoder), left: Vec::new(), right: Vec::new() })
    }

    pub(super) fn write(&mut self, interleaved: &[f32]) -> Result<(), String> {
        let Some(encoder) = &mut self.encoder else { return Ok(()) };
        for block in interleaved.chunks(BLOCK_FRAMES * CHANNELS) {
            self.left.clear();
            self.right.clear();
            for frame in block.chunks_exact(CHANNELS) {
                self.left.push(frame[0]);
                self.right.push(frame[1]);
            }
            encoder.encode_audio_block([&self.left, &self.right]).map_err(reason)?;
        }
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<Encoded, String> {
        if let Some(encoder) = self.encoder.take() {
            let mut writer = encoder.finish().map_err(reason)?;
            writer.flush().map_err(|error| disk_reason(&error))?;
        }
        Ok(Encoded::default())
    }
}

fn reason(error: VorbisError) -> String {
    match error {
        VorbisError::Io(error) => disk_reason(&error),
        other => other.to_string(),
    }
}
