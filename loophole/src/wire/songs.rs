//! Songs in the supervisor's contract: which is open, which there are, and going over to another.

use chorus::supervisor::v1 as wire;
use link::Hello;
use tokio::sync::oneshot;
use tonic::Status;

use super::{OWN_NAME, pulse::Pulse, supervisor_service::SupervisorCalls};
use crate::{
    places,
    song_choice::{self, PlaceError, SongChoice},
    songs::{self, SongEntry},
    supervisor::{Event, OpenSong},
};

pub(super) fn open_song(song: &OpenSong) -> wire::WatchSongResponse {
    let opening = song.opening.as_ref().map(|path| path.display().to_string());
    wire::WatchSongResponse {
        path: song.path.display().to_string(),
        opening_path: opening.unwrap_or_default(),
    }
}

/// Reads folders, so it is not for the runtime's own threads.
pub(super) fn list() -> Result<wire::ListSongsResponse, Status> {
    let failed = |error: anyhow::Error| Status::failed_precondition(format!("{error:#}"));
    let songs = songs::list().map_err(failed)?.into_iter().map(entry).collect();
    let songs_folder = places::songs_folder().map_err(failed)?.display().to_string();
    Ok(wire::ListSongsResponse { songs, songs_folder })
}

fn entry(song: SongEntry) -> wire::SongEntry {
    let SongEntry { name, path, changed_ms, opened_ms, open_by_pid } = song;
    wire::SongEntry { name, path: path.display().to_string(), changed_ms, opened_ms, open_by_pid }
}

impl From<PlaceError> for Status {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Taken(_) => Self::already_exists(error.to_string()),
            PlaceError::Name(_) | PlaceError::Folder(_) => Self::invalid_argument(error.to_string()),
        }
    }
}

impl SupervisorCalls {
    /// Makes a song and goes over to it; its path.
    pub(super) async fn make_song(&self, request: wire::NewSongRequest) -> Result<String, Status> {
        let wire::NewSongRequest { name, folder } = request;
        self.go_over(song_choice::place(&name, &folder)?).await
    }

    /// Goes over to a song that is there; its path.
    pub(super) async fn open_other(&self, path: &str) -> Result<String, Status> {
        if !path.starts_with('/') {
            return Err(Status::invalid_argument(format!("“{path}” is no absolute path")));
        }
        let song = song_choice::existing(path.into());
        self.go_over(song.map_err(|error| Status::failed_precondition(format!("{error:#}")))?).await
    }

    /// Copies the song that is open, and goes over to the copy if that is wanted; its path.
    pub(super) async fn copy_song(&self, request: wire::SaveSongCopyRequest) -> Result<String, Status> {
        let wire::SaveSongCopyRequest { name, folder, open } = request;
        if name.is_empty() {
            return Err(Status::invalid_argument("the copy needs a name"));
        }
        let copy = song_choice::place(&name, &folder)?;
        let path = copy.path.display().to_string();
        let unavailable = |error: &dyn std::fmt::Display| Status::failed_precondition(error.to_string());
        let connection = link::connect(&self.pulse_socket, Hello::new(OWN_NAME)).await;
        let mut pulse = Pulse::new(&connection.map_err(|error| unavailable(&error))?);
        pulse.save_copy(path.clone(), name).await.map_err(|error| unavailable(&error))?;
        if open { self.go_over(copy).await } else { Ok(path) }
    }

    async fn go_over(&self, song: SongChoice) -> Result<String, Status> {
        let path = song.path.display().to_string();
        let (answer, answered) = oneshot::channel();
        self.send(Event::SwitchRequested { song, answer }).await?;
        let outcome = answered.await.map_err(|_| Status::failed_precondition("Loophole is stopping"))?;
        outcome.map_err(|error| Status::failed_precondition(error.to_string()))?;
        Ok(path)
    }
}
