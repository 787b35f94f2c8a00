//! Descriptors: which this process keeps, and what the standard ones are. Standard error is the warden's affair.
#![allow(unsafe_code)]

use std::{
    fs::File,
    io,
    os::fd::{FromRawFd as _, OwnedFd, RawFd},
};

use anyhow::{Context as _, ensure};

/// Where descriptors that are not standard ones begin.
const FIRST: RawFd = 3;

/// Takes an inherited descriptor, named for people.
///
/// # Errors
/// It is a standard one, or not open.
pub fn adopt(name: &str, descriptor: RawFd) -> anyhow::Result<OwnedFd> {
    ensure!(descriptor >= FIRST, "the {name} descriptor must be another than 0 to 2");
    // SAFETY: F_SETFD touches no memory and is valid for any number.
    let set = unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
    ensure!(set == 0, "the {name} descriptor {descriptor} is not open");
    // SAFETY: it is open, and nothing else in this process owns it: whoever started it named each once.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// What standard output was, as a file of its own: plugins print there.
///
/// # Errors
/// There are no descriptors left.
pub fn take_standard_output() -> anyhow::Result<File> {
    let output = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), FIRST);
    Ok(output.context("cannot keep standard output")?.into())
}

/// Plugins read and print as they like: nobody listens.
pub fn silence_standard_streams() -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    Ok(())
}

/// Closes every descriptor but the standard ones and these.
pub fn close_all_but(kept: &[RawFd]) -> io::Result<()> {
    let mut kept: Vec<RawFd> = kept.iter().copied().filter(|descriptor| *descriptor >= FIRST).collect();
    kept.sort_unstable();
    let mut first = FIRST;
    for descriptor in kept {
        if first < descriptor {
            close(first, descriptor - 1)?;
        }
        first = descriptor + 1;
    }
    close(first, RawFd::MAX)
}

fn close(first: RawFd, last: RawFd) -> io::Result<()> {
    // SAFETY: nothing uses a descriptor in this range any more: this is the first step of a process with one thread.
    match unsafe { libc::close_range(first.cast_unsigned(), last.cast_unsigned(), 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
