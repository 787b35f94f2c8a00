//! The processes around the one that hosts plugins. None of them loads foreign code.
//!
//! | process | in the namespace of processes | what it does |
//! |---|---|---|
//! | warden | of whoever started it | is what Signal or Pulse started: passes on what the host says on standard error, kills it when told to, and ends as it ended |
//! | init | first of its own | nothing; when it ends, the kernel ends all that is in the namespace |
//! | host | second | returns, and hosts plugins |
//!
//! The first process of a namespace ignores its own `abort`, which is why the host isn't the first. All die with the warden,
//! by their parent-death signal and because init reads the end of a pipe that the warden alone holds open; the warden dies
//! with the thread that started it.
#![allow(unsafe_code)]

use std::{
    ffi::CStr,
    io,
    os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    pipe::{PipeFlags, pipe_with},
    process::{Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, pidfd_open, pidfd_send_signal, waitpid},
    thread::CapabilitySet,
};

use super::{descriptors, limits, privileges};

/// What a host may say on standard error in its life; more is left out, or it would fill the log.
const MAX_SAID_BYTES: usize = 1 << 20;
/// As much as a pipe that can be written takes without waiting.
const PIECE_BYTES: usize = 4096;
/// A pipe holds 64 KiB.
const PIECES_OF_A_PIPE: usize = 16;

/// Makes the other processes; returns in the host, with its id as the warden's parent sees it.
pub fn leave_to_child(own_processes: bool) -> io::Result<u32> {
    limits::go_first();
    let (alive, held_open) = pipe_with(PipeFlags::CLOEXEC)?;
    let (heard, said) = pipe_with(PipeFlags::CLOEXEC)?;
    let (told, teller) = pipe_with(PipeFlags::CLOEXEC)?;
    let init = match own_processes.then(fork).transpose()? {
        Some(None) => wait_as_init(&alive),
        Some(Some(pid)) => Some(pid),
        None => None,
    };
    let Some(host) = fork()? else {
        drop((held_open, teller));
        die_with_parent(&alive);
        rustix::stdio::dup2_stderr(&said)?;
        let mut pid = [0; 4];
        // Whoever reads nothing has no warden any more.
        return match rustix::io::read(&told, &mut pid)? {
            4 => Ok(u32::from_le_bytes(pid)),
            _ => end(libc::EXIT_FAILURE),
        };
    };
    drop((said, told, alive));
    name(c"loophole-warden");
    rustix::io::ioctl_fionbio(&heard, true)?;
    let (pidfd, told_to_end) = (pidfd_open(host, PidfdFlags::empty())?, ask_for_end()?);
    let kept = [&pidfd, &heard, &told_to_end, &held_open, &teller];
    descriptors::close_all_but(&kept.map(|it| it.as_raw_fd()))?;
    privileges::give_up(CapabilitySet::empty());
    rustix::io::write(&teller, &host.as_raw_pid().to_le_bytes())?;
    drop(teller);
    let warden = Warden { host: pidfd, heard: Some(heard), told_to_end, left: MAX_SAID_BYTES };
    let status = warden.watch(host);
    if let Some(init) = init {
        drop(held_open);
        let _ = waitpid(Some(init), WaitOptions::empty());
    }
    end_as(status)
}

/// The process that hosts, and what the warden has to do with it.
struct Warden {
    host: OwnedFd,
    /// Its standard error, until it has closed it.
    heard: Option<OwnedFd>,
    told_to_end: OwnedFd,
    left: usize,
}

impl Warden {
    /// Until the host has ended.
    fn watch(mut self, host: Pid) -> Option<WaitStatus> {
        loop {
            let mut watched =
                vec![PollFd::new(&self.host, PollFlags::IN), PollFd::new(&self.told_to_end, PollFlags::IN)];
            watched.extend(self.heard.as_ref().map(|heard| PollFd::new(heard, PollFlags::IN)));
            // Whatever it says, what is ready is looked at.
            let _ = poll(&mut watched, None);
            let [ended, told] = [0, 1].map(|at: usize| !watched[at].revents().is_empty());
            self.pass_on();
            if told {
                let _ = rustix::io::read(&self.told_to_end, &mut [0_u8; 128]);
                // It fails only when the host has ended.
                let _ = pidfd_send_signal(&self.host, Signal::KILL);
            }
            if ended {
                // No more than a pipe holds: something it started may go on writing.
                let _ = (0..PIECES_OF_A_PIPE).all(|_| self.pass_on());
                return waitpid(Some(host), WaitOptions::empty()).ok().flatten().map(|(_, status)| status);
            }
        }
    }

    /// Passes one piece of what the host said on to standard error. Returns whether there may be more.
    fn pass_on(&mut self) -> bool {
        let Some(heard) = &self.heard else { return false };
        let mut piece = [0; PIECE_BYTES];
        match rustix::io::read(heard, &mut piece) {
            Ok(0) => self.heard = None,
            Ok(read) => self.say(&piece[..read]),
            Err(_) => return false,
        }
        true
    }

    /// What does not fit now is left out: whoever stops reading the log must not stop the warden.
    fn say(&mut self, text: &[u8]) {
        let text = &text[..text.len().min(self.left)];
        let standard_error = rustix::stdio::stderr();
        let mut log = [PollFd::new(&standard_error, PollFlags::OUT)];
        if poll(&mut log, Some(&Timespec::default())) == Ok(1) && log[0].revents() == PollFlags::OUT {
            self.left -= text.len();
            let _ = rustix::io::write(standard_error, text);
        }
    }
}

/// Ends with everything else once the warden has gone; reaps nobody, since who ends here is waited for by none.
fn wait_as_init(alive: &OwnedFd) -> ! {
    name(c"loophole-init");
    // SAFETY: no handler is set: children that end vanish.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
    let _ = descriptors::close_all_but(&[alive.as_raw_fd()]);
    privileges::give_up(CapabilitySet::empty());
    die_with_parent(alive);
    // Nothing is ever written: it returns when the last writer has gone.
    while rustix::io::read(alive, &mut [0_u8; 1]) == Err(rustix::io::Errno::INTR) {}
    end(libc::EXIT_SUCCESS)
}

/// Ties this process to the warden, which may have ended a moment ago.
fn die_with_parent(alive: &OwnedFd) {
    let tied = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    let mut parent = [PollFd::new(alive, PollFlags::IN)];
    let polled = poll(&mut parent, Some(&Timespec::default()));
    if tied.is_err() || polled != Ok(0) {
        end(libc::EXIT_FAILURE);
    }
}

/// A descriptor that can be read once somebody asks the warden to end the host (SIGTERM).
fn ask_for_end() -> io::Result<OwnedFd> {
    // SAFETY: the set lives through the calls, which keep no reference; the process has one thread, so that its mask is that
    // of the process. The descriptor is a new one of ours.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGTERM);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        match libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC) {
            -1 => Err(io::Error::last_os_error()),
            descriptor => Ok(OwnedFd::from_raw_fd(descriptor)),
        }
    }
}

/// The child's id; none in the child.
fn fork() -> io::Result<Option<Pid>> {
    // SAFETY: the process has one thread, so that the child has everything the parent had.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        child => Ok(Pid::from_raw(child)),
    }
}

/// Ends this process as another one ended, so that whoever waits for it learns how that was.
fn end_as(status: Option<WaitStatus>) -> ! {
    let Some(signal) = status.and_then(WaitStatus::terminating_signal) else {
        end(status.and_then(WaitStatus::exit_status).unwrap_or(libc::EXIT_FAILURE))
    };
    // SAFETY: the default action is restored, unblocked and called for; none of the calls keeps a reference.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        let mut all = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::sigprocmask(libc::SIG_UNBLOCK, &raw const all, std::ptr::null_mut());
        libc::raise(signal);
    }
    end(128 + signal)
}

/// Ends without running what the program registered for its end: that is the host's.
fn end(code: i32) -> ! {
    // SAFETY: it does not return.
    unsafe { libc::_exit(code) }
}

/// Names the process, for who lists processes.
fn name(name: &CStr) {
    let _ = rustix::thread::set_name(name);
}
