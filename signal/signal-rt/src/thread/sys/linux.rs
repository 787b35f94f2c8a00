//! Linux: SCHED_FIFO for the calling thread.
#![allow(unsafe_code)]

use std::io;

/// [control] Sets the calling thread's policy to SCHED_FIFO with reset on fork.
///
/// # Errors
/// The kernel's, mostly a lack of rights.
pub fn set_fifo(priority: i32) -> io::Result<()> {
    // SAFETY: all fields of sched_param are integers, for which zero is valid.
    let mut parameter: libc::sched_param = unsafe { std::mem::zeroed() };
    parameter.sched_priority = priority;
    let policy = libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK;
    // SAFETY: 0 names the calling thread; the pointer is valid for the call, which keeps no reference.
    match unsafe { libc::sched_setscheduler(0, policy, &raw const parameter) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
