//! Values under way, from a page to Signal, while a pointer is down: a stream that lasts as long as the gesture. They are
//! a preview, so a value that finds the stream full is dropped: the next one is nearer to the hand.

use std::time::Duration;

use chorus::{
    aura::v1::Gesture,
    signal::v1::{ParameterChange, PreviewRequest, signal_service_client::SignalServiceClient},
};
use link::Connection;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// A second of a fast mouse, far more than Signal ever lets wait.
const MOST_WAITING: usize = 128;
/// A gesture's last value holds until its command has gone through Pulse to Signal; without this the sound would jump
/// back for that long. When the command is refused, Signal returns to the song's value this much later.
const HELD_AFTER_END: Duration = Duration::from_millis(500);

/// The gesture of one page. Dropping it ends the gesture.
#[derive(Debug, Default)]
pub(super) struct Gestures {
    stream: Option<mpsc::Sender<PreviewRequest>>,
}

impl Gestures {
    /// Passes a value on, and begins a stream if there is none.
    pub(super) fn pass_on(&mut self, gesture: Gesture, signal: Option<Connection>) -> Result<(), String> {
        let Some(connection) = signal else {
            self.stream = None;
            return Err(super::requests::SIGNAL_IS_AWAY.to_owned());
        };
        if let Some(change) = gesture.change {
            check(&change)?;
            let stream = match self.stream.take().filter(|stream| !stream.is_closed()) {
                Some(stream) => stream,
                None => begin(connection),
            };
            // Full: dropped, see above.
            let _ = stream.try_send(PreviewRequest { change: Some(change) });
            self.stream = Some(stream);
        }
        if gesture.end
            && let Some(stream) = self.stream.take()
        {
            tokio::spawn(async move {
                tokio::time::sleep(HELD_AFTER_END).await;
                drop(stream);
            });
        }
        Ok(())
    }
}

/// Signal checks ranges, which only it knows.
fn check(change: &ParameterChange) -> Result<(), String> {
    if change.value.is_finite() { Ok(()) } else { Err("the value is no number".to_owned()) }
}

fn begin(connection: Connection) -> mpsc::Sender<PreviewRequest> {
    let (sender, receiver) = mpsc::channel(MOST_WAITING);
    tokio::spawn(async move {
        let mut signal = SignalServiceClient::new(connection.channel.clone());
        if let Err(status) = signal.preview(ReceiverStream::new(receiver)).await {
            tracing::debug!("a gesture ended: {}", status.message());
        }
    });
    sender
}
