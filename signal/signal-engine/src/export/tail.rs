//! Where an export ends: nothing new begins after its range, and what still rings is kept until it is silent.

use signal_graph::{AudioRegion, GraphUpdate};

/// What is as quiet as this counts as silence: -90 dBFS, below the noise of 16 bits.
const SILENCE: f32 = 3.162_277_7e-5;
/// So long it has to stay silent before it counts as over, in seconds: longer than between two repeats of most echoes.
const SILENT_SECONDS: f64 = 1.0;

/// Takes out of a whole graph what begins at the sample `end` or later, and ends there what lies across it.
pub fn cut_at(update: &mut GraphUpdate, end: i64) {
    update.audio_regions.retain(|region| region.start < end);
    for region in &mut update.audio_regions {
        cover(region, end);
    }
    for region in &mut update.note_regions {
        region.notes.retain(|note| note.start < end);
        for note in &mut region.notes {
            note.end = note.end.min(end);
        }
        region.midi.retain(|message| message.sample < end);
    }
}

/// Hides what comes after `end`. The region keeps its length, by which its fade and its loop go.
fn cover(region: &mut AudioRegion, end: i64) {
    let last = region.start.saturating_add(region.length);
    if last <= end {
        return;
    }
    let covered = &mut region.shape.covered;
    let mut from = end;
    while let Some((begin, _)) = covered.pop_if(|(_, to)| *to >= end) {
        from = from.min(begin);
    }
    covered.push((from, last));
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

#[cfg(test)]
mod tests {
    use signal_graph::RegionShape;

    use super::*;

    fn covered(spans: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let shape = RegionShape { covered: spans.to_vec(), ..RegionShape::default() };
        let (path, id, node) = (Default::default(), 1, 2);
        let region = AudioRegion { id, node, start: 100, length: 900, path, offset: 0, gain: 1.0, shape };
        let late = AudioRegion { start: 500, ..region.clone() };
        let mut update = GraphUpdate { audio_regions: vec![region, late], ..GraphUpdate::default() };
        cut_at(&mut update, 500);
        assert_eq!(update.audio_regions.len(), 1, "what begins at the end is left out");
        assert_eq!(update.audio_regions[0].length, 900);
        update.audio_regions[0].shape.covered.clone()
    }

    #[test]
    fn sound_across_the_end_is_covered_from_there() {
        assert_eq!(covered(&[]), [(500, 1000)]);
        assert_eq!(covered(&[(150, 200)]), [(150, 200), (500, 1000)]);
        assert_eq!(covered(&[(150, 200), (400, 600), (700, 800)]), [(150, 200), (400, 1000)]);
        assert_eq!(covered(&[(400, 500)]), [(400, 1000)]);
    }
}
