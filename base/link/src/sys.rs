//! What needs `unsafe`: taking over descriptors by number, and preparing a child between fork and exec.
#![allow(unsafe_code)]

use std::{
    collections::BTreeSet,
    io,
    os::{
        fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd},
        unix::process::CommandExt,
    },
    process::Command,
    sync::Mutex,
};

use rustix::process::{Pid, Signal};

/// Descriptors that were taken over: each is owned once.
static TAKEN: Mutex<BTreeSet<RawFd>> = Mutex::new(BTreeSet::new());

/// Takes ownership of the inherited descriptor `number`.
///
/// Each number is given out once in the life of the process, so callers do this before they open anything themselves.
pub(crate) fn take_fd(number: RawFd) -> io::Result<OwnedFd> {
    if number <= 2 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "descriptors 0 to 2 are not for taking"));
    }
    // SAFETY: fcntl(F_GETFD) accepts any number; the borrow ends with the call.
    let open = rustix::io::fcntl_getfd(unsafe { BorrowedFd::borrow_raw(number) });
    let flags = open.map_err(|error| {
        io::Error::new(io::Error::from(error).kind(), format!("descriptor {number} is not open"))
    })?;
    if flags.contains(rustix::io::FdFlags::CLOEXEC) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("descriptor {number} was not inherited"),
        ));
    }
    if !TAKEN.lock().map_err(|_| io::ErrorKind::Other)?.insert(number) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("descriptor {number} was taken before"),
        ));
    }
    // SAFETY: it is open, came over exec (nothing here opens descriptors without CLOEXEC), and nobody took it before.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Makes the child of `command` keep `inherited` open, get `death_signal` when the spawning thread ends, and lead a
/// process group of its own, so that Ctrl-C in the terminal reaches the parent alone.
pub(crate) fn prepare(command: &mut Command, inherited: Vec<RawFd>, death_signal: Signal) {
    let parent = rustix::process::getpid();
    command.process_group(0);
    // SAFETY: between fork and exec only system calls are made, and nothing is allocated.
    unsafe {
        command.pre_exec(move || after_fork(parent, &inherited, death_signal));
    }
}

fn after_fork(parent: Pid, inherited: &[RawFd], death_signal: Signal) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(death_signal))?;
    if rustix::process::getppid() != Some(parent) {
        return Err(io::ErrorKind::NotConnected.into());
    }
    // What this process inherited itself, from a shell say, is not the child's business. Older kernels lack the call.
    // SAFETY: marks descriptors only, and takes no pointers.
    let _ = unsafe { libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as libc::c_int) };
    for fd in inherited {
        // SAFETY: the caller of `prepare` keeps the descriptors open until the child has started.
        let fd = unsafe { BorrowedFd::borrow_raw(*fd) };
        rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::empty())?;
    }
    Ok(())
}
