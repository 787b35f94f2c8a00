//! Reads a sound file of any kind we know (WAV, RF64, Wave64, FLAC) into PCM and peaks. Runs in a child process of its own.
//!
//! A decoder is where a stranger's file meets code that parses it, so this process has limits on memory, time and file
//! size, and its parent expects it to die. It gets the sound as standard input and two files to write as descriptors,
//! and prints one line of JSON: a [`DecodeReport`]. It opens nothing by name.

use std::{
    fs::File,
    io::{self, Write as _},
    os::fd::AsFd as _,
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::{
    media::{
        packets::{PacketReader, Part},
        pcm::{PcmFormat, PcmWriter},
        peaks::PeakWriter,
        resample::Resampler,
        wave::{self, WaveReader},
    },
    store::durable,
    sys::{self, Limits},
};

/// What a decoding process may use: enough for hours of sound, since it streams, and an end for a file made to grow.
pub const LIMITS: Limits = Limits { memory_bytes: 1 << 30, file_bytes: 64 << 30, cpu_seconds: 3_600 };
/// Rates a file may claim; what is outside is a broken header.
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;
/// Signal plays stereo.
const MAX_CHANNELS: usize = 2;
/// Bits of a sample that are kept as they are.
const SIXTEEN_BITS: u32 = 16;
/// A file with more damaged packets than this is no sound.
const MAX_DAMAGED_PACKETS: u64 = 1_000;

/// What the decoding process tells its parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecodeReport {
    /// Both files are complete.
    Decoded(Decoded),
    /// There is no room for what it decodes to.
    DiskFull,
    /// Why the file can't be used.
    Failed(String),
}

/// What a sound file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoded {
    /// Of the file.
    pub sample_rate: u32,
    /// Of the PCM, 1 or 2.
    pub channels: u32,
    /// At the file's own rate.
    pub frames: u64,
    /// What could not be kept exactly.
    pub warnings: Vec<String>,
}

/// What the decoding process is told on its command line.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct DecodeOptions {
    /// Descriptor of the PCM file to write.
    #[arg(long)]
    pub pcm_fd: i32,
    /// Descriptor of the peak file to write.
    #[arg(long)]
    pub peaks_fd: i32,
    /// Sample rate of the PCM; 0 is the file's own.
    #[arg(long)]
    pub rate: u32,
    /// Decode no more than this, in seconds; left out: all.
    #[arg(long)]
    pub seconds: Option<u32>,
}

/// The whole decoding process: reads standard input, prints its report.
///
/// # Errors
/// If not even a report can be given.
pub fn run(options: DecodeOptions) -> anyhow::Result<()> {
    sys::confine(LIMITS).context("limiting the process")?;
    let report = match decode_inherited(options) {
        Ok(decoded) => DecodeReport::Decoded(decoded),
        Err(error) if error.downcast_ref().is_some_and(durable::is_full) => DecodeReport::DiskFull,
        Err(error) => DecodeReport::Failed(format!("{error:#}")),
    };
    let mut line = serde_json::to_vec(&report)?;
    line.push(b'\n');
    io::stdout().write_all(&line)?;
    Ok(())
}

fn decode_inherited(options: DecodeOptions) -> anyhow::Result<Decoded> {
    let pcm = sys::inherited_file(options.pcm_fd).context("the PCM file")?;
    let peaks = sys::inherited_file(options.peaks_fd).context("the peak file")?;
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    decode(input, options.rate, options.seconds, pcm, peaks)
}

/// Decodes `input`, at most `seconds` of it, to PCM at `rate` (0: its own) and to peaks.
///
/// # Errors
/// If it is no sound file, or a file can't be written.
pub fn decode(
    input: File,
    rate: u32,
    seconds: Option<u32>,
    pcm: File,
    mut peak_file: File,
) -> anyhow::Result<Decoded> {
    let mut sound = Sound::open(input)?;
    let rate = if rate == 0 { sound.sample_rate } else { rate };
    let mut peaks = PeakWriter::new(sound.channels);
    let mut resampler = Resampler::new(sound.sample_rate, rate, sound.channels)?;
    let stays = sound.bits == SIXTEEN_BITS && rate == sound.sample_rate;
    let format = if stays { PcmFormat::Int16 } else { PcmFormat::Float };
    let mut writer = PcmWriter::new(pcm, rate, sound.channels as u32, format)?;
    let mut sink = |samples: &[f32]| writer.write(samples);
    let most = seconds.map_or(u64::MAX, |seconds| u64::from(seconds) * u64::from(sound.sample_rate));
    while sound.frames < most
        && let Some(samples) = sound.next_samples()?
    {
        peaks.add(&samples);
        resampler.push(&samples, &mut sink)?;
    }
    resampler.finish(&mut sink)?;
    writer.finish()?;
    anyhow::ensure!(sound.frames > 0, "it holds no sound");
    peak_file.write_all(&peaks.finish(sound.sample_rate))?;
    peak_file.sync_all()?;
    Ok(Decoded {
        sample_rate: sound.sample_rate,
        channels: sound.channels as u32,
        frames: sound.frames,
        warnings: sound.warnings(),
    })
}

/// A sound file that is being read.
struct Sound {
    source: Source,
    sample_rate: u32,
    /// Of a sample; 0: the header does not say.
    bits: u32,
    channels: usize,
    channels_in_file: usize,
    frames: u64,
    damaged_packets: u64,
    cut_off: bool,
    not_finite: u64,
    interleaved: Vec<f32>,
}

/// Who reads it.
enum Source {
    Wave(WaveReader),
    Packets(PacketReader),
}

impl Sound {
    fn open(input: File) -> anyhow::Result<Self> {
        let (sample_rate, bits, channels, source) = match wave::open(input.try_clone()?)? {
            Some(wave) => (wave.sample_rate, wave.bits(), wave.channels.into(), Source::Wave(wave)),
            None => {
                let packets = PacketReader::open(input)?;
                (packets.sample_rate, packets.bits, packets.channels, Source::Packets(packets))
            }
        };
        anyhow::ensure!(SAMPLE_RATES.contains(&sample_rate), "its sample rate is {sample_rate} Hz");
        anyhow::ensure!(channels > 0, "it has no channels");
        Ok(Self {
            source,
            sample_rate,
            bits,
            channels: channels.min(MAX_CHANNELS),
            channels_in_file: channels,
            frames: 0,
            damaged_packets: 0,
            cut_off: false,
            not_finite: 0,
            interleaved: Vec::new(),
        })
    }

    /// The next frames as interleaved samples of the first one or two channels; `None` at the end.
    fn next_samples(&mut self) -> anyhow::Result<Option<Vec<f32>>> {
        let frames = self.frames;
        let part = match &mut self.source {
            Source::Wave(wave) => {
                wave.read(&mut self.interleaved)?;
                self.cut_off = wave.is_cut_off;
                if self.interleaved.is_empty() { Part::End } else { Part::Samples }
            }
            Source::Packets(packets) => packets
                .read(&mut self.interleaved)
                .with_context(|| format!("it can't be read on after {frames} frames"))?,
        };
        match part {
            Part::Samples => {}
            Part::Damaged(frames) => self.replace_by_silence(frames)?,
            Part::CutOff => {
                self.cut_off = true;
                return Ok(None);
            }
            Part::End => return Ok(None),
        }
        Ok(Some(self.take_samples()))
    }

    /// What was damaged stays as long as it was, so that what follows is in time.
    fn replace_by_silence(&mut self, frames: u64) -> anyhow::Result<()> {
        const LONGEST_PACKET: u64 = 1 << 16;
        self.damaged_packets += 1;
        anyhow::ensure!(self.damaged_packets <= MAX_DAMAGED_PACKETS, "it is damaged throughout");
        self.interleaved.clear();
        self.interleaved.resize(frames.min(LONGEST_PACKET) as usize * self.channels_in_file, 0.0);
        Ok(())
    }

    fn take_samples(&mut self) -> Vec<f32> {
        let mut samples = Vec::with_capacity(self.interleaved.len() / self.channels_in_file * self.channels);
        for frame in self.interleaved.chunks_exact(self.channels_in_file) {
            for &sample in &frame[..self.channels] {
                self.not_finite += u64::from(!sample.is_finite());
                samples.push(if sample.is_finite() { sample } else { 0.0 });
            }
        }
        self.frames += (samples.len() / self.channels) as u64;
        samples
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.channels_in_file > MAX_CHANNELS {
            warnings.push(format!("of its {} channels the first two are used", self.channels_in_file));
        }
        if self.damaged_packets > 0 {
            warnings.push(format!("{} damaged parts are silent", self.damaged_packets));
        }
        if self.cut_off {
            warnings.push(format!("it is cut off after {} frames", self.frames));
        }
        if self.not_finite > 0 {
            warnings.push(format!("{} samples that are no numbers are silent", self.not_finite));
        }
        warnings
    }
}
