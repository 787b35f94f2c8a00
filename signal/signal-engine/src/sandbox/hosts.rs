//! Where parts of chains run: a process of their own, or one that a name is shared by. Keeps one process warm, so that the
//! next part does not wait for a start.

use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
    rc::{Rc, Weak},
};

use super::{
    Setup,
    connection::{Connection, SocketError},
    process::{Access, Process, SpawnError},
    wire::{self, FromSandbox},
};
use crate::device_board::{DeviceState, SandboxRole, SandboxStatus};

/// Processes without a plugin that wait: a chain that dies needs one at once, and the next is started meanwhile.
const WARM: usize = 1;
/// Messages taken at a time.
const MAX_MESSAGES: usize = 64;

/// Why a part got no process.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// None could be started.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// It was started and does not listen.
    #[error(transparent)]
    Socket(#[from] SocketError),
}

/// A place to run a part in.
#[derive(Debug)]
pub struct Berth {
    /// Ends when its last part lets go of it.
    pub process: Rc<Process>,
    /// The part's own.
    pub connection: Connection,
}

/// A shared process and the connection that only brings parts.
#[derive(Debug)]
struct Shared {
    process: Weak<Process>,
    root: Connection,
}

/// All processes but those that are in use, which their parts hold.
#[derive(Debug)]
pub struct Hosts {
    shared: BTreeMap<String, Shared>,
    warm: VecDeque<(Process, Connection)>,
}

impl Hosts {
    /// None yet.
    pub fn new() -> Self {
        Self { shared: BTreeMap::new(), warm: VecDeque::new() }
    }

    /// A place in the process of this name; empty: in a process of its own, which may have `access` to more than others.
    ///
    /// # Errors
    /// There is no process to be had.
    pub fn berth(&mut self, name: &str, access: Access, setup: &Setup) -> Result<Berth, HostError> {
        if name.is_empty() {
            let (process, connection) = match access == Access::default() {
                true => self.start(setup)?,
                // Those that wait may reach nothing.
                false => spawn(&setup.binary, access)?,
            };
            return Ok(Berth { process: Rc::new(process), connection });
        }
        if let Some(shared) = self.shared.get_mut(name)
            && let Some(process) = shared.process.upgrade()
            && !process.is_condemned()
            && process.ended().is_none()
            && let Ok(connection) = join(&mut shared.root)
        {
            return Ok(Berth { process, connection });
        }
        let (process, mut root) = self.start(setup)?;
        let process = Rc::new(process);
        let connection = join(&mut root)?;
        self.shared.insert(name.to_owned(), Shared { process: Rc::downgrade(&process), root });
        Ok(Berth { process, connection })
    }

    /// A process that has said hello, or is about to.
    fn start(&mut self, setup: &Setup) -> Result<(Process, Connection), HostError> {
        while let Some((process, connection)) = self.warm.pop_front() {
            if process.ended().is_none() {
                return Ok((process, connection));
            }
        }
        spawn(&setup.binary, Access::default())
    }

    /// Looks after what nobody waits for: reads what roots say, forgets processes that ended, warms the next one.
    pub fn tend(&mut self, setup: &Setup) {
        self.shared.retain(|_, shared| {
            let process = shared.process.upgrade();
            process.is_some_and(|process| hear(&mut shared.root, &process).is_ok())
        });
        self.warm.retain_mut(|(process, connection)| {
            hear(connection, process).is_ok() && process.ended().is_none()
        });
        // A render starts all it needs at once.
        while !setup.offline && self.warm.len() < WARM {
            match spawn(&setup.binary, Access::default()) {
                Ok(warm) => self.warm.push_back(warm),
                Err(error) => return tracing::warn!("no sandbox is kept warm: {error}"),
            }
        }
    }

    /// Kills a process that waits. Returns whether there is one of this id.
    pub fn kill(&self, pid: u32) -> bool {
        let found = self.warm.iter().find(|(process, _)| process.pid() == pid);
        found.inspect(|(process, _)| process.kill()).is_some()
    }

    /// What to wait for.
    pub fn connections(&self) -> impl Iterator<Item = &Connection> {
        let roots = self.shared.values().map(|shared| &shared.root);
        roots.chain(self.warm.iter().map(|(_, connection)| connection))
    }

    /// The processes that wait, for people who watch.
    pub fn statuses(&self) -> impl Iterator<Item = SandboxStatus> {
        self.warm.iter().map(|(process, _)| SandboxStatus {
            node: 0,
            pid: process.pid(),
            state: DeviceState::Running,
            restarts: 0,
            devices: Vec::new(),
            round_trip_us: 0.0,
            name: String::new(),
            role: SandboxRole::Warm,
            plugins: Vec::new(),
            overhead_us: 0.0,
            late_blocks: 0,
            bad_blocks: 0,
            process: String::new(),
        })
    }
}

fn spawn(binary: &Path, access: Access) -> Result<(Process, Connection), HostError> {
    let (process, mut connection) = Process::spawn(binary, access)?;
    connection.send(wire::hello())?;
    Ok((process, connection))
}

/// Another connection into the process behind `root`.
fn join(root: &mut Connection) -> Result<Connection, HostError> {
    let (mut connection, ends) = Connection::new().map_err(SpawnError::from)?;
    root.hand_over(wire::join(), ends)?;
    connection.send(wire::hello())?;
    Ok(connection)
}

/// Hears what nobody waits for: plugins of a shared process can write to its root.
fn hear(connection: &mut Connection, process: &Process) -> Result<(), SocketError> {
    connection.write()?;
    for _ in 0..MAX_MESSAGES {
        match connection.receive()? {
            Some(FromSandbox::Hello { pid }) => process.set_host(pid),
            Some(_) => {}
            None => break,
        }
    }
    Ok(())
}
