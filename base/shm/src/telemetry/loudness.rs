//! The loudness of the output in the telemetry block: what it means, and how it lies in its words.
//!
//! | word | loudness |
//! |---|---|
//! | 0 | frames measured since the measurement began |
//! | 1 | frames lost since then: above 0 the measurement has gaps |
//! | 2 | momentary (low half), short-term (high half) |
//! | 3 | integrated, loudness range |
//! | 4 | true peak of the left and the right channel |
//! | 5 | highest momentary, highest short-term |
//!
//! Halves are f32 bits. It measures nothing.

use std::os::fd::AsFd;

use super::{Block, MAX_POSITION, check};
use crate::{Mapping, OpenError};

/// Words of the record.
pub(super) const WORDS: usize = 6;
/// A level that is not there: silence, or not enough sound yet. Every quieter level reads as this.
pub const UNMEASURED: f32 = -200.0;
/// Nothing that reads higher is a level.
const LOUDEST: f32 = 100.0;

/// Loudness of the output since the measurement began: ITU-R BS.1770-5, EBU Tech 3341, EBU Tech 3342.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudness {
    /// Frames measured.
    pub measured_frames: u64,
    /// Frames that were played and not measured. Above 0 the figures have gaps.
    pub lost_frames: u64,
    /// Of the last 400 ms, in LUFS.
    pub momentary: f32,
    /// Of the last 3 s, in LUFS.
    pub short_term: f32,
    /// Of the whole, gated, in LUFS.
    pub integrated: f32,
    /// Loudness range in LU, 0 and up.
    pub range: f32,
    /// Highest true peak of the left and the right channel, in dBTP.
    pub true_peak: [f32; 2],
    /// Highest momentary loudness, in LUFS.
    pub max_momentary: f32,
    /// Highest short-term loudness, in LUFS.
    pub max_short_term: f32,
}

impl Default for Loudness {
    /// Nothing measured.
    fn default() -> Self {
        Self {
            measured_frames: 0,
            lost_frames: 0,
            momentary: UNMEASURED,
            short_term: UNMEASURED,
            integrated: UNMEASURED,
            range: 0.0,
            true_peak: [UNMEASURED; 2],
            max_momentary: UNMEASURED,
            max_short_term: UNMEASURED,
        }
    }
}

/// The side that measures: another thread of Signal than the one that holds the [`Writer`](super::Writer).
#[derive(Debug)]
pub struct LoudnessWriter {
    block: Mapping<Block>,
}

impl LoudnessWriter {
    /// Maps the block for writing.
    pub fn open(memory: impl AsFd) -> Result<Self, OpenError> {
        Ok(Self { block: check(Mapping::open(memory)?)? })
    }

    /// `[any]` Publishes all fields at once. Wait-free.
    pub fn publish(&mut self, loudness: &Loudness) {
        self.block.loudness.store(encode(loudness));
    }
}

fn pair(low: f32, high: f32) -> u64 {
    u64::from(low.to_bits()) | u64::from(high.to_bits()) << 32
}

fn halves(word: u64) -> (f32, f32) {
    (f32::from_bits((word & u64::from(u32::MAX)) as u32), f32::from_bits((word >> 32) as u32))
}

pub(super) fn encode(loudness: &Loudness) -> [u64; WORDS] {
    [
        loudness.measured_frames,
        loudness.lost_frames,
        pair(loudness.momentary, loudness.short_term),
        pair(loudness.integrated, loudness.range),
        pair(loudness.true_peak[0], loudness.true_peak[1]),
        pair(loudness.max_momentary, loudness.max_short_term),
    ]
}

pub(super) fn decode(words: [u64; WORDS]) -> Option<Loudness> {
    let most = MAX_POSITION.cast_unsigned();
    let level = |value: f32| if (UNMEASURED..=LOUDEST).contains(&value) { value } else { UNMEASURED };
    let levels = |word| {
        let (low, high) = halves(word);
        [level(low), level(high)]
    };
    let [momentary, short_term] = levels(words[2]);
    let (integrated, range) = halves(words[3]);
    let [max_momentary, max_short_term] = levels(words[5]);
    (words[0] <= most && words[1] <= most).then(|| Loudness {
        measured_frames: words[0],
        lost_frames: words[1],
        momentary,
        short_term,
        integrated: level(integrated),
        range: if (0.0..=LOUDEST).contains(&range) { range } else { 0.0 },
        true_peak: levels(words[4]),
        max_momentary,
        max_short_term,
    })
}
