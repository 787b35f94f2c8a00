//! The measurement itself, of any number of channels up to five. Knows no thread and no file.

use ebur128::{EbuR128, Mode};
use shm::telemetry::{Loudness, UNMEASURED};

/// Momentary loudness is looked at a hundred times a second: with fewer looks the highest one of a short sound would be
/// missed by more than EBU Tech 3341's 0.1 LU (its case 13).
const HOPS_A_SECOND: u32 = 100;
/// Looks at momentary loudness to one at short-term loudness (case 10).
const HOPS_TO_SHORT_TERM: u64 = 5;
/// Hops between two readings of the integrated loudness: its blocks begin every 100 ms.
const HOPS_TO_INTEGRATED: u64 = 10;
/// Hops between two readings of the loudness range.
const HOPS_TO_RANGE: u64 = 100;
/// What integrated loudness and loudness range look back on at most, in milliseconds: a day.
const LONGEST_HISTORY_MS: u32 = 24 * 3_600_000;
/// Channels at most: 5.0 as EBU Tech 3341 has it (left, right, centre, left and right surround).
const MOST_CHANNELS: u32 = 5;

/// Measures sound from its making or last [`reset`](Self::reset) on. Allocates: not for an audio thread.
pub struct LoudnessMeter {
    ebu: EbuR128,
    channels: usize,
    hop_frames: usize,
    frames_in_hop: usize,
    hops: u64,
    integrated_at: u64,
    range_at: u64,
    reading: Loudness,
    /// Samples without those that are no numbers: one would spoil all that follow.
    cleaned: Vec<Vec<f32>>,
}

impl LoudnessMeter {
    /// For sound of `sample_rate` in hertz, in 1 to 5 `channels`.
    ///
    /// # Errors
    /// A rate or a number of channels that can't be measured.
    pub fn new(sample_rate: u32, channels: u32) -> Result<Self, String> {
        if !(1..=MOST_CHANNELS).contains(&channels) {
            return Err(format!("{channels} channels can't be measured, only 1 to {MOST_CHANNELS}"));
        }
        let mode = Mode::M | Mode::S | Mode::I | Mode::LRA | Mode::TRUE_PEAK;
        let mut ebu = EbuR128::new(channels, sample_rate, mode).map_err(|error| error.to_string())?;
        ebu.set_max_history(LONGEST_HISTORY_MS).map_err(|error| error.to_string())?;
        // To make room for history is to fill it with silence that was never heard.
        ebu.reset();
        Ok(Self {
            ebu,
            channels: channels as usize,
            hop_frames: (sample_rate / HOPS_A_SECOND).max(1) as usize,
            frames_in_hop: 0,
            hops: 0,
            integrated_at: 0,
            range_at: 0,
            reading: Loudness::default(),
            cleaned: vec![Vec::new(); channels as usize],
        })
    }

    /// Begins anew.
    pub fn reset(&mut self) {
        self.ebu.reset();
        (self.frames_in_hop, self.hops) = (0, 0);
        (self.integrated_at, self.range_at) = (0, 0);
        self.reading = Loudness::default();
    }

    /// Measures frames: one slice a channel, all of one length. Samples that are no numbers count as silence.
    pub fn add(&mut self, channels: &[&[f32]]) {
        let frames = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let mut done = 0;
        while done < frames {
            let count = (self.hop_frames - self.frames_in_hop).min(frames - done);
            self.add_within_hop(channels, done..done + count);
            done += count;
            self.frames_in_hop += count;
            if self.frames_in_hop == self.hop_frames {
                self.frames_in_hop = 0;
                self.hops += 1;
                self.look();
            }
        }
        self.reading.measured_frames += frames as u64;
    }

    fn add_within_hop(&mut self, channels: &[&[f32]], range: std::ops::Range<usize>) {
        for (cleaned, channel) in self.cleaned.iter_mut().zip(channels) {
            cleaned.clear();
            let finite = |sample: &f32| if sample.is_finite() { *sample } else { 0.0 };
            cleaned.extend(channel[range.clone()].iter().map(finite));
        }
        let planes: Vec<&[f32]> = self.cleaned.iter().map(Vec::as_slice).collect();
        // It refuses another number of channels, which it was made for.
        let _ = self.ebu.add_frames_planar_f32(&planes);
    }

    fn look(&mut self) {
        let momentary = level(self.ebu.loudness_momentary());
        self.reading.momentary = momentary;
        self.reading.max_momentary = self.reading.max_momentary.max(momentary);
        if self.hops.is_multiple_of(HOPS_TO_SHORT_TERM) {
            let short_term = level(self.ebu.loudness_shortterm());
            self.reading.short_term = short_term;
            self.reading.max_short_term = self.reading.max_short_term.max(short_term);
        }
    }

    /// What is known now; integrated loudness is at most 0.1 s old, the range 1 s.
    pub fn reading(&mut self) -> Loudness {
        if self.hops >= self.integrated_at + HOPS_TO_INTEGRATED {
            self.integrate();
        }
        if self.hops >= self.range_at + HOPS_TO_RANGE {
            self.measure_range();
        }
        self.reading.true_peak = [self.true_peak(0), self.true_peak(1)];
        self.reading
    }

    /// What is known of all that was added.
    pub fn finish(&mut self) -> Loudness {
        self.integrate();
        self.measure_range();
        self.reading()
    }

    fn integrate(&mut self) {
        self.integrated_at = self.hops;
        self.reading.integrated = level(self.ebu.loudness_global());
    }

    fn measure_range(&mut self) {
        self.range_at = self.hops;
        self.reading.range = self.ebu.loudness_range().map_or(0.0, |range| range as f32).max(0.0);
    }

    /// Highest true peak of a channel in dBTP. One channel alone is both.
    fn true_peak(&self, channel: usize) -> f32 {
        let channel = channel.min(self.channels - 1) as u32;
        self.ebu.true_peak(channel).map_or(UNMEASURED, |peak| level(Ok(20.0 * peak.log10())))
    }
}

fn level(level: Result<f64, ebur128::Error>) -> f32 {
    level.map_or(UNMEASURED, |level| (level as f32).max(UNMEASURED))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(frames: usize) -> Vec<f32> {
        (0..frames).map(|frame| 0.1 * (frame as f32 * std::f32::consts::TAU / 48.0).sin()).collect()
    }

    #[test]
    fn reading_is_the_same_for_any_block_length() {
        let sound = tone(5 * 48_000);
        let measure = |block: usize| {
            let mut meter = LoudnessMeter::new(48_000, 2).expect("a meter");
            for part in sound.chunks(block) {
                meter.add(&[part, part]);
                meter.reading();
            }
            meter.finish()
        };
        let whole = measure(sound.len());
        assert!((whole.integrated + 20.0).abs() < 0.1, "a tone of -20 dBFS on both sides: {whole:?}");
        assert_eq!(whole.measured_frames, 240_000);
        for block in [1, 37, 480, 4096] {
            assert_eq!(measure(block), whole, "{block}");
        }
    }

    #[test]
    fn sample_that_is_no_number_spoils_nothing() {
        let mut meter = LoudnessMeter::new(48_000, 2).expect("a meter");
        meter.add(&[&[f32::NAN, f32::INFINITY], &[0.0, 0.0]]);
        let sound = tone(4 * 48_000);
        meter.add(&[&sound, &sound]);
        let reading = meter.finish();
        assert!((reading.short_term + 20.0).abs() < 0.1, "{reading:?}");
        assert!(reading.true_peak[0] < -19.9);
    }

    #[test]
    fn reset_forgets_all() {
        let mut meter = LoudnessMeter::new(44_100, 2).expect("a meter");
        let sound = tone(44_100 * 4);
        meter.add(&[&sound, &sound]);
        meter.reset();
        assert_eq!(meter.finish(), Loudness::default());
    }

    #[test]
    fn silence_has_no_level() {
        let mut meter = LoudnessMeter::new(48_000, 2).expect("a meter");
        meter.add(&[&[0.0; 48_000], &[0.0; 48_000]]);
        let reading = meter.finish();
        assert_eq!((reading.momentary, reading.integrated), (UNMEASURED, UNMEASURED));
        assert_eq!(reading.true_peak, [UNMEASURED; 2]);
    }
}
