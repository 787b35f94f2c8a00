//! Brings the sound of a take into `media/`: a copy whose header states what is really there.
//!
//! A writer that was killed leaves samples that its header does not count yet, and perhaps half a frame. The original stays
//! as it is.

use std::{fs::File, io, os::unix::fs::FileExt as _, path::Path};

use crate::{
    media::intake::{self, StoredMedia},
    store::folder::SongFolder,
};

/// Chunks before the samples; a take has four.
const MOST_CHUNKS: usize = 64;
/// Largest size that a RIFF file can state.
const LARGEST_RIFF: u64 = u32::MAX as u64;

/// Where things are in a WAV file.
#[derive(Debug)]
struct Layout {
    rate: u32,
    frame_bytes: u64,
    /// Of the first sample.
    data: u64,
}

/// Copies a take's sound into the song; gives its sample rate too. `None`: it has no frame.
///
/// # Errors
/// It is no WAV file, or the disk refuses.
pub fn store(folder: &SongFolder, source: &Path) -> io::Result<Option<(StoredMedia, u32)>> {
    let file = File::open(source)?;
    let layout = layout(&file)?;
    let length = file.metadata()?.len();
    if length.saturating_sub(layout.data) < layout.frame_bytes {
        return Ok(None);
    }
    let stored = intake::store_with(folder, source, |copy| repair(copy, &layout))?;
    Ok(Some((stored, layout.rate)))
}

fn repair(copy: &File, layout: &Layout) -> io::Result<()> {
    let present = copy.metadata()?.len() - layout.data;
    let data = present - present % layout.frame_bytes;
    copy.set_len(layout.data + data)?;
    let riff = layout.data - 8 + data;
    if riff > LARGEST_RIFF {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is longer than 4 GiB: cut it with a program that knows RF64 and import the parts",
        ));
    }
    copy.write_all_at(b"RIFF", 0)?;
    copy.write_all_at(&(riff as u32).to_le_bytes(), 4)?;
    copy.write_all_at(&(data as u32).to_le_bytes(), layout.data - 4)
}

fn layout(file: &File) -> io::Result<Layout> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "it is no WAV file");
    let mut head = [0; 12];
    file.read_exact_at(&mut head, 0)?;
    if !(head.starts_with(b"RIFF") || head.starts_with(b"RF64")) || &head[8..] != b"WAVE" {
        return Err(broken());
    }
    let (mut at, mut format) = (12, None);
    for _ in 0..MOST_CHUNKS {
        let mut chunk = [0; 8];
        file.read_exact_at(&mut chunk, at)?;
        let size = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
        match &chunk[..4] {
            b"data" => {
                let (rate, frame_bytes) = format.ok_or_else(broken)?;
                return Ok(Layout { rate, frame_bytes, data: at + 8 });
            }
            b"fmt " => {
                let mut fields = [0; 16];
                file.read_exact_at(&mut fields, at + 8)?;
                let rate = u32::from_le_bytes([fields[4], fields[5], fields[6], fields[7]]);
                let frame_bytes = u64::from(u16::from_le_bytes([fields[12], fields[13]]));
                if rate == 0 || frame_bytes == 0 {
                    return Err(broken());
                }
                format = Some((rate, frame_bytes));
            }
            _ => {}
        }
        at += 8 + u64::from(size) + u64::from(size % 2);
    }
    Err(broken())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn samples_that_the_header_does_not_count_are_in_the_copy() {
        let temporary = tempfile::tempdir().expect("a folder");
        let folder = SongFolder::new(temporary.path().join("A.loophole"));
        folder.make().expect("makes");
        let source = temporary.path().join("take.wav");
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 44_100,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut writer = hound::WavWriter::create(&source, spec).expect("created");
        [0.1_f32, 0.2].into_iter().for_each(|sample| writer.write_sample(sample).expect("written"));
        writer.finalize().expect("finished");
        let mut file = File::options().append(true).open(&source).expect("opened");
        file.write_all(&[0.3_f32.to_le_bytes(), 0.4_f32.to_le_bytes(), 0.5_f32.to_le_bytes()].concat())
            .expect("written");
        let before = std::fs::read(&source).expect("read");

        let (stored, rate) = store(&folder, &source).expect("stored").expect("has frames");
        let mut reader = hound::WavReader::open(folder.root().join(&stored.path)).expect("opened");
        let samples: Vec<f32> = reader.samples().map(|sample| sample.expect("a sample")).collect();
        assert_eq!(
            (samples.as_slice(), rate),
            ([0.1, 0.2, 0.3, 0.4].as_slice(), 44_100),
            "whole frames alone"
        );
        assert_eq!(std::fs::read(&source).expect("read"), before, "the original is as it was");
    }

    #[test]
    fn a_take_without_a_frame_is_none() {
        let temporary = tempfile::tempdir().expect("a folder");
        let folder = SongFolder::new(temporary.path().join("A.loophole"));
        folder.make().expect("makes");
        let source = temporary.path().join("take.wav");
        std::fs::write(
            &source,
            b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x03\0\x01\0\x80\xbb\0\0\0\xee\x02\0\x04\0\x20\0data\0\0\0\0\0\0",
        )
        .expect("written");
        assert_eq!(store(&folder, &source).expect("looked"), None);
    }
}
