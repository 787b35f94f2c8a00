//! Clients that follow the song, each with a bounded queue.
//!
//! The main loop never waits for a client: one whose queue is full is let go, and told to subscribe again by whoever
//! empties the queue.

use std::sync::Arc;

use pulse_model::{Project, Transaction};
use tokio::sync::mpsc;

/// Changes a client may be behind: some seconds of the fastest gestures of everybody.
pub const MAX_BEHIND: usize = 1024;

/// What undo and redo would do for a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UndoState {
    /// What would be undone; empty for nothing.
    pub undo: String,
    /// What would be redone.
    pub redo: String,
}

/// What a client is sent, in order.
#[derive(Clone, Debug)]
pub enum Feed {
    /// The whole song as it was after a transaction.
    Song(Arc<Project>, u64),
    /// What happened next.
    Transaction(Arc<Transaction>),
    /// What the client could undo from here.
    Undo(UndoState),
    /// Pulse ends.
    Closing,
}

/// One client.
#[derive(Debug)]
pub struct Subscriber {
    /// Who, as its undo is found by.
    pub client: String,
    queue: mpsc::Sender<Feed>,
    last_undo: Option<UndoState>,
}

impl Subscriber {
    /// A client that listens at the other end of `queue`.
    #[must_use]
    pub fn new(client: String, queue: mpsc::Sender<Feed>) -> Self {
        Self { client, queue, last_undo: None }
    }

    /// False if the client is gone or too far behind.
    #[must_use]
    pub fn send(&self, feed: Feed) -> bool {
        self.queue.try_send(feed).is_ok()
    }

    /// Sends the state if it is not what the client has.
    #[must_use]
    pub fn send_undo(&mut self, state: UndoState) -> bool {
        if self.last_undo.as_ref() == Some(&state) {
            return true;
        }
        self.last_undo = Some(state.clone());
        self.send(Feed::Undo(state))
    }
}
