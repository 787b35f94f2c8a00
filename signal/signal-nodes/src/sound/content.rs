//! The audio regions of one track, put in order off the audio thread.

use std::sync::Arc;

use signal_graph::{AudioRegion, StereoMut};

use super::{PcmFile, Scratch, SoundRegion};

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
        let regions: Vec<SoundRegion> =
            sorted.iter().map(|(region, file)| SoundRegion::new(region, file)).collect();
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

    /// [audio] Writes what sounds from `position` on when play began at `origin`. False: some of it was not there in time.
    pub(super) fn write(
        &self,
        position: i64,
        origin: i64,
        output: &mut StereoMut<'_>,
        scratch: &mut Scratch,
    ) -> bool {
        let mut regions = self.within(position, position + output.left.len() as i64);
        let Some(first) = regions.next() else {
            output.silence();
            return true;
        };
        let mut complete = first.write(position, origin, output);
        for region in regions {
            complete &= region.add(position, origin, output, scratch);
        }
        complete
    }

    /// [audio] Whether `other` sounds the same at `position`, so that nothing needs to fade.
    pub(super) fn sounds_like(&self, other: &Self, position: i64) -> bool {
        let sounds = |content: &Self| {
            let regions = content.within(position, position + 1);
            regions
                .filter_map(|region| region.sound_at(position))
                .fold((0_u64, 0_u64), |(count, sum), it| (count + 1, sum.wrapping_add(it.fingerprint())))
        };
        sounds(self) == sounds(other)
    }
}
