//! Requests of a page for plugins, files, auditions and uploads, carried out by Pulse beside the song's edits: a search of a
//! disk or a decoding holds up no edit.

use std::time::Duration;

use chorus::pulse::v1::{ImportRequest, ImportResponse, pulse_service_client::PulseServiceClient};
use link::Connection;
use tonic::transport::Channel;

use super::{
    message::{self, FromPage, ToPage},
    requests::{in_time, reason},
};

/// Longer than decoding takes for any sound that will still be imported: an hour of 96 kHz on a slow disk.
const IMPORT_TIMEOUT: Duration = Duration::from_secs(600);

/// Asks Pulse.
pub(super) async fn ask(connection: Connection, kind: FromPage) -> Result<ToPage, String> {
    let mut pulse = PulseServiceClient::new(connection.channel);
    match kind {
        FromPage::ListPlugins(request) => in_time(pulse.list_plugins(request)).await.map(ToPage::Plugins),
        FromPage::ListIncidents(request) => {
            in_time(pulse.list_incidents(request)).await.map(ToPage::Incidents)
        }
        FromPage::ForgivePlugin(request) => {
            in_time(pulse.forgive_plugin(request)).await.map(|_| message::done())
        }
        FromPage::ListGrants(request) => in_time(pulse.list_grants(request)).await.map(ToPage::Grants),
        FromPage::SetGrants(request) => in_time(pulse.set_grants(request)).await.map(ToPage::GrantsSet),
        FromPage::ListFiles(request) => in_time(pulse.list_files(request)).await.map(ToPage::Files),
        FromPage::PrepareAudition(request) => {
            in_time(pulse.prepare_audition(request)).await.map(ToPage::AuditionPrepared)
        }
        FromPage::BeginUpload(request) => in_time(pulse.begin_upload(request)).await.map(ToPage::UploadBegun),
        FromPage::UploadPart(request) => {
            in_time(pulse.upload_part(request)).await.map(ToPage::UploadReceived)
        }
        FromPage::CancelUpload(request) => {
            in_time(pulse.cancel_upload(request)).await.map(|_| message::done())
        }
        FromPage::Import(request) => long(import(pulse, request)).await.and_then(imported),
        FromPage::FinishUpload(request) => {
            let finishing = async {
                pulse.finish_upload(request).await.map(|it| it.into_inner().imported.unwrap_or_default())
            };
            long(async { finishing.await.map_err(|status| reason(&status)) }).await.and_then(imported)
        }
        _ => Err("this is no request for the library".to_owned()),
    }
}

async fn long<T>(call: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let late = || format!("no answer came within {} minutes", IMPORT_TIMEOUT.as_secs() / 60);
    tokio::time::timeout(IMPORT_TIMEOUT, call).await.map_err(|_| late())?
}

async fn import(
    mut pulse: PulseServiceClient<Channel>,
    request: ImportRequest,
) -> Result<ImportResponse, String> {
    if request.paths.len() != 1 {
        return Err("a page imports one file at a time".to_owned());
    }
    let mut answers = pulse.import(request).await.map_err(|status| reason(&status))?.into_inner();
    let answer = answers.message().await.map_err(|status| reason(&status))?;
    answer.ok_or_else(|| "nothing came of it".to_owned())
}

/// What is wrong with a file is said as every refusal is.
fn imported(answer: ImportResponse) -> Result<ToPage, String> {
    if answer.error.is_empty() { Ok(ToPage::Imported(answer)) } else { Err(answer.error) }
}
