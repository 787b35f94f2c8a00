//! Plugins, files, auditions and uploads: the calls of library.proto.

use std::path::{Path, PathBuf};

use chorus::pulse::v1 as wire;
use tokio::task;
use tonic::Status;

use crate::{
    import::plan::Place as ImportPlace,
    library::{
        catalogue::Contents,
        grants::GrantRefused,
        incidents::Remembered,
        listing::{self, Entry, FileKind, Listing},
        places::{self, Place},
        uploads::{UploadRefused, WholeFile},
    },
    media::audition,
    wire::{grants, incident, service::PulseCalls},
};

/// Plugins of one answer: a message stays below 1 MiB.
const MAX_PLUGINS: usize = 2_000;
/// Incidents of one answer, for the same reason.
const MAX_INCIDENTS: usize = 50;
/// Characters of each text of a plugin that are sent.
const MAX_CHARACTERS: usize = 120;
/// Bytes of the words that are searched for.
const MAX_SEARCH_BYTES: usize = 200;

impl PulseCalls {
    pub(super) async fn plugins(&self, rescan: bool) -> Result<wire::ListPluginsResponse, Status> {
        let library = self.library.clone();
        let runtime = tokio::runtime::Handle::current();
        let contents = blocking(move || {
            let _entered = runtime.enter();
            library.plugins(rescan)
        });
        Ok(plugins(contents.await?))
    }

    pub(super) async fn incidents(
        &self,
        request: wire::ListIncidentsRequest,
    ) -> Result<wire::ListIncidentsResponse, Status> {
        let wire::ListIncidentsRequest { plugin_id, before } = request;
        let incidents = self.library.incidents.clone();
        let asked_for = move |it: &Remembered| {
            (plugin_id.is_empty() || it.incident.plugin_id == plugin_id) && (before == 0 || it.id < before)
        };
        let some =
            blocking(move || incidents.all().into_iter().filter(asked_for).take(MAX_INCIDENTS).collect());
        let some: Vec<Remembered> = some.await?;
        Ok(wire::ListIncidentsResponse { incidents: some.into_iter().map(incident::remembered).collect() })
    }

    pub(super) async fn forgive(&self, plugin_id: String) -> Result<(), Status> {
        let (incidents, id) = (self.library.incidents.clone(), plugin_id.clone());
        match blocking(move || incidents.forgive(&id)).await? {
            true => Ok(()),
            false => Err(Status::not_found(format!("{plugin_id} does not run alone for a crash"))),
        }
    }

    pub(super) async fn grants(&self) -> Result<wire::ListGrantsResponse, Status> {
        let book = self.library.grants.clone();
        let plugins = blocking(move || book.all()).await?;
        let plugins = plugins.iter().map(|(plugin_id, grants)| wire::PluginGrants {
            plugin_id: plugin_id.clone(),
            grants: Some(grants::wire(grants)),
        });
        Ok(wire::ListGrantsResponse { plugins: plugins.collect() })
    }

    pub(super) async fn set_grants(
        &self,
        request: wire::SetGrantsRequest,
    ) -> Result<wire::SetGrantsResponse, Status> {
        let wire::SetGrantsRequest { plugin_id, grants } = request;
        let (book, wished) = (self.library.grants.clone(), grants::wished(grants.unwrap_or_default()));
        let set = blocking(move || book.set(&plugin_id, wished)).await?;
        let grants = set.map_err(|refused| match refused {
            GrantRefused::Unwritten(_) => Status::resource_exhausted(refused.to_string()),
            refused => Status::invalid_argument(refused.to_string()),
        })?;
        Ok(wire::SetGrantsResponse { grants: Some(grants::wire(&grants)) })
    }

    pub(super) async fn files(
        &self,
        folder: String,
        search: String,
    ) -> Result<wire::ListFilesResponse, Status> {
        if search.len() > MAX_SEARCH_BYTES {
            return Err(Status::invalid_argument("nothing is called that"));
        }
        let media = self.folder.media();
        let listing = blocking(move || {
            let places = places::places(&media);
            if folder.is_empty() {
                return Ok(roots(&places, &search));
            }
            let folder = places::resolve(&places, &folder).map_err(|error| error.to_string())?;
            if search.trim().is_empty() {
                listing::list(&folder).map_err(|error| error.to_string())
            } else {
                Ok(listing::find(&folder, &search))
            }
        });
        let Listing { entries, more } = listing.await?.map_err(Status::invalid_argument)?;
        Ok(wire::ListFilesResponse { entries: entries.into_iter().map(file_entry).collect(), more })
    }

    pub(super) async fn audition(
        &self,
        path: String,
        sample_rate: u32,
    ) -> Result<wire::PrepareAuditionResponse, Status> {
        let media = self.folder.media();
        let path = blocking(move || sound(&media, &path)).await?.map_err(Status::invalid_argument)?;
        let (pcm_path, header) = audition::prepare(&self.cache, &self.folder, &path, sample_rate)
            .await
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        Ok(wire::PrepareAuditionResponse {
            pcm_path: pcm_path.display().to_string(),
            frames: header.frames as i64,
            channels: header.channels,
        })
    }

    pub(super) async fn begin_file(
        &self,
        client: String,
        request: wire::BeginUploadRequest,
    ) -> Result<u64, Status> {
        if self.read_only {
            return Err(crate::song::Refusal::ReadOnly.into());
        }
        let uploads = self.library.uploads.clone();
        Ok(blocking(move || uploads.begin(&client, &request.name, request.total_bytes)).await??)
    }

    pub(super) async fn add_part(
        &self,
        client: String,
        part: wire::UploadPartRequest,
    ) -> Result<u64, Status> {
        let uploads = self.library.uploads.clone();
        Ok(blocking(move || uploads.add(&client, part.upload, part.offset, &part.data)).await??)
    }

    pub(super) async fn finish_file(
        &self,
        client: String,
        request: wire::FinishUploadRequest,
    ) -> Result<wire::ImportResponse, Status> {
        let (uploads, of) = (self.library.uploads.clone(), client.clone());
        let whole: WholeFile = blocking(move || uploads.finish(&of, request.upload)).await??;
        let place = place(request.place.unwrap_or_default())?;
        let imported = self.import_file(client, whole.path().to_owned(), request.media_only, place).await;
        let path = whole.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let answer = imported
            .unwrap_or_else(|error| wire::ImportResponse { error, ..wire::ImportResponse::default() });
        Ok(wire::ImportResponse { path, ..answer })
    }
}

/// Where an imported file is to go.
pub(super) fn place(place: wire::ImportPlace) -> Result<ImportPlace, Status> {
    if place.start < 0 {
        return Err(Status::invalid_argument("a song begins at 0"));
    }
    let id = |id: u64| (id != 0).then_some(pulse_model::Id(id));
    Ok(ImportPlace { start: units::Ticks(place.start), track: id(place.track), before: id(place.before) })
}

impl From<UploadRefused> for Status {
    fn from(refused: UploadRefused) -> Self {
        let text = refused.to_string();
        match refused {
            UploadRefused::Disk(_) | UploadRefused::TooMany => Self::resource_exhausted(text),
            _ => Self::invalid_argument(text),
        }
    }
}

fn sound(media: &Path, path: &str) -> Result<PathBuf, String> {
    let path = places::resolve(&places::places(media), path).map_err(|error| error.to_string())?;
    match listing::entry(&path) {
        Some(Entry { kind: FileKind::Sound, .. }) => Ok(path),
        _ => Err("only sound files can be listened to".to_owned()),
    }
}

/// The places, or what is found below all of them.
fn roots(places: &[Place], search: &str) -> Listing {
    if search.trim().is_empty() {
        let entries = places.iter().filter_map(|place| {
            let path = place.path.to_str()?.to_owned();
            Some(Entry { kind: FileKind::Folder, name: place.name.clone(), path, bytes: 0 })
        });
        return Listing { entries: entries.collect(), more: false };
    }
    let mut all = Listing::default();
    for place in places {
        let Listing { entries, more } = listing::find(&place.path, search);
        all.more |= more;
        for entry in entries {
            // One place may lie in another.
            if all.entries.iter().all(|known| known.path != entry.path) {
                all.entries.push(entry);
            }
        }
    }
    all
}

fn file_entry(entry: Entry) -> wire::FileEntry {
    let kind = match entry.kind {
        FileKind::Folder => wire::FileKind::Folder,
        FileKind::Sound => wire::FileKind::Sound,
        FileKind::Midi => wire::FileKind::Midi,
    };
    wire::FileEntry { kind: kind.into(), name: entry.name, path: entry.path, bytes: entry.bytes }
}

fn plugins(contents: Contents) -> wire::ListPluginsResponse {
    let short = |text: String| -> String { text.chars().take(MAX_CHARACTERS).collect() };
    let plugins = contents.plugins.into_iter().take(MAX_PLUGINS).map(|plugin| wire::Plugin {
        plugin_id: plugin.facts.plugin_id,
        bundle: plugin.bundle,
        name: short(plugin.facts.name),
        vendor: short(plugin.facts.vendor),
        version: short(plugin.facts.version),
        description: short(plugin.facts.description),
        features: plugin.facts.features.into_iter().take(8).map(short).collect(),
        parameters: plugin.facts.parameters,
        trouble: short(plugin.facts.trouble),
        runs_alone: plugin.record.runs_alone,
        incidents: plugin.record.incidents,
    });
    let failed = contents
        .failed
        .into_iter()
        .take(MAX_PLUGINS)
        .map(|bundle| wire::FailedBundle { path: bundle.path, reason: short(bundle.reason) });
    wire::ListPluginsResponse {
        plugins: plugins.collect(),
        failed: failed.collect(),
        scanning: contents.scanning,
        scanned_bundles: contents.scanned_bundles as u32,
        total_bundles: contents.total_bundles as u32,
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Status> {
    task::spawn_blocking(work).await.map_err(|error| Status::internal(error.to_string()))
}
