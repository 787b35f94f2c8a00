//! Shows a folder's sounds and MIDI files, and finds them below it. Opens no file, and follows no link when it searches.

use std::{
    collections::VecDeque,
    fs, io,
    path::Path,
    time::{Duration, Instant},
};

/// Entries of one answer.
const MAX_ENTRIES: usize = 2_000;
/// Entries of a folder that are looked at.
const MAX_READ: usize = 50_000;
/// Found files of one answer.
const MAX_FOUND: usize = 500;
/// What a search may cost: a disk with more is searched in part, and the answer says so.
const MAX_VISITED: usize = 200_000;
const MAX_SEARCH: Duration = Duration::from_secs(3);
/// Folders in folders.
const MAX_DEPTH: usize = 12;

const SOUNDS: [&str; 7] = ["wav", "wave", "bwf", "rf64", "bw64", "w64", "flac"];
const MIDI: [&str; 4] = ["mid", "midi", "kar", "rmi"];

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Shown first.
    Folder,
    /// To be heard and dropped on an audio track.
    Sound,
    /// Notes.
    Midi,
}

/// A file or folder to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: FileKind,
    /// For people.
    pub name: String,
    /// Absolute.
    pub path: String,
    /// Length of a file.
    pub bytes: u64,
}

/// Entries, and whether there is more than they show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In the order to be shown.
    pub entries: Vec<Entry>,
    /// Something was left out.
    pub more: bool,
}

/// What a folder holds: folders first, then sounds and MIDI files, by name.
///
/// # Errors
/// It can't be read.
pub fn list(folder: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for (index, file) in fs::read_dir(folder)?.flatten().enumerate() {
        if index >= MAX_READ {
            listing.more = true;
            break;
        }
        listing.entries.extend(entry(&file.path()));
    }
    listing.entries.sort_by_cached_key(|entry| (entry.kind != FileKind::Folder, entry.name.to_lowercase()));
    listing.more |= listing.entries.len() > MAX_ENTRIES;
    listing.entries.truncate(MAX_ENTRIES);
    Ok(listing)
}

/// The files below a folder whose name, or that of a folder on the way, holds every word of `words`; nearer ones first.
#[must_use]
pub fn find(folder: &Path, words: &str) -> Listing {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let until = Instant::now() + MAX_SEARCH;
    let mut listing = Listing::default();
    let mut folders = VecDeque::from([(folder.to_owned(), 0)]);
    let mut visited = 0;
    while let Some((inner, depth)) = folders.pop_front() {
        let mut found: Vec<Entry> = Vec::new();
        for file in fs::read_dir(&inner).into_iter().flatten().flatten() {
            visited += 1;
            if visited > MAX_VISITED || listing.entries.len() >= MAX_FOUND || Instant::now() > until {
                listing.more = true;
                return listing;
            }
            let path = file.path();
            let is_folder = file.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && depth < MAX_DEPTH && !is_hidden(&path) {
                folders.push_back((path, depth + 1));
            } else if !is_folder && matches(folder, &path, &words) {
                found.extend(entry(&path).filter(|entry| entry.kind != FileKind::Folder));
            }
        }
        found.sort_by_cached_key(|entry| entry.name.to_lowercase());
        listing.entries.extend(found);
    }
    listing.more |= listing.entries.len() > MAX_FOUND;
    listing.entries.truncate(MAX_FOUND);
    listing
}

fn matches(folder: &Path, path: &Path, words: &[String]) -> bool {
    let below = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().to_lowercase();
    words.iter().all(|word| below.contains(word))
}

/// What a path is to be shown as; `None` for what is not shown.
pub fn entry(path: &Path) -> Option<Entry> {
    let metadata = fs::metadata(path).ok()?;
    let kind = if metadata.is_dir() {
        FileKind::Folder
    } else if metadata.is_file() {
        kind_of_file(path)?
    } else {
        return None;
    };
    if is_hidden(path) {
        return None;
    }
    // A name that is not Unicode can't be asked for again.
    let (name, path) = (path.file_name()?.to_str()?.to_owned(), path.to_str()?.to_owned());
    Some(Entry { kind, name, path, bytes: if metadata.is_dir() { 0 } else { metadata.len() } })
}

fn kind_of_file(path: &Path) -> Option<FileKind> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    if SOUNDS.contains(&extension.as_str()) {
        Some(FileKind::Sound)
    } else {
        MIDI.contains(&extension.as_str()).then_some(FileKind::Midi)
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(listing: &Listing) -> Vec<&str> {
        listing.entries.iter().map(|entry| entry.name.as_str()).collect()
    }

    #[test]
    fn folders_come_first_and_only_what_can_be_used_is_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["b.wav", "A.FLAC", "c.mid", "d.txt", ".hidden.wav", "e.wav.bak"] {
            fs::write(folder.path().join(name), b"1234").expect("written");
        }
        for name in ["Zoo", ".git"] {
            fs::create_dir(folder.path().join(name)).expect("made");
        }
        let listing = list(folder.path()).expect("read");
        assert_eq!(names(&listing), ["Zoo", "A.FLAC", "b.wav", "c.mid"]);
        assert_eq!(listing.entries[1].kind, FileKind::Sound);
        assert_eq!(listing.entries[3].kind, FileKind::Midi);
        assert_eq!(listing.entries[1].bytes, 4);
        assert!(list(&folder.path().join("none")).is_err());
    }

    #[test]
    fn every_word_has_to_be_found_and_links_are_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("Drums/Loops");
        fs::create_dir_all(&inner).expect("made");
        for name in ["Drums/Loops/Amen 170.wav", "Drums/kick.wav", "amen.txt"] {
            fs::write(folder.path().join(name), b"").expect("written");
        }
        std::os::unix::fs::symlink(folder.path(), inner.join("again")).expect("linked");
        assert_eq!(names(&find(folder.path(), "AMEN loop")), ["Amen 170.wav"]);
        assert_eq!(names(&find(folder.path(), "drums")), ["kick.wav", "Amen 170.wav"]);
        assert!(find(folder.path(), "amen kick").entries.is_empty());
    }
}
