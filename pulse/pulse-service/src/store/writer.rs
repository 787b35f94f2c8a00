//! The thread that gives transactions to the disk.
//!
//! Group commit: whatever waits when a sync ends shares the next one, so that many clients cost no more syncs than one.
//! What a full disk refuses is told, and with it all that waited go unwritten: each stands on those before it. The next
//! ones, which know of it, are tried again. After any other error nothing more is written: what is on disk is then known
//! by opening it again.

use std::{io, thread};

use tokio::sync::mpsc;

use crate::store::journal::{AppendError, JournalWriter, LineHash};

/// Lines that may wait for the disk. Beyond it whoever asks for an edit waits too.
const MAX_WAITING: usize = 256;
/// Lines that one sync covers at most.
const MAX_BATCH: usize = 256;
/// Reports nobody has read: all that can wait, twice over, so that the thread never waits for its reader.
const MAX_REPORTS: usize = 2 * (MAX_WAITING + MAX_BATCH);

/// A line to write.
#[derive(Debug)]
pub struct Append {
    /// The transaction's.
    pub sequence: u64,
    /// Its JSON.
    pub body: Vec<u8>,
    /// How many [`Report::Refused`] it knows of.
    pub refusals: u64,
}

/// What happened to it, in the order of the requests.
#[derive(Debug)]
pub enum Report {
    /// It is on disk.
    Written {
        /// The transaction's.
        sequence: u64,
        /// Of its line.
        line: LineHash,
    },
    /// There is no room for it, nor for any that was handed over before this was read. The journal is as it was.
    Refused(io::Error),
    /// The disk refused it, and all that come after.
    Failed(io::Error),
}

/// The control side of the thread. When it is dropped, the thread ends after what it has.
#[derive(Debug)]
pub struct JournalThread {
    requests: mpsc::Sender<Append>,
    reports: mpsc::Receiver<Report>,
}

impl JournalThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn start(writer: JournalWriter) -> io::Result<Self> {
        let (requests, waiting) = mpsc::channel(MAX_WAITING);
        let (sender, reports) = mpsc::channel(MAX_REPORTS);
        thread::Builder::new().name("journal".to_owned()).spawn(move || write(writer, waiting, &sender))?;
        Ok(Self { requests, reports })
    }

    /// Hands a line over; waits while too many wait.
    ///
    /// # Errors
    /// If the thread has ended, which it does after an error.
    pub async fn append(&self, append: Append) -> io::Result<()> {
        self.requests
            .send(append)
            .await
            .map_err(|_| io::Error::other("the journal can't be written any more"))
    }

    /// The next report; `None` when the thread has ended. Can be dropped and called again.
    pub async fn report(&mut self) -> Option<Report> {
        self.reports.recv().await
    }
}

fn write(mut writer: JournalWriter, mut waiting: mpsc::Receiver<Append>, reports: &mpsc::Sender<Report>) {
    let (mut batch, mut refusals) = (Vec::new(), 0);
    while waiting.blocking_recv_many(&mut batch, MAX_BATCH) > 0 {
        batch.retain(|append: &Append| append.refusals == refusals);
        let (sequences, bodies): (Vec<u64>, Vec<Vec<u8>>) =
            batch.drain(..).map(|append| (append.sequence, append.body)).unzip();
        if bodies.is_empty() {
            continue;
        }
        match writer.append(&bodies) {
            Ok(lines) => {
                for (sequence, line) in sequences.into_iter().zip(lines) {
                    if reports.blocking_send(Report::Written { sequence, line }).is_err() {
                        return;
                    }
                }
            }
            Err(AppendError::Refused(error)) => {
                refusals += 1;
                if reports.blocking_send(Report::Refused(error)).is_err() {
                    return;
                }
            }
            Err(AppendError::Torn(error)) => {
                let _ = reports.blocking_send(Report::Failed(error));
                return;
            }
        }
    }
}
