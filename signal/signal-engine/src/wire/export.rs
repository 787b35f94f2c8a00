//! Exports: what to make out of its message, and what was made back.

use std::path::PathBuf;

use chorus::signal::v1 as wire;
use tonic::Status;

use super::render::{dbfs, sample_format};
use crate::export::{Encoding, ExportFile, ExportSetup, Exported, Normalise};

/// What to make.
///
/// # Errors
/// A format that this build does not know.
pub(super) fn setup(message: wire::ExportSetup) -> Result<ExportSetup, Status> {
    use wire::export_setup::{Encoding as Wire, Normalise as Target};
    let known = |format: i32| sample_format(wire::SampleFormat::try_from(format).unwrap_or_default());
    let encoding = match message.encoding {
        Some(Wire::Wav(format)) => Encoding::Wav(known(format)?),
        Some(Wire::Flac(format)) => Encoding::Flac(known(format)?),
        Some(Wire::VorbisQuality(quality)) => Encoding::Vorbis(quality),
        None => return Err(Status::invalid_argument("the export names no known format")),
    };
    let normalise = message.normalise.map(|normalise| match normalise {
        Target::LoudnessLufs(level) => Normalise::Loudness(level),
        Target::TruePeakDbtp(level) => Normalise::TruePeak(level),
    });
    Ok(ExportSetup {
        files: message.files.into_iter().map(file).collect(),
        encoding,
        dither_seed: message.dither_seed,
        file_rate: message.file_rate,
        longest_tail_seconds: message.longest_tail_seconds,
        normalise,
        title: message.title,
    })
}

fn file(file: wire::ExportFile) -> ExportFile {
    ExportFile { node: (file.node != 0).then_some(file.node), path: PathBuf::from(file.path) }
}

/// What was made, rendered this many times faster than real time.
pub(super) fn result(files: &[Exported], times_realtime: f64) -> wire::RenderResponse {
    let first = files.first();
    let message = wire::RenderResult {
        frames: first.map_or(0, |file| file.frames as i64),
        sample_rate: first.map_or(0, |file| file.sample_rate),
        channels: crate::device::CHANNELS as u32,
        peak_dbfs: dbfs(first.map_or(0.0, |file| file.peak)),
        times_realtime,
        pcm_sha256: first.map(|file| file.data_sha256.clone()).unwrap_or_default(),
        files: files.iter().map(exported).collect(),
    };
    wire::RenderResponse { kind: Some(wire::render_response::Kind::Result(message)) }
}

fn exported(exported: &Exported) -> wire::ExportedFile {
    let loudness = &exported.loudness;
    wire::ExportedFile {
        node: exported.file.node.unwrap_or(0),
        path: exported.file.path.to_string_lossy().into_owned(),
        frames: exported.frames as i64,
        sample_rate: exported.sample_rate,
        peak_dbfs: dbfs(exported.peak),
        integrated_lufs: f64::from(loudness.integrated),
        range_lu: f64::from(loudness.range),
        true_peak_dbtp: f64::from(loudness.true_peak[0].max(loudness.true_peak[1])),
        max_momentary_lufs: f64::from(loudness.max_momentary),
        max_short_term_lufs: f64::from(loudness.max_short_term),
        gain_db: f64::from(exported.gain_db),
        clipped_samples: exported.clipped_samples,
        pcm_sha256: exported.data_sha256.clone(),
    }
}
