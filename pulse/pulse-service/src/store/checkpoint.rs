//! Writes the text of the song beside the journal, one writing at a time, away from the main loop.

use std::{fs, io, sync::Arc};

use pulse_model::Project;
use tokio::{sync::Mutex, task};

use crate::store::{
    folder::SongFolder,
    text::{self, TextHead},
};

/// Texts that were changed outside of Loophole and are kept aside; the numbers beyond are for people to clean up.
const MAX_KEPT_ASIDE: u32 = 1000;

/// The text of one song.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    folder: SongFolder,
    written: Option<u64>,
    keep_old_aside: bool,
}

impl Checkpoint {
    /// Of a song; `keep_old_aside` if the text there says what the journal does not, and must not be lost.
    #[must_use]
    pub fn new(folder: SongFolder, keep_old_aside: bool) -> Self {
        Self { state: Arc::new(Mutex::new(State { folder, written: None, keep_old_aside })) }
    }

    /// Writes a state of the song, unless a newer one is there already.
    ///
    /// # Errors
    /// If the disk refuses.
    pub async fn write(&self, head: TextHead, project: Arc<Project>) -> io::Result<()> {
        let mut state = self.state.clone().lock_owned().await;
        if state.written.is_some_and(|written| written >= head.sequence) {
            return Ok(());
        }
        task::spawn_blocking(move || {
            if state.keep_old_aside {
                keep_aside(&state.folder)?;
                state.keep_old_aside = false;
            }
            text::lay_out(&head, project.entities())?.write(&state.folder)?;
            state.written = Some(head.sequence);
            Ok(())
        })
        .await
        .map_err(io::Error::other)?
    }
}

/// Copies the text to `recovered-N/`, so that neither it nor the journal silently wins.
fn keep_aside(folder: &SongFolder) -> io::Result<()> {
    let root = folder.root();
    let aside = (1..MAX_KEPT_ASIDE)
        .map(|number| root.join(format!("recovered-{number}")))
        .find(|path| !path.exists())
        .ok_or_else(|| io::Error::other("there are too many folders recovered-N"))?;
    fs::create_dir_all(aside.join("tracks"))?;
    if folder.manifest().exists() {
        fs::copy(folder.manifest(), aside.join("song.json"))?;
    }
    for entry in fs::read_dir(folder.tracks()).into_iter().flatten().flatten() {
        fs::copy(entry.path(), aside.join("tracks").join(entry.file_name()))?;
    }
    tracing::warn!("the text that differs from the journal is kept in {}", aside.display());
    Ok(())
}
