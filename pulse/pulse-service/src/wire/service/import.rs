//! Import: one file after the other, each a transaction or an error of its own.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use chorus::pulse::v1::ImportResponse;
use pulse_model::Project;
use tokio::{sync::mpsc, task};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::{
    import::{
        plan::{self, Place},
        smf,
    },
    main_loop::{Edit, Edited},
    media::intake,
    store::durable,
    wire::service::{ANSWER_QUEUE, Answers, PulseCalls},
};

/// Files of one call. A folder of samples has hundreds.
const MAX_FILES: usize = 10_000;
/// Sounds are decoded to this rate at once, since most devices run at it; other rates are made when asked for.
const USUAL_RATE: u32 = 48_000;

impl PulseCalls {
    pub(super) fn import_files(
        &self,
        client: String,
        paths: Vec<String>,
        media_only: bool,
        place: Place,
    ) -> Result<Answers<ImportResponse>, Status> {
        if self.read_only {
            return Err(crate::song::Refusal::ReadOnly.into());
        }
        if paths.len() > MAX_FILES {
            return Err(Status::invalid_argument(format!(
                "{} files; at most {MAX_FILES} a call",
                paths.len()
            )));
        }
        let (calls, (sender, answers)) = (self.clone(), mpsc::channel(ANSWER_QUEUE));
        tokio::spawn(async move {
            for path in paths {
                let imported =
                    calls.import_file(client.clone(), PathBuf::from(&path), media_only, place).await;
                let answer =
                    imported.unwrap_or_else(|error| ImportResponse { error, ..ImportResponse::default() });
                if sender.send(Ok(ImportResponse { path, ..answer })).await.is_err() {
                    return;
                }
            }
        });
        Ok(ReceiverStream::new(answers))
    }

    pub(super) async fn import_file(
        &self,
        client: String,
        path: PathBuf,
        media_only: bool,
        place: Place,
    ) -> Result<ImportResponse, String> {
        if !path.is_absolute() {
            return Err("the path has to be absolute".to_owned());
        }
        let stem =
            path.file_stem().map_or_else(|| "Import".to_owned(), |stem| stem.to_string_lossy().into_owned());
        let source = path.clone();
        let midi = blocking(move || read_if_midi(&source)).await??;
        let edit = match midi {
            Some(_) if media_only => return Err("a MIDI file is no sound".to_owned()),
            Some(bytes) => {
                let file = blocking(move || smf::read(&bytes)).await?.map_err(|error| error.to_string())?;
                midi_edit(file, stem, place)
            }
            None => self.sound_edit(path, stem, (!media_only).then_some(place)).await?,
        };
        let Edited { plan, .. } =
            self.edit(client, edit).await.map_err(|status| status.message().to_owned())?;
        let plan = plan.unwrap_or_default();
        Ok(ImportResponse {
            tracks: plan.tracks,
            clips: plan.clips,
            notes: plan.notes,
            warnings: plan.warnings,
            media: plan.media.map_or(0, |media| media.0),
            ..ImportResponse::default()
        })
    }

    /// Without a place it becomes media only.
    async fn sound_edit(&self, path: PathBuf, stem: String, place: Option<Place>) -> Result<Edit, String> {
        let folder = self.folder.clone();
        let stored = blocking(move || intake::store(&folder, &path))
            .await?
            .map_err(|error| durable::reason(&error))?;
        let file = self.folder.root().join(&stored.path);
        let decoded = match self.cache.decode(&stored.hash, &file, USUAL_RATE).await {
            Ok(decoded) => decoded,
            Err(error) => {
                if stored.is_new {
                    // It is no sound and nobody has heard of it.
                    let _ = std::fs::remove_file(file);
                }
                return Err(error.to_string());
            }
        };
        let label = format!("Import “{stem}”");
        let plan = move |project: &Project| {
            plan::sound(project, &stored, &decoded, place.map(|place| (stem.as_str(), place)))
        };
        Ok(Edit::Import { plan: Box::new(plan), label })
    }
}

fn midi_edit(file: smf::MidiFile, stem: String, place: Place) -> Edit {
    let label = format!("Import “{stem}”");
    Edit::Import { plan: Box::new(move |project| plan::midi(project, file, &stem, place)), label }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    task::spawn_blocking(work).await.map_err(|error| format!("importing it failed: {error}"))
}

/// The whole file if it begins as MIDI files do or is called one; `None` for all others.
fn read_if_midi(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let text = |error: std::io::Error| error.to_string();
    let mut file = File::open(path).map_err(text)?;
    let metadata = file.metadata().map_err(text)?;
    if !metadata.is_file() {
        return Err("it is no plain file".to_owned());
    }
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    let called_midi =
        extension.is_some_and(|extension| ["mid", "midi", "kar", "rmi"].iter().any(|it| extension == *it));
    let mut bytes = Vec::new();
    (&mut file).take(4).read_to_end(&mut bytes).map_err(text)?;
    if !called_midi && bytes != b"MThd" {
        return Ok(None);
    }
    if metadata.len() > smf::MAX_FILE_BYTES {
        return Err(format!("it is longer than {} MiB", smf::MAX_FILE_BYTES >> 20));
    }
    file.take(smf::MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(text)?;
    Ok(Some(bytes))
}
