//! A real disk that can be filled to its last byte: a file system in memory, in a mount namespace of its own.
//!
//! The process that made the namespace lives as long as this; the disk is reached through its `/proc/<pid>/root`, so that
//! nothing is mounted where anybody else sees it, and nothing is left of it whatever ends the test. It needs the right to
//! mount, or to make a user namespace in which one has it: root and desktops have one of them.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, ensure};

use crate::Home;

/// Ways to a mount namespace, and what makes the folder `$2` ready in it for a mount that nobody outside sees.
const WAYS: [(&[&str], &str); 3] = [
    (&["--mount"], "true"),
    (&["--mount", "--map-root-user"], "true"),
    // Within a chroot the root is no mount whose changes could be kept to oneself, and there are no user namespaces: the folder
    // is bound to itself to be one. Others may see that binding, an empty folder.
    (&["--mount", "--propagation", "unchanged"], r#"mount --bind "$2" "$2" && mount --make-private "$2""#),
];

/// The disk. Gone with all on it when it is dropped.
pub struct SmallDisk {
    holder: Child,
    folder: PathBuf,
    place: PathBuf,
}

impl SmallDisk {
    /// An empty one of so many bytes.
    ///
    /// # Errors
    /// This machine allows neither way to mount one.
    pub fn new(home: &Home, bytes: u64) -> anyhow::Result<Self> {
        let place = home.path("disk");
        fs::create_dir_all(&place)?;
        let place = fs::canonicalize(place)?;
        let mut said = Vec::new();
        for (how, preparation) in WAYS {
            match Self::mount(how, preparation, &place, bytes) {
                Ok(disk) => return Ok(disk),
                Err(error) => said.push(format!("unshare {}: {error:#}", how.join(" "))),
            }
        }
        anyhow::bail!("a file system in memory can't be mounted: {}", said.join("; "))
    }

    fn mount(how: &[&str], preparation: &str, place: &Path, bytes: u64) -> anyhow::Result<Self> {
        // Alive until its standard input closes, which happens however the test ends.
        let script =
            format!(r#"{preparation} && mount -t tmpfs -o size="$1" tmpfs "$2" && echo ready && read -r _"#);
        let mut holder = Command::new("unshare")
            .args(how)
            .args(["sh", "-c", &script, "sh", &bytes.to_string(), crate::home::text(place)?])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(holder.stdout.take().context("no stdout")?).read_line(&mut line)?;
        if line.trim() != "ready" {
            let output = holder.wait_with_output()?;
            anyhow::bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let below = place.strip_prefix("/")?;
        let folder = PathBuf::from(format!("/proc/{}/root", holder.id())).join(below);
        let disk = Self { holder, folder, place: place.to_owned() };
        ensure!(disk.free()? <= bytes, "it is larger than was asked for");
        Ok(disk)
    }

    /// A path on it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Bytes that are free.
    ///
    /// # Errors
    /// The system does not say.
    pub fn free(&self) -> anyhow::Result<u64> {
        let disk = rustix::fs::statvfs(&self.folder)?;
        Ok(disk.f_bavail * disk.f_frsize)
    }

    /// Takes all but `left` bytes; gives the file that does.
    ///
    /// # Errors
    /// It can't be written.
    pub fn fill(&self, left: u64) -> anyhow::Result<PathBuf> {
        const BLOCK: [u8; 4096] = [0; 4096];
        let path = self.path("ballast");
        let mut file = File::options().create(true).append(true).open(&path)?;
        while self.free()? > left {
            match file.write_all(&BLOCK) {
                Err(error) if error.kind() == std::io::ErrorKind::StorageFull => break,
                written => written?,
            }
        }
        Ok(path)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
        // The binding, where there was one and others saw it; else there is nothing to take away.
        let _ = Command::new("umount").arg("--lazy").arg(&self.place).stderr(Stdio::null()).status();
    }
}
