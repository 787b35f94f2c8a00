//! Pulse, as the command line uses it.

use chorus::pulse::v1 as wire;
use link::Connection;
use serde::Serialize;
use tonic::transport::Channel;
use wire::pulse_service_client::PulseServiceClient;

use super::{CallError, script::ScriptCommand};

/// Ticks a quarter note.
const TICKS_A_QUARTER: f64 = 46_126_080.0;
/// Superclocks a minute: beats a minute are this by superclocks a quarter.
const SUPERCLOCKS_A_MINUTE: f64 = 16_934_400_000.0;

/// A connection to the Pulse of one song.
#[derive(Clone)]
pub(crate) struct Pulse {
    client: PulseServiceClient<Channel>,
}

/// What a transaction did.
#[derive(Debug, Serialize)]
pub(crate) struct Executed {
    pub sequence: u64,
    /// By index of the command; 0 where it created nothing.
    pub created: Vec<u64>,
}

/// What was undone or redone.
#[derive(Debug, Serialize)]
pub(crate) struct Inverted {
    pub sequence: u64,
    pub label: String,
}

/// What became of one imported file.
#[derive(Debug, Serialize)]
pub(crate) struct ImportedFile {
    pub path: String,
    /// Empty if it worked.
    pub error: String,
    pub tracks: u32,
    pub clips: u32,
    pub notes: u64,
    pub media: u64,
    pub warnings: Vec<String>,
}

/// What a song holds.
#[derive(Debug, Serialize)]
pub(crate) struct SongInfo {
    pub name: String,
    pub path: String,
    pub tracks: u64,
    pub clips: u64,
    pub notes: u64,
    pub devices: u64,
    pub sends: u64,
    pub media: u64,
    pub transactions: u64,
    pub length_ticks: i64,
    pub length_quarters: f64,
    pub length_seconds: f64,
    pub tempo_map: Vec<Tempo>,
    pub signature_map: Vec<Signature>,
    /// What could not be read when the song was opened.
    pub diagnostics: Vec<String>,
    pub read_only: bool,
}

/// A point of the tempo map.
#[derive(Debug, Serialize)]
pub(crate) struct Tempo {
    pub position_ticks: i64,
    pub bpm: f64,
    pub superclocks_per_quarter: u64,
}

/// A point of the signature map.
#[derive(Debug, Serialize)]
pub(crate) struct Signature {
    pub position_ticks: i64,
    pub numerator: u32,
    pub denominator: u32,
}

impl Pulse {
    pub fn new(connection: &Connection) -> Self {
        Self { client: PulseServiceClient::new(connection.channel.clone()) }
    }

    /// Carries out commands as one transaction.
    pub async fn execute(
        &mut self,
        commands: Vec<ScriptCommand>,
        label: &str,
    ) -> Result<Executed, CallError> {
        let commands = commands.into_iter().map(ScriptCommand::into_wire).collect();
        let request = wire::ExecuteRequest { commands, label: label.to_owned() };
        let answer = self.client.execute(request).await?.into_inner();
        Ok(Executed { sequence: answer.sequence, created: answer.created })
    }

    /// Undoes what the command line did last.
    pub async fn undo(&mut self) -> Result<Inverted, CallError> {
        let answer = self.client.undo(wire::UndoRequest {}).await?.into_inner();
        Ok(Inverted { sequence: answer.sequence, label: answer.label })
    }

    /// Redoes what was undone last.
    pub async fn redo(&mut self) -> Result<Inverted, CallError> {
        let answer = self.client.redo(wire::RedoRequest {}).await?.into_inner();
        Ok(Inverted { sequence: answer.sequence, label: answer.label })
    }

    /// Imports files by their absolute paths, each to tracks and clips, and tells of each as it is done.
    pub async fn import(
        &mut self,
        paths: Vec<String>,
        done: impl FnMut(ImportedFile),
    ) -> Result<(), CallError> {
        self.import_as(wire::ImportRequest { paths, media_only: false, place: None }, done).await
    }

    /// Imports sound files by their absolute paths as media, without tracks and clips.
    pub async fn import_media(
        &mut self,
        paths: Vec<String>,
        done: impl FnMut(ImportedFile),
    ) -> Result<(), CallError> {
        self.import_as(wire::ImportRequest { paths, media_only: true, place: None }, done).await
    }

    async fn import_as(
        &mut self,
        request: wire::ImportRequest,
        mut done: impl FnMut(ImportedFile),
    ) -> Result<(), CallError> {
        let mut answers = self.client.import(request).await?.into_inner();
        while let Some(file) = answers.message().await? {
            let wire::ImportResponse { path, error, tracks, clips, notes, warnings, media } = file;
            done(ImportedFile { path, error, tracks, clips, notes, media, warnings });
        }
        Ok(())
    }

    /// Writes the song's text.
    pub async fn save(&mut self) -> Result<(), CallError> {
        self.client.save(wire::SaveRequest {}).await?;
        Ok(())
    }

    /// Copies the song into a new folder, under a name of its own.
    pub async fn save_copy(&mut self, path: String, name: String) -> Result<(), CallError> {
        self.client.save_copy(wire::SaveCopyRequest { path, name }).await?;
        Ok(())
    }

    /// Has a Pulse that stood by send Signal its graph.
    pub async fn link_signal(&mut self) -> Result<(), CallError> {
        self.client.link_signal(wire::LinkSignalRequest {}).await?;
        Ok(())
    }

    /// Lets a plugin that runs alone run as its songs say.
    pub async fn forgive_plugin(&mut self, plugin_id: String) -> Result<(), CallError> {
        self.client.forgive_plugin(wire::ForgivePluginRequest { plugin_id }).await?;
        Ok(())
    }

    /// What the song holds.
    pub async fn info(&mut self) -> Result<SongInfo, CallError> {
        let info = self.client.get_info(wire::GetInfoRequest {}).await?.into_inner();
        let tempo_map = info.tempo_map.into_iter().map(tempo).collect();
        let signature_map = info.signature_map.into_iter().map(signature).collect();
        Ok(SongInfo {
            name: info.name,
            path: info.path,
            tracks: info.tracks,
            clips: info.clips,
            notes: info.notes,
            devices: info.devices,
            sends: info.sends,
            media: info.media,
            transactions: info.transactions,
            length_ticks: info.length_ticks,
            length_quarters: info.length_ticks as f64 / TICKS_A_QUARTER,
            length_seconds: info.length_seconds,
            tempo_map,
            signature_map,
            diagnostics: info.diagnostics,
            read_only: info.read_only,
        })
    }

    pub(super) fn client(&mut self) -> &mut PulseServiceClient<Channel> {
        &mut self.client
    }
}

fn tempo(point: wire::TempoPoint) -> Tempo {
    Tempo {
        position_ticks: point.position,
        bpm: SUPERCLOCKS_A_MINUTE / point.superclocks_per_quarter.max(1) as f64,
        superclocks_per_quarter: point.superclocks_per_quarter,
    }
}

fn signature(point: wire::SignaturePoint) -> Signature {
    let wire::SignaturePoint { position, numerator, denominator, .. } = point;
    Signature { position_ticks: position, numerator, denominator }
}
