//! Where CLAP bundles lie on this machine. Opens none.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// Where packages of the system put plugins.
pub const SYSTEM_FOLDER: &str = "/usr/lib/clap";
/// Folders in folders that are searched for plugins: vendor and product.
pub const MAX_DEPTH: u32 = 3;
/// Bundles of a machine; the largest collections have some hundreds.
const MAX_BUNDLES: usize = 2_000;

/// A bundle, as the disk shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Nanoseconds since 1970.
    pub modified_ns: u64,
    /// Length of the file.
    pub bytes: u64,
}

/// The folders of the CLAP specification (`entry.h`).
#[must_use]
pub fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = env::var_os("CLAP_PATH")
        .iter()
        .flat_map(env::split_paths)
        .filter(|path| path.is_absolute())
        .collect();
    folders.extend(env::var_os("HOME").map(|home| Path::new(&home).join(".clap")));
    folders.extend(["/usr/local/lib/clap", SYSTEM_FOLDER].map(PathBuf::from));
    folders
}

/// The first file of this name in a folder and the folders below it.
#[must_use]
pub fn search(folder: &Path, bundle: &Path, depth: u32) -> Option<PathBuf> {
    let here = folder.join(bundle);
    if here.exists() {
        return Some(here);
    }
    let depth = depth.checked_sub(1)?;
    let mut inner: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    inner.sort();
    inner.iter().filter(|path| path.is_dir()).find_map(|path| search(path, bundle, depth))
}

/// Every bundle there is, by its path. Of two of one name in different folders the first is used, as [`search`] finds it.
#[must_use]
pub fn all() -> BTreeMap<PathBuf, Stamp> {
    let mut names = std::collections::BTreeSet::new();
    let mut found = BTreeMap::new();
    for folder in folders() {
        let mut here = Vec::new();
        collect(&folder, MAX_DEPTH, &mut here);
        for (path, stamp) in here {
            let is_first = path.file_name().is_some_and(|name| names.insert(name.to_owned()));
            if is_first && found.len() < MAX_BUNDLES {
                found.insert(path, stamp);
            }
        }
    }
    found
}

fn collect(folder: &Path, depth: u32, found: &mut Vec<(PathBuf, Stamp)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.is_dir() && depth > 1 {
            collect(&path, depth - 1, found);
        } else if metadata.is_file() && path.extension().is_some_and(|extension| extension == "clap") {
            let since = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let modified_ns = since.map_or(0, |since| since.as_nanos() as u64);
            found.push((path, Stamp { modified_ns, bytes: metadata.len() }));
        }
    }
}
