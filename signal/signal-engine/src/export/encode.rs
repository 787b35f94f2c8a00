//! One encoder at a time: unrounded stereo in, a finished file out.
//!
//! It changes no sample but by the format's own rounding. A file that was not finished is removed.

mod flac;
mod vorbis;
mod wav;

use std::fs::File;
use std::path::{Path, PathBuf};

use super::dither::Quantiser;
use super::{Encoding, ExportSetup};
use crate::refusal::{Refusal, disk_reason};
use crate::wav_file::SampleFormat;

/// What an encoder knows at its end.
#[derive(Clone, Debug, Default)]
pub(super) struct Encoded {
    pub clipped_samples: u64,
    /// Of a WAV file's samples.
    pub data_sha256: String,
}

/// What is the same for every format.
pub(super) struct Target<'a> {
    pub path: &'a Path,
    pub sample_rate: u32,
    pub title: &'a str,
}

/// A file being written.
pub(super) struct Encoder {
    format: Format,
    path: PathBuf,
    finished: bool,
}

enum Format {
    Wav(Box<wav::Wav>),
    Flac(Box<flac::Flac>),
    Vorbis(Box<vorbis::Vorbis>),
}

impl Encoder {
    /// Begins the file.
    pub(super) fn create(target: &Target<'_>, setup: &ExportSetup) -> Result<Self, Refusal> {
        let failed = |error: String| Refusal::failed(format!("{}: {error}", target.path.display()));
        let file = File::options().write(true).create_new(true).open(target.path);
        let file = file.map_err(|error| failed(disk_reason(&error)))?;
        let (path, finished) = (target.path.to_owned(), false);
        let quantiser = |format| match format {
            SampleFormat::Int16 => Some(Quantiser::new(16, setup.dither_seed)),
            SampleFormat::Int24 => Some(Quantiser::new(24, setup.dither_seed)),
            SampleFormat::Float32 => None,
        };
        let format = match setup.encoding {
            Encoding::Wav(format) => {
                Format::Wav(Box::new(wav::Wav::begin(file, target, format, quantiser(format))))
            }
            Encoding::Flac(format) => {
                let quantiser = quantiser(format).unwrap_or_else(|| Quantiser::new(24, setup.dither_seed));
                Format::Flac(Box::new(flac::Flac::begin(file, target, format, quantiser).map_err(failed)?))
            }
            Encoding::Vorbis(quality) => {
                Format::Vorbis(Box::new(vorbis::Vorbis::begin(file, target, quality).map_err(failed)?))
            }
        };
        Ok(Self { format, path, finished })
    }

    /// Appends interleaved frames.
    pub(super) fn write(&mut self, interleaved: &[f32]) -> Result<(), Refusal> {
        let written = match &mut self.format {
            Format::Wav(wav) => wav.write(interleaved).map_err(|error| disk_reason(&error)),
            Format::Flac(flac) => flac.write(interleaved),
            Format::Vorbis(vorbis) => vorbis.write(interleaved),
        };
        written.map_err(|error| Refusal::failed(format!("{}: {error}", self.path.display())))
    }

    /// Completes the file and syncs it to disk.
    pub(super) fn finish(mut self) -> Result<Encoded, Refusal> {
        let ended = match &mut self.format {
            Format::Wav(wav) => wav.end().map_err(|error| disk_reason(&error)),
            Format::Flac(flac) => flac.end(),
            Format::Vorbis(vorbis) => vorbis.end(),
        };
        let synced = File::open(&self.path).and_then(|file| file.sync_all());
        let failed = |error: String| Refusal::failed(format!("{}: {error}", self.path.display()));
        let encoded = ended.map_err(failed)?;
        synced.map_err(|error| failed(disk_reason(&error)))?;
        self.finished = true;
        Ok(encoded)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        if !self.finished {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
