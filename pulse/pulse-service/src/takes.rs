//! Takes that Signal recorded, on their way into the song.
//!
//! 1. `inbox` finds takes that nobody writes any more: complete ones, and those whose writer died.
//! 2. `log` reads what a take is; `sound` copies its sound into `media/`, with sizes that a crash left wrong put right in the
//!    copy.
//! 3. `plan` says which commands make clips of the takes of one recording: one transaction, "Record".
//! 4. Once that is on disk the take's own files are deleted; until then nothing of them is changed.
//!
//! On a full disk takes wait where they are until there is room for them.
//!
//! A take that is found again after its transaction (Pulse died before 4) is known by its clips' ids, and only deleted.

pub mod inbox;
pub mod log;
pub mod plan;
pub mod sound;

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc, oneshot},
    task,
};

use crate::{
    main_loop::{Edit, Event},
    media::cache::{CacheError, MediaCache},
    song::Refusal,
    store::{durable, folder::SongFolder},
    takes::{inbox::Recording, plan::TakenSound},
};

/// Between two looks at the folder while takes are under way: their writer may have died.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Between two looks whether there is room for what waits.
const ROOM_INTERVAL: Duration = Duration::from_secs(2);
/// What it is called in the history.
const LABEL: &str = "Record";
/// Whose undo has a recording that nobody asked for.
const CLIENT: &str = "pulse";

/// Takes recordings in until it is dropped: at the start, when `wake` says so, and while takes are under way.
pub async fn run(events: mpsc::Sender<Event>, folder: SongFolder, cache: Arc<MediaCache>, wake: Arc<Notify>) {
    let mut given_up = HashSet::new();
    let mut waits = false;
    loop {
        let place = folder.takes();
        let found = task::spawn_blocking(move || inbox::look(&place)).await;
        let Ok(inbox::Found { recordings, under_way }) = found else { return };
        let waited = std::mem::take(&mut waits);
        for recording in recordings {
            let session = recording.session.clone();
            if given_up.contains(&session) {
                continue;
            }
            match take_in(recording, &events, &folder, &cache).await {
                Ok(()) => {}
                Err(error) if is_for_want_of_room(&error) => waits = true,
                Err(error) => {
                    tracing::error!("a recording stays in {}: {error:#}", folder.takes().display());
                    given_up.insert(session);
                }
            }
        }
        if waits && !waited {
            tracing::warn!("a recording waits in {} for room on the disk", folder.takes().display());
        }
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(LOOK_INTERVAL), if under_way => {}
            () = tokio::time::sleep(ROOM_INTERVAL), if waits => {}
        }
    }
}

fn is_for_want_of_room(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(durable::is_full)
        || error.downcast_ref().is_some_and(CacheError::is_full)
        || matches!(error.downcast_ref(), Some(Refusal::Disk(_)))
}

async fn take_in(
    recording: Recording,
    events: &mpsc::Sender<Event>,
    folder: &SongFolder,
    cache: &MediaCache,
) -> anyhow::Result<()> {
    let sources: Vec<_> = recording.takes.iter().filter_map(|take| take.sound.clone()).collect();
    let place = folder.root().to_owned();
    task::spawn_blocking(move || require_room(&place, &sources)).await??;
    let mut sounds = Vec::new();
    for take in &recording.takes {
        sounds.push(match &take.sound {
            Some(source) => sound_of(source.clone(), folder, cache).await?,
            None => None,
        });
    }
    let client = match recording.takes.first().map(|take| take.log.head.client.as_str()) {
        Some(client) if !client.is_empty() => client.to_owned(),
        _ => CLIENT.to_owned(),
    };
    let logs: Vec<_> = recording.takes.iter().map(|take| take.log.clone()).collect();
    let plan = move |song: &crate::song::SongState| plan::recording(song, &logs, &sounds);
    let edit = Edit::Takes { plan: Box::new(plan), label: LABEL.to_owned() };
    let (reply, answer) = oneshot::channel();
    events.send(Event::Edit { client, edit, reply }).await.map_err(|_| anyhow::anyhow!("Pulse is ending"))?;
    answer.await??;
    task::spawn_blocking(move || recording.delete()).await??;
    Ok(())
}

/// Refuses what would only fill the disk on its way. What can't be looked at is found out later.
fn require_room(folder: &Path, sources: &[PathBuf]) -> io::Result<()> {
    let bytes = sources.iter().filter_map(|source| sound::room(source).ok()).sum();
    durable::require_room(folder, bytes)
}

/// The sound of a take, stored and decoded; `None` if there is none in it.
async fn sound_of(
    source: PathBuf,
    folder: &SongFolder,
    cache: &MediaCache,
) -> anyhow::Result<Option<TakenSound>> {
    let own = folder.clone();
    let Some((stored, rate)) = task::spawn_blocking(move || sound::store(&own, &source)).await?? else {
        return Ok(None);
    };
    let decoded = cache.decode(&stored.hash, &folder.root().join(&stored.path), rate).await?;
    Ok(Some(TakenSound { stored, decoded }))
}
