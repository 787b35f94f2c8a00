//! Sound files whose samples come in packets, by symphonia: WAV of any encoding, FLAC.

use std::{fs::File, io};

use anyhow::Context as _;
use symphonia::core::{
    codecs::audio::{AudioDecoder, AudioDecoderOptions},
    errors::Error as SymphoniaError,
    formats::{FormatOptions, FormatReader, TrackType, probe::Hint},
    io::{MediaSourceStream, MediaSourceStreamOptions},
    meta::MetadataOptions,
};

/// A file that is read from its first packet to its last.
pub struct PacketReader {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    /// Frames a second.
    pub sample_rate: u32,
    /// Of a sample; 0: the header does not say.
    pub bits: u32,
    /// Samples of a frame.
    pub channels: usize,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Frames that could be read.
    Samples,
    /// So many frames that could not.
    Damaged(u64),
    /// Nothing, though the header promises more.
    CutOff,
    /// Nothing.
    End,
}

impl PacketReader {
    /// Reads the header.
    ///
    /// # Errors
    /// If it is no sound file of these kinds.
    pub fn open(input: File) -> anyhow::Result<Self> {
        let stream = MediaSourceStream::new(Box::new(input), MediaSourceStreamOptions::default());
        let format = symphonia::default::get_probe()
            .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| anyhow::anyhow!("it is neither WAV nor FLAC ({error})"))?;
        let track = format.default_track(TrackType::Audio).context("it has no sound track")?;
        let parameters = track
            .codec_params
            .as_ref()
            .and_then(|parameters| parameters.audio())
            .context("its header has no format")?;
        let sample_rate = parameters.sample_rate.context("its header has no sample rate")?;
        let channels = parameters.channels.as_ref().map_or(0, |channels| channels.count());
        let bits = parameters.bits_per_sample.unwrap_or(0);
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default())
            .map_err(|error| anyhow::anyhow!("its encoding is not supported ({error})"))?;
        Ok(Self { track: track.id, format, decoder, sample_rate, bits, channels })
    }

    /// Reads the next packet as interleaved samples.
    ///
    /// # Errors
    /// If the file can't be read on.
    pub fn read(&mut self, interleaved: &mut Vec<f32>) -> anyhow::Result<Part> {
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(Part::End),
                Err(SymphoniaError::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(Part::CutOff);
                }
                Err(error) => anyhow::bail!("{error}"),
            };
            if packet.track_id != self.track {
                continue;
            }
            return match self.decoder.decode(&packet) {
                Ok(buffer) => {
                    anyhow::ensure!(buffer.num_planes() == self.channels, "its format changes in the middle");
                    interleaved.resize(buffer.samples_interleaved(), 0.0);
                    buffer.copy_to_slice_interleaved(interleaved);
                    Ok(Part::Samples)
                }
                Err(SymphoniaError::DecodeError(_)) => Ok(Part::Damaged(packet.dur.get())),
                Err(error) => anyhow::bail!("{error}"),
            };
        }
    }
}
