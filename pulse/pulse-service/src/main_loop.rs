//! The one thread that changes the song.
//!
//! It takes events in order. An edit changes the song in memory at once, so that the next one is checked against it, and
//! is handed to the journal; answers and publications wait in `waiting` until the journal says that it is on disk. The
//! loop itself never waits for a client, for Signal or for a sync. What a full disk refuses never happened (`refused`).

mod edit;
mod refused;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use pulse_model::{Project, Transaction};
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::Instant,
};

use crate::{
    song::{Change, Refusal, SongState},
    store::{
        checkpoint::Checkpoint,
        durable,
        journal::LineHash,
        text::TextHead,
        writer::{Append, JournalThread, Report},
    },
    subscribers::{Feed, Subscriber},
};

pub use edit::{Edit, Edited};

/// Calls that wait for the loop; beyond it clients wait at their sockets.
pub const MAX_EVENTS: usize = 256;
/// The text follows when nobody has changed anything for this long.
const IDLE: Duration = Duration::from_secs(2);
/// A text that the disk did not take is tried again after this long.
const TEXT_RETRY: Duration = Duration::from_secs(10);
/// A transaction whose JSON is longer goes to clients as the whole song in parts: no message is that long.
const MAX_TRANSACTION_BYTES: usize = 1 << 20;
/// What journal and text get to finish at the end, well below the supervisor's patience.
const LAST_SYNC: Duration = Duration::from_millis(800);

/// Where an answer goes.
pub type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

/// All that can happen to the song.
#[derive(Debug)]
pub enum Event {
    /// Somebody wants it changed.
    Edit {
        /// Whose undo it belongs to.
        client: String,
        /// How.
        edit: Edit,
        /// Told when it is on disk.
        reply: Reply<Edited>,
    },
    /// Somebody wants to follow it.
    Subscribe {
        /// Whose undo they are told of.
        client: String,
        /// The last transaction they have.
        have_sequence: Option<u64>,
        /// What they get.
        queue: mpsc::Sender<Feed>,
    },
    /// Somebody wants the text written now.
    Save(Reply<u64>),
    /// Somebody wants to read it.
    Look {
        /// The last transaction they know; for [`View::since`].
        have_sequence: Option<u64>,
        /// Who.
        reply: oneshot::Sender<View>,
    },
    /// Pulse ends: what was accepted is finished, nothing more is taken.
    End,
}

/// The song at one moment, for whoever reads it.
#[derive(Clone, Debug)]
pub struct View {
    /// All of it.
    pub project: Arc<Project>,
    /// The last transaction in it.
    pub sequence: u64,
    /// What happened since the transaction that was asked from; `None` if that isn't known.
    pub since: Option<Vec<Arc<Transaction>>>,
    /// How often changes were forgotten that the disk refused: sequences of views that differ in it can't be compared.
    pub refusals: u64,
    /// What was missing when it was opened.
    pub diagnostics: Arc<Vec<String>>,
}

/// What waits for the journal.
struct Waiting {
    sequence: u64,
    then: Then,
}

enum Then {
    Publish(Arc<Transaction>, Option<Arc<Project>>),
    Answer(Reply<Edited>, Edited),
    /// With the last transaction it has.
    Follow(Subscriber, Option<u64>, Vec<Feed>),
    Save(Reply<u64>, Arc<Project>),
}

/// Why the loop can't go on.
#[derive(Debug, thiserror::Error)]
pub enum LoopError {
    /// The disk failed; what it has is found by opening the song again.
    #[error("the journal can't be written: {0}")]
    Journal(std::io::Error),
    /// What the disk refused can't be taken back; what it has is found by opening the song again.
    #[error("{0}")]
    Forgetting(Refusal),
}

/// The loop's parts.
pub struct MainLoop {
    /// The song.
    pub song: SongState,
    /// `None` if the song is read-only.
    pub journal: Option<JournalThread>,
    /// Its text.
    pub checkpoint: Checkpoint,
    /// The last line of the journal.
    pub last_line: LineHash,
    /// Told of each transaction on disk.
    pub durable: watch::Sender<u64>,
    /// What was missing when it was opened.
    pub diagnostics: Arc<Vec<String>>,
    /// The text is behind.
    pub text_is_behind: bool,
}

struct Running {
    parts: MainLoop,
    subscribers: Vec<Subscriber>,
    waiting: VecDeque<Waiting>,
    /// When the text is written, if it is behind.
    text_at: Instant,
    /// It could not be written.
    text_failed: Arc<Notify>,
    /// Of the journal, for want of room.
    refusals: u64,
}

/// Runs until it is told to end, then finishes what was accepted.
///
/// # Errors
/// If the journal can't be written.
pub async fn run(parts: MainLoop, mut events: mpsc::Receiver<Event>) -> Result<(), LoopError> {
    let mut running = Running {
        parts,
        subscribers: Vec::new(),
        waiting: VecDeque::new(),
        text_at: Instant::now() + IDLE,
        text_failed: Arc::default(),
        refusals: 0,
    };
    let text_failed = running.text_failed.clone();
    loop {
        let text_is_due = running.parts.text_is_behind && running.waiting.is_empty();
        tokio::select! {
            biased;
            report = next_report(&mut running.parts.journal) => running.report(report)?,
            event = events.recv() => match event {
                Some(Event::End) | None => break,
                Some(event) => running.event(event).await,
            },
            () = tokio::time::sleep_until(running.text_at), if text_is_due => running.write_text_when_idle(),
            () = text_failed.notified() => {
                (running.parts.text_is_behind, running.text_at) = (true, Instant::now() + TEXT_RETRY);
            }
        }
    }
    running.finish().await
}

/// Never, for a song that is read-only.
async fn next_report(journal: &mut Option<JournalThread>) -> Report {
    match journal {
        Some(journal) => match journal.report().await {
            Some(report) => report,
            None => Report::Failed(std::io::Error::other("its thread has ended")),
        },
        None => std::future::pending().await,
    }
}

impl Running {
    async fn event(&mut self, event: Event) {
        match event {
            Event::Edit { client, edit, reply } => self.edit(&client, edit, reply).await,
            Event::Subscribe { client, have_sequence, queue } => {
                self.follow(Subscriber::new(client, queue), have_sequence);
            }
            Event::Save(reply) => {
                let project = self.parts.song.project();
                self.wait(Then::Save(reply, project));
            }
            Event::Look { have_sequence, reply } => {
                let song = &self.parts.song;
                // Who asked and went away needs no answer.
                let _ = reply.send(View {
                    project: song.project(),
                    sequence: song.sequence(),
                    since: have_sequence.and_then(|sequence| song.since(sequence)),
                    refusals: self.refusals,
                    diagnostics: self.parts.diagnostics.clone(),
                });
            }
            Event::End => {}
        }
    }

    async fn edit(&mut self, client: &str, edit: Edit, reply: Reply<Edited>) {
        let Some(journal) = &self.parts.journal else {
            let _ = reply.send(Err(Refusal::ReadOnly));
            return;
        };
        let song = &mut self.parts.song;
        let mut edited = Edited::default();
        let change = match edit {
            Edit::Commands { commands, label } => song.execute(client, &label, &commands),
            Edit::Import { plan, label } => {
                let mut plan = plan(song.current());
                let commands = std::mem::take(&mut plan.commands);
                edited.plan = Some(plan);
                song.execute(client, &label, &commands)
            }
            Edit::Takes { plan, label } => {
                let plan = plan(song);
                song.execute(client, &label, &plan.commands)
            }
            Edit::OfPlugin { device, commands, label } => {
                let present: Vec<&str> = self.subscribers.iter().map(|it| it.client.as_str()).collect();
                song.execute_of_plugin(device, &present, &label, &commands)
            }
            Edit::Undo => song.undo(client),
            Edit::Redo => song.redo(client),
        };
        let Change { transaction, label, created } = match change {
            Ok(change) => change,
            Err(refusal) => {
                let _ = reply.send(Err(refusal));
                return;
            }
        };
        (edited.sequence, edited.label, edited.created) = (song.sequence(), label, created);
        if let Some((transaction, body)) = transaction {
            let too_long = body.len() > MAX_TRANSACTION_BYTES;
            let whole = (too_long && !self.subscribers.is_empty()).then(|| song.project());
            let sequence = transaction.sequence;
            // If the thread has ended its report is on its way, and ends the loop.
            let _ = journal.append(Append { sequence, body, refusals: self.refusals }).await;
            self.text_at = Instant::now() + IDLE;
            self.parts.text_is_behind = true;
            self.waiting.push_back(Waiting { sequence, then: Then::Publish(transaction, whole) });
        }
        self.wait(Then::Answer(reply, edited));
    }

    fn follow(&mut self, subscriber: Subscriber, have_sequence: Option<u64>) {
        let feeds = self.catch_up(have_sequence);
        self.wait(Then::Follow(subscriber, have_sequence, feeds));
    }

    /// What a client gets that has everything up to a transaction.
    fn catch_up(&self, have_sequence: Option<u64>) -> Vec<Feed> {
        let song = &self.parts.song;
        match have_sequence.and_then(|sequence| song.short_since(sequence, MAX_TRANSACTION_BYTES)) {
            Some(missed) => missed.into_iter().map(Feed::Transaction).collect(),
            None => vec![Feed::Song(song.project(), song.sequence())],
        }
    }

    /// Does it once all that has happened so far is on disk.
    fn wait(&mut self, then: Then) {
        self.waiting.push_back(Waiting { sequence: self.parts.song.sequence(), then });
        self.settle();
    }

    fn report(&mut self, report: Report) -> Result<(), LoopError> {
        match report {
            Report::Written { sequence, line } => {
                self.parts.last_line = line;
                self.parts.durable.send_replace(sequence);
                self.settle();
                Ok(())
            }
            Report::Refused(error) => self.forget(&durable::reason(&error)),
            Report::Failed(error) => {
                self.refuse_all(&error.to_string());
                Err(LoopError::Journal(error))
            }
        }
    }

    fn settle(&mut self) {
        let durable = *self.parts.durable.borrow();
        while self.waiting.front().is_some_and(|waiting| waiting.sequence <= durable) {
            let Some(Waiting { sequence, then }) = self.waiting.pop_front() else { return };
            match then {
                Then::Publish(transaction, whole) => self.publish(&transaction, whole),
                Then::Answer(reply, edited) => drop(reply.send(Ok(edited))),
                Then::Follow(mut subscriber, _, feeds) => {
                    let undo = self.parts.song.undo_state(&subscriber.client);
                    if feeds.into_iter().all(|feed| subscriber.send(feed)) && subscriber.send_undo(undo) {
                        self.subscribers.push(subscriber);
                    }
                }
                Then::Save(reply, project) => self.save(reply, sequence, project),
            }
        }
    }

    fn publish(&mut self, transaction: &Arc<Transaction>, whole: Option<Arc<Project>>) {
        let song = &self.parts.song;
        self.subscribers.retain_mut(|subscriber| {
            let feed = match &whole {
                Some(project) => Feed::Song(project.clone(), transaction.sequence),
                None => Feed::Transaction(transaction.clone()),
            };
            let undo = song.undo_state(&subscriber.client);
            subscriber.send(feed) && subscriber.send_undo(undo)
        });
    }

    fn head(&self, sequence: u64) -> TextHead {
        TextHead { replica: self.parts.song.replica(), sequence, journal: self.parts.last_line }
    }

    fn save(&mut self, reply: Reply<u64>, sequence: u64, project: Arc<Project>) {
        if self.parts.journal.is_none() {
            let _ = reply.send(Err(Refusal::ReadOnly));
            return;
        }
        let (checkpoint, head) = (self.parts.checkpoint.clone(), self.head(sequence));
        self.parts.text_is_behind = sequence != self.parts.song.sequence();
        tokio::spawn(async move {
            let saved = checkpoint.write(head, project).await;
            let _ =
                reply.send(saved.map(|()| sequence).map_err(|error| Refusal::Disk(durable::reason(&error))));
        });
    }

    fn write_text_when_idle(&mut self) {
        let (checkpoint, head) = (self.parts.checkpoint.clone(), self.head(self.parts.song.sequence()));
        let project = self.parts.song.project();
        self.parts.text_is_behind = false;
        let failed = self.text_failed.clone();
        tokio::spawn(async move {
            if let Err(error) = checkpoint.write(head, project).await {
                tracing::warn!("the text of the song could not be written: {error}");
                failed.notify_one();
            }
        });
    }

    /// Everything accepted gets its answer, and the text its last state.
    async fn finish(mut self) -> Result<(), LoopError> {
        let deadline = Instant::now() + LAST_SYNC;
        while !self.waiting.is_empty() {
            match tokio::time::timeout_at(deadline, next_report(&mut self.parts.journal)).await {
                Ok(report) => self.report(report)?,
                Err(_) => return Ok(()),
            }
        }
        for subscriber in &self.subscribers {
            let _ = subscriber.send(Feed::Closing);
        }
        if self.parts.journal.is_some() && self.parts.text_is_behind {
            let head = self.head(self.parts.song.sequence());
            let writing = self.parts.checkpoint.write(head, self.parts.song.project());
            match tokio::time::timeout_at(deadline, writing).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!("the text of the song could not be written: {error}"),
                Err(_) => {
                    tracing::warn!("there was no time to write the text of the song: the journal has it all")
                }
            }
        }
        Ok(())
    }
}
