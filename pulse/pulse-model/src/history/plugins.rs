//! Whose undo takes back what a plugin changed by itself (rule S4). It decides; who asks makes the transaction.
//!
//! A plugin moves its own parameters, and its state is saved when it has changed. Such a state either follows from what
//! somebody did to the plugin, and then goes back with that; or the plugin did it by itself, in its window for example,
//! and then it is a step of its own.

use super::History;
use crate::entity::Entity;
use crate::id::Id;
use crate::transaction::{Transaction, Update};
use std::sync::Arc;

/// Who makes transactions that only follow from others: no user's undo list has them.
pub const NOBODY: &str = "pulse";

/// What a transaction did to what a plugin sounds like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Touch {
    /// Only its state was saved.
    State,
    /// It came, was replaced, had values set, or undo gave it another state.
    Sound,
}

impl History {
    /// Whether a state of a device that is saved now follows from the last thing done to it, rather than from the plugin
    /// itself.
    pub fn state_follows(&self, device: Id) -> bool {
        let last = self.transactions.iter().rev().find_map(|it| touch(it, device));
        last == Some(Touch::Sound)
    }

    /// The last transaction that gave a device another state.
    pub(super) fn last_save(&self, device: Id) -> Option<&Transaction> {
        let saves = |it: &&Arc<Transaction>| {
            it.updates.iter().any(|update| match (&update.before, &update.after) {
                (Some(Entity::Device(before)), Some(Entity::Device(after))) => {
                    after.id == device && before.state != after.state
                }
                _ => false,
            })
        };
        self.transactions.iter().rev().find(saves).map(|it| &**it)
    }

    /// Whose undo takes back what a plugin did by itself: of those who are here, the one who touched the device last; if
    /// none of them did, the one who did anything last, or who has been here longest. [`NOBODY`] if nobody is here.
    pub fn owner<'a>(&self, device: Id, present: &[&'a str]) -> &'a str {
        let doer = |it: &Transaction| present.iter().find(|client| **client == it.client).copied();
        let mut latest = None;
        for transaction in self.transactions.iter().rev() {
            let Some(client) = doer(transaction) else { continue };
            latest = latest.or(Some(client));
            if transaction.updates.iter().any(|update| update.id() == Some(device)) {
                return client;
            }
        }
        latest.or(present.first().copied()).unwrap_or(NOBODY)
    }
}

fn touch(transaction: &Transaction, device: Id) -> Option<Touch> {
    let update = transaction.updates.iter().find(|update| update.id() == Some(device))?;
    let Update { before: Some(Entity::Device(before)), after: Some(Entity::Device(after)) } = update else {
        return Some(Touch::Sound);
    };
    let values = before.parameters != after.parameters || before.kind != after.kind;
    let state = before.state != after.state;
    match (values || (state && transaction.inverts.is_some()), state) {
        (true, _) => Some(Touch::Sound),
        (false, true) => Some(Touch::State),
        (false, false) => None,
    }
}
