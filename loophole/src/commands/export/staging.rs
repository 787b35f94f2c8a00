//! Where an export grows: a hidden folder beside its place, gone when it is dropped.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, ensure};

/// A process that was killed may still write for a moment: how often removing is tried, and the pause between.
const REMOVALS: u32 = 20;
const REMOVAL_PAUSE: Duration = Duration::from_millis(10);

/// An export that is not at its place yet.
pub(super) struct Staging {
    folder: PathBuf,
    /// The folder that the files go to.
    destination: PathBuf,
}

impl Staging {
    /// For the file `output`, or, where there are `several`, the folder `output`.
    pub(super) fn beside(output: &Path, several: bool) -> anyhow::Result<Self> {
        let parent = output.parent().unwrap_or(Path::new("/"));
        let name = output.file_name().context("the output has no name")?;
        ensure!(parent.is_dir(), "there is no folder {}", parent.display());
        if several {
            let usable = !output.exists() || output.is_dir();
            ensure!(usable, "{} is a file; stems go to a folder", output.display());
        } else {
            ensure!(!output.is_dir(), "{} is a folder", output.display());
        }
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.export", std::process::id()));
        let folder = parent.join(hidden);
        fs::create_dir(&folder).with_context(|| format!("cannot write in {}", parent.display()))?;
        let destination = if several { output.to_owned() } else { parent.to_owned() };
        Ok(Self { folder, destination })
    }

    /// Where a file grows.
    pub(super) fn path(&self, name: &str) -> anyhow::Result<String> {
        let path = self.folder.join(name);
        path.to_str().map(str::to_owned).context("the output's path is not UTF-8")
    }

    /// Moves all files to their place, replacing those of the same name.
    pub(super) fn place(self, names: &[String]) -> anyhow::Result<Vec<PathBuf>> {
        fs::create_dir_all(&self.destination)
            .with_context(|| format!("cannot make {}", self.destination.display()))?;
        let place = |name: &String| {
            let place = self.destination.join(name);
            fs::rename(self.folder.join(name), &place)
                .with_context(|| format!("cannot write {}", place.display()))?;
            Ok(place)
        };
        names.iter().map(place).collect()
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        for _ in 0..REMOVALS {
            if fs::remove_dir_all(&self.folder).is_ok() || !self.folder.exists() {
                return;
            }
            std::thread::sleep(REMOVAL_PAUSE);
        }
    }
}
