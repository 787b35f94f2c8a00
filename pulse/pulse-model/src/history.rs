//! Undo and redo, for each client its own (rule S5). It holds what happened and nothing else: it is rebuilt by recording
//! the transactions of the journal in order, and changes no song itself.

use crate::draft::Draft;
use crate::entity::{Device, Entity};
use crate::id::Id;
use crate::project::Project;
use crate::rule::Violation;
use crate::transaction::{Transaction, Update};
use crate::validate::describe;
use std::collections::HashMap;
use std::sync::Arc;

mod plugins;

pub use plugins::NOBODY;

/// Every transaction of a song, and what each client can undo and redo.
#[derive(Clone, Debug, Default)]
pub struct History {
    transactions: Vec<Arc<Transaction>>,
    clients: HashMap<String, Stacks>,
}

#[derive(Clone, Debug, Default)]
struct Stacks {
    undo: Vec<Step>,
    redo: Vec<Step>,
}

/// Something a client did, and the transaction that did it last: the first one, or that of its last undo or redo.
#[derive(Clone, Debug)]
struct Step {
    sequence: u64,
    label: String,
}

/// An undo or redo, ready to become a transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Inversion {
    /// For [`Project::apply`]; may be empty.
    pub updates: Vec<Update>,
    /// The label of the new transaction: `Undo: Split “Bass 2”`.
    pub label: String,
    /// What is undone or redone, as it was called at first: `Split “Bass 2”`.
    pub original: String,
    /// For [`Transaction::inverts`].
    pub inverts: u64,
}

/// Why there is no undo or redo. Nothing was changed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UndoError {
    /// This client has done nothing that is not undone yet.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// This client has undone nothing since it last did something.
    #[error("there is nothing to redo")]
    NothingToRedo,
    /// Somebody changed what it touched.
    #[error("{subject} has been changed since, by {client}: {label}")]
    ChangedSince {
        /// The entity, for people.
        subject: String,
        /// Who changed it; empty if that is not known.
        client: String,
        /// What they did.
        label: String,
    },
    /// What would result is no valid song.
    #[error("{0}")]
    Invalid(Box<Violation>),
}

impl History {
    /// Of a song to which nothing has happened.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a transaction that was applied: a new one, or the next of the journal.
    pub fn record(&mut self, transaction: Arc<Transaction>) {
        let stacks = self.clients.entry(transaction.client.clone()).or_default();
        let label = transaction.label.clone();
        let is_last =
            |steps: &[Step]| steps.last().is_some_and(|step| Some(step.sequence) == transaction.inverts);
        let (from, to) = match transaction.inverts {
            Some(_) if is_last(&stacks.undo) => (&mut stacks.undo, &mut stacks.redo),
            Some(_) if is_last(&stacks.redo) => (&mut stacks.redo, &mut stacks.undo),
            _ => {
                stacks.redo.clear();
                stacks.undo.push(Step { sequence: transaction.sequence, label });
                self.transactions.push(transaction);
                return;
            }
        };
        if let Some(step) = from.pop() {
            to.push(Step { sequence: transaction.sequence, ..step });
        }
        self.transactions.push(transaction);
    }

    /// Forgets all that came after a sequence number, as if it had never happened; gives it, last first.
    pub fn forget_after(&mut self, sequence: u64) -> Vec<Arc<Transaction>> {
        let kept = self.transactions.partition_point(|it| it.sequence <= sequence);
        if kept == self.transactions.len() {
            return Vec::new();
        }
        let mut transactions = std::mem::take(self).transactions;
        let mut forgotten = transactions.split_off(kept);
        transactions.into_iter().for_each(|transaction| self.record(transaction));
        forgotten.reverse();
        forgotten
    }

    /// All transactions, by ascending sequence.
    pub fn transactions(&self) -> &[Arc<Transaction>] {
        &self.transactions
    }

    /// Those after a sequence number; `None` if some of them are not known here.
    pub fn since(&self, sequence: u64) -> Option<&[Arc<Transaction>]> {
        let from = self.transactions.partition_point(|it| it.sequence <= sequence);
        let tail = &self.transactions[from..];
        let joins = match tail.first() {
            Some(next) => next.sequence == sequence + 1,
            None => self.transactions.last().map_or(0, |last| last.sequence) == sequence,
        };
        joins.then_some(tail)
    }

    /// What undo would undo for a client.
    pub fn undo_label(&self, client: &str) -> Option<&str> {
        Some(&self.clients.get(client)?.undo.last()?.label)
    }

    /// What redo would redo for a client.
    pub fn redo_label(&self, client: &str) -> Option<&str> {
        Some(&self.clients.get(client)?.redo.last()?.label)
    }

    /// Works out how to take back the client's last transaction that is not undone yet. The project is only borrowed to
    /// try it on.
    pub fn undo(&self, project: &mut Project, client: &str) -> Result<Inversion, UndoError> {
        let step =
            self.clients.get(client).and_then(|stacks| stacks.undo.last()).ok_or(UndoError::NothingToUndo)?;
        self.invert(project, step, "Undo")
    }

    /// Works out how to do again what the client undid last.
    pub fn redo(&self, project: &mut Project, client: &str) -> Result<Inversion, UndoError> {
        let step =
            self.clients.get(client).and_then(|stacks| stacks.redo.last()).ok_or(UndoError::NothingToRedo)?;
        self.invert(project, step, "Redo")
    }

    fn invert(&self, project: &mut Project, step: &Step, verb: &str) -> Result<Inversion, UndoError> {
        let transaction = self.find(step.sequence).ok_or(UndoError::NothingToUndo)?;
        let mut draft = Draft::new(project);
        for update in transaction.updates.iter().rev() {
            let Some(id) = update.id() else { continue };
            let target = self.target(draft.project(), transaction, update)?;
            match target {
                Some(entity) => draft.put(entity),
                None => draft.delete(id),
            }
        }
        let checked = draft.end_step().and_then(|()| draft.check_whole());
        checked.map_err(|fault| UndoError::Invalid(fault.violation))?;
        Ok(Inversion {
            updates: draft.finish(),
            label: format!("{verb}: {}", step.label),
            original: step.label.clone(),
            inverts: step.sequence,
        })
    }

    /// What an entity becomes when an update is taken back; an error if it is not what the update made of it.
    fn target(
        &self,
        project: &Project,
        of: &Transaction,
        update: &Update,
    ) -> Result<Option<Entity>, UndoError> {
        let now = update.id().and_then(|id| project.get(id));
        if now == update.after {
            return Ok(update.before.clone());
        }
        let is_later = |it: &&Transaction| it.sequence > of.sequence;
        let saved = update.id().and_then(|id| self.last_save(id)).filter(is_later);
        if let (Some(Entity::Device(now)), Some(Entity::Device(after))) = (&now, &update.after)
            && *now == (Device { state: now.state.clone(), ..after.clone() })
            && saved.is_none_or(|it| it.client == NOBODY || it.client == of.client)
        {
            return Ok(update.before.clone().map(|before| with_fitting_state(before, after, now)));
        }
        let since = update.id().and_then(|id| self.last_change(id)).filter(is_later);
        Err(UndoError::ChangedSince {
            subject: update.entity().map(describe).unwrap_or_default(),
            client: since.map_or_else(String::new, |it| it.client.clone()),
            label: since.map_or_else(|| "it is not as it was left".into(), |it| it.label.clone()),
        })
    }

    /// The last transaction that touched an entity. Looks through the whole history: for a message to people only.
    fn last_change(&self, id: Id) -> Option<&Transaction> {
        let touches = |it: &&Arc<Transaction>| it.updates.iter().any(|update| update.id() == Some(id));
        self.transactions.iter().rev().find(touches).map(|it| &**it)
    }

    fn find(&self, sequence: u64) -> Option<&Transaction> {
        let at = self.transactions.binary_search_by_key(&sequence, |it| it.sequence).ok()?;
        Some(&self.transactions[at])
    }
}

/// A plugin's state is captured by itself after every change, so it alone does not stand in the way of undo, unless
/// somebody else's undo has it. It goes back where the change was one of the plugin's values, which the newer state would bring in again; else it stays.
fn with_fitting_state(before: Entity, after: &Device, now: &Device) -> Entity {
    match before {
        Entity::Device(before)
            if before.kind == after.kind
                && before.parameters == after.parameters
                && before.state == after.state =>
        {
            Entity::Device(Device { state: now.state.clone(), ..before })
        }
        other => other,
    }
}
