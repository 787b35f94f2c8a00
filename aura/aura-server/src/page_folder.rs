//! The files of the page, read once at the start. A request is answered from this table alone, so no path in it can lead
//! anywhere else. Builds nothing, and sees no later change of the folder: a restart of Aura does.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, ensure};
use axum::body::Bytes;

/// The page with all its fonts and pictures is far below it; a wrong folder is soon above.
const MAX_BYTES: u64 = 64 << 20;
/// Likewise.
const MAX_FILES: usize = 2_000;

/// One file.
#[derive(Clone, Debug)]
pub struct Asset {
    /// As on disk.
    pub bytes: Bytes,
    /// Its `Content-Type`.
    pub content_type: &'static str,
    /// Its `Cache-Control`.
    pub caching: &'static str,
}

/// All files, by the path of their address.
#[derive(Clone, Debug, Default)]
pub struct PageFolder {
    assets: BTreeMap<String, Asset>,
}

impl PageFolder {
    /// Reads a folder with an `index.html`.
    ///
    /// # Errors
    /// It is not there, not readable, no page, or too large to be one.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut page = Self::default();
        let mut room = MAX_BYTES;
        page.add(folder, "", &mut room).with_context(|| format!("the page in {}", folder.display()))?;
        ensure!(page.assets.contains_key("/index.html"), "{} holds no page", folder.display());
        Ok(page)
    }

    /// The file at an address's path, if there is one.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Asset> {
        self.assets.get(if path == "/" { "/index.html" } else { path })
    }

    fn add(&mut self, folder: &Path, prefix: &str, room: &mut u64) -> anyhow::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().into_string().ok().context("a name is not UTF-8")?;
            let address = format!("{prefix}/{name}");
            // `file_type` does not follow links, which could lead out of the folder.
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.add(&entry.path(), &address, room)?;
            } else if kind.is_file() && !name.starts_with('.') {
                *room = room.checked_sub(entry.metadata()?.len()).context("too large for a page")?;
                ensure!(self.assets.len() < MAX_FILES, "too many files for a page");
                let bytes = fs::read(entry.path())?.into();
                let asset = Asset { bytes, content_type: content_type(&name), caching: caching(&address) };
                self.assets.insert(address, asset);
            }
        }
        Ok(())
    }
}

/// Names below `assets/` hold a hash of the content; the others stay the same when the content changes.
fn caching(address: &str) -> &'static str {
    match address {
        "/index.html" => "no-store",
        _ if address.starts_with("/assets/") => "public, max-age=31536000, immutable",
        _ => "no-cache",
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
