//! The second pass: from unrounded samples to finished files.

use shm::telemetry::UNMEASURED;

use super::convert::Converter;
use super::encode::{Encoder, Target};
use super::render::Rendered;
use super::spill::Spill;
use super::{ExportFile, ExportSetup, Exported, Normalise};
use crate::device::CHANNELS;
use crate::loudness::LoudnessMeter;
use crate::refusal::Refusal;

/// Highest gain that a target may ask for: what is quieter is noise, or silence.
const MOST_GAIN_DB: f32 = 60.0;

/// Makes every file. `None`: `tell` said not to go on.
pub(super) fn finish(
    sample_rate: u32,
    export: &ExportSetup,
    rendered: Rendered,
    tell: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<Vec<Exported>>, Refusal> {
    let Rendered { mut spills, frames } = rendered;
    let gain_db = match spills.first_mut() {
        Some(spill) => gain_db(spill, frames, sample_rate, export.normalise)?,
        None => 0.0,
    };
    let all = frames * export.files.len() as u64;
    let mut files = Vec::new();
    for (file, spill) in export.files.iter().zip(spills) {
        let before = frames * files.len() as u64;
        let mut go_on = |done: u64| tell(all + before + done, 2 * all);
        match one(sample_rate, export, file, spill, (frames, gain_db), &mut go_on)? {
            Some(exported) => files.push(exported),
            None => return Ok(discard(&files)),
        }
    }
    Ok(Some(files))
}

/// Takes back what is finished already: an export appears whole or not at all.
fn discard(files: &[Exported]) -> Option<Vec<Exported>> {
    for exported in files {
        let _ = std::fs::remove_file(&exported.file.path);
    }
    None
}

/// What brings the sound to its target.
fn gain_db(
    spill: &mut Spill,
    frames: u64,
    sample_rate: u32,
    normalise: Option<Normalise>,
) -> Result<f32, Refusal> {
    let Some(normalise) = normalise else { return Ok(0.0) };
    let mut meter = LoudnessMeter::new(sample_rate, CHANNELS as u32).map_err(Refusal::failed)?;
    let mut planes = Planes::default();
    spill.read(frames, |interleaved| {
        planes.measure(interleaved, &mut meter);
        Ok(())
    })?;
    let reading = meter.finish();
    let (level, target, what) = match normalise {
        Normalise::Loudness(target) => (reading.integrated, target, "loudness"),
        Normalise::TruePeak(target) => (reading.true_peak[0].max(reading.true_peak[1]), target, "peak"),
    };
    let gain = target - level;
    if level <= UNMEASURED || gain > MOST_GAIN_DB {
        return Err(Refusal::not_now(format!("there is too little sound to bring its {what} to {target}")));
    }
    Ok(gain)
}

/// `None`: not to go on.
fn one(
    sample_rate: u32,
    export: &ExportSetup,
    file: &ExportFile,
    mut spill: Spill,
    (frames, gain_db): (u64, f32),
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<Option<Exported>, Refusal> {
    let file_rate = export.file_rate.unwrap_or(sample_rate);
    let mut converter = Converter::between(sample_rate, file_rate)?;
    let target = Target { path: &file.path, sample_rate: file_rate, title: &export.title };
    let mut output = Output {
        encoder: Encoder::create(&target, export)?,
        meter: LoudnessMeter::new(file_rate, CHANNELS as u32).map_err(Refusal::failed)?,
        planes: Planes::default(),
        frames: 0,
        peak: 0.0,
    };
    // Unity is left out of the arithmetic, so that nothing but the wanted changes a bit.
    let gain = (gain_db != 0.0).then(|| libm::powf(10.0, gain_db / 20.0));
    let (mut raised, mut done, mut cancelled) = (Vec::new(), 0, false);
    spill.read(frames, |interleaved| {
        cancelled = cancelled || !go_on(done);
        if cancelled {
            return Ok(());
        }
        done += (interleaved.len() / CHANNELS) as u64;
        raised.clear();
        raised.extend(interleaved.iter().map(|sample| gain.map_or(*sample, |gain| sample * gain)));
        match &mut converter {
            None => output.write(&raised),
            Some(converter) => output.write(converter.push(&raised)?),
        }
    })?;
    if cancelled {
        return Ok(None);
    }
    if let Some(converter) = &mut converter {
        output.write(converter.finish()?)?;
    }
    output.finish(file, file_rate, gain_db).map(Some)
}

/// A file, and what is measured of it.
struct Output {
    encoder: Encoder,
    meter: LoudnessMeter,
    planes: Planes,
    frames: u64,
    peak: f32,
}

impl Output {
    fn write(&mut self, interleaved: &[f32]) -> Result<(), Refusal> {
        self.planes.measure(interleaved, &mut self.meter);
        self.peak = interleaved.iter().fold(self.peak, |peak, sample| peak.max(sample.abs()));
        self.frames += (interleaved.len() / CHANNELS) as u64;
        self.encoder.write(interleaved)
    }

    fn finish(mut self, file: &ExportFile, sample_rate: u32, gain_db: f32) -> Result<Exported, Refusal> {
        let encoded = self.encoder.finish()?;
        Ok(Exported {
            file: file.clone(),
            sample_rate,
            frames: self.frames,
            loudness: self.meter.finish(),
            peak: self.peak,
            clipped_samples: encoded.clipped_samples,
            gain_db,
            data_sha256: encoded.data_sha256,
        })
    }
}

/// Both channels, one after the other, as a meter takes them.
#[derive(Default)]
struct Planes {
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Planes {
    fn measure(&mut self, interleaved: &[f32], meter: &mut LoudnessMeter) {
        self.left.clear();
        self.right.clear();
        for frame in interleaved.chunks_exact(CHANNELS) {
            self.left.push(frame[0]);
            self.right.push(frame[1]);
        }
        meter.add(&[&self.left, &self.right]);
    }
}
