//! The ways to change the song that the main loop knows. It carries none of them out.

use pulse_model::{Command, Id, Project};

use crate::{import::plan::Plan, song::SongState};

/// A change to make.
pub enum Edit {
    /// Commands as one transaction.
    Commands {
        /// At least one.
        commands: Vec<Command>,
        /// Empty: named after the commands.
        label: String,
    },
    /// What a file holds; planned on the song as it is then.
    Import {
        /// Makes the plan.
        plan: Box<dyn FnOnce(&Project) -> Plan + Send>,
        /// In the history.
        label: String,
    },
    /// Recordings; planned on the song as it is then.
    Takes {
        /// Makes the plan; one without commands changes nothing.
        plan: Box<dyn FnOnce(&SongState) -> Plan + Send>,
        /// In the history.
        label: String,
    },
    /// What a plugin did by itself: a state that was saved, or values that it moved.
    OfPlugin {
        /// The Device entity.
        device: Id,
        /// At least one.
        commands: Vec<Command>,
        /// Empty: named after the commands.
        label: String,
    },
    /// The client's last, taken back.
    Undo,
    /// The client's last undo, taken back.
    Redo,
}

/// What an edit did.
#[derive(Debug, Default)]
pub struct Edited {
    /// Of its transaction, or the last one if it changed nothing.
    pub sequence: u64,
    /// Of its transaction, or of the one that was undone or redone.
    pub label: String,
    /// By index of the command.
    pub created: Vec<Option<Id>>,
    /// Of an import: what it made. Its commands are gone.
    pub plan: Option<Plan>,
}

impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Commands { .. } => "Commands",
            Self::Import { .. } => "Import",
            Self::Takes { .. } => "Takes",
            Self::OfPlugin { .. } => "OfPlugin",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
        })
    }
}
