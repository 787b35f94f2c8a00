//! A sound read in place, for rendering: slower than a device can wait for, and never incomplete.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_graph::StereoMut;
use signal_nodes::SoundSource;

use super::pcm_file::{PcmError, PcmFile};

/// An open file that render threads read.
#[derive(Debug)]
pub struct FileSound {
    file: PcmFile,
    failed: AtomicBool,
}

impl FileSound {
    /// Opens a file. One that is cut short plays what it has, and the log says so. `[control]`
    ///
    /// # Errors
    /// No file of the cache's format at this rate.
    pub fn open(path: &Path, sample_rate: u32) -> Result<Self, PcmError> {
        let file = PcmFile::open(path, sample_rate)?;
        if let Some(fault) = file.fault() {
            tracing::warn!("{} {fault}: the rest is silence", path.display());
        }
        Ok(Self { file, failed: AtomicBool::new(false) })
    }

    /// Whether the disk failed in a read: what was rendered is not whole.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }
}

impl SoundSource for FileSound {
    fn read(&self, start: i64, output: StereoMut<'_>) {
        if self.file.read(start, output.left, output.right).is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
    }
}
