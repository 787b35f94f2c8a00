//! A copy of a song under another name (rule S2): its whole history, its sounds and states, and a replica number of its own,
//! so that the ids which both choose from then on never meet.
//!
//! 1. The journal is copied while it grows: whatever has come by then is a valid prefix, since lines are only appended.
//! 2. Sounds and states come after it, so that all the prefix names is there.
//! 3. The copy goes on after its last line with a snapshot that has the new number, and its name as a transaction.
//! 4. It gets its place whole: until then it lies hidden beside it, and what a crash leaves of it is deleted by the next copy.
//!
//! What can be made again (the cache), takes under way and texts that were kept aside stay behind.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use pulse_model::{Command, SetSong};
use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};

use crate::{
    song::SongState,
    store::{
        durable,
        folder::SongFolder,
        journal::JournalWriter,
        open,
        text::{self, TextHead},
    },
};

/// Whose undo the copy's name is: nobody's.
const CLIENT: &str = "pulse";
/// How the folder of a copy under way begins; the number of its process and its own follow.
const UNDER_WAY: &str = ".writing-song-";

/// Why there is no copy. Nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Something is there already.
    #[error("{} is there already: choose another name", .0.display())]
    Taken(PathBuf),
    /// No song can be there.
    #[error("{} can't be a song: {why}", path.display())]
    Place {
        /// Where.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// The disk refused.
    #[error("the copy can't be written: {0}")]
    Io(#[from] io::Error),
    /// What was copied could not be opened.
    #[error("the copy can't be opened: {0:#}")]
    Copy(anyhow::Error),
}

/// Copies the song in `from`, which may be edited meanwhile, to the new folder `to`, under a name of its own if one is
/// given. `text_too` takes the song's text along, where nobody writes it. Returns the last transaction that both share.
///
/// # Errors
/// If no copy can be made there.
pub fn copy_song(from: &SongFolder, to: &Path, name: &str, text_too: bool) -> Result<u64, CopyError> {
    let parent = check(from, to)?;
    sweep(parent);
    let workshop = Workshop::new(parent)?;
    let copy = SongFolder::new(workshop.0.clone());
    copy.make()?;
    if text_too && from.manifest().exists() {
        copy_files(&from.tracks(), &copy.tracks())?;
        copy_file(&from.manifest(), &copy.manifest())?;
    }
    for (source, target) in
        [(from.journal(), copy.journal()), (from.media(), copy.media()), (from.state(), copy.state())]
    {
        copy_files(&source, &target)?;
    }
    let shared = begin_anew(&copy, name).map_err(CopyError::Copy)?;
    workshop.place(to)?;
    Ok(shared)
}

/// The folder that the copy will be in.
fn check<'a>(from: &SongFolder, to: &'a Path) -> Result<&'a Path, CopyError> {
    let wrong = |why| CopyError::Place { path: to.to_owned(), why };
    if !to.is_absolute() || to.extension().is_none_or(|extension| extension != "loophole") {
        return Err(wrong("it has to be an absolute path that ends in .loophole"));
    }
    let parent = to.parent().filter(|parent| parent.is_dir());
    let parent = parent.ok_or_else(|| wrong("there is no such folder to put it in"))?;
    if fs::canonicalize(parent)?.starts_with(fs::canonicalize(from.root())?) {
        return Err(wrong("it would lie inside the song itself"));
    }
    if fs::symlink_metadata(to).is_ok() {
        return Err(CopyError::Taken(to.to_owned()));
    }
    Ok(parent)
}

/// Deletes copies whose process died in the middle.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let numbers = name.to_str().and_then(|name| name.strip_prefix(UNDER_WAY)?.split('-').next());
        let pid = numbers.and_then(|pid| pid.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            // Hidden, and nothing depends on it.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The hidden folder in which a copy is made; deleted unless it gets its place.
struct Workshop(PathBuf);

impl Workshop {
    fn new(parent: &Path) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{UNDER_WAY}{}-{number}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    fn place(self, to: &Path) -> Result<(), CopyError> {
        match renameat_with(CWD, &self.0, CWD, to, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(Errno::EXIST) => return Err(CopyError::Taken(to.to_owned())),
            // The disk's file system knows no such flag; that nothing is there was checked a moment ago.
            Err(Errno::INVAL) => fs::rename(&self.0, to)?,
            Err(error) => return Err(io::Error::from(error).into()),
        }
        Ok(durable::sync_folder_of(to)?)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The files of a folder, but those that were under way, each synced.
fn copy_files(source: &Path, target: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(source) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        let is_file = entry.file_type()?.is_file();
        if is_file && !entry.file_name().to_string_lossy().starts_with(durable::TEMPORARY_PREFIX) {
            names.push(entry.file_name());
        }
    }
    // Of a journal that grows: a later segment never comes without the earlier ones.
    names.sort();
    for name in names {
        copy_file(&source.join(&name), &target.join(&name))?;
    }
    durable::sync_folder(target)
}

/// Copies a file, sharing its blocks where the disk can.
fn copy_file(source: &Path, target: &Path) -> io::Result<()> {
    fs::copy(source, target)?;
    File::open(target)?.sync_all()
}

fn begin_anew(copy: &SongFolder, name: &str) -> anyhow::Result<u64> {
    let mut opened = open::open(copy)?;
    // Without a number it is given a new one.
    opened.base.replica = 0;
    let (mut song, _) = SongState::restore(opened.base, opened.transactions)?;
    let shared = song.sequence();
    let mut writer = JournalWriter::new(copy.journal(), opened.next_segment, opened.last_line);
    let mut lines = vec![song.snapshot()?];
    if !name.is_empty() {
        let command = Command::SetSong(SetSong { name: Some(name.to_owned()), ..SetSong::default() });
        let change = song.execute(CLIENT, &format!("Save as {name}"), &[command])?;
        lines.extend(change.transaction.map(|(_, line)| line));
    }
    writer.append(&lines)?;
    let head = TextHead { replica: song.replica(), sequence: song.sequence(), journal: writer.last() };
    text::lay_out(&head, song.project().entities())?.write(copy)?;
    Ok(shared)
}
