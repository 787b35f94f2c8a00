//! What the lines of the journal say.

use pulse_model::{Entity, Transaction};
use serde::{Deserialize, Serialize};

/// A body of a journal line.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// The whole song: where a journal starts, or starts again after damage.
    Snapshot(Snapshot),
    /// One change.
    Transaction(Transaction),
}

/// A whole song in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The last transaction in it.
    pub sequence: u64,
    /// The copy of the song this is.
    pub replica: u32,
    /// Every entity.
    pub entities: Vec<Entity>,
}

/// How the body of a snapshot begins.
pub const SNAPSHOT_PREFIX: &[u8] = b"{\"snapshot\"";

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum BodyRef<'a> {
    Snapshot(&'a Snapshot),
    Transaction(&'a Transaction),
}

/// The body of a snapshot's line.
///
/// # Errors
/// If an entity can't be written as JSON.
pub fn encode_snapshot(snapshot: &Snapshot) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&BodyRef::Snapshot(snapshot))
}

/// The body of a transaction's line.
///
/// # Errors
/// If an entity can't be written as JSON.
pub fn encode_transaction(transaction: &Transaction) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&BodyRef::Transaction(transaction))
}
