//! Which song is opened: the one named, the last one, or an untitled one. Reads no song.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};

use crate::places;

/// Folder names that an untitled song may get before that is an error.
const MAX_UNTITLED: u32 = 1_000;

/// The song to open.
#[derive(Clone, Debug)]
pub(crate) struct SongChoice {
    /// Absolute.
    pub path: PathBuf,
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

/// Songs are recognised by their ending.
pub(crate) fn check_name(path: &Path) -> anyhow::Result<()> {
    let named = path.extension().is_some_and(|extension| extension == "loophole");
    ensure!(named, "{}: the name of a new song ends in .loophole", path.display());
    Ok(())
}

impl SongChoice {
    /// Makes it what `loophole` alone opens the next time. Not being able to is no reason not to play.
    pub fn remember(&self) {
        let Ok(folder) = places::state_folder() else { return };
        let text = self.path.as_os_str().as_encoded_bytes();
        let _ = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("last-song"), text));
    }
}

fn last() -> Option<PathBuf> {
    let text = fs::read_to_string(places::state_folder().ok()?.join("last-song")).ok()?;
    Some(PathBuf::from(text)).filter(|path| path.is_dir())
}

fn untitled() -> anyhow::Result<PathBuf> {
    let songs = places::data_folder()?.join("songs");
    fs::create_dir_all(&songs).with_context(|| format!("cannot make {}", songs.display()))?;
    let names = std::iter::once("Untitled.loophole".to_owned())
        .chain((2..MAX_UNTITLED).map(|number| format!("Untitled {number}.loophole")));
    let mut free = names.map(|name| songs.join(name)).filter(|path| !path.exists());
    free.next().with_context(|| format!("too many untitled songs in {}", songs.display()))
}
