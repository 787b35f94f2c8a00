//! A socket to a sandbox and the block beside it: what goes over both is one part of a chain, or nothing yet. Believes
//! nothing it reads, waits for nothing.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice, Read as _},
    mem::MaybeUninit,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    sync::Arc,
};

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use shm::{OpenError, sandbox_block};

use super::wire::{self, BadMessage, FromSandbox};

/// Messages waiting for the socket. A sandbox that reads none of so many has stopped.
const MAX_OUTGOING: usize = 1024;
/// Bytes of a part of a state.
const STATE_PART_BYTES: usize = 512 << 10;
/// Bytes read from the socket at a time.
const READ_BYTES: usize = 64 << 10;

/// Why a sandbox is given up.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The socket ended or failed.
    #[error("the sandbox closed its socket: {0}")]
    Os(#[from] io::Error),
    /// It said what no correct sandbox says.
    #[error("the sandbox sent {0}")]
    Bad(#[from] BadMessage),
    /// It reads nothing.
    #[error("the sandbox does not read its socket")]
    Full,
}

#[derive(Debug)]
enum Outgoing {
    Message(Vec<u8>),
    /// With descriptors, which go with its first byte.
    Descriptors(Vec<u8>, [OwnedFd; 2]),
    State {
        device: u64,
        whole: Arc<[u8]>,
        offset: usize,
    },
}

/// The sandbox's ends of a connection.
#[derive(Debug)]
pub struct TheirEnds {
    pub socket: OwnedFd,
    pub block: OwnedFd,
}

/// Signal's end.
#[derive(Debug)]
pub struct Connection {
    socket: UnixStream,
    block: OwnedFd,
    outgoing: VecDeque<Outgoing>,
    writing: Vec<u8>,
    /// Go with the first byte of `writing`.
    attached: Option<[OwnedFd; 2]>,
    reading: Vec<u8>,
}

impl Connection {
    /// A socket pair and a block, and what the sandbox gets of them.
    pub fn new() -> Result<(Self, TheirEnds), OpenError> {
        let block = sandbox_block::create()?;
        let (socket, theirs) = UnixStream::pair()?;
        socket.set_nonblocking(true)?;
        let their_block = rustix::io::fcntl_dupfd_cloexec(&block, 0).map_err(io::Error::from)?;
        let connection = Self {
            socket,
            block,
            outgoing: VecDeque::new(),
            writing: Vec::new(),
            attached: None,
            reading: Vec::new(),
        };
        Ok((connection, TheirEnds { socket: theirs.into(), block: their_block }))
    }

    /// For `poll`.
    pub fn socket(&self) -> &UnixStream {
        &self.socket
    }

    /// The memory it shares.
    pub fn block(&self) -> &OwnedFd {
        &self.block
    }

    /// Whether something waits to be written.
    pub fn wants_to_write(&self) -> bool {
        !self.writing.is_empty() || !self.outgoing.is_empty()
    }

    /// Queues a message.
    pub fn send(&mut self, message: Vec<u8>) -> Result<(), SocketError> {
        self.queue(Outgoing::Message(message))
    }

    /// Queues a message that hands the ends of another connection over.
    pub fn hand_over(&mut self, message: Vec<u8>, ends: TheirEnds) -> Result<(), SocketError> {
        self.queue(Outgoing::Descriptors(message, [ends.socket, ends.block]))
    }

    /// Queues a state, in parts.
    pub fn send_state(&mut self, device: u64, whole: Arc<[u8]>) -> Result<(), SocketError> {
        self.queue(Outgoing::State { device, whole, offset: 0 })
    }

    fn queue(&mut self, outgoing: Outgoing) -> Result<(), SocketError> {
        if self.outgoing.len() >= MAX_OUTGOING {
            return Err(SocketError::Full);
        }
        self.outgoing.push_back(outgoing);
        self.write()
    }

    /// Writes as much as the socket takes now.
    pub fn write(&mut self) -> Result<(), SocketError> {
        loop {
            if self.writing.is_empty() && !self.next_message() {
                return Ok(());
            }
            match self.send_now() {
                Ok(written) => {
                    self.attached = None;
                    self.writing.drain(..written);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn send_now(&self) -> io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let descriptors = self.attached.as_ref().map(|ends| [ends[0].as_fd(), ends[1].as_fd()]);
        if let Some(descriptors) = &descriptors
            && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors))
        {
            return Err(ErrorKind::OutOfMemory.into());
        }
        let bytes = [IoSlice::new(&self.writing)];
        Ok(sendmsg(&self.socket, &bytes, &mut ancillary, SendFlags::NOSIGNAL)?)
    }

    fn next_message(&mut self) -> bool {
        match self.outgoing.pop_front() {
            None => return false,
            Some(Outgoing::Message(message)) => self.writing = message,
            Some(Outgoing::Descriptors(message, ends)) => {
                (self.writing, self.attached) = (message, Some(ends));
            }
            Some(Outgoing::State { device, whole, offset }) => {
                let end = (offset + STATE_PART_BYTES).min(whole.len());
                self.writing = wire::restore_state(device, &whole, offset, &whole[offset..end]);
                if end < whole.len() {
                    self.outgoing.push_front(Outgoing::State { device, whole, offset: end });
                }
            }
        }
        true
    }

    /// The next message that has arrived; `None`: nothing more now.
    pub fn receive(&mut self) -> Result<Option<FromSandbox>, SocketError> {
        loop {
            if let Some(message) = wire::take(&mut self.reading)? {
                return Ok(Some(message));
            }
            let mut bytes = [0; READ_BYTES];
            match self.socket.read(&mut bytes) {
                Ok(0) => return Err(io::Error::from(ErrorKind::UnexpectedEof).into()),
                Ok(read) => self.reading.extend_from_slice(&bytes[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
