//! Decoded sound and peaks by content: made when missing, in a decoding process with limits and a deadline.
//!
//! What is in the cache can be deleted at any time, also while Pulse runs: it is looked for anew with each request.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::io::FdFlags;
use tokio::{io::AsyncReadExt as _, process::Command, sync::Semaphore};

use crate::{
    media::{
        decode::{DecodeReport, Decoded},
        pcm::PcmHeader,
        peaks::Peaks,
    },
    store::{
        durable::{self, TemporaryFile},
        folder::SongFolder,
    },
};

/// Decoding processes at a time: more would only take turns on the disk.
const MAX_DECODERS: usize = 2;
/// A decoder reads above 20 MB a second on the slowest machine we know; below 1 MB a second it hangs.
const SLOWEST_BYTES_PER_SECOND: u64 = 1 << 20;
const DEADLINE_AT_LEAST: Duration = Duration::from_secs(60);
/// A report is a line of a few hundred bytes.
const MAX_REPORT_BYTES: u64 = 64 << 10;

/// Why a sound can't be had.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The sound file can't be used; the text says why.
    #[error("{0}")]
    Undecodable(String),
    /// There is no room for what it decodes to.
    #[error("{}", durable::FULL)]
    DiskFull,
    /// The decoding process ended without a report.
    #[error("decoding it failed: {0}")]
    DecoderDied(String),
    /// A file or process could not be had.
    #[error("{}", durable::reason(.0))]
    Io(#[from] io::Error),
}

impl CacheError {
    /// Whether it works once there is room on the disk.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::DiskFull => true,
            Self::Io(error) => durable::is_full(error),
            Self::Undecodable(_) | Self::DecoderDied(_) => false,
        }
    }
}

/// What of a sound is decoded.
#[derive(Clone, Copy, Debug)]
struct Extent {
    /// Of the PCM; 0: the file's own.
    rate: u32,
    /// At most this much.
    seconds: Option<u32>,
}

/// The song's `cache/` folder.
#[derive(Debug)]
pub struct MediaCache {
    folder: SongFolder,
    /// The binary that is run with `decode`.
    decoder: PathBuf,
    decoders: Semaphore,
}

impl MediaCache {
    /// Of a song; `decoder` is the `loophole-pulse` binary.
    #[must_use]
    pub fn new(folder: SongFolder, decoder: PathBuf) -> Self {
        Self { folder, decoder, decoders: Semaphore::new(MAX_DECODERS) }
    }

    /// The PCM file of a sound at a rate and its header, if it is there and whole.
    #[must_use]
    pub fn pcm(&self, hash: &str, rate: u32) -> Option<(PathBuf, PcmHeader)> {
        let path = self.folder.pcm(hash, rate);
        let header = PcmHeader::of_whole_file(&path).filter(|header| header.sample_rate == rate)?;
        Some((path, header))
    }

    /// Makes the PCM file of a sound at a rate from `source` if it isn't there.
    ///
    /// # Errors
    /// If it isn't there and can't be made.
    pub async fn ensure_pcm(&self, hash: &str, source: &Path, rate: u32) -> Result<(), CacheError> {
        if self.pcm(hash, rate).is_none() {
            self.decode(hash, source, rate).await?;
        }
        Ok(())
    }

    /// The outline of a sound, made from `source` if it isn't there.
    ///
    /// # Errors
    /// If it isn't there and can't be made.
    pub async fn peaks(&self, hash: &str, source: &Path) -> Result<Peaks, CacheError> {
        let path = self.folder.peaks(hash);
        if let Some(peaks) = read_peaks(&path).await {
            return Ok(peaks);
        }
        self.decode(hash, source, 0).await?;
        read_peaks(&path).await.ok_or_else(|| CacheError::DecoderDied("its outline is missing".to_owned()))
    }

    /// Decodes a sound to a rate (0: its own), which makes both its PCM and its peaks.
    ///
    /// # Errors
    /// If it can't be decoded.
    pub async fn decode(&self, hash: &str, source: &Path, rate: u32) -> Result<Decoded, CacheError> {
        self.decode_extent(hash, source, Extent { rate, seconds: None }).await
    }

    /// Decodes the first `seconds` of a sound.
    ///
    /// # Errors
    /// If it can't be decoded.
    pub async fn decode_beginning(
        &self,
        hash: &str,
        source: &Path,
        rate: u32,
        seconds: u32,
    ) -> Result<Decoded, CacheError> {
        self.decode_extent(hash, source, Extent { rate, seconds: Some(seconds) }).await
    }

    async fn decode_extent(&self, hash: &str, source: &Path, extent: Extent) -> Result<Decoded, CacheError> {
        let _turn = self.decoders.acquire().await.map_err(io::Error::other)?;
        let input = File::open(source)?;
        let bytes = input.metadata()?.len();
        if extent.seconds.is_none() {
            // It is seldom shorter than what it is made from.
            durable::require_room(&self.folder.cache(), bytes)?;
        }
        let deadline = Duration::from_secs(bytes / SLOWEST_BYTES_PER_SECOND) + DEADLINE_AT_LEAST;
        let pcm = TemporaryFile::create(&self.folder.cache())?;
        let peaks = TemporaryFile::create(&self.folder.cache())?;
        let decoded = self.run_decoder(input, extent, &pcm, &peaks, deadline).await?;
        let rate = if extent.rate == 0 { decoded.sample_rate } else { extent.rate };
        if PcmHeader::of_whole_file(pcm.path()).is_none_or(|header| header.sample_rate != rate) {
            return Err(CacheError::DecoderDied("what it wrote is not whole".to_owned()));
        }
        pcm.persist(&self.folder.pcm(hash, rate))?;
        peaks.persist(&self.folder.peaks(hash))?;
        Ok(decoded)
    }

    async fn run_decoder(
        &self,
        input: File,
        extent: Extent,
        pcm: &TemporaryFile,
        peaks: &TemporaryFile,
        deadline: Duration,
    ) -> Result<Decoded, CacheError> {
        let (pcm, peaks) = (inheritable(pcm.file())?, inheritable(peaks.file())?);
        let mut child = Command::new(&self.decoder)
            .arg("decode")
            .args([
                "--pcm-fd",
                &pcm.number(),
                "--peaks-fd",
                &peaks.number(),
                "--rate",
                &extent.rate.to_string(),
            ])
            .args(extent.seconds.map(|seconds| format!("--seconds={seconds}")))
            .stdin(Stdio::from(input))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        drop((pcm, peaks));
        let output = child.stdout.take().ok_or_else(|| io::Error::other("the decoder has no output"))?;
        let reading = async {
            let mut report = Vec::new();
            output.take(MAX_REPORT_BYTES).read_to_end(&mut report).await?;
            Ok::<_, io::Error>((report, child.wait().await?))
        };
        let Ok(ended) = tokio::time::timeout(deadline, reading).await else {
            return Err(CacheError::DecoderDied(format!("no result after {} s", deadline.as_secs())));
        };
        let (report, status) = ended?;
        match serde_json::from_slice(&report) {
            Ok(DecodeReport::Decoded(decoded)) if status.success() => Ok(decoded),
            Ok(DecodeReport::DiskFull) => Err(CacheError::DiskFull),
            Ok(DecodeReport::Failed(reason)) => Err(CacheError::Undecodable(reason)),
            _ => Err(CacheError::DecoderDied(status.to_string())),
        }
    }
}

/// A duplicate of a descriptor that a child keeps.
struct Inheritable(std::os::fd::OwnedFd);

impl Inheritable {
    fn number(&self) -> String {
        use std::os::fd::AsRawFd as _;
        self.0.as_raw_fd().to_string()
    }
}

fn inheritable(file: &File) -> io::Result<Inheritable> {
    let copy = rustix::io::fcntl_dupfd_cloexec(file, 3)?;
    rustix::io::fcntl_setfd(&copy, FdFlags::empty())?;
    Ok(Inheritable(copy))
}

async fn read_peaks(path: &Path) -> Option<Peaks> {
    Peaks::parse(&tokio::fs::read(path).await.ok()?)
}
