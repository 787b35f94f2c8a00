//! The files that are mixed, and the song of them: 16 bit stereo, each another sound, each a track with fader and pan.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use e2e::{Home, home::text, song::script};
use serde_json::json;

/// In hertz.
pub const RATE: u32 = 48_000;
/// Length of each file.
pub const SECONDS: u32 = 60;
/// The same.
pub const FRAMES: u32 = RATE * SECONDS;
/// A file's largest sample.
const LEVEL: f64 = 20_000.0;

/// Files and the song that plays them all from the start.
#[derive(Debug)]
pub struct Material {
    /// One a track.
    pub files: Vec<PathBuf>,
    /// A song's folder.
    pub song: PathBuf,
}

impl Material {
    /// Makes as many files, unless a smaller material left them, and a song by `loophole import` and `loophole edit`.
    ///
    /// # Errors
    /// The disk's, or Loophole's.
    pub fn make(home: &Home, tracks: usize) -> anyhow::Result<Self> {
        let mut files = Vec::with_capacity(tracks);
        for track in 0..tracks {
            let path = home.path(&format!("track-{track:03}.wav"));
            if !path.exists() {
                write(&path, track)?;
            }
            files.push(path);
        }
        let song = home.path(&format!("{tracks}.loophole"));
        let mut material = Self { files, song };
        material.import(home)?;
        Ok(material)
    }

    fn import(&mut self, home: &Home) -> anyhow::Result<()> {
        let mut arguments = vec!["import"];
        for file in &self.files {
            arguments.push(text(file)?);
        }
        arguments.extend(["-o", text(&self.song)?, "--json"]);
        home.run(&arguments)?;
        let tracks = tracks(&self.song)?;
        ensure!(tracks.len() == self.files.len(), "{} tracks were imported", tracks.len());
        let fader_db = 20.0 * self.gain().log10();
        let settings: Vec<_> = tracks
            .iter()
            .enumerate()
            .map(|(at, id)| json!({"set_track": {"id": id, "fader_db": fader_db, "pan": self.pan(at)}}))
            .collect();
        home.run_with(&["edit", text(&self.song)?, "-"], &script(&settings))?;
        Ok(())
    }

    /// Of every track's fader, linear: no mix clips.
    pub fn gain(&self) -> f64 {
        1.0 / self.files.len() as f64
    }

    /// Where a track lies, -1 to 1.
    pub fn pan(&self, track: usize) -> f64 {
        (track % 9) as f64 / 4.0 - 1.0
    }

    /// Files that Loophole reads for its mix: the decoded ones of its song.
    ///
    /// # Errors
    /// The disk's.
    pub fn decoded(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.song.join("cache"))? {
            files.push(entry?.path());
        }
        Ok(files)
    }
}

/// Reads files to their ends, so that who reads them next does not wait for the disk.
///
/// # Errors
/// The disk's.
pub fn warm(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    for path in files.iter().filter(|path| path.is_file()) {
        let mut file = fs::File::open(path).with_context(|| path.display().to_string())?;
        while file.read(&mut buffer)? > 0 {}
    }
    Ok(())
}

/// Ids of the song's audio tracks, from its text; those of one import ascend.
fn tracks(song: &Path) -> anyhow::Result<Vec<u64>> {
    let mut tracks = Vec::new();
    for entry in fs::read_dir(song.join("tracks"))? {
        let entry = entry?;
        let is_audio = fs::read_to_string(entry.path())?.contains("\"kind\":\"audio\"");
        let id: Option<u64> = entry.path().file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        tracks.extend(id.filter(|_| is_audio));
    }
    tracks.sort_unstable();
    Ok(tracks)
}

/// Two tones and a little noise, another pair for each track.
fn write(path: &Path, track: usize) -> anyhow::Result<()> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec)?;
    let hertz = 55.0 * 2.0_f64.powf(track as f64 / 48.0);
    let mut tones = [Tone::new(hertz), Tone::new(hertz * 1.503)];
    let mut noise = (track as u32).wrapping_mul(0x9E37_79B9) | 1;
    const PART: u32 = 1 << 16;
    let mut left = FRAMES;
    while left > 0 {
        let frames = left.min(PART);
        let mut samples = writer.get_i16_writer(2 * frames);
        for _ in 0..frames {
            for tone in &mut tones {
                noise ^= noise << 13;
                noise ^= noise >> 17;
                noise ^= noise << 5;
                let hiss = f64::from(noise as i32) / f64::from(1_u32 << 31) * 0.02;
                samples.write_sample(((tone.next() * 0.98 + hiss) * LEVEL) as i16);
            }
        }
        samples.flush()?;
        left -= frames;
    }
    writer.finalize()?;
    Ok(())
}

/// A sine by its recurrence, which is exact enough for a minute.
struct Tone {
    factor: f64,
    last: [f64; 2],
}

impl Tone {
    fn new(hertz: f64) -> Self {
        let step = std::f64::consts::TAU * hertz / f64::from(RATE);
        Self { factor: 2.0 * step.cos(), last: [0.0, -step.sin()] }
    }

    fn next(&mut self) -> f64 {
        let next = self.factor * self.last[0] - self.last[1];
        self.last = [next, self.last[0]];
        next
    }
}
