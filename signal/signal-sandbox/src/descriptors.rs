//! Waiting for several descriptors at once, some of which are plugins' own. Serves none.
//!
//! Plugins name descriptors by number and may have closed them: so this is the plain system call, which says that a number
//! is no descriptor, instead of borrowed descriptors, which always are some.
#![allow(unsafe_code)]

use std::{io, os::fd::RawFd, time::Duration};

use clack_extensions::posix_fd::FdFlags;

/// A descriptor to wait for.
#[derive(Clone, Copy, Debug)]
pub struct Awaited {
    pub descriptor: RawFd,
    pub flags: FdFlags,
}

/// Waits until one of `awaited` is ready, or for `patience`; none: as long as it takes. Says for each what it is ready
/// for, empty: for nothing; none: it is no descriptor.
pub fn wait(awaited: &[Awaited], patience: Option<Duration>) -> io::Result<Vec<Option<FdFlags>>> {
    let entry = |it: &Awaited| libc::pollfd { fd: it.descriptor, events: events(it.flags), revents: 0 };
    let mut entries: Vec<libc::pollfd> = awaited.iter().map(entry).collect();
    // Rounded up: a timer must be due when it is looked at.
    let timeout = patience
        .map_or(-1, |patience| i32::try_from(patience.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX));
    // SAFETY: the entries are as many as it is told, and are its own while it runs. Numbers that are no descriptors are
    // reported as such.
    let polled = unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, timeout) };
    if polled < 0 {
        let error = io::Error::last_os_error();
        return match error.kind() {
            io::ErrorKind::Interrupted => Ok(vec![Some(FdFlags::empty()); awaited.len()]),
            _ => Err(error),
        };
    }
    Ok(entries.iter().map(|entry| flags(entry.revents)).collect())
}

fn events(flags: FdFlags) -> i16 {
    let read = if flags.contains(FdFlags::READ) { libc::POLLIN } else { 0 };
    let write = if flags.contains(FdFlags::WRITE) { libc::POLLOUT } else { 0 };
    read | write
}

fn flags(events: i16) -> Option<FdFlags> {
    if events & libc::POLLNVAL != 0 {
        return None;
    }
    let mut flags = FdFlags::empty();
    flags.set(FdFlags::READ, events & libc::POLLIN != 0);
    flags.set(FdFlags::WRITE, events & libc::POLLOUT != 0);
    flags.set(FdFlags::ERROR, events & (libc::POLLERR | libc::POLLHUP) != 0);
    Some(flags)
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, os::fd::AsRawFd as _};

    use super::*;

    #[test]
    fn what_is_ready_is_told_and_what_is_no_descriptor_too() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let awaited = |descriptor| Awaited { descriptor, flags: FdFlags::READ };
        let pipe = [awaited(reader.as_raw_fd())];
        assert_eq!(wait(&pipe, Some(Duration::ZERO)).unwrap(), [Some(FdFlags::empty())]);
        writer.write_all(b"x").unwrap();
        let none = i32::MAX;
        let ready = wait(&[pipe[0], awaited(none)], None).unwrap();
        assert_eq!(ready, [Some(FdFlags::READ), None]);
        drop(writer);
        assert_eq!(wait(&pipe, None).unwrap(), [Some(FdFlags::READ | FdFlags::ERROR)]);
    }
}
