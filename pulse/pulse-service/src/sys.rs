//! What needs the operating system directly: descriptors handed down by the parent, limits of a process.
//!
//! Nothing else in this crate is `unsafe`.
#![allow(unsafe_code)]

use std::{
    fs::File,
    io,
    os::fd::{BorrowedFd, FromRawFd as _},
};

use rustix::process::{Resource, Rlimit, Signal, setrlimit};

/// Takes over a file that the parent process opened and left at descriptor `number`.
///
/// # Errors
/// If the number is one of the standard streams or nothing is open there.
pub fn inherited_file(number: i32) -> io::Result<File> {
    if number < 3 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "an inherited descriptor is 3 or above"));
    }
    // SAFETY: only borrowed to ask whether it is open at all; the call fails with EBADF if it is not.
    rustix::io::fcntl_getfd(unsafe { BorrowedFd::borrow_raw(number) })?;
    // SAFETY: it is open, and the parent names each descriptor once, so nobody else in this process owns it.
    Ok(unsafe { File::from_raw_fd(number) })
}

/// What a process that reads untrusted files may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of address space.
    pub memory_bytes: u64,
    /// Of any file it writes.
    pub file_bytes: u64,
    /// Of processor time.
    pub cpu_seconds: u64,
}

/// Limits this process for good, and has it killed when its parent dies.
///
/// # Errors
/// If the system refuses a limit.
pub fn confine(limits: Limits) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    for (resource, value) in [
        (Resource::As, limits.memory_bytes),
        (Resource::Fsize, limits.file_bytes),
        (Resource::Cpu, limits.cpu_seconds),
        (Resource::Core, 0),
        (Resource::Nproc, 0),
    ] {
        setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?;
    }
    Ok(())
}
