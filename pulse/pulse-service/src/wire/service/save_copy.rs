//! SaveCopy: a copy of the song beside its editing.

use std::path::PathBuf;

use tokio::task;
use tonic::Status;

use crate::{
    copy::{self, CopyError},
    wire::service::PulseCalls,
};

/// Longest name of a copy, in characters: as clients may give a song.
const MAX_NAME: usize = 200;

impl PulseCalls {
    /// Copies the song as it is on disk, which is all that was acknowledged.
    pub(super) async fn copy(&self, to: PathBuf, name: String) -> Result<u64, Status> {
        if name.chars().count() > MAX_NAME {
            return Err(Status::invalid_argument(format!("the name is longer than {MAX_NAME} characters")));
        }
        // Nobody writes the text of a song that is read only, and it may know what its journal does not.
        let (from, text_too) = (self.folder.clone(), self.read_only);
        let copied = task::spawn_blocking(move || copy::copy_song(&from, &to, &name, text_too)).await;
        copied.map_err(|error| Status::internal(error.to_string()))?.map_err(|error| match error {
            CopyError::Taken(_) => Status::already_exists(error.to_string()),
            _ => Status::failed_precondition(error.to_string()),
        })
    }
}
