//! Which places no plugin gets, whatever the user says: what would let it out of its confinement, and what nobody means.

use std::{
    env, fs,
    path::{Component, Path, PathBuf},
};

use pulse_derive::GrantedPlace;

use crate::library::{bundles, shared_file};

/// Longest path, in bytes.
const MAX_PATH_BYTES: usize = 1024;
/// The system's own: devices, processes, sockets of services.
const SYSTEM: [&str; 5] = ["/proc", "/sys", "/dev", "/run", "/boot"];
/// Where drives are mounted within them.
const DRIVES: &str = "/run/media";

/// Why a place is not granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "said by each text")]
pub enum PlaceRefused {
    #[error("“{0}” is no plain absolute path")]
    NotPlain(String),
    #[error("there is no file or folder “{0}”, or it can't be read")]
    NotThere(String),
    #[error("“{0}” is neither a file nor a folder")]
    NoFile(String),
    #[error("“{0}” holds nearly everything you have: choose a folder in it")]
    TooMuch(String),
    #[error("“{0}” belongs to the system")]
    System(String),
    #[error("a plugin that writes to “{0}” could change plugins or what Loophole keeps: it can only be read")]
    OnlyRead(String),
}

/// What is refused on this machine.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// The user's own folder.
    pub home: Option<PathBuf>,
    /// What nobody but Loophole and the user writes to: its settings, what it remembers, plugins.
    pub only_read: Vec<PathBuf>,
}

impl Limits {
    /// Those of this user.
    #[must_use]
    pub fn of_this_user() -> Self {
        let own = [
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_STATE_HOME", ".local/state"),
            ("XDG_CACHE_HOME", ".cache"),
        ];
        let own =
            own.into_iter().filter_map(|(variable, fallback)| shared_file::path(variable, fallback, ""));
        let only_read = own.chain(bundles::folders());
        // As they are named and where that leads.
        let only_read = only_read.flat_map(|path| [fs::canonicalize(&path).ok(), Some(path)]).flatten();
        let home = env::var_os("HOME").map(PathBuf::from);
        Self { home: home.and_then(|home| fs::canonicalize(home).ok()), only_read: only_read.collect() }
    }

    /// A place that exists, and where it leads.
    ///
    /// # Errors
    /// See [`PlaceRefused`].
    pub fn place(&self, path: &str, writable: bool) -> Result<GrantedPlace, PlaceRefused> {
        let refused = |refused: fn(String) -> PlaceRefused| Err(refused(path.chars().take(200).collect()));
        let named = Path::new(path);
        let is_plain = named.is_absolute()
            && path.len() <= MAX_PATH_BYTES
            && !path.contains('\0')
            && named.components().all(|part| !matches!(part, Component::ParentDir | Component::CurDir));
        if !is_plain {
            return refused(PlaceRefused::NotPlain);
        }
        let Ok(target) = fs::canonicalize(named) else { return refused(PlaceRefused::NotThere) };
        let Some(leads_to) = target.to_str() else { return refused(PlaceRefused::NotPlain) };
        if !target.is_dir() && !target.is_file() {
            return refused(PlaceRefused::NoFile);
        }
        let holds_home = self.home.as_ref().is_some_and(|home| home.starts_with(&target));
        if target.parent().is_none() || holds_home {
            return refused(PlaceRefused::TooMuch);
        }
        let of_system =
            |path: &Path| SYSTEM.iter().any(|system| path.starts_with(system)) && !path.starts_with(DRIVES);
        if of_system(named) || of_system(&target) || Path::new(DRIVES) == target {
            return refused(PlaceRefused::System);
        }
        if writable && self.is_only_read(&target) {
            return refused(PlaceRefused::OnlyRead);
        }
        // Without what may follow a folder's name.
        let named = named.components().collect::<PathBuf>();
        let path = named.to_str().unwrap_or(path).to_owned();
        Ok(GrantedPlace { path, leads_to: leads_to.to_owned(), writable })
    }

    fn is_only_read(&self, target: &Path) -> bool {
        let is_song = |part: Component<'_>| Path::new(&part).extension().is_some_and(|it| it == "loophole");
        let is_in_song = target.components().any(is_song);
        let touches = |own: &PathBuf| target.starts_with(own) || own.starts_with(target);
        is_in_song || self.only_read.iter().any(touches)
    }
}
