//! Counting in bars and beats. Tempo plays no part here.

use crate::time::{TICKS_PER_QUARTER, Ticks};
use std::fmt;

/// From `position` on, bars have this signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignaturePoint {
    /// Where it begins. It always starts a bar: one that is under way there is cut short.
    pub position: Ticks,
    /// Beats a bar; 0 is taken as 1.
    pub numerator: u32,
    /// The note value of a beat: 1, 2, 4, 8, 16 or 32; 0 is taken as 1.
    pub denominator: u32,
}

impl SignaturePoint {
    /// Length of a beat.
    pub fn beat_length(&self) -> Ticks {
        Ticks((4 * TICKS_PER_QUARTER / i64::from(self.denominator.max(1))).max(1))
    }

    /// Length of a bar.
    pub fn bar_length(&self) -> Ticks {
        Ticks(self.beat_length().0 * i64::from(self.numerator.max(1)))
    }
}

/// A position as musicians count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BarBeat {
    /// From 1; 0 and below lie before the song's start.
    pub bar: i64,
    /// From 1.
    pub beat: u32,
    /// Past the beat.
    pub tick: Ticks,
}

/// `bar|beat|tick` with 960 ticks a quarter note, rounded down, as on a transport.
impl fmt::Display for BarBeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}|{:03}", self.bar, self.beat, self.tick.0 * 960 / TICKS_PER_QUARTER)
    }
}

/// Ticks ↔ bars and beats, exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureMap {
    /// Ascending, the first at 0; never empty. With each the number of its first bar.
    segments: Vec<(SignaturePoint, i64)>,
}

impl SignatureMap {
    /// From points in any order. Of several at one position the last given counts. The earliest holds from 0 (and before
    /// it); with no point at all the signature is 4/4.
    pub fn new(points: impl IntoIterator<Item = SignaturePoint>) -> Self {
        let mut points: Vec<_> = points.into_iter().collect();
        points.sort_by_key(|point| point.position);
        let mut segments: Vec<(SignaturePoint, i64)> = Vec::with_capacity(points.len().max(1));
        for mut point in points {
            match segments.last_mut() {
                None => {
                    point.position = Ticks::ZERO;
                    segments.push((point, 1));
                }
                Some((last, _)) if last.position >= point.position => {
                    (last.numerator, last.denominator) = (point.numerator, point.denominator);
                }
                Some((last, bar)) => {
                    let length = last.bar_length().0;
                    let bars = (point.position.0 - last.position.0 + length - 1) / length;
                    let first = *bar + bars;
                    segments.push((point, first));
                }
            }
        }
        if segments.is_empty() {
            segments.push((SignaturePoint { position: Ticks::ZERO, numerator: 4, denominator: 4 }, 1));
        }
        Self { segments }
    }

    /// The points, ascending, the first at 0.
    pub fn points(&self) -> impl ExactSizeIterator<Item = &SignaturePoint> {
        self.segments.iter().map(|(point, _)| point)
    }

    /// The point whose signature holds at a position.
    pub fn point_at(&self, position: Ticks) -> &SignaturePoint {
        &self.segment_at(position).0
    }

    /// Bar, beat and tick of a position.
    pub fn bar_beat(&self, position: Ticks) -> BarBeat {
        let (point, first) = self.segment_at(position);
        let past = position.0 - point.position.0;
        let (bar, beat) = (point.bar_length().0, point.beat_length().0);
        let in_bar = past.rem_euclid(bar);
        BarBeat {
            bar: first + past.div_euclid(bar),
            beat: (in_bar / beat) as u32 + 1,
            tick: Ticks(in_bar % beat),
        }
    }

    /// Where a bar starts. Bars count from 1.
    pub fn bar_start(&self, bar: i64) -> Ticks {
        let after = self.segments.partition_point(|(_, first)| *first <= bar);
        let (point, first) = &self.segments[after.max(1) - 1];
        Ticks(point.position.0 + (bar - first) * point.bar_length().0)
    }

    /// Whether a bar starts exactly here.
    pub fn starts_bar(&self, position: Ticks) -> bool {
        let at = self.bar_beat(position);
        at.beat == 1 && at.tick == Ticks::ZERO
    }

    fn segment_at(&self, position: Ticks) -> &(SignaturePoint, i64) {
        let after = self.segments.partition_point(|(point, _)| point.position <= position);
        &self.segments[after.max(1) - 1]
    }
}
