//! Tempo, signature and loop in samples: what plugins and the transport need to know of musical time.

use pulse_model::Project;
use std::collections::BTreeSet;
use units::{SampleRate, Ticks};

/// What plugins and the transport need to know of musical time.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// Of every position in the graph.
    pub sample_rate: SampleRate,
    /// Strictly ascending, the first at sample 0.
    pub tempo: Vec<TempoSegment>,
    /// Whether play goes round.
    pub loop_enabled: bool,
    /// The loop is half open.
    pub loop_start_sample: i64,
    /// See `loop_start_sample`.
    pub loop_end_sample: i64,
    /// The end of the last clip.
    pub end_sample: i64,
}

/// Tempo and signature from `start_sample` on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TempoSegment {
    /// Where it begins.
    pub start_sample: i64,
    /// Quarter notes a minute.
    pub bpm: f64,
    /// Position of `start_sample` in quarter notes.
    pub start_quarters: f64,
    /// Beats a bar.
    pub numerator: u32,
    /// Note value of a beat.
    pub denominator: u32,
    /// Start of the bar that holds `start_sample`, in quarter notes.
    pub bar_start_quarters: f64,
    /// Number of that bar, from 0.
    pub bar: u32,
}

impl Timeline {
    pub(crate) fn of(project: &Project, rate: SampleRate) -> Self {
        let samples = |position| project.tempo_map().samples(position, rate).0;
        let song = project.song();
        let (start, end) = (samples(song.loop_start), samples(song.loop_end));
        Self {
            sample_rate: rate,
            tempo: segments(project, rate),
            // A loop can be shorter than a sample, which cannot be played.
            loop_enabled: song.loop_enabled && start < end,
            loop_start_sample: start,
            loop_end_sample: end,
            end_sample: samples(project.end()),
        }
    }
}

fn segments(project: &Project, rate: SampleRate) -> Vec<TempoSegment> {
    let (tempo, signatures) = (project.tempo_map(), project.signature_map());
    let positions: BTreeSet<Ticks> = tempo
        .points()
        .map(|point| point.position)
        .chain(signatures.points().map(|point| point.position))
        .collect();
    let mut segments: Vec<TempoSegment> = Vec::with_capacity(positions.len());
    for position in positions {
        let signature = signatures.point_at(position);
        let bar = signatures.bar_beat(position).bar;
        let segment = TempoSegment {
            start_sample: tempo.samples(position, rate).0,
            bpm: tempo.point_at(position).bpm(),
            start_quarters: position.to_quarters(),
            numerator: signature.numerator,
            denominator: signature.denominator,
            bar_start_quarters: signatures.bar_start(bar).to_quarters(),
            bar: u32::try_from(bar - 1).unwrap_or(u32::MAX),
        };
        match segments.last_mut() {
            Some(last) if last.start_sample == segment.start_sample => *last = segment,
            _ => segments.push(segment),
        }
    }
    segments
}
