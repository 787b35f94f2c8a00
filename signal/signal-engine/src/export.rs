//! A graph exported to files: the whole and single strips of it at once, in the formats that musicians hand on.
//!
//! 1. [`render`] renders the range, and a tail until it is silent, to unrounded samples on disk beside the result: one
//!    [`spill`](mod@spill) for the output and one for each strip, all beginning at the range's first frame.
//! 2. [`finish`] makes a file of each: gain to the wanted loudness or peak, conversion of the rate, measurement, dither,
//!    encoding. The measurement is of what is encoded, by the meters' own [`LoudnessMeter`](crate::loudness).
//!
//! Files are written under their own names, in a folder that whoever asked for them moves them out of. The samples of an
//! export without dither, gain and conversion are those of a render, bit for bit.

mod convert;
mod dither;
mod encode;
mod finish;
mod render;
mod spill;
mod stem;
mod tail;

use std::path::PathBuf;

use shm::telemetry::Loudness;
use signal_graph::NodeId;

pub use render::render;
pub use stem::StemTaps;
pub use tail::cut_at;

use crate::refusal::Refusal;
use crate::wav_file::SampleFormat;

/// Files of one export: the mix, and stems of the largest songs.
const MOST_FILES: usize = 1024;
/// Longest tail that can be asked for, in seconds.
const LONGEST_TAIL_SECONDS: f64 = 600.0;
/// Rates that files are made with; Vorbis knows none above.
const FILE_RATES: std::ops::RangeInclusive<u32> = 8_000..=384_000;
/// Loudness that can be asked for, in LUFS, and peaks, in dBTP.
const TARGETS: std::ops::RangeInclusive<f32> = -60.0..=0.0;
/// Longest title, in bytes.
const LONGEST_TITLE: usize = 1024;

/// What to make of a range of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportSetup {
    /// Each file, with the sound that goes into it.
    pub files: Vec<ExportFile>,
    /// How it is written.
    pub encoding: Encoding,
    /// Seed of the dither; `None`: integers are rounded without.
    pub dither_seed: Option<u64>,
    /// Rate of the files in hertz; `None`: the graph's own.
    pub file_rate: Option<u32>,
    /// How long to go on after the range's end at most, until there is silence, in seconds.
    pub longest_tail_seconds: f64,
    /// What level to bring the sound to. The gain is that of the first file, for all.
    pub normalise: Option<Normalise>,
    /// Title in the files; empty: none.
    pub title: String,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// The strip whose output goes into it; `None`: the graph's output.
    pub node: Option<NodeId>,
    /// Absolute path.
    pub path: PathBuf,
}

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Encoding {
    /// WAV, and RF64 where it is longer than 4 GiB.
    Wav(SampleFormat),
    /// FLAC of 16 or 24 bits.
    Flac(SampleFormat),
    /// Ogg Vorbis of a quality from -0.1 to 1.
    Vorbis(f32),
}

/// The level to bring the sound to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Normalise {
    /// Integrated loudness, in LUFS.
    Loudness(f32),
    /// Highest true peak, in dBTP.
    TruePeak(f32),
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// Which.
    pub file: ExportFile,
    /// In hertz.
    pub sample_rate: u32,
    /// Frames in it.
    pub frames: u64,
    /// Of what is in it.
    pub loudness: Loudness,
    /// Largest absolute sample before rounding, 1 is full scale.
    pub peak: f32,
    /// Samples that an integer format could not hold.
    pub clipped_samples: u64,
    /// What the sound was raised by, in decibels.
    pub gain_db: f32,
    /// SHA-256 of the samples of a WAV file, lower-case hex; empty for other formats.
    pub data_sha256: String,
}

impl ExportSetup {
    /// Whether it can be done.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn check(&self) -> Result<(), Refusal> {
        let level = match self.normalise {
            Some(Normalise::Loudness(level) | Normalise::TruePeak(level)) => level,
            None => -1.0,
        };
        let quality = if let Encoding::Vorbis(quality) = self.encoding { quality } else { 0.0 };
        let flac_float = self.encoding == Encoding::Flac(SampleFormat::Float32);
        let rules = [
            ((1..=MOST_FILES).contains(&self.files.len()), "an export makes 1 to 1024 files"),
            (self.files.iter().all(|file| file.path.is_absolute()), "the files' paths must be absolute"),
            (TARGETS.contains(&level), "loudness and peak can be brought to -60 to 0"),
            ((-0.1..=1.0).contains(&quality), "the quality of Vorbis is -0.1 to 1"),
            (!flac_float, "FLAC has 16 or 24 bits"),
            (self.file_rate.is_none_or(|rate| FILE_RATES.contains(&rate)), "a file has 8000 to 384000 Hz"),
            ((0.0..=LONGEST_TAIL_SECONDS).contains(&self.longest_tail_seconds), "a tail has 0 to 600 s"),
            (self.title.len() <= LONGEST_TITLE, "the title is too long"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(Refusal::invalid(rule)),
            None => Ok(()),
        }
    }
}
