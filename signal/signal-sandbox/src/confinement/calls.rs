//! System calls, by seccomp: what starts programs, opens sockets, reaches other processes, or is known for holes in kernels is
//! refused. Everything else is allowed, and nothing that is refused ends the process: most plugins ask and go on.
//!
//! The kernel remembers which calls a filter allows whatever their arguments are, and asks it about the others alone:
//! waiting and waking cost the same as before.

use std::collections::BTreeMap;

use rustix::process::getpid;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpArgLen::Qword, SeccompCmpOp,
    SeccompCondition, SeccompFilter, SeccompRule, apply_filter_all_threads, sock_filter,
};

use super::{Hold, not};

/// Refused whatever the arguments.
#[rustfmt::skip]
const REFUSED: &[i64] = &[
    // Programs.
    libc::SYS_execve, libc::SYS_execveat,
    // Being connected to. A pair of stream sockets can still be made: it leads nowhere else.
    libc::SYS_bind, libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4,
    // Other processes.
    libc::SYS_ptrace, libc::SYS_process_vm_readv, libc::SYS_process_vm_writev, libc::SYS_process_madvise, libc::SYS_kcmp,
    libc::SYS_pidfd_open, libc::SYS_pidfd_getfd, libc::SYS_pidfd_send_signal, libc::SYS_tkill, libc::SYS_migrate_pages,
    // Who it is, and where.
    libc::SYS_setuid, libc::SYS_setgid, libc::SYS_setreuid, libc::SYS_setregid, libc::SYS_setresuid, libc::SYS_setresgid,
    libc::SYS_setfsuid, libc::SYS_setfsgid, libc::SYS_setgroups, libc::SYS_capset, libc::SYS_unshare, libc::SYS_setns,
    libc::SYS_chroot, libc::SYS_pivot_root, libc::SYS_acct,
    // File systems, beside the paths that Landlock sees.
    libc::SYS_mount, libc::SYS_umount2, libc::SYS_move_mount, libc::SYS_open_tree, libc::SYS_mount_setattr,
    libc::SYS_fsopen, libc::SYS_fsconfig, libc::SYS_fsmount, libc::SYS_fspick, libc::SYS_swapon, libc::SYS_swapoff,
    libc::SYS_open_by_handle_at, libc::SYS_name_to_handle_at, libc::SYS_quotactl, libc::SYS_fanotify_init,
    // Memory that all processes share by name.
    libc::SYS_shmget, libc::SYS_shmat, libc::SYS_shmctl, libc::SYS_semget, libc::SYS_semop, libc::SYS_msgget,
    libc::SYS_mq_open, libc::SYS_mq_unlink,
    // What kernels were broken into by, and no plugin needs.
    libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register, libc::SYS_bpf,
    libc::SYS_perf_event_open, libc::SYS_userfaultfd, libc::SYS_keyctl, libc::SYS_add_key, libc::SYS_request_key,
    // The machine.
    libc::SYS_kexec_load, libc::SYS_init_module, libc::SYS_finit_module, libc::SYS_delete_module, libc::SYS_reboot,
    libc::SYS_syslog, libc::SYS_settimeofday, libc::SYS_clock_settime, libc::SYS_clock_adjtime, libc::SYS_adjtimex,
    libc::SYS_sethostname, libc::SYS_setdomainname, libc::SYS_vhangup,
];

/// The same, of calls that only this processor has.
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[i64] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_kexec_file_load,
];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: &[i64] = &[libc::SYS_kexec_file_load];

/// Flags of a new process or thread that would put it into a namespace of its own.
const NAMESPACES: [i32; 7] = [
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];
/// Kinds of sockets that send to an address with each message, in a pair as well; the upper bits of the argument are flags.
const ADDRESSED_SOCKETS: [i32; 2] = [libc::SOCK_DGRAM, libc::SOCK_RAW];
const SOCKET_KIND: u64 = 0xf;
/// Commands that write to a terminal as if keys were pressed, or have a signal sent to whom they name.
const COMMANDS: [u64; 4] =
    [libc::TIOCSTI, libc::TIOCLINUX, 0x8901 /* FIOSETOWN */, 0x8902 /* SIOCSPGRP */];
/// The same, of open files.
const FILE_COMMANDS: [i32; 3] = [libc::F_SETOWN, 15 /* F_SETOWN_EX */, 10 /* F_SETSIG */];
/// What would untie it from its parent, or open its memory to others.
const OWN_SETTINGS: [i32; 3] = [libc::PR_SET_PDEATHSIG, libc::PR_SET_DUMPABLE, libc::PR_SET_PTRACER];
/// What `personality` only asks with.
const ASK_PERSONALITY: u64 = 0xffff_ffff;
/// From here on numbers belong to another set of calls, that of x86-64 programs with short pointers.
const OTHER_CALLS: u32 = 0x4000_0000;

/// Restricts every thread of the process and all that will be. Only who was granted the `network` or the `display` connects,
/// and only to what that takes.
pub fn restrict(network: bool, display: bool) -> Hold {
    let mut families = Vec::new();
    families.extend(network.then_some([libc::AF_INET, libc::AF_INET6]).into_iter().flatten());
    families.extend(display.then_some(libc::AF_UNIX));
    apply(&families).map_or_else(not("seccomp"), |()| Hold::Whole)
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn apply(families: &[i32]) -> Result<(), Box<dyn std::error::Error>> {
    // "No such call" lets the C library start threads the older way, whose arguments a filter can read.
    let unknown = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let mut unknown = program(unknown, libc::ENOSYS)?;
    unknown.splice(0..0, refuse_other_calls());
    apply_filter_all_threads(&program(refused(families)?, libc::EPERM)?)?;
    apply_filter_all_threads(&unknown)?;
    Ok(())
}

fn program(rules: Rules, error: i32) -> Result<BpfProgram, Box<dyn std::error::Error>> {
    let refuse = SeccompAction::Errno(error.cast_unsigned());
    let architecture = std::env::consts::ARCH.try_into()?;
    Ok(SeccompFilter::new(rules, SeccompAction::Allow, refuse, architecture)?.try_into()?)
}

fn refused(families: &[i32]) -> Result<Rules, seccompiler::BackendError> {
    let mut rules: Rules = REFUSED.iter().chain(REFUSED_HERE).map(|call| (*call, Vec::new())).collect();
    let own = u64::from(getpid().as_raw_pid().cast_unsigned());
    let is = |argument, value| SeccompCondition::new(argument, Dword, SeccompCmpOp::Eq, value);
    let is_not = |argument, value| SeccompCondition::new(argument, Dword, SeccompCmpOp::Ne, value);
    let bits =
        |argument, mask, value| SeccompCondition::new(argument, Qword, SeccompCmpOp::MaskedEq(mask), value);
    let mut refuse = |call, conditions: Vec<SeccompCondition>| -> Result<(), seccompiler::BackendError> {
        rules.entry(call).or_default().push(SeccompRule::new(conditions)?);
        Ok(())
    };
    let other_families =
        families.iter().map(|family| is_not(0, *family as u64)).collect::<Result<Vec<_>, _>>()?;
    if !other_families.is_empty() {
        refuse(libc::SYS_socket, other_families)?;
    }
    refuse(libc::SYS_clone, vec![bits(0, libc::CLONE_THREAD as u64, 0)?])?;
    for flag in NAMESPACES.map(|flag| u64::from(flag.cast_unsigned())) {
        refuse(libc::SYS_clone, vec![bits(0, flag, flag)?])?;
    }
    for call in [libc::SYS_kill, libc::SYS_tgkill, libc::SYS_rt_sigqueueinfo, libc::SYS_rt_tgsigqueueinfo] {
        refuse(call, vec![is_not(0, own)?])?;
    }
    refuse(libc::SYS_prlimit64, vec![is_not(0, 0)?, is_not(0, own)?])?;
    refuse(libc::SYS_personality, vec![is_not(0, ASK_PERSONALITY)?])?;
    for kind in ADDRESSED_SOCKETS {
        refuse(libc::SYS_socketpair, vec![bits(1, SOCKET_KIND, kind as u64)?])?;
    }
    for command in COMMANDS {
        refuse(libc::SYS_ioctl, vec![is(1, command)?])?;
    }
    for command in FILE_COMMANDS {
        refuse(libc::SYS_fcntl, vec![is(1, command as u64)?])?;
    }
    for setting in OWN_SETTINGS {
        refuse(libc::SYS_prctl, vec![is(0, setting as u64)?])?;
    }
    if families.is_empty() {
        rules.extend([libc::SYS_socket, libc::SYS_connect].map(|call| (call, Vec::new())));
    }
    Ok(rules)
}

/// The numbers of the other set pass the comparisons of a filter, which know this set's alone.
fn refuse_other_calls() -> [sock_filter; 3] {
    let statement = |code: u32, k, jt, jf| sock_filter { code: code as u16, jt, jf, k };
    let refuse = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned();
    [
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        statement(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, OTHER_CALLS, 0, 1),
        statement(libc::BPF_RET | libc::BPF_K, refuse, 0, 0),
    ]
}
