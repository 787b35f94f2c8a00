//! What the command line asks of the operating system beyond what safe crates offer, one file a system: whether the kernel
//! can confine processes. It confines none.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub(crate) use linux::{landlock_abi, seccomp_filters, user_namespace};
