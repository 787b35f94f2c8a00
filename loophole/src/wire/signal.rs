//! A playing Signal, as the supervisor uses it.

use chorus::signal::v1 as wire;
use link::Connection;
use tonic::{Code, transport::Channel};
use wire::{DeviceState, signal_service_client::SignalServiceClient};

use super::{CallError, sandboxes};
use crate::{metronome_output::MetronomeOutput, supervisor::SandboxDetail};

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
    pub detail: SandboxDetail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SandboxState {
    Starting,
    Running,
    Restarting,
    Failed,
}

/// Why Signal did not leave the song.
#[derive(Debug)]
pub(crate) enum LeaveError {
    /// In its own words.
    Refused(String),
    /// It went away before it answered.
    Gone,
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

    /// Stops the song for another one, or with `only_ask` says whether it would.
    pub async fn leave_song(&mut self, only_ask: bool) -> Result<(), LeaveError> {
        let left = self.client.leave_song(wire::LeaveSongRequest { only_ask }).await;
        left.map(drop).map_err(|status| match status.code() {
            Code::Unavailable | Code::Unknown | Code::Cancelled => LeaveError::Gone,
            _ => LeaveError::Refused(CallError::from(status).to_string()),
        })
    }

    pub async fn sandboxes(&mut self) -> Result<Vec<Sandbox>, CallError> {
        let answer = self.client.list_sandboxes(wire::ListSandboxesRequest {}).await?.into_inner();
        Ok(answer.sandboxes.into_iter().map(sandbox).collect())
    }

    /// Begins or ends recording, for the undo of this command line.
    pub async fn record(&mut self, enabled: bool) -> Result<(), CallError> {
        self.client.record(wire::RecordRequest { enabled, client: super::OWN_NAME.to_owned() }).await?;
        Ok(())
    }

    /// Makes takes of what was played last; gives the tracks.
    pub async fn keep(&mut self, track: u64) -> Result<Vec<u64>, CallError> {
        let request = wire::KeepPlayedRequest { client: super::OWN_NAME.to_owned(), track };
        Ok(self.client.keep_played(request).await?.into_inner().tracks)
    }

    /// Frames from an output to an input, as measured and as the device says.
    pub async fn calibrate(&mut self, output: u32, input: u32) -> Result<(u32, u32), CallError> {
        let request = wire::CalibrateRequest { output_channel: output, input_channel: input };
        let answer = self.client.calibrate(request).await?.into_inner();
        Ok((answer.round_trip_frames, answer.stated_frames))
    }

    /// Lets the metronome be heard elsewhere.
    pub async fn set_metronome_output(&mut self, output: MetronomeOutput) -> Result<(), CallError> {
        let (place, first_channel, channels) = match output {
            MetronomeOutput::Main => (wire::MetronomePlace::Main, 0, 0),
            MetronomeOutput::Nowhere => (wire::MetronomePlace::Nowhere, 0, 0),
            MetronomeOutput::One(first) => (wire::MetronomePlace::Channels, first, 1),
            MetronomeOutput::Pair(first) => (wire::MetronomePlace::Channels, first, 2),
        };
        let output = wire::MetronomeOutput { place: place as i32, first_channel, channels };
        self.client.set_metronome_output(wire::SetMetronomeOutputRequest { output: Some(output) }).await?;
        Ok(())
    }

    /// Where the metronome is heard, and how many outputs the device has.
    pub async fn metronome_output(&mut self) -> Result<(MetronomeOutput, u32), CallError> {
        let device = self.client.get_device(wire::GetDeviceRequest {}).await?.into_inner();
        let output = device.metronome_output.unwrap_or_default();
        let output = match (output.place(), output.channels) {
            (wire::MetronomePlace::Nowhere, _) => MetronomeOutput::Nowhere,
            (wire::MetronomePlace::Channels, 1) => MetronomeOutput::One(output.first_channel),
            (wire::MetronomePlace::Channels, _) => MetronomeOutput::Pair(output.first_channel),
            (wire::MetronomePlace::Main | wire::MetronomePlace::Unspecified, _) => MetronomeOutput::Main,
        };
        Ok((output, device.outputs))
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
        DeviceState::Failed | DeviceState::Missing | DeviceState::Disabled => SandboxState::Failed,
        DeviceState::Loading | DeviceState::Unspecified => SandboxState::Starting,
    };
    let detail = sandboxes::from_wire(&status);
    let wire::SandboxStatus { pid, name, restarts, round_trip_us, .. } = status;
    Sandbox { pid, name, state, restarts, round_trip_us, detail }
}
