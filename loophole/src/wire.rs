//! The only place that names generated types: clients of Pulse, Signal and the supervisor, the supervisor's own service,
//! and commands as JSON.

pub(crate) mod command_list;
pub(crate) mod export;
mod exports;
pub(crate) mod pulse;
pub(crate) mod render;
mod sandboxes;
pub(crate) mod script;
pub(crate) mod signal;
mod songs;
pub(crate) mod supervisor;
pub(crate) mod supervisor_service;

/// What Loophole calls itself in handshakes. Undo in `loophole edit` finds what earlier scripts did by it (rule S5).
pub(crate) const OWN_NAME: &str = "loophole";

/// A call that another process did not carry out. Displays as the text it gave, for people.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CallError(String);

impl From<tonic::Status> for CallError {
    fn from(status: tonic::Status) -> Self {
        Self(match status.message() {
            "" => format!("{:?}", status.code()),
            message => message.to_owned(),
        })
    }
}

impl CallError {
    fn unanswered(text: &str) -> Self {
        Self(text.to_owned())
    }
}
