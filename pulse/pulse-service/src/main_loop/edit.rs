//! The ways to change the song that the main loop knows. It carries none of them out.

use pulse_model::{Command, Project};

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
    /// The client's last, taken back.
    Undo,
    /// The client's last undo, taken back.
    Redo,
}

impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Commands { .. } => "Commands",
            Self::Import { .. } => "Import",
            Self::Takes { .. } => "Takes",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
        })
    }
}
