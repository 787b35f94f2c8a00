//! Either end of a connection, as bytes. Knows no message.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf},
    net::UnixStream,
};

/// What the bytes go through.
pub(crate) enum Socket {
    Unix(UnixStream),
    Memory(DuplexStream),
}

/// One end of a connection, and what lives exactly as long as it.
pub struct Transport<T> {
    pub(crate) socket: Socket,
    pub(crate) attached: T,
}

macro_rules! delegate {
    ($self:ident, $io:ident => $call:expr) => {
        match &mut $self.get_mut().socket {
            Socket::Unix(stream) => {
                let $io = Pin::new(stream);
                $call
            }
            Socket::Memory(stream) => {
                let $io = Pin::new(stream);
                $call
            }
        }
    };
}

impl<T: Unpin> AsyncRead for Transport<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        delegate!(self, io => io.poll_read(context, buffer))
    }
}

impl<T: Unpin> AsyncWrite for Transport<T> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        delegate!(self, io => io.poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        delegate!(self, io => io.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        delegate!(self, io => io.poll_shutdown(context))
    }
}
