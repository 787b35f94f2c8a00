//! Namespaces: users, processes, network and inter-process communication that nobody else shares.
//!
//! A network of its own has no interface but an idle loopback, and no abstract socket of others. Files come later ([`root`]).
//!
//! [`root`]: super::root
#![allow(unsafe_code)]

use std::{fs, io};

use rustix::{
    process::{Resource, Rlimit, getegid, geteuid, setrlimit},
    thread::{UnshareFlags, unshare_unsafe},
};

use super::Hold;

/// Processes and threads of a sandbox: some for each of its plugins, all of a song's at most. Only a user namespace counts them
/// apart from the user's others.
const MAX_PROCESSES: u64 = 2048;

/// Enters them, and says whether the next child is the first process of its own namespace. A capability is lost in a namespace
/// of users: `keep_users` is for who needs one. `keep_network` is for who was granted it.
pub fn enter(keep_users: bool, keep_network: bool) -> (bool, Hold) {
    let mut own = UnshareFlags::NEWPID | UnshareFlags::NEWNET | UnshareFlags::NEWIPC;
    own.set(UnshareFlags::NEWNET, !keep_network);
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    // SAFETY: the process has one thread, and no descriptor table or address space is unshared.
    let unshare = |flags| unsafe { unshare_unsafe(flags) }.map_err(|error| error.to_string());
    let without = "real-time priority would be lost: raise the limit rtprio".to_owned();
    let entered = if keep_users { Err(without) } else { unshare(own | UnshareFlags::NEWUSER) };
    if let Err(error) = entered {
        return match unshare(own) {
            Ok(()) => (true, Hold::Partly(format!("no namespace of users ({error})"))),
            Err(_) => (false, Hold::Not(format!("the system gives none ({error})"))),
        };
    }
    let hold = settle(uid, gid).map_or_else(
        |error| Hold::Partly(format!("the namespace of users has no bounds ({error})")),
        |()| Hold::Whole,
    );
    (true, hold)
}

/// The one user is who it was; there are no namespaces below this one, and few processes.
fn settle(uid: u32, gid: u32) -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1"))?;
    fs::write("/proc/sys/user/max_user_namespaces", "0")?;
    let few = Rlimit { current: Some(MAX_PROCESSES), maximum: Some(MAX_PROCESSES) };
    Ok(setrlimit(Resource::Nproc, few)?)
}
