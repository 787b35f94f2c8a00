//! The files of the repository, as the checks see them: what git tracks, or would add. Reads; writes nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use cargo_metadata::{Metadata, MetadataCommand};

/// A file that can be checked.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Relative to the root, with `/`.
    pub path: String,
    /// `None`: no UTF-8, so a picture or another thing that only has a name here.
    pub text: Option<String>,
}

impl SourceFile {
    /// The part of the path after the last dot, empty if there is none.
    #[must_use]
    pub fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// The text, empty for what is no text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }
}

/// All files below a root, by ascending path.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Absolute.
    pub root: PathBuf,
    /// By ascending path.
    pub files: Vec<SourceFile>,
}

impl Repository {
    /// The repository this program was built from.
    ///
    /// # Errors
    /// Git is missing, or a file can't be read.
    pub fn of_this_workspace() -> anyhow::Result<Self> {
        Self::read(Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no parent folder")?)
    }

    /// Reads the files that git tracks in `root` or would add.
    ///
    /// # Errors
    /// Git is missing, `root` is not in a repository, or a file can't be read.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        // A checkout that belongs to somebody else is still only read here.
        let arguments =
            ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = Command::new("git").args(arguments).current_dir(root).output().context("running git")?;
        ensure!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
        let mut files = Vec::new();
        for path in String::from_utf8(listed.stdout)?.split('\0').filter(|path| !path.is_empty()) {
            // Deleted, and the deletion is not committed yet.
            if !root.join(path).is_file() {
                continue;
            }
            let bytes = fs::read(root.join(path)).with_context(|| format!("reading {path}"))?;
            files.push(SourceFile { path: path.to_owned(), text: String::from_utf8(bytes).ok() });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        Ok(Self { root: root.to_owned(), files })
    }

    /// What cargo knows of the workspace's own packages.
    ///
    /// # Errors
    /// Cargo fails, most often on a broken manifest.
    pub fn metadata(&self) -> anyhow::Result<Metadata> {
        Ok(MetadataCommand::new().current_dir(&self.root).no_deps().exec()?)
    }

    /// The files whose names end in `.extension`.
    pub fn with_extension<'a>(&'a self, extension: &'a str) -> impl Iterator<Item = &'a SourceFile> {
        self.files.iter().filter(move |file| file.extension() == extension)
    }
}
