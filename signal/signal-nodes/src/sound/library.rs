//! The files of a song's audio, shared by everything that plays them, and reading ahead of the playhead.
//!
//! It starts no thread: a disk thread calls [`ReadAhead::run`] live, the renderer between blocks.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use signal_graph::{AudioRegion, NodeId};

use super::{CHUNK_FRAMES, PcmFile, PcmFileError, SoundContent};

/// Turns of one loop that are looked at in a stretch: what a second ahead needs of a loop of 0.5 ms. Shorter ones go on
/// with what is in memory for their first turns.
const MOST_TURNS: usize = 4096;

/// All files in use, and which regions play them. [control]
#[derive(Debug)]
pub struct Library {
    sample_rate: u32,
    frugal: bool,
    files: BTreeMap<PathBuf, Weak<PcmFile>>,
    players: BTreeMap<NodeId, SoundContent>,
}

/// What is to be read ahead of: the regions at one moment. [disk]
#[derive(Clone, Debug, Default)]
pub struct ReadAhead {
    players: Vec<SoundContent>,
}

impl Library {
    /// [control] For a graph at `sample_rate`.
    #[must_use]
    pub fn new(sample_rate: u32) -> Self {
        Self { sample_rate, frugal: false, files: BTreeMap::new(), players: BTreeMap::new() }
    }

    /// [control] The same for a song that is gone through once: see [`PcmFile::frugal`].
    #[must_use]
    pub fn frugal(sample_rate: u32) -> Self {
        Self { frugal: true, ..Self::new(sample_rate) }
    }

    /// [control] Opens what `regions` need and remembers them as what `player` plays from now on.
    ///
    /// # Errors
    /// The first file that cannot be played.
    pub fn content(
        &mut self,
        player: NodeId,
        regions: &[&AudioRegion],
    ) -> Result<SoundContent, (PathBuf, PcmFileError)> {
        let mut opened = Vec::with_capacity(regions.len());
        for region in regions {
            let file = self.file(&region.path).map_err(|error| (region.path.clone(), error))?;
            opened.push((*region, file));
        }
        let content = SoundContent::new(&opened);
        self.players.insert(player, content.clone());
        Ok(content)
    }

    /// [control] Forgets players for which `is_there` says no, and files nobody plays.
    pub fn retain(&mut self, is_there: impl Fn(NodeId) -> bool) {
        self.players.retain(|player, _| is_there(*player));
        self.files.retain(|_, file| file.strong_count() > 0);
    }

    /// [control] What is to be read ahead of now.
    #[must_use]
    pub fn read_ahead(&self) -> ReadAhead {
        ReadAhead { players: self.players.values().cloned().collect() }
    }

    fn file(&mut self, path: &Path) -> Result<Arc<PcmFile>, PcmFileError> {
        if let Some(file) = self.files.get(path).and_then(Weak::upgrade) {
            return Ok(file);
        }
        let file = PcmFile::open(path, self.sample_rate)?;
        let file = Arc::new(if self.frugal { file.frugal() } else { file });
        self.files.insert(path.to_owned(), Arc::downgrade(&file));
        Ok(file)
    }
}

impl ReadAhead {
    /// [disk] Loads what sounds within `stretches` of the song, half-open ranges of samples, the most urgent first, and
    /// says how many chunks that were.
    ///
    /// Live: from the playhead as far as the disk may ever be late, then from the start of the loop. Offline: the next block.
    ///
    /// # Errors
    /// The first file that could not be read; the others are loaded all the same.
    pub fn run(&self, stretches: &[(i64, i64)]) -> io::Result<usize> {
        let mut wanted: BTreeMap<*const PcmFile, (&PcmFile, Vec<usize>)> = BTreeMap::new();
        for (from, to) in stretches {
            for region in self.players.iter().flat_map(|player| player.within(*from, *to)) {
                let file = &*region.file;
                let chunks = &mut wanted.entry(file).or_insert((file, Vec::new())).1;
                for stretch in region.stretches(*from..*to).take(MOST_TURNS) {
                    let last = (stretch.end - 1).min(file.frames() as i64 - 1);
                    let between = chunks_between(stretch.start, last);
                    if region.is_reversed() {
                        chunks.extend(between.rev());
                    } else {
                        chunks.extend(between);
                    }
                }
            }
        }
        let mut outcome = Ok(0);
        for (file, chunks) in wanted.values_mut() {
            distinct(chunks);
            match (file.load(chunks), &mut outcome) {
                (Ok(loaded), Ok(all)) => *all += loaded,
                (Err(error), Ok(_)) => outcome = Err(error),
                (_, Err(_)) => {}
            }
        }
        outcome
    }
}

fn chunks_between(first: i64, last: i64) -> std::ops::Range<usize> {
    if last < first.max(0) {
        return 0..0;
    }
    let chunk = |frame: i64| frame.max(0) as usize / CHUNK_FRAMES;
    chunk(first)..chunk(last) + 1
}

/// Keeps the first of equals: the order is that of urgency.
fn distinct(chunks: &mut Vec<usize>) {
    let mut seen = std::collections::BTreeSet::new();
    chunks.retain(|chunk| seen.insert(*chunk));
}
