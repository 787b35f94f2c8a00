//! Where musical time meets wall time. Tempo is constant between points; ramps are not here.

use crate::time::{
    SUPERCLOCKS_PER_SECOND, SampleRate, Samples, Superclock, TICKS_PER_QUARTER, Ticks, saturate,
};

/// Slowest tempo a song may have, in beats (quarter notes) a minute.
pub const MIN_BPM: f64 = 5.0;
/// Fastest tempo a song may have.
pub const MAX_BPM: f64 = 1000.0;

/// Superclocks in a minute.
const SUPERCLOCKS_PER_MINUTE: f64 = (60 * SUPERCLOCKS_PER_SECOND) as f64;

/// From `position` on, a quarter note lasts `superclocks_per_quarter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TempoPoint {
    /// Where the tempo begins.
    pub position: Ticks,
    /// Length of a quarter note; 0 is taken as 1.
    pub superclocks_per_quarter: u64,
}

impl TempoPoint {
    /// The nearest whole number of superclocks a quarter note for a tempo, held within [`MIN_BPM`] and [`MAX_BPM`].
    pub fn from_bpm(position: Ticks, bpm: f64) -> Self {
        let superclocks = SUPERCLOCKS_PER_MINUTE / bpm.clamp(MIN_BPM, MAX_BPM);
        Self { position, superclocks_per_quarter: libm::round(superclocks) as u64 }
    }

    /// Quarter notes a minute.
    pub fn bpm(&self) -> f64 {
        SUPERCLOCKS_PER_MINUTE / self.superclocks_per_quarter.max(1) as f64
    }
}

/// Ticks ↔ superclocks ↔ samples.
///
/// Ticks → superclocks is exact but for one rounding down at the end, however many points lie before: the sum is kept in
/// units of 1/[`TICKS_PER_QUARTER`] superclock. Superclocks → ticks gives the last tick that is not later, so that
/// `ticks(superclock(t)) == t` at every tempo below 367 bpm, where a tick is longer than a superclock.
/// Superclocks → samples rounds down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TempoMap {
    /// Ascending by position, the first at 0; never empty.
    segments: Vec<Segment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    point: TempoPoint,
    /// Time of `point.position` in superclocks × `TICKS_PER_QUARTER`.
    scaled: i128,
}

impl TempoMap {
    /// From points in any order. Of several at one position the last given counts. The earliest point holds from 0 (and
    /// before it); with no point at all the tempo is 120.
    pub fn new(points: impl IntoIterator<Item = TempoPoint>) -> Self {
        let mut points: Vec<_> = points.into_iter().collect();
        points.sort_by_key(|point| point.position);
        let mut segments: Vec<Segment> = Vec::with_capacity(points.len().max(1));
        for mut point in points {
            point.superclocks_per_quarter = point.superclocks_per_quarter.max(1);
            match segments.last_mut() {
                None => {
                    point.position = Ticks::ZERO;
                    segments.push(Segment { point, scaled: 0 });
                }
                Some(last) if last.point.position >= point.position => {
                    last.point.superclocks_per_quarter = point.superclocks_per_quarter;
                }
                Some(last) => {
                    let scaled = last.scaled_time(point.position);
                    segments.push(Segment { point, scaled });
                }
            }
        }
        if segments.is_empty() {
            segments.push(Segment { point: TempoPoint::from_bpm(Ticks::ZERO, 120.0), scaled: 0 });
        }
        Self { segments }
    }

    /// The points, ascending, the first at 0.
    pub fn points(&self) -> impl ExactSizeIterator<Item = &TempoPoint> {
        self.segments.iter().map(|segment| &segment.point)
    }

    /// The point whose tempo holds at a position.
    pub fn point_at(&self, position: Ticks) -> &TempoPoint {
        &self.segment_at(position).point
    }

    /// When a position is reached, rounded down.
    pub fn superclock(&self, position: Ticks) -> Superclock {
        let scaled = self.segment_at(position).scaled_time(position);
        Superclock(saturate(scaled.div_euclid(i128::from(TICKS_PER_QUARTER))))
    }

    /// The last position that is not later than an instant.
    pub fn ticks(&self, time: Superclock) -> Ticks {
        // The last scaled time that rounds down to `time`.
        let scaled = (i128::from(time.0) + 1) * i128::from(TICKS_PER_QUARTER) - 1;
        let after = self.segments.partition_point(|segment| segment.scaled <= scaled);
        let segment = &self.segments[after.max(1) - 1];
        let ticks = (scaled - segment.scaled).div_euclid(i128::from(segment.point.superclocks_per_quarter));
        Ticks(saturate(i128::from(segment.point.position.0) + ticks))
    }

    /// The sample in which a position lies.
    pub fn samples(&self, position: Ticks, rate: SampleRate) -> Samples {
        self.superclock(position).to_samples(rate)
    }

    fn segment_at(&self, position: Ticks) -> &Segment {
        let after = self.segments.partition_point(|segment| segment.point.position <= position);
        &self.segments[after.max(1) - 1]
    }
}

impl Segment {
    fn scaled_time(&self, position: Ticks) -> i128 {
        let ticks = i128::from(position.0) - i128::from(self.point.position.0);
        self.scaled + ticks * i128::from(self.point.superclocks_per_quarter)
    }
}
