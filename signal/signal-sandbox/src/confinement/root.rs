//! A file system of its own: a root that holds the [`places`] of the plugins, read-only but for those that were granted to be
//! written to, and nothing else. Sockets that lie in folders, shared memory and the processes of others are not there to be
//! found.
#![allow(unsafe_code)]

use std::{
    fs, io,
    os::{
        fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd},
        unix::fs::symlink,
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::CWD,
    mount::{
        FsMountFlags, FsOpenFlags, MountAttrFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags,
        fsconfig_create, fsmount, fsopen, mount_change, move_mount, open_tree,
    },
    thread::{UnshareFlags, unshare_unsafe},
};

use super::places::{self, Places};

/// A place that was taken out of the old root.
enum Taken {
    /// Files: a folder of them, or one.
    Mount { tree: OwnedFd, is_folder: bool, writable: bool },
    /// A link, and where it leads.
    Link(PathBuf),
}

/// Moves the process there. It needs the rights that a new namespace of users, or root, has.
pub fn enter(places: &Places) -> io::Result<()> {
    // SAFETY: no descriptor table or address space is unshared.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS)? };
    mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)?;
    let taken = take(places)?;
    let root = new_mount("tmpfs", MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV)?;
    attach(&root, Path::new("/"))?;
    rustix::process::fchdir(&root)?;
    for (path, taken) in taken {
        put(&path, taken)?;
    }
    put_processes()?;
    protect(root.as_fd(), libc::MOUNT_ATTR_RDONLY, 0)?;
    rustix::process::chroot(".")?;
    Ok(rustix::process::chdir("/")?)
}

/// Of what lies in a folder that was taken already, nothing is: but what is written to is, from a folder that is only read,
/// and comes after it.
fn take(places: &Places) -> io::Result<Vec<(PathBuf, Taken)>> {
    let devices = places::DEVICES.map(PathBuf::from);
    let mut taken: Vec<(PathBuf, Taken)> = Vec::new();
    let read = places.readable.iter().chain(&devices).map(|path| (path, false));
    for (path, writable) in read.chain(places.writable.iter().map(|path| (path, true))) {
        let is_there = |(folder, it): &(PathBuf, Taken)| match it {
            Taken::Mount { writable: is_written, .. } => path.starts_with(folder) && *is_written >= writable,
            Taken::Link(_) => path == folder,
        };
        let Ok(metadata) = path.symlink_metadata() else { continue };
        if taken.iter().any(is_there) {
            continue;
        }
        let it = if metadata.is_symlink() {
            Taken::Link(fs::read_link(path)?)
        } else {
            let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
            let tree = open_tree(CWD, path, flags | OpenTreeFlags::AT_RECURSIVE)?;
            let attributes = if writable { libc::MOUNT_ATTR_NODEV } else { libc::MOUNT_ATTR_RDONLY };
            protect(tree.as_fd(), attributes, libc::AT_RECURSIVE)?;
            Taken::Mount { tree, is_folder: metadata.is_dir(), writable }
        };
        taken.push((path.clone(), it));
    }
    Ok(taken)
}

/// Puts a place where it was, in the new root, which is the working folder.
fn put(path: &Path, taken: Taken) -> io::Result<()> {
    let path = path.strip_prefix("/").map_err(io::Error::other)?;
    fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
    match taken {
        Taken::Link(target) => symlink(target, path),
        Taken::Mount { tree, is_folder, .. } => {
            if is_folder {
                fs::create_dir_all(path)?;
            } else if !path.exists() {
                fs::File::create(path)?;
            }
            attach(&tree, path)
        }
    }
}

/// The processes of the own namespace; where the system shows none but its own, as in a container, those.
fn put_processes() -> io::Result<()> {
    fs::create_dir("proc")?;
    let none = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    let processes = new_mount("proc", none).or_else(|_| {
        let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
        Ok::<_, io::Error>(open_tree(CWD, "/proc", flags | OpenTreeFlags::AT_RECURSIVE)?)
    })?;
    attach(&processes, Path::new("proc"))
}

fn new_mount(kind: &str, attributes: MountAttrFlags) -> io::Result<OwnedFd> {
    let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_create(context.as_fd())?;
    Ok(fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, attributes)?)
}

fn attach(mount: &OwnedFd, path: &Path) -> io::Result<()> {
    Ok(move_mount(mount, "", CWD, path, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?)
}

/// Its programs run as who starts them, and `attributes` hold. `flags` may say that this goes for what is mounted in it.
fn protect(mount: BorrowedFd<'_>, attributes: u64, flags: i32) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: attributes | libc::MOUNT_ATTR_NOSUID,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    // SAFETY: the attributes and the empty path live through the call.
    let set = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH | flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    if set == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
