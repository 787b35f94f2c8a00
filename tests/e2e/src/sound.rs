//! Sound as the tests look at it: whole files in memory, channels apart.

use std::path::Path;

use anyhow::ensure;

/// A stereo 32-bit float file.
pub struct Sound {
    /// Left.
    pub left: Vec<f32>,
    /// Right.
    pub right: Vec<f32>,
}

impl Sound {
    /// Reads a WAV file.
    ///
    /// # Errors
    /// It is not a stereo 32-bit float file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let mut reader = hound::WavReader::open(path)?;
        let spec = reader.spec();
        ensure!(
            spec.channels == 2 && spec.sample_format == hound::SampleFormat::Float,
            "{} has {spec:?}",
            path.display()
        );
        let samples: Vec<f32> = reader.samples::<f32>().collect::<Result<_, _>>()?;
        let channel = |index: usize| samples.iter().skip(index).step_by(2).copied().collect();
        Ok(Self { left: channel(0), right: channel(1) })
    }
}

/// The largest absolute sample.
pub fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// The first index at which two channels differ in a bit, as far as both go.
pub fn first_difference(a: &[f32], b: &[f32]) -> Option<usize> {
    a.iter().zip(b).position(|(a, b)| a.to_bits() != b.to_bits())
}
