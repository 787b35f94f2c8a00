//! What the process gives up before it loads foreign code. System-call and file-system limits are not among it.
#![allow(unsafe_code)]

use std::{
    io,
    os::{
        fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd},
        unix::net::UnixStream,
    },
};

use anyhow::{Context as _, ensure};
use rustix::process::{Resource, Rlimit, Signal};

/// Processor time at real-time priority without ever waiting: a block is 10 ms, nothing sound needs fifty.
const REALTIME_LIMIT_US: u64 = 500_000;
/// From here on the kernel does not ask but kill.
const REALTIME_KILL_US: u64 = 1_000_000;
/// Processor time for looking at a bundle, in seconds: ZamVerb takes 5.
const DESCRIBE_LIMIT_S: u64 = 60;
/// Where descriptors that are neither of ours nor standard ones begin.
const FIRST_DESCRIPTOR: u32 = 3;

/// Takes the two descriptors, closes all others, sets limits, and makes the process die with its parent.
pub fn enter(socket: RawFd, block: RawFd) -> anyhow::Result<(UnixStream, OwnedFd)> {
    ensure!(socket >= 3 && block >= 3 && socket != block, "the descriptors must be two others than 0 to 2");
    for (name, descriptor) in [("socket", socket), ("block", block)] {
        // SAFETY: F_GETFD touches no memory and is valid for any number.
        let flags = unsafe { libc::fcntl(descriptor, libc::F_GETFD) };
        ensure!(flags >= 0, "the {name} descriptor {descriptor} is not open");
    }
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .context("cannot tie this process to its parent")?;
    close_others(socket, block).context("cannot close inherited descriptors")?;
    silence_standard_streams().context("cannot open /dev/null")?;
    limit(Resource::Core, 0, 0);
    limit(Resource::Rttime, REALTIME_LIMIT_US, REALTIME_KILL_US);
    // SAFETY: both are open (checked above) and nothing else in this process owns them: this is its first step.
    let (socket, block) = unsafe { (UnixStream::from_raw_fd(socket), OwnedFd::from_raw_fd(block)) };
    for descriptor in [socket.as_raw_fd(), block.as_raw_fd()] {
        // SAFETY: F_SETFD touches no memory; the descriptor is ours. A plugin that starts programs must not pass it on.
        unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
    Ok((socket, block))
}

/// For a process that only looks at a bundle: what standard output was becomes a file of its own, since plugins print there;
/// then the limits of [`enter`], and processor time.
pub fn enter_to_describe() -> io::Result<std::fs::File> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let output = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), FIRST_DESCRIPTOR.cast_signed())?;
    silence_standard_streams()?;
    limit(Resource::Core, 0, 0);
    limit(Resource::Cpu, DESCRIBE_LIMIT_S, DESCRIBE_LIMIT_S);
    Ok(output.into())
}

/// Lowers a limit. One that is lower already stays.
fn limit(resource: Resource, current: u64, maximum: u64) {
    let before = rustix::process::getrlimit(resource);
    let lower = |before: Option<u64>, wanted: u64| Some(before.map_or(wanted, |before| before.min(wanted)));
    let wanted = Rlimit {
        current: lower(before.maximum.min(before.current).or(before.current), current),
        maximum: lower(before.maximum, maximum),
    };
    // Lowering one's own limits can not fail; if it did, the process would only be less limited.
    let _ = rustix::process::setrlimit(resource, wanted);
}

fn close_others(socket: RawFd, block: RawFd) -> io::Result<()> {
    let mut kept = [socket.cast_unsigned(), block.cast_unsigned()];
    kept.sort_unstable();
    let ranges = [(FIRST_DESCRIPTOR, kept[0] - 1), (kept[0] + 1, kept[1] - 1), (kept[1] + 1, u32::MAX)];
    for (first, last) in ranges.into_iter().filter(|(first, last)| first <= last) {
        // SAFETY: nothing in this process owns a descriptor in these ranges: this is its first step.
        if unsafe { libc::close_range(first, last, 0) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Plugins read and print as they like: nobody listens. Standard error stays, it is the log.
fn silence_standard_streams() -> io::Result<()> {
    let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    Ok(())
}
