//! Decoded files to play, and measurements of sound.

use std::path::{Path, PathBuf};

/// Writes a decoded file of interleaved samples.
pub fn write_pcm(folder: &Path, name: &str, rate: u32, channels: u32, samples: &[f32]) -> PathBuf {
    let mut bytes = Vec::from(*b"LOOPPCM1");
    bytes.extend(rate.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend((samples.len() as u64 / u64::from(channels)).to_le_bytes());
    bytes.resize(64, 0);
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("the folder can be written");
    path
}

/// Magnitudes of bins `0..frames / 2`, in decibels below the largest, through a Blackman-Harris window.
pub fn spectrum(sound: &[f32]) -> Vec<f64> {
    let frames = sound.len();
    let angle = |at: usize| std::f64::consts::TAU * at as f64 / frames as f64;
    let table: Vec<(f64, f64)> = (0..frames).map(|at| angle(at).sin_cos()).collect();
    let windowed: Vec<f64> = (0..frames)
        .map(|at| {
            let cosine = |order: usize| (angle(at) * order as f64).cos();
            let window = 0.35875 - 0.48829 * cosine(1) + 0.14128 * cosine(2) - 0.01168 * cosine(3);
            f64::from(sound[at]) * window
        })
        .collect();
    let magnitude = |bin: usize| {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (at, sample) in windowed.iter().enumerate() {
            let (sine, cosine) = table[(at * bin) % frames];
            real += sample * cosine;
            imaginary += sample * sine;
        }
        real.hypot(imaginary)
    };
    let magnitudes: Vec<f64> = (0..frames / 2).map(magnitude).collect();
    let largest = magnitudes.iter().copied().fold(0.0, f64::max);
    magnitudes.iter().map(|magnitude| 20.0 * (magnitude / largest).max(1e-12).log10()).collect()
}

/// Hertz of a pure tone at 48 kHz, from its first rising zero crossing to its last.
pub fn frequency(sound: &[f32]) -> f64 {
    let crossings: Vec<f64> = (1..sound.len())
        .filter(|at| sound[at - 1] < 0.0 && sound[*at] >= 0.0)
        .map(|at| at as f64 - f64::from(sound[at]) / f64::from(sound[at] - sound[at - 1]))
        .collect();
    (crossings.len() - 1) as f64 * 48_000.0 / (crossings[crossings.len() - 1] - crossings[0])
}

/// The highest absolute sample.
pub fn peak(sound: &[f32]) -> f32 {
    sound.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// The largest step between two samples.
pub fn steepest(sound: &[f32]) -> f32 {
    sound.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

/// White noise, evenly between -1 and 1.
pub fn noise(frames: usize) -> Vec<f32> {
    let mut state = 0x2545_F491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as i32 as f32 / 2_147_483_648.0
    };
    (0..frames).map(|_| next()).collect()
}
