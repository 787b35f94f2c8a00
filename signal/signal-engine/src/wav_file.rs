//! A WAV file that appears under its name only when it is complete.
//!
//! Samples are written as 16 or 24 bit integers (scaled by 2^15 or 2^23, rounded to nearest, ties away from zero, clipped)
//! or as 32 bit floats, unchanged. There is no dither. The file is first written beside its place under a temporary name;
//! dropping a [`WavFile`] that was not finished removes it.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::refusal::disk_reason;

/// A WAV file's data chunk and its file length are 32 bit numbers; the header needs less than this.
const LARGEST_DATA_BYTES: u64 = u32::MAX as u64 - 4096;

/// How a sample lies in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleFormat {
    /// Signed 16 bit.
    Int16,
    /// Signed 24 bit, in three bytes.
    Int24,
    /// IEEE 754, 32 bit, not clipped.
    Float32,
}

impl SampleFormat {
    /// Bytes of one sample.
    pub fn bytes(self) -> u16 {
        match self {
            SampleFormat::Int16 => 2,
            SampleFormat::Int24 => 3,
            SampleFormat::Float32 => 4,
        }
    }
}

/// Why a WAV file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// The path is relative or has no file name.
    #[error("{0}: not the absolute path of a file")]
    Path(PathBuf),
    /// The file or its folder could not be written.
    #[error("{}: {}", .0.display(), disk_reason(.1))]
    Write(PathBuf, std::io::Error),
    /// More samples than a WAV file can hold.
    #[error("a WAV file holds at most 4 GiB: render a shorter range")]
    TooLong,
}

/// What a finished file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct WavSummary {
    /// Frames in the file.
    pub frames: u64,
    /// Largest absolute sample value before rounding and clipping, 1 is full scale.
    pub peak: f32,
    /// SHA-256 of the data chunk, lower-case hex.
    pub data_sha256: String,
}

/// A file being written. `[control]`
pub struct WavFile {
    /// `None` only while finishing.
    writer: Option<hound::WavWriter<BufWriter<File>>>,
    temporary: PathBuf,
    path: PathBuf,
    channels: u16,
    format: SampleFormat,
    hash: Sha256,
    bytes: Vec<u8>,
    samples: u64,
    peak: f32,
}

impl WavFile {
    /// Begins the file `path`, which must be absolute. What lies there stays until [`WavFile::finish`].
    ///
    /// # Errors
    /// A bad path, or a folder that can't be written.
    pub fn create(
        path: &Path,
        sample_rate: u32,
        channels: u16,
        format: SampleFormat,
    ) -> Result<Self, WavError> {
        let name = path.file_name().filter(|_| path.is_absolute());
        let name = name.ok_or_else(|| WavError::Path(path.into()))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", std::process::id()));
        let temporary = path.with_file_name(hidden);
        let sample_format = match format {
            SampleFormat::Float32 => hound::SampleFormat::Float,
            SampleFormat::Int16 | SampleFormat::Int24 => hound::SampleFormat::Int,
        };
        let spec =
            hound::WavSpec { channels, sample_rate, bits_per_sample: 8 * format.bytes(), sample_format };
        let writer = hound::WavWriter::create(&temporary, spec).map_err(|error| write_error(path, error))?;
        Ok(Self {
            writer: Some(writer),
            temporary,
            path: path.into(),
            channels,
            format,
            hash: Sha256::new(),
            bytes: Vec::new(),
            samples: 0,
            peak: 0.0,
        })
    }

    /// Appends interleaved samples; their number is a multiple of the channels.
    ///
    /// # Errors
    /// A full disk, or a file grown too long.
    pub fn write(&mut self, interleaved: &[f32]) -> Result<(), WavError> {
        self.samples += interleaved.len() as u64;
        if self.samples * u64::from(self.format.bytes()) > LARGEST_DATA_BYTES {
            return Err(WavError::TooLong);
        }
        self.bytes.clear();
        if let Some(writer) = &mut self.writer {
            write_samples(writer, self.format, interleaved, &mut self.bytes)
                .map_err(|error| write_error(&self.path, error))?;
        }
        self.hash.update(&self.bytes);
        self.peak = interleaved.iter().fold(self.peak, |peak, sample| peak.max(sample.abs()));
        Ok(())
    }

    /// Completes the file, syncs it to disk and gives it its name.
    ///
    /// # Errors
    /// A full disk, or a folder that can't be written; then nothing has the name.
    pub fn finish(mut self) -> Result<WavSummary, WavError> {
        if let Some(writer) = self.writer.take() {
            writer.finalize().map_err(|error| write_error(&self.path, error))?;
        }
        File::open(&self.temporary)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&self.temporary, &self.path))
            .map_err(|error| WavError::Write(self.path.clone(), error))?;
        let data_sha256 = self.hash.finalize_reset().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(WavSummary {
            frames: self.samples / u64::from(self.channels.max(1)),
            peak: self.peak,
            data_sha256,
        })
    }
}

impl Drop for WavFile {
    /// After `finish` the temporary name is gone, and removing it again does nothing.
    fn drop(&mut self) {
        self.writer = None;
        let _ = std::fs::remove_file(&self.temporary);
    }
}

fn write_samples(
    writer: &mut hound::WavWriter<BufWriter<File>>,
    format: SampleFormat,
    samples: &[f32],
    bytes: &mut Vec<u8>,
) -> hound::Result<()> {
    for &sample in samples {
        match format {
            SampleFormat::Int16 => {
                let rounded = to_integer(sample, 32_768.0) as i16;
                bytes.extend_from_slice(&rounded.to_le_bytes());
                writer.write_sample(rounded)?;
            }
            SampleFormat::Int24 => {
                let rounded = to_integer(sample, 8_388_608.0);
                bytes.extend_from_slice(&rounded.to_le_bytes()[..3]);
                writer.write_sample(rounded)?;
            }
            SampleFormat::Float32 => {
                bytes.extend_from_slice(&sample.to_le_bytes());
                writer.write_sample(sample)?;
            }
        }
    }
    Ok(())
}

fn to_integer(sample: f32, full_scale: f64) -> i32 {
    (f64::from(sample) * full_scale).round().clamp(-full_scale, full_scale - 1.0) as i32
}

fn write_error(path: &Path, error: hound::Error) -> WavError {
    match error {
        hound::Error::IoError(error) => WavError::Write(path.into(), error),
        other => WavError::Write(path.into(), std::io::Error::other(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: SampleFormat, samples: &[f32]) -> (Vec<u8>, WavSummary) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.wav");
        let mut file = WavFile::create(&path, 48_000, 2, format).expect("created");
        file.write(samples).expect("written");
        assert!(!path.exists(), "the name appears only when the file is complete");
        let summary = file.finish().expect("finished");
        (std::fs::read(&path).expect("read"), summary)
    }

    #[test]
    fn hash_is_of_the_last_bytes_of_the_file() {
        let samples = [0.0, -1.0, 1.0, 0.25, -0.1, 3.0];
        for (format, bytes) in
            [(SampleFormat::Int16, 12), (SampleFormat::Int24, 18), (SampleFormat::Float32, 24)]
        {
            let (file, summary) = written(format, &samples);
            let digest = Sha256::digest(&file[file.len() - bytes..]);
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(summary.data_sha256, hex, "{format:?}");
            assert_eq!(summary.frames, 3);
            assert_eq!(summary.peak, 3.0);
        }
    }

    #[test]
    fn integers_are_rounded_to_nearest_and_clipped() {
        let (file, _) = written(SampleFormat::Int16, &[1.0, -2.0, 0.6 / 32_768.0, -0.4 / 32_768.0]);
        let data: Vec<i16> =
            file[file.len() - 8..].chunks(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        assert_eq!(data, [32_767, -32_768, 1, 0]);
    }

    #[test]
    fn dropped_file_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.wav");
        let mut file = WavFile::create(&path, 48_000, 2, SampleFormat::Int16).expect("created");
        file.write(&[0.5; 64]).expect("written");
        drop(file);
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 0);
    }

    #[test]
    fn relative_path_is_refused() {
        let refused = WavFile::create(Path::new("out.wav"), 48_000, 2, SampleFormat::Int16);
        assert!(matches!(refused, Err(WavError::Path(_))));
    }
}
