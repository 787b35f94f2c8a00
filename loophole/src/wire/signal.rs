//! A playing Signal, as the supervisor uses it.

use chorus::signal::v1 as wire;
use link::Connection;
use tonic::transport::Channel;
use wire::{DeviceState, signal_service_client::SignalServiceClient};

use super::CallError;

/// A connection to Signal.
#[derive(Clone)]
pub(crate) struct Signal {
    client: SignalServiceClient<Channel>,
}

/// A process that Signal says it started.
#[derive(Clone, Debug)]
pub(crate) struct Sandbox {
    pub pid: u32,
    pub name: String,
    pub state: SandboxState,
    pub restarts: u32,
    pub round_trip_us: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SandboxState {
    Starting,
    Running,
    Restarting,
    Failed,
}

/// What Signal plays on.
#[derive(Debug)]
pub(crate) struct AudioDevice {
    pub name: String,
    pub sample_rate: u32,
    pub block_frames: u32,
    pub realtime: bool,
    /// What to do to get real-time rights.
    pub remedy: String,
    /// Why it is another than the chosen one; empty: it is not.
    pub notice: String,
}

impl Signal {
    pub fn new(connection: &Connection) -> Self {
        Self { client: SignalServiceClient::new(connection.channel.clone()) }
    }

    pub async fn audio_device(&mut self) -> Result<AudioDevice, CallError> {
        let answer = self.client.get_device(wire::GetDeviceRequest {}).await?.into_inner();
        let wire::GetDeviceResponse {
            name,
            sample_rate,
            block_frames,
            realtime,
            realtime_remedy,
            notice,
            ..
        } = answer;
        Ok(AudioDevice { name, sample_rate, block_frames, realtime, remedy: realtime_remedy, notice })
    }

    pub async fn panic(&mut self) -> Result<(), CallError> {
        self.client.panic(wire::PanicRequest {}).await?;
        Ok(())
    }

    pub async fn sandboxes(&mut self) -> Result<Vec<Sandbox>, CallError> {
        let answer = self.client.list_sandboxes(wire::ListSandboxesRequest {}).await?.into_inner();
        Ok(answer.sandboxes.into_iter().map(sandbox).collect())
    }

    pub async fn kill_sandbox(&mut self, pid: u32) -> Result<(), CallError> {
        self.client.kill_sandbox(wire::KillSandboxRequest { pid }).await?;
        Ok(())
    }
}

fn sandbox(status: wire::SandboxStatus) -> Sandbox {
    let state = match status.state() {
        DeviceState::Running => SandboxState::Running,
        DeviceState::Restarting => SandboxState::Restarting,
        DeviceState::Failed | DeviceState::Missing => SandboxState::Failed,
        DeviceState::Loading | DeviceState::Unspecified => SandboxState::Starting,
    };
    let wire::SandboxStatus { pid, name, restarts, round_trip_us, .. } = status;
    Sandbox { pid, name, state, restarts, round_trip_us }
}
