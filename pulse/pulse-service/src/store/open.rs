//! Finds the newest state of a song that can be verified (rule S8). It changes no byte.
//!
//! The journal is replayed from its start. Where a line is damaged or missing, an intact text that is newer than what
//! comes before bridges the gap, and the lines that are chained to it go on from there. What can't be verified is left
//! out, and said.

use std::{collections::HashSet, io};

use pulse_model::Transaction;

use crate::store::{
    body::{Body, SNAPSHOT_PREFIX, Snapshot},
    folder::SongFolder,
    journal::{self, JOURNAL_FORMAT, Line, LineHash, Segment},
    text::{self, Text, TextError},
};

/// Why a song can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is nothing in the folder.
    #[error("there is no song in {0}")]
    NoSong(String),
    /// A later Loophole wrote it.
    #[error(
        "the song was written by a newer Loophole (format {format}, this one reads up to {known}): update Loophole"
    )]
    Newer {
        /// Of the song.
        format: u32,
        /// The newest we read.
        known: u32,
    },
    /// Neither journal nor text hold a state that can be verified.
    #[error("the song can't be opened: {0}")]
    Unreadable(String),
    /// The disk refused.
    #[error("the song can't be read: {0}")]
    Io(#[from] io::Error),
}

/// What was found of a song.
#[derive(Debug)]
pub struct Opened {
    /// The state that `transactions` go on from.
    pub base: Snapshot,
    /// What happened since, without gaps.
    pub transactions: Vec<Transaction>,
    /// The line that the next one is chained to.
    pub last_line: LineHash,
    /// Number of the next segment.
    pub next_segment: u64,
    /// The journal doesn't lead to this state by itself: the next line has to be a snapshot of it.
    pub needs_snapshot: bool,
    /// The text there is says something else, and must be kept aside before it is written over.
    pub text_differs: bool,
    /// What is missing or was left out, for people.
    pub diagnostics: Vec<String>,
}

impl Opened {
    /// The last transaction.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.transactions.last().map_or(self.base.sequence, |transaction| transaction.sequence)
    }
}

/// Reads a song.
///
/// # Errors
/// If there is none, it is of a newer format, or nothing of it can be verified.
pub fn open(folder: &SongFolder) -> Result<Opened, OpenError> {
    if !folder.holds_a_song() {
        return Err(OpenError::NoSong(folder.root().display().to_string()));
    }
    let mut diagnostics = Vec::new();
    let text = match text::read(folder) {
        Ok(text) => Some(text),
        Err(TextError::Newer(format)) => return Err(OpenError::Newer { format, known: text::TEXT_FORMAT }),
        Err(TextError::Missing) => None,
        Err(error @ TextError::Damaged(_)) => {
            diagnostics.push(format!("the text of the song can't be read: {error}"));
            None
        }
    };
    let text_is_damaged = !diagnostics.is_empty();
    let segments = journal::read_segments(&folder.journal())?;
    let mut replay = Replay::new(text.as_ref().filter(|text| text.intact));
    replay.diagnostics = diagnostics;
    for segment in &segments {
        replay.segment(segment)?;
    }
    let next_segment = segments.last().map_or(1, |segment| segment.number + 1);
    replay.finish(text.as_ref(), next_segment, text_is_damaged)
}

/// The journal so far.
struct Replay<'a> {
    text: Option<&'a Text>,
    base: Option<Snapshot>,
    transactions: Vec<Transaction>,
    last_line: LineHash,
    bridged: bool,
    /// Lines that led here: the text says which one it was written after.
    lines_taken: HashSet<LineHash>,
    diagnostics: Vec<String>,
}

impl<'a> Replay<'a> {
    fn new(text: Option<&'a Text>) -> Self {
        Self {
            text,
            base: None,
            transactions: Vec::new(),
            last_line: LineHash::START,
            bridged: false,
            lines_taken: HashSet::new(),
            diagnostics: Vec::new(),
        }
    }

    fn sequence(&self) -> Option<u64> {
        let base = self.base.as_ref()?.sequence;
        Some(self.transactions.last().map_or(base, |transaction| transaction.sequence))
    }

    fn segment(&mut self, segment: &Segment) -> Result<(), OpenError> {
        let name = format!("journal/{:06}.jsonl", segment.number);
        let Some((header, header_hash)) = segment.header() else {
            // A crash while the segment was begun leaves nothing that anybody was told of.
            if segment.lines().count() > 1 {
                self.diagnostics.push(format!("{name} has a damaged beginning"));
                self.lines(segment, &name, None);
            }
            return Ok(());
        };
        if header.format > JOURNAL_FORMAT {
            return Err(OpenError::Newer { format: header.format, known: JOURNAL_FORMAT });
        }
        let follows = LineHash::from_hex(&header.follows);
        if follows != Some(self.last_line) && self.text.is_some_and(|text| Some(text.head.journal) == follows)
        {
            self.bridge();
        }
        let starts_again = || {
            let second = segment.lines().nth(1).and_then(|(line, _)| Line::parse(line));
            second.is_some_and(|line| line.follows(header_hash) && line.body.starts_with(SNAPSHOT_PREFIX))
        };
        if follows == Some(self.last_line) || starts_again() {
            self.last_line = header_hash;
            self.lines(segment, &name, Some(1));
        } else {
            self.diagnostics.push(format!("{name} does not follow what is before it"));
            self.lines(segment, &name, None);
        }
        Ok(())
    }

    /// Takes the lines of a segment from `trusted` on; with `None`, or after damage, only what the text leads to.
    fn lines(&mut self, segment: &Segment, name: &str, trusted: Option<usize>) {
        let lines: Vec<(&[u8], bool)> = segment.lines().collect();
        let mut at = trusted.unwrap_or(lines.len());
        let mut first_damaged = trusted.is_none().then_some(0);
        while at < lines.len() {
            let (bytes, whole) = lines[at];
            let taken = whole && Line::parse(bytes).is_some_and(|line| self.take(&line));
            if !taken {
                first_damaged = Some(at);
                break;
            }
            at += 1;
        }
        let Some(damaged) = first_damaged else { return };
        let bridge = |line: &(&[u8], bool)| {
            Line::parse(line.0)
                .is_some_and(|line| self.text.is_some_and(|text| text.head.journal == line.hash))
        };
        let landing = lines[damaged..].iter().position(bridge).map(|index| damaged + index);
        match landing {
            Some(landing) if self.bridge() => {
                self.diagnostics
                    .push(format!("{name} is damaged at line {}: the text bridges it", damaged + 1));
                self.lines(segment, name, Some(landing + 1));
            }
            _ if damaged + 1 == lines.len() && !lines[damaged].1 => {
                // A line without its end was never acknowledged.
                self.diagnostics.push(format!("{name} ends in a line that was not written to its end"));
            }
            _ => {
                let lost = lines.len() - damaged;
                self.diagnostics
                    .push(format!("{name} is damaged at line {}: {lost} lines are left out", damaged + 1));
            }
        }
    }

    /// Goes on from the text, if that is newer than what the journal led to.
    fn bridge(&mut self) -> bool {
        let Some(text) = self.text else { return false };
        if self.sequence().is_some_and(|sequence| sequence >= text.head.sequence) {
            return false;
        }
        self.restart(Snapshot {
            sequence: text.head.sequence,
            replica: text.head.replica,
            entities: text.entities.clone(),
        });
        self.lines_taken.insert(text.head.journal);
        self.last_line = text.head.journal;
        self.bridged = true;
        true
    }

    fn restart(&mut self, base: Snapshot) {
        if self.base.is_some() && self.sequence() != Some(base.sequence) {
            self.diagnostics.push(format!("what was done before change {} can't be undone", base.sequence));
        }
        if self.base.is_none() || self.sequence() != Some(base.sequence) {
            self.transactions.clear();
            self.base = Some(base);
        } else if let Some(own) = &mut self.base {
            // A copy of a song goes on from the same state under a number of its own.
            own.replica = base.replica;
        }
    }

    fn take(&mut self, line: &Line<'_>) -> bool {
        if !line.follows(self.last_line) {
            return false;
        }
        match serde_json::from_slice(line.body) {
            Ok(Body::Snapshot(snapshot)) => {
                if self.sequence().is_some_and(|sequence| sequence > snapshot.sequence) {
                    return false;
                }
                self.restart(snapshot);
                self.bridged = false;
            }
            Ok(Body::Transaction(transaction)) => {
                if self.sequence().is_none_or(|sequence| transaction.sequence != sequence + 1) {
                    return false;
                }
                self.transactions.push(transaction);
            }
            Err(_) => return false,
        }
        self.lines_taken.insert(line.hash);
        self.last_line = line.hash;
        true
    }

    fn finish(
        mut self,
        text: Option<&Text>,
        next_segment: u64,
        text_is_damaged: bool,
    ) -> Result<Opened, OpenError> {
        let journal_led_here = self.sequence().is_some();
        if self.text.is_some_and(|text| self.sequence().is_none_or(|sequence| sequence < text.head.sequence))
        {
            let journal_line = self.last_line;
            self.bridge();
            self.last_line = journal_line;
            if journal_led_here {
                self.diagnostics
                    .push("the text is newer than what is left of the journal, and is used".to_owned());
            }
        }
        let as_written =
            text.is_some_and(|text| text.intact && self.lines_taken.contains(&text.head.journal));
        let mut text_differs = text_is_damaged || text.is_some_and(|_| !as_written);
        if self.base.is_none() {
            // Edited by hand or merged by git, and no journal to compare with: it is all there is.
            let Some(text) = text else { return Err(OpenError::Unreadable(self.diagnostics.join("; "))) };
            self.base = Some(Snapshot {
                sequence: text.head.sequence,
                replica: text.head.replica,
                entities: text.entities.clone(),
            });
            text_differs = false;
            self.bridged = true;
        } else if text.is_some() && text_differs {
            self.diagnostics.push("the text was changed outside of Loophole: the journal stands".to_owned());
        }
        let Some(base) = self.base else { return Err(OpenError::Unreadable(self.diagnostics.join("; "))) };
        Ok(Opened {
            base,
            transactions: self.transactions,
            last_line: self.last_line,
            next_segment,
            needs_snapshot: self.bridged,
            text_differs,
            diagnostics: self.diagnostics,
        })
    }
}
