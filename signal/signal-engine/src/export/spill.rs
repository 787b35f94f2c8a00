//! Unrounded interleaved stereo on disk, between rendering and encoding. The file has no name and vanishes with this.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::device::CHANNELS;
use crate::refusal::{Refusal, disk_reason};

/// Frames that are read back at once.
const CHUNK_FRAMES: usize = 16_384;

/// Samples on their way to a file.
pub(super) struct Spill {
    writer: BufWriter<File>,
    /// Frames at the beginning still to be left out: those before the range, where plugins delay the sound.
    pub to_drop: u64,
    pub frames: u64,
    bytes: Vec<u8>,
}

impl Spill {
    /// In the folder of `beside`.
    pub(super) fn beside(beside: &Path, to_drop: u64) -> Result<Self, Refusal> {
        let folder = beside.parent().unwrap_or(Path::new("/"));
        let file = unnamed(folder)
            .map_err(|error| Refusal::failed(format!("{}: {}", folder.display(), disk_reason(&error))))?;
        Ok(Self { writer: BufWriter::new(file), to_drop, frames: 0, bytes: Vec::new() })
    }

    /// Appends interleaved frames, but no more than `most` in all.
    pub(super) fn write(&mut self, interleaved: &[f32], most: u64) -> Result<(), Refusal> {
        let come = (interleaved.len() / CHANNELS) as u64;
        let dropped = self.to_drop.min(come);
        self.to_drop -= dropped;
        let kept = (come - dropped).min(most.saturating_sub(self.frames));
        let from = dropped as usize * CHANNELS;
        self.bytes.clear();
        for sample in &interleaved[from..from + kept as usize * CHANNELS] {
            self.bytes.extend_from_slice(&sample.to_le_bytes());
        }
        self.writer.write_all(&self.bytes).map_err(full)?;
        self.frames += kept;
        Ok(())
    }

    /// Calls back with all frames but those after `frames`, in order, some at a time.
    pub(super) fn read(
        &mut self,
        frames: u64,
        mut take: impl FnMut(&[f32]) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.writer.flush().map_err(full)?;
        let file = self.writer.get_mut();
        file.seek(SeekFrom::Start(0)).map_err(full)?;
        let mut reader = BufReader::new(&*file);
        let mut left = frames.min(self.frames);
        let mut samples = Vec::new();
        while left > 0 {
            let count = left.min(CHUNK_FRAMES as u64) as usize;
            self.bytes.resize(count * CHANNELS * 4, 0);
            reader.read_exact(&mut self.bytes).map_err(full)?;
            samples.clear();
            let words = self.bytes.as_chunks::<4>().0;
            samples.extend(words.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            take(&samples)?;
            left -= count as u64;
        }
        Ok(())
    }
}

fn full(error: std::io::Error) -> Refusal {
    Refusal::failed(format!("unfinished sound can't be kept on disk: {}", disk_reason(&error)))
}

/// A file without a name: nothing is left of it, however this process ends.
fn unnamed(folder: &Path) -> std::io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    match rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => Ok(file.into()),
        // Some file systems have none without a name: one is made and its name taken away.
        Err(_) => {
            let path = folder.join(format!(".{}.spill", std::process::id()));
            let file = File::options().read(true).write(true).create_new(true).open(&path)?;
            std::fs::remove_file(&path)?;
            Ok(file)
        }
    }
}
