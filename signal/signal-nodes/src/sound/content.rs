//! The audio regions of one track, put in order off the audio thread.

use std::sync::Arc;

use signal_graph::{AudioRegion, StereoMut};

use super::{EDGE_FRAMES, PcmFile, Scratch};

/// A stretch of a file in the song.
#[derive(Clone, Debug)]
pub struct SoundRegion {
    /// Where it begins to sound.
    pub start: i64,
    /// Where it no longer sounds.
    pub end: i64,
    /// The frame of the file at `start`.
    pub offset: i64,
    /// Linear.
    pub gain: f32,
    /// The decoded sound.
    pub file: Arc<PcmFile>,
    /// Begins or ends in the middle of the sound, with nothing that continues it.
    fades: Fades,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fades {
    in_: bool,
    out: bool,
}

/// What a sound player plays.
#[derive(Clone, Debug, Default)]
pub struct SoundContent {
    /// By start. Shared with whoever reads ahead.
    regions: Arc<Vec<SoundRegion>>,
    longest: i64,
}

impl SoundContent {
    /// [control] Of all regions of a player with their files, in any order.
    #[must_use]
    pub fn new(regions: &[(&AudioRegion, Arc<PcmFile>)]) -> Self {
        let mut sorted: Vec<&(&AudioRegion, Arc<PcmFile>)> = regions.iter().collect();
        sorted.sort_by_key(|(region, _)| (region.start, region.id));
        let mut regions: Vec<SoundRegion> =
            sorted.iter().map(|(region, file)| placed(region, file)).collect();
        join(&mut regions);
        let longest = regions.iter().map(|region| region.end - region.start).max().unwrap_or(0);
        Self { regions: Arc::new(regions), longest }
    }

    /// [any] By ascending start.
    #[must_use]
    pub fn regions(&self) -> &[SoundRegion] {
        &self.regions
    }

    /// [any] What may sound between `from` and `to`.
    pub(super) fn within(&self, from: i64, to: i64) -> impl Iterator<Item = &SoundRegion> {
        let first = self.regions.partition_point(|region| region.start < from.saturating_sub(self.longest));
        let rest = self.regions[first..].iter();
        rest.take_while(move |region| region.start < to).filter(move |region| region.end > from)
    }

    /// [audio] Adds what sounds from `position` on when play began at `origin`. False: some of it was not there in time.
    pub(super) fn add(
        &self,
        position: i64,
        origin: i64,
        output: &mut StereoMut<'_>,
        scratch: &mut Scratch,
    ) -> bool {
        let mut complete = true;
        for region in self.within(position, position + output.left.len() as i64) {
            complete &= region.add(position, origin, output, scratch);
        }
        complete
    }

    /// [audio] Whether `other` sounds the same at `position`, so that nothing needs to fade.
    pub(super) fn sounds_like(&self, other: &Self, position: i64) -> bool {
        let mine = self.within(position, position + 1).map(SoundRegion::sound);
        mine.eq(other.within(position, position + 1).map(SoundRegion::sound))
    }
}

fn placed(region: &AudioRegion, file: &Arc<PcmFile>) -> SoundRegion {
    let ends_inside = region.offset.saturating_add(region.length) < file.frames() as i64;
    SoundRegion {
        start: region.start,
        end: region.start + region.length,
        offset: region.offset,
        gain: region.gain,
        file: Arc::clone(file),
        fades: Fades { in_: region.offset > 0, out: ends_inside },
    }
}

/// A split clip sounds like the whole one: no fades where one region goes on exactly as the one before would have.
fn join(regions: &mut [SoundRegion]) {
    for later in 1..regions.len() {
        let (before, after) = regions.split_at_mut(later);
        let after = &mut after[0];
        let continued = before.iter_mut().rev().find(|before| before.continues_in(after));
        if let Some(before) = continued {
            (before.fades.out, after.fades.in_) = (false, false);
        }
    }
}

impl SoundRegion {
    fn continues_in(&self, next: &Self) -> bool {
        self.end == next.start
            && self.offset + (self.end - self.start) == next.offset
            && self.gain == next.gain
            && Arc::ptr_eq(&self.file, &next.file)
    }

    /// What it sounds like, apart from where it ends.
    fn sound(&self) -> (i64, u32, *const PcmFile) {
        (self.start - self.offset, self.gain.to_bits(), Arc::as_ptr(&self.file))
    }

    fn add(&self, position: i64, origin: i64, output: &mut StereoMut<'_>, scratch: &mut Scratch) -> bool {
        let frames = output.left.len() as i64;
        let from = self.start.max(position);
        let to = self.end.min(position + frames);
        let (skip, length) = ((from - position) as usize, (to - from) as usize);
        let (left, right) = (&mut scratch.left[..length], &mut scratch.right[..length]);
        let complete = self.file.read(self.offset + (from - self.start), left, right);
        self.fade(from, origin, left, right);
        let outputs = [&mut output.left[skip..skip + length], &mut output.right[skip..skip + length]];
        for (output, input) in outputs.into_iter().zip([&*left, &*right]) {
            for (output, input) in output.iter_mut().zip(input) {
                *output += *input * self.gain;
            }
        }
        complete
    }

    fn fade(&self, from: i64, origin: i64, left: &mut [f32], right: &mut [f32]) {
        let begin = if origin > self.start { origin } else { self.start };
        if (self.fades.in_ || origin > self.start) && from < begin + EDGE_FRAMES as i64 {
            fade_by(left, right, |frame| from + frame - begin + 1);
        }
        if self.fades.out && from + left.len() as i64 > self.end - EDGE_FRAMES as i64 {
            fade_by(left, right, |frame| self.end - (from + frame));
        }
    }
}

/// Scales each frame by how many frames it is away from an edge.
fn fade_by(left: &mut [f32], right: &mut [f32], distance: impl Fn(i64) -> i64) {
    const WHOLE: i64 = EDGE_FRAMES as i64 + 1;
    for (frame, (left, right)) in left.iter_mut().zip(right).enumerate() {
        let gain = distance(frame as i64).clamp(0, WHOLE) as f32 / WHOLE as f32;
        *left *= gain;
        *right *= gain;
    }
}
