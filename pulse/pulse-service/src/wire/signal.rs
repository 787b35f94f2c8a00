//! The RunGraph stream to Signal: requests out, checked events in.

use std::path::Path;

use chorus::signal::v1::{
    self as wire, RunGraphRequest, RunGraphResponse, run_graph_request, run_graph_response::Kind,
    signal_service_client::SignalServiceClient,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use units::SampleRate;

use crate::{library::incidents::Incident, wire::incident};

/// Messages to Signal that wait for it, parts of half a MiB: the graph is derived anew rather than queued up.
const QUEUE: usize = 4;

/// Why the stream ended.
#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    /// Nobody is there, or it speaks another version.
    #[error("{0}")]
    Connect(#[from] link::ConnectError),
    /// The stream broke.
    #[error("the connection to Signal broke: {0}")]
    Broken(String),
    /// Signal sent what it must not.
    #[error("Signal sent {0}")]
    Invalid(&'static str),
}

/// What Signal tells.
#[derive(Debug)]
pub enum FromSignal {
    /// An update is in place.
    Applied,
    /// An update was refused, and why.
    Refused(u64, String),
    /// A part of a plugin's state.
    StatePart(StatePart),
    /// Something went wrong with a plugin.
    Incident(Box<Incident>),
    /// There are takes to look after.
    TakesWaiting,
    /// A plugin changed a parameter itself.
    ParameterEdited {
        /// The Device entity.
        device: u64,
        /// Of the plugin.
        parameter: u32,
        /// In the parameter's range, a number.
        value: f64,
    },
}

/// A part of a plugin's state, not checked against the others yet.
#[derive(Debug)]
pub struct StatePart {
    /// The Device entity.
    pub device: u64,
    /// What the whole has to have.
    pub hash: String,
    /// Where the part begins.
    pub offset: u64,
    /// Of the whole.
    pub total_bytes: u64,
    /// The part.
    pub data: Vec<u8>,
}

/// Where graphs go.
#[derive(Clone, Debug)]
pub struct ToSignal(mpsc::Sender<RunGraphRequest>);

/// Where events come from.
pub struct EventsFromSignal(tonic::Streaming<RunGraphResponse>);

/// Connects, however long that takes, and learns what to derive for.
///
/// # Errors
/// If Signal refuses, or breaks off.
pub async fn open(socket: &Path) -> Result<(SampleRate, ToSignal, EventsFromSignal), SignalError> {
    let connection = link::connect_when_ready(socket, link::Hello::new("pulse")).await?;
    let mut client = SignalServiceClient::new(connection.channel.clone())
        .max_decoding_message_size(link::MAX_MESSAGE_BYTES)
        .max_encoding_message_size(link::MAX_MESSAGE_BYTES);
    let (sender, requests) = mpsc::channel(QUEUE);
    let mut events = client.run_graph(ReceiverStream::new(requests)).await.map_err(broken)?.into_inner();
    match next(&mut events).await? {
        Kind::Format(format) => {
            let rate = SampleRate::new(format.sample_rate).ok_or(SignalError::Invalid("no sample rate"))?;
            Ok((rate, ToSignal(sender), EventsFromSignal(events)))
        }
        _ => Err(SignalError::Invalid("something before its format")),
    }
}

fn broken(status: tonic::Status) -> SignalError {
    SignalError::Broken(status.message().to_owned())
}

async fn next(events: &mut tonic::Streaming<RunGraphResponse>) -> Result<Kind, SignalError> {
    let response = events.message().await.map_err(broken)?;
    let response = response.ok_or_else(|| SignalError::Broken("it ended the stream".to_owned()))?;
    response.kind.ok_or(SignalError::Invalid("an event that this version does not know"))
}

impl ToSignal {
    /// Sends a part of a plugin's state.
    ///
    /// # Errors
    /// If the stream is broken.
    pub async fn state(&self, part: wire::PluginState) -> Result<(), SignalError> {
        self.send(run_graph_request::Kind::PluginState(part)).await
    }

    /// Sends a part of an update.
    ///
    /// # Errors
    /// If the stream is broken.
    pub async fn graph(&self, part: wire::GraphUpdate) -> Result<(), SignalError> {
        self.send(run_graph_request::Kind::Graph(part)).await
    }

    async fn send(&self, kind: run_graph_request::Kind) -> Result<(), SignalError> {
        let request = RunGraphRequest { kind: Some(kind) };
        self.0.send(request).await.map_err(|_| SignalError::Broken("it takes no more".to_owned()))
    }
}

impl EventsFromSignal {
    /// The next event, checked.
    ///
    /// # Errors
    /// If the stream broke, or Signal sent what it must not.
    pub async fn next(&mut self) -> Result<FromSignal, SignalError> {
        Ok(match next(&mut self.0).await? {
            Kind::Format(_) => return Err(SignalError::Invalid("its format twice")),
            Kind::Applied(_) => FromSignal::Applied,
            Kind::TakesWaiting(_) => FromSignal::TakesWaiting,
            Kind::Incident(it) => {
                let it = incident::from_signal(it).ok_or(SignalError::Invalid("an incident of no plugin"))?;
                FromSignal::Incident(Box::new(it))
            }
            Kind::Refused(refused) => FromSignal::Refused(refused.revision, refused.reason),
            Kind::PluginState(part) => FromSignal::StatePart(StatePart {
                device: part.device,
                hash: part.hash,
                offset: part.offset,
                total_bytes: part.total_bytes,
                data: part.data,
            }),
            Kind::ParameterEdited(edited) if edited.value.is_finite() => FromSignal::ParameterEdited {
                device: edited.device,
                parameter: edited.parameter,
                value: edited.value,
            },
            Kind::ParameterEdited(_) => return Err(SignalError::Invalid("a parameter that is no number")),
        })
    }
}
