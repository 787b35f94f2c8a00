//! What every child process needs: the descriptors it inherits, and an end when it is told to or its parent dies.
//!
//! A descriptor can be taken once, and only as what it is: a wrong number on the command line is an error, not a socket
//! that somebody else owns.

use std::{
    fs::File,
    io,
    net::TcpListener,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::{UnixListener, UnixStream},
    },
    process::ExitCode,
    time::Duration,
};

use rustix::{fs, net, process};
use tokio::{signal::unix, sync::watch};

use crate::sys;

/// How long a process may take to end after it was told to; then it is ended, clean or not, so that no hang of ours can
/// leave an orphan. The supervisor waits a little longer before it kills.
const END_LIMIT: Duration = Duration::from_millis(1500);

/// Takes over an inherited listening Unix socket.
///
/// # Errors
/// It is not one, or was taken before.
pub fn take_unix_listener(fd: i32) -> io::Result<UnixListener> {
    let fd = take(fd)?;
    require(is_socket(&fd, net::AddressFamily::UNIX, true), "not a listening Unix socket")?;
    Ok(UnixListener::from(fd))
}

/// Takes over an inherited listening TCP socket.
///
/// # Errors
/// It is not one, or was taken before.
pub fn take_tcp_listener(fd: i32) -> io::Result<TcpListener> {
    let fd = take(fd)?;
    let tcp =
        is_socket(&fd, net::AddressFamily::INET, true) || is_socket(&fd, net::AddressFamily::INET6, true);
    require(tcp, "not a listening TCP socket")?;
    Ok(TcpListener::from(fd))
}

/// Takes over one end of an inherited Unix socket pair.
///
/// # Errors
/// It is not one, or was taken before.
pub fn take_unix_stream(fd: i32) -> io::Result<UnixStream> {
    let fd = take(fd)?;
    require(is_socket(&fd, net::AddressFamily::UNIX, false), "not a connected Unix socket")?;
    Ok(UnixStream::from(fd))
}

/// Takes over an inherited memfd. Its size and seals are the business of who maps it.
///
/// # Errors
/// It is not one, or was taken before.
pub fn take_memfd(fd: i32) -> io::Result<OwnedFd> {
    let fd = take(fd)?;
    require(fs::fcntl_get_seals(&fd).is_ok(), "not a memfd")?;
    Ok(fd)
}

/// Takes over an inherited pipe's end.
///
/// # Errors
/// It is not one, or was taken before.
pub fn take_pipe(fd: i32) -> io::Result<File> {
    let fd = take(fd)?;
    let kind = fs::FileType::from_raw_mode(fs::fstat(&fd)?.st_mode);
    require(kind == fs::FileType::Fifo, "not a pipe")?;
    Ok(File::from(fd))
}

fn take(number: i32) -> io::Result<OwnedFd> {
    let fd = sys::take_fd(number)?;
    rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC)?;
    Ok(fd)
}

fn is_socket(fd: impl AsFd, family: net::AddressFamily, listening: bool) -> bool {
    let fd = fd.as_fd();
    net::sockopt::socket_domain(fd).is_ok_and(|actual| actual == family)
        && net::sockopt::socket_acceptconn(fd).is_ok_and(|actual| actual == listening)
}

fn require(holds: bool, otherwise: &'static str) -> io::Result<()> {
    if holds { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, otherwise)) }
}

/// The status of a process that ran and ended so. An error is logged in one line with its causes, whatever
/// `RUST_BACKTRACE` says: the supervisor repeats that line to the user.
pub fn exit_code<E: std::fmt::Display>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A request to end this process: SIGTERM, Ctrl-C, or its parent's death.
#[derive(Clone, Debug)]
pub struct Termination(watch::Receiver<bool>);

impl Termination {
    /// Completes when the process has been asked to end. From then on it has 1.5 s before it is ended.
    pub async fn requested(&self) {
        let mut requested = self.0.clone();
        let _ = requested.wait_for(|requested| *requested).await;
    }

    /// Whether the process has been asked to end.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }
}

/// Asks for SIGTERM when the parent dies, and turns SIGTERM and SIGINT into a [`Termination`]. Call once, first thing in
/// a child's `main`.
///
/// A thread of its own watches: if the process has not ended 1.5 s after it was asked to, however stuck it is, the
/// thread ends it with status 1.
pub fn on_termination() -> Termination {
    let parent = process::getppid();
    if let Err(error) = process::set_parent_process_death_signal(Some(process::Signal::TERM)) {
        tracing::warn!("this process would outlive its parent: {error}");
    }
    let (sender, receiver) = watch::channel(false);
    // The parent may have died before the request was made.
    let orphaned = process::getppid() != parent;
    let (ready, is_ready) = std::sync::mpsc::channel();
    let spawned = std::thread::Builder::new().name("termination".to_owned()).spawn(move || {
        if let Err(error) = watch_signals(&sender, orphaned, &ready) {
            tracing::error!("cannot watch for signals: {error}");
        }
    });
    match spawned {
        // Once this returns, a signal is no longer deadly.
        Ok(_) => drop(is_ready.recv()),
        Err(error) => tracing::error!("cannot watch for signals: {error}"),
    }
    Termination(receiver)
}

fn watch_signals(
    requested: &watch::Sender<bool>,
    orphaned: bool,
    ready: &std::sync::mpsc::Sender<()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = unix::signal(unix::SignalKind::terminate())?;
        let mut interrupt = unix::signal(unix::SignalKind::interrupt())?;
        let _ = ready.send(());
        if !orphaned {
            tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
        }
        requested.send_replace(true);
        tokio::time::sleep(END_LIMIT).await;
        tracing::error!("still here {} ms after being asked to end: giving up", END_LIMIT.as_millis());
        std::process::exit(1)
    })
}
