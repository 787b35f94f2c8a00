//! The stretch of a song to render, in samples. Bars are counted here as people count them.

use pulse_model::Project;
use units::{SampleRate, Ticks};

/// What a render of a whole song adds after its last clip, so that reverbs and releases ring out.
pub const TAIL_SECONDS: u32 = 2;

/// Samples from `from` up to, but not including, `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleRange {
    /// The first.
    pub from: i64,
    /// After the last.
    pub to: i64,
}

/// Why there is nothing to render.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// There is no bar 0.
    #[error("bars count from 1")]
    BarZero,
    /// The end is not after the start.
    #[error("bar {to} does not come after bar {from}: the end is exclusive")]
    Empty {
        /// First bar.
        from: u32,
        /// The bar to stop at.
        to: u32,
    },
    /// The song is over before the first bar.
    #[error("bar {0} lies after the end of the song")]
    AfterEnd(u32),
    /// No loop was ever set.
    #[error("the song has no loop")]
    NoLoop,
}

/// The samples of bars `from_bar` up to, but not including, `to_bar`, which count from 1. Without a first bar it begins
/// with the song, without a last one it goes on [`TAIL_SECONDS`] after the end of the last clip.
pub fn render_range(
    project: &Project,
    rate: SampleRate,
    from_bar: Option<u32>,
    to_bar: Option<u32>,
) -> Result<SampleRange, RangeError> {
    range_with_tail(project, rate, from_bar, to_bar, TAIL_SECONDS)
}

/// As [`render_range`], with this many seconds after the last clip where there is no last bar.
pub fn range_with_tail(
    project: &Project,
    rate: SampleRate,
    from_bar: Option<u32>,
    to_bar: Option<u32>,
    tail_seconds: u32,
) -> Result<SampleRange, RangeError> {
    if from_bar == Some(0) || to_bar == Some(0) {
        return Err(RangeError::BarZero);
    }
    let samples = |position: Ticks| project.tempo_map().samples(position, rate).0;
    let bar = |bar: u32| samples(project.signature_map().bar_start(i64::from(bar)));
    let from = from_bar.unwrap_or(1);
    let range = match to_bar {
        Some(to) if to <= from => return Err(RangeError::Empty { from, to }),
        Some(to) => SampleRange { from: bar(from), to: bar(to) },
        None => SampleRange {
            from: bar(from),
            to: samples(project.end()) + i64::from(tail_seconds) * i64::from(rate.hz()),
        },
    };
    if range.from < range.to { Ok(range) } else { Err(RangeError::AfterEnd(from)) }
}

/// The samples of the song's loop, whether it is on or not.
pub fn loop_range(project: &Project, rate: SampleRate) -> Result<SampleRange, RangeError> {
    let song = project.song();
    let samples = |position: Ticks| project.tempo_map().samples(position, rate).0;
    let range = SampleRange { from: samples(song.loop_start), to: samples(song.loop_end) };
    if range.from < range.to { Ok(range) } else { Err(RangeError::NoLoop) }
}
