//! Musical time as the graph is told it: segments of constant tempo over samples.
//!
//! The tempo map itself stays with the song; nothing here converts ticks.

/// Tempo, signature, loop and end of the song, in samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// Hertz.
    pub sample_rate: u32,
    /// Ascending, the first at sample 0. Never empty.
    pub tempo: Vec<TempoSegment>,
    /// Half-open range that repeats while the transport plays through its end.
    pub loop_range: Option<(i64, i64)>,
    /// The end of the last region.
    pub end: i64,
}

/// Constant tempo and signature from `start` on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TempoSegment {
    /// First sample.
    pub start: i64,
    /// Quarter notes a minute.
    pub bpm: f64,
    /// Position of `start` in quarter notes.
    pub start_quarters: f64,
    /// Upper figure of the signature.
    pub numerator: u32,
    /// Lower figure of the signature.
    pub denominator: u32,
    /// Start of the bar that holds `start`, in quarter notes.
    pub bar_start_quarters: f64,
    /// Number of that bar, from 0.
    pub bar: u32,
}

/// A position computed from a sample is off by less than this, in quarter notes.
const QUARTERS_SLACK: f64 = 1e-6;
/// A sample computed from a position is off by less than this.
const SAMPLES_SLACK: f64 = 1e-3;

/// Where a sample lies in the music.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MusicalPosition {
    /// Quarter notes a minute.
    pub bpm: f64,
    /// From the start of the song, in quarter notes.
    pub quarters: f64,
    /// Start of the bar, in quarter notes.
    pub bar_start_quarters: f64,
    /// Number of the bar, from 0.
    pub bar: u32,
    /// Upper figure of the signature.
    pub numerator: u32,
    /// Lower figure of the signature.
    pub denominator: u32,
}

impl Timeline {
    /// 120 quarter notes a minute in 4/4, no loop, no end.
    #[must_use]
    pub fn constant(sample_rate: u32) -> Self {
        let first = TempoSegment {
            start: 0,
            bpm: 120.0,
            start_quarters: 0.0,
            numerator: 4,
            denominator: 4,
            bar_start_quarters: 0.0,
            bar: 0,
        };
        Self { sample_rate, tempo: vec![first], loop_range: None, end: 0 }
    }

    /// [audio] Where `sample` lies. Positions before 0 continue the first segment backwards, in bar 0.
    #[must_use]
    pub fn at(&self, sample: i64) -> MusicalPosition {
        let after = self.tempo.partition_point(|segment| segment.start <= sample);
        let segment = &self.tempo[after.saturating_sub(1)];
        let seconds = (sample - segment.start) as f64 / f64::from(self.sample_rate);
        let quarters = segment.start_quarters + seconds * segment.bpm / 60.0;
        let bar_length = f64::from(segment.numerator) * 4.0 / f64::from(segment.denominator.max(1));
        let bars = ((quarters - segment.bar_start_quarters) / bar_length).floor().max(0.0);
        MusicalPosition {
            bpm: segment.bpm,
            quarters,
            bar_start_quarters: segment.bar_start_quarters + bars * bar_length,
            bar: segment.bar.saturating_add(bars as u32),
            numerator: segment.numerator,
            denominator: segment.denominator,
        }
    }

    /// [audio] The sample in which a position in quarter notes lies.
    #[must_use]
    pub fn sample_of(&self, quarters: f64) -> i64 {
        let after = self.tempo.partition_point(|segment| segment.start_quarters <= quarters + QUARTERS_SLACK);
        let segment = &self.tempo[after.saturating_sub(1)];
        let seconds = (quarters - segment.start_quarters) * 60.0 / segment.bpm;
        segment.start + (seconds * f64::from(self.sample_rate) + SAMPLES_SLACK).floor() as i64
    }

    /// [audio] The first beat at or after `sample`: where it lies, and whether it begins a bar.
    #[must_use]
    pub fn next_beat(&self, sample: i64) -> (i64, bool) {
        let at = self.at(sample);
        let beat = 4.0 / f64::from(at.denominator.max(1));
        let mut count = ((at.quarters - at.bar_start_quarters) / beat - QUARTERS_SLACK).ceil().max(0.0);
        loop {
            let found = self.sample_of(at.bar_start_quarters + count * beat);
            if found >= sample {
                return (found, (count as u32).is_multiple_of(at.numerator.max(1)));
            }
            count += 1.0;
        }
    }

    /// [any] The start of the bar `bars` before the one that holds `sample`, or of the first bar.
    #[must_use]
    pub fn bars_before(&self, sample: i64, bars: u32) -> i64 {
        let mut start = self.sample_of(self.at(sample).bar_start_quarters);
        for _ in 0..bars {
            if start <= 0 {
                return 0;
            }
            start = self.sample_of(self.at(start - 1).bar_start_quarters);
        }
        start.max(0)
    }
}
