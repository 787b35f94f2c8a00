//! Where connections come in: an inherited Unix listener, or memory for tests. Each accepted connection carries its own
//! handshake state.

use std::{
    io,
    os::unix::net::UnixListener as StdUnixListener,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::DuplexStream,
    net::{UnixListener, UnixStream},
    sync::mpsc,
    time::Sleep,
};
use tokio_stream::Stream;
use tonic::transport::server::Connected;

use crate::{
    handshake::ConnectionState,
    process,
    transport::{Socket, Transport},
};

/// How long a listener waits after a failed accept (no more descriptors, say) before it tries again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Bytes that one end of an in-memory connection may have in flight.
const MEMORY_BUFFER_BYTES: usize = 256 << 10;
/// Connections of an in-memory listener that wait to be accepted.
const MEMORY_BACKLOG: usize = 16;

/// A stream of incoming connections, for [`crate::serve`].
pub struct Listener {
    source: Source,
    pause: Option<Pin<Box<Sleep>>>,
}

enum Source {
    Unix(UnixListener),
    Memory(mpsc::Receiver<DuplexStream>),
}

/// Takes over an inherited listening Unix socket. Must be called within a tokio runtime.
///
/// # Errors
/// The descriptor is not a listening Unix socket, or was taken before.
pub fn listen(fd: i32) -> io::Result<Listener> {
    Listener::from_unix(process::take_unix_listener(fd)?)
}

/// A listener and what connects to it, without any socket. For tests.
pub fn in_memory() -> (Listener, Connector) {
    let (sender, receiver) = mpsc::channel(MEMORY_BACKLOG);
    (Listener { source: Source::Memory(receiver), pause: None }, Connector { target: Target::Memory(sender) })
}

impl Listener {
    /// Serves a bound socket. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The socket cannot be registered with the runtime.
    pub fn from_unix(listener: StdUnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self { source: Source::Unix(UnixListener::from_std(listener)?), pause: None })
    }
}

impl Stream for Listener {
    type Item = io::Result<ServerStream>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            let socket = match &mut self.source {
                Source::Memory(connections) => match ready!(connections.poll_recv(context)) {
                    Some(stream) => Socket::Memory(stream),
                    // Like a socket's, it stays open when nobody is left who could connect.
                    None => return Poll::Pending,
                },
                Source::Unix(listener) => match ready!(listener.poll_accept(context)) {
                    Ok((stream, _)) => Socket::Unix(stream),
                    Err(error) => {
                        tracing::warn!("cannot accept a connection: {error}");
                        self.pause = Some(Box::pin(tokio::time::sleep(ACCEPT_PAUSE)));
                        continue;
                    }
                },
            };
            return Poll::Ready(Some(Ok(Transport { socket, attached: ConnectionState::default() })));
        }
    }
}

/// One accepted connection.
pub type ServerStream = Transport<ConnectionState>;

impl Connected for ServerStream {
    type ConnectInfo = ConnectionState;

    fn connect_info(&self) -> ConnectionState {
        self.attached.clone()
    }
}

/// Where [`crate::connect`] goes: a socket's path, or an in-memory listener.
#[derive(Clone)]
pub struct Connector {
    target: Target,
}

#[derive(Clone)]
enum Target {
    Path(std::path::PathBuf),
    Memory(mpsc::Sender<DuplexStream>),
}

impl Connector {
    pub(crate) async fn open(&self) -> io::Result<Socket> {
        match &self.target {
            Target::Path(path) => Ok(Socket::Unix(UnixStream::connect(path).await?)),
            Target::Memory(listener) => {
                let (near, far) = tokio::io::duplex(MEMORY_BUFFER_BYTES);
                listener.send(far).await.map_err(|_| io::ErrorKind::ConnectionRefused)?;
                Ok(Socket::Memory(near))
            }
        }
    }

    /// The address, for messages.
    pub(crate) fn describe(&self) -> String {
        match &self.target {
            Target::Path(path) => path.display().to_string(),
            Target::Memory(_) => "memory".to_owned(),
        }
    }
}

impl<P: AsRef<std::path::Path>> From<P> for Connector {
    fn from(path: P) -> Self {
        Self { target: Target::Path(path.as_ref().to_owned()) }
    }
}
