//! Exports: what to make of a song, as Pulse and an offline Signal are told, and what they made.

use chorus::{pulse::v1 as pulse, signal::v1 as signal};
use link::Connection;
use serde::Serialize;

use super::{
    CallError,
    pulse::Pulse,
    render::{Progress, block_setup, relayed},
};
use crate::command_line::{Bits, Blocks};

/// Levels as quiet as this are not there: silence, or too little sound.
const UNMEASURED: f64 = -200.0;

/// What to export.
pub(crate) struct Order {
    /// Of the graph.
    pub render_rate: u32,
    /// Of the files.
    pub file_rate: u32,
    pub blocks: Blocks,
    pub threads: u32,
    pub range: Range,
    pub tail_seconds: f64,
    pub files: Vec<File>,
    pub encoding: Encoding,
    pub dither_seed: Option<u64>,
    pub level: Option<Level>,
    pub title: String,
}

/// Which stretch of the song.
pub(crate) enum Range {
    Song,
    Loop,
    /// First bar and bar after the last, from 1.
    Bars(u32, u32),
}

/// A file to make.
pub(crate) struct File {
    /// A track; `None`: the mix.
    pub track: Option<u64>,
    /// Absolute.
    pub path: String,
}

#[derive(Clone, Copy)]
pub(crate) enum Encoding {
    Wav(Bits),
    Flac(Bits),
    /// -0.1 to 1.
    Vorbis(f32),
}

#[derive(Clone, Copy)]
pub(crate) enum Level {
    Loudness(f32),
    TruePeak(f32),
}

/// A file that was made. Levels that are not there are left out.
#[derive(Debug, Serialize)]
pub(crate) struct Exported {
    pub path: String,
    pub frames: i64,
    pub rate: u32,
    pub seconds: f64,
    pub peak_dbfs: f64,
    pub integrated_lufs: Option<f64>,
    pub range_lu: f64,
    pub true_peak_dbtp: Option<f64>,
    pub max_momentary_lufs: Option<f64>,
    pub max_short_term_lufs: Option<f64>,
    pub gain_db: f64,
    pub clipped_samples: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pcm_sha256: String,
}

/// Exports the song of `from` by the offline Signal at `to`. Also gives how much faster than real time it rendered.
pub(crate) async fn export(
    mut from: Pulse,
    to: &Connection,
    order: &Order,
    mut progress: impl FnMut(Progress),
) -> Result<(Vec<Exported>, f64), CallError> {
    let bars = match order.range {
        Range::Bars(from, to) => Some((from, to)),
        Range::Song | Range::Loop => None,
    };
    let request = pulse::DeriveGraphRequest {
        sample_rate: order.render_rate,
        from_bar: bars.map(|(from, _)| from),
        to_bar: bars.map(|(_, to)| to),
        loop_range: matches!(order.range, Range::Loop),
        without_tail: true,
    };
    let result = relayed(&mut from, to, request, |range| setup(order, range), &mut progress).await?;
    Ok((result.files.into_iter().map(exported).collect(), result.times_realtime))
}

fn setup(order: &Order, range: pulse::RenderRange) -> signal::RenderSetup {
    use signal::export_setup::{Encoding as Wire, Normalise};
    let file = |file: &File| signal::ExportFile { node: file.track.unwrap_or(0), path: file.path.clone() };
    let encoding = match order.encoding {
        Encoding::Wav(bits) => Wire::Wav(bits.wire().into()),
        Encoding::Flac(bits) => Wire::Flac(bits.wire().into()),
        Encoding::Vorbis(quality) => Wire::VorbisQuality(quality),
    };
    let normalise = order.level.map(|level| match level {
        Level::Loudness(level) => Normalise::LoudnessLufs(level),
        Level::TruePeak(level) => Normalise::TruePeakDbtp(level),
    });
    let (block_frames, random_blocks_seed) = block_setup(order.blocks);
    signal::RenderSetup {
        sample_rate: order.render_rate,
        block_frames,
        random_blocks_seed,
        threads: order.threads,
        from_sample: range.from_sample,
        to_sample: range.to_sample,
        export: Some(signal::ExportSetup {
            files: order.files.iter().map(file).collect(),
            encoding: Some(encoding),
            dither_seed: order.dither_seed,
            file_rate: Some(order.file_rate),
            longest_tail_seconds: order.tail_seconds,
            normalise,
            title: order.title.clone(),
        }),
        ..Default::default()
    }
}

fn exported(file: signal::ExportedFile) -> Exported {
    let level = |level: f64| (level > UNMEASURED).then_some(level);
    Exported {
        path: file.path,
        frames: file.frames,
        rate: file.sample_rate,
        seconds: file.frames as f64 / f64::from(file.sample_rate.max(1)),
        peak_dbfs: file.peak_dbfs,
        integrated_lufs: level(file.integrated_lufs),
        range_lu: file.range_lu,
        true_peak_dbtp: level(file.true_peak_dbtp),
        max_momentary_lufs: level(file.max_momentary_lufs),
        max_short_term_lufs: level(file.max_short_term_lufs),
        gain_db: file.gain_db,
        clipped_samples: file.clipped_samples,
        pcm_sha256: file.pcm_sha256,
    }
}

/// A track with a sound of its own in the mix.
pub(crate) struct Stem {
    pub id: u64,
    pub name: String,
}

/// The tracks and buses that go to the master, in the order of the screen: their sum is what the master is given.
pub(crate) async fn stems(from: &mut Pulse) -> Result<Vec<Stem>, CallError> {
    use pulse::{TrackKind, entity, subscribe_response::Kind};
    let mut song = from.client().subscribe(pulse::SubscribeRequest::default()).await?.into_inner();
    let mut tracks = Vec::new();
    while let Some(message) = song.message().await? {
        let Some(Kind::Part(part)) = message.kind else { continue };
        let kinds = part.entities.into_iter().filter_map(|entity| entity.kind);
        tracks.extend(kinds.filter_map(|kind| match kind {
            entity::Kind::Track(track) => Some(track),
            _ => None,
        }));
        if part.last {
            break;
        }
    }
    let master = tracks.iter().find(|track| track.kind() == TrackKind::Master).map(|track| track.id);
    let goes_to_master = |track: &pulse::Track| {
        Some(track.id) != master && (track.output == 0 || Some(track.output) == master)
    };
    tracks.retain(goes_to_master);
    tracks.sort_by(|a, b| a.order.total_cmp(&b.order));
    Ok(tracks.into_iter().map(|track| Stem { id: track.id, name: track.name }).collect())
}
