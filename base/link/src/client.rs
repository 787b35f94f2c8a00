//! The calling side of a connection.

use std::{io, sync::Mutex, time::Duration};

use chorus::common::v1::{HandshakeRequest, link_service_client::LinkServiceClient};
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tonic::{
    Code,
    transport::{Channel, Endpoint},
};

use crate::{
    Connector, Peer,
    handshake::{PROTOCOL, build, check_answer, to_wire},
    transport::Transport,
};

/// How long a server may take to answer the handshake. It answers from memory; on a machine under full load that still
/// takes a while.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// Pauses between attempts to reach a process that is starting: doubled from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LAST_PAUSE: Duration = Duration::from_millis(500);

/// What a client says of itself.
#[derive(Clone, Debug)]
pub struct Hello {
    /// "aura", "pulse", "loophole", or a script's own name. 1 to 64 bytes.
    pub process: String,
    /// Names the client across connections (rule S5); empty: the process. At most 64 bytes.
    pub client: String,
}

impl Hello {
    /// A client that is known by its process name.
    pub fn new(process: &str) -> Self {
        Self { process: process.to_owned(), client: String::new() }
    }
}

/// A connection that has shaken hands. It never reconnects: once broken, every call on it fails.
#[derive(Clone, Debug)]
pub struct Connection {
    /// For generated clients: `PulseServiceClient::new(connection.channel.clone())`.
    pub channel: Channel,
    /// Who answered.
    pub peer: Peer,
    lost: watch::Receiver<bool>,
}

impl Connection {
    /// Completes when the connection is gone: the other process died, or ended it.
    pub async fn lost(&self) {
        let mut lost = self.lost.clone();
        // An error means that the sending half is gone, and the stream with it.
        let _ = lost.wait_for(|lost| *lost).await;
    }

    /// Whether the connection is gone.
    pub fn is_lost(&self) -> bool {
        *self.lost.borrow() || self.lost.has_changed().is_err()
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens there, or the connection broke before the handshake ended. Worth trying again.
    #[error("cannot reach {address}: {reason}")]
    Unreachable {
        /// Where.
        address: String,
        /// What happened.
        reason: String,
    },
    /// The other side speaks another protocol, or does not accept what this side says of itself. The text is for people.
    #[error("{0}")]
    Refused(String),
}

/// Connects to a Unix socket's path, or to [`crate::in_memory`], and shakes hands.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect(to: impl Into<Connector>, hello: Hello) -> Result<Connection, ConnectError> {
    let connector = to.into();
    let unreachable = |reason: String| ConnectError::Unreachable { address: connector.describe(), reason };
    let socket = connector.open().await.map_err(|error| unreachable(error.to_string()))?;
    let (lost_sender, lost) = watch::channel(false);
    let stream = Transport { socket, attached: LostOnDrop(lost_sender) };
    let once = Mutex::new(Some(TokioIo::new(stream)));
    let channel = Endpoint::from_static("http://localhost")
        .connect_with_connector(tower::service_fn(move |_| {
            let stream = once.lock().ok().and_then(|mut stream| stream.take());
            std::future::ready(stream.ok_or_else(|| io::Error::other("the connection was lost")))
        }))
        .await
        .map_err(|error| unreachable(error.to_string()))?;

    let request = HandshakeRequest {
        protocol: Some(to_wire(PROTOCOL)),
        process: hello.process.clone(),
        build: build().to_owned(),
        client: hello.client,
    };
    let mut link = LinkServiceClient::new(channel.clone());
    let answer = tokio::time::timeout(HANDSHAKE_TIMEOUT, link.handshake(request))
        .await
        .map_err(|_| unreachable("no answer to the handshake".to_owned()))?
        .map_err(|status| match status.code() {
            Code::FailedPrecondition | Code::InvalidArgument | Code::Unimplemented => {
                ConnectError::Refused(status.message().to_owned())
            }
            _ => unreachable(status.message().to_owned()),
        })?;
    let peer = check_answer(&hello.process, answer.into_inner()).map_err(ConnectError::Refused)?;
    Ok(Connection { channel, peer, lost })
}

/// Like [`connect`], but tries again until somebody answers: processes start in any order. Drop the future to give up.
///
/// # Errors
/// Only [`ConnectError::Refused`].
pub async fn connect_when_ready(to: impl Into<Connector>, hello: Hello) -> Result<Connection, ConnectError> {
    let connector = to.into();
    let mut pause = FIRST_PAUSE;
    loop {
        match connect(connector.clone(), hello.clone()).await {
            Err(ConnectError::Unreachable { address, reason }) => {
                tracing::debug!("{address} is not there yet: {reason}");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LAST_PAUSE);
            }
            result => return result,
        }
    }
}

/// Tells the [`Connection`] when the transport lets go of its end.
struct LostOnDrop(watch::Sender<bool>);

impl Drop for LostOnDrop {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}
