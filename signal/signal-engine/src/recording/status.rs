//! What is being recorded, for whoever watches.

use std::collections::VecDeque;

/// Troubles that are told; older ones were seen.
const MOST_TROUBLES: usize = 16;

/// How far a recording is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is recorded.
    #[default]
    Off,
    /// Bars are clicked before play begins.
    CountIn,
    /// The place where it begins is not reached, or was left.
    Waiting,
    /// Takes grow.
    Running,
}

/// A take that grows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TakeStatus {
    /// The Track entity.
    pub track: u64,
    /// Song position at which its present pass began.
    pub start: i64,
    /// Frames of the present pass.
    pub frames: i64,
    /// From 1.
    pub pass: u32,
    /// Largest absolute sample of each stretch, 0 to 127.
    pub peaks: Vec<u8>,
    /// Length of such a stretch.
    pub frames_per_peak: u32,
}

/// Something of a recording is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Grows by one with each.
    pub number: u64,
    /// The Track entity.
    pub track: u64,
    /// For people.
    pub text: String,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordingStatus {
    /// How far it is.
    pub phase: Phase,
    /// Takes under way.
    pub takes: Vec<TakeStatus>,
    /// What went wrong lately.
    pub troubles: VecDeque<Trouble>,
    /// How far back sound can be kept.
    pub keep_audio_seconds: f32,
    /// How far back notes can be kept.
    pub keep_midi_seconds: f32,
    /// From an output through the world to an input.
    pub round_trip: u32,
    /// It was measured, not stated.
    pub round_trip_measured: bool,
}

impl RecordingStatus {
    /// Adds a trouble.
    pub fn add(&mut self, track: u64, text: String) {
        tracing::warn!("{text}");
        let number = self.troubles.back().map_or(1, |last| last.number + 1);
        self.troubles.push_back(Trouble { number, track, text });
        if self.troubles.len() > MOST_TROUBLES {
            self.troubles.pop_front();
        }
    }
}
