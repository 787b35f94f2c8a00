//! Descriptors are taken once, and only as what they are.

use std::{
    io::{Read as _, Write as _},
    os::fd::{AsRawFd as _, IntoRawFd as _, OwnedFd},
    sync::atomic::{AtomicI32, Ordering},
};

use link::process;
use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_getfd, fcntl_setfd};

/// Makes a descriptor look as if it had come over exec, under a number of its own: numbers of closed ones come back, and
/// each can be taken only once in a process.
fn inherited(fd: impl Into<OwnedFd>) -> i32 {
    static NEXT: AtomicI32 = AtomicI32::new(200);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let fd = fcntl_dupfd_cloexec(fd.into(), number).expect("duplicate");
    assert_eq!(fd.as_raw_fd(), number);
    fcntl_setfd(&fd, FdFlags::empty()).expect("flags");
    fd.into_raw_fd()
}

#[test]
fn pipe_is_taken_once_and_not_handed_on_to_children() {
    let (reader, writer) = rustix::pipe::pipe().expect("pipe");
    let number = inherited(reader);
    let mut taken = process::take_pipe(number).expect("take");
    assert!(fcntl_getfd(&taken).expect("flags").contains(FdFlags::CLOEXEC));
    std::fs::File::from(writer).write_all(b"token").expect("write");
    let mut text = String::new();
    taken.read_to_string(&mut text).expect("read");
    assert_eq!(text, "token");
    fcntl_setfd(&taken, FdFlags::empty()).expect("flags");
    let again = process::take_pipe(taken.as_raw_fd()).expect_err("taken before");
    assert!(again.to_string().contains("taken before"), "{again}");
}

#[test]
fn socket_is_taken_only_as_what_it_is() {
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let number = inherited(tcp.try_clone().expect("clone"));
    let error = process::take_unix_listener(number).expect_err("a TCP socket is no Unix socket");
    assert!(error.to_string().contains("not a listening Unix socket"), "{error}");
    let taken = process::take_tcp_listener(inherited(tcp)).expect("take");
    assert!(taken.local_addr().expect("address").ip().is_loopback());
}

#[test]
fn connected_socket_is_no_listener() {
    let (near, far) = std::os::unix::net::UnixStream::pair().expect("pair");
    assert!(process::take_unix_listener(inherited(near)).is_err());
    assert!(process::take_unix_stream(inherited(far)).is_ok());
}

#[test]
fn memfd_is_told_from_a_file() {
    let memfd = rustix::fs::memfd_create("test", rustix::fs::MemfdFlags::ALLOW_SEALING).expect("memfd");
    assert!(process::take_memfd(inherited(memfd)).is_ok());
    let (reader, _writer) = rustix::pipe::pipe().expect("pipe");
    assert!(process::take_memfd(inherited(reader)).is_err());
}

#[test]
fn own_descriptors_and_closed_numbers_are_not_for_taking() {
    let own = std::fs::File::open("/dev/null").expect("open");
    let error = process::take_pipe(own.as_raw_fd()).expect_err("opened here");
    assert!(error.to_string().contains("was not inherited"), "{error}");
    assert!(process::take_pipe(1).is_err());
    assert!(process::take_pipe(987_654).is_err());
}
