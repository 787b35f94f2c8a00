//! A running supervisor, as commands use it.

use chorus::supervisor::v1 as wire;
use link::Connection;
use serde::Serialize;
use tonic::transport::Channel;
use wire::supervisor_service_client::SupervisorServiceClient;

use super::{CallError, supervisor_service::process_from_wire};
use crate::supervisor::ProcessStatus;

/// A connection to a supervisor.
pub(crate) struct Supervisor {
    client: SupervisorServiceClient<Channel>,
}

/// Where its page is.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    pub url: String,
    pub song_path: String,
}

impl Supervisor {
    pub fn new(connection: &Connection) -> Self {
        Self { client: SupervisorServiceClient::new(connection.channel.clone()) }
    }

    pub async fn processes(&mut self) -> Result<Vec<ProcessStatus>, CallError> {
        let answer = self.client.list_processes(wire::ListProcessesRequest {}).await?.into_inner();
        Ok(answer.processes.into_iter().map(process_from_wire).collect())
    }

    pub async fn page(&mut self) -> Result<Page, CallError> {
        let answer = self.client.get_page(wire::GetPageRequest {}).await?.into_inner();
        Ok(Page { url: answer.url, song_path: answer.song_path })
    }

    /// Goes over to a song that is there; its path.
    pub async fn open_song(&mut self, path: String) -> Result<String, CallError> {
        Ok(self.client.open_song(wire::OpenSongRequest { path }).await?.into_inner().path)
    }

    /// Makes a song and goes over to it; its path. An empty name or folder: the usual one.
    pub async fn new_song(&mut self, name: String, folder: String) -> Result<String, CallError> {
        Ok(self.client.new_song(wire::NewSongRequest { name, folder }).await?.into_inner().path)
    }

    pub async fn kill(&mut self, pid: u32) -> Result<(), CallError> {
        self.client.kill_process(wire::KillProcessRequest { pid }).await?;
        Ok(())
    }

    pub async fn stop(&mut self) -> Result<(), CallError> {
        self.client.stop(wire::StopRequest {}).await?;
        Ok(())
    }
}
