//! What each instrument of the demo song plays, as notes in bars and beats. Knows no commands and no sounds.

use super::harmony::{BARS, Chord};

/// A note of a part. Times in quarter notes from the part's first bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartNote {
    /// Quarter notes from the start of the clip.
    pub start: f64,
    /// Quarter notes.
    pub length: f64,
    /// MIDI key.
    pub pitch: u32,
    /// 0 to 1.
    pub velocity: f64,
}

const BEATS_A_BAR: f64 = 4.0;

fn note(start: f64, length: f64, pitch: u32, velocity: f64) -> PartNote {
    PartNote { start, length, pitch, velocity }
}

/// Lays `figure` over each bar from `first` to `end`, bars from 0.
fn over_bars(first: usize, end: usize, figure: impl Fn(usize, Chord) -> Vec<PartNote>) -> Vec<PartNote> {
    let bars = first..end.min(BARS.len());
    bars.flat_map(|bar| {
        let offset = (bar - first) as f64 * BEATS_A_BAR;
        figure(bar, BARS[bar]).into_iter().map(move |n| PartNote { start: n.start + offset, ..n })
    })
    .collect()
}

/// A long, leaning figure that leaves room for the kick; it walks up into every fourth bar.
pub fn bass_verse(first: usize, end: usize) -> Vec<PartNote> {
    over_bars(first, end, |bar, chord| {
        let root = chord.root;
        let mut figure = vec![
            note(0.0, 1.25, root, 0.86),
            note(1.5, 0.5, root, 0.66),
            note(2.5, 0.45, root + 12, 0.6),
            note(3.0, 0.7, root + 7, 0.72),
        ];
        if bar % 4 == 3 {
            figure.push(note(3.75, 0.25, root + 2, 0.62));
        }
        figure
    })
}

/// Eighths with octave jumps.
pub fn bass_chorus(first: usize, end: usize) -> Vec<PartNote> {
    const STEPS: [(u32, f64); 8] =
        [(0, 0.9), (0, 0.6), (12, 0.74), (0, 0.62), (0, 0.84), (7, 0.62), (12, 0.76), (10, 0.58)];
    over_bars(first, end, |_, chord| {
        let step =
            |(i, &(up, velocity)): (usize, &(u32, f64))| note(i as f64 * 0.5, 0.4, chord.root + up, velocity);
        STEPS.iter().enumerate().map(step).collect()
    })
}

/// Whole notes under everything, with the root an octave up.
pub fn pad(first: usize, end: usize) -> Vec<PartNote> {
    over_bars(first, end, |_, chord| {
        let mut keys = vec![chord.root + 12];
        keys.extend(chord.voicing);
        keys.into_iter().map(|pitch| note(0.0, 3.95, pitch, 0.55)).collect()
    })
}

/// Electric-piano stabs around the beat, the top note a little louder.
pub fn keys(first: usize, end: usize) -> Vec<PartNote> {
    over_bars(first, end, |bar, chord| {
        let stabs: &[(f64, f64, f64)] = if bar % 2 == 0 {
            &[(0.0, 1.2, 0.7), (1.5, 0.4, 0.5), (2.5, 1.2, 0.62)]
        } else {
            &[(0.0, 0.8, 0.68), (1.0, 0.4, 0.48), (2.5, 0.4, 0.6), (3.25, 0.6, 0.52)]
        };
        let voiced = |&(start, length, velocity): &(f64, f64, f64)| {
            chord
                .voicing
                .into_iter()
                .enumerate()
                .map(move |(voice, pitch)| note(start, length, pitch, velocity + 0.04 * voice as f64))
        };
        stabs.iter().flat_map(voiced).collect()
    })
}

/// Broken chords an octave up: eighths, or sixteenths where `dense`.
pub fn pluck(first: usize, end: usize, dense: bool) -> Vec<PartNote> {
    const ORDER: [usize; 16] = [0, 2, 1, 3, 2, 3, 1, 2, 0, 3, 1, 2, 3, 2, 1, 3];
    let step = if dense { 0.25 } else { 0.5 };
    let steps = if dense { 16 } else { 8 };
    over_bars(first, end, |bar, chord| {
        (0..steps)
            .filter(|i| dense || (i + bar) % 8 != 6)
            .map(|i| {
                let accent = if i % 4 == 0 { 0.72 } else { 0.48 + 0.05 * (i % 3) as f64 };
                note(i as f64 * step, step * 0.8, chord.voicing[ORDER[i]] + 12, accent)
            })
            .collect()
    })
}

/// A few high notes that answer the keys.
pub fn bells(first: usize, end: usize) -> Vec<PartNote> {
    over_bars(first, end, |bar, chord| match bar % 4 {
        0 => vec![note(3.0, 1.0, chord.voicing[3] + 24, 0.5)],
        1 => vec![note(1.0, 0.5, chord.voicing[2] + 24, 0.42), note(1.5, 2.0, chord.voicing[3] + 24, 0.5)],
        2 => vec![note(2.0, 2.0, chord.voicing[1] + 24, 0.46)],
        _ => vec![note(0.5, 0.5, chord.voicing[3] + 24, 0.4), note(2.5, 1.5, chord.voicing[2] + 24, 0.46)],
    })
}

/// Pitches and lengths of the tune over the eight bars of the chorus.
const TUNE: [(u32, f64); 28] = [
    (74, 1.5),
    (72, 0.5),
    (74, 1.0),
    (77, 1.0),
    (76, 1.5),
    (74, 0.5),
    (72, 2.0),
    (76, 1.0),
    (79, 1.0),
    (81, 1.5),
    (79, 0.5),
    (77, 2.0),
    (76, 1.0),
    (74, 1.0),
    (74, 1.0),
    (77, 1.0),
    (81, 1.5),
    (82, 0.5),
    (79, 1.5),
    (76, 0.5),
    (72, 1.0),
    (76, 1.0),
    (81, 2.0),
    (79, 0.5),
    (77, 0.5),
    (76, 1.0),
    (74, 2.0),
    (73, 2.0),
];

/// The end of the tune, over the outro.
const FAREWELL: [(u32, f64); 6] = [(74, 4.0), (77, 2.0), (76, 2.0), (74, 1.5), (70, 2.5), (69, 3.5)];

fn sing(tune: &[(u32, f64)]) -> Vec<PartNote> {
    let mut start = 0.0;
    tune.iter()
        .map(|&(pitch, length)| {
            let on_beat = start % 2.0 == 0.0;
            let sung = note(start, length * 0.96, pitch, if on_beat { 0.8 } else { 0.68 });
            start += length;
            sung
        })
        .collect()
}

/// The tune of the chorus, eight bars.
pub fn lead_chorus() -> Vec<PartNote> {
    sing(&TUNE)
}

/// The tune's farewell, four bars.
pub fn lead_outro() -> Vec<PartNote> {
    sing(&FAREWELL)
}

/// One bar of a drum pattern: times in sixteenths and velocities.
type Hits = &'static [(u32, f64)];

/// What the three drum voices play in one bar.
pub struct Groove {
    /// Bass drum.
    pub kick: Hits,
    /// Snare drum.
    pub snare: Hits,
    /// Closed hi-hat.
    pub hat: Hits,
}

/// Hats and a heartbeat.
pub const GROOVE_INTRO: Groove = Groove {
    kick: &[(0, 0.8), (10, 0.5)],
    snare: &[],
    hat: &[(0, 0.5), (2, 0.3), (4, 0.45), (6, 0.3), (8, 0.5), (10, 0.3), (12, 0.45), (14, 0.36), (15, 0.2)],
};

/// Laid back.
pub const GROOVE_VERSE: Groove = Groove {
    kick: &[(0, 0.95), (6, 0.6), (10, 0.85)],
    snare: &[(4, 0.85), (12, 0.9), (15, 0.28)],
    hat: &[
        (0, 0.6),
        (2, 0.36),
        (4, 0.56),
        (6, 0.4),
        (8, 0.6),
        (10, 0.36),
        (11, 0.22),
        (12, 0.56),
        (14, 0.44),
    ],
};

/// Four on the floor, sixteenths on top.
pub const GROOVE_CHORUS: Groove = Groove {
    kick: &[(0, 1.0), (4, 0.9), (8, 0.96), (12, 0.9), (14, 0.5)],
    snare: &[(4, 0.95), (12, 1.0)],
    hat: &[
        (0, 0.4),
        (1, 0.24),
        (2, 0.66),
        (3, 0.24),
        (4, 0.4),
        (5, 0.24),
        (6, 0.66),
        (7, 0.28),
        (8, 0.4),
        (9, 0.24),
        (10, 0.66),
        (11, 0.24),
        (12, 0.4),
        (13, 0.28),
        (14, 0.7),
        (15, 0.34),
    ],
};

/// `bars` bars of one drum voice on one key.
pub fn drum_voice(hits: Hits, bars: usize, pitch: u32) -> Vec<PartNote> {
    (0..bars)
        .flat_map(|bar| {
            hits.iter().map(move |&(sixteenth, velocity)| {
                note(bar as f64 * BEATS_A_BAR + f64::from(sixteenth) * 0.25, 0.2, pitch, velocity)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tunes_fill_their_sections_exactly() {
        let beats = |tune: &[(u32, f64)]| tune.iter().map(|(_, length)| length).sum::<f64>();
        assert_eq!(beats(&TUNE), 32.0);
        assert_eq!(beats(&FAREWELL), 15.5);
    }

    #[test]
    fn every_part_stays_within_its_bars_and_the_keyboard() {
        let parts = [
            (bass_verse(4, 12), 8),
            (bass_chorus(12, 20), 8),
            (pad(0, 24), 24),
            (keys(4, 12), 8),
            (pluck(12, 20, true), 8),
            (bells(4, 12), 8),
            (lead_chorus(), 8),
            (lead_outro(), 4),
        ];
        for (part, bars) in parts {
            assert!(!part.is_empty());
            for n in part {
                assert!(n.start >= 0.0 && n.start + n.length <= bars as f64 * BEATS_A_BAR, "{n:?}");
                assert!((24..=108).contains(&n.pitch) && n.velocity > 0.0 && n.velocity <= 1.0, "{n:?}");
            }
        }
    }
}
