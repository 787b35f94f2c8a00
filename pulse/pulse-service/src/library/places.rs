//! The folders of this machine that may be shown: the song's own sounds, home, music, sound libraries, drives.
//!
//! A path that a client names is resolved here, once: it has to lie below a place after all links are followed, and nothing
//! below the place may be hidden.

use std::{
    env, fs,
    path::{Component, Path, PathBuf},
};

/// Longest path that is looked at, in bytes; Linux takes no longer one.
const MAX_PATH_BYTES: usize = 4096;
/// Sound libraries of Debian's packages.
const LIBRARIES: [(&str, &str); 3] = [
    ("Sonic Pi samples", "/usr/share/sonic-pi/samples"),
    ("Hydrogen drum kits", "/usr/share/hydrogen/data/drumkits"),
    ("System sounds", "/usr/share/sounds"),
];
/// Where drives are mounted, each in a folder of its own.
const DRIVES: [&str; 3] = ["/media", "/run/media", "/mnt"];

/// A folder that may be shown with all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// For people.
    pub name: String,
    /// Without links.
    pub path: PathBuf,
}

/// Why a path is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathRefused {
    /// It is relative, too long or goes up.
    #[error("that is no plain absolute path")]
    NotPlain,
    /// There is nothing, or it may not be read.
    #[error("there is no such file or folder, or it can't be read")]
    NotThere,
    /// It is somewhere else, perhaps by a link.
    #[error("that is in none of the folders that are shown here")]
    Outside,
    /// A part of it begins with a dot.
    #[error("hidden files and folders are not shown")]
    Hidden,
}

/// The places of this machine, for a song whose sounds are in `media`.
#[must_use]
pub fn places(media: &Path) -> Vec<Place> {
    let home = env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    let music = env::var_os("XDG_MUSIC_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let music = music.or_else(|| home.as_ref().map(|home| home.join("Music")));
    let mut wanted = vec![("This song".to_owned(), media.to_owned())];
    wanted.extend(music.map(|music| ("Music".to_owned(), music)));
    wanted.extend(home.map(|home| ("Home".to_owned(), home)));
    wanted.extend(LIBRARIES.map(|(name, path)| (name.to_owned(), PathBuf::from(path))));
    wanted.extend(DRIVES.iter().flat_map(|folder| drives(Path::new(folder))));
    let mut places: Vec<Place> = Vec::new();
    for (name, path) in wanted {
        let Ok(path) = fs::canonicalize(path) else { continue };
        if path.is_dir() && path.parent().is_some() && places.iter().all(|place| place.path != path) {
            places.push(Place { name, path });
        }
    }
    places
}

fn drives(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    named.filter(|(name, path)| !name.starts_with('.') && fs::read_dir(path).is_ok()).collect()
}

/// The file or folder that a client names, without links.
///
/// # Errors
/// See [`PathRefused`].
pub fn resolve(places: &[Place], path: &str) -> Result<PathBuf, PathRefused> {
    let named = Path::new(path);
    let is_plain = named.is_absolute()
        && path.len() <= MAX_PATH_BYTES
        && !path.contains('\0')
        && named.components().all(|part| !matches!(part, Component::ParentDir | Component::CurDir));
    if !is_plain {
        return Err(PathRefused::NotPlain);
    }
    // Said before looking, so that nothing is learnt of what lies elsewhere.
    let near = fs::canonicalize(named);
    let below = |path: &Path| {
        let inner = places.iter().filter_map(|place| path.strip_prefix(&place.path).ok().map(Path::to_owned));
        inner.collect::<Vec<_>>()
    };
    let Ok(real) = near else {
        return Err(if below(named).is_empty() { PathRefused::Outside } else { PathRefused::NotThere });
    };
    let inner = below(&real);
    if inner.is_empty() {
        return Err(PathRefused::Outside);
    }
    if inner.iter().all(|inner| inner.components().any(is_hidden)) {
        return Err(PathRefused::Hidden);
    }
    Ok(real)
}

fn is_hidden(part: Component<'_>) -> bool {
    part.as_os_str().as_encoded_bytes().starts_with(b".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_below_a_place_is_found_also_by_links() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a path");
        for name in ["place/inner", "place/.secret", "elsewhere"] {
            fs::create_dir_all(root.join(name)).expect("made");
        }
        fs::write(root.join("elsewhere/a.wav"), b"").expect("written");
        fs::write(root.join("place/inner/b.wav"), b"").expect("written");
        std::os::unix::fs::symlink(root.join("elsewhere"), root.join("place/out")).expect("linked");
        std::os::unix::fs::symlink(root.join("place/inner"), root.join("place/in")).expect("linked");
        let places = [Place { name: "Place".to_owned(), path: root.join("place") }];
        let ask = |path: &str| resolve(&places, root.join(path).to_str().expect("UTF-8"));
        assert_eq!(ask("place"), Ok(root.join("place")));
        assert_eq!(ask("place/in/b.wav"), Ok(root.join("place/inner/b.wav")));
        assert_eq!(ask("place/out/a.wav"), Err(PathRefused::Outside));
        assert_eq!(ask("elsewhere/a.wav"), Err(PathRefused::Outside));
        assert_eq!(ask("elsewhere/none.wav"), Err(PathRefused::Outside));
        assert_eq!(ask("place/none.wav"), Err(PathRefused::NotThere));
        assert_eq!(ask("place/.secret"), Err(PathRefused::Hidden));
        assert_eq!(ask("place/../elsewhere"), Err(PathRefused::NotPlain));
        for path in ["", "inner", "/\0", "/etc/passwd", &format!("/{}", "a".repeat(5_000))] {
            assert!(resolve(&places, path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_place_in_a_hidden_folder_shows_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let media = folder.path().canonicalize().expect("a path").join(".local/Song.loophole/media");
        fs::create_dir_all(&media).expect("made");
        fs::write(media.join("a.wav"), b"").expect("written");
        let places = [Place { name: "This song".to_owned(), path: media.clone() }];
        assert!(resolve(&places, media.join("a.wav").to_str().expect("UTF-8")).is_ok());
    }
}
