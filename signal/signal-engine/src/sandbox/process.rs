//! One sandbox process: its start, its socket, its end. Knows no chain and judges nothing it says.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Read as _, Write as _},
    os::{
        fd::{AsRawFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Once},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::FdFlags;
use rustix::process::{Pid, PidfdFlags, Signal};
use shm::{OpenError, sandbox_block};

use super::wire::{self, BadMessage, FromSandbox};

/// Messages waiting for the socket. A sandbox that reads none of so many has stopped.
const MAX_OUTGOING: usize = 1024;
/// Bytes of a part of a state.
const STATE_PART_BYTES: usize = 512 << 10;
/// Bytes read from the socket at a time.
const READ_BYTES: usize = 64 << 10;
/// How long the parent of a plugin's process may take to end it, before it is killed itself: a thousand times what it needs.
const END_LIMIT: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// All sandboxes of a machine lack the same: the log is told of it once.
static TOLD: Once = Once::new();

/// Why a process could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The operating system refused.
    #[error("the sandbox can not be started: {0}")]
    Os(#[from] io::Error),
    /// There is no shared memory.
    #[error(transparent)]
    Block(#[from] OpenError),
}

/// Why a process is given up.
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
    State { device: u64, whole: Arc<[u8]>, offset: usize },
}

/// A sandbox process. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pidfd: OwnedFd,
    /// The child of `child` that hosts the plugins, once it has said so.
    host: Option<u32>,
    socket: UnixStream,
    block: OwnedFd,
    outgoing: VecDeque<Outgoing>,
    writing: Vec<u8>,
    reading: Vec<u8>,
}

impl Process {
    /// Starts one. Only from the keeper's thread: the process dies with the thread that started it.
    pub fn spawn(binary: &Path) -> Result<Self, SpawnError> {
        let block = sandbox_block::create()?;
        let (socket, theirs) = UnixStream::pair()?;
        socket.set_nonblocking(true)?;
        let inherited = rustix::io::dup(&block).map_err(io::Error::from)?;
        for descriptor in [&inherited, &OwnedFd::from(theirs.try_clone()?)] {
            rustix::io::fcntl_setfd(descriptor, FdFlags::empty()).map_err(io::Error::from)?;
        }
        let theirs = OwnedFd::from(theirs);
        rustix::io::fcntl_setfd(&theirs, FdFlags::empty()).map_err(io::Error::from)?;
        let child = Command::new(binary)
            .arg("--socket-fd")
            .arg(theirs.as_raw_fd().to_string())
            .arg("--block-fd")
            .arg(inherited.as_raw_fd().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let pid = Pid::from_child(&child);
        let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty()).map_err(io::Error::from)?;
        Ok(Self {
            child,
            pidfd,
            host: None,
            socket,
            block,
            outgoing: VecDeque::new(),
            writing: Vec::new(),
            reading: Vec::new(),
        })
    }

    /// The id of the process that hosts the plugins.
    pub fn pid(&self) -> u32 {
        self.host.unwrap_or(self.child.id())
    }

    /// Readable once it has ended.
    pub fn pidfd(&self) -> &OwnedFd {
        &self.pidfd
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
            match self.socket.write(&self.writing) {
                Ok(written) => drop(self.writing.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn next_message(&mut self) -> bool {
        match self.outgoing.pop_front() {
            None => return false,
            Some(Outgoing::Message(message)) => self.writing = message,
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
            match wire::take(&mut self.reading)? {
                Some(FromSandbox::Confined { pid, lacks }) => self.confined(pid, &lacks),
                Some(message) => return Ok(Some(message)),
                None if !self.read()? => return Ok(None),
                None => {}
            }
        }
    }

    /// Reads what has arrived. Returns whether there was anything.
    fn read(&mut self) -> Result<bool, SocketError> {
        loop {
            let mut bytes = [0; READ_BYTES];
            match self.socket.read(&mut bytes) {
                Ok(0) => return Err(io::Error::from(ErrorKind::UnexpectedEof).into()),
                Ok(read) => {
                    self.reading.extend_from_slice(&bytes[..read]);
                    return Ok(true);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The first time is before any plugin is loaded: whatever comes later may be a plugin's word.
    fn confined(&mut self, pid: u32, lacks: &[String]) {
        if self.host.is_none() {
            self.host = Some(pid);
            TOLD.call_once(|| {
                for lack in lacks {
                    tracing::warn!(
                        "plugins are confined less than they could be: {lack}; see `loophole doctor`"
                    );
                }
            });
        }
    }

    /// Ends it now. Its parent is told to, and ends as it ended; which may have been by itself, a moment ago.
    pub fn kill(&self) {
        // It fails only when the process has ended already.
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::TERM);
    }

    /// Whether it still runs: its socket may outlive it in something it started.
    pub fn check(&mut self) -> Result<(), SocketError> {
        match self.ended() {
            None => Ok(()),
            Some(_) => Err(io::Error::from(ErrorKind::BrokenPipe).into()),
        }
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        let mut ended = [PollFd::new(&self.pidfd, PollFlags::IN)];
        if poll(&mut ended, Some(&END_LIMIT)) != Ok(1) {
            // It fails only when the process has ended already. Its children go with it.
            let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
        }
        // A killed process ends at once; waiting leaves no zombie.
        let _ = self.child.wait();
    }
}
