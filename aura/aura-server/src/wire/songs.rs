//! Requests of a page for songs, carried out by the supervisor: opening one takes as long as its history is, and copying one
//! as its sounds are, so they hold up no other request.

use std::time::Duration;

use chorus::supervisor::v1::supervisor_service_client::SupervisorServiceClient;
use link::Connection;

use super::{
    message::{FromPage, ToPage},
    requests::{in_time, long},
};

/// Longer than copying takes for any song: 100 GB on a slow disk.
const TIMEOUT: Duration = Duration::from_secs(3_600);

/// Asks the supervisor.
pub(super) async fn ask(connection: Connection, kind: FromPage) -> Result<ToPage, String> {
    let mut supervisor = SupervisorServiceClient::new(connection.channel);
    match kind {
        FromPage::ListSongs(request) => in_time(supervisor.list_songs(request)).await.map(ToPage::Songs),
        FromPage::NewSong(request) => long(TIMEOUT, supervisor.new_song(request)).await.map(ToPage::SongMade),
        FromPage::OpenSong(request) => {
            long(TIMEOUT, supervisor.open_song(request)).await.map(ToPage::SongOpened)
        }
        FromPage::SaveSongCopy(request) => {
            long(TIMEOUT, supervisor.save_song_copy(request)).await.map(ToPage::SongCopied)
        }
        _ => Err("this is no request for songs".to_owned()),
    }
}
