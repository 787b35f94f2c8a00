//! Tempo and signature of a MIDI file, made to what a song can hold.

use std::collections::BTreeMap;

use units::{MAX_BPM, MIN_BPM, SUPERCLOCKS_PER_SECOND, SignaturePoint, TICKS_PER_QUARTER, Ticks};

/// Microseconds of a quarter note at 120 a minute.
const DEFAULT_MICROSECONDS: u32 = 500_000;

/// What the tracks said, by position; the last word counts.
#[derive(Default)]
pub struct Conductor {
    tempos: BTreeMap<i64, u32>,
    signatures: BTreeMap<i64, (u8, u8)>,
}

impl Conductor {
    /// Microseconds a quarter note from a position on.
    pub fn tempo(&mut self, position: i64, microseconds: u32) {
        self.tempos.insert(position, microseconds);
    }

    /// Numerator and the denominator's power of two from a position on.
    pub fn signature(&mut self, position: i64, numerator: u8, power: u8) {
        self.signatures.insert(position, (numerator, power));
    }

    /// Superclocks a quarter note by position, the first at 0.
    pub fn tempos(&self, time_code: bool, warnings: &mut Vec<String>) -> Vec<(i64, u64)> {
        if time_code {
            if !self.tempos.is_empty() {
                warnings.push("its tempo events mean nothing in time code and are left out".to_owned());
            }
            return vec![(0, superclocks(DEFAULT_MICROSECONDS))];
        }
        let shortest = (60e6 / MAX_BPM).ceil() as u32;
        let longest = (60e6 / MIN_BPM).floor() as u32;
        let mut out = vec![(0, superclocks(DEFAULT_MICROSECONDS))];
        let mut clamped = 0;
        for (&position, &microseconds) in &self.tempos {
            let held = microseconds.clamp(shortest, longest);
            clamped += usize::from(held != microseconds);
            if position == 0 {
                out.clear();
            }
            out.push((position, superclocks(held)));
        }
        if clamped > 0 {
            warnings.push(format!("{clamped} tempos outside {MIN_BPM} to {MAX_BPM} a minute are held there"));
        }
        out
    }

    /// Signatures by position, the first at 0, each at the start of a bar.
    pub fn signatures(&self, warnings: &mut Vec<String>) -> Vec<(i64, u32, u32)> {
        let mut out: Vec<(i64, u32, u32)> = vec![(0, 4, 4)];
        for (&position, &(numerator, power)) in &self.signatures {
            let denominator = 1_u32.checked_shl(u32::from(power)).unwrap_or(0);
            if !(1..=64).contains(&numerator) || !(1..=32).contains(&denominator) {
                let quarter = position / TICKS_PER_QUARTER;
                warnings.push(format!(
                    "the signature {numerator}/2^{power} at quarter note {quarter} can't be used and is left out"
                ));
                continue;
            }
            let Some(&(last, last_numerator, last_denominator)) = out.last() else { continue };
            let bar = SignaturePoint {
                position: Ticks(last),
                numerator: last_numerator,
                denominator: last_denominator,
            }
            .bar_length()
            .0;
            let past = (position - last) % bar;
            let start = position - past;
            if past != 0 {
                let quarter = position / TICKS_PER_QUARTER;
                warnings.push(format!(
                    "the signature {numerator}/{denominator} at quarter note {quarter} is inside a bar and moved to its start"
                ));
            }
            if start == last {
                out.pop();
            }
            out.push((start, u32::from(numerator), denominator));
        }
        out
    }
}

/// Of a quarter note, rounded to the nearest.
fn superclocks(microseconds: u32) -> u64 {
    (u64::from(microseconds) * SUPERCLOCKS_PER_SECOND as u64 + 500_000) / 1_000_000
}
