//! What can happen to the control thread, and what it says to Pulse and to callers.

use std::path::PathBuf;
use std::sync::Arc;

use signal_graph::ParameterChange;
use tokio::sync::{mpsc, oneshot};

use crate::audition::AuditionRequest;
use crate::capture::Captured;
use crate::device::DeviceFormat;
use crate::device::keeper::DeviceDescription;
use crate::device::settings::AudioSettings;
use crate::device_board::SandboxStatus;
use crate::graph_assembly::GraphPart;
use crate::incident::Incident;
use crate::recording::calibration::RoundTrip;
use crate::recording::click_output::ClickOutput;
use crate::recording::setup::RecordSetup;
use crate::refusal::Refusal;
use crate::sandbox::Convertible;
use crate::state_store::{StateHash, StatePart};

/// Where the answer to a call goes.
pub type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

/// Everything that can happen.
pub enum Event {
    /// Pulse opened a stream; an older one counts no more.
    PulseConnected {
        /// Names the stream.
        connection: u64,
        /// What goes up.
        up: mpsc::Sender<ToPulse>,
    },
    /// Something came down the stream.
    Graph {
        /// Names the stream.
        connection: u64,
        /// What came.
        message: GraphMessage,
    },
    /// The stream ended. The sound goes on.
    PulseGone {
        /// Names the stream.
        connection: u64,
    },
    /// Play from the playhead.
    Play(Reply<()>),
    /// Stop where it is.
    Stop(Reply<()>),
    /// Stop, and forget what was played: another song follows.
    LeaveSong {
        /// Only say whether it would be refused.
        only_ask: bool,
        /// Answered at once.
        reply: Reply<()>,
    },
    /// Move the playhead to a song position in samples.
    Locate(i64, Reply<()>),
    /// All notes off everywhere.
    Panic(Reply<()>),
    /// The disk has what a start waits for.
    Prefetched(u64),
    /// A value of a gesture.
    Preview {
        /// Names the gesture.
        gesture: u64,
        /// The value.
        change: ParameterChange,
        /// Answered at once.
        reply: Reply<()>,
    },
    /// A gesture is over.
    PreviewEnded(u64),
    /// What the sandboxes are doing.
    ListSandboxes(Reply<Vec<SandboxStatus>>),
    /// Kill the sandbox of this pid.
    KillSandbox(u32, Reply<()>),
    /// Value to text or text to value.
    ConvertParameter {
        /// Whose.
        device: u64,
        /// Which.
        parameter: u32,
        /// What to convert.
        from: Convertible,
        /// Answered by the device itself.
        reply: Reply<Converted>,
    },
    /// Listen to a sound beside the song; answered with its frames when it begins.
    Audition(AuditionRequest, Reply<i64>),
    /// Listen no more.
    StopAudition(Reply<()>),
    /// Start a device again that was left out.
    RestartDevice(u64, Reply<()>),
    /// Take down the incident of a device.
    DismissIncident(u64, Reply<()>),
    /// What the device is.
    GetDevice(Reply<DeviceDescription>),
    /// Choose another audio device; answered once it is remembered.
    ChooseAudioDevice(AudioSettings, Reply<DeviceDescription>),
    /// Let the metronome be heard elsewhere, and remember it.
    SetClickOutput(ClickOutput, Reply<()>),
    /// Capture what is played, from the next play on, to this file.
    StartCapture(PathBuf, Reply<()>),
    /// Begin to measure the output's loudness anew.
    ResetLoudness(Reply<()>),
    /// Complete the capture.
    StopCapture(Reply<Captured>),
    /// Begin or end recording.
    Record {
        /// Whether.
        enabled: bool,
        /// Whose undo takes it back.
        client: String,
        /// Answered once it plays.
        reply: Reply<()>,
    },
    /// Make takes of what was played last.
    KeepPlayed {
        /// Whose undo takes it back.
        client: String,
        /// Gets it if no track is armed.
        track: u64,
        /// The tracks that got something.
        reply: Reply<Vec<u64>>,
    },
    /// Messages of the page's keyboard.
    Keys {
        /// For this track alone, or 0.
        track: u64,
        /// Status byte first.
        messages: Vec<[u8; 3]>,
        /// Answered at once.
        reply: Reply<()>,
    },
    /// Measure the way between two channels of the device, from 0.
    Calibrate {
        /// That plays.
        output: usize,
        /// That hears.
        input: usize,
        /// Answered when it is known.
        reply: Reply<Calibrated>,
    },
    /// A measurement is complete.
    Calibrated(RoundTrip, Reply<Calibrated>),
    /// Takes are complete.
    TakesClosed,
    /// Nothing more can be recorded of the session of this number.
    RecordingEnded(u64),
}

/// What Pulse sends.
pub enum GraphMessage {
    /// A part of an update.
    Part(Box<GraphPart>),
    /// A part that breaks a rule of its own.
    Unreadable {
        /// Of the update.
        revision: u64,
        /// No part follows.
        last: bool,
        /// Which rule, for people.
        reason: String,
    },
    /// What can be recorded, or why it can't be known.
    Recording(Result<Box<RecordSetup>, String>),
    /// A part of a plugin's state, or why it can't be one.
    State(Result<StatePart, String>),
}

/// What Pulse is told.
#[derive(Debug)]
pub enum ToPulse {
    /// What to derive for.
    Format(DeviceFormat),
    /// The update of this revision is played.
    Applied(u64),
    /// The update of this revision changed nothing, and why.
    Refused(u64, String),
    /// A plugin's state as it is now.
    State {
        /// Whose.
        device: u64,
        /// Of the state.
        hash: StateHash,
        /// The whole.
        state: Arc<[u8]>,
    },
    /// A plugin changed a parameter itself.
    Edited(ParameterChange),
    /// Something went wrong with a plugin.
    Incident(Arc<Incident>),
    /// There are takes to look after.
    TakesWaiting,
}

/// A value and how it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// In the parameter's own unit.
    pub value: f64,
    /// For people.
    pub text: String,
}

/// The way from an output to an input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibrated {
    /// As measured.
    pub measured: RoundTrip,
    /// The device's own word, in frames.
    pub stated: u32,
}
