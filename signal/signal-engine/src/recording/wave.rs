//! NAME.wav: a Broadcast Wave file (EBU Tech 3285) that grows, with room kept for RF64 (EBU Tech 3306).
//!
//! | offset | bytes | chunk |
//! |---|---|---|
//! | 0 | 12 | `RIFF`, or `RF64` from 4 GiB on; size; `WAVE` |
//! | 12 | 36 | `JUNK`, or `ds64` from 4 GiB on |
//! | 48 | 610 | `bext`: when it was recorded, and the sample since the start of the song |
//! | 658 | 26 | `fmt `: 32-bit float |
//! | 684 | 12 | `fact`: frames, as all but plain integers have it |
//! | 696 | 8 | `data` |
//!
//! Sizes are brought up to date at each sync, so that any program can read what is there; samples come first, so that a
//! header never promises what is not written.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Bytes before the first sample.
pub const HEADER_BYTES: u64 = 704;
/// Of the number of frames in `fact`.
const FACT_AT: u64 = HEADER_BYTES - 12;
/// Largest sizes of chunks that a RIFF file can state.
const LARGEST_RIFF: u64 = u32::MAX as u64;
const BEXT_BYTES: usize = 602;
const IEEE_FLOAT: u16 = 3;

/// The file.
#[derive(Debug)]
pub struct WaveWriter {
    file: File,
    frame_bytes: u64,
    data_bytes: u64,
    bytes: Vec<u8>,
}

impl WaveWriter {
    /// Begins it. `position`: of its first frame, in samples from the start of the song.
    ///
    /// # Errors
    /// It exists, or the disk refuses.
    pub fn create(path: &Path, sample_rate: u32, channels: u16, position: i64) -> io::Result<Self> {
        let mut file = OpenOptions::new().create_new(true).read(true).write(true).open(path)?;
        file.write_all(&header(sample_rate, channels, position))?;
        Ok(Self { file, frame_bytes: 4 * u64::from(channels), data_bytes: 0, bytes: Vec::new() })
    }

    /// Frames written.
    pub fn frames(&self) -> u64 {
        self.data_bytes / self.frame_bytes
    }

    /// Appends interleaved samples. After an error the whole frames that are there count.
    ///
    /// # Errors
    /// The disk is full, or refuses.
    pub fn write(&mut self, samples: impl Iterator<Item = f32>) -> io::Result<()> {
        self.bytes.clear();
        self.bytes.extend(samples.flat_map(f32::to_le_bytes));
        let written = self.file.write_all(&self.bytes);
        if written.is_ok() {
            self.data_bytes += self.bytes.len() as u64;
        } else if let Ok(metadata) = self.file.metadata() {
            let data = metadata.len().saturating_sub(HEADER_BYTES);
            self.data_bytes = data - data % self.frame_bytes;
            // Half a frame is no sound. Where it can't be taken away, whoever takes the take in knows it.
            let _ = self.file.set_len(HEADER_BYTES + self.data_bytes);
        }
        written
    }

    /// Brings the sizes up to date; what was written is on disk when this returns.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn sync(&self) -> io::Result<()> {
        let riff = HEADER_BYTES - 8 + self.data_bytes;
        if riff <= LARGEST_RIFF {
            self.file.write_all_at(&(riff as u32).to_le_bytes(), 4)?;
            self.file.write_all_at(&(self.data_bytes as u32).to_le_bytes(), HEADER_BYTES - 4)?;
            self.file.write_all_at(&(self.frames() as u32).to_le_bytes(), FACT_AT)?;
        } else {
            let mut ds64 = Vec::with_capacity(36);
            ds64.extend(b"ds64");
            ds64.extend(28_u32.to_le_bytes());
            for size in [riff, self.data_bytes, self.frames()] {
                ds64.extend(size.to_le_bytes());
            }
            ds64.extend(0_u32.to_le_bytes());
            self.file.write_all_at(&ds64, 12)?;
            self.file.write_all_at(&u32::MAX.to_le_bytes(), HEADER_BYTES - 4)?;
            self.file.write_all_at(&u32::MAX.to_le_bytes(), FACT_AT)?;
            self.file.write_all_at(b"RF64\xff\xff\xff\xff", 0)?;
        }
        self.file.sync_data()
    }
}

fn header(sample_rate: u32, channels: u16, position: i64) -> Vec<u8> {
    let mut header = Vec::with_capacity(HEADER_BYTES as usize);
    header.extend(b"RIFF\0\0\0\0WAVEJUNK");
    header.extend(28_u32.to_le_bytes());
    header.extend([0; 28]);
    header.extend(b"bext");
    header.extend((BEXT_BYTES as u32).to_le_bytes());
    header.extend(bext(position));
    header.extend(b"fmt ");
    header.extend(18_u32.to_le_bytes());
    header.extend(IEEE_FLOAT.to_le_bytes());
    header.extend(channels.to_le_bytes());
    header.extend(sample_rate.to_le_bytes());
    header.extend((sample_rate * 4 * u32::from(channels)).to_le_bytes());
    header.extend((4 * channels).to_le_bytes());
    header.extend(32_u16.to_le_bytes());
    // The format has no more fields than these.
    header.extend([0, 0]);
    header.extend(b"fact\x04\0\0\0\0\0\0\0data\0\0\0\0");
    header
}

/// EBU Tech 3285, version 1: description 256, originator 32, its reference 32, date 10, time 8, time reference 8, version 2,
/// and fields of later versions that are 0.
fn bext(position: i64) -> Vec<u8> {
    let mut bext = vec![0; BEXT_BYTES];
    bext[256..264].copy_from_slice(b"Loophole");
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = civil_date(seconds / 86_400);
    let date = format!("{year:04}-{month:02}-{day:02}");
    bext[320..330].copy_from_slice(&date.as_bytes()[..10]);
    let second = seconds % 86_400;
    let time = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    bext[330..338].copy_from_slice(time.as_bytes());
    bext[338..346].copy_from_slice(&position.max(0).to_le_bytes());
    bext[346..348].copy_from_slice(&1_u16.to_le_bytes());
    bext
}

/// Year, month and day of a day since 1970 (H. Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`).
fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom};

    use super::*;

    #[test]
    fn other_programs_read_what_was_synced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("take.wav");
        let mut wave = WaveWriter::create(&path, 48_000, 2, 96_000).expect("created");
        wave.write([0.5, -0.5, 0.25, -0.25].into_iter()).expect("written");
        wave.sync().expect("synced");
        wave.write([9.0, 9.0].into_iter()).expect("written");
        let mut reader = hound::WavReader::open(&path).expect("opened");
        assert_eq!((reader.spec().channels, reader.duration()), (2, 2));
        let samples: Vec<f32> = reader.samples().map(|sample| sample.expect("a sample")).collect();
        assert_eq!(samples, [0.5, -0.5, 0.25, -0.25]);
        let bytes = std::fs::read(&path).expect("read");
        assert_eq!(bytes.len() as u64, HEADER_BYTES + 24);
        assert_eq!(&bytes[48..52], b"bext");
        assert_eq!(bytes[56 + 338..56 + 346], 96_000_i64.to_le_bytes());
        assert_eq!(&bytes[684..696], b"fact\x04\0\0\0\x02\0\0\0");
    }

    #[test]
    fn from_four_gibibytes_on_it_is_rf64() {
        const LONG: u64 = 5 << 30;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("take.wav");
        let mut wave = WaveWriter::create(&path, 48_000, 1, 0).expect("created");
        wave.write([0.25].into_iter()).expect("written");
        wave.sync().expect("synced");
        let head = |bytes: usize| {
            let mut head = vec![0; bytes];
            File::open(&path).expect("there").read_exact_at(&mut head, 0).expect("read");
            head
        };
        assert_eq!(&head(16)[..4], b"RIFF");
        // Most of it is a hole in the file, which takes no room on the disk.
        wave.file.seek(SeekFrom::Start(HEADER_BYTES + LONG)).expect("sought");
        wave.data_bytes = LONG;
        wave.write([0.5].into_iter()).expect("written");
        wave.sync().expect("synced");
        let head = head(HEADER_BYTES as usize);
        assert_eq!(&head[..16], b"RF64\xff\xff\xff\xffWAVEds64");
        assert_eq!(head[20..28], (HEADER_BYTES - 8 + LONG + 4).to_le_bytes());
        assert_eq!(head[28..36], (LONG + 4).to_le_bytes());
        assert_eq!(head[36..44], (LONG / 4 + 1).to_le_bytes(), "frames");
        assert_eq!(&head[684..], b"fact\x04\0\0\0\xff\xff\xff\xffdata\xff\xff\xff\xff");
        assert_eq!(std::fs::metadata(&path).expect("there").len(), HEADER_BYTES + LONG + 4);
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(civil_date(0), (1970, 1, 1));
        assert_eq!(civil_date(19_782), (2024, 2, 29));
        assert_eq!(civil_date(20_089), (2025, 1, 1));
    }
}
