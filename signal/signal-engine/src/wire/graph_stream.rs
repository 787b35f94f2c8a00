//! Pulse's stream: what it sends becomes events of the main loop, what the main loop says goes up.

use chorus::signal::v1 as wire;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tonic::{Status, Streaming};

use crate::main_loop::{Event, GraphMessage, ToPulse};
use crate::wire::{graph, recording, status};

/// Messages of the main loop to Pulse. It ends when either side does.
pub async fn send_up(
    mut from_loop: mpsc::Receiver<ToPulse>,
    to_client: mpsc::Sender<Result<wire::RunGraphResponse, Status>>,
) {
    while let Some(message) = from_loop.recv().await {
        for message in status::to_pulse(message) {
            if to_client.send(Ok(message)).await.is_err() {
                return;
            }
        }
    }
}

/// Messages of Pulse to the main loop, and that they ended.
pub async fn receive(
    mut incoming: Streaming<wire::RunGraphRequest>,
    connection: u64,
    events: mpsc::Sender<Event>,
) {
    while let Some(Ok(message)) = incoming.next().await {
        for message in graph_messages(message) {
            if events.send(Event::Graph { connection, message }).await.is_err() {
                return;
            }
        }
    }
    let _ = events.send(Event::PulseGone { connection }).await;
}

/// What one message holds: a part of a graph may say what can be recorded, too.
fn graph_messages(message: wire::RunGraphRequest) -> Vec<GraphMessage> {
    use wire::run_graph_request::Kind;
    match message.kind {
        None => Vec::new(),
        Some(Kind::Graph(mut update)) => {
            let setup = update.recording.take().map(|setup| {
                let setup = recording::setup(setup).map(Box::new);
                GraphMessage::Recording(setup.map_err(|error| error.to_string()))
            });
            let (revision, last) = (update.revision, update.last);
            let part = match graph::graph_part(update) {
                Ok(part) => GraphMessage::Part(Box::new(part)),
                Err(error) => GraphMessage::Unreadable { revision, last, reason: error.to_string() },
            };
            // Before the part, so that what is told as applied holds for both.
            setup.into_iter().chain([part]).collect()
        }
        Some(Kind::PluginState(part)) => {
            vec![GraphMessage::State(graph::state_part(part).map_err(|error| error.to_string()))]
        }
    }
}
