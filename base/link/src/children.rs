//! Starting processes that end with their parent, and ending them.
//!
//! It restarts nothing: what to do about an exit is the caller's business.

use std::{
    ffi::{OsStr, OsString},
    io::{self, PipeReader},
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::sync::watch;

use crate::sys;

/// A program to start.
///
/// The child inherits standard streams and the descriptors given here, nothing else. It gets SIGTERM when this process
/// dies, however it dies.
#[derive(Debug)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    inherited: Vec<OwnedFd>,
    gather_output: bool,
}

impl Program {
    /// The program at `path`, without arguments.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), arguments: Vec::new(), inherited: Vec::new(), gather_output: false }
    }

    /// Adds an argument.
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds an option and its value as two arguments.
    pub fn option(self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.argument(name).argument(value)
    }

    /// Hands a copy of a descriptor down and adds `name` and its number as arguments.
    ///
    /// # Errors
    /// The descriptor cannot be duplicated.
    pub fn hand_down(mut self, name: &str, fd: impl AsFd) -> io::Result<Self> {
        let copy = fd.as_fd().try_clone_to_owned()?;
        let number = copy.as_raw_fd().to_string();
        self.inherited.push(copy);
        Ok(self.option(name, number))
    }

    /// Gives what the child prints, on stdout and stderr, to [`Child::output`] instead of letting it write to ours.
    pub fn gather_output(mut self) -> Self {
        self.gather_output = true;
        self
    }

    /// Starts it.
    ///
    /// A thread that spawns the child and waits for it lives exactly as long as the child: the kernel's parent-death
    /// signal fires when the spawning *thread* ends.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn spawn(self) -> io::Result<Child> {
        let (started, start) = std::sync::mpsc::channel();
        let (exit_sender, exit) = watch::channel(None);
        let name = file_name(&self.path);
        let path = self.path.clone();
        std::thread::Builder::new().name(name.clone()).spawn(move || {
            let (mut child, output) = match self.spawn_here() {
                Ok(spawned) => spawned,
                Err(error) => return drop(started.send(Err(error))),
            };
            let pid = Pid::from_child(&child);
            let started = match pidfd_open(pid, PidfdFlags::empty()) {
                Ok(pidfd) => started.send(Ok((pid, pidfd, output))).is_ok(),
                Err(error) => {
                    drop(started.send(Err(error.into())));
                    false
                }
            };
            if !started {
                drop(child.kill());
            }
            exit_sender.send_replace(Some(child.wait().map_err(|error| error.to_string())));
        })?;
        let (pid, pidfd, output) = start.recv().map_err(io::Error::other)?.map_err(|error| {
            io::Error::new(error.kind(), format!("cannot start {}: {error}", path.display()))
        })?;
        Ok(Child { name, pid, pidfd, output, exit })
    }

    fn spawn_here(self) -> io::Result<(std::process::Child, Option<PipeReader>)> {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).stdin(Stdio::null());
        let output = if self.gather_output {
            let (reader, writer) = io::pipe()?;
            command.stdout(writer.try_clone()?).stderr(writer);
            Some(reader)
        } else {
            None
        };
        let numbers = self.inherited.iter().map(AsRawFd::as_raw_fd).collect();
        sys::prepare(&mut command, numbers, Signal::TERM);
        Ok((command.spawn()?, output))
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A running child. Dropping it kills it.
#[derive(Debug)]
pub struct Child {
    name: String,
    pid: Pid,
    pidfd: OwnedFd,
    output: Option<PipeReader>,
    exit: watch::Receiver<Option<Result<ExitStatus, String>>>,
}

impl Child {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// File name of its program.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it prints, once, if [`Program::gather_output`] asked for it.
    pub fn output(&mut self) -> Option<PipeReader> {
        self.output.take()
    }

    /// Sends a signal to it. Does nothing once it has ended.
    pub fn signal(&self, signal: Signal) {
        // The descriptor names this very process: a reused process id is never hit.
        let _ = pidfd_send_signal(&self.pidfd, signal);
    }

    /// Kills it at once.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Its exit status, if it has ended.
    pub fn try_exit(&self) -> Option<Exit> {
        self.exit.borrow().clone().map(Exit)
    }

    /// Completes when it has ended. Independent of this handle, so that one task may wait while another holds it.
    pub fn exited(&self) -> impl Future<Output = Exit> + Send + use<> {
        let mut exit = self.exit.clone();
        async move {
            match exit.wait_for(Option::is_some).await {
                Ok(status) => Exit(status.clone().unwrap_or_else(|| Err("unknown".to_owned()))),
                Err(_) => Exit(Err("its watcher died".to_owned())),
            }
        }
    }

    /// Asks it to end, and kills it if it has not after `grace`.
    pub async fn stop(&self, grace: Duration) -> Exit {
        self.signal(Signal::TERM);
        if let Ok(exit) = tokio::time::timeout(grace, self.exited()).await {
            return exit;
        }
        self.kill();
        self.exited().await
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a child ended. Displays as text for people: "ended by signal 9 (SIGKILL)".
#[derive(Clone, Debug)]
pub struct Exit(Result<ExitStatus, String>);

impl Exit {
    /// Whether it ended with status 0.
    pub fn success(&self) -> bool {
        self.0.as_ref().is_ok_and(ExitStatus::success)
    }

    /// Whether it ended by itself with a status other than 0, rather than by a signal.
    pub fn failed(&self) -> bool {
        self.0.as_ref().is_ok_and(|status| status.code().is_some_and(|code| code != 0))
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::os::unix::process::ExitStatusExt;
        match &self.0 {
            Err(reason) => write!(f, "ended ({reason})"),
            Ok(status) => match (status.code(), status.signal()) {
                (Some(code), _) => write!(f, "ended with status {code}"),
                (None, Some(signal)) => write!(f, "ended by signal {signal}{}", signal_name(signal)),
                (None, None) => write!(f, "ended"),
            },
        }
    }
}

fn signal_name(signal: i32) -> &'static str {
    match signal {
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        24 => " (SIGXCPU)",
        _ => "",
    }
}
