//! The journal: append-only segments of hash-chained lines (rule S1). It knows bytes, not what a line means.
//!
//! A line is `{"hash":"<64 hex digits>","body":<JSON>}`, its hash the BLAKE3 of the hash of the line before and the bytes
//! of its own body. The first line of a segment says which line it follows, so that writing can go on in a new segment
//! after a torn line without touching the old one.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::store::durable;

/// Segments end at this length, so that copies and backups of closed ones stay small.
const MAX_SEGMENT_BYTES: u64 = 8 << 20;
/// Version of the lines' framing and meaning. A journal of a newer one is refused.
pub const JOURNAL_FORMAT: u32 = 1;

const HEAD: &[u8] = br#"{"hash":""#;
const MIDDLE: &[u8] = br#"","body":"#;
const HEX_BYTES: usize = 64;
const BODY_AT: usize = HEAD.len() + HEX_BYTES + MIDDLE.len();

/// The hash of a line, which the next one is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineHash([u8; 32]);

impl LineHash {
    /// What the first line of a journal follows.
    pub const START: Self = Self([0; 32]);

    /// Of a line with this body after this one.
    #[must_use]
    pub fn then(self, body: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0).update(body);
        Self(*hasher.finalize().as_bytes())
    }

    /// As 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }

    /// From 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text).ok().map(|hash| Self(*hash.as_bytes()))
    }
}

/// First line of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentHeader {
    /// [`JOURNAL_FORMAT`].
    pub format: u32,
    /// From 1, as in its name.
    pub number: u64,
    /// Hex hash of the line it goes on after.
    pub follows: String,
}

#[derive(Serialize, Deserialize)]
struct HeaderBody {
    segment: SegmentHeader,
}

/// A line whose framing is right, its hash not checked yet.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// What it says its hash is.
    pub hash: LineHash,
    /// JSON.
    pub body: &'a [u8],
}

impl<'a> Line<'a> {
    /// Takes a line apart, without its line feed.
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let digits = line.get(HEAD.len()..HEAD.len() + HEX_BYTES)?;
        let framed = line.starts_with(HEAD)
            && line.get(HEAD.len() + HEX_BYTES..BODY_AT) == Some(MIDDLE)
            && line.last() == Some(&b'}')
            && !digits.iter().any(u8::is_ascii_uppercase);
        let body = line.get(BODY_AT..line.len() - 1)?;
        let hash = LineHash::from_hex(std::str::from_utf8(digits).ok()?)?;
        framed.then_some(Self { hash, body })
    }

    /// True if it is whole and comes right after `previous`.
    #[must_use]
    pub fn follows(&self, previous: LineHash) -> bool {
        previous.then(self.body) == self.hash
    }
}

fn frame(hash: LineHash, body: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(HEAD);
    out.extend_from_slice(hash.to_hex().as_bytes());
    out.extend_from_slice(MIDDLE);
    out.extend_from_slice(body);
    out.extend_from_slice(b"}\n");
}

/// A segment as it was found.
#[derive(Debug)]
pub struct Segment {
    /// As in its name.
    pub number: u64,
    /// Every byte of it.
    pub bytes: Vec<u8>,
}

impl Segment {
    /// Its header if the first line is whole and in itself right.
    #[must_use]
    pub fn header(&self) -> Option<(SegmentHeader, LineHash)> {
        let line = Line::parse(self.lines().next()?.0)?;
        let HeaderBody { segment } = serde_json::from_slice(line.body).ok()?;
        let follows = LineHash::from_hex(&segment.follows)?;
        line.follows(follows).then_some((segment, line.hash))
    }

    /// Its lines, each without its line feed; `false` with one that has none, which is torn.
    pub fn lines(&self) -> impl Iterator<Item = (&[u8], bool)> {
        self.bytes
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\n").map_or((line, false), |line| (line, true)))
    }
}

/// Every segment of a journal, by ascending number.
///
/// # Errors
/// If one can't be read.
pub fn read_segments(folder: &Path) -> io::Result<Vec<Segment>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut segments = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(number) = name.strip_suffix(".jsonl").and_then(|number| number.parse().ok()) {
            segments.push(Segment { number, bytes: fs::read(&path)? });
        }
    }
    segments.sort_by_key(|segment| segment.number);
    Ok(segments)
}

/// Why lines are not on disk.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// There is no room for them. The journal is as it was, and the next append may find some.
    #[error("{}", durable::reason(.0))]
    Refused(io::Error),
    /// What the disk holds of them is found by opening the song again: the writer can't be used any more.
    #[error("{0}")]
    Torn(io::Error),
}

/// Appends to a journal, always in segments of its own.
#[derive(Debug)]
pub struct JournalWriter {
    folder: PathBuf,
    next_number: u64,
    last: LineHash,
    segment: Option<OpenSegment>,
}

/// The segment that grows.
#[derive(Debug)]
struct OpenSegment {
    path: PathBuf,
    file: File,
    /// Of lines that are on disk; 0: it has just been made.
    length: u64,
}

impl JournalWriter {
    /// Goes on after the line `last`, in a new segment `next_number` that is made with the first append.
    #[must_use]
    pub fn new(folder: PathBuf, next_number: u64, last: LineHash) -> Self {
        Self { folder, next_number, last, segment: None }
    }

    /// Hash of the last line.
    #[must_use]
    pub fn last(&self) -> LineHash {
        self.last
    }

    /// Writes lines with these bodies and syncs them: they are on disk when this returns their hashes.
    ///
    /// # Errors
    /// If the disk refuses; see [`AppendError`].
    pub fn append(&mut self, bodies: &[Vec<u8>]) -> Result<Vec<LineHash>, AppendError> {
        let mut segment = match self.segment.take() {
            Some(segment) if segment.length < MAX_SEGMENT_BYTES => segment,
            _ => OpenSegment::create(&self.folder, self.next_number).map_err(refused_or_torn)?,
        };
        let begins = segment.length == 0;
        let (mut lines, mut last) = (Vec::new(), self.last);
        if begins {
            let body = header(self.next_number, last).map_err(AppendError::Torn)?;
            last = last.then(&body);
            frame(last, &body, &mut lines);
        }
        let mut hashes = Vec::with_capacity(bodies.len());
        for body in bodies {
            last = last.then(body);
            hashes.push(last);
            frame(last, body, &mut lines);
        }
        if let Err(error) = segment.append(&lines, &self.folder) {
            let error = refused_or_torn(error);
            let AppendError::Refused(_) = error else { return Err(error) };
            self.segment = segment.take_back(&self.folder).map_err(AppendError::Torn)?;
            return Err(error);
        }
        self.last = last;
        self.next_number += u64::from(begins);
        self.segment = Some(segment);
        Ok(hashes)
    }
}

/// Only what a full disk refuses is known not to be there.
fn refused_or_torn(error: io::Error) -> AppendError {
    if durable::is_full(&error) { AppendError::Refused(error) } else { AppendError::Torn(error) }
}

fn header(number: u64, last: LineHash) -> io::Result<Vec<u8>> {
    let header = SegmentHeader { format: JOURNAL_FORMAT, number, follows: last.to_hex() };
    Ok(serde_json::to_vec(&HeaderBody { segment: header })?)
}

impl OpenSegment {
    fn create(folder: &Path, number: u64) -> io::Result<Self> {
        let path = folder.join(format!("{number:06}.jsonl"));
        let file = OpenOptions::new().append(true).create_new(true).open(&path)?;
        Ok(Self { path, file, length: 0 })
    }

    fn append(&mut self, lines: &[u8], folder: &Path) -> io::Result<()> {
        self.file.write_all(lines)?;
        self.file.sync_data()?;
        if self.length == 0 {
            durable::sync_folder(folder)?;
        }
        self.length += lines.len() as u64;
        Ok(())
    }

    /// Takes away what nobody was told of. A segment without a line goes as a whole.
    fn take_back(self, folder: &Path) -> io::Result<Option<Self>> {
        if self.length == 0 {
            fs::remove_file(&self.path)?;
            durable::sync_folder(folder)?;
            return Ok(None);
        }
        self.file.set_len(self.length)?;
        self.file.sync_data()?;
        Ok(Some(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(segments: &[Segment]) -> Vec<String> {
        let mut last = LineHash::START;
        let mut out = Vec::new();
        for segment in segments {
            for (line, whole) in segment.lines() {
                let line = Line::parse(line).expect("framed");
                assert!(whole && line.follows(last), "the chain is whole");
                last = line.hash;
                out.push(String::from_utf8_lossy(line.body).into_owned());
            }
        }
        out
    }

    #[test]
    fn lines_are_chained_across_segments() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut writer = JournalWriter::new(folder.path().to_owned(), 1, LineHash::START);
        writer.append(&[b"1".to_vec(), b"[2]".to_vec()]).expect("writes");
        writer
            .append(&[[b"\"".as_slice(), &vec![b'a'; MAX_SEGMENT_BYTES as usize], b"\""].concat()])
            .expect("writes");
        writer.append(&[b"3".to_vec()]).expect("writes");
        let segments = read_segments(folder.path()).expect("reads");
        assert_eq!(segments.iter().map(|segment| segment.number).collect::<Vec<_>>(), [1, 2]);
        let bodies = bodies(&segments);
        assert_eq!((bodies.len(), bodies[1].as_str(), bodies[5].as_str()), (6, "1", "3"));
        assert_eq!(segments[1].header().map(|(header, _)| header.number), Some(2));
        for (line, _) in segments[0].lines() {
            serde_json::from_slice::<serde_json::Value>(line).expect("each line is JSON");
        }
    }

    #[test]
    fn what_was_refused_is_taken_back_and_the_chain_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut writer = JournalWriter::new(folder.path().to_owned(), 1, LineHash::START);
        // A segment without a line, as when not even the first found room.
        let mut segment = OpenSegment::create(folder.path(), 1).expect("made");
        segment.file.write_all(b"half a li").expect("written");
        assert!(segment.take_back(folder.path()).expect("taken back").is_none());
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 0);
        writer.append(&[b"1".to_vec()]).expect("writes");
        let mut segment = writer.segment.take().expect("it is open");
        // A whole line and half of one.
        let (mut lines, hash) = (Vec::new(), writer.last().then(b"2"));
        frame(hash, b"2", &mut lines);
        lines.extend_from_slice(b"{\"hash\"");
        segment.file.write_all(&lines).expect("written");
        writer.segment = segment.take_back(folder.path()).expect("taken back");
        writer.append(&[b"3".to_vec()]).expect("writes");
        let segments = read_segments(folder.path()).expect("reads");
        assert_eq!(bodies(&segments)[1..], ["1", "3"]);
    }

    #[test]
    fn no_changed_byte_passes() {
        let mut line = Vec::new();
        let body = br#"{"a":1}"#;
        frame(LineHash::START.then(body), body, &mut line);
        line.pop();
        assert!(Line::parse(&line).is_some_and(|line| line.follows(LineHash::START)));
        for at in 0..line.len() {
            for bit in 0..8 {
                let mut damaged = line.clone();
                damaged[at] ^= 1 << bit;
                let passes = Line::parse(&damaged).is_some_and(|line| line.follows(LineHash::START));
                assert!(!passes, "byte {at}, bit {bit}");
            }
            assert!(Line::parse(&line[..at]).is_none_or(|line| !line.follows(LineHash::START)));
        }
    }
}
