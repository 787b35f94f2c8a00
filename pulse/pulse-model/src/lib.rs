//! The song: its entities, the commands that change it, the transactions they become, and their history.
//!
//! Pure: no I/O, no clock, no contract types. Pulse's process stores and sends what this crate computes.
//!
//! 1. A [`Project`] is made new by [`Project::new_song`], or opened from stored entities by [`Project::from_entities`],
//!    which reports what it had to leave out; [`Project::apply`] then brings it up to date from the journal.
//! 2. [`plan`] turns [`Command`]s into the [`Update`]s of one transaction, or says which rule they break. The project
//!    is unchanged.
//! 3. The process makes a [`Transaction`] of them, stores it, and only then has [`Project::apply`] carry it out and
//!    [`History::record`] remember it.
//! 4. [`History::undo`] and [`History::redo`] give updates in the same way, for the same steps.
//!
//! An update costs by its own size: 100,000 notes elsewhere in the song make it no slower.
//!
//! ```
//! use pulse_model::{AddTrack, Command, History, Project, Transaction, TrackKind, plan};
//! use std::sync::Arc;
//!
//! let mut project = Project::new_song("Sketch", 1);
//! let mut history = History::new();
//! let add = AddTrack { id: None, kind: TrackKind::Instrument, name: "Keys".into(), color: None, before: None, group: None };
//!
//! let planned = plan(&mut project, &[Command::AddTrack(add)])?;
//! assert_eq!(planned.label, "Add track Keys");
//! let keys = planned.created[0].unwrap();
//! assert!(project.track(keys).is_none(), "a plan is not carried out yet");
//!
//! // Here Pulse writes the transaction to the journal.
//! let transaction = Transaction {
//!     sequence: 1,
//!     client: "page".into(),
//!     label: planned.label,
//!     time_ms: 0,
//!     updates: planned.updates,
//!     inverts: None,
//! };
//! project.apply(&transaction.updates)?;
//! history.record(Arc::new(transaction));
//! assert_eq!(project.track(keys).unwrap().name, "Keys");
//!
//! let undo = history.undo(&mut project, "page")?;
//! assert_eq!((undo.original.as_str(), undo.inverts), ("Add track Keys", 1));
//! project.apply(&undo.updates)?;
//! assert!(project.track(keys).is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builtin;
mod command;
mod draft;
mod entity;
mod extra;
mod hex;
mod history;
mod id;
mod index;
mod load;
mod plan;
mod project;
mod rule;
mod transaction;
mod validate;

pub use builtin::{BUILTINS, Builtin};
pub use command::*;
pub use entity::*;
pub use extra::Extra;
pub use history::{History, Inversion, NOBODY, UndoError};
pub use id::Id;
pub use load::Diagnostic;
pub use plan::{CommandError, MAX_COMMANDS, MAX_UPDATES, Plan, plan};
pub use project::{ApplyError, MASTER_ORDER, Project};
pub use rule::{Rule, Violation};
pub use transaction::{Transaction, Update, invert};
pub use validate::{
    COLORS, FADER_DB, MAX_DEVICE_SLOT, MAX_LANE, MAX_LEAD_BARS, MAX_LOOP_TURNS, MAX_MEDIA_FRAMES,
    MAX_MIDI_BYTES, MAX_NAME_BYTES, MAX_PARAMETERS, MAX_TICKS,
};
