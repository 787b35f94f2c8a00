//! NAME.take: what a take is and how far it goes, as lines of JSON that are only ever added to.
//!
//! Whatever kills the writer leaves whole lines and at most one torn one, which readers ignore. While it is written the
//! file is locked, so that readers know whether more will come. The format is described in `chorus/data-model.md`.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use rustix::fs::FlockOperation;
use serde::Serialize;

/// Of the lines below.
pub const FORMAT: u32 = 1;

/// One line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TakeLine<'a> {
    /// The first.
    Take(TakeHead<'a>),
    /// From here on it is at this song position: the first line of each time round the loop.
    Pass {
        /// Song position.
        sample: i64,
        /// Of the sound file.
        frame: u64,
    },
    /// A message.
    Event {
        /// Song position.
        sample: i64,
        /// Hex.
        data: String,
    },
    /// The present pass goes up to here.
    Until {
        /// Song position.
        sample: i64,
    },
    /// Frames that did not get here in time are silent.
    Lost {
        /// How many.
        frames: u64,
    },
    /// Why no more could be written.
    Failed {
        /// For people.
        reason: &'a str,
    },
    /// The last.
    End {
        /// Of the sound file.
        frames: u64,
    },
}

/// What a take is.
#[derive(Debug, Serialize)]
pub struct TakeHead<'a> {
    /// [`FORMAT`].
    pub format: u32,
    /// Of this take alone, hex.
    pub id: &'a str,
    /// Shared by the takes of one recording, hex.
    pub session: &'a str,
    /// Whose undo takes it back.
    pub client: &'a str,
    /// The Track entity.
    pub track: u64,
    /// Hertz; of song positions and of the sound.
    pub sample_rate: u32,
    /// File name of the sound, beside; none for notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<&'a str>,
}

/// The file.
#[derive(Debug)]
pub struct TakeLog {
    file: File,
}

impl TakeLog {
    /// Begins it, locked until it is dropped.
    ///
    /// # Errors
    /// It exists, or the disk refuses.
    pub fn create(path: &Path, head: TakeHead<'_>) -> io::Result<Self> {
        let file = OpenOptions::new().create_new(true).append(true).open(path)?;
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let mut log = Self { file };
        if let Err(error) = log.add(&[TakeLine::Take(head)]) {
            let _ = std::fs::remove_file(path);
            return Err(error);
        }
        Ok(log)
    }

    /// Adds lines, in one write.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn add(&mut self, lines: &[TakeLine<'_>]) -> io::Result<()> {
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        self.file.write_all(&text)
    }

    /// What was added is on disk when this returns.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}
