//! What a user grants to a plugin beside its own folder and the system's libraries. Decides nothing: the layers do, each for
//! its own part.

use std::path::PathBuf;

/// What is no file. It is known when the process starts, since it decides which namespaces that moves into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Access {
    /// Connecting to other machines, and to servers on this one. Being connected to is not part of it.
    Network,
    /// Opening windows.
    Display,
}

/// A file, or a folder with all that is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedPlace {
    /// Absolute.
    pub path: PathBuf,
    /// Where it led when it was granted, all links followed.
    pub leads_to: PathBuf,
    /// It is written to as well as read.
    pub writable: bool,
}

impl GrantedPlace {
    /// Whether it still leads where it did. A link that was turned to somewhere else since is not what the user granted.
    pub fn is_what_it_was(&self) -> bool {
        self.path.is_absolute() && self.path.canonicalize().is_ok_and(|leads_to| leads_to == self.leads_to)
    }

    /// As it is named and where that leads.
    pub fn names(&self) -> [&PathBuf; 2] {
        [&self.path, &self.leads_to]
    }
}
