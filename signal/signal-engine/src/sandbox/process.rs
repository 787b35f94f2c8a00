//! One sandbox process: its start and its end. Hears nothing it says.

use std::{
    cell::{Cell, RefCell},
    io,
    os::fd::{AsRawFd as _, OwnedFd},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    rc::{Rc, Weak},
    sync::Once,
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::FdFlags;
use rustix::process::{Pid, PidfdFlags, Signal};
use shm::OpenError;
use shm::sandbox_block::{Runner, Witness};

use super::connection::{Connection, TheirEnds};

/// How long a process whose socket has ended may take to end itself before it is killed: as long as its last words take.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// How long the parent of a plugin's process may take to end it, before it is killed itself: a thousand times what it needs.
const END_LIMIT: Duration = Duration::from_secs(1);

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

/// What a process may reach beside files. It is decided when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// It connects to other machines, and to servers on this one.
    pub network: bool,
    /// It opens windows.
    pub display: bool,
}

impl Access {
    /// As the sandbox's command line names them.
    fn names(self) -> impl Iterator<Item = &'static str> {
        [self.network.then_some("network"), self.display.then_some("display")].into_iter().flatten()
    }
}

/// What the witnesses of an ended process say together.
#[derive(Clone, Copy, Debug)]
pub struct Inquest {
    /// How many parts ran in it.
    pub parts: usize,
    /// A plugin of one of them raised the signal that ended it.
    pub is_accused: bool,
}

/// A sandbox process. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: RefCell<Child>,
    pidfd: OwnedFd,
    /// The child of `child` that hosts the plugins, once it has said so.
    host: Cell<Option<u32>>,
    /// Its end is wished for, or its cause is told already: it says nothing more of its plugins.
    condemned: Cell<bool>,
    /// Of every part that runs in it.
    witnesses: RefCell<Vec<Weak<Witness>>>,
    inquest: Cell<Option<Inquest>>,
}

impl Process {
    /// Starts one with its first connection. Only from the keeper's thread: the process dies with the thread that started
    /// it.
    pub fn spawn(binary: &Path, access: Access) -> Result<(Self, Connection), SpawnError> {
        let (connection, TheirEnds { socket, block }) = Connection::new()?;
        for descriptor in [&socket, &block] {
            rustix::io::fcntl_setfd(descriptor, FdFlags::empty()).map_err(io::Error::from)?;
        }
        let child = Command::new(binary)
            .arg("--socket-fd")
            .arg(socket.as_raw_fd().to_string())
            .arg("--block-fd")
            .arg(block.as_raw_fd().to_string())
            .args(access.names().map(|name| format!("--access={name}")))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let pid = Pid::from_child(&child);
        let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty()).map_err(io::Error::from)?;
        let process = Self {
            child: RefCell::new(child),
            pidfd,
            host: Cell::new(None),
            condemned: Cell::new(false),
            witnesses: RefCell::default(),
            inquest: Cell::new(None),
        };
        Ok((process, connection))
    }

    /// The id of the process that hosts the plugins.
    pub fn pid(&self) -> u32 {
        self.host.get().unwrap_or_else(|| self.child.borrow().id())
    }

    /// Takes note of the process that hosts the plugins. The first time is before any of them is loaded; whatever comes later
    /// may be a plugin's word.
    pub fn set_host(&self, pid: u32) {
        if self.host.get().is_none() && pid != 0 {
            self.host.set(Some(pid));
        }
    }

    /// How it is confined, likewise. All sandboxes of a machine lack the same: the log is told of it once.
    pub fn note_confinement(&self, lacks: &[String]) {
        static TOLD: Once = Once::new();
        TOLD.call_once(|| {
            for lack in lacks {
                tracing::warn!("plugins are confined less than they could be: {lack}; see `loophole doctor`");
            }
        });
    }

    /// Readable once it has ended.
    pub fn pidfd(&self) -> &OwnedFd {
        &self.pidfd
    }

    /// Ends it now. Its parent is told to, and ends as it ended; which may have been by itself, a moment ago.
    pub fn kill(&self) {
        // It fails only when the process has ended already.
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::TERM);
    }

    /// Kills it and waits for its end; a parent that does not obey is killed itself, and its children with it.
    fn bury(&self) -> Option<ExitStatus> {
        self.kill();
        if !self.ends_within(END_LIMIT) {
            let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
        }
        self.child.borrow_mut().wait().ok()
    }

    fn ends_within(&self, limit: Duration) -> bool {
        let mut ended = [PollFd::new(&self.pidfd, PollFlags::IN)];
        let limit = Timespec { tv_sec: limit.as_secs() as _, tv_nsec: limit.subsec_nanos().into() };
        poll(&mut ended, Some(&limit)) == Ok(1)
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

    /// Held once, when the first of its parts notices the end: the others' witnesses go with them.
    pub fn inquest(&self) -> Inquest {
        self.inquest.get().unwrap_or_else(|| {
            let raised = |witness: &Rc<Witness>| witness.suspect(Runner::Audio).is_some_and(|it| it.raised);
            let witnesses: Vec<_> = self.witnesses.borrow().iter().filter_map(Weak::upgrade).collect();
            let inquest = Inquest { parts: witnesses.len(), is_accused: witnesses.iter().any(raised) };
            self.inquest.set(Some(inquest));
            inquest
        })
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.child.borrow_mut().try_wait().ok().flatten()
    }

    /// How it ended: waits a moment for a process whose socket has ended, then kills it.
    pub fn end(&self) -> Option<ExitStatus> {
        self.ends_within(LAST_WORDS);
        self.bury()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Waiting leaves no zombie.
        self.bury();
    }
}
