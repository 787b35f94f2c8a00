//! A file system of its own: a root that holds the [`places`] of the plugins, all of them read-only, and nothing else. Sockets
//! that lie in folders, shared memory and the processes of others are not there to be found.
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

use super::places;

/// A place that was taken out of the old root.
enum Taken {
    /// Files.
    Mount(OwnedFd, bool),
    /// A link, and where it leads.
    Link(PathBuf),
}

/// Moves the process there. It needs the rights that a new namespace of users, or root, has.
pub fn enter(readable: &[PathBuf]) -> io::Result<()> {
    // SAFETY: no descriptor table or address space is unshared.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS)? };
    mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)?;
    let taken = take(readable)?;
    let root = new_mount("tmpfs", MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV)?;
    attach(&root, Path::new("/"))?;
    rustix::process::fchdir(&root)?;
    for (path, taken) in taken {
        put(&path, taken)?;
    }
    put_processes()?;
    read_only(root.as_fd(), 0)?;
    rustix::process::chroot(".")?;
    Ok(rustix::process::chdir("/")?)
}

/// Of what lies in a folder that was taken already, nothing is.
fn take(readable: &[PathBuf]) -> io::Result<Vec<(PathBuf, Taken)>> {
    let devices = places::DEVICES.map(PathBuf::from);
    let mut taken: Vec<(PathBuf, Taken)> = Vec::new();
    for path in readable.iter().chain(&devices) {
        let is_in =
            |(folder, it): &(PathBuf, Taken)| matches!(it, Taken::Mount(..)) && path.starts_with(folder);
        let Ok(metadata) = path.symlink_metadata() else { continue };
        if taken.iter().any(is_in) {
            continue;
        }
        let it = if metadata.is_symlink() {
            Taken::Link(fs::read_link(path)?)
        } else {
            let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
            let tree = open_tree(CWD, path, flags | OpenTreeFlags::AT_RECURSIVE)?;
            read_only(tree.as_fd(), libc::AT_RECURSIVE)?;
            Taken::Mount(tree, metadata.is_dir())
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
        Taken::Mount(tree, is_folder) => {
            if is_folder {
                fs::create_dir_all(path)?;
            } else {
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

/// Nobody writes to it, and its programs run as who starts them. `flags` may say that this goes for what is mounted in it.
fn read_only(mount: BorrowedFd<'_>, flags: i32) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID,
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
