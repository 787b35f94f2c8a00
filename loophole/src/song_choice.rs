//! Which song is opened: the one named, the last one, an untitled one, or a new one by its name. Reads no song.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};

use crate::{places, recent_songs};

/// Folder names that an untitled song may get before that is an error.
const MAX_UNTITLED: u32 = 1_000;
/// Longest name of a new song, in bytes: file systems take 255 with the ending.
const LONGEST_NAME: usize = 120;

/// The song to open.
#[derive(Clone, Debug)]
pub(crate) struct SongChoice {
    /// Absolute.
    pub path: PathBuf,
}

/// Why a new song can't get its place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlaceError {
    /// Something is there already.
    #[error("{} is there already: choose another name", .0.display())]
    Taken(PathBuf),
    /// No folder is called that.
    #[error(
        "“{0}” can't be the name of a song: up to {LONGEST_NAME} bytes, no slash, no dot at its beginning"
    )]
    Name(String),
    /// The folder it is to lie in.
    #[error("{0}")]
    Folder(String),
}

/// The song a supervisor opens.
pub(crate) fn choose(named: Option<&Path>, new: bool) -> anyhow::Result<SongChoice> {
    let Some(named) = named else {
        return Ok(SongChoice { path: last().map_or_else(untitled, Ok)? });
    };
    let path = std::path::absolute(named)?;
    if path.exists() {
        return existing(path);
    }
    ensure!(new, "{} does not exist; --new creates it", path.display());
    check_name(&path)?;
    Ok(SongChoice { path })
}

/// A song that is there.
pub(crate) fn existing(path: PathBuf) -> anyhow::Result<SongChoice> {
    let path = std::path::absolute(&path)?;
    match fs::metadata(&path) {
        Ok(metadata) => ensure!(metadata.is_dir(), "{} is not a song: a song is a folder", path.display()),
        Err(error) => bail!("cannot open {}: {error}", path.display()),
    }
    Ok(SongChoice { path })
}

/// The place of a song that is to be made: `name` in `folder`. Empty ones mean an untitled song, and the songs folder.
pub(crate) fn place(name: &str, folder: &str) -> Result<SongChoice, PlaceError> {
    let wrong = |error: anyhow::Error| PlaceError::Folder(format!("{error:#}"));
    if name.is_empty() && folder.is_empty() {
        return Ok(SongChoice { path: untitled().map_err(wrong)? });
    }
    // The songs folder is there once the first song is.
    let is_usual = folder.is_empty() || places::songs_folder().is_ok_and(|songs| songs == Path::new(folder));
    let folder = if is_usual { make_songs_folder().map_err(wrong)? } else { PathBuf::from(folder) };
    if !folder.is_absolute() || !folder.is_dir() {
        return Err(PlaceError::Folder(format!("there is no folder {}", folder.display())));
    }
    if name.is_empty() {
        return Ok(SongChoice { path: untitled_in(&folder).map_err(wrong)? });
    }
    let plain = !name.starts_with('.') && !name.contains(|letter: char| letter == '/' || letter.is_control());
    if !plain || name.len() > LONGEST_NAME || name.trim() != name {
        return Err(PlaceError::Name(name.to_owned()));
    }
    let path = folder.join(format!("{name}.loophole"));
    if fs::symlink_metadata(&path).is_ok() {
        return Err(PlaceError::Taken(path));
    }
    Ok(SongChoice { path })
}

/// Songs are recognised by their ending.
pub(crate) fn check_name(path: &Path) -> anyhow::Result<()> {
    ensure!(places::is_song_name(path), "{}: the name of a new song ends in .loophole", path.display());
    Ok(())
}

impl SongChoice {
    /// Makes it what `loophole` alone opens the next time. Not being able to is no reason not to play.
    pub fn remember(&self) {
        recent_songs::remember(&self.path);
    }

    /// Whether both are the same folder, whatever way leads there.
    pub fn is(&self, other: &Path) -> bool {
        let same = fs::canonicalize(&self.path).ok().zip(fs::canonicalize(other).ok());
        self.path == other || same.is_some_and(|(one, other)| one == other)
    }
}

fn last() -> Option<PathBuf> {
    let newest = recent_songs::read().into_iter().next()?;
    Some(newest.path).filter(|path| path.is_dir())
}

fn untitled() -> anyhow::Result<PathBuf> {
    untitled_in(&make_songs_folder()?)
}

fn make_songs_folder() -> anyhow::Result<PathBuf> {
    let songs = places::songs_folder()?;
    fs::create_dir_all(&songs).with_context(|| format!("cannot make {}", songs.display()))?;
    Ok(songs)
}

fn untitled_in(folder: &Path) -> anyhow::Result<PathBuf> {
    let names = std::iter::once("Untitled.loophole".to_owned())
        .chain((2..MAX_UNTITLED).map(|number| format!("Untitled {number}.loophole")));
    let mut free = names.map(|name| folder.join(name)).filter(|path| !path.exists());
    free.next().with_context(|| format!("too many untitled songs in {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_song_gets_the_place_that_was_asked_for_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().to_str().expect("UTF-8");
        let made = place("Low Tide", inside).expect("a place").path;
        assert_eq!(made, folder.path().join("Low Tide.loophole"));
        fs::create_dir(&made).expect("made");
        assert!(matches!(place("Low Tide", inside), Err(PlaceError::Taken(_))));
        assert_eq!(place("", inside).expect("a place").path, folder.path().join("Untitled.loophole"));
        fs::create_dir(folder.path().join("Untitled.loophole")).expect("made");
        assert_eq!(place("", inside).expect("a place").path, folder.path().join("Untitled 2.loophole"));
    }

    #[test]
    fn names_and_folders_that_lead_elsewhere_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().to_str().expect("UTF-8");
        for bad in ["../x", "a/b", ".hidden", "a\nb", " a", &"x".repeat(121)] {
            assert!(matches!(place(bad, inside), Err(PlaceError::Name(_))), "{bad}");
        }
        for bad in ["relative", "/nonexistent/folder"] {
            assert!(matches!(place("A", bad), Err(PlaceError::Folder(_))), "{bad}");
        }
    }

    #[test]
    fn same_folder_by_another_way_is_the_same_song() {
        let folder = tempfile::tempdir().expect("a folder");
        let (song, link) = (folder.path().join("A.loophole"), folder.path().join("B.loophole"));
        fs::create_dir(&song).expect("made");
        std::os::unix::fs::symlink(&song, &link).expect("linked");
        assert!(SongChoice { path: link }.is(&song));
        assert!(!SongChoice { path: folder.path().to_owned() }.is(&song));
    }
}
