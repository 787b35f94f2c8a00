//! What a plugin might try against its host and its user: real system calls, each harmless where it succeeds. What the tests
//! laid out for it is named in the environment, `LOOPHOLE_TEST_…`.
//!
//! | number | attempt |
//! |---|---|
//! | 1 | read a secret in HOME |
//! | 2 | write a file in HOME |
//! | 3, 4 | reach a port by TCP, by UDP |
//! | 5, 6 | connect to a Unix socket by path, by abstract name |
//! | 7, 8 | trace, and signal, the process that started it |
//! | 9 | start three thousand processes |
//! | 10 | map a terabyte |
//! | 11 | look into the process that started it, through `/proc` |
//! | 12 | open memory that others share: another sandbox's, and what lies in `/dev/shm` |
//! | 13 | read from a descriptor that was left open |
//! | 14 | become root: by asking, and by a program that belongs to root |
//! | 15 | use io_uring |
//! | 16 | enter a namespace of users of its own |
#![allow(unsafe_code)]

use std::{
    env, fs,
    fs::File,
    io::{self, Error, ErrorKind},
    mem::ManuallyDrop,
    net::{TcpStream, UdpSocket},
    os::{
        fd::FromRawFd as _,
        linux::net::SocketAddrExt as _,
        unix::{
            fs::FileExt as _,
            net::{SocketAddr, UnixStream},
        },
    },
    path::Path,
    process::Command,
    ptr,
};

/// More than any sandbox may have.
const MANY_PROCESSES: usize = 3000;
/// Words of 16 bytes: enough to sleep on.
const STACK_WORDS: usize = 256;
const TERABYTE: usize = 1 << 40;
/// Descriptors that are tried.
const DESCRIPTORS: std::ops::Range<i32> = 3..1024;

/// Tries an attempt and says what came of it, in words that begin with `escaped` or `refused`.
pub fn attempt(number: u32) -> String {
    let tried = match number {
        1 => read_secret(),
        2 => fs::write(told("HOME") + "/planted", "planted"),
        3 => TcpStream::connect(("127.0.0.1", port("TCP"))).map(drop),
        4 => UdpSocket::bind("127.0.0.1:0")
            .and_then(|it| it.send_to(b"out", ("127.0.0.1", port("UDP"))))
            .map(drop),
        5 => UnixStream::connect(told("LOOPHOLE_TEST_SOCKET")).map(drop),
        6 => SocketAddr::from_abstract_name(told("LOOPHOLE_TEST_ABSTRACT"))
            .and_then(|name| UnixStream::connect_addr(&name))
            .map(drop),
        7 => trace_parent(),
        8 => signal_parent(),
        9 => start_many_processes(),
        10 => map_terabyte(),
        11 => look_into_parent(),
        12 => open_foreign_memory(),
        13 => read_left_open(),
        14 => become_root(),
        15 => use_io_uring(),
        16 => enter_namespace(),
        _ => Err(Error::from(ErrorKind::Unsupported)),
    };
    match tried {
        Ok(()) => "escaped".to_owned(),
        Err(error) => format!("refused: {error}"),
    }
}

fn told(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

fn port(protocol: &str) -> u16 {
    told(&format!("LOOPHOLE_TEST_{protocol}")).parse().unwrap_or(0)
}

fn parent() -> i32 {
    told("LOOPHOLE_TEST_PARENT").parse().unwrap_or(0)
}

fn secret() -> String {
    told("LOOPHOLE_TEST_SECRET")
}

fn checked(returned: impl Into<i64>) -> io::Result<()> {
    if returned.into() < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}

/// The first that succeeds, else how the last failed.
fn any(tries: impl IntoIterator<Item = io::Result<()>>) -> io::Result<()> {
    let mut last = Err(Error::from(ErrorKind::NotFound));
    for tried in tries {
        last = tried;
        if last.is_ok() {
            break;
        }
    }
    last
}

fn read_secret() -> io::Result<()> {
    let read = fs::read_to_string(told("HOME") + "/secret")?;
    if read == secret() { Ok(()) } else { Err(Error::from(ErrorKind::InvalidData)) }
}

/// On a thread of its own, since the end of a tracer ends the tracing.
fn trace_parent() -> io::Result<()> {
    let seize = || {
        // SAFETY: the call touches no memory of this process.
        checked(unsafe {
            libc::ptrace(libc::PTRACE_SEIZE, parent(), ptr::null_mut::<u8>(), ptr::null_mut::<u8>())
        })
    };
    std::thread::spawn(seize).join().unwrap_or_else(|_| Err(Error::from(ErrorKind::Other)))
}

/// By a signal that does nothing where nobody waits for it.
fn signal_parent() -> io::Result<()> {
    // SAFETY: the call touches no memory.
    checked(unsafe { libc::kill(parent(), libc::SIGWINCH) })
}

/// Each shares this one's memory, which makes them cheap, and sleeps on a stack of its own.
fn start_many_processes() -> io::Result<()> {
    let mut stacks = vec![[0_u128; STACK_WORDS]; MANY_PROCESSES];
    let mut children = Vec::with_capacity(MANY_PROCESSES);
    let mut stopped = Ok(());
    for stack in &mut stacks {
        let top = stack.as_mut_ptr_range().end;
        // SAFETY: stacks grow downwards, and this one outlives the child, which is ended below.
        match unsafe { libc::clone(sleep, top.cast(), libc::CLONE_VM | libc::SIGCHLD, ptr::null_mut()) } {
            -1 => stopped = Err(Error::last_os_error()),
            child => children.push(child),
        }
        if stopped.is_err() {
            break;
        }
    }
    children.into_iter().for_each(end_child);
    stopped
}

extern "C" fn sleep(_: *mut libc::c_void) -> libc::c_int {
    loop {
        // SAFETY: it touches no memory.
        unsafe { libc::pause() };
    }
}

fn end_child(child: i32) {
    // SAFETY: the child is ours and was not waited for, so that the id is still its own.
    unsafe {
        libc::kill(child, libc::SIGKILL);
        libc::waitpid(child, ptr::null_mut(), 0);
    }
}

fn map_terabyte() -> io::Result<()> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping at an address of the kernel's choice, which is unmapped before anybody knows of it.
    unsafe {
        let mapped = libc::mmap(ptr::null_mut(), TERABYTE, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
        if mapped == libc::MAP_FAILED {
            return Err(Error::last_os_error());
        }
        checked(libc::munmap(mapped, TERABYTE))
    }
}

fn look_into_parent() -> io::Result<()> {
    let folder = format!("/proc/{}", parent());
    let descriptors = fs::read_dir(format!("{folder}/fd")).map(drop);
    any([
        fs::read(format!("{folder}/environ")).map(drop),
        File::open(format!("{folder}/mem")).map(drop),
        descriptors,
    ])
}

fn open_foreign_memory() -> io::Result<()> {
    let open = |path: &str| File::options().read(true).write(true).open(path).map(drop);
    let left = open(&told("LOOPHOLE_TEST_SHM"));
    let own = fs::read_link("/proc/self").unwrap_or_default();
    let others = fs::read_dir("/proc").into_iter().flatten().flatten().map(|it| it.path());
    let is_process = |it: &Path| {
        it.file_name().is_some_and(|name| name != own && name.to_string_lossy().parse::<u32>().is_ok())
    };
    let others = others.filter(|it| is_process(it));
    let descriptors = others.flat_map(|it| fs::read_dir(it.join("fd")).into_iter().flatten().flatten());
    let blocks = descriptors.map(|it| it.path()).filter(|it| {
        fs::read_link(it).is_ok_and(|target| target.to_string_lossy().contains("memfd:loophole-sandbox"))
    });
    any(blocks.map(|it| open(&it.to_string_lossy())).chain([left]))
}

fn read_left_open() -> io::Result<()> {
    let secret = secret();
    let holds_secret = |descriptor: i32| {
        // SAFETY: it is never closed here; one that is not open gives an error.
        let file = ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) });
        let mut read = vec![0; secret.len()];
        file.read_exact_at(&mut read, 0).is_ok() && read == secret.as_bytes()
    };
    let found = DESCRIPTORS.into_iter().any(holds_secret);
    if found { Ok(()) } else { Err(Error::from_raw_os_error(libc::EBADF)) }
}

/// Who is root already becomes somebody else.
fn become_root() -> io::Result<()> {
    // SAFETY: it only asks.
    let other = libc::c_long::from(unsafe { libc::geteuid() } == 0);
    // SAFETY: the call touches no memory; the bare one is of this thread alone.
    let asked = checked(unsafe { libc::syscall(libc::SYS_setresuid, other, other, other) });
    any([asked, run_roots_program()])
}

/// The program prints who it runs as.
fn run_roots_program() -> io::Result<()> {
    let output = Command::new(told("LOOPHOLE_TEST_ROOTS_PROGRAM")).arg("-u").output()?;
    if output.stdout == b"0\n" { Ok(()) } else { Err(Error::from(ErrorKind::PermissionDenied)) }
}

fn use_io_uring() -> io::Result<()> {
    // The parameters are 120 bytes, for which zeros mean the defaults.
    let mut parameters = [0_u8; 120];
    // SAFETY: the parameters live through the call; the descriptor is a new one.
    unsafe {
        let ring = libc::syscall(libc::SYS_io_uring_setup, 4, parameters.as_mut_ptr());
        checked(ring)?;
        checked(libc::close(ring as i32))
    }
}

fn enter_namespace() -> io::Result<()> {
    let flags = libc::CLONE_NEWUSER | libc::SIGCHLD;
    // SAFETY: without a stack of its own the child goes on with a copy of this one, and ends at once.
    match unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) } {
        // SAFETY: it does not return.
        0 => unsafe { libc::_exit(0) },
        -1 => Err(Error::last_os_error()),
        child => {
            end_child(child as i32);
            Ok(())
        }
    }
}
