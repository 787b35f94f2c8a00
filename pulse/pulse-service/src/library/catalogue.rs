//! The plugins of this machine, remembered by path, size and time of change in `$XDG_CACHE_HOME/loophole/plugins.json`.
//!
//! Asking for them answers at once; what is new or changed is described beside, a few bundles at a time. The file can be
//! deleted at any time.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::{
    library::{
        bundles::{self, Stamp},
        incidents::PluginRecord,
        scan::{self, Outcome, PluginFacts},
    },
    store::durable,
};

/// Bundles described at a time: the song plays meanwhile.
const AT_ONCE: usize = 2;
/// A longer cache file is not ours.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// One bundle and what it said.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    modified_ns: u64,
    bytes: u64,
    outcome: Outcome,
}

#[derive(Serialize, Deserialize)]
struct CacheFile {
    /// What another build found out may be wrong for this one.
    build: String,
    bundles: BTreeMap<PathBuf, Known>,
}

#[derive(Default)]
struct State {
    is_read: bool,
    bundles: BTreeMap<PathBuf, Known>,
    /// How many are described and how many there are to describe, while that goes on.
    scanning: Option<(usize, usize)>,
}

/// The catalogue of one process.
pub struct Catalogue {
    sandbox: PathBuf,
    file: Option<PathBuf>,
    state: Mutex<State>,
}

/// What the catalogue holds now.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Contents {
    /// By name.
    pub plugins: Vec<CataloguedPlugin>,
    /// Bundles that can't be used.
    pub failed: Vec<FailedBundle>,
    /// More may come.
    pub scanning: bool,
    /// Of the scan under way.
    pub scanned_bundles: usize,
    /// Of the scan under way.
    pub total_bundles: usize,
}

/// A plugin and where it is.
#[derive(Clone, Debug, Serialize)]
pub struct CataloguedPlugin {
    /// As a song names it.
    pub bundle: String,
    /// What its bundle says of it.
    #[serde(flatten)]
    pub facts: PluginFacts,
    /// What went wrong with it; not the catalogue's to know.
    #[serde(flatten)]
    pub record: PluginRecord,
}

/// A bundle that can't be used.
#[derive(Clone, Debug, Serialize)]
pub struct FailedBundle {
    /// Absolute.
    pub path: String,
    /// For people.
    pub reason: String,
}

impl Catalogue {
    /// One that has bundles described by the program `sandbox`.
    #[must_use]
    pub fn new(sandbox: PathBuf) -> Self {
        Self { sandbox, file: cache_file(), state: Mutex::default() }
    }

    /// What is known. Starts to describe what is not, or everything. Must be called within a tokio runtime; reads folders.
    pub fn contents(self: &Arc<Self>, rescan: bool) -> Contents {
        let on_disk = bundles::all();
        let mut state = self.state();
        if !std::mem::replace(&mut state.is_read, true) {
            state.bundles = self.file.as_deref().map(read).unwrap_or_default();
        }
        state.bundles.retain(|path, _| on_disk.contains_key(path));
        if state.scanning.is_none() {
            let is_known = |path: &PathBuf, stamp: &Stamp| {
                state
                    .bundles
                    .get(path)
                    .is_some_and(|known| (known.modified_ns, known.bytes) == (stamp.modified_ns, stamp.bytes))
            };
            let new: Vec<_> =
                on_disk.into_iter().filter(|(path, stamp)| rescan || !is_known(path, stamp)).collect();
            if !new.is_empty() {
                state.scanning = Some((0, new.len()));
                tokio::spawn(Arc::clone(self).scan(new));
            }
        }
        contents(&state)
    }

    async fn scan(self: Arc<Self>, bundles: Vec<(PathBuf, Stamp)>) {
        let mut waiting = bundles.into_iter();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < AT_ONCE
                && let Some((path, stamp)) = waiting.next()
            {
                let sandbox = self.sandbox.clone();
                under_way.spawn(async move {
                    let outcome = scan::describe(&sandbox, &path).await;
                    (path, Known { modified_ns: stamp.modified_ns, bytes: stamp.bytes, outcome })
                });
            }
            let Some(described) = under_way.join_next().await else { break };
            let mut state = self.state();
            if let Some((done, _)) = &mut state.scanning {
                *done += 1;
            }
            if let Ok((path, known)) = described {
                if let Outcome::Failed(reason) = &known.outcome {
                    tracing::warn!("{} can't be used: {reason}", path.display());
                }
                state.bundles.insert(path, known);
            }
        }
        let bundles = self.state().bundles.clone();
        let saving = self.clone();
        // The file is a convenience: where it can't be written, the next start scans again.
        let _ = tokio::task::spawn_blocking(move || saving.file.as_deref().map(|file| write(file, bundles)))
            .await;
        self.state().scanning = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn contents(state: &State) -> Contents {
    let mut contents = Contents { scanning: state.scanning.is_some(), ..Contents::default() };
    (contents.scanned_bundles, contents.total_bundles) = state.scanning.unwrap_or_default();
    for (path, known) in &state.bundles {
        match &known.outcome {
            Outcome::Described(plugins) => {
                contents.plugins.extend(plugins.iter().map(|facts| CataloguedPlugin {
                    bundle: name_in_songs(path),
                    facts: facts.clone(),
                    record: PluginRecord::default(),
                }))
            }
            Outcome::Failed(reason) => contents
                .failed
                .push(FailedBundle { path: path.display().to_string(), reason: reason.clone() }),
        }
    }
    contents.plugins.sort_by_cached_key(|plugin| plugin.facts.name.to_lowercase());
    contents
}

/// Songs name a bundle by its file alone, so that they play on other machines.
fn name_in_songs(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn cache_file() -> Option<PathBuf> {
    let told = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = told.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))?;
    Some(base.join("loophole/plugins.json"))
}

fn read(file: &Path) -> BTreeMap<PathBuf, Known> {
    let is_ours = fs::metadata(file).is_ok_and(|metadata| metadata.len() <= MAX_FILE_BYTES);
    let bytes = if is_ours { fs::read(file).unwrap_or_default() } else { Vec::new() };
    match serde_json::from_slice::<CacheFile>(&bytes) {
        Ok(cache) if cache.build == link::build() => cache.bundles,
        _ => BTreeMap::new(),
    }
}

fn write(file: &Path, bundles: BTreeMap<PathBuf, Known>) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let cache = CacheFile { build: link::build().to_owned(), bundles };
    durable::write(file, &serde_json::to_vec(&cache)?)
}
