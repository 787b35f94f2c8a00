//! Which songs were opened last on this machine: `recent-songs.json` in the state folder, newest first. Opens no song.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::places;

/// Songs that are remembered: more than anybody looks through.
const MOST: usize = 40;
/// Longest file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// A song that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recent {
    /// Absolute.
    pub path: PathBuf,
    /// Milliseconds since 1970.
    pub opened_ms: i64,
}

/// The songs, newest first; also those that are not there now. A file that can't be read is as good as none.
pub(crate) fn read() -> Vec<Recent> {
    file().map_or_else(Vec::new, |file| read_from(&file))
}

/// Puts a song first. Not being able to is no reason not to play it.
pub(crate) fn remember(path: &Path) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    if let Some(file) = file() {
        let _ = put_first(&file, Recent { path: path.to_owned(), opened_ms: now.as_millis() as i64 });
    }
}

fn file() -> Option<PathBuf> {
    Some(places::state_folder().ok()?.join("recent-songs.json"))
}

fn read_from(file: &Path) -> Vec<Recent> {
    if !fs::metadata(file).is_ok_and(|metadata| metadata.len() <= MAX_BYTES) {
        return Vec::new();
    }
    fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Written beside its place and renamed: whatever dies meanwhile, the old or the new song is the last one.
fn put_first(file: &Path, newest: Recent) -> io::Result<()> {
    let mut all = read_from(file);
    all.retain(|other| other.path != newest.path);
    all.insert(0, newest);
    all.truncate(MOST);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = file.with_extension(format!("json.{}", std::process::id()));
    fs::write(&new, serde_json::to_vec_pretty(&all)?)?;
    fs::rename(new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(file: &Path) -> Vec<String> {
        read_from(file).iter().map(|recent| recent.path.display().to_string()).collect()
    }

    #[test]
    fn newest_song_is_first_and_each_is_there_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("below/recent-songs.json");
        assert_eq!(names(&file), [""; 0]);
        for (time, song) in ["/a", "/b", "/a", "/c"].into_iter().enumerate() {
            put_first(&file, Recent { path: song.into(), opened_ms: time as i64 }).expect("written");
        }
        assert_eq!(names(&file), ["/c", "/a", "/b"]);
        for number in 0..2 * MOST {
            put_first(&file, Recent { path: format!("/{number}").into(), opened_ms: 0 }).expect("written");
        }
        assert_eq!(names(&file).len(), MOST);
    }

    #[test]
    fn damaged_file_is_as_good_as_none_and_is_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("recent-songs.json");
        fs::write(&file, "[{\"path\": ").expect("written");
        assert_eq!(names(&file), [""; 0]);
        put_first(&file, Recent { path: "/a".into(), opened_ms: 1 }).expect("written");
        assert_eq!(names(&file), ["/a"]);
    }
}
