//! The Linux side of `sys`. Every call asks, or changes a child that ends at once.
#![allow(unsafe_code)]

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    ptr,
};

/// `LANDLOCK_CREATE_RULESET_VERSION`: no rule set is made, the version is told.
const ASK_VERSION: u32 = 1;
/// `SECCOMP_GET_ACTION_AVAIL` and `SECCOMP_RET_KILL_PROCESS`.
const ACTION_AVAILABLE: u32 = 2;
const KILL_PROCESS: u32 = 0x8000_0000;

/// Version of Landlock's interface.
pub(crate) fn landlock_abi() -> io::Result<i64> {
    // SAFETY: with this flag the call takes no memory.
    let version = unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, ptr::null::<libc::c_void>(), 0_usize, ASK_VERSION)
    };
    if version < 0 { Err(io::Error::last_os_error()) } else { Ok(version) }
}

/// Whether a filter may end the process that breaks it.
pub(crate) fn seccomp_filters() -> io::Result<()> {
    let action = KILL_PROCESS;
    // SAFETY: the call reads one number, which lives through it.
    let answer = unsafe { libc::syscall(libc::SYS_seccomp, ACTION_AVAILABLE, 0_u32, &raw const action) };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Whether a process without rights may make a user namespace: a child tries, and ends.
pub(crate) fn user_namespace() -> io::Result<()> {
    let mut child = Command::new("/proc/self/exe");
    child.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // SAFETY: between fork and exec it makes one system call, which is safe there, and allocates nothing.
    unsafe {
        child.pre_exec(|| match libc::unshare(libc::CLONE_NEWUSER) {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        });
    }
    child.status().map(|_| ())
}
