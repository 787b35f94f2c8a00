//! One sandbox process: its start and its end. Hears nothing it says.

use std::{
    cell::{Cell, RefCell},
    io,
    os::fd::{AsRawFd as _, OwnedFd},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    rc::{Rc, Weak},
    time::Duration,
};

use rustix::io::FdFlags;
use rustix::process::{Pid, PidfdFlags, Signal};
use shm::OpenError;
use shm::sandbox_block::{Runner, Witness};

use super::connection::{Connection, TheirEnds};

/// How long a process whose socket has ended may take to end itself before it is killed: as long as its last words take.
const LAST_WORDS: Duration = Duration::from_millis(50);

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

/// A sandbox process. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: RefCell<Child>,
    pidfd: OwnedFd,
    /// Its end is wished for, or its cause is told already: it says nothing more of its plugins.
    condemned: Cell<bool>,
    /// Of every part that runs in it.
    witnesses: RefCell<Vec<Weak<Witness>>>,
}

impl Process {
    /// Starts one with its first connection. Only from the keeper's thread: the process dies with the thread that started
    /// it.
    pub fn spawn(binary: &Path) -> Result<(Self, Connection), SpawnError> {
        let (connection, TheirEnds { socket, block }) = Connection::new()?;
        for descriptor in [&socket, &block] {
            rustix::io::fcntl_setfd(descriptor, FdFlags::empty()).map_err(io::Error::from)?;
        }
        let child = Command::new(binary)
            .arg("--socket-fd")
            .arg(socket.as_raw_fd().to_string())
            .arg("--block-fd")
            .arg(block.as_raw_fd().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let pid = Pid::from_child(&child);
        let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty()).map_err(io::Error::from)?;
        let process = Self {
            child: RefCell::new(child),
            pidfd,
            condemned: Cell::new(false),
            witnesses: RefCell::default(),
        };
        Ok((process, connection))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.borrow().id()
    }

    /// Readable once it has ended.
    pub fn pidfd(&self) -> &OwnedFd {
        &self.pidfd
    }

    /// Ends it now.
    pub fn kill(&self) {
        // It fails only when the process has ended already.
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
    }

    /// Whatever its end will look like, none of its plugins is to blame for it any more.
    pub fn condemn(&self) {
        self.condemned.set(true);
    }

    /// Whether it was condemned.
    pub fn is_condemned(&self) -> bool {
        self.condemned.get()
    }

    /// Another part runs in it.
    pub fn add_witness(&self, witness: &Rc<Witness>) {
        let mut witnesses = self.witnesses.borrow_mut();
        witnesses.retain(|witness| witness.strong_count() > 0);
        witnesses.push(Rc::downgrade(witness));
    }

    /// How many parts run in it.
    pub fn witnesses(&self) -> usize {
        self.witnesses.borrow().iter().filter(|witness| witness.strong_count() > 0).count()
    }

    /// Whether a plugin of any part raised the signal that ended it.
    pub fn is_accused(&self) -> bool {
        let raised = |witness: Rc<Witness>| witness.suspect(Runner::Audio).is_some_and(|it| it.raised);
        self.witnesses.borrow().iter().filter_map(Weak::upgrade).any(raised)
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.child.borrow_mut().try_wait().ok().flatten()
    }

    /// How it ended: waits a moment for a process whose socket has ended, then kills it.
    pub fn end(&self) -> Option<ExitStatus> {
        let mut ready = [rustix::event::PollFd::new(&self.pidfd, rustix::event::PollFlags::IN)];
        let wait = rustix::event::Timespec { tv_sec: 0, tv_nsec: LAST_WORDS.subsec_nanos().into() };
        // Whatever it says, the process is killed next.
        let _ = rustix::event::poll(&mut ready, Some(&wait));
        self.kill();
        self.child.borrow_mut().wait().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        // A killed process ends at once; waiting leaves no zombie.
        let _ = self.child.get_mut().wait();
    }
}
