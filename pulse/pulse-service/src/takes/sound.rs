//! Brings the sound of a take into `media/`, with a header that states what is really there.
//!
//! A take that was closed is given a second name, which takes no room. A writer that was killed leaves samples that its
//! header does not count yet, and perhaps half a frame: then a copy is made, and put right. The original stays as it is.

use std::{fs::File, io, os::unix::fs::FileExt as _, path::Path};

use crate::{
    media::intake::{self, StoredMedia},
    store::folder::SongFolder,
};

/// Chunks before the samples; a take has four.
const MOST_CHUNKS: usize = 64;
/// A shorter file whose head is not whole has no sound worth the name in it.
const LONGEST_HEAD: u64 = 4096;
/// Largest size that a RIFF file can state.
const LARGEST_RIFF: u64 = u32::MAX as u64;

/// Where a take keeps room for the lengths of RF64: `JUNK`, or `ds64` where it needed them.
const RESERVED: u64 = 12;
/// Of what a `ds64` chunk holds without a table.
const DS64_BYTES: u32 = 28;

/// Where things are in a WAV file.
#[derive(Debug)]
struct Layout {
    rate: u32,
    frame_bytes: u64,
    /// Of the first sample.
    data: u64,
    /// What the header says of their length.
    declared: u64,
    /// There is room for longer lengths.
    has_room: bool,
}

/// Bytes of room that storing and decoding a take's sound needs: a copy, where its header has to be put right, and its
/// samples once more.
///
/// # Errors
/// It is no WAV file, or can't be read.
pub fn room(source: &Path) -> io::Result<u64> {
    Ok(match open(source)? {
        Some((layout, length)) if layout.states(length) => length,
        Some((_, length)) => length.saturating_mul(2),
        None => 0,
    })
}

/// What is in a take's sound, and how long it is; `None` if its writer died before the first frame, or before it was made.
fn open(source: &Path) -> io::Result<Option<(Layout, u64)>> {
    let file = match File::open(source) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let length = file.metadata()?.len();
    let layout = match layout(&file) {
        Err(_) if length < LONGEST_HEAD => return Ok(None),
        layout => layout?,
    };
    let has_frame = length.saturating_sub(layout.data) >= layout.frame_bytes;
    Ok(has_frame.then_some((layout, length)))
}

/// Brings a take's sound into the song; gives its sample rate too. `None`: it has no frame.
///
/// # Errors
/// It is no WAV file, or the disk refuses.
pub fn store(folder: &SongFolder, source: &Path) -> io::Result<Option<(StoredMedia, u32)>> {
    let Some((layout, length)) = open(source)? else { return Ok(None) };
    let stored = if layout.states(length) {
        intake::adopt(folder, source)?
    } else {
        intake::store_with(folder, source, |copy| repair(copy, &layout))?
    };
    Ok(Some((stored, layout.rate)))
}

impl Layout {
    /// Whether the header states exactly what a file of this length holds.
    fn states(&self, length: u64) -> bool {
        let data = length - self.data;
        data.is_multiple_of(self.frame_bytes) && self.declared == data
    }
}

fn repair(copy: &File, layout: &Layout) -> io::Result<()> {
    let present = copy.metadata()?.len() - layout.data;
    let data = present - present % layout.frame_bytes;
    copy.set_len(layout.data + data)?;
    let riff = layout.data - 8 + data;
    if riff > LARGEST_RIFF {
        return state_long(copy, layout, riff, data);
    }
    copy.write_all_at(b"RIFF", 0)?;
    copy.write_all_at(&(riff as u32).to_le_bytes(), 4)?;
    copy.write_all_at(&(data as u32).to_le_bytes(), layout.data - 4)
}

/// The lengths of RF64 (EBU Tech 3306).
fn state_long(copy: &File, layout: &Layout, riff: u64, data: u64) -> io::Result<()> {
    if !layout.has_room {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is longer than 4 GiB and its header has no room to say so: import it with a program that repairs RF64",
        ));
    }
    let lengths = [riff, data, data / layout.frame_bytes].map(u64::to_le_bytes).concat();
    let ds64 = [b"ds64".as_slice(), &DS64_BYTES.to_le_bytes(), &lengths, &[0; 4]].concat();
    copy.write_all_at(&ds64, RESERVED)?;
    copy.write_all_at(&u32::MAX.to_le_bytes(), layout.data - 4)?;
    copy.write_all_at(b"RF64\xff\xff\xff\xff", 0)
}

fn layout(file: &File) -> io::Result<Layout> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "it is no WAV file");
    let mut head = [0; 12];
    file.read_exact_at(&mut head, 0)?;
    if !(head.starts_with(b"RIFF") || head.starts_with(b"RF64")) || &head[8..] != b"WAVE" {
        return Err(broken());
    }
    let (mut at, mut format, mut has_room, mut long) = (12, None, false, None);
    for _ in 0..MOST_CHUNKS {
        let mut chunk = [0; 8];
        file.read_exact_at(&mut chunk, at)?;
        let size = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
        match &chunk[..4] {
            b"data" => {
                let (rate, frame_bytes) = format.ok_or_else(broken)?;
                let declared = long.filter(|_| size == u32::MAX).unwrap_or(u64::from(size));
                return Ok(Layout { rate, frame_bytes, data: at + 8, declared, has_room });
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
            b"JUNK" => has_room = at == RESERVED && size == DS64_BYTES,
            b"ds64" => {
                has_room = at == RESERVED && size == DS64_BYTES;
                let mut data = [0; 8];
                file.read_exact_at(&mut data, at + 16)?;
                long = Some(u64::from_le_bytes(data));
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

    /// A take of mono floats as Signal begins it, with this much sound, most of it a hole in the file.
    fn long_take(path: &Path, data: u64) {
        let mut head = b"RIFF\0\0\0\0WAVEJUNK\x1c\0\0\0".to_vec();
        head.extend([0; 28]);
        head.extend(b"fmt \x10\0\0\0\x03\0\x01\0\x80\xbb\0\0\0\xee\x02\0\x04\0\x20\0data\0\0\0\0");
        let file = File::create_new(path).expect("created");
        file.write_all_at(&head, 0).expect("written");
        file.set_len(head.len() as u64 + data).expect("sparse");
    }

    #[test]
    fn what_four_gibibytes_can_not_state_becomes_rf64() {
        const DATA: u64 = (4 << 30) + 8;
        let temporary = tempfile::tempdir().expect("a folder");
        let path = temporary.path().join("take.wav");
        long_take(&path, DATA + 3);
        let file = File::options().read(true).write(true).open(&path).expect("opened");
        let before = layout(&file).expect("a layout");
        assert!(before.has_room && !before.states(file.metadata().expect("there").len()));
        repair(&file, &before).expect("put right");
        let length = file.metadata().expect("there").len();
        assert!(layout(&file).expect("a layout").states(length));
        let reader = crate::media::wave::open(file).expect("no damage").expect("RF64");
        assert_eq!((reader.frames(), reader.is_cut_off), (DATA / 4, false));
    }

    #[test]
    fn a_closed_take_takes_no_room() {
        use std::os::unix::fs::MetadataExt as _;
        let temporary = tempfile::tempdir().expect("a folder");
        let folder = SongFolder::new(temporary.path().join("A.loophole"));
        folder.make().expect("makes");
        let source = folder.takes().join("take.wav");
        long_take(&source, 4096);
        let file = File::options().read(true).write(true).open(&source).expect("opened");
        assert_eq!(
            room(&source).expect("known"),
            2 * file.metadata().expect("there").len(),
            "a copy, and decoded"
        );
        repair(&file, &layout(&file).expect("a layout")).expect("put right");
        assert_eq!(room(&source).expect("known"), file.metadata().expect("there").len());
        let (stored, _) = store(&folder, &source).expect("stored").expect("has frames");
        let place = std::fs::metadata(folder.root().join(&stored.path)).expect("there");
        assert_eq!(place.ino(), file.metadata().expect("there").ino());
        let (again, _) = store(&folder, &source).expect("stored").expect("has frames");
        assert_eq!((again.path, again.is_new), (stored.path, false));
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
        // Killed while it began: half a head, nothing at all, not even a file.
        let head = [b"RIFF\0\0\0\0WAVEJUNK\x1c\0\0\0".as_slice(), &[0; 28]].concat();
        for length in [30, 0] {
            std::fs::write(&source, &head[..length]).expect("written");
            assert_eq!(store(&folder, &source).expect("looked"), None, "{length} bytes");
        }
        // What is longer than any head has sound in it, and is not taken for nothing.
        std::fs::write(&source, [&head[..20], [0xff; 8192].as_slice()].concat()).expect("written");
        assert!(store(&folder, &source).is_err());
        std::fs::remove_file(&source).expect("removed");
        assert_eq!((store(&folder, &source).expect("looked"), room(&source).expect("known")), (None, 0));
    }
}
