//! What a render covers.

use crate::fixture::{RATE, song};
use pulse_derive::{RangeError, SampleRange, loop_range, range_with_tail, render_range};

const SONG: &str = r#"
    {"set_signature": {"position": "8q", "numerator": 3, "denominator": 4}}
    {"add_track": {"id": 11, "kind": "instrument", "name": "Bass"}}
    {"add_note_clip": {"id": 30, "track": 11, "start": "8q", "length": "4q"}}
"#;

#[test]
fn whole_song_ends_two_seconds_after_its_last_clip() {
    let range = render_range(&song(SONG), RATE, None, None);
    assert_eq!(range, Ok(SampleRange { from: 0, to: 12 * 24_000 + 96_000 }));
    assert_eq!(render_range(&song(""), RATE, None, None), Ok(SampleRange { from: 0, to: 96_000 }));
}

#[test]
fn bars_count_from_one_and_the_last_is_exclusive() {
    let range = render_range(&song(SONG), RATE, Some(2), Some(4));
    assert_eq!(range, Ok(SampleRange { from: 4 * 24_000, to: 11 * 24_000 }));
    let to_the_end = render_range(&song(SONG), RATE, Some(3), None);
    assert_eq!(to_the_end, Ok(SampleRange { from: 8 * 24_000, to: 12 * 24_000 + 96_000 }));
    let from_the_start = render_range(&song(SONG), RATE, None, Some(2));
    assert_eq!(from_the_start, Ok(SampleRange { from: 0, to: 4 * 24_000 }));
}

#[test]
fn empty_ranges_are_refused_with_a_reason() {
    let refusal = |from, to| render_range(&song(SONG), RATE, from, to).unwrap_err();
    assert_eq!(refusal(Some(0), None), RangeError::BarZero);
    assert_eq!(refusal(Some(3), Some(3)), RangeError::Empty { from: 3, to: 3 });
    assert_eq!(refusal(None, Some(1)), RangeError::Empty { from: 1, to: 1 });
    assert_eq!(refusal(Some(100), None), RangeError::AfterEnd(100));
}

#[test]
fn export_without_a_tail_ends_with_the_last_clip() {
    let range = range_with_tail(&song(SONG), RATE, None, None, 0);
    assert_eq!(range, Ok(SampleRange { from: 0, to: 12 * 24_000 }));
}

#[test]
fn song_without_a_loop_has_no_range_of_it() {
    assert_eq!(loop_range(&song(""), RATE), Err(RangeError::NoLoop));
}
