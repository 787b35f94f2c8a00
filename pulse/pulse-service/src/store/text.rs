//! The readable form of a song (rules S2, S3): `song.json` and one file a track, made for diff and git.
//!
//! Canonical: one entity a line, in a fixed order, so that the same song is the same bytes. Files that would not change
//! are not written. The manifest `song.json` comes last: it names the hash of every track file and carries its own, so
//! that a half-written or edited text is recognised. Text is never the truth while there is a journal that says
//! otherwise; what it is used for is decided in `open`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Write as _},
    path::Path,
};

use pulse_model::{Entity, Id, Kind};
use serde::{Deserialize, Serialize};

use crate::store::{
    durable::{self, TemporaryFile},
    folder::SongFolder,
    journal::LineHash,
};

/// Version of the text. A newer one is refused.
pub const TEXT_FORMAT: u32 = 1;

/// Why a text can't be read.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// There is none.
    #[error("there is no song.json")]
    Missing,
    /// A later Loophole wrote it.
    #[error(
        "it was written by a newer Loophole (format {0}, this one reads up to {TEXT_FORMAT}): update Loophole"
    )]
    Newer(u32),
    /// It is no text of a song; file, line and reason.
    #[error("{0}")]
    Damaged(String),
}

/// What a text says besides its entities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextHead {
    /// The copy of the song that wrote it.
    pub replica: u32,
    /// The last transaction in it.
    pub sequence: u64,
    /// Hash of that transaction's line in the journal.
    pub journal: LineHash,
}

/// A text as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Where in the history it is.
    pub head: TextHead,
    /// Every entity, by kind.
    pub entities: Vec<Entity>,
    /// Every byte is as Loophole wrote it.
    pub intact: bool,
}

#[derive(Deserialize)]
struct Manifest {
    replica: u32,
    sequence: u64,
    journal: String,
    tracks: BTreeMap<u64, String>,
    entities: Vec<Entity>,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

#[derive(Deserialize)]
struct Shard {
    entities: Vec<Entity>,
}

/// Reads the text of a song.
///
/// # Errors
/// If there is none, it is of a newer format, or no text at all. One that was edited but reads well is no error: it is
/// not `intact`.
pub fn read(folder: &SongFolder) -> Result<Text, TextError> {
    let bytes = match fs::read(folder.manifest()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(TextError::Missing),
        bytes => bytes.map_err(|error| TextError::Damaged(format!("song.json: {error}")))?,
    };
    if let Ok(FormatOnly { format }) = serde_json::from_slice(&bytes)
        && format > TEXT_FORMAT
    {
        return Err(TextError::Newer(format));
    }
    let manifest: Manifest = parse("song.json", &bytes)?;
    let mut intact = own_hash_is_right(&bytes);
    let mut entities = manifest.entities;
    for (id, hash) in &manifest.tracks {
        let name = format!("tracks/{id}.json");
        let bytes =
            fs::read(folder.track(*id)).map_err(|error| TextError::Damaged(format!("{name}: {error}")))?;
        let shard: Shard = parse(&name, &bytes)?;
        intact &= blake3::hash(&bytes).to_hex().as_str() == hash;
        entities.extend(shard.entities);
    }
    entities.sort_by_key(|entity| (entity.kind(), entity.id()));
    let journal = LineHash::from_hex(&manifest.journal);
    intact &= journal.is_some();
    let head = TextHead {
        replica: manifest.replica,
        sequence: manifest.sequence,
        journal: journal.unwrap_or(LineHash::START),
    };
    Ok(Text { head, entities, intact })
}

fn parse<'a, T: Deserialize<'a>>(name: &str, bytes: &'a [u8]) -> Result<T, TextError> {
    let conflict = |line: &&[u8]| line.starts_with(b"<<<<<<<") || line.starts_with(b">>>>>>>");
    if let Some(line) = bytes.split(|byte| *byte == b'\n').position(|line| conflict(&line)) {
        return Err(TextError::Damaged(format!("{name}, line {}: an unresolved merge conflict", line + 1)));
    }
    serde_json::from_slice(bytes).map_err(|error| TextError::Damaged(format!("{name}: {error}")))
}

/// The files of a text: path relative to the song's folder → content, the manifest apart.
#[derive(Debug)]
pub struct TextFiles {
    manifest: Vec<u8>,
    tracks: BTreeMap<u64, Vec<u8>>,
}

/// Lays a song out as files.
///
/// # Errors
/// If an entity can't be written as JSON.
pub fn lay_out(head: &TextHead, entities: impl IntoIterator<Item = Entity>) -> serde_json::Result<TextFiles> {
    let sorted = Sorted::new(entities);
    let mut tracks = BTreeMap::new();
    for (id, entities) in &sorted.tracks {
        let mut file = b"{\"entities\":[\n".to_vec();
        write_lines(&mut file, entities)?;
        file.extend_from_slice(b"]}\n");
        tracks.insert(id.0, file);
    }
    let TextHead { replica, sequence, journal } = head;
    let journal = journal.to_hex();
    let mut manifest = format!(
        "{{\n\"format\":{TEXT_FORMAT},\n\"replica\":{replica},\n\"sequence\":{sequence},\n\"journal\":\"{journal}\",\n\"tracks\":{{\n"
    )
    .into_bytes();
    let lines: Vec<String> =
        tracks.iter().map(|(id, file)| format!("\"{id}\":\"{}\"", blake3::hash(file).to_hex())).collect();
    manifest.extend_from_slice(lines.join(",\n").as_bytes());
    manifest.extend_from_slice(b"\n},\n\"entities\":[\n");
    write_lines(&mut manifest, &sorted.song)?;
    manifest.extend_from_slice(b"],\n");
    let hash = blake3::hash(&manifest).to_hex();
    manifest.extend_from_slice(format!("\"hash\":\"{hash}\"\n}}\n").as_bytes());
    Ok(TextFiles { manifest, tracks })
}

fn own_hash_is_right(manifest: &[u8]) -> bool {
    const TAIL_BYTES: usize = "\"hash\":\"\"\n}\n".len() + 64;
    let Some(at) = manifest.len().checked_sub(TAIL_BYTES) else { return false };
    let (content, tail) = manifest.split_at(at);
    tail == format!("\"hash\":\"{}\"\n}}\n", blake3::hash(content).to_hex()).as_bytes()
}

fn write_lines<T: Serialize>(file: &mut Vec<u8>, entities: &[T]) -> serde_json::Result<()> {
    for (index, entity) in entities.iter().enumerate() {
        serde_json::to_writer(&mut *file, entity)?;
        file.extend_from_slice(if index + 1 < entities.len() { b",\n" } else { b"\n" });
    }
    Ok(())
}

/// Entities by the file they belong to, each in its order.
struct Sorted {
    song: Vec<Entity>,
    tracks: BTreeMap<Id, Vec<Entity>>,
}

impl Sorted {
    fn new(entities: impl IntoIterator<Item = Entity>) -> Self {
        let mut all: Vec<Entity> = entities.into_iter().collect();
        let clips: BTreeMap<Id, Id> = all
            .iter()
            .filter_map(
                |entity| if let Entity::Clip(clip) = entity { Some((clip.id, clip.track)) } else { None },
            )
            .collect();
        all.sort_by_cached_key(place);
        let mut sorted = Self { song: Vec::new(), tracks: BTreeMap::new() };
        for entity in all {
            let track = match &entity {
                Entity::Track(track) => Some(track.id),
                Entity::Device(device) => Some(device.track),
                Entity::Send(send) => Some(send.track),
                Entity::Clip(clip) => Some(clip.track),
                Entity::Note(note) => clips.get(&note.clip).copied(),
                Entity::MidiEvent(event) => clips.get(&event.clip).copied(),
                _ => None,
            };
            match track {
                Some(track) => sorted.tracks.entry(track).or_default().push(entity),
                None => sorted.song.push(entity),
            }
        }
        sorted
    }
}

/// Where an entity stands in its file: a clip is followed by its notes, and these by its events, as they are played.
fn place(entity: &Entity) -> (Kind, Id, Kind, i64, u32, Id) {
    let (id, kind) = (entity.id(), entity.kind());
    match entity {
        Entity::Note(note) => (Kind::Clip, note.clip, kind, note.start.0, note.pitch, id),
        Entity::MidiEvent(event) => (Kind::Clip, event.clip, kind, event.position.0, 0, id),
        _ => (kind, id, kind, 0, 0, id),
    }
}

impl TextFiles {
    /// Writes what differs from what is there, the manifest last, and removes the files of tracks that are gone.
    /// Returns how many files were written.
    ///
    /// # Errors
    /// If the disk refuses. The old text then still stands: nothing is renamed before all of it is on disk.
    pub fn write(&self, folder: &SongFolder) -> io::Result<usize> {
        let changed = self.tracks.iter().map(|(id, file)| (folder.track(*id), file));
        let changed = changed.filter(|(path, file)| differs(path, file));
        let mut under_way = Vec::new();
        for (path, file) in changed {
            let temporary = TemporaryFile::create(&folder.tracks())?;
            temporary.file().write_all(file)?;
            temporary.file().sync_all()?;
            under_way.push((temporary, path));
        }
        let mut manifest = None;
        if differs(&folder.manifest(), &self.manifest) {
            let temporary = TemporaryFile::create(folder.root())?;
            temporary.file().write_all(&self.manifest)?;
            temporary.file().sync_all()?;
            manifest = Some(temporary);
        }
        let written = under_way.len() + usize::from(manifest.is_some());
        for (temporary, path) in under_way {
            temporary.rename(&path)?;
        }
        durable::sync_folder(&folder.tracks())?;
        if let Some(manifest) = manifest {
            manifest.persist(&folder.manifest())?;
        }
        let kept: BTreeSet<String> = self.tracks.keys().map(|id| format!("{id}.json")).collect();
        for entry in fs::read_dir(folder.tracks())?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_track = name.strip_suffix(".json").is_some_and(|id| id.parse::<u64>().is_ok());
            if is_track && !kept.contains(&name) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(written)
    }
}

fn differs(path: &Path, content: &[u8]) -> bool {
    !fs::read(path).is_ok_and(|old| old == content)
}
