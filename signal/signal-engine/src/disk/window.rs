//! Which slots of which sounds are about to be played: pure arithmetic over regions and song positions.

use std::ops::Range;
use std::sync::Arc;

use super::cached_sound::{CHUNK_FRAMES, CachedSound};

/// A stretch of the song that plays a sound.
#[derive(Clone, Debug)]
pub struct RegionSpan {
    /// What it plays.
    pub sound: Arc<CachedSound>,
    /// Song position of its first frame.
    pub start: i64,
    /// In frames.
    pub length: i64,
    /// The sound's frame that sounds at `start`.
    pub offset: i64,
}

/// The stretches of the song that will be heard next, the most urgent first.
///
/// `playhead` first, around the loop if there is one; then the places where play may begin at any moment.
pub fn windows(playhead: i64, ahead: i64, loop_range: Option<(i64, i64)>, starts: &[i64]) -> Vec<Range<i64>> {
    let mut windows = Vec::with_capacity(2 + starts.len());
    match loop_range {
        Some((start, end)) if playhead < end => {
            windows.push(playhead..end.min(playhead.saturating_add(ahead)));
            windows.push(start..end.min(start.saturating_add(ahead)));
        }
        _ => windows.push(playhead..playhead.saturating_add(ahead)),
    }
    windows.extend(starts.iter().map(|start| *start..start.saturating_add(ahead)));
    windows
}

/// The slots of a region's sound that a stretch of the song plays, without regard to the sound's end.
pub fn slots(region: &RegionSpan, window: &Range<i64>) -> Range<usize> {
    let start = window.start.max(region.start);
    let end = window.end.min(region.start.saturating_add(region.length));
    if start >= end {
        return 0..0;
    }
    let frame = |position: i64| position.saturating_sub(region.start).saturating_add(region.offset).max(0);
    let first = frame(start) as u64 / CHUNK_FRAMES as u64;
    let last = (frame(end) as u64).div_ceil(CHUNK_FRAMES as u64);
    first as usize..last as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK: i64 = CHUNK_FRAMES as i64;

    fn region(start: i64, length: i64, offset: i64) -> RegionSpan {
        RegionSpan { sound: Arc::new(CachedSound::new("/a.pcm".into())), start, length, offset }
    }

    #[test]
    fn only_what_a_window_plays_is_wanted() {
        let region = region(1000, 3 * CHUNK, 0);
        assert_eq!(slots(&region, &(0..1000)), 0..0);
        assert_eq!(slots(&region, &(0..1001)), 0..1);
        assert_eq!(slots(&region, &(1000 + CHUNK..1001 + CHUNK)), 1..2);
        assert_eq!(slots(&region, &(0..i64::MAX)), 0..3);
        assert_eq!(slots(&region, &(1000 + 3 * CHUNK..i64::MAX)), 0..0);
    }

    #[test]
    fn offset_shifts_into_the_sound_and_what_lies_before_it_is_not_wanted() {
        assert_eq!(slots(&region(0, CHUNK, CHUNK - 1), &(0..CHUNK)), 0..2);
        assert_eq!(slots(&region(0, CHUNK, -CHUNK), &(0..CHUNK)), 0..0);
        assert_eq!(slots(&region(0, 2 * CHUNK, -CHUNK), &(0..2 * CHUNK)), 0..1);
    }

    #[test]
    fn loop_is_followed_around_its_end() {
        assert_eq!(windows(90, 20, Some((10, 100)), &[0]), [90..100, 10..30, 0..20]);
        assert_eq!(windows(100, 20, Some((10, 100)), &[]), [100..120]);
        assert_eq!(windows(5, 20, None, &[50]), [5..25, 50..70]);
    }
}
