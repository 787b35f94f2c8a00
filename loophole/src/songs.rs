//! The songs of this machine that are offered to be opened: those opened last, and those of the songs folder. Opens none.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use serde::Serialize;

use crate::{places, recent_songs, song_lock};

/// Entries of the songs folder that are looked at.
const MOST_ENTRIES: usize = 2_000;
/// Segments of a journal that are looked at for its last change.
const MOST_SEGMENTS: usize = 4_096;

/// A song that can be opened.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SongEntry {
    /// Of its folder, without `.loophole`.
    pub name: String,
    /// Absolute.
    pub path: PathBuf,
    /// Milliseconds since 1970; 0: unknown.
    pub changed_ms: i64,
    /// When it was last opened here, as far as is remembered; 0: never.
    pub opened_ms: i64,
    /// Process that has it open; 0: none has.
    pub open_by_pid: u32,
}

/// Those that were opened last, newest first, then the others of the songs folder by their last change.
pub(crate) fn list() -> anyhow::Result<Vec<SongEntry>> {
    let recent: Vec<SongEntry> =
        recent_songs::read().into_iter().filter_map(|it| entry(&it.path, it.opened_ms)).collect();
    let known: HashSet<PathBuf> = recent.iter().map(|song| song.path.clone()).collect();
    let in_folder = fs::read_dir(places::songs_folder()?).into_iter().flatten().flatten().take(MOST_ENTRIES);
    let mut others: Vec<SongEntry> = in_folder
        .map(|entry| entry.path())
        .filter(|path| !known.contains(path) && places::is_song_name(path))
        .filter_map(|path| entry(&path, 0))
        .collect();
    others.sort_by_key(|song| (-song.changed_ms, song.name.clone()));
    Ok(recent.into_iter().chain(others).collect())
}

/// What is known of a song's folder; `None` if there is no song.
fn entry(path: &Path, opened_ms: i64) -> Option<SongEntry> {
    let holds_a_song = path.join("song.json").is_file() || path.join("journal").is_dir();
    if !holds_a_song {
        return None;
    }
    Some(SongEntry {
        name: name(path),
        path: path.to_owned(),
        changed_ms: changed_ms(path),
        opened_ms,
        open_by_pid: song_lock::owner(path).map_or(0, |owner| owner.pid),
    })
}

/// A song's name as its folder says it.
pub(crate) fn name(path: &Path) -> String {
    let name = if places::is_song_name(path) { path.file_stem() } else { path.file_name() };
    name.unwrap_or_default().to_string_lossy().into_owned()
}

/// Each change is appended to the journal, so its youngest segment tells.
fn changed_ms(song: &Path) -> i64 {
    let segments = fs::read_dir(song.join("journal")).into_iter().flatten().flatten().take(MOST_SEGMENTS);
    let files = segments.map(|entry| entry.path()).chain([song.join("song.json")]);
    let times = files.filter_map(|file| fs::metadata(file).ok()?.modified().ok());
    let since = times.filter_map(|time| time.duration_since(UNIX_EPOCH).ok());
    since.max().map_or(0, |time| time.as_millis() as i64)
}
