//! Where an export ends: nothing new begins after its range, and what still rings is kept until it is silent.

use signal_graph::GraphUpdate;

/// What is as quiet as this counts as silence: -90 dBFS, below the noise of 16 bits.
const SILENCE: f32 = 3.162_277_7e-5;
/// So long it has to stay silent before it counts as over, in seconds: longer than between two repeats of most echoes.
const SILENT_SECONDS: f64 = 1.0;

/// Takes out of a whole graph what begins at the sample `end` or later, and ends there what lies across it.
pub fn cut_at(update: &mut GraphUpdate, end: i64) {
    update.audio_regions.retain(|region| region.start < end);
    for region in &mut update.audio_regions {
        region.length = region.length.min(end - region.start);
    }
    for region in &mut update.note_regions {
        region.notes.retain(|note| note.start < end);
        for note in &mut region.notes {
            note.end = note.end.min(end);
        }
        region.midi.retain(|message| message.sample < end);
    }
}

/// Listens for the end of a tail.
pub(super) struct TailEnd {
    silent_frames: u64,
    enough_frames: u64,
}

impl TailEnd {
    pub(super) fn new(sample_rate: u32) -> Self {
        Self { silent_frames: 0, enough_frames: (SILENT_SECONDS * f64::from(sample_rate)) as u64 }
    }

    /// Takes interleaved stereo frames of the output.
    pub(super) fn hear(&mut self, interleaved: &[f32]) {
        for frame in interleaved.chunks_exact(2) {
            let silent = frame.iter().all(|sample| sample.abs() <= SILENCE);
            self.silent_frames = if silent { self.silent_frames + 1 } else { 0 };
        }
    }

    /// It has been silent for long enough.
    pub(super) fn is_over(&self) -> bool {
        self.silent_frames >= self.enough_frames
    }

    /// Frames at the end that were silent.
    pub(super) fn silent_frames(&self) -> u64 {
        self.silent_frames
    }
}
