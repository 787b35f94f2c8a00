//! The song in memory and its history, as the main loop changes them. It touches no disk and knows no client but by name.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use pulse_model::{
    Command, CommandError, History, Id, Inversion, NOBODY, Plan, Project, Transaction, UndoError, Update,
    plan,
};

use crate::{
    store::body::{self, Snapshot},
    subscribers::{MAX_BEHIND, UndoState},
};

/// Characters of a label that a client gives; more does not fit a menu.
const MAX_LABEL: usize = 200;
/// Changes a client may catch up on one by one; a whole song is shorter than more of them, and they have to fit its queue.
const MAX_MISSED: usize = MAX_BEHIND / 2;
/// Bits of a replica's number.
const REPLICA_BITS: u32 = 21;

/// Why an edit was not made. The song is as it was.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What was asked for makes no valid song.
    #[error("{0}")]
    Command(#[from] CommandError),
    /// There is nothing to undo or redo, or somebody went on from it.
    #[error("{}", undo_reason(.0))]
    History(#[from] UndoError),
    /// The song was opened for reading.
    #[error("the song is open read-only")]
    ReadOnly,
    /// The disk took it not.
    #[error("nothing was changed, for the song can't be written: {0}")]
    Disk(String),
    /// Ours to mend.
    #[error("an error in Loophole: {0}")]
    Internal(String),
}

/// Why there is no undo or redo, with clients under names that people know.
fn undo_reason(error: &UndoError) -> String {
    let UndoError::ChangedSince { subject, client, label } = error else { return error.to_string() };
    let who = match client.as_str() {
        "" => return format!("{subject} is not as it was left"),
        // As pages, the command line and Pulse itself call themselves.
        page if page.starts_with("page-") => "another page",
        "loophole" => "the command line",
        NOBODY => "Loophole itself",
        other => other,
    };
    format!("{subject} has been changed since, by {who}: {label}")
}

/// An edit that was made.
#[derive(Debug)]
pub struct Change {
    /// With its line for the journal; `None` if nothing changed.
    pub transaction: Option<Recorded>,
    /// Of what was done, undone or redone.
    pub label: String,
    /// By index of the command.
    pub created: Vec<Option<Id>>,
}

/// A transaction that was applied, and its line for the journal.
pub type Recorded = (Arc<Transaction>, Vec<u8>);

/// The song, its history and its number of changes.
#[derive(Debug)]
pub struct SongState {
    project: Arc<Project>,
    history: History,
    sequence: u64,
    replica: u32,
}

impl SongState {
    /// A new song.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn create(name: &str) -> anyhow::Result<Self> {
        let replica = random_replica()?;
        let project = Arc::new(Project::new_song(name, replica));
        Ok(Self { project, history: History::new(), sequence: 0, replica })
    }

    /// A song from disk. What does not fit is left out and said; then the journal does not lead to this state.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn restore(base: Snapshot, transactions: Vec<Transaction>) -> anyhow::Result<(Self, Vec<String>)> {
        let replica = if base.replica == 0 { random_replica()? } else { base.replica };
        let (mut project, diagnostics) = Project::from_entities(base.entities, replica);
        let mut diagnostics: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        let mut history = History::new();
        let mut sequence = transactions.last().map_or(base.sequence, |last| last.sequence);
        for transaction in transactions {
            if let Err(error) = project.apply(&transaction.updates) {
                diagnostics
                    .push(format!("change {} and later ones are left out: {error}", transaction.sequence));
                break;
            }
            history.record(Arc::new(transaction));
        }
        if !diagnostics.is_empty() {
            // A state that no transaction led to has a number of its own.
            sequence += 1;
        }
        Ok((Self { project: Arc::new(project), history, sequence, replica }, diagnostics))
    }

    /// The song now.
    #[must_use]
    pub fn current(&self) -> &Project {
        &self.project
    }

    /// A snapshot. While it is held the next edit copies the song.
    #[must_use]
    pub fn project(&self) -> Arc<Project> {
        self.project.clone()
    }

    /// The last transaction.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// This copy of the song.
    #[must_use]
    pub fn replica(&self) -> u32 {
        self.replica
    }

    /// Whether the song has, or ever had, something of this id.
    #[must_use]
    pub fn knows(&self, id: Id) -> bool {
        let mut updates = self.history.transactions().iter().flat_map(|transaction| &transaction.updates);
        self.project.get(id).is_some() || updates.any(|update| update.id() == Some(id))
    }

    /// The whole song as a line for the journal.
    ///
    /// # Errors
    /// If it can't be written as JSON.
    pub fn snapshot(&self) -> anyhow::Result<Vec<u8>> {
        let entities = self.project.entities().collect();
        let snapshot = Snapshot { sequence: self.sequence, replica: self.replica, entities };
        body::encode_snapshot(&snapshot).context("writing the song as JSON")
    }

    /// Carries commands out as one transaction.
    ///
    /// # Errors
    /// If they make no valid song.
    pub fn execute(&mut self, client: &str, label: &str, commands: &[Command]) -> Result<Change, Refusal> {
        let Plan { updates, label: own_label, created } = plan(Arc::make_mut(&mut self.project), commands)?;
        let label = match label {
            "" => own_label,
            label => label.chars().take(MAX_LABEL).collect(),
        };
        let transaction = self.commit(client, &label, updates, None)?;
        Ok(Change { transaction, label, created })
    }

    /// Carries out what a plugin did by itself, for the undo of whom it belongs to; `present`: clients, those who have been
    /// here longest first.
    ///
    /// # Errors
    /// If it makes no valid song.
    pub fn execute_of_plugin(
        &mut self,
        device: Id,
        present: &[&str],
        label: &str,
        commands: &[Command],
    ) -> Result<Change, Refusal> {
        let is_state = commands.iter().all(|command| matches!(command, Command::SetDeviceState(_)));
        let client = match is_state && self.history.state_follows(device) {
            true => NOBODY,
            false => self.history.owner(device, present),
        };
        self.execute(client, label, commands)
    }

    /// Takes the client's last transaction back.
    ///
    /// # Errors
    /// If there is none, or others went on from it.
    pub fn undo(&mut self, client: &str) -> Result<Change, Refusal> {
        let inversion = self.history.undo(Arc::make_mut(&mut self.project), client)?;
        self.invert(client, inversion)
    }

    /// Does again what the client undid last.
    ///
    /// # Errors
    /// If there is none, or others went on from it.
    pub fn redo(&mut self, client: &str) -> Result<Change, Refusal> {
        let inversion = self.history.redo(Arc::make_mut(&mut self.project), client)?;
        self.invert(client, inversion)
    }

    fn invert(&mut self, client: &str, inversion: Inversion) -> Result<Change, Refusal> {
        let Inversion { updates, label, original, inverts } = inversion;
        // Recorded even if it changes nothing, so that the next undo goes one further.
        let transaction = Some(self.record(client, &label, updates, Some(inverts))?);
        Ok(Change { transaction, label: original, created: Vec::new() })
    }

    fn commit(
        &mut self,
        client: &str,
        label: &str,
        updates: Vec<Update>,
        inverts: Option<u64>,
    ) -> Result<Option<Recorded>, Refusal> {
        if updates.is_empty() {
            return Ok(None);
        }
        self.record(client, label, updates, inverts).map(Some)
    }

    fn record(
        &mut self,
        client: &str,
        label: &str,
        updates: Vec<Update>,
        inverts: Option<u64>,
    ) -> Result<Recorded, Refusal> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let transaction = Transaction {
            sequence: self.sequence + 1,
            client: client.to_owned(),
            label: label.to_owned(),
            time_ms: now.as_millis() as i64,
            updates,
            inverts,
        };
        let internal = |error: &dyn std::fmt::Display| Refusal::Internal(error.to_string());
        let line = body::encode_transaction(&transaction).map_err(|error| internal(&error))?;
        Arc::make_mut(&mut self.project).apply(&transaction.updates).map_err(|error| internal(&error))?;
        self.sequence = transaction.sequence;
        let transaction = Arc::new(transaction);
        self.history.record(transaction.clone());
        Ok((transaction, line))
    }

    /// Goes back to an earlier transaction, as if none had come after it: the disk did not take them.
    ///
    /// # Errors
    /// If they can't be taken back, which is ours to mend.
    pub fn forget_after(&mut self, sequence: u64) -> Result<(), Refusal> {
        for transaction in self.history.forget_after(sequence) {
            let updates = pulse_model::invert(&transaction.updates);
            let project = Arc::make_mut(&mut self.project);
            project.apply(&updates).map_err(|error| Refusal::Internal(error.to_string()))?;
        }
        self.sequence = self.sequence.min(sequence);
        Ok(())
    }

    /// What undo and redo would do for a client.
    #[must_use]
    pub fn undo_state(&self, client: &str) -> UndoState {
        UndoState {
            undo: self.history.undo_label(client).unwrap_or_default().to_owned(),
            redo: self.history.redo_label(client).unwrap_or_default().to_owned(),
        }
    }

    /// What happened after a transaction; `None` if that isn't known.
    #[must_use]
    pub fn since(&self, sequence: u64) -> Option<Vec<Arc<Transaction>>> {
        self.history.since(sequence).map(<[_]>::to_vec)
    }

    /// The same for a client; `None` also if the whole song says it shorter.
    #[must_use]
    pub fn short_since(&self, sequence: u64, max_bytes: usize) -> Option<Vec<Arc<Transaction>>> {
        let missed = self.history.since(sequence)?;
        let fits = |transaction: &Arc<Transaction>| {
            body::encode_transaction(transaction).is_ok_and(|line| line.len() <= max_bytes)
        };
        (missed.len() <= MAX_MISSED && missed.iter().all(fits)).then(|| missed.to_vec())
    }
}

/// Tells copies of a song apart, so that their ids never meet. 0 is for ids that clients choose.
fn random_replica() -> anyhow::Result<u32> {
    let random = getrandom::u32().map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    Ok((random >> (32 - REPLICA_BITS)).max(1))
}
