//! Updates and transactions: the one format of history, sync stream and journal, in the shape of `transaction.proto`.

use crate::entity::Entity;
use crate::id::Id;
use serde::{Deserialize, Serialize};

/// An entity as it was and as it is.
///
/// `before` alone: deleted. `after` alone: created. Both, with one id and kind: changed. Neither is refused by
/// [`Project::apply`](crate::Project::apply).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "see above")]
pub struct Update {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Entity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Entity>,
}

impl Update {
    /// The entity comes to be.
    pub fn create(after: impl Into<Entity>) -> Self {
        Self { before: None, after: Some(after.into()) }
    }

    /// The entity goes.
    pub fn delete(before: impl Into<Entity>) -> Self {
        Self { before: Some(before.into()), after: None }
    }

    /// The entity becomes another of the same id and kind.
    pub fn change(before: impl Into<Entity>, after: impl Into<Entity>) -> Self {
        Self { before: Some(before.into()), after: Some(after.into()) }
    }

    /// The update that takes this one back.
    pub fn inverted(&self) -> Self {
        Self { before: self.after.clone(), after: self.before.clone() }
    }

    /// The entity it is about; `None` only for the update that holds nothing.
    pub fn id(&self) -> Option<Id> {
        self.entity().map(Entity::id)
    }

    /// The entity as it is, or as it was if it is deleted.
    pub fn entity(&self) -> Option<&Entity> {
        self.after.as_ref().or(self.before.as_ref())
    }
}

/// The updates that take these back, in reverse order.
pub fn invert(updates: &[Update]) -> Vec<Update> {
    updates.iter().rev().map(Update::inverted).collect()
}

/// What happened to a song, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transaction {
    /// 1, 2, 3 … without gaps.
    pub sequence: u64,
    /// Who asked for it.
    pub client: String,
    /// What it did, for people: `Split “Bass 2”`.
    pub label: String,
    /// Milliseconds since 1970, UTC.
    pub time_ms: i64,
    /// What changed, in an order in which they can be applied.
    pub updates: Vec<Update>,
    /// The transaction it undid or redid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverts: Option<u64>,
}
